"""Two views: one sync, one async."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def sync_view(request: HttpRequest) -> HttpResponse:
    """Return the method and the body of the request."""
    return HttpResponse(f"sync {request.method} {request.body.decode()}")


async def async_view(request: HttpRequest) -> HttpResponse:
    """Return the method and the body of the request."""
    return HttpResponse(f"async {request.method} {request.body.decode()}")


urlpatterns = [path("sync/", sync_view), path("async/", async_view)]
