"""The other end of a WebSocket connection: what a server gives an application and takes from it, step by step."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from django.test import override_settings
from django.urls import path

from gingerdj.drain import stopping
from gingerdj.handler import ASGIHandler
from tests.project.server import configure, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from gingerdj.types import Scope
    from tests.project.driver import Event

CONNECT: Event = {"type": "websocket.connect"}
DENIAL: Mapping[str, object] = {"websocket.http.response": {}}


def text(message: str) -> Event:
    """A text message of the client."""
    return {"type": "websocket.receive", "text": message}


def data(message: bytes) -> Event:
    """A binary message of the client."""
    return {"type": "websocket.receive", "bytes": message}


def left(code: int = 1005, reason: str = "") -> Event:
    """The end of the connection."""
    return {"type": "websocket.disconnect", "code": code, "reason": reason}


def socket(at: str = "/ws/", headers: Iterable[tuple[bytes, bytes]] = (), **more: Any) -> Scope:
    """The scope of a connection: what the specification requires of a server, and a Host header."""
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "path": at,
        "headers": [(b"host", b"testserver"), *headers],
        "extensions": DENIAL,
        **more,
    }


class Peer:
    """Gives its events one by one, then those that are put; keeps what the application sends."""

    def __init__(self, *events: Event) -> None:
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        for event in (CONNECT, *events):
            self.events.put_nowait(event)
        self.sent: list[Event] = []
        self.waiting = 0
        """Calls of receive that have not returned."""
        self.said = asyncio.Event()
        """Is set whenever the application sends."""
        self.gone = False
        """Whether send raises an error, as where the server knows that the client has left."""

    async def receive(self) -> Event:
        """The next event."""
        self.waiting += 1
        try:
            return await self.events.get()
        finally:
            self.waiting -= 1

    async def send(self, event: Event) -> None:
        """Take an event."""
        if self.gone:
            raise ConnectionResetError
        self.sent.append(event)
        self.said.set()

    async def sends(self, count: int) -> list[Event]:
        """What was sent, once it is so much."""
        while len(self.sent) < count:
            self.said.clear()
            await self.said.wait()
        return self.sent


@contextmanager
def routed(view: Callable[..., Any], at: str = "ws/", **changes: Any) -> Iterator[ASGIHandler]:
    """An application that has one WebSocket view, no middleware, and these settings."""
    configure()
    stopping.clear()  # the end of another test's lifespan has set it
    urls = ModuleType("urls")
    vars(urls).update(urlpatterns=[], websocket_urlpatterns=[path(at, view)])
    settings = {"ROOT_URLCONF": urls, "MIDDLEWARE": [], **changes}
    with override_settings(**settings):
        yield ASGIHandler()


def connect(
    view: Callable[..., Any],
    *events: Event,
    scope: Scope | None = None,
    at: str = "ws/",
    failing: bool = False,
    **changes: Any,
) -> list[Event]:
    """What an application sends to a client that connects and does this. Raises TimeoutError where it does not end."""

    async def scenario() -> list[Event]:
        peer = Peer(*events)
        await application(scope or socket(), peer.receive, peer.send)
        assert peer.waiting == 0
        # An assertion in a view does not come out of the application.
        assert failing or not any(event.get("code") == 1011 or event.get("status") == 500 for event in peer.sent)
        return peer.sent

    with routed(view, at, **changes) as application:
        return run(scenario())
