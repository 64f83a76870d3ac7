"""The other end of one connection: what a server gives an ASGI application and takes from it, step by step."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import django
from django.conf import settings
from django.test import override_settings
from django.urls import re_path

from gingerdj.handler import ASGIHandler
from tests.project import settings as project
from tests.project.driver import LIMIT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator

    from django.core.handlers import asgi

    from gingerdj.types import Scope
    from tests.project.driver import Event

R = TypeVar("R")
DISCONNECT: Event = {"type": "http.disconnect"}


def http(method: str = "GET", at: str = "/", headers: Iterable[tuple[bytes, bytes]] = (), **more: Any) -> Scope:
    """The scope of a request: what the specification requires of a server, and a Host header."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "method": method,
        "path": at,
        "query_string": b"",
        "headers": [(b"host", b"testserver"), *headers],
        **more,
    }


def parts(*bodies: bytes, more: bool = False) -> list[Event]:
    """The events of a body that comes in these parts; with `more` it does not end there."""
    last = len(bodies) - 1
    return [{"type": "http.request", "body": body, "more_body": more or n < last} for n, body in enumerate(bodies)]


class Server:
    """Gives its events one by one, then waits until the client leaves; keeps what the application sends."""

    def __init__(self, *events: Event) -> None:
        self.events = deque(events or parts(b""))
        self.received = 0
        """Calls of receive."""
        self.sent: list[Event] = []
        self.waiting = asyncio.Event()
        """Is set when the application has received all events and asks for more."""
        self.left = asyncio.Event()
        """Set it, and the client leaves."""
        self.telling = asyncio.Event()
        """Is set when the application is told that the client has left."""
        self.taking: Callable[[Event], Awaitable[None]] | None = None
        """What happens to each event before send returns."""

    async def receive(self) -> Event:
        """The next event."""
        self.received += 1
        if not self.events:
            self.waiting.set()
            await self.left.wait()
            self.events.append(DISCONNECT)
        event = self.events.popleft()
        if event["type"] == "http.disconnect":
            self.telling.set()
        return event

    async def send(self, event: Event) -> None:
        """Take an event."""
        self.sent.append(event)
        if self.taking is not None:
            await self.taking(event)

    @property
    def told(self) -> bool:
        """Whether the application knows that the client has left."""
        return self.telling.is_set()

    @property
    def status(self) -> int:
        """The status that was sent."""
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        """The headers that were sent."""
        return dict(self.sent[0]["headers"])

    @property
    def body(self) -> bytes:
        """The body that was sent."""
        return b"".join(event["body"] for event in self.sent if event["type"] == "http.response.body")


def configure() -> None:
    """Set the settings of the small project, where no other test has: the environment of the tests stays as it is."""
    if not settings.configured:
        settings.configure(**{name: getattr(project, name) for name in dir(project) if name.isupper()})
        django.setup(set_prefix=False)


@contextmanager
def serving(
    view: Callable[..., Any], kind: type[asgi.ASGIHandler] = ASGIHandler, **changes: Any
) -> Iterator[asgi.ASGIHandler]:
    """An application that has one view, at each path, no middleware, and these settings."""
    configure()
    with override_settings(
        **{"ROOT_URLCONF": (re_path("", view),), "MIDDLEWARE": [], "ALLOWED_HOSTS": ["*"], **changes}
    ):
        yield kind()


def run(scenario: Coroutine[Any, Any, R]) -> R:
    """What a coroutine returns, in an event loop of its own. Raises TimeoutError when it does not end."""

    async def limited() -> R:
        async with asyncio.timeout(LIMIT):
            return await scenario

    return asyncio.run(limited())


def answer(
    view: Callable[..., Any],
    *events: Event,
    scope: Scope | None = None,
    kind: type[asgi.ASGIHandler] = ASGIHandler,
    **changes: Any,
) -> Server:
    """A server after a request to an application with this view."""

    async def scenario() -> Server:
        server = Server(*events)
        await application(scope or http(), server.receive, server.send)
        return server

    with serving(view, kind, **changes) as application:
        return run(scenario())
