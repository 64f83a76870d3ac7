"""A response on its way: the events that it becomes, the pace at which they go, and how it ends early."""

from __future__ import annotations

import asyncio
import gzip
import io
import logging
import os
import tempfile
import threading
import warnings
from contextlib import contextmanager, suppress
from itertools import count, islice
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import RequestAborted
from django.core.files import File
from django.core.handlers import asgi
from django.core.signals import request_finished
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import BadHeaderError

from gingerdj.handler import ASGIHandler
from gingerdj.response import CHUNK, Out, announced, transmit
from tests.project.driver import LIMIT
from tests.project.server import Server, answer, http, run, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from pathlib import Path

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from gingerdj.types import Scope
    from tests.project.driver import Event

PATHSEND: dict[str, Any] = {"extensions": {"http.response.pathsend": {}}}
"""What a server says in its scope that sends files itself."""


def of(make: Callable[[], HttpResponseBase]) -> Callable[[HttpRequest], Awaitable[HttpResponseBase]]:
    """An asynchronous view that makes this response."""

    async def view(request: HttpRequest) -> HttpResponseBase:
        return make()

    return view


def sent(make: Callable[[], HttpResponseBase], scope: Scope | None = None, **changes: Any) -> Server:
    """A server after a request for this response."""
    return answer(of(make), scope=scope, **changes)


def bodies(server: Server) -> list[tuple[bytes, bool]]:
    """The body events: what each holds, and whether another one follows."""
    assert [event["type"] for event in server.sent] == ["http.response.start"] + ["http.response.body"] * (
        len(server.sent) - 1
    )
    return [(event["body"], event["more_body"]) for event in server.sent[1:]]


# The body in events.

EDGES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1, 5 * CHUNK]


@pytest.mark.parametrize("size", EDGES)
def test_a_body_goes_in_events_of_a_chunk_as_in_django(size: int) -> None:
    data = os.urandom(size)
    found = bodies(sent(lambda: HttpResponse(data)))
    assert found == bodies(sent(lambda: HttpResponse(data), kind=asgi.ASGIHandler))
    assert [more for _, more in found] == [True] * (len(found) - 1) + [False]
    assert b"".join(part for part, _ in found) == data


@pytest.mark.parametrize("size", EDGES)
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_part_of_a_stream_goes_in_events_of_a_chunk(size: int, kind: str) -> None:
    data = os.urandom(size)
    *found, end = bodies(sent(lambda: StreamingHttpResponse(stream(kind, [data, b"", data, b"tail"]))))
    assert end == (b"", False)
    assert all(0 < len(part) <= CHUNK and more for part, more in found)
    assert b"".join(part for part, _ in found) == data + data + b"tail"
    assert len(found) == 2 * -(-size // CHUNK) + 1, "no event is empty, none is put together from two parts"


def test_an_empty_stream_is_one_event() -> None:
    assert bodies(sent(lambda: StreamingHttpResponse([]))) == [(b"", False)]


@pytest.mark.parametrize("part", ["naïve", "naïve".encode(), memoryview(b"ab"), 7])
def test_parts_are_byte_strings(part: Any) -> None:
    """Exactly: other buffers cannot go over a network as an event must be able to (ASGI, Events)."""
    for make in (lambda: HttpResponse(part), lambda: StreamingHttpResponse([part])):
        server = sent(make)
        assert {type(event["body"]) for event in server.sent[1:]} == {bytes}
        assert server.body == HttpResponse(part).content


def stream(kind: str, data: list[bytes]) -> Any:
    """An iterator of this data."""

    async def asynchronous() -> AsyncIterator[bytes]:
        for part in data:
            yield part

    return iter(data) if kind == "sync" else asynchronous()


# The pace of a stream.


class Source:
    """Makes parts without an end, and knows how far it is."""

    def __init__(self) -> None:
        self.asked = 0
        self.closed = 0
        self.closer: asyncio.Task[Any] | None = None
        """The task in which an asynchronous iterator was closed."""
        self.threads: set[int] = set()

    def sync(self) -> Iterator[bytes]:
        """Parts."""
        try:
            for number in count(1):
                self.asked = number
                self.threads.add(threading.get_ident())
                yield b"part %d" % number
        finally:
            self.closed += 1

    async def asynchronous(self) -> AsyncIterator[bytes]:
        """Parts."""
        try:
            for number in count(1):
                self.asked = number
                yield b"part %d" % number
        finally:
            await self.clean()

    async def waiting(self) -> AsyncIterator[bytes]:
        """One part, then none, as a stream of events that do not come."""
        try:
            self.asked = 1
            yield b"part 1"
            await asyncio.Event().wait()
        finally:
            await self.clean()

    async def clean(self) -> None:
        """Take some turns, as what is closed may do."""
        self.closer = asyncio.current_task()
        await asyncio.sleep(0)
        self.closed += 1

    def noise(self) -> Iterator[bytes]:
        """Parts that no compression keeps back."""
        return Noise(self.sync())

    def file(self) -> Reader:
        """A file without an end."""
        return Reader(self)


class Noise:
    """An iterator of large parts that cannot be compressed."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self.parts = parts

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        next(self.parts)
        return os.urandom(2 * CHUNK)

    def close(self) -> None:
        """Close the source."""
        self.parts.close()  # type: ignore[attr-defined]  # a generator


class Reader(io.RawIOBase):
    """A file that reads from a source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.parts = source.sync()

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """The next part."""
        return next(self.parts)

    def close(self) -> None:
        """Close the source with it."""
        if not self.closed:
            self.parts.close()  # type: ignore[attr-defined]  # a generator
        super().close()


@pytest.mark.parametrize("kind", ["sync", "asynchronous"])
@pytest.mark.parametrize("view", ["sync", "asynchronous"])
def test_the_next_part_is_taken_only_after_send_returned(kind: str, view: str) -> None:
    source = Source()

    def make(request: HttpRequest) -> StreamingHttpResponse:
        return StreamingHttpResponse(getattr(source, kind)())

    async def scenario() -> None:
        server, arrived, go_on = Server(), asyncio.Event(), asyncio.Event()

        async def block(event: Event) -> None:
            arrived.set()
            await go_on.wait()
            go_on.clear()

        server.taking = block
        with serving(make if view == "sync" else of(lambda: make(None))) as application:  # type: ignore[arg-type]  # unused
            task = asyncio.create_task(application(http(), server.receive, server.send))
            for number in range(5):  # 0 is the event that starts the response
                await arrived.wait()
                arrived.clear()
                await asyncio.get_running_loop().run_in_executor(None, source.threads.copy)  # a thread's time, too
                assert (source.asked, len(server.sent)) == (number, number + 1)
                go_on.set()
            server.left.set()
            await task
        assert server.body.startswith(b"part 1part 2part 3part 4")

    run(scenario())
    assert source.closed == 1
    assert threading.get_ident() not in source.threads
    assert len(source.threads) == (kind == "sync")


def test_a_synchronous_stream_stays_on_the_thread_of_its_view() -> None:
    threads: list[int] = []

    def noted() -> bytes:
        threads.append(threading.get_ident())
        return b"x"

    def view(request: HttpRequest) -> StreamingHttpResponse:
        noted()
        return StreamingHttpResponse(noted() for _ in range(3))

    assert answer(view).body == b"xxx"
    assert (len(threads), len(set(threads))) == (4, 1)
    assert threading.get_ident() not in threads


def test_a_synchronous_stream_does_not_warn() -> None:
    """Django does: its handler reads such an iterator whole before it sends anything."""
    with pytest.warns(Warning, match="must consume synchronous iterators"):
        sent(lambda: StreamingHttpResponse(iter([b"a"])), kind=asgi.ASGIHandler)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert sent(lambda: StreamingHttpResponse(iter([b"a"]))).body == b"a"
    assert caught == []


# The end of a stream that does not come to its end.


class Gone(ConnectionResetError):  # noqa: N818 - the client is; the server does not err
    """What a server raises in send after the client has left."""


@contextmanager
def finishes() -> Iterator[list[object]]:
    """The request_finished signals that were sent."""
    seen: list[object] = []

    def note(sender: object, **named: object) -> None:
        seen.append(sender)

    request_finished.connect(note)
    try:
        yield seen
    finally:
        request_finished.disconnect(note)


class Mapping:
    """Middleware that wraps a stream, as GZip's does, and as third parties' do."""

    async_capable = True
    sync_capable = False

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Wrap it."""
        response: StreamingHttpResponse = await self.get_response(request)
        inner: Any = response.streaming_content

        async def outer() -> AsyncIterator[bytes]:
            async for part in inner:
                yield part

        response.streaming_content = outer() if response.is_async else map(bytes, inner)
        return response


class Ending(Server):
    """Takes one part of a body, and ends the request in some way."""

    def __init__(self, way: str, source: Source) -> None:
        super().__init__()
        self.way = way
        self.source = source
        self.one = asyncio.Event()

    async def send(self, event: Event) -> None:
        """Take an event."""
        self.sent.append(event)
        if not self.source.asked:
            return  # that was the start, or what a compression begins with
        self.one.set()
        if self.way in {"receive", "both"}:
            self.left.set()
        if self.way in {"send", "both"}:
            raise Gone
        if self.way == "error in send":
            raise LookupError("of the server")
        await asyncio.sleep(0)  # as a server does that writes


GZIP = "django.middleware.gzip.GZipMiddleware"


@pytest.mark.parametrize("way", ["receive", "send", "both", "error in send", "cancelled"])
@pytest.mark.parametrize(
    ("kind", "middleware"),
    [
        ("asynchronous", []),
        ("waiting", []),
        ("sync", []),
        ("file", []),
        ("sync", [f"{__name__}.Mapping"]),
        ("noise", [GZIP]),
        ("asynchronous", [f"{__name__}.Mapping"]),
        ("asynchronous", [GZIP]),
    ],
)
def test_a_stream_that_ends_early_is_closed_before_its_request_ends(kind: str, middleware: list[str], way: str) -> None:
    source = Source()
    closed: list[int] = []

    def make() -> StreamingHttpResponse:
        parts = getattr(source, kind)()
        return FileResponse(parts) if kind == "file" else StreamingHttpResponse(parts)

    async def scenario() -> None:
        server = Ending(way, source)

        async def connection() -> None:
            scope = http(headers=[(b"accept-encoding", b"gzip")])
            try:
                await application(scope, server.receive, server.send)
            finally:
                closed.append(source.closed)

        with serving(of(make), MIDDLEWARE=middleware) as application:
            task = asyncio.create_task(connection())
            await server.one.wait()
            if way == "cancelled":
                task.cancel()
            await asyncio.wait([task])
        assert task.cancelled() is (way == "cancelled")
        assert task.cancelled() or type(task.exception()) is (LookupError if way == "error in send" else type(None))
        assert all(event.get("more_body", True) for event in server.sent), "no end that is none"
        assert source.closer is (task if kind in {"asynchronous", "waiting"} else None)

    with finishes() as finished:
        run(scenario())
    assert closed == [1]
    assert len(finished) == 1


def test_a_part_that_is_being_made_when_the_client_leaves() -> None:
    """Its thread cannot be stopped: the iterator is closed there, after it."""
    begun, go_on = threading.Event(), threading.Event()
    source = Source()

    def slow() -> Iterator[bytes]:
        try:
            yield b"part 1"
            begun.set()
            assert go_on.wait(LIMIT)
            yield b"part 2"
        finally:
            source.closed += 1

    async def scenario() -> None:
        server = Server()
        with serving(of(lambda: StreamingHttpResponse(slow()))) as application:
            task = asyncio.create_task(application(http(), server.receive, server.send))
            await asyncio.to_thread(begun.wait, LIMIT)
            server.left.set()
            await server.telling.wait()
            assert not task.done()
            go_on.set()
            await task
        assert bodies(server) == [(b"part 1", True)]

    with finishes() as finished:
        run(scenario())
    assert (source.closed, len(finished)) == (1, 1)


@pytest.mark.parametrize("way", ["HEAD", "304", "send", "header"])
def test_an_iterator_that_the_view_began_is_closed_where_it_is_not_sent(way: str) -> None:
    """A view may ask for the first part itself, to answer with another status where there is none."""
    source = Source()
    closed: list[tuple[int, bool]] = []

    async def view(request: HttpRequest) -> HttpResponseBase:
        parts = source.waiting()
        await anext(parts)
        response = StreamingHttpResponse(parts, status=304 if way == "304" else 200)
        if way == "header":
            response.headers._store["x-a"] = ("X-A", "\0")
        return response

    async def scenario() -> None:
        server = Server()

        async def gone(event: Event) -> None:
            if way == "send":
                raise Gone

        async def connection() -> None:
            with suppress(BadHeaderError):
                await application(http("HEAD" if way == "HEAD" else "GET"), server.receive, server.send)
            closed.append((source.closed, source.closer is asyncio.current_task()))

        server.taking = gone
        with serving(view) as application:
            await connection()

    run(scenario())
    assert closed == [(1, True)]


@pytest.mark.parametrize("kind", ["sync", "asynchronous"])
def test_an_error_after_the_response_started_is_raised_once(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    """The server ends the connection and logs it."""
    source = Source()

    async def asynchronous() -> AsyncIterator[bytes]:
        async for part in source.asynchronous():
            yield part
            raise LookupError("in the middle")

    def sync() -> Iterator[bytes]:
        try:
            yield b"part 1"
            raise LookupError("in the middle")
        finally:
            source.closed += 1

    async def scenario() -> Server:
        server = Server()
        make = asynchronous if kind == "asynchronous" else sync
        view = of(lambda: StreamingHttpResponse(make()))
        with serving(view) as application, pytest.raises(LookupError, match="in the middle"):
            await application(http(), server.receive, server.send)
        return server

    with finishes() as finished:
        server = run(scenario())
    assert bodies(server) == [(b"part 1", True)]
    assert (source.closed, len(finished), caplog.records) == (1, 1, [])


def test_an_oserror_of_a_stream_is_no_disconnect() -> None:
    """Only what send raises says that the client has left."""

    def broken() -> Iterator[bytes]:
        yield b"part 1"
        raise FileNotFoundError("a file of the view")

    with pytest.raises(FileNotFoundError, match="a file of the view"):
        sent(lambda: StreamingHttpResponse(broken()))


def test_an_error_while_a_stream_is_closed_is_raised() -> None:
    async def rude() -> AsyncIterator[bytes]:
        try:
            yield b"part 1"
            await asyncio.Event().wait()
        finally:
            raise LookupError("in its finally")

    async def scenario() -> None:
        server = Server()

        async def leave(event: Event) -> None:
            server.left.set()

        server.taking = leave
        view = of(lambda: StreamingHttpResponse(rude()))
        with serving(view) as application, pytest.raises(LookupError, match="in its finally"):
            await application(http(), server.receive, server.send)

    with finishes() as finished:
        run(scenario())
    assert len(finished) == 1


@pytest.mark.parametrize("where", ["view", "stream"])
def test_nothing_is_sent_after_disconnect_to_what_goes_on(where: str) -> None:
    async def swallow() -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    async def parts() -> AsyncIterator[bytes]:
        yield b"part 1"
        await swallow()
        yield b"part 2"
        yield b"part 3"

    async def view(request: HttpRequest) -> HttpResponseBase:
        if where == "view":
            await swallow()
            return HttpResponse("late")
        return StreamingHttpResponse(parts())

    async def scenario() -> None:
        server, late = Server(), []

        async def take(event: Event) -> None:
            if server.told:
                late.append(event)

        server.taking = take
        server.left.set()
        with serving(view) as application:
            await application(http(), server.receive, server.send)
        assert late == []

    run(scenario())


def test_a_view_that_goes_on_ends_quietly_where_send_refuses() -> None:
    async def view(request: HttpRequest) -> HttpResponseBase:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return HttpResponse("late")

    async def scenario() -> None:
        server = Server()

        async def refuse(event: Event) -> None:
            raise Gone

        server.taking = refuse
        server.left.set()
        with serving(view) as application:
            await application(http(), server.receive, server.send)

    run(scenario())


# Files that the server sends itself.


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """A file of three chunks and a bit."""
    found = tmp_path / "document.txt"
    found.write_bytes(b"0123456789abcdef" * (3 * CHUNK // 16) + b"end")
    return found


def test_a_whole_file_is_sent_by_the_server(document: Path) -> None:
    opened = []

    def make() -> FileResponse:
        opened.append(document.open("rb"))
        return FileResponse(opened[0])

    server = sent(make, http(**PATHSEND))
    assert server.sent[1:] == [{"type": "http.response.pathsend", "path": str(document)}]
    assert server.headers[b"content-length"] == str(document.stat().st_size).encode()
    assert server.headers[b"content-type"] == b"text/plain"
    assert opened[0].closed


def test_a_file_of_a_storage_is_sent_by_the_server(document: Path) -> None:
    server = sent(lambda: FileResponse(File(document.open("rb"))), http(**PATHSEND))
    assert server.sent[1:] == [{"type": "http.response.pathsend", "path": str(document)}]


@pytest.mark.parametrize("extensions", [None, {}, {"http.response.zerocopysend": {}, "http.response.push": {}}, "none"])
def test_a_file_is_read_where_the_server_sends_none(extensions: Any, document: Path) -> None:
    scope = http() if extensions == "none" else http(extensions=extensions)
    server = sent(lambda: FileResponse(document.open("rb")), scope)
    assert [len(part) for part, _ in bodies(server)] == [CHUNK, CHUNK, CHUNK, 3, 0]
    assert server.body == document.read_bytes()


class Reversing:
    """A file whose content is another one than that on disk, as that of an encrypted one is."""

    def __init__(self, file: io.BufferedReader) -> None:
        self.file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def read(self, size: int = -1) -> bytes:
        """What is read, backwards."""
        return self.file.read(size)[::-1]


class Decrypting(io.FileIO):
    """A file whose content is another one than that on disk."""

    def read(self, size: int | None = -1, /) -> bytes:
        """What is read, backwards."""
        return super().read(size)[::-1]


def partially_read(document: Path) -> FileResponse:
    """What is left of a file."""
    file = document.open("rb")
    file.read(10)
    return FileResponse(file)


def moved_on(document: Path) -> FileResponse:
    """A file that was read from after its length was noted."""
    response = FileResponse(document.open("rb"))
    assert response.file_to_stream is not None
    response.file_to_stream.read(10)
    return response


def a_range(document: Path) -> FileResponse:
    """A part of a file, as a view does that knows ranges."""
    response = FileResponse(document.open("rb"), status=206)
    response.headers["Content-Length"] = "10"
    response.headers["Content-Range"] = f"bytes 0-9/{document.stat().st_size}"
    return response


def another_content(document: Path) -> FileResponse:
    """A file that middleware has changed."""
    response = FileResponse(document.open("rb"))
    response.streaming_content = (bytes(part).upper() for part in response.streaming_content)  # type: ignore[union-attr]  # sync
    return response


def relative(document: Path) -> FileResponse:
    """A file whose name is not absolute, as that of a storage's file often is."""
    return FileResponse(File(document.open("rb"), name="document.txt"))


def replaced(document: Path) -> FileResponse:
    """A file in whose place there is another one of the same length by now."""
    response = FileResponse(document.open("rb"))
    other = document.with_name("other")
    other.write_bytes(b"x" * document.stat().st_size)
    other.replace(document)
    return response


def deleted(document: Path) -> FileResponse:
    """A file that is in no folder any more."""
    response = FileResponse(document.open("rb"))
    document.unlink()
    return response


def longer(document: Path) -> FileResponse:
    """A file that has grown, as a log does."""
    response = FileResponse(document.open("rb"))
    with document.open("ab") as log:
        log.write(b"more")
    return response


def in_memory(document: Path) -> FileResponse:
    """No file at all."""
    return FileResponse(io.BytesIO(document.read_bytes()))


def by_number(document: Path) -> FileResponse:
    """A file that was opened by its descriptor."""
    return FileResponse(os.fdopen(os.open(document, os.O_RDONLY), "rb"))


def compressed(document: Path) -> FileResponse:
    """A file that is decompressed as it is read."""
    with gzip.open(document.with_suffix(".gz"), "wb") as file:
        file.write(document.read_bytes())
    return FileResponse(gzip.open(document.with_suffix(".gz"), "rb"))


def compressed_to_the_same_length(document: Path) -> FileResponse:
    """The same, where both have the same length."""
    found = document.with_suffix(".gz")
    for repeated in range(200):
        with found.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file:
            file.write(bytes(range(100)) + b"z" * repeated)
        if found.stat().st_size == 100 + repeated:
            return FileResponse(gzip.open(found, "rb"))
    raise AssertionError("no such file")


def wrapped(document: Path) -> FileResponse:
    """A file in an object that changes what is read."""
    return FileResponse(Reversing(document.open("rb")))


def subclass(document: Path) -> FileResponse:
    """A file of a class that changes what is read."""
    return FileResponse(Decrypting(str(document)))


@pytest.mark.parametrize(
    "make",
    [
        partially_read,
        moved_on,
        a_range,
        another_content,
        relative,
        replaced,
        deleted,
        longer,
        in_memory,
        by_number,
        compressed,
        compressed_to_the_same_length,
        wrapped,
        subclass,
    ],
    ids=lambda make: make.__name__,
)
def test_what_is_not_the_whole_file_is_read(make: Callable[[Path], FileResponse], document: Path) -> None:
    before = document.read_bytes()
    with_it = sent(lambda: make(document), http(**PATHSEND))
    if not document.exists() or document.read_bytes() != before:
        document.write_bytes(before)
    without = sent(lambda: make(document))
    assert [event["type"] for event in with_it.sent[1:]] == ["http.response.body"] * len(with_it.sent[1:])
    assert with_it.sent[1:] == without.sent[1:]


def test_a_named_temporary_file_is_read(document: Path) -> None:
    """It is gone when the request ends, and a server may open it later."""

    def make() -> FileResponse:
        file = tempfile.NamedTemporaryFile(dir=document.parent)  # noqa: SIM115 - the response closes it
        file.write(b"content")
        file.seek(0)
        return FileResponse(file)

    assert sent(make, http(**PATHSEND)).body == b"content"


def test_a_compressed_response_is_a_body(document: Path) -> None:
    scope = http(headers=[(b"accept-encoding", b"gzip")], **PATHSEND)
    server = sent(lambda: FileResponse(document.open("rb")), scope, MIDDLEWARE=[GZIP])
    assert server.headers[b"content-encoding"] == b"gzip"
    assert gzip.decompress(server.body) == document.read_bytes()


def test_a_file_that_the_client_has_is_not_sent(document: Path) -> None:
    with document.open("rb") as file:  # Django's middleware puts another response in the place of the file's
        scope = http(headers=[(b"if-none-match", b'"1"')], **PATHSEND)
        middleware = ["django.middleware.http.ConditionalGetMiddleware"]
        server = sent(lambda: FileResponse(file, headers={"ETag": '"1"'}), scope, MIDDLEWARE=middleware)
    assert (server.status, bodies(server)) == (304, [(b"", False)])


# Headers.

BAD = ["\r", "\n", "\0", "\r\nX-Injected: 1"]


def with_value(bad: str) -> HttpResponse:
    """A header that Django's own check does not see, as it is set below it."""
    response = HttpResponse()
    response.headers._store["x-a"] = ("X-A", f"a{bad}b")
    return response


def with_name(bad: str) -> HttpResponse:
    """A name."""
    response = HttpResponse()
    response.headers._store[f"x-a{bad}".lower()] = (f"X-A{bad}", "b")
    return response


def in_a_stream(bad: str) -> StreamingHttpResponse:
    """Before the first part."""
    response = StreamingHttpResponse(Source().asynchronous())
    response.headers._store["x-a"] = ("X-A", f"a{bad}b")
    return response


@pytest.mark.parametrize("bad", BAD, ids=repr)
@pytest.mark.parametrize("make", [with_value, with_name, in_a_stream])
def test_a_header_that_would_be_two_is_refused(make: Callable[[str], HttpResponseBase], bad: str) -> None:
    async def scenario() -> Server:
        server = Server()
        with serving(of(lambda: make(bad))) as application, pytest.raises(BadHeaderError, match="x-a"):
            await application(http(), server.receive, server.send)
        return server

    with finishes() as finished:
        assert run(scenario()).sent == []
    assert len(finished) == 1


def test_a_nul_passes_django() -> None:
    """Which only knows of lines."""
    response = HttpResponse(headers={"X-A": "a\0b"})
    with pytest.raises(BadHeaderError):
        sent(lambda: response)


@pytest.mark.parametrize("bad", BAD, ids=repr)
@pytest.mark.parametrize("attribute", ["path", "domain"])
def test_a_cookie_that_would_be_a_header_is_refused(attribute: str, bad: str) -> None:
    """Django's or Python's own check may come first: nothing is sent in any case."""

    def make() -> HttpResponse:
        response = HttpResponse("sent")
        response.set_cookie("a", "b")
        dict.__setitem__(response.cookies["a"], attribute, f"/{bad}")
        return response

    async def scenario() -> Server:
        server = Server()
        with serving(of(make)) as application, pytest.raises(Exception, match=r"(?i)NUL|control"):
            await application(http(), server.receive, server.send)
        return server

    assert run(scenario()).sent == []


def test_headers_are_as_in_django_but_for_the_case() -> None:
    def make() -> HttpResponse:
        response = HttpResponse("x", headers={"X-B": "1", "X-A": "naïve", "Content-Language": "de"})
        expires = "Sat, 21 Nov 2026 18:04:54 GMT"  # else it would tell the time of day
        response.set_cookie("b", "1", max_age=10, expires=expires, httponly=True, samesite="Lax")
        response.set_cookie("a", "2; 3")
        response.headers["Subject"] = "中文"
        return response

    ours, djangos = (sent(make, kind=kind).sent[0]["headers"] for kind in (ASGIHandler, asgi.ASGIHandler))
    assert ours == [(name.lower(), value) for name, value in djangos]


# Responses without a body.


@pytest.mark.parametrize("status", [200, 404, 204, 304])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("kind", ["content", "sync", "asynchronous", "file"])
def test_a_response_without_a_body(kind: str, method: str, status: int, document: Path) -> None:
    source = Source()
    opened = []

    def make() -> HttpResponseBase:
        if kind == "content":
            return HttpResponse("content", status=status, headers={"Content-Length": "7"})
        if kind == "file":
            opened.append(document.open("rb"))
            return FileResponse(opened[0], status=status)
        parts = getattr(source, kind)()
        return StreamingHttpResponse(parts, status=status, headers={"Content-Length": "7"})

    bodiless = method == "HEAD" or status in {204, 304}
    if not bodiless and kind in {"sync", "asynchronous"}:
        return  # those have no end
    scope = http(method, **PATHSEND)
    with finishes() as finished:
        server = sent(make, scope)
    assert (server.status, len(finished), source.asked) == (status, 1, 0)
    assert b"content-length" in server.headers, "what a GET would have (RFC 9110, 9.3.2)"
    assert all(file.closed for file in opened)
    if bodiless:
        assert bodies(server) == [(b"", False)]


# Content-Length.


@pytest.mark.parametrize("length", [0, 1, 4, 5, 6, 9, 10, 11])
@pytest.mark.parametrize("kind", ["content", "sync", "async"])
def test_never_more_than_content_length(kind: str, length: int, caplog: pytest.LogCaptureFixture) -> None:
    data = [b"01234", b"56789"]

    def make() -> HttpResponseBase:
        headers = {"Content-Length": str(length)}
        if kind == "content":
            return HttpResponse(b"".join(data), headers=headers)
        return StreamingHttpResponse(stream(kind, data), headers=headers)

    server = sent(make, http(at="/long/"))
    assert server.body == b"0123456789"[:length]
    assert [more for _, more in bodies(server)][-1] is False
    messages = [record.getMessage() for record in caplog.records]
    assert messages == ["The response to /long/ is longer than its Content-Length; the rest is not sent."] * (
        length < 10
    )
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * (length < 10)


@pytest.mark.parametrize("value", ["", "x", "-1", "+1", "1.5", "1, 1"])
def test_a_content_length_that_is_none(value: str) -> None:
    assert announced([(b"content-length", value.encode())]) is None
    assert sent(lambda: HttpResponse("content", headers={"Content-Length": value})).body == b"content"


def test_a_large_body_is_cut_in_the_middle_of_a_chunk() -> None:
    length = CHUNK + 10
    server = sent(lambda: HttpResponse(b"x" * 3 * CHUNK, headers={"Content-Length": str(length)}))
    assert [(len(part), more) for part, more in bodies(server)] == [(CHUNK, True), (10, False)]


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_what_has_no_room_is_not_asked_for(kind: str) -> None:
    """It may have no end, and where nothing is sent, nothing ever waits."""
    source = Source()

    async def some() -> AsyncIterator[bytes]:
        async for part in source.asynchronous():
            yield part
            if source.asked == 100:
                break

    def make() -> HttpResponseBase:
        parts = islice(source.sync(), 100) if kind == "sync" else some()
        return StreamingHttpResponse(parts, headers={"Content-Length": "8"})

    assert sent(make).body == b"part 1pa"
    assert source.asked == 2


# Out, alone.


@pytest.mark.parametrize("error", [OSError, BrokenPipeError, ConnectionResetError, Gone])
def test_an_oserror_of_send_is_a_disconnect(error: type[OSError]) -> None:
    async def send(event: Event) -> None:
        raise error("gone")

    with pytest.raises(RequestAborted) as aborted:
        run(Out({}, send)({"type": "http.response.start"}))
    assert isinstance(aborted.value.__cause__, error)


def test_other_errors_of_send_pass() -> None:
    async def send(event: Event) -> None:
        raise RuntimeError("an event that the server does not know")

    with pytest.raises(RuntimeError, match="does not know"):
        run(transmit(HttpResponse(), Out({}, send)))


def test_send_response_may_be_called_as_djangos() -> None:
    """What wraps the handler calls it with the send of the server."""

    async def scenario() -> Server:
        server = Server()
        with serving(of(HttpResponse)) as application:
            await application.send_response(HttpResponse("content"), server.send)
        return server

    assert run(scenario()).body == b"content"
