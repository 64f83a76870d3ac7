"""The body of a request: where it is kept, how much of it is received, and what ends it early."""

from __future__ import annotations

import asyncio
import errno
import io
import tempfile
import threading
from itertools import product
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from django.core.exceptions import RequestAborted
from django.core.handlers import asgi
from django.core.signals import request_started
from django.http import HttpResponse
from django.test import override_settings

from gingerdj import body
from gingerdj.body import BodyRefused, Guard
from gingerdj.handler import ASGIHandler
from tests.project.server import DISCONNECT, Server, answer, configure, http, parts, run, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

    from django.http import HttpRequest

    from gingerdj.types import Scope
    from tests.project.driver import Event

SPOOL = 100
"""FILE_UPLOAD_MAX_MEMORY_SIZE of these tests."""
AT_ONCE = 64
"""Bytes that go to disk at once in these tests."""
SIZES = [0, 1, 63, 64, 65, 99, 100, 101, 127, 128, 129, 163, 164, 165, 228, 1000]
PARTS = [1, 36, 64, 100, 10_000]


class Raw(io.FileIO):
    """A file that notes the threads that write to it."""

    threads: set[int]
    full = False

    def write(self, data: Any, /) -> int:
        """Write, unless the disk is full."""
        self.threads.add(threading.get_ident())
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


class Disk:
    """Makes temporary files, and knows them."""

    def __init__(self) -> None:
        self.files: list[IO[bytes]] = []
        self.made: set[int] = set()
        """The threads that made files."""
        self.threads: set[int] = set()
        """The threads that wrote."""
        self.full = False
        self.made_one = threading.Event()

    def file(self) -> IO[bytes]:
        """A temporary file."""
        self.made.add(threading.get_ident())
        raw = Raw(tempfile.mkstemp()[0], "w+b")
        raw.threads, raw.full = self.threads, self.full
        self.files.append(io.BufferedRandom(raw))
        self.made_one.set()
        return self.files[-1]


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Limits that a test reaches with few bytes."""
    configure()
    monkeypatch.setattr(body, "WRITTEN", AT_ONCE)
    with override_settings(FILE_UPLOAD_MAX_MEMORY_SIZE=SPOOL):
        yield


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Disk]:
    """The temporary files that the module makes."""
    made = Disk()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(tempfile, "TemporaryFile", made.file)
    yield made
    for file in made.files:
        monkeypatch.setattr(file.raw, "full", False)  # type: ignore[attr-defined]  # a BufferedRandom has it
        file.close()


def cut(data: bytes, length: int, *, more: bool = False) -> list[Event]:
    """A body in parts of this length."""
    starts = range(0, max(len(data), 1), length)
    return parts(*(data[start : start + length] for start in starts), more=more)


def content(size: int) -> bytes:
    """So many bytes, no two rows of which are alike."""
    return b"".join(b"%08d" % number for number in range(size // 8 + 1))[:size]


def received(*events: Event) -> tuple[IO[bytes], int]:
    """The file that ``body.read`` makes of these events, and how many calls it handed to threads."""
    calls = 0

    async def scenario() -> tuple[IO[bytes], int]:
        loop = asyncio.get_running_loop()
        hand_over = loop.run_in_executor

        def counted(*arguments: Any) -> Any:
            nonlocal calls
            calls += 1
            return hand_over(*arguments)

        with mock.patch.object(loop, "run_in_executor", counted):
            return await body.read(Server(*events).receive), calls

    return run(scenario())


@pytest.mark.parametrize("spool", [0, SPOOL, 150])
@pytest.mark.parametrize("length", PARTS)
def test_any_body_is_whole_and_on_disk_past_the_limit(spool: int, length: int, disk: Disk) -> None:
    with override_settings(FILE_UPLOAD_MAX_MEMORY_SIZE=spool):
        for size in SIZES:
            data = content(size)
            file, hops = received(*cut(data, length))
            on_disk = 0 < spool < size
            assert (file.tell(), file.read()) == (0, data), (size, hops)
            assert isinstance(file, io.BytesIO) is not on_disk, size
            assert len(disk.files) == on_disk, size
            assert bool(hops) == on_disk, size
            assert threading.get_ident() not in disk.made | disk.threads, size
            file.close()
            disk.files.clear()


def test_each_hop_writes_a_good_part_of_the_body(disk: Disk) -> None:
    """Parts of one byte do not cost a hop each."""
    file, hops = received(*cut(content(SPOOL + 1 + 3 * (AT_ONCE + 1) + 1), 1))
    assert hops == 1 + 3 + 1, "the roll-over, three times what goes at once, and the end"
    file.close()


@pytest.mark.parametrize(("size", "length"), list(product([0, 1, 99, 100, 101, 102, 1000], PARTS)))
def test_where_a_body_is_kept_is_as_in_django(size: int, length: int) -> None:
    async def scenario(handler: asgi.ASGIHandler) -> tuple[IO[bytes], Any]:
        events = cut(content(size), length)
        ours = await body.read(Server(*events).receive)
        return ours, await handler.read_body(Server(*events).receive)

    with serving(HttpResponse, asgi.ASGIHandler) as handler:
        ours, theirs = run(scenario(handler))
    assert isinstance(ours, io.BytesIO) is not theirs._rolled
    assert ours.read() == theirs.read()
    ours.close()
    theirs.close()


def test_events_may_leave_out_what_has_a_default() -> None:
    file, _ = received({"type": "http.request", "more_body": True}, {"type": "http.request", "body": b"one"})
    assert file.read() == b"one"
    file, _ = received({"type": "http.request"}, {"type": "http.request", "body": b"of another request"})
    assert file.read() == b""


EARLY = [cut(content(size), 50, more=True) for size in (1, SPOOL + 1, SPOOL + AT_ONCE + 50)]
"""The beginnings of bodies: in memory, on disk just so, on disk with more in memory."""


@pytest.mark.parametrize("events", EARLY, ids=["memory", "disk", "both"])
def test_disconnect_inside_a_body(events: list[Event], disk: Disk) -> None:
    with pytest.raises(RequestAborted):
        received(*events, DISCONNECT)
    assert all(file.closed for file in disk.files)
    assert len(disk.files) == (len(events) > 1)


@pytest.mark.parametrize("events", EARLY, ids=["memory", "disk", "both"])
def test_unknown_event_inside_a_body(events: list[Event], disk: Disk) -> None:
    with pytest.raises(ValueError, match=r"http\.request events, not 'websocket\.receive'"):
        received(*events, {"type": "websocket.receive"})
    assert all(file.closed for file in disk.files)


async def unread(request: HttpRequest) -> HttpResponse:
    """Must not be called."""
    raise AssertionError("the view was called")


@pytest.mark.parametrize("before", [0, SPOOL + 1])
def test_handler_sends_nothing_to_a_client_that_leaves_inside_its_body(before: int, disk: Disk) -> None:
    started: list[object] = []

    def note(**named: object) -> None:
        started.append(named)

    request_started.connect(note)
    try:
        events = [*cut(content(before), 50, more=True), DISCONNECT]
        server = answer(unread, *events, scope=http("POST"))
    finally:
        request_started.disconnect(note)
    assert (server.sent, started) == ([], [])
    assert server.received == len(events)
    assert [file.closed for file in disk.files] == [True] * bool(before)


def test_handler_raises_for_an_unknown_event_inside_a_body() -> None:
    with pytest.raises(ValueError, match=r"http\.request events, not 'http\.mistake'"):
        answer(unread, *parts(b"one", more=True), {"type": "http.mistake"}, scope=http("POST"))


def test_cancellation_inside_a_body_closes_the_file(disk: Disk) -> None:
    async def scenario() -> None:
        server = Server(*cut(content(SPOOL + 1), 50, more=True))
        with serving(unread) as application:
            task = asyncio.create_task(application(http("POST"), server.receive, server.send))
            await server.waiting.wait()
            task.cancel()
            await asyncio.wait([task])
        assert task.cancelled()
        assert server.sent == []

    run(scenario())
    assert [file.closed for file in disk.files] == [True]


def test_a_refused_body_closes_the_file(disk: Disk) -> None:
    server = answer(unread, *cut(content(500), 50), scope=http("POST"), GINGER_BODY_LIMIT=SPOOL + 100)
    assert server.status == 413
    assert [file.closed for file in disk.files] == [True]


def test_a_full_disk_closes_the_file(disk: Disk) -> None:
    disk.full = True
    with pytest.raises(OSError, match="No space left"):
        answer(unread, *cut(content(500_000), 100_000), scope=http("POST"))
    assert [file.closed for file in disk.files] == [True]


def test_an_error_in_request_started_closes_the_file(disk: Disk) -> None:
    def fail(**named: object) -> None:
        raise LookupError("in a receiver")

    request_started.connect(fail)
    try:
        with pytest.raises(LookupError, match="in a receiver"):
            answer(unread, *cut(content(500), 50), scope=http("POST"))
    finally:
        request_started.disconnect(fail)
    assert [file.closed for file in disk.files] == [True]


def test_a_body_on_disk_is_closed_after_its_request(disk: Disk) -> None:
    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(str(len(request.read())))

    assert answer(view, *cut(content(500), 50), scope=http("POST")).body == b"500"
    assert [file.closed for file in disk.files] == [True]


def limited(limit: int | None, *events: Event, length: bytes | None = None, method: str = "POST") -> tuple[int, int]:
    """The status of the response to a body where this is the limit, and how many calls of receive it took."""

    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.body)

    headers = [] if length is None else [(b"Content-Length", length)]
    server = answer(view, *events, scope=http(method, headers=headers), GINGER_BODY_LIMIT=limit)
    if server.status == 200:
        assert server.body == b"".join(event["body"] for event in events)
    else:
        assert server.sent[1:] == [{"type": "http.response.body", "body": server.body, "more_body": False}]
    return server.status, server.received


@pytest.mark.parametrize(("size", "status"), [(0, 200), (9, 200), (10, 200), (11, 413), (1000, 413)])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "GET", "HEAD"])
def test_limit_by_content_length(size: int, status: int, method: str) -> None:
    """Refused at once: not one event is asked for."""
    if method == "HEAD" and status == 200:
        return
    result, calls = limited(10, *parts(content(size)), length=str(size).encode(), method=method)
    assert result == status
    assert (calls == 0) == (status == 413)


@pytest.mark.parametrize("length", [None, b"", b"nonsense", b"-1", b"3", "²".encode("latin-1")])
@pytest.mark.parametrize(("size", "status"), [(9, 200), (10, 200), (11, 413), (1000, 413)])
def test_limit_by_counting(length: bytes | None, size: int, status: int) -> None:
    """Refused at the part that passes the limit: the rest is not asked for."""
    for part in (1, 4, 5, 1000):
        events = cut(content(size), part)
        scope = http("POST", headers=[] if length is None else [(b"content-length", length)])

        async def view(request: HttpRequest) -> HttpResponse:
            return HttpResponse(str(len(request.read())))

        server = answer(view, *events, scope=scope, GINGER_BODY_LIMIT=10)
        assert server.status == status
        if status == 413:
            assert server.received == 10 // part + 1
            assert len(server.events) == len(events) - server.received
        else:
            assert server.body == str(size).encode()


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("length", [None, b"0"])
def test_no_method_passes_the_limit(method: str, length: bytes | None) -> None:
    """Any request may have a body (RFC 9110, 9.3.1), and in chunks it has no Content-Length."""
    headers = [] if length is None else [(b"content-length", length)]
    scope = http(method, headers=[*headers, (b"transfer-encoding", b"chunked")])
    server = answer(unread, *cut(content(1000), 50), scope=scope, GINGER_BODY_LIMIT=10)
    assert (server.status, server.received) == (413, 1)


def test_no_limit_by_default() -> None:
    assert limited(None, *cut(content(500), 50), length=b"500") == (200, 10)
    assert limited(None, *cut(content(500), 50)) == (200, 10)


def test_a_limit_of_nothing() -> None:
    assert limited(0, *parts(b""))[0] == 200
    assert limited(0, *parts(b"x"))[0] == 413


@pytest.mark.parametrize("headers", [[(b"content-length", b"11")], []], ids=["announced", "counted"])
def test_a_refusal_says_why_and_ends_the_connection(
    headers: list[tuple[bytes, bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    server = answer(unread, *parts(content(11)), scope=http("POST", "/up/", headers), GINGER_BODY_LIMIT=10)
    assert server.headers[b"connection"] == b"close"
    (record,) = [record for record in caplog.records if record.name == "django.request"]
    assert record.getMessage() == (
        "Content Too Large: /up/: the body has 11 bytes or more, and GINGER_BODY_LIMIT is 10"
    )
    assert (record.levelname, record.status_code) == ("WARNING", 413)  # type: ignore[attr-defined]  # as Django's have


@pytest.mark.parametrize("version", ["2", "3"])
def test_a_refusal_has_no_connection_field_where_the_protocol_has_none(version: str) -> None:
    scope = http("POST", headers=[(b"content-length", b"11")]) | {"http_version": version}
    server = answer(unread, scope=scope, GINGER_BODY_LIMIT=10)
    assert server.status == 413
    assert b"connection" not in server.headers


def test_a_refusal_of_a_client_that_has_left_is_quiet() -> None:
    async def scenario() -> None:
        server = Server(*parts(content(11)))

        async def gone(event: Event) -> None:
            raise BrokenPipeError

        server.taking = gone
        with serving(unread, GINGER_BODY_LIMIT=10) as application:
            await application(http("POST"), server.receive, server.send)
        assert len(server.sent) == 1

    run(scenario())


@pytest.mark.parametrize("before", [0, 1, SPOOL + 1], ids=["nothing", "memory", "disk"])
def test_a_client_that_stalls_is_told(before: int, disk: Disk, caplog: pytest.LogCaptureFixture) -> None:
    events = cut(content(before), 50, more=True) if before else []
    scope = http("POST", "/up/", [(b"content-length", b"1000")])

    async def scenario() -> Server:
        server = Server(*events)
        if not before:
            server.events.clear()
        with serving(unread, GINGER_BODY_TIMEOUT=1e-3) as application:
            await application(scope, server.receive, server.send)
        return server

    server = run(scenario())
    assert server.status == 408
    assert server.sent[-1]["more_body"] is False
    assert server.received == len(events) + 1
    assert "Request Timeout: /up/: no part of the body came for 0.001 s, which is GINGER_BODY_TIMEOUT" in caplog.text


class Slow:
    """A clock that runs while nothing happens: each part comes after nearly the whole limit."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.deadlines: list[float] = []

    def timeout(self, delay: float) -> asyncio.Timeout:
        """Note when the limit would end the wait."""
        self.deadlines.append(delay)
        return asyncio.timeout(None)


def test_the_limit_is_for_each_part_not_for_the_whole_body(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that sends slowly, but sends, is served."""
    slow = Slow(7)
    monkeypatch.setattr(body, "asyncio", type("asyncio", (), {"timeout": slow.timeout}))
    guard = Guard(Server(*parts(b"a", b"b", b"c")).receive, None)

    async def scenario() -> None:
        for _ in range(3):
            await guard()

    with override_settings(GINGER_BODY_TIMEOUT=7):
        run(scenario())
    assert slow.deadlines == [7, 7, 7]


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
def test_a_body_that_nobody_expects_is_timed_from_its_second_part(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(7)
    monkeypatch.setattr(body, "asyncio", type("asyncio", (), {"timeout": slow.timeout}))

    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=201)

    assert answer(view, *parts(b"a", b"b", b"c"), scope=http(method), GINGER_BODY_TIMEOUT=7).status == 201
    assert slow.deadlines == [7, 7]


def test_a_whole_body_is_not_timed() -> None:
    """What comes after it, the client's leaving, may take as long as the response does."""

    async def scenario() -> bool:
        server = Server(*parts(b"all"))
        with override_settings(GINGER_BODY_TIMEOUT=0):
            guard = Guard(server.receive, None)
        with override_settings(GINGER_BODY_TIMEOUT=None):
            patient = Guard(server.receive, None)
        assert (await guard())["body"] == b"all"  # it was there: nothing waited
        last = asyncio.create_task(guard())
        impatient = asyncio.create_task(patient())
        for _ in range(10):
            await asyncio.sleep(0)
        waiting = not last.done() and not impatient.done()
        last.cancel()
        impatient.cancel()
        await asyncio.wait([last, impatient])
        return waiting

    assert run(scenario())


def test_no_timeout_where_the_setting_is_none() -> None:
    async def scenario() -> bool:
        server = Server()
        server.events.clear()
        with override_settings(GINGER_BODY_TIMEOUT=None):
            guard = Guard(server.receive, None)
        waits = asyncio.create_task(guard())
        for _ in range(10):
            await asyncio.sleep(0)
        waiting = not waits.done()
        waits.cancel()
        await asyncio.wait([waits])
        return waiting

    assert run(scenario())


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
def test_a_request_without_a_body_is_answered_without_a_clock(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """asyncio.timeout costs; nine requests in ten have nothing to wait for."""
    monkeypatch.setattr(body, "asyncio", None)
    monkeypatch.setattr(body, "tempfile", None)

    async def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(request.method)

    assert answer(view, scope=http(method)).status == 200


def test_the_body_is_refused_once() -> None:
    """The limits are the connection's: an error of receive itself passes."""

    async def scenario() -> None:
        async def receive() -> Mapping[str, Any]:
            raise ConnectionResetError("by the server")

        with serving(unread) as application, pytest.raises(ConnectionResetError, match="by the server"):
            await application(http("POST"), receive, Server().send)

    run(scenario())


def test_refused_body_is_an_exception_with_a_status() -> None:
    with (
        override_settings(GINGER_BODY_LIMIT=10),
        pytest.raises(BodyRefused, match="GINGER_BODY_LIMIT is 10") as refused,
    ):
        Guard(Server().receive, b"11")
    assert refused.value.status == 413


# What Django's own limits do, compared with Django's handler.


async def read_all(request: HttpRequest) -> HttpResponse:
    """The size of the body, through the attribute that Django limits."""
    return HttpResponse(f"body {len(request.body)}")


async def read_stream(request: HttpRequest) -> HttpResponse:
    """The size of the body, through the method that Django does not limit."""
    return HttpResponse(f"stream {len(request.read())}")


def ends(kind: type[asgi.ASGIHandler], view: Any, scope: Scope, events: list[Event]) -> tuple[int, bytes]:
    """The status and the body of a response."""
    server = answer(view, *events, scope=scope, kind=kind, DATA_UPLOAD_MAX_MEMORY_SIZE=200)
    return server.status, server.body if server.status == 200 else b""


@pytest.mark.parametrize("view", [read_all, read_stream])
@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("size", [0, 1, 100, 101, 199, 200, 201, 1000])
def test_djangos_limits_keep_their_meaning(view: Any, announced: bool, size: int) -> None:
    headers = [(b"content-length", str(size).encode())] if announced else []
    for length in (50, 10_000):
        scope, events = http("POST", headers=headers), cut(content(size), length)
        ours, djangos = (ends(kind, view, scope, events) for kind in (ASGIHandler, asgi.ASGIHandler))
        assert ours == djangos
    assert ours[0] == (400 if view is read_all and size > 200 else 200)
