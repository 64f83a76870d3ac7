"""A Django response → the events of ASGI's http protocol.

Specification: https://asgi.readthedocs.io/en/latest/specs/www.html#response-start-send-event
"""

from __future__ import annotations

import logging
import os
import re
from contextlib import AsyncExitStack, aclosing
from functools import lru_cache, partial
from io import BufferedRandom, BufferedReader, FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from django.core.exceptions import RequestAborted
from django.core.files import File
from django.http import FileResponse, HttpResponse
from django.http.response import BadHeaderError

from gingerdj.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from django.http import StreamingHttpResponse
    from django.http.response import HttpResponseBase

    from gingerdj.disconnect import Watch
    from gingerdj.types import Scope, Send

logger = logging.getLogger("django.request")

CHUNK = 2**16
"""Bytes of a body event at most: what one event holds, a server keeps in memory."""
FORBIDDEN = re.compile(rb"[\0\r\n]")
"""What no header may hold (RFC 9110, 5.5)."""
BODILESS = frozenset({204, 304})
"""The statuses whose responses have no content (RFC 9110, 15.3.5 and 15.4.5)."""
PHRASES = {408: "Request Timeout", 413: "Content Too Large", 503: "Service Unavailable"}
"""As RFC 9110 has them; Python's own changed with 3.13."""
PATHSEND = "http.response.pathsend"
END = {"type": "http.response.body", "body": b"", "more_body": False}


def refusal(status: int, path: str, reason: Exception, level: int = logging.WARNING) -> HttpResponse:
    """A short answer to a request that is not served, and a line in the log that says why."""
    phrase = PHRASES[status]
    response = HttpResponse(phrase, status=status, content_type="text/plain", headers={"Connection": "close"})
    logger.log(level, "%s: %s: %s", phrase, path, reason, extra={"status_code": status})
    response._has_been_logged = True  # type: ignore[attr-defined]  # as Django's log_response does
    return response


class Out:
    """Where the events of a response go. A server raises OSError where the client has left: here, RequestAborted."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope = scope
        self.send = send
        self.watch: Watch | None = None
        """Knows whether the client has left: a view may go on after it was cancelled."""

    async def __call__(self, message: Mapping[str, Any]) -> None:
        """Send an event."""
        if self.watch is not None and self.watch.reason is not None:
            raise RequestAborted
        try:
            await self.send(message)
        except OSError as error:
            raise RequestAborted from error


async def transmit(response: HttpResponseBase, out: Out) -> None:
    """Send a response: to HEAD, and where its status says so, without its body, and never more than Content-Length.

    Raises RequestAborted when the server says that the client has left, and BadHeaderError, before anything is sent,
    for a header that is none.
    """
    if not response.streaming:
        await events(response, out)
        return
    async with AsyncExitStack() as stack:
        for iterator in iterators(response):
            await stack.enter_async_context(aclosing(iterator))
        await events(response, out)


def iterators(response: HttpResponseBase) -> list[Any]:
    """What to close when a response ends, first to last opened.

    Django wraps an iterator twice, middleware wraps the view's: closing the outer one closes none of the others. The
    view may have begun it, so that it is closed also where nothing of it is sent.
    """
    found = [getattr(response, name, None) for name in ("_view_iterator", "_iterator")]
    return [iterator for iterator in found if hasattr(iterator, "aclose")]


async def events(response: HttpResponseBase, out: Out) -> None:
    """Send the events of a response."""
    head = headers(response)
    if out.scope.get("http_version", "1.1") not in {"1.0", "1.1"}:
        head = [pair for pair in head if pair[0] != b"connection"]  # malformed there (RFC 9113, 8.2.2)
    bodiless = out.scope.get("method") == "HEAD" or response.status_code in BODILESS
    file = path(response) if not bodiless and PATHSEND in (out.scope.get("extensions") or {}) else None
    await out({"type": "http.response.start", "status": response.status_code, "headers": head})
    if bodiless:
        await out(END)
    elif file is not None:
        await out({"type": PATHSEND, "path": file})
    else:
        body = Body(out, announced(head))
        if response.streaming:
            await stream(cast("StreamingHttpResponse", response), body)
        else:
            await body.part(cast("HttpResponse", response).content, last=True)


def headers(response: HttpResponseBase) -> list[tuple[bytes, bytes]]:
    """The headers as ASGI has them: names in lower case, cookies among them. Raises BadHeaderError."""
    found = [(field(name), value.encode("latin-1")) for name, value in response.items()]
    if response.cookies:
        found += [(b"set-cookie", morsel.OutputString().encode("ascii")) for morsel in response.cookies.values()]
    if FORBIDDEN.search(b"".join([value for _, value in found])):
        wrong = next(header for header in found if FORBIDDEN.search(header[1]))
        raise BadHeaderError(f"A header holds no NUL, CR or LF: {wrong[0]!r} is {wrong[1]!r}")
    return found


@lru_cache(maxsize=256)
def field(name: str) -> bytes:
    """The name of a header as ASGI has it. Raises BadHeaderError."""
    lower = name.lower().encode("ascii")
    if FORBIDDEN.search(lower):
        raise BadHeaderError(f"A header's name holds no NUL, CR or LF: {lower!r}")
    if lower.startswith(b":"):
        raise BadHeaderError(f"A header's name does not begin with a colon: {lower!r}")
    return lower


def announced(head: list[tuple[bytes, bytes]]) -> int | None:
    """The number of bytes that Content-Length announces, where it says one."""
    value = next((value for name, value in head if name == b"content-length"), b"")
    return int(value) if value.isdigit() else None


class Body:
    """The body of one response on its way."""

    def __init__(self, out: Out, length: int | None) -> None:
        self.out = out
        self.left = length
        """Bytes that Content-Length leaves room for; None where there is none."""

    @property
    def full(self) -> bool:
        """Whether there was more than Content-Length leaves room for."""
        return self.left == -1

    async def part(self, data: bytes, *, last: bool = False) -> None:
        """Send some of it, in events of no more than CHUNK bytes; past Content-Length, nothing."""
        if self.left is not None:
            data = self.cut(data, self.left)
        position = 0
        while len(data) - position > CHUNK:
            await self.out(event(data[position : position + CHUNK], more=True))
            position += CHUNK
        if last or data:
            await self.out(event(data[position:] if position else data, more=not last))

    def cut(self, data: bytes, left: int) -> bytes:
        """What there is room for. Says in the log, once, that there is more."""
        if len(data) > left >= 0:
            path = self.out.scope.get("path")
            logger.error("The response to %s is longer than its Content-Length; the rest is not sent.", path)
            self.left = -1
        else:
            self.left = left - len(data) if left >= 0 else left
        return data[: max(left, 0)]


def event(data: bytes, *, more: bool) -> dict[str, Any]:
    """A body event."""
    return {"type": "http.response.body", "body": data, "more_body": more}


async def stream(response: StreamingHttpResponse, body: Body) -> None:
    """Send a response part by part: the next part is asked for once the server has taken the last one."""
    async with aclosing(cast("Any", aiter(response) if response.is_async else taken(iter(response)))) as parts:
        async for data in parts:
            if data:
                await body.part(data)
            if body.full:
                break
    await body.out(END)


async def taken(iterator: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The parts of a synchronous iterator, each taken on the thread of the request."""
    following = partial(next, iterator, None)
    while (part := await in_thread(following)) is not None:
        yield part


def path(response: HttpResponseBase) -> str | None:
    """The path of the whole file that is the response, for a server that sends files itself."""
    file = response.file_to_stream if isinstance(response, FileResponse) else None
    name = getattr(file, "name", None)
    if file is None or not plain(file) or not isinstance(name, str) or not Path(name).is_absolute():
        return None
    try:
        opened, found = os.fstat(file.fileno()), Path(name).stat()
        whole = file.tell() == 0 and response.headers.get("Content-Length") == str(opened.st_size)
    except (OSError, AttributeError, ValueError):
        return None
    return name if whole and os.path.samestat(opened, found) else None


def plain(file: Any) -> bool:
    """Whether reading a file gives what is on disk, and the file stays there: not so for those of other classes."""
    if type(file) is File:
        file = file.file
    return type(file) is FileIO or (type(file) in {BufferedReader, BufferedRandom} and type(file.raw) is FileIO)
