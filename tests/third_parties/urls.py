"""Views of the project: both kinds, an error, a stream, a form."""

from collections.abc import AsyncIterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.csrf import csrf_exempt


async def async_view(request: HttpRequest) -> HttpResponse:
    """Ask for the user."""
    user = await request.auser()
    return HttpResponse(f"async {user.is_authenticated}")


def sync_view(request: HttpRequest) -> HttpResponse:
    """Ask for the user, in a page that tools can add to."""
    return HttpResponse(f"<html><body>sync {request.user.is_authenticated}</body></html>")


async def async_error(request: HttpRequest) -> HttpResponse:
    """Fail."""
    raise KeyError("async")


def sync_error(request: HttpRequest) -> HttpResponse:
    """Fail."""
    raise KeyError("sync")


async def stream(request: HttpRequest) -> StreamingHttpResponse:
    """Answer in two parts."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"one "
        yield b"two"

    return StreamingHttpResponse(parts())


@csrf_exempt
def echo(request: HttpRequest) -> HttpResponse:
    """Answer with the form."""
    return HttpResponse(str(dict(request.POST)))


urlpatterns: list[URLPattern | URLResolver] = [
    path("async/", async_view),
    path("sync/", sync_view),
    path("async-error/", async_error),
    path("sync-error/", sync_error),
    path("stream/", stream),
    path("echo/", echo),
]
if "allauth" in settings.INSTALLED_APPS:
    urlpatterns.append(path("accounts/", include("allauth.urls")))
if "debug_toolbar" in settings.INSTALLED_APPS:
    from debug_toolbar.toolbar import debug_toolbar_urls

    urlpatterns += debug_toolbar_urls()
