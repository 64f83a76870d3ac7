"""The X-View header of the admin's documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admindocs.middleware import XViewMiddleware

from gingerdj.middleware.twin import ViewTwin, twin_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest


@twin_of(XViewMiddleware)
class XView(ViewTwin, XViewMiddleware):
    """Names the view in answers to HEAD, for which the user may have to be known."""

    def view_hops(self, request: HttpRequest, view: Callable[..., Any]) -> bool:
        """Whether INTERNAL_IPS, which may be the project's own object, and then the user are asked."""
        return request.method == "HEAD"
