"""Redirects instead of 404. Django's module needs the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.redirects.middleware import RedirectFallbackMiddleware

from gingerdj.middleware.twin import Twin, twin_of

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


@twin_of(RedirectFallbackMiddleware)
class RedirectFallback(Twin, RedirectFallbackMiddleware):
    """Looks for a redirect where there is no page."""

    def response_hops(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Whether the database is asked."""
        return response.status_code == 404
