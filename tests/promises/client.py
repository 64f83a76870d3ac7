"""One request of a client that stays or leaves, handed to an ASGI application as a server does it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from gingerdj.types import Scope
    from tests.project.driver import Event

LIMIT = 30
"""Seconds for a whole test; each takes much less."""

R = TypeVar("R")


def run(main: Coroutine[Any, Any, R]) -> R:
    """Return what the coroutine returns, run in an event loop of its own. Raises TimeoutError when it does not end."""

    async def limited() -> R:
        async with asyncio.timeout(LIMIT) as limit:
            result = await main
        if limit.expired():  # and the application has taken that for something else
            raise TimeoutError
        return result

    return asyncio.run(limited())


class Client:
    """A client that sends one request, without a body, and stays until it is told to leave."""

    def __init__(self, application: Callable[..., Awaitable[None]], path: str = "/", **scope: Any) -> None:
        self.application = application
        self.scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.5"},
            "http_version": "1.1",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": [(b"host", b"testserver")],
            **scope,
        }
        self.sent: list[Event] = []
        self.asked = False
        self.listened = asyncio.Event()
        """The application waits for the client to leave."""
        self.gone = asyncio.Event()
        """The client has left."""
        self.answered = asyncio.Event()
        """Some of the body has come."""

    async def receive(self) -> Event:
        """The request; from then on nothing, until the client leaves."""
        if not self.asked:
            self.asked = True
            return {"type": "http.request"}
        self.listened.set()
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, event: Event) -> None:
        """Take an event of the response. Raises OSError once the client has left."""
        if self.gone.is_set():
            raise ConnectionResetError("the client has left")
        self.sent.append(event)
        if event.get("body"):
            self.answered.set()

    async def visit(self) -> None:
        """Call the application, in this task."""
        await self.application(self.scope, self.receive, self.send)

    def task(self) -> asyncio.Task[None]:
        """Call the application in a task of its own, as a server does."""
        return asyncio.create_task(self.visit())

    @property
    def status(self) -> int:
        """The status of the response."""
        return int(self.sent[0]["status"])

    @property
    def body(self) -> str:
        """The body of the response, as far as it has come."""
        return b"".join(event.get("body", b"") for event in self.sent[1:]).decode()


async def get(application: Callable[..., Awaitable[None]], path: str = "/", **scope: Any) -> Client:
    """Return the client after its request, which ran in a task of its own."""
    client = Client(application, path, **scope)
    await client.task()
    return client


def visit(application: Callable[..., Awaitable[None]], path: str = "/", **scope: Any) -> Client:
    """Return the client after its request, in an event loop of its own."""
    return run(get(application, path, **scope))
