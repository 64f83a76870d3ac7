"""The views, as coroutines. Each touches its thing through the async interface, where Django has one."""

import asyncio

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse

from . import stream


async def nothing(request: HttpRequest) -> HttpResponse:
    """Touch nothing."""
    return HttpResponse("nothing")


async def session(request: HttpRequest) -> HttpResponse:
    """Read a value of the session."""
    return HttpResponse(await request.session.aget("greeting"))


async def save(request: HttpRequest) -> HttpResponse:
    """Write to the session."""
    await request.session.aset("greeting", "welcome back")
    return HttpResponse("saved")


async def user(request: HttpRequest) -> HttpResponse:
    """Ask who is signed in."""
    return HttpResponse((await request.auser()).get_username())


async def orm(request: HttpRequest) -> HttpResponse:
    """Make one query."""
    return HttpResponse(str(await User.objects.acount()))


async def missing(request: HttpRequest) -> HttpResponse:
    """Find nothing."""
    raise Http404


async def broken(request: HttpRequest) -> HttpResponse:
    """Fail."""
    raise RuntimeError("this view is broken")


async def page(request: HttpRequest) -> TemplateResponse:
    """Answer with a template."""
    return TemplateResponse(request, "page.html", {"title": "A page", "items": ["one", "two", "three"]})


async def lines(request: HttpRequest) -> StreamingHttpResponse:
    """Stream a sync iterator."""
    return StreamingHttpResponse(stream.lines())


async def alines(request: HttpRequest) -> StreamingHttpResponse:
    """Stream an async iterator."""
    return StreamingHttpResponse(stream.alines())


async def form(request: HttpRequest) -> HttpResponse:
    """Read a field of a form."""
    return HttpResponse(request.POST["name"])


async def upload(request: HttpRequest) -> HttpResponse:
    """Tell the size of an uploaded file."""
    return HttpResponse(str(request.FILES["file"].size))  # type: ignore[union-attr]  # one file under this name


async def sleep(request: HttpRequest) -> HttpResponse:
    """Wait for a second, as for another service."""
    await asyncio.sleep(1)
    return HttpResponse("slept")
