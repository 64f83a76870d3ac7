"""The server's side of the lifespan protocol, step by step, and requests of the event loop that it stands around."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tests.project.server import Server, http

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from gingerdj.types import Scope
    from tests.project.driver import Event

    Application = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]


class Cycle:
    """A server that asks an application to start up and to shut down. One without state hands it to no request."""

    def __init__(self, application: Application, *, hands_state: bool = True) -> None:
        self.application = application
        self.scope: Scope = {"type": "lifespan", "asgi": {"version": "3.0"}}
        if hands_state:
            self.scope["state"] = {}
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        self.answers: asyncio.Queue[Event] = asyncio.Queue()
        self.task = asyncio.create_task(application(self.scope, self.events.get, self.answers.put))

    async def ask(self, event: str) -> Event:
        """What the application answers."""
        self.events.put_nowait({"type": f"lifespan.{event}"})
        return await self.answers.get()

    async def start(self) -> None:
        """Ask it to start up, which has to succeed."""
        assert await self.ask("startup") == {"type": "lifespan.startup.complete"}

    async def stop(self) -> None:
        """Ask it to shut down, which has to succeed, and to be all."""
        assert await self.ask("shutdown") == {"type": "lifespan.shutdown.complete"}
        await self.task
        assert self.answers.empty()

    async def get(self, **scope: Any) -> Server:
        """Make a request, with a copy of the state where there is one."""
        state = {"state": self.scope["state"].copy()} if "state" in self.scope else {}
        return await get(self.application, **state, **scope)


async def get(application: Application, **scope: Any) -> Server:
    """Make a request in a task of its own, as a server does."""
    server = Server()
    await asyncio.create_task(application(http(**scope), server.receive, server.send))
    return server
