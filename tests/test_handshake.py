"""The request that opens a WebSocket connection, on its way through the middleware, and what becomes of its view."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.decorators import permission_required
from django.core import signals
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.utils import translation
from django.utils.decorators import sync_and_async_middleware
from django.views.decorators.csrf import csrf_exempt

from gingerdj import threads
from gingerdj.connection import Disconnected
from gingerdj.handler import ASGIHandler
from tests.project.server import run
from tests.project.socket import Peer, connect, left, routed, socket, text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from gingerdj.websocket import WebSocket
    from tests.project.driver import Event

ACCEPT = {"type": "websocket.accept"}
CLOSE = {"type": "websocket.close", "code": 1000, "reason": ""}
REFUSED = [{"type": "websocket.close"}]
SIGNED = "django.contrib.sessions.backends.signed_cookies"
SESSION = "django.contrib.sessions.middleware.SessionMiddleware"
HERE = "tests.test_handshake"


def denied(events: list[Event]) -> tuple[int, bytes]:
    """The status and the body of a response that refuses a connection."""
    start, *parts = events
    assert start["type"] == "websocket.http.response.start"
    assert all(part["type"] == "websocket.http.response.body" for part in parts)
    assert [part["more_body"] for part in parts] == [True] * (len(parts) - 1) + [False]
    return start["status"], b"".join(part["body"] for part in parts)


async def hello(socket: WebSocket, **found: object) -> None:
    """Accept, and say what the path says."""
    await socket.accept()
    await socket.send_json(found)


# The way in.


def test_the_path_is_converted() -> None:
    events = connect(hello, at="room/<int:room>/<slug:name>/", scope=socket("/room/7/blue-door/"))
    assert events == [ACCEPT, {"type": "websocket.send", "text": '{"room":7,"name":"blue-door"}'}, CLOSE]


def test_the_script_name_is_not_part_of_the_path() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept(headers={"X-Path": f"{socket.path} {socket.path_info} {socket.script_name}"})

    events = connect(view, scope=socket("/app/ws/", root_path="/app"))
    assert events[0]["headers"] == [(b"x-path", b"/app/ws/ /ws/ /app")]


@pytest.mark.parametrize("debug", [True, False])
def test_an_unknown_path_is_refused_with_404(debug: bool) -> None:
    assert denied(connect(hello, scope=socket("/none/"), DEBUG=debug, TEMPLATES=[]))[0] == 404


@pytest.mark.parametrize("debug", [True, False])
def test_a_project_without_routes_refuses_all(debug: bool) -> None:
    assert denied(connect(hello, ROOT_URLCONF="tests.project.urls", DEBUG=debug, TEMPLATES=[]))[0] == 404


def test_middleware_may_choose_the_routes() -> None:
    with routed(hello, at="ws/") as application:
        urls = settings.ROOT_URLCONF
    assert application is not None
    assert connect(permission_denied, MIDDLEWARE=[f"{HERE}.Elsewhere"], ELSEWHERE=urls)[0] == ACCEPT


def test_the_opening_request() -> None:
    async def view(socket: WebSocket) -> None:
        assert (socket.method, socket.GET["a"], socket.COOKIES, socket.is_secure()) == ("GET", "1", {"b": "2"}, True)
        assert (socket.get_host(), socket.build_absolute_uri()) == ("testserver", "https://testserver/ws/?a=1")
        assert socket.request.websocket is socket
        assert socket.resolver_match.func is view
        assert socket.body == b""
        await socket.accept()

    scope = socket(scheme="wss", query_string=b"a=1", headers=[(b"cookie", b"b=2")])
    assert connect(view, scope=scope) == [ACCEPT, CLOSE]


def test_headers_may_be_an_iterator_and_much_may_be_missing() -> None:
    async def view(socket: WebSocket) -> None:
        assert socket.headers["Host"] == "testserver"
        assert not socket.is_secure()
        assert socket.subprotocols == []
        await socket.accept()

    scope = {"type": "websocket", "path": "/ws/", "headers": iter([(b"host", b"testserver")])}
    assert connect(view, scope=scope) == [ACCEPT, CLOSE]


def test_a_query_that_is_no_utf_8_is_refused() -> None:
    assert denied(connect(hello, scope=socket(query_string=b"\xff")))[0] == 400


def test_the_scope_is_not_changed() -> None:
    scope = socket(query_string=b"a=1", state={})
    before = {**scope, "headers": list(scope["headers"])}
    connect(hello, scope=scope)
    assert scope == before


def test_a_client_that_has_left_before_the_handshake_gets_no_answer() -> None:
    async def scenario() -> None:
        peer = Peer()
        peer.events.get_nowait()
        peer.events.put_nowait(left(1006))
        with routed(hello) as application:
            await application(socket(), peer.receive, peer.send)
        assert peer.sent == []

    run(scenario())


def test_a_connection_opens_with_connect() -> None:
    async def scenario() -> None:
        peer = Peer()
        peer.events.get_nowait()
        peer.events.put_nowait(text("hello"))
        with routed(hello) as application, pytest.raises(ValueError, match=r"not 'websocket\.receive'"):
            await application(socket(), peer.receive, peer.send)

    run(scenario())


def test_a_view_is_asynchronous(caplog: pytest.LogCaptureFixture) -> None:
    def view(_: WebSocket) -> None:
        raise AssertionError("it is not called")

    assert denied(connect(view, failing=True))[0] == 500
    assert "is no asynchronous function" in caplog.text


def test_a_view_may_be_an_object() -> None:
    class View:
        async def __call__(self, socket: WebSocket) -> None:
            await socket.accept()

    assert connect(View()) == [ACCEPT, CLOSE]


def test_atomic_requests_are_none_of_its_business(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ASGIHandler, "make_view_atomic", None)
    assert connect(hello)[0] == ACCEPT


# Refused.


async def says_nothing(_: WebSocket) -> None:
    """Neither accept nor refuse."""


async def closes(socket: WebSocket) -> None:
    await socket.close(4001)
    with pytest.raises(Disconnected):
        await socket.accept()


async def returns(_: WebSocket) -> HttpResponse:
    return HttpResponse("no", status=418)


async def redirects(_: WebSocket) -> HttpResponse:
    return HttpResponseRedirect("/login/")


async def not_found(_: WebSocket) -> None:
    raise Http404


async def permission_denied(_: WebSocket) -> None:
    raise PermissionDenied


async def fails(_: WebSocket) -> None:
    raise LookupError("no such room")


async def returns_text(_: WebSocket) -> str:
    return "no"


async def streams(_: WebSocket) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[bytes]:
        yield b"n"
        yield b"o"

    return StreamingHttpResponse(parts(), status=409)


@pytest.mark.parametrize(
    ("view", "status", "body"),
    [
        (says_nothing, 403, b""),
        (closes, 403, b""),
        (returns, 418, b"no"),
        (redirects, 302, b""),
        (not_found, 404, None),
        (permission_denied, 403, None),
        (fails, 500, None),
        (returns_text, 500, None),
        (streams, 409, b"no"),
    ],
)
def test_a_view_refuses(view: Callable[..., Any], status: int, body: bytes | None) -> None:
    events = connect(view, failing=status == 500)
    assert denied(events)[0] == status
    assert body is None or denied(events)[1] == body
    assert connect(view, scope=socket(extensions={}), failing=True) == REFUSED
    assert connect(view, scope=socket(extensions=None), failing=True) == REFUSED


@pytest.mark.parametrize("known", [True, False])
def test_decorators_of_views_hold(known: bool) -> None:
    view: Any = permission_required("chat.join", raise_exception=True)(cast("Any", hello))
    events = connect(view, MIDDLEWARE=[f"{HERE}.{'Member' if known else 'Stranger'}"])
    if known:
        assert events[0] == ACCEPT
    else:
        assert denied(events)[0] == 403


@pytest.mark.parametrize(
    ("origin", "changes", "allowed"),
    [
        (None, {}, True),
        (b"http://testserver", {}, True),
        (b"https://testserver", {}, False),
        (b"http://testserver:8000", {}, False),
        (b"http://sub.testserver", {}, False),
        (b"http://evil.example", {}, False),
        (b"http://evil.example", {"ALLOWED_HOSTS": ["*"]}, False),
        (b"http://testserver.evil.example", {}, False),
        (b"null", {}, False),
        (b"", {}, False),
        (b"http://[", {}, False),
        (b"https://friend.example", {"CSRF_TRUSTED_ORIGINS": ["https://friend.example"]}, True),
        (b"http://friend.example", {"CSRF_TRUSTED_ORIGINS": ["https://friend.example"]}, False),
        (b"https://a.friend.example", {"CSRF_TRUSTED_ORIGINS": ["https://*.friend.example"]}, True),
        (b"http://testserver", {"ALLOWED_HOSTS": ["other.example"]}, False),
    ],
)
def test_a_page_of_another_site_is_refused(
    origin: bytes | None, changes: dict[str, Any], allowed: bool, caplog: pytest.LogCaptureFixture
) -> None:
    headers = [] if origin is None else [(b"origin", origin)]
    events = connect(hello, scope=socket(headers=headers), **changes)
    if allowed:
        assert events[0] == ACCEPT
    else:
        assert denied(events) == (403, b"The origin of this page may not connect.")
        assert [record.name for record in caplog.records] == ["django.security.csrf"]
        assert "CSRF_TRUSTED_ORIGINS): /ws/" in caplog.text


def test_behind_tls_the_origin_is_https() -> None:
    headers = [(b"origin", b"https://testserver")]
    assert connect(hello, scope=socket(scheme="wss", headers=headers))[0] == ACCEPT
    proxied = socket(headers=[*headers, (b"x-forwarded-proto", b"https")])
    assert connect(hello, scope=proxied, SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"))[0] == ACCEPT


def test_a_view_may_be_for_pages_of_all_sites() -> None:
    scope = socket(headers=[(b"origin", b"http://evil.example")])
    assert connect(csrf_exempt(hello), scope=scope)[0] == ACCEPT


# The middleware.

SEEN: list[str] = []


@pytest.fixture(autouse=True)
def seen() -> Iterator[None]:
    SEEN.clear()
    yield
    SEEN.clear()


@sync_and_async_middleware
def noting(get_response: Callable[..., Awaitable[HttpResponse]]) -> Callable[..., Awaitable[HttpResponse]]:
    """Note what passes."""

    async def middleware(request: Any) -> HttpResponse:
        SEEN.append(f"in {request.path} {request.websocket!r}")
        response = await get_response(request)
        SEEN.append(f"out {response.status_code}")
        response["X-Seen"] = "1"
        response.set_cookie("visited", "1")
        return response

    return middleware


def failing(get_response: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Fail once the view has accepted."""

    def middleware(request: Any) -> HttpResponse:
        get_response(request)
        raise PermissionDenied

    return middleware


class Stranger:
    """Say who asks."""

    known = False

    def __init__(self, get_response: Callable[..., HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        """A response."""

        async def allowed(_: object) -> bool:
            return self.known

        async def auser() -> object:
            return SimpleNamespace(ahas_perms=allowed)

        request.auser = auser
        return self.get_response(request)


class Member(Stranger):
    """Somebody who has logged in."""

    known = True


class Elsewhere:
    """Other routes than those of the settings."""

    def __init__(self, get_response: Callable[..., HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> HttpResponse:
        """A response."""
        request.urlconf = settings.ELSEWHERE  # type: ignore[misc]  # a test's own
        return self.get_response(request)


def test_middleware_ends_when_the_connection_begins() -> None:
    async def view(socket: WebSocket) -> None:
        SEEN.append("view")
        await socket.accept(headers={"X-View": "1"})
        SEEN.append("accepted")

    stack = ["django.middleware.common.CommonMiddleware", f"{HERE}.noting"]
    events = connect(view, MIDDLEWARE=stack)
    assert SEEN == ["in /ws/ <WebSocket /ws/: has not been accepted>", "view", "out 101", "accepted"]
    headers = [(b"x-view", b"1"), (b"x-seen", b"1"), (b"set-cookie", b"visited=1; Path=/")]
    assert events == [{"type": "websocket.accept", "headers": headers}, CLOSE]


def test_middleware_of_an_ordinary_request_sees_no_connection() -> None:
    from tests.project.server import answer  # noqa: PLC0415 - its name is that of what it gives

    async def view(_: Any) -> HttpResponse:
        return HttpResponse()

    assert answer(view, MIDDLEWARE=[f"{HERE}.noting"]).status == 200
    assert SEEN == ["in / None", "out 200"]


def test_middleware_may_refuse_what_the_view_has_accepted() -> None:
    async def view(socket: WebSocket) -> None:
        with pytest.raises(Disconnected, match="1006"):
            await socket.accept()
        assert socket.closed is not None
        SEEN.append("cleaned up")

    assert denied(connect(view, MIDDLEWARE=[f"{HERE}.failing"]))[0] == 403
    assert SEEN == ["cleaned up"]


def test_the_session_is_there_and_its_cookie_goes_with_the_handshake() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.session.aset("visits", await socket.session.aget("visits", 0) + 1)
        await socket.accept()
        await socket.send_json(await socket.session.aget("visits"))

    first = connect(view, MIDDLEWARE=[SESSION], SESSION_ENGINE=SIGNED)
    cookie = next(value for name, value in first[0]["headers"] if name == b"set-cookie").partition(b";")[0]
    second = connect(view, MIDDLEWARE=[SESSION], SESSION_ENGINE=SIGNED, scope=socket(headers=[(b"cookie", cookie)]))
    assert [events[1]["text"] for events in (first, second)] == ["1", "2"]


def test_the_language_holds_in_the_view() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        await socket.receive()
        assert translation.get_language() == "pt-br"

    scope = socket(headers=[(b"accept-language", b"pt-br")])
    with translation.override("en"):
        events = connect(view, text("go"), scope=scope, MIDDLEWARE=["django.middleware.locale.LocaleMiddleware"])
    assert events[0]["type"] == "websocket.accept"
    assert events[-1] == CLOSE


# What surrounds it.


def test_signals_surround_the_handshake_alone() -> None:
    def note(signal: Any, **_: Any) -> None:
        SEEN.append("started" if signal is signals.request_started else "finished")

    async def view(socket: WebSocket) -> None:
        SEEN.append("view")
        await socket.accept()
        SEEN.append("accepted")

    for signal in (signals.request_started, signals.request_finished):
        signal.connect(note)
    try:
        connect(view)
    finally:
        for signal in (signals.request_started, signals.request_finished):
            signal.disconnect(note)
    assert SEEN == ["started", "view", "finished", "accepted"]


def test_an_exception_after_accepting_is_signalled() -> None:
    def note(request: Any, **_: Any) -> None:
        SEEN.append(request.path)

    async def view(socket: WebSocket) -> None:
        await socket.accept()
        raise LookupError

    signals.got_request_exception.connect(note)
    try:
        connect(view, failing=True)
    finally:
        signals.got_request_exception.disconnect(note)
    assert SEEN == ["/ws/"]


def test_a_connection_holds_no_thread() -> None:
    async def view(socket: WebSocket) -> None:
        assert await sync_to_async(threads.pool)() is threads.pool()
        await socket.accept()
        for _ in range(2):
            SEEN.append(str(threads.pool().busy))
            await sync_to_async(lambda: SEEN.append(f"{threads.pool().busy} in a call"))()
            await asyncio.sleep(0)  # the call's end is told on the loop
        SEEN.append(str(threads.pool().busy))

    threads.pool.cache_clear()
    connect(view)
    assert SEEN == ["0", "1 in a call", "0", "1 in a call", "0"]


def test_the_threads_may_all_be_at_work() -> None:
    async def view(socket: WebSocket) -> None:
        await sync_to_async(int)()
        await socket.accept()

    threads.pool.cache_clear()
    try:
        assert denied(connect(view, GINGER_THREADS=0, GINGER_THREADS_LIMIT=0))[0] == 503
    finally:
        threads.pool.cache_clear()


@asynccontextmanager
async def yields() -> AsyncIterator[dict[str, Any]]:
    """A lifespan."""
    yield {"rooms": [7]}


@asynccontextmanager
async def breaks() -> AsyncIterator[None]:
    """A lifespan that does not begin."""
    if settings.configured:
        raise LookupError("no such cache")
    yield


def test_the_state_of_the_lifespan_is_there() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_json(socket.state)

    assert connect(view, GINGER_LIFESPAN=f"{HERE}.yields")[1]["text"] == '{"rooms":[7]}'


def test_without_its_lifespan_no_connection(caplog: pytest.LogCaptureFixture) -> None:
    status, body = denied(connect(hello, GINGER_LIFESPAN=f"{HERE}.breaks"))
    assert (status, body) == (503, b"Service Unavailable")
    assert "no such cache" in caplog.text


@pytest.mark.parametrize("sent", [0, 1, 2])
def test_a_cancelled_connection_cancels_its_view(sent: int) -> None:
    async def view(socket: WebSocket) -> None:
        if sent > 0:
            await socket.accept()
        if sent > 1:
            await socket.send("hello")
            await asyncio.sleep(0)  # it listens for the client to leave now
        SEEN.append("waiting")
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            SEEN.append("cleaned up")

    async def scenario() -> None:
        peer = Peer()
        task = asyncio.ensure_future(application(socket(), peer.receive, peer.send))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        SEEN.append("over")
        assert peer.sent == [ACCEPT, {"type": "websocket.send", "text": "hello"}][:sent]
        assert peer.waiting == 0

    started = asyncio.Event()
    with routed(view) as application:
        run(scenario())
    assert SEEN == ["waiting", "cleaned up", "over"]


def test_a_client_that_leaves_before_it_is_accepted() -> None:
    async def view(socket: WebSocket) -> None:
        peer.gone = True
        with pytest.raises(Disconnected, match="1006"):
            await socket.accept()
        SEEN.append("knows")

    peer = Peer()

    async def scenario() -> None:
        await application(socket(), peer.receive, peer.send)

    with routed(view) as application:
        run(scenario())
    assert (SEEN, peer.sent) == (["knows"], [])


def test_what_the_server_raises_comes_out() -> None:
    class RefusedError(Exception):
        """The server does not take an event."""

    async def view(socket: WebSocket) -> None:
        try:
            await socket.accept()
        finally:
            SEEN.append("cleaned up")

    async def send(_: Event) -> None:
        raise RefusedError

    async def scenario() -> None:
        await application(socket(), Peer().receive, send)

    with routed(view) as application, pytest.raises(RefusedError):
        run(scenario())
    assert SEEN == ["cleaned up"]


def test_the_request_is_logged_as_any_other(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        connect(not_found)
    assert [record.getMessage() for record in caplog.records] == ["Not Found: /ws/"]


def plainly(get_response: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Synchronous middleware, as most of what projects write."""
    return lambda request: get_response(request)  # noqa: PLW0108 - a function without marks is synchronous


def test_synchronous_middleware_does_not_keep_the_view_on_its_thread() -> None:
    async def view(socket: WebSocket) -> None:
        SEEN.append(await sync_to_async(lambda: threading.current_thread().name.partition("-")[0])())
        await socket.accept()
        SEEN.append(await sync_to_async(lambda: threading.current_thread().name.partition("-")[0])())

    assert connect(view, MIDDLEWARE=[f"{HERE}.plainly"]) == [ACCEPT, CLOSE]
    assert SEEN == ["gingerdj", "gingerdj"]
