"""Calls an ASGI application as a server would, with a script of events."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from gingerdj.types import Receive, Send

Event = Mapping[str, Any]
LIMIT = 5  # seconds; every script here takes milliseconds


class AskedForMore(Exception):  # noqa: N818 - a test expects it: it is how a connection that goes on is seen
    """The connection asked for one more event than the script has."""

    def __init__(self, sent: list[Event]) -> None:
        super().__init__(f"after the whole script; sent: {sent}")
        self.sent = sent


def play(
    connection: Callable[[Receive, Send], Awaitable[None]], events: Iterable[Event], *, then_wait: bool = False
) -> list[Event]:
    """Return what the connection sends when it receives these events, one at each call of `receive`.

    Raises AskedForMore when it wants another event after the last one; with `then_wait` it waits for that in vain,
    as it does with a client that neither sends nor leaves. Raises TimeoutError when it does not end.
    """
    script = iter(events)
    sent: list[Event] = []

    async def receive() -> Event:
        for event in script:
            return event
        if then_wait:
            await asyncio.Event().wait()
        raise AskedForMore(sent)

    async def send(event: Event) -> None:
        sent.append(event)

    async def run() -> None:
        async with asyncio.timeout(LIMIT):
            await connection(receive, send)

    asyncio.run(run())
    return sent
