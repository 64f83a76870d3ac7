"""A handler with a fault, to see that Django's tests are able to find one: every response is "I'm a teapot"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gingerdj import handler

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


class ASGIHandler(handler.ASGIHandler):
    """GingerDJ's handler with a wrong status."""

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """The response with status 418."""
        response = await super().get_response_async(request)
        response.status_code = 418
        return response
