"""What a server serves that is stopped under load: each view notes in a file when it begins, and when it has ended."""

from __future__ import annotations

import asyncio
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path

from gingerdj.drain import stopping

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from django.http import HttpRequest

    from gingerdj.websocket import WebSocket

settings.configure(
    SECRET_KEY="for one benchmark",  # noqa: S106 - signs nothing
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
)

NOTES = os.open(os.environ["STOPS_NOTES"], os.O_WRONLY | os.O_APPEND)
"""Where the processes of a server write: a line at once."""


@contextmanager
def noted(kind: str, number: int) -> Iterator[None]:
    """Note the beginning and the end of what is inside."""
    os.write(NOTES, f"begin {kind} {number}\n".encode())
    try:
        yield
    finally:
        os.write(NOTES, f"end {kind} {number}\n".encode())


async def work(_: HttpRequest, number: int) -> HttpResponse:
    """Answer after a while."""
    with noted("request", number):
        await asyncio.sleep(0.02)
    return HttpResponse(f"done {number}\n")


async def ticks() -> AsyncIterator[str]:
    """Something to send, without an end."""
    while True:
        yield "tick\n"
        await asyncio.sleep(0.01)


async def stream(_: HttpRequest, number: int) -> StreamingHttpResponse:
    """Send until the server stops."""

    async def parts() -> AsyncIterator[str]:
        with noted("stream", number):
            async for tick in stopping.until(ticks()):
                yield tick
            yield "bye\n"

    return StreamingHttpResponse(parts())


async def echo(socket: WebSocket, number: int) -> None:
    """Send back until the server stops."""
    await socket.accept()
    with noted("WebSocket", number):
        async for message in stopping.until(socket):
            await socket.send(message)


urlpatterns = [path("request/<int:number>", work), path("stream/<int:number>", stream)]
websocket_urlpatterns = [path("socket/<int:number>", echo)]  # type: ignore[arg-type]  # no view of HTTP


def make() -> object:
    """The application, once this module can be imported by its name."""
    import django  # noqa: PLC0415 - with the settings above

    from gingerdj.handler import ASGIHandler  # noqa: PLC0415 - as above

    django.setup()
    return ASGIHandler()


application = make()
