"""Sessions: the store is made, and left alone, on the event loop; it is saved in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware

from gingerdj.middleware import store
from gingerdj.middleware.twin import Twin, twin_of

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


@twin_of(SessionMiddleware)
class Session(Twin, SessionMiddleware):
    """The session of a request, and its cookie.

    Saving takes one hop for all that belongs to it. Through the asynchronous methods of Django's engines it would
    take more, as each of them goes to a thread by itself.
    """

    def request_hops(self, request: HttpRequest) -> bool:
        """Whether the engine does more than remember the key."""
        return not store.built(self.SessionStore)

    def response_hops(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Whether the session is to be saved, or is one that we do not know."""
        session = vars(request).get("session")
        if session is None:
            return hasattr(request, "session")
        if not store.known(session):
            return True
        if store.signed(session) or session.is_empty():
            return False
        return session.modified or settings.SESSION_SAVE_EVERY_REQUEST
