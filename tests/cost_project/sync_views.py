"""The views, as sync functions."""

import time

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse

from . import stream


def nothing(request: HttpRequest) -> HttpResponse:
    """Touch nothing."""
    return HttpResponse("nothing")


def session(request: HttpRequest) -> HttpResponse:
    """Read a value of the session."""
    return HttpResponse(request.session["greeting"])


def save(request: HttpRequest) -> HttpResponse:
    """Write to the session."""
    request.session["greeting"] = "welcome back"
    return HttpResponse("saved")


def user(request: HttpRequest) -> HttpResponse:
    """Ask who is signed in."""
    return HttpResponse(request.user.get_username())


def orm(request: HttpRequest) -> HttpResponse:
    """Make one query."""
    return HttpResponse(str(User.objects.count()))


def missing(request: HttpRequest) -> HttpResponse:
    """Find nothing."""
    raise Http404


def broken(request: HttpRequest) -> HttpResponse:
    """Fail."""
    raise RuntimeError("this view is broken")


def page(request: HttpRequest) -> TemplateResponse:
    """Answer with a template."""
    return TemplateResponse(request, "page.html", {"title": "A page", "items": ["one", "two", "three"]})


def lines(request: HttpRequest) -> StreamingHttpResponse:
    """Stream a sync iterator."""
    return StreamingHttpResponse(stream.lines())


def alines(request: HttpRequest) -> StreamingHttpResponse:
    """Stream an async iterator."""
    return StreamingHttpResponse(stream.alines())


def form(request: HttpRequest) -> HttpResponse:
    """Read a field of a form."""
    return HttpResponse(request.POST["name"])


def upload(request: HttpRequest) -> HttpResponse:
    """Tell the size of an uploaded file."""
    return HttpResponse(str(request.FILES["file"].size))  # type: ignore[union-attr]  # one file under this name


def sleep(request: HttpRequest) -> HttpResponse:
    """Wait for a second, as for another service."""
    time.sleep(1)
    return HttpResponse("slept")
