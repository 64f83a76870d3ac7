"""A middleware as most third parties write it: sync, and nothing but sync."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class SyncOnly:
    """Adds a header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response with the header."""
        response = self.get_response(request)
        response["X-Sync-Only"] = "was here"
        return response
