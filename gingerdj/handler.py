"""The ASGI application: it sends each connection to what serves its type."""

from django.core.handlers import asgi

from gingerdj import lifespan, websocket
from gingerdj.types import Receive, Scope, Send


class ASGIHandler(asgi.ASGIHandler):
    """Django's handler for `http`, with an answer for the other two types of connection that servers open.

    A subclass of Django's, so that what looks for that class (static files, monitoring) finds it here too.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection.

        Raises ValueError for a type of connection that no part of the specification describes.
        """
        match scope["type"]:
            case "http":
                await super().__call__(scope, receive, send)
            case "lifespan":
                await lifespan.answer(receive, send)
            case "websocket":
                await websocket.refuse(receive, send)
            case unknown:
                raise ValueError(f"GingerDJ serves http, lifespan and websocket connections, not {unknown!r}.")
