"""The events of one WebSocket connection, between the server and ``gingerdj.websocket.WebSocket``.

Specification: https://asgi.readthedocs.io/en/latest/specs/www.html#websocket
"""

from __future__ import annotations

import asyncio
import enum
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gingerdj.types import Receive, Send

NO_STATUS, ABNORMAL = 1005, 1006
"""What stands for a close code where there was none, or no closing at all (RFC 6455, 7.4.1)."""


class Disconnected(Exception):  # noqa: N818 - it says what happened; most views let it pass
    """The connection is closed. A view may let it pass: the handler takes it for the end."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(f"The WebSocket connection is closed: {code}{reason and f', {reason}'}")
        self.code = code
        """The close code: 1005 where the client gave none, 1006 where the connection was lost, or never came to be."""
        self.reason = reason
        """The reason that was given, or an empty string."""


class Stage(enum.Enum):
    """Where a connection is."""

    OPENING = "has not been accepted"
    OPEN = "is open"
    CLOSED = "is closed"


class Connection:
    """Takes events while they are allowed, and knows how the connection ended."""

    def __init__(self, path: str, receive: Receive, send: Send) -> None:
        self.path = path
        self.stage = Stage.OPENING
        self.closed: Disconnected | None = None
        self._receive = receive
        self._send = send
        self.receiver: asyncio.Task[Any] | None = None
        """The one that waits for a message."""
        self.interrupted: asyncio.Future[None] | None = None
        """Is done when that one has stopped waiting because another one closes."""
        self.closing: asyncio.Future[None] | None = None
        """Is done when the close has been sent."""
        self.unheard = False
        """Whether the view has sent a message and has received none since: one that answers each, needs no look."""
        self.ahead: asyncio.Future[Mapping[str, Any]] | None = None
        """The next event, where the view sends and does not receive: it is to know when the client leaves."""

    def demand(self, stage: Stage) -> None:
        """Raise Disconnected or RuntimeError where the connection is at another stage."""
        if self.closed is not None:
            raise Disconnected(self.closed.code, self.closed.reason)
        if self.stage is not stage:
            cure = ": await socket.accept() first" if self.stage is Stage.OPENING else ""
            raise RuntimeError(f"The WebSocket connection {self.path} {self.stage.value}{cure}.")

    async def message(self) -> str | bytes:
        """The next message. Raises what ``WebSocket.receive`` raises."""
        self.demand(Stage.OPEN)
        if self.receiver is not None:
            raise RuntimeError(f"The WebSocket connection {self.path}: another task waits for a message already.")
        self.receiver = task = asyncio.current_task()
        assert task is not None, "a coroutine that waits runs in a task"
        try:
            # Shielded: a view that is cancelled here, as by a timeout, gets the event when it comes back for it.
            event = await (self._receive() if self.ahead is None else asyncio.shield(self.ahead))
        except asyncio.CancelledError:
            if self.interrupted is not None:
                task.uncancel()
            if self.closed is not None and not task.cancelling():
                self.demand(Stage.OPEN)  # nobody has cancelled this task: another one has closed
            raise
        finally:
            self.receiver = None
            if self.interrupted is not None:
                self.interrupted.set_result(None)
        self.ahead, self.unheard = None, False
        match event["type"]:
            case "websocket.receive":
                text: str | None = event.get("text")
                data: bytes = event.get("bytes") or b""
                return data if text is None else text
            case "websocket.disconnect":
                raise self.left(event)
            case unknown:
                raise ValueError(f"A WebSocket connection has no event {unknown!r} here.")

    async def send(self, event: Mapping[str, Any]) -> None:
        """Send a message. Raises Disconnected where the client has left, whether or not the server says so."""
        self.demand(Stage.OPEN)
        self.look()
        try:
            await self._send(event)
        except OSError as error:
            raise self.end(Disconnected(ABNORMAL)) from error

    async def close(self, code: int, reason: str) -> None:
        """Close the connection; a client that has left needs no closing."""
        self.end(Disconnected(code, reason))
        event = {"type": "websocket.close", "code": code, "reason": reason}
        # In a task of its own, which the end of the application waits for, whatever becomes of the one that closes.
        self.closing = asyncio.ensure_future(self.finish(event))
        await asyncio.shield(self.closing)

    async def finish(self, event: Mapping[str, Any]) -> None:
        """Send the close, once nobody waits for an event: Granian does not send it before."""
        if self.ahead is not None:
            await self.quiet()
        elif self.receiver is not None:
            self.interrupted = asyncio.get_running_loop().create_future()
            self.receiver.cancel()
            await self.interrupted
            self.interrupted = None
        with suppress(OSError):
            await self._send(event)

    def end(self, closed: Disconnected) -> Disconnected:
        """There is nothing to send and to receive any more. Returns how the connection ended, at first."""
        self.stage = Stage.CLOSED
        self.closed = self.closed or closed
        return self.closed

    async def ended(self) -> None:
        """Return when the close has been sent, where there is one, and nothing waits for an event any more."""
        if self.closing is not None:
            await self.closing
        await self.quiet()

    async def quiet(self) -> None:
        """End the look at the next event."""
        if self.ahead is not None:
            self.ahead.cancel()
            await asyncio.wait([self.ahead])

    def look(self) -> None:
        """Look whether the client has left, where nobody receives. At most one message waits here unread."""
        if self.ahead is None and self.receiver is None:
            if self.unheard:
                self.ahead = asyncio.ensure_future(self._receive())
            self.unheard = True
        elif self.ahead is not None and self.ahead.done() and self.ahead.result()["type"] == "websocket.disconnect":
            raise self.left(self.ahead.result())

    def left(self, event: Mapping[str, Any]) -> Disconnected:
        """The server says that the connection is closed."""
        return self.end(Disconnected(event.get("code") or NO_STATUS, event.get("reason") or ""))
