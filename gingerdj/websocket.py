"""A WebSocket connection, as the view of one of the ``websocket_urlpatterns`` gets it::

    async def echo(socket):
        await socket.accept()
        async for message in socket:
            await socket.send(message)

What the connection is not itself, its opening request is: ``socket.user``, ``socket.session``, ``socket.headers``, and
what else Django and the project's middleware have put there; see gingerdj.handshake. So decorators of views work here.

Specifications: https://asgi.readthedocs.io/en/latest/specs/www.html#websocket, RFC 6455.
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse, HttpResponseForbidden

from gingerdj.connection import Disconnected, Stage
from gingerdj.response import headers as fields

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from django.http.response import HttpResponseBase

    from gingerdj.connection import Connection
    from gingerdj.request import Request

NORMAL, GOING_AWAY, UNSUPPORTED, INVALID, FAILED = 1000, 1001, 1003, 1007, 1011
"""Close codes (RFC 6455, 7.4.1)."""
REASON = 123
"""Bytes of a reason at most: what a control frame holds beside the code (RFC 6455, 5.5)."""


class BadMessage(ValueError):  # noqa: N818 - it is the message that is bad, not this program
    """The client has sent what the view does not take. Where the view lets it pass, the connection is closed."""

    def __init__(self, code: int, problem: str) -> None:
        super().__init__(problem)
        self.code = code
        """The close code for it: 1003 for a message of the wrong kind, 1007 for a wrong content."""


class WebSocket:
    """A connection, from its handshake to its end. Messages are whole, whatever frames they come in."""

    def __init__(
        self, request: Request, connection: Connection, answer: Callable[[HttpResponseBase], Awaitable[None]]
    ) -> None:
        self.request = request
        """The opening request, after the middleware: its method is GET, its scheme http or https."""
        self.subprotocols: list[str] = list(request.scope.get("subprotocols") or ())
        """Those that the client offers, the one that it prefers first."""
        self.subprotocol: str | None = None
        """The one that was accepted."""
        self._connection = connection
        self._answer = answer

    def __repr__(self) -> str:
        return f"<WebSocket {self.request.path}: {self._connection.stage.value}>"

    def __getattr__(self, name: str) -> Any:
        """What the opening request has under this name."""
        if name == "request":  # not there yet, as in a copy
            raise AttributeError(name)
        return getattr(self.request, name)

    @property
    def closed(self) -> Disconnected | None:
        """How the connection ended: an exception with its code and reason. None while it has not."""
        return self._connection.closed

    async def accept(self, subprotocol: str | None = None, headers: Mapping[str, str] | None = None) -> None:
        """Accept the connection, with one of the subprotocols that the client offers, and more headers.

        Returns when the client may send and receive. Raises ValueError for a subprotocol that is not offered, which
        the client would answer by leaving, and for a header that the handshake has itself, such as
        Sec-WebSocket-Accept. Raises BadHeaderError for a header that HTTP does not allow, RuntimeError where the
        connection has been accepted already, and Disconnected where it cannot be any more.
        """
        self._connection.demand(Stage.OPENING)
        response = HttpResponse(status=101, headers=dict(headers or {}))
        wrong = [name for name, _ in fields(response) if name.startswith(b"sec-websocket-")]
        if wrong:
            raise ValueError(
                f"The server sends the header {wrong[0]!r} itself; a subprotocol is an argument of accept."
            )
        if subprotocol is not None and subprotocol not in self.subprotocols:
            raise ValueError(f"The client offers the subprotocols {self.subprotocols}, not {subprotocol!r}.")
        self.subprotocol = subprotocol
        await self._answer(response)

    async def receive(self) -> str | bytes:
        """Return the next message: str where the client sent text, bytes where it sent binary data.

        Raises Disconnected where there is none, as the connection is closed. Raises RuntimeError before ``accept``,
        and where another task waits for a message already.
        """
        return await self._connection.message()

    async def receive_text(self) -> str:
        """Return the next message. Raises BadMessage where it is binary, and what ``receive`` raises."""
        message = await self.receive()
        if isinstance(message, bytes):
            raise BadMessage(UNSUPPORTED, "The message is binary, not text.")
        return message

    async def receive_bytes(self) -> bytes:
        """Return the next message. Raises BadMessage where it is text, and what ``receive`` raises."""
        message = await self.receive()
        if isinstance(message, str):
            raise BadMessage(UNSUPPORTED, "The message is text, not binary.")
        return message

    async def receive_json(self) -> Any:
        """Return the value of the next message, read as JSON.

        Raises BadMessage where it is not JSON, and what ``receive`` raises.
        """
        message = await self.receive()
        try:
            return json.loads(message)
        except (ValueError, RecursionError) as error:
            raise BadMessage(INVALID, f"The message is not JSON: {error}") from None

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        """Yield the messages until the connection is closed. Then ``closed`` says how."""
        while True:
            try:
                message = await self.receive()
            except Disconnected:
                return
            yield message

    async def send(self, message: str | bytes) -> None:
        """Send a message: str as text, bytes as binary data.

        Raises Disconnected once the connection is closed, also where the server does not say so. Raises RuntimeError
        before ``accept``, TypeError for what is neither str nor bytes, and UnicodeEncodeError for a str that UTF-8
        does not have, such as half of a surrogate pair.
        """
        if isinstance(message, str):
            message = str.__str__(message)  # the specification wants no subclass
            if not message.isascii():
                message.encode()  # a client may have sent half of a pair in JSON; servers fail each in its way
            event: dict[str, str | bytes] = {"type": "websocket.send", "text": message}
        elif isinstance(message, bytes | bytearray | memoryview):
            event = {"type": "websocket.send", "bytes": bytes(message)}
        else:
            raise TypeError(f"A WebSocket message is str or bytes, not {type(message).__name__}; see send_json.")
        await self._connection.send(event)

    async def send_json(self, value: Any) -> None:
        """Send a value as JSON in a text message, with Django's encoder, which takes dates and decimals too.

        Raises TypeError for a value that has no JSON, and what ``send`` raises.
        """
        await self.send(json.dumps(value, cls=DjangoJSONEncoder, separators=(",", ":")))

    async def close(self, code: int = NORMAL, reason: str = "") -> None:
        """Close the connection; before ``accept``, refuse it, which the client sees as HTTP 403.

        Does nothing where it is closed. Raises ValueError for a code that is not for applications, and for a reason
        of more than 123 bytes in UTF-8.
        """
        if not sendable(code):
            raise ValueError(f"An application closes a WebSocket with 1000-1003, 1007-1014 or 3000-4999, not {code!r}.")
        if len(reason.encode()) > REASON:
            raise ValueError(f"A reason has at most {REASON} bytes in UTF-8, not {len(reason.encode())}: {reason!r}")
        if self._connection.stage is Stage.OPENING:
            with suppress(Disconnected):
                await self._answer(HttpResponseForbidden())
        elif self._connection.stage is Stage.OPEN:
            await self._connection.close(code, reason)


def sendable(code: int) -> bool:
    """Whether an endpoint may send a close code (RFC 6455, 7.4, and the registry of IANA)."""
    return code in {1000, 1001, 1002, 1003} or 1007 <= code <= 1014 or 3000 <= code <= 4999
