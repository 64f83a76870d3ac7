"""Flat pages instead of 404. Django's module needs the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.flatpages.middleware import FlatpageFallbackMiddleware

from gingerdj.middleware.twin import Twin, twin_of

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


@twin_of(FlatpageFallbackMiddleware)
class FlatpageFallback(Twin, FlatpageFallbackMiddleware):
    """Looks for a flat page where there is no other."""

    def response_hops(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Whether the database is asked."""
        return response.status_code == 404
