"""The body of a request: read into memory while it is small, and from there to disk, in a thread."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import suppress
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, NoReturn, TypeVar

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.core.exceptions import RequestAborted
from django.http import UnreadablePostError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from gingerdj.types import Receive, Scope

View = TypeVar("View", bound="Callable[..., Any]")

WRITTEN = 2**20
"""Bytes that go to disk at once: each write costs a hop."""
TIMEOUT = 60.0
"""Seconds that a client may leave between two parts of a body where GINGER_BODY_TIMEOUT does not say."""
BODILESS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class BodyRefused(Exception):  # noqa: N818 - the server refuses; the client may err or not
    """The rest of a body is not received: it is too long, or it did not come in time.

    A view that is ``gingerdj.body.streamed`` may catch it. The handler answers it with its status.
    """

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status
        """413 for a body that exceeds GINGER_BODY_LIMIT, 408 for one that exceeds GINGER_BODY_TIMEOUT."""


async def read(receive: Receive) -> IO[bytes]:
    """The whole body as a file, at its beginning.

    Past FILE_UPLOAD_MAX_MEMORY_SIZE bytes it is a temporary file, which is made and written in threads.
    Raises RequestAborted when the client leaves, and ValueError for an event that is not part of a request.
    """
    spool = settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    memory = BytesIO()
    file: IO[bytes] | None = None
    more = True
    try:
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise outside(message)  # noqa: TRY301 - the clause below is for this one, too
            memory.write(message.get("body", b""))
            more = message.get("more_body", False)
            held = memory.tell()
            if (file is None and spool and held > spool) or (file is not None and (held > WRITTEN or not more)):
                file = await sync_to_async(moved, thread_sensitive=False)(memory, file)
    except BaseException:  # a refusal, a full disk and a cancellation as well
        if file is not None:
            file.close()
        raise
    if file is None:
        file = memory
    file.seek(0)
    return file


def moved(memory: BytesIO, file: IO[bytes] | None) -> IO[bytes]:
    """Move what memory holds to the end of a file, which is made where there is none."""
    if file is None:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the request closes it
    try:
        file.write(memory.getbuffer())
        file.flush()  # here: what its buffer holds would go to disk at the next seek
    except OSError:
        with suppress(OSError):  # it writes once more, and closes all the same
            file.close()
        raise
    memory.seek(0)
    memory.truncate()
    return file


def outside(message: Mapping[str, Any]) -> Exception:
    """What an event means that is not part of the body."""
    if message["type"] == "http.disconnect":
        return RequestAborted()
    return ValueError(f"A request's body comes in http.request events, not {message['type']!r}.")


def guarded(scope: Scope, receive: Receive) -> Guard:
    """The receive of a request, which refuses a body that is too large, or whose client sends nothing more.

    The cap is GINGER_BODY_LIMIT, in bytes, none by default. It counts every byte, those of files and those that no
    view reads too, where DATA_UPLOAD_MAX_MEMORY_SIZE leaves them out: the body is refused before it is received.
    """
    length = next((value for name, value in scope["headers"] if name.lower() == b"content-length"), None)
    return Guard(receive, length, expected=length not in {None, b"0"} or scope["method"] not in BODILESS)


class Guard:
    """Receives a body as long as it keeps to its limits. Raises BodyRefused."""

    def __init__(self, receive: Receive, length: bytes | None, *, expected: bool = True) -> None:
        self.receive = receive
        self.expected = expected
        """Whether there is a body to wait for. Any request may have one in chunks: its first event says more."""
        self.received = 0
        self.whole = False
        if length is not None and length.isdigit():
            self.check(int(length))

    async def __call__(self) -> Mapping[str, Any]:
        """The next event."""
        if self.whole:
            return await self.receive()
        message = await (self.timed() if self.expected else self.receive())
        self.expected = True
        if part := message.get("body"):
            self.received += len(part)
            self.check(self.received)
        self.whole = not message.get("more_body", False)
        return message

    async def timed(self) -> Mapping[str, Any]:
        """The next event, if it comes in time."""
        seconds: float | None = getattr(settings, "GINGER_BODY_TIMEOUT", TIMEOUT)
        try:
            async with asyncio.timeout(seconds):
                return await self.receive()
        except TimeoutError:
            problem = f"no part of the body came for {seconds:g} s, which is GINGER_BODY_TIMEOUT"
            raise BodyRefused(408, problem) from None

    def check(self, length: int) -> None:
        """Refuse a body that is at least so long."""
        limit: int | None = getattr(settings, "GINGER_BODY_LIMIT", None)
        if limit is not None and length > limit:
            raise BodyRefused(413, f"the body has {length} bytes or more, and GINGER_BODY_LIMIT is {limit}")


class Incoming:
    """The body of a request whose view reads it as it comes; to all others it is a file that cannot be read.

    Until its end it owns the connection's ``receive``: nobody else watches whether the client leaves.
    """

    wanted = False
    """Whether any view of this process reads bodies as they come."""

    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        self.ended = asyncio.Event()
        self.reading = False

    async def parts(self) -> AsyncIterator[bytes]:
        """The parts of the body. Raises RequestAborted when the client leaves, RuntimeError for a second reader."""
        if self.reading:
            raise RuntimeError("The body of this request is being read already, or has been: it comes once.")
        self.reading = True
        while not self.ended.is_set():
            message = await self.receive()
            if message["type"] != "http.request":
                self.ended.set()
                raise outside(message)
            if not message.get("more_body", False):
                self.ended.set()
            if data := message.get("body", b""):
                yield data

    def read(self, *_: object) -> NoReturn:
        """Raise UnreadablePostError: CSRF protection then takes its token from the header."""
        raise UnreadablePostError("The view reads the body of this request as it comes: request.POST cannot.")

    readline = __iter__ = read

    def seekable(self) -> bool:
        """It is not: what was read is gone."""
        return False

    def close(self) -> None:
        """There is nothing to close."""


def streamed(view: View) -> View:
    """Mark an asynchronous view that reads the body as it comes, with ``async for part in request.stream()``.

    Nothing of it is stored: memory holds one part at a time, and what the view does not ask for, the server does not
    take from the client. ``request.POST``, ``request.FILES`` and ``request.body`` raise UnreadablePostError, and CSRF
    protection finds its token in the header only. Raises TypeError for a synchronous view.
    """
    if not iscoroutinefunction(view):
        raise TypeError(f"Only an asynchronous view can read a body as it comes, and {view!r} is none.")
    Incoming.wanted = True
    view.streams_body = True  # type: ignore[attr-defined]  # what marks a view, as csrf_exempt does
    return view
