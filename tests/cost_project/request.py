"""Requests, handed to an ASGI application as a server would."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from gingerdj.types import Receive, Scope, Send

    Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

CHUNK = 2**16
"""Bytes that a server reads at a time, about."""


@dataclass(frozen=True)
class Request:
    """A request, and the status that its answer has when it did what it is here for."""

    path: str
    method: str = "GET"
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    status: int = 200

    def scope(self) -> Scope:
        """Return the scope that a server makes of it."""
        length = [(b"content-length", str(len(self.body)).encode())] if self.body else []
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.5"},
            "http_version": "1.1",
            "method": self.method,
            "scheme": "http",
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"testserver"), *self.headers, *length],
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8000),
        }

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield the events of the body."""
        for start in range(0, len(self.body) or 1, CHUNK):
            end = start + CHUNK
            yield {"type": "http.request", "body": self.body[start:end], "more_body": end < len(self.body)}


async def answer(application: Application, request: Request) -> list[Any]:
    """Return what the application sends to a client that stays, and sends nothing after its request."""
    events = request.events()
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        for event in events:
            return event
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]  # it never ends

    async def send(event: Any) -> None:
        sent.append(event)

    await application(request.scope(), receive, send)
    return sent
