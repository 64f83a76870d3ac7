"""ASGI, and what RFC 6455 leaves to an application, rule by rule.

Each item of conformance.toml has its test here, with the item's id in its name.
"""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
import logging
import re
import threading
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import get_script_prefix

from gingerdj.connection import Disconnected
from gingerdj.drain import stopping
from gingerdj.handler import ASGIHandler
from gingerdj.websocket import BadMessage
from tests.project.driver import AskedForMore, play
from tests.project.server import DISCONNECT, Server, answer, http, parts, run, serving
from tests.project.socket import DENIAL, Peer, connect, data, left, routed, socket, text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from gingerdj.types import Scope
    from gingerdj.websocket import WebSocket
    from tests.project.driver import Event

LIST = tomllib.loads(Path(__file__).with_name("conformance.toml").read_text(encoding="utf-8"))
STARTUP = {"type": "lifespan.startup"}
SHUTDOWN = {"type": "lifespan.shutdown"}
COMPLETE = [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]
EXTENSIONS = [
    "http.response.debug",
    "http.response.early_hint",
    "http.response.pathsend",
    "http.response.push",
    "http.response.trailers",
    "http.response.zerocopysend",
    "tls",
]


async def hello(request: HttpRequest) -> HttpResponse:
    """What most of the tests ask for."""
    return HttpResponse("hello")


async def describe(request: HttpRequest) -> JsonResponse:
    """What a view sees of a request."""
    return JsonResponse(
        {
            "method": request.method,
            "scheme": request.scheme,
            "path": request.path,
            "path_info": request.path_info,
            "prefix": get_script_prefix(),
            "script_name": request.META["SCRIPT_NAME"],
            "GET": list(request.GET.lists()),
            "COOKIES": request.COOKIES,
            "headers": dict(request.headers),
            "body": request.body.decode("latin-1"),
            "META": {
                name: value for name, value in request.META.items() if name.startswith(("REMOTE", "SERVER", "QUERY"))
            },
        }
    )


def described(scope: Scope, *events: Event) -> dict[str, Any]:
    """What a view sees of this request."""
    server = answer(describe, *events, scope=scope)
    assert server.status == 200
    found: dict[str, Any] = json.loads(server.body)
    return found


def without(scope: Scope, *names: str) -> Scope:
    """The same scope, but for these keys."""
    return {name: value for name, value in scope.items() if name not in names}


# The list.


def named() -> list[str]:
    """The ids in the names of the tests."""
    found = (re.match(r"test_([a-z]+)_(\d\d)_", name) for name in globals())
    return ["-".join(match.groups()) for match in found if match]


def test_each_item_has_one_test_and_each_test_its_item() -> None:
    assert Counter(named()) == Counter(item["id"] for item in LIST["item"])
    assert max(Counter(named()).values()) == 1


def test_the_list_is_in_order_and_complete() -> None:
    ids = [item["id"].split("-") for item in LIST["item"]]
    prefixes = list(dict.fromkeys(prefix for prefix, _ in ids))
    assert set(prefixes) < set(LIST["specifications"])
    for prefix in prefixes:
        numbers = [int(number) for found, number in ids if found == prefix]
        assert numbers == list(range(1, len(numbers) + 1))
    for item in LIST["item"]:
        assert item.keys() - {"specification"} == {"id", "level", "section", "rule"}
        assert item.get("specification", "asgi") in LIST["specifications"]
        assert item["level"] in {"must", "should", "may"}
        assert item["rule"].endswith(".")


async def alone() -> bool:
    """Whether nothing but this task is left, after some turns for what was cancelled."""
    for _ in range(5):
        await asyncio.sleep(0)
    return asyncio.all_tasks() == {asyncio.current_task()}


# asgi: the base specification.


def test_asgi_01_one_asynchronous_callable() -> None:
    sent: list[Event] = []

    async def receive() -> Event:
        return {"type": "http.request"} if not sent else await asyncio.Event().wait()  # type: ignore[return-value]  # never

    async def send(event: Event, /) -> None:
        sent.append(event)

    with serving(hello) as application:
        assert inspect.iscoroutinefunction(type(application).__call__)
        assert list(inspect.signature(application).parameters) == ["scope", "receive", "send"]
        run(application(http(), receive, send))
    assert len(sent) == 2


@pytest.mark.parametrize("kind", ["mqtt", "http2", "HTTP", "", "webtransport", None])
def test_asgi_02_unknown_connections_are_refused(kind: Any) -> None:
    async def scenario() -> Server:
        server = Server()
        with serving(hello) as application, pytest.raises(ValueError, match=f"not {kind!r}"):
            await application(http() | {"type": kind}, server.receive, server.send)
        return server

    server = run(scenario())
    assert (server.sent, server.received) == ([], 0)


@pytest.mark.parametrize("versions", [None, {}, {"version": "3.0"}, {"version": "3.1", "spec_version": "9.9"}])
def test_asgi_03_versions_may_be_missing(versions: dict[str, str] | None) -> None:
    scope = without(http(), "asgi") if versions is None else http() | {"asgi": versions}
    assert answer(hello, scope=scope).body == b"hello"


def test_asgi_04_the_scope_is_not_changed() -> None:
    session = "django.contrib.sessions.middleware.SessionMiddleware"
    default = [
        "django.middleware.security.SecurityMiddleware",
        session,
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.gzip.GZipMiddleware",
    ]
    headers = [(b"Cookie", b"a=1"), (b"cookie", b"b=2"), (b"X-Odd", b"1"), (b"accept-language", b"de")]
    more = {"client": ("::1", 1), "server": ("a", 2), "root_path": "", "state": {"pool": []}, "extensions": {"tls": {}}}
    for method in ("GET", "HEAD", "POST"):
        scope = http(method, "/no/slash", headers=headers, **more)
        before, keys = copy.deepcopy(scope), list(scope)
        answer(hello, *parts(b"a", b"b"), scope=scope, MIDDLEWARE=default)
        assert scope == before
        assert list(scope) == keys


OUT_OF_PLACE: list[tuple[list[Event], str]] = [
    ([{"type": "http.response.body"}], "http.response.body"),
    ([*parts(b"one", more=True), {"type": "websocket.receive"}], "websocket.receive"),
    ([*parts(b"one"), {"type": "http.request"}], "http.request"),
    ([*parts(b"one"), {"type": "lifespan.shutdown"}], "lifespan.shutdown"),
    ([{"body": b"no type"}], "type"),
]


@pytest.mark.parametrize(("events", "named"), OUT_OF_PLACE)
def test_asgi_05_events_out_of_place_raise(events: list[Event], named: str) -> None:
    async def waits(request: HttpRequest) -> HttpResponse:
        await asyncio.Event().wait()
        return HttpResponse()

    async def scenario() -> Server:
        server = Server(*events)
        with serving(waits) as application, pytest.raises(Exception, match=re.escape(named)) as raised:
            await application(http("POST"), server.receive, server.send)
        assert raised.type in {ValueError, AssertionError, KeyError}, "Django's own asks for AssertionError"
        return server

    assert run(scenario()).sent == []


def test_asgi_06_unknown_keys_are_ignored() -> None:
    scope = http() | {"http_priority": 3, "vendor.key": {"a": 1}}
    event = {"type": "http.request", "body": b"one", "more_body": False, "trailers": [], "vendor.key": object()}
    assert described(scope, event)["body"] == "one"
    events: list[Event] = [STARTUP | {"reason": "?"}, {**SHUTDOWN, "deadline": 3.5}]
    assert lifespan(*events, scope={"type": "lifespan", "new": 1}) == COMPLETE


def plain(value: Any) -> bool:
    """Whether an event may hold this. The pairs of headers may be tuples: their own section says iterables."""
    if type(value) is dict:
        return all(type(name) is str and plain(found) for name, found in value.items())
    if type(value) in {list, tuple}:
        return all(plain(found) for found in value)
    return type(value) in {bytes, str, int, float, bool, type(None)}


def responses(file: Path) -> dict[str, Callable[[], HttpResponseBase]]:
    """One of each kind."""

    async def asynchronous() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    def cookies() -> HttpResponse:
        found = HttpResponse("content", status=201, headers={"X-B": "1", "X-A": "2"})
        found.set_cookie("b", "1")
        found.set_cookie("a", "2", path="/a/")
        return found

    file.write_bytes(b"x" * 200_000)
    return {
        "content": lambda: HttpResponse("hello"),
        "empty": HttpResponse,
        "large": lambda: HttpResponse(b"x" * 200_000),
        "cookies": cookies,
        "json": lambda: JsonResponse({"a": 1}),
        "sync": lambda: StreamingHttpResponse(iter([b"one", "two", memoryview(b"three")])),
        "async": lambda: StreamingHttpResponse(asynchronous()),
        "no parts": lambda: StreamingHttpResponse([]),
        "file": lambda: FileResponse(file.open("rb"), as_attachment=True),
        "none": lambda: HttpResponse(status=204),
        "unchanged": lambda: HttpResponse(status=304),
    }


KINDS = ["content", "empty", "large", "cookies", "json", "sync", "async", "no parts", "file", "none", "unchanged"]
every_response = pytest.mark.parametrize("kind", KINDS)
every_method = pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])


def of(make: Callable[[], HttpResponseBase]) -> Callable[[HttpRequest], Any]:
    """A view."""

    async def view(request: HttpRequest) -> HttpResponseBase:
        return make()

    return view


@every_response
@every_method
def test_asgi_07_events_hold_plain_types(kind: str, method: str, tmp_path: Path) -> None:
    make = responses(tmp_path / "file.txt")[kind]
    offers: list[dict[str, Any]] = [{}, {"http.response.pathsend": {}}]
    for extensions in offers:
        server = answer(of(make), scope=http(method, extensions=extensions))
        for event in server.sent:
            assert plain(event), event
            assert type(event) is dict
            assert type(event["type"]) is str


@every_response
def test_asgi_08_types_of_events_have_the_protocol(kind: str, tmp_path: Path) -> None:
    server = answer(of(responses(tmp_path / "file.txt")[kind]))
    assert all(event["type"].startswith("http.") for event in server.sent)
    assert all(event["type"].startswith("lifespan.") for event in lifespan(STARTUP, SHUTDOWN))


@every_response
@pytest.mark.parametrize("refused", ["http.response.start", "http.response.body"])
def test_asgi_09_what_send_raises_comes_out(kind: str, refused: str, tmp_path: Path) -> None:
    class Refused(Exception):  # noqa: N818 - by the server
        """By the server."""

    async def scenario() -> Server:
        server = Server()

        async def refuse(event: Event) -> None:
            if event["type"] == refused:
                raise Refused("an event")

        server.taking = refuse
        view = of(responses(tmp_path / "file.txt")[kind])
        with serving(view) as application, pytest.raises(Refused, match="an event"):
            await application(http(), server.receive, server.send)
        return server

    assert run(scenario()).sent[-1]["type"] == refused


@every_response
def test_asgi_10_send_may_do_nothing(kind: str, tmp_path: Path) -> None:
    async def send(event: Event) -> None:
        """The connection is closed."""

    make = responses(tmp_path / "file.txt")[kind]
    with serving(of(make)) as application:
        run(application(http(), Server().receive, send))


@every_response
def test_asgi_11_a_call_lasts_as_long_as_its_request(kind: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        server = Server()
        with serving(of(responses(tmp_path / "file.txt")[kind])) as application:
            await application(http(), server.receive, server.send)
        assert not server.left.is_set()
        assert await alone()

    run(scenario())


# http.


def test_http_01_requests_do_not_mix() -> None:
    async def scenario() -> list[bytes]:
        here: list[asyncio.Event] = [asyncio.Event() for _ in range(10)]

        async def view(request: HttpRequest) -> StreamingHttpResponse:
            number = int(request.path_info.strip("/"))
            if number:
                await here[number - 1].wait()  # the last one begins first, and ends last

            async def echo() -> AsyncIterator[bytes]:
                here[number].set()
                yield f"{number} {get_script_prefix()} ".encode()
                await asyncio.sleep(0)
                yield request.body

            return StreamingHttpResponse(echo())

        servers = [Server(*parts(b"a%d" % number, b"b%d" % number)) for number in range(10)]
        with serving(view) as application:
            await asyncio.gather(
                *(
                    application(http("POST", f"/r{n}/{n}", root_path=f"/r{n}"), server.receive, server.send)
                    for n, server in reversed(list(enumerate(servers)))
                )
            )
        return [server.body for server in servers]

    assert run(scenario()) == [b"%d /r%d/ a%db%d" % (n, n, n, n) for n in range(10)]


@pytest.mark.parametrize("version", ["1.0", "1.1", "2", "3"])
def test_http_02_any_version(version: str) -> None:
    server = answer(hello, scope=http() | {"http_version": version})
    assert server.sent == answer(hello).sent


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY", "PROPFIND"])
def test_http_03_any_method(method: str) -> None:
    found = described(http(method), *parts(b"body"))
    assert (found["method"], found["body"]) == (method, "body")


def test_http_04_scheme_is_http_by_default() -> None:
    assert described(without(http(), "scheme"))["scheme"] == "http"
    assert described(http(scheme="https"))["scheme"] == "https"


@pytest.mark.parametrize(
    "path", ["/", "/a b/", "/naïve/中/", "/100%25/", "/a%2Fb/", "/a+b/", "//a//", "/a?b/", "/a#b/"]
)
def test_http_05_the_path_is_decoded_already(path: str) -> None:
    found = described(http(at=path))
    assert (found["path"], found["path_info"]) == (path, path)


@pytest.mark.parametrize("raw", [None, b"/other", b"/%FF"])
def test_http_06_raw_path_may_be_missing(raw: bytes | None) -> None:
    assert described(http(at="/a/", raw_path=raw)) == described(http(at="/a/"))


def test_http_07_query_string_may_be_missing() -> None:
    for scope in (http(), without(http(), "query_string")):
        found = described(scope)
        assert (found["GET"], found["META"]["QUERY_STRING"]) == ([], "")
    assert described(http() | {"query_string": None})["GET"] == []
    found = described(http() | {"query_string": b"a=1&a=%C3%AF&b=+%2B"})
    assert found["GET"] == [["a", ["1", "ï"]], ["b", [" +"]]]


def test_http_08_root_path_is_where_the_application_is_mounted() -> None:
    async def scenario() -> list[Server]:
        servers = []
        with serving(describe) as application:
            for more in ({"root_path": "/app"}, {}, {"root_path": ""}, {"root_path": None}):
                servers.append(Server())
                await application(http(at="/app/page/", **more), servers[-1].receive, servers[-1].send)
        return servers

    found = [json.loads(server.body) for server in run(scenario())]
    seen = [tuple(one[name] for name in ("path", "path_info", "script_name", "prefix")) for one in found]
    assert seen == [("/app/page/", "/page/", "/app", "/app/")] + [("/app/page/", "/app/page/", "", "/")] * 3


HEADERS = [(b"host", b"testserver"), (b"x-a", b"1")]
ITERABLES: dict[str, Callable[[], Any]] = {
    "list of tuples": lambda: HEADERS,
    "list of lists": lambda: [list(pair) for pair in HEADERS],
    "tuple": lambda: tuple(HEADERS),
    "pairs that are iterators": lambda: [Pair(pair) for pair in HEADERS],
    "dict view": lambda: dict(HEADERS).items(),
}


class Pair:
    """A two-item iterable, and no more than that."""

    def __init__(self, pair: tuple[bytes, bytes]) -> None:
        self.pair = pair

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.pair)


@pytest.mark.parametrize(
    "headers",
    [
        *ITERABLES.values(),
        lambda: iter(HEADERS),
    ],
    ids=[*ITERABLES, "iterator"],
)
def test_http_09_headers_are_any_iterable(headers: Callable[[], Any]) -> None:
    for method in ("GET", "POST"):
        found = described(http(method) | {"headers": headers()})["headers"]
        assert found == {"Host": "testserver", "X-A": "1"}


def test_http_10_values_of_a_name_stay_in_order() -> None:
    headers = [(b"x-a", b"1"), (b"x-b", b"2"), (b"X-A", b"3"), (b"x-a", b"0")]
    assert described(http(headers=headers))["headers"]["X-A"] == "1,3,0"


@pytest.mark.parametrize("change", [bytes.lower, bytes.upper, bytes.title])
def test_http_11_header_names_in_any_case(change: Callable[[bytes], bytes]) -> None:
    pairs = {b"host": b"testserver", b"content-type": b"text/plain", b"content-length": b"3", b"x-a": b"1"}
    headers = [(change(name), value) for name, value in pairs.items()]
    found = described(http("POST") | {"headers": headers}, *parts(b"abc"))
    assert found["headers"] == {name.decode().title(): value.decode() for name, value in pairs.items()}


def test_http_12_cookie_headers_are_one() -> None:
    headers = [(b"cookie", b"a=1; b=2"), (b"x-a", b"1"), (b"cookie", b"c=3")]
    found = described(http(headers=headers))
    assert found["COOKIES"] == {"a": "1", "b": "2", "c": "3"}
    assert found["headers"]["Cookie"] == "a=1; b=2; c=3"


def test_http_13_header_values_are_any_bytes() -> None:
    value = bytes(range(128, 256))
    assert described(http(headers=[(b"x-a", value)]))["headers"]["X-A"] == value.decode("latin-1")


def test_http_14_client_may_be_missing() -> None:
    for scope in (http(), http(client=None)):
        assert not [name for name in described(scope)["META"] if name.startswith("REMOTE")]
    meta = described(http(client=["::1", 5]))["META"]
    assert (meta["REMOTE_ADDR"], meta["REMOTE_PORT"]) == ("::1", 5)


def test_http_15_server_may_be_missing() -> None:
    for scope in (http(), http(server=None)):
        assert described(scope)["META"]["SERVER_NAME"] == "unknown"
    assert described(http(server=("example.com", 8000)))["META"]["SERVER_PORT"] == "8000"
    assert described(http(server=["/run/app.sock", None]))["META"]["SERVER_NAME"] == "/run/app.sock"


def test_http_16_state_is_the_views() -> None:
    seen = []

    async def view(request: HttpRequest) -> HttpResponse:
        seen.append(request.scope.get("state"))  # type: ignore[attr-defined]  # an ASGIRequest
        return HttpResponse()

    pool = object()
    state = {"pool": pool}
    for headers in ([], [(b"X-Odd", b"1")]):  # some scopes are copied
        assert answer(view, scope=http(headers=headers, state=state)).status == 200
    assert answer(view).status == 200
    assert seen == [state, state, None]
    assert seen[0] is seen[1] is state
    assert state == {"pool": pool}


def test_http_17_an_open_connection_is_no_request() -> None:
    called = []

    async def view(request: HttpRequest) -> HttpResponse:
        called.append(request)
        return HttpResponse()

    async def scenario() -> list[Event]:
        server = Server()
        server.events.clear()
        with serving(view) as application:
            for method in ("GET", "POST"):
                task = asyncio.create_task(application(http(method), server.receive, server.send))
                await server.waiting.wait()
                task.cancel()
                await asyncio.wait([task])
        return server.sent

    assert (run(scenario()), called) == ([], [])


def test_http_18_parts_are_put_together() -> None:
    async def scenario() -> bytes:
        server = Server(*parts(b"one ", b"", b"two ", more=True))
        with serving(describe) as application:
            task = asyncio.create_task(application(http("POST"), server.receive, server.send))
            await server.waiting.wait()
            assert server.sent == []
            server.events.extend(parts(b"three"))
            server.left.set()  # after that part
            await task
        return server.body

    assert json.loads(run(scenario()))["body"] == "one two three"


@pytest.mark.parametrize(
    ("events", "body"),
    [
        ([{"type": "http.request"}], ""),
        ([{"type": "http.request", "body": b"one"}], "one"),
        ([{"type": "http.request", "more_body": False}], ""),
        ([{"type": "http.request", "more_body": True}, {"type": "http.request"}], ""),
        ([{"type": "http.request", "more_body": True}, {"type": "http.request", "body": b"one"}], "one"),
        ([{"type": "http.request", "body": b"one", "more_body": True}, {"type": "http.request"}], "one"),
    ],
)
def test_http_19_keys_of_a_request_event_may_be_missing(events: list[Event], body: str) -> None:
    for method in ("GET", "POST"):
        assert described(http(method), *events)["body"] == body


def test_http_20_the_server_decodes_the_transfer() -> None:
    headers = [(b"transfer-encoding", b"chunked"), (b"te", b"trailers")]
    raw = b"5\r\nhello\r\n0\r\n\r\n"
    assert described(http("POST", headers=headers), *parts(raw[:7], raw[7:]))["body"].encode() == raw


@every_response
@every_method
def test_http_21_one_start_then_content(kind: str, method: str, tmp_path: Path) -> None:
    server = answer(of(responses(tmp_path / "file.txt")[kind]), scope=http(method))
    types = [event["type"] for event in server.sent]
    assert types[0] == "http.response.start"
    assert len(types) >= 2
    assert set(types[1:]) == {"http.response.body"}


@every_response
def test_http_22_status_is_an_integer(kind: str, tmp_path: Path) -> None:
    server = answer(of(responses(tmp_path / "file.txt")[kind]))
    assert type(server.sent[0]["status"]) is int
    assert server.status == {"cookies": 201, "none": 204, "unchanged": 304}.get(kind, 200)


@every_response
def test_http_23_header_names_are_lower_case(kind: str, tmp_path: Path) -> None:
    headers = answer(of(responses(tmp_path / "file.txt")[kind])).sent[0]["headers"]
    assert headers
    for name, value in headers:
        assert (type(name), type(value)) == (bytes, bytes)
        assert name == name.lower()


def test_http_24_headers_stay_in_order(tmp_path: Path) -> None:
    headers = answer(of(responses(tmp_path / "file.txt")["cookies"])).sent[0]["headers"]
    assert headers == [
        (b"x-b", b"1"),
        (b"x-a", b"2"),
        (b"content-type", b"text/html; charset=utf-8"),
        (b"set-cookie", b"b=1; Path=/"),
        (b"set-cookie", b"a=2; Path=/a/"),
    ]


def test_http_25_no_pseudo_headers() -> None:
    async def scenario() -> Server:
        server = Server()
        view = of(lambda: HttpResponse(headers={":status": "200"}))
        with serving(view) as application, pytest.raises(Exception, match=":status"):
            await application(http() | {"http_version": "2"}, server.receive, server.send)
        return server

    assert run(scenario()).sent == []


@every_response
def test_http_26_no_trailers_are_announced(kind: str, tmp_path: Path) -> None:
    make = responses(tmp_path / "file.txt")[kind]
    scope = http(headers=[(b"te", b"trailers")], extensions={"http.response.trailers": {}})
    assert not answer(of(make), scope=scope).sent[0].get("trailers", False)


@every_response
def test_http_27_the_server_encodes_the_transfer(kind: str, tmp_path: Path) -> None:
    server = answer(of(responses(tmp_path / "file.txt")[kind]))
    assert b"transfer-encoding" not in server.headers
    if kind == "sync":
        assert server.body == b"onetwothree"


@every_response
@every_method
def test_http_28_the_last_event_is_the_last(kind: str, method: str, tmp_path: Path) -> None:
    server = answer(of(responses(tmp_path / "file.txt")[kind]), scope=http(method))
    more = [event.get("more_body", False) for event in server.sent[1:]]
    assert more == [True] * (len(more) - 1) + [False]


@every_response
@pytest.mark.parametrize("at", ["http.response.start", "http.response.body"])
def test_http_29_an_oserror_of_send_ends_quietly(kind: str, at: str, tmp_path: Path) -> None:
    class Left(OSError):  # noqa: N818 - the client has; the server does not err
        """What a server raises."""

    async def scenario() -> Server:
        server = Server()

        async def refuse(event: Event) -> None:
            if event["type"] == at:
                raise Left

        server.taking = refuse
        with serving(of(responses(tmp_path / "file.txt")[kind])) as application:
            await application(http(), server.receive, server.send)
        assert await alone()
        return server

    assert run(scenario()).sent[-1]["type"] == at


@pytest.mark.parametrize("events", [[DISCONNECT], [*parts(b"one", more=True), DISCONNECT]])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_http_30_no_answer_to_a_client_that_leaves_inside_its_body(events: list[Event], method: str) -> None:
    called = []

    async def view(request: HttpRequest) -> HttpResponse:
        called.append(request)
        return HttpResponse()

    server = answer(view, *events, scope=http(method))
    assert (server.sent, called, server.received) == ([], [], len(events))


@pytest.mark.parametrize("streams", [False, True])
def test_http_31_a_view_that_waits_is_cancelled(streams: bool) -> None:
    ended = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def events() -> AsyncIterator[bytes]:
        yield b"one"
        await wait()
        yield b"never"

    async def view(request: HttpRequest) -> HttpResponseBase:
        if not streams:
            await wait()
        return StreamingHttpResponse(events())

    async def scenario() -> Server:
        server = Server()
        with serving(view) as application:
            task = asyncio.create_task(application(http(), server.receive, server.send))
            await server.waiting.wait()
            server.left.set()
            await task
        return server

    server = run(scenario())
    assert ended == [True]
    assert [event.get("body") for event in server.sent] == ([None, b"one"] if streams else [])


class Watched(Server):
    """Counts the calls of receive that wait at once."""

    def __init__(self, *events: Event) -> None:
        super().__init__(*events)
        self.waits = self.most = 0

    async def receive(self) -> Event:
        """The next event; after the last one, an error."""
        assert not self.told, "receive was called after http.disconnect"
        self.waits += 1
        self.most = max(self.most, self.waits)
        try:
            return await super().receive()
        finally:
            self.waits -= 1


@pytest.mark.parametrize("leaves", ["never", "while it waits", "inside the body"])
def test_http_32_receive_is_called_once_at_a_time_and_not_after_disconnect(leaves: str) -> None:
    async def scenario() -> Watched:
        server = Watched(*parts(b"one", b"two", more=leaves == "inside the body"))

        async def view(request: HttpRequest) -> HttpResponse:
            await server.waiting.wait()  # for the client to leave
            if leaves == "while it waits":
                await asyncio.Event().wait()
            return HttpResponse(request.body)

        if leaves == "inside the body":
            server.left.set()
        with serving(view) as application:
            task = asyncio.create_task(application(http("POST"), server.receive, server.send))
            await server.waiting.wait()
            if leaves == "while it waits":
                server.left.set()
            await task
            assert await alone()
        return server

    server = run(scenario())
    assert (server.waits, server.most) == (0, 1)
    assert server.told is (leaves != "never")
    assert bool(server.sent) is (leaves == "never")


# Extensions.


@pytest.mark.parametrize("extensions", ["missing", None, {}, {"http.response.zerocopysend": {}}, {"pathsend": {}}])
def test_extension_01_pathsend_only_where_it_is_offered(extensions: Any, tmp_path: Path) -> None:
    make = responses(tmp_path / "file.txt")["file"]
    scope = http() if extensions == "missing" else http(extensions=extensions)
    server = answer(of(make), scope=scope)
    assert {event["type"] for event in server.sent[1:]} == {"http.response.body"}
    assert server.body == b"x" * 200_000


@pytest.mark.parametrize("value", [{}, {"version": "2"}])
def test_extension_02_pathsend_comes_once_and_alone(value: Any, tmp_path: Path) -> None:
    make = responses(tmp_path / "file.txt")["file"]
    server = answer(of(make), scope=http(extensions={"http.response.pathsend": value}))
    assert [event["type"] for event in server.sent] == ["http.response.start", "http.response.pathsend"]


def test_extension_03_pathsend_has_the_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file.txt"
    file.write_bytes(b"content")
    scope = http(extensions={"http.response.pathsend": {}})
    server = answer(of(lambda: FileResponse(file.open("rb"))), scope=scope)
    assert type(server.sent[1]["path"]) is str
    assert server.sent[1]["path"] == str(file)
    assert (server.headers[b"content-type"], server.headers[b"content-length"]) == (b"text/plain", b"7")
    monkeypatch.chdir(tmp_path)
    server = answer(of(lambda: FileResponse(open("file.txt", "rb"))), scope=scope)  # noqa: PTH123, SIM115 - relative
    assert server.body == b"content"


@every_response
def test_extension_04_no_other_extension_is_used(kind: str, tmp_path: Path) -> None:
    make = responses(tmp_path / "file.txt")[kind]
    server = answer(of(make), scope=http(extensions={name: {} for name in EXTENSIONS}))
    content = "http.response.pathsend" if kind == "file" else "http.response.body"
    assert {event["type"] for event in server.sent} == {"http.response.start", content}


# lifespan.


def lifespan(*events: Event, scope: Scope | None = None, then_wait: bool = False) -> list[Event]:
    """What the application sends for these events."""
    with serving(hello) as application:
        connection = {"type": "lifespan", "asgi": {"version": "3.0"}} if scope is None else scope
        return play(lambda r, s: application(connection, r, s), events, then_wait=then_wait)


def test_lifespan_01_startup_is_answered_once() -> None:
    with pytest.raises(AskedForMore) as before:
        lifespan()
    with pytest.raises(AskedForMore) as after:
        lifespan(STARTUP)
    assert (before.value.sent, after.value.sent) == ([], COMPLETE[:1])


def test_lifespan_02_shutdown_is_answered_and_ends_it() -> None:
    assert lifespan(STARTUP, SHUTDOWN) == COMPLETE
    assert lifespan(STARTUP, SHUTDOWN, STARTUP) == COMPLETE


def test_lifespan_03_it_lasts() -> None:
    async def scenario() -> list[Event]:
        server = Server(STARTUP)
        with serving(hello) as application:
            task = asyncio.create_task(application({"type": "lifespan"}, server.receive, server.send))
            await server.waiting.wait()
            for _ in range(10):
                await asyncio.sleep(0)
            assert not task.done()
            sent = list(server.sent)
            task.cancel()
            await asyncio.wait([task])
        return sent

    assert run(scenario()) == COMPLETE[:1]


@pytest.mark.parametrize("opened", [False, True])
def test_lifespan_04_requests_need_no_lifespan(opened: bool) -> None:
    async def scenario() -> Server:
        cycle, server = Server(STARTUP), Server()
        with serving(hello) as application:
            task = asyncio.create_task(application({"type": "lifespan"}, cycle.receive, cycle.send)) if opened else None
            if task:
                await cycle.waiting.wait()
            await application(http(), server.receive, server.send)
            if task:
                task.cancel()
                await asyncio.wait([task])
        return server

    assert run(scenario()).body == b"hello"


def test_lifespan_05_state_stays_empty() -> None:
    state: dict[str, Any] = {}
    assert (
        lifespan(STARTUP, SHUTDOWN, scope={"type": "lifespan", "asgi": {"version": "3.0"}, "state": state}) == COMPLETE
    )
    assert all(name.startswith("gingerdj") for name in state)


def test_lifespan_06_one_in_each_event_loop() -> None:
    sent: list[list[Event]] = []
    bodies: list[bytes] = []
    with serving(hello) as application:

        def loop() -> None:
            sent.append(play(lambda r, s: application({"type": "lifespan"}, r, s), [STARTUP, SHUTDOWN]))
            server = Server()
            run(application(http(), server.receive, server.send))
            bodies.append(server.body)

        loop()
        threads = [threading.Thread(target=loop) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sent == [COMPLETE] * 4
    assert bodies == [b"hello"] * 4


def test_lifespan_07_keys_may_be_missing() -> None:
    assert lifespan(STARTUP, SHUTDOWN, scope={"type": "lifespan"}) == COMPLETE


@pytest.mark.parametrize("event", ["lifespan.pause", "http.request", "startup"])
def test_lifespan_08_unknown_events_raise(event: str) -> None:
    with pytest.raises(ValueError, match=f"no event '{event}'"):
        lifespan(STARTUP, {"type": event})


def failing(name: str, *events: Event) -> list[Event]:
    """What the application sends for these events when its lifespan fails."""
    with serving(hello, GINGER_LIFESPAN=f"tests.project.lifespans.{name}") as application:
        return play(lambda r, s: application({"type": "lifespan"}, r, s), events)


def test_lifespan_09_a_failed_startup_is_told() -> None:
    message = "tests.project.lifespans.refuses failed at startup: ConnectionRefusedError: no broker"
    assert failing("refuses", STARTUP, SHUTDOWN) == [{"type": "lifespan.startup.failed", "message": message}]


def test_lifespan_10_a_failed_shutdown_is_told() -> None:
    message = "tests.project.lifespans.breaks failed at shutdown: ConnectionResetError: broker gone"
    told = {"type": "lifespan.shutdown.failed", "message": message}
    assert failing("breaks", STARTUP, SHUTDOWN, SHUTDOWN) == [COMPLETE[0], told]


# websocket.


ACCEPT = {"type": "websocket.accept"}
CLOSE = {"type": "websocket.close", "code": 1000, "reason": ""}
REFUSED = [{"type": "websocket.close"}]


def message(content: str | bytes) -> Event:
    """A message of the application."""
    return {"type": "websocket.send", "text" if isinstance(content, str) else "bytes": content}


async def echo(socket: WebSocket) -> None:
    """What most of these tests connect to."""
    await socket.accept()
    async for content in socket:
        await socket.send(content)


def found(scope: Scope, look: Callable[[WebSocket], Any], at: str = "ws/") -> Any:
    """What a view finds in its connection."""
    seen: list[Any] = []

    async def view(socket: WebSocket) -> None:
        seen.append(look(socket))
        await socket.accept()

    assert connect(view, scope=scope, at=at) == [ACCEPT, CLOSE]
    return seen[0]


async def opened(application: ASGIHandler, peer: Peer) -> asyncio.Task[None]:
    """The call of an application, once it has sent its first event."""
    task = asyncio.create_task(application(socket(), peer.receive, peer.send))
    await peer.sends(1)
    return task


def test_websocket_01_scheme_is_ws_by_default() -> None:
    def look(socket: WebSocket) -> object:
        return socket.scheme, socket.is_secure(), socket.build_absolute_uri()

    assert "scheme" not in socket()
    for scope in (socket(), socket(scheme="ws")):
        assert found(scope, look) == ("http", False, "http://testserver/ws/")
    assert found(socket(scheme="wss"), look) == ("https", True, "https://testserver/ws/")


@pytest.mark.parametrize("more", [{}, {"raw_path": None, "root_path": None}, {"raw_path": b"/%FF", "root_path": ""}])
def test_websocket_02_the_path_is_decoded_and_begins_with_the_root_path(more: dict[str, Any]) -> None:
    def look(socket: WebSocket) -> object:
        return socket.path, socket.path_info, socket.script_name

    path = "/100%25/naïve/"
    assert found(socket(path, **more), look, at=path[1:]) == (path, path, "")
    mounted = socket(f"/app{path}", **{**more, "root_path": "/app"})
    assert found(mounted, look, at=path[1:]) == (f"/app{path}", path, "/app")


def test_websocket_03_query_string_may_be_missing() -> None:
    assert "query_string" not in socket()
    for scope in (socket(), socket(query_string=None), socket(query_string=b"")):
        assert found(scope, lambda socket: socket.GET.dict()) == {}
    assert found(socket(query_string=b"a=%C3%AF"), lambda socket: socket.GET.dict()) == {"a": "ï"}


@pytest.mark.parametrize("headers", [*ITERABLES.values(), lambda: iter(HEADERS)], ids=[*ITERABLES, "iterator"])
def test_websocket_04_headers_are_any_iterable(headers: Callable[[], Any]) -> None:
    scope = socket() | {"headers": headers()}
    assert found(scope, lambda socket: dict(socket.headers)) == {"Host": "testserver", "X-A": "1"}
    scope = socket(headers=[(b"X-A", b"1"), (b"Cookie", b"a=1"), (b"x-a", b"2"), (b"cookie", b"b=2")])
    assert found(scope, lambda socket: (socket.headers["X-A"], socket.COOKIES)) == ("1,2", {"a": "1", "b": "2"})


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"http_version": "2", "asgi": {}, "client": None, "server": None},
        {"http_version": "1.1", "client": ("::1", 5), "server": ["/run/app.sock", None]},
    ],
)
def test_websocket_05_much_of_a_scope_may_be_missing(more: dict[str, Any]) -> None:
    scope = without(socket(), "asgi", "extensions") | more
    client = "::1" if more.get("client") else None
    assert found(scope, lambda socket: socket.META.get("REMOTE_ADDR")) == client


@pytest.mark.parametrize("make", [list, tuple, iter, dict.fromkeys])
def test_websocket_06_subprotocols_may_be_missing(make: Callable[[list[str]], Any]) -> None:
    for scope in (socket(), socket(subprotocols=None), socket(subprotocols=make([]))):
        assert found(scope, lambda socket: socket.subprotocols) == []
    offered = ["chat.v2", "chat.v1"]
    assert found(socket(subprotocols=make(offered)), lambda socket: socket.subprotocols) == offered


def test_websocket_07_state_is_the_views() -> None:
    state = {"pool": object()}
    assert found(socket(state=state), lambda socket: socket.scope["state"]) is state
    assert list(state) == ["pool"]
    assert found(socket(), lambda socket: "state" in socket.scope) is False


@pytest.mark.parametrize("cancelled", [False, True])
def test_websocket_08_a_call_lasts_as_long_as_its_connection(cancelled: bool) -> None:
    ended = []

    async def view(socket: WebSocket) -> None:
        await socket.accept()
        try:
            await socket.receive()
        finally:
            await asyncio.sleep(0)  # a clean-up takes its time
            ended.append(True)

    async def scenario() -> list[Event]:
        peer = Peer()
        task = await opened(application, peer)
        assert not await alone()
        assert (task.done(), ended) == (False, [])
        if cancelled:
            task.cancel()
        else:
            peer.events.put_nowait(left())
        await asyncio.wait([task])
        assert (task.cancelled(), ended, peer.waiting) == (cancelled, [True], 0)
        assert await alone()
        return peer.sent

    with routed(view) as application:
        assert run(scenario()) == [ACCEPT]


@pytest.mark.parametrize("leaves", [False, True])
def test_websocket_09_nothing_before_connect(leaves: bool) -> None:
    called = []

    async def view(socket: WebSocket) -> None:
        called.append(True)
        await socket.accept()

    async def scenario() -> list[Event]:
        peer = Peer()
        first = peer.events.get_nowait()
        task = asyncio.create_task(application(socket(), peer.receive, peer.send))
        assert not await alone()
        assert (peer.waiting, peer.sent, called) == (1, [], [])
        peer.events.put_nowait(left(1006) if leaves else first)
        await task
        return peer.sent

    with routed(view) as application:
        assert run(scenario()) == ([] if leaves else [ACCEPT, CLOSE])
    assert bool(called) is not leaves


async def silent(socket: WebSocket) -> None:
    """Say nothing."""


async def hasty(socket: WebSocket) -> None:
    """Begin before the handshake is over."""
    for call in (socket.receive(), socket.send("hello")):
        with pytest.raises(RuntimeError, match="has not been accepted"):
            await call
    await socket.accept()
    with pytest.raises(RuntimeError, match="is open"):
        await socket.accept()


async def breaks(socket: WebSocket) -> None:
    """Raise an exception."""
    raise LookupError("no such room")


async def closes(socket: WebSocket) -> None:
    """Refuse, and mean it."""
    await socket.close()
    with pytest.raises(Disconnected):
        await socket.accept()
    with pytest.raises(Disconnected):
        await socket.send("hello")
    await socket.close()


@pytest.mark.parametrize(
    ("view", "sent"), [(silent, REFUSED), (hasty, [ACCEPT, CLOSE]), (breaks, REFUSED), (closes, REFUSED)]
)
def test_websocket_10_connect_is_answered_once(view: Callable[..., Any], sent: list[Event]) -> None:
    assert connect(view, scope=socket(extensions={}), failing=True) == sent


@pytest.mark.parametrize(
    "event", [{"type": "websocket.mystery"}, {"type": "http.request"}, {"type": "websocket.connect"}]
)
def test_websocket_11_events_out_of_place_raise(event: Event, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> list[Event]:
        peer = Peer()
        peer.events.get_nowait()
        peer.events.put_nowait({"type": "websocket.receive", "text": "a"})
        with pytest.raises(ValueError, match=r"not 'websocket\.receive'"):
            await application(socket(), peer.receive, peer.send)
        return peer.sent

    with routed(echo) as application:
        assert run(scenario()) == []
    assert connect(echo, event, failing=True)[0] == ACCEPT
    assert f"ValueError: A WebSocket connection has no event {event['type']!r} here." in caplog.text


def test_websocket_12_the_subprotocol_is_one_that_is_offered() -> None:
    async def view(socket: WebSocket) -> None:
        with pytest.raises(ValueError, match="not 'chat'"):
            await socket.accept("chat")
        await socket.accept(socket.subprotocols[-1] if socket.subprotocols else None)

    assert connect(view)[0] == ACCEPT
    assert connect(view, scope=socket(subprotocols=["b", "a"]))[0] == ACCEPT | {"subprotocol": "a"}


SESSION: dict[str, Any] = {
    "MIDDLEWARE": ["django.contrib.sessions.middleware.SessionMiddleware"],
    "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
}


def test_websocket_13_headers_of_accept_are_lower_case_and_in_order() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.session.aset("a", 1)
        await socket.accept(headers={"X-B": "1", "X-A": "2"})

    headers = connect(view, **SESSION)[0]["headers"]
    assert [name for name, _ in headers] == [b"x-b", b"x-a", b"vary", b"set-cookie"]
    assert [type(item) for pair in headers for item in pair] == [bytes] * 8


@pytest.mark.parametrize("name", ["Sec-WebSocket-Protocol", "sec-websocket-accept", ":status"])
def test_websocket_14_headers_that_accept_has_not(name: str) -> None:
    async def view(socket: WebSocket) -> None:
        with pytest.raises(ValueError, match=r"(?i)sec-websocket|colon"):
            await socket.accept(headers={name: "a"})
        about = ("Content-Length", "Content-Type", "Transfer-Encoding", "Connection", "Upgrade")
        await socket.accept(headers=dict.fromkeys(about, "0"))

    assert connect(view) == [ACCEPT, CLOSE]


@pytest.mark.parametrize("other", [{}, {"text": None}, {"bytes": None}])
@pytest.mark.parametrize("content", ["a", "", b"a", b""])
def test_websocket_15_either_key_of_a_message_may_be_missing(content: str | bytes, other: Event) -> None:
    event = {"type": "websocket.receive", **other, "text" if isinstance(content, str) else "bytes": content}
    assert connect(echo, event, left()) == [ACCEPT, message(content)]


def test_websocket_16_each_message_comes_once_and_in_order() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        for _ in range(3):
            await socket.send("tick")
            await asyncio.sleep(0)
            seen.append(await socket.receive())
        seen.extend([content async for content in socket])

    seen: list[str | bytes] = []
    connect(view, *(text(str(number)) for number in range(6)), left())
    assert seen == ["0", "1", "2", "3", "4", "5"]


def test_websocket_17_a_message_has_text_or_bytes() -> None:
    class Text(str):
        """Not a plain one."""

    async def view(socket: WebSocket) -> None:
        await socket.accept()
        for content in (Text("a"), "", b"b", b"", bytearray(b"c"), memoryview(b"d")):
            await socket.send(content)  # type: ignore[arg-type]  # for mypy the last two are no bytes
        await socket.send_json([1])
        with pytest.raises(TypeError, match="not int"):
            await socket.send(1)  # type: ignore[arg-type]  # on purpose

    sent = connect(view)[1:-1]
    assert sent == [message(content) for content in ("a", "", b"b", b"", b"c", b"d", "[1]")]
    assert all(plain(event) for event in sent)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, (1005, "")),
        ({"code": 1001, "reason": None}, (1001, "")),
        ({"code": 4001, "reason": "enough"}, (4001, "enough")),
    ],
)
def test_websocket_18_code_and_reason_may_be_missing(more: Event, told: tuple[int, str]) -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        try:
            await socket.receive()
        except Disconnected as error:
            seen.append((error.code, error.reason))

    seen: list[tuple[int, str]] = []
    assert connect(view, {"type": "websocket.disconnect", **more}) == [ACCEPT]
    assert seen == [told]


class Once(Peer):
    """Is asked for one event at a time, and for none after the last one."""

    last = False

    async def receive(self) -> Event:
        """The next event."""
        assert self.waiting == 0, "receive was called twice at the same time"
        assert not self.last, "receive was called after websocket.disconnect"
        event = await super().receive()
        self.last = event["type"] == "websocket.disconnect"
        return event


@pytest.mark.parametrize("first", ["receive", "send", "close"])
def test_websocket_19_receive_is_called_once_at_a_time_and_not_after_disconnect(first: str) -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        match first:
            case "receive":
                assert [await socket.receive(), await socket.receive()] == ["a", "b"]
                waits = asyncio.create_task(socket.receive())
                await asyncio.sleep(0)
                with pytest.raises(RuntimeError, match="another task"):
                    await socket.receive()
                await socket.send("while it waits")
                with pytest.raises(Disconnected):
                    await waits
            case "send":
                await socket.send("one")
                await asyncio.sleep(0)
                await socket.send("two")
            case _:
                await socket.send("last")
                await socket.close()
        seen.extend([content async for content in socket])
        for call in (socket.receive(), socket.send("more")):
            with pytest.raises(Disconnected):
                await call

    async def scenario() -> list[Event]:
        peer = Once(text("a"), text("b"))
        task = await opened(application, peer)
        await peer.sends(2)
        peer.events.put_nowait(left())
        await task
        assert peer.waiting == 0
        assert await alone()
        return peer.sent

    seen: list[str | bytes] = []
    with routed(view) as application:
        sent = run(scenario())
    assert (
        sent[1:]
        == {
            "receive": [message("while it waits")],
            "send": [message("one"), message("two")],
            "close": [message("last"), CLOSE],
        }[first]
    )
    assert seen == (["a", "b"] if first == "send" else [])


@pytest.mark.parametrize("at", ["accept", "send", "close", "a response"])
def test_websocket_20_an_oserror_of_send_ends_quietly(at: str, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> list[Event]:
        peer = Peer()
        peer.gone = at == "accept"

        async def view(socket: WebSocket) -> HttpResponse | None:
            if at == "a response":
                peer.gone = True
                return HttpResponse("no", status=400)
            if at == "accept":
                with pytest.raises(Disconnected, match="1006"):
                    await socket.accept()
                return None
            await socket.accept()
            peer.gone = True
            if at == "close":
                await socket.close()
            else:
                await socket.send("anybody?")
            return None

        with routed(view) as application:
            await application(socket(), peer.receive, peer.send)
        assert await alone()
        return peer.sent

    with caplog.at_level(logging.ERROR):
        assert run(scenario()) == ([ACCEPT] if at in {"send", "close"} else [])
    assert caplog.text == ""


def test_websocket_21_send_may_do_nothing() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        while True:
            await socket.send("tick")
            await asyncio.sleep(0)

    assert connect(view, left())[:2] == [ACCEPT, message("tick")]


@pytest.mark.parametrize("closing", [(4001, "enough"), (1000, ""), None])
def test_websocket_22_the_application_closes_once(closing: tuple[int, str] | None) -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        if closing:
            await socket.close(*closing)
            await socket.close(3000, "again")
            with pytest.raises(Disconnected):
                await socket.send("more")

    code, reason = closing or (1000, "")
    assert connect(view) == [ACCEPT, {"type": "websocket.close", "code": code, "reason": reason}]


def refuses(make: Callable[[], HttpResponseBase]) -> Callable[[WebSocket], Any]:
    """A view that does not accept."""

    async def view(socket: WebSocket) -> HttpResponseBase:
        return make()

    return view


@every_response
@pytest.mark.parametrize("extensions", ["missing", None, {}, {"http.response.pathsend": {}}])
def test_websocket_23_a_response_only_where_it_is_offered(kind: str, extensions: Any, tmp_path: Path) -> None:
    make = responses(tmp_path / "file.txt")[kind]
    scope = without(socket(), "extensions") if extensions == "missing" else socket(extensions=extensions)
    assert connect(refuses(make), scope=scope) == REFUSED
    assert connect(refuses(make))[0]["type"] == "websocket.http.response.start"


@every_response
def test_websocket_24_a_response_has_the_events_of_http(kind: str, tmp_path: Path) -> None:
    make = responses(tmp_path / "file.txt")[kind]
    offers: dict[str, Any] = {name: {} for name in EXTENSIONS}
    sent = connect(refuses(make), scope=socket(extensions={**offers, **DENIAL}))
    wanted = answer(of(make)).sent
    assert sent == [{**event, "type": f"websocket.{event['type']}"} for event in wanted]
    assert all(plain(event) for event in sent)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        (b"http://testserver", True),
        (b"https://shop.example", True),
        (b"https://testserver", False),
        (b"http://testserver.evil.example", False),
        (b"null", False),
        (b"", False),
    ],
)
def test_websocket_25_the_origin_is_the_projects(origin: bytes | None, allowed: bool) -> None:
    headers = [] if origin is None else [(b"origin", origin)]
    sent = connect(echo, left(), scope=socket(headers=headers), CSRF_TRUSTED_ORIGINS=["https://shop.example"])
    assert sent[0] == ACCEPT if allowed else sent[0]["status"] == 403


def test_websocket_26_any_response_before_it_is_accepted() -> None:
    views: dict[int, Callable[[], HttpResponse]] = {
        401: lambda: HttpResponse(status=401, headers={"WWW-Authenticate": "Basic"}),
        302: lambda: HttpResponse(status=302, headers={"Location": "/login/"}),
        418: lambda: HttpResponse("no", status=418),
    }
    for status, make in views.items():
        start, body = connect(refuses(make))
        assert start["status"] == status
        assert start["headers"] == [(name.lower().encode(), value.encode()) for name, value in make().items()]
        assert body["body"] == make().content


def test_websocket_27_text_and_binary_messages_stay_apart() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        with pytest.raises(BadMessage, match="text, not binary"):
            await socket.receive_bytes()
        with pytest.raises(BadMessage, match="binary, not text"):
            await socket.receive_text()
        await socket.send(await socket.receive_text())
        await socket.send(await socket.receive_bytes())

    sent = connect(view, text("a"), data(b"b"), text("c"), data(b"d"))
    assert sent == [ACCEPT, message("c"), message(b"d"), CLOSE]


def test_websocket_28_text_is_utf_8() -> None:
    half = "\ud83c"

    async def view(socket: WebSocket) -> None:
        await socket.accept()
        with pytest.raises(UnicodeEncodeError):
            await socket.send(half)
        with pytest.raises(UnicodeEncodeError):
            await socket.close(1000, half)
        await socket.send_json(half)
        await socket.send("\U0001f36a é")
        await socket.close(1000, "é")

    assert connect(view) == [ACCEPT, message('"\\ud83c"'), message("\U0001f36a é"), CLOSE | {"reason": "é"}]


@pytest.mark.parametrize(
    ("reason", "allowed"), [("a" * 123, True), ("a" * 124, False), ("é" * 61, True), ("é" * 62, False)]
)
def test_websocket_29_a_reason_fits_into_its_frame(reason: str, allowed: bool) -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        if not allowed:
            with pytest.raises(ValueError, match="at most 123 bytes"):
                await socket.close(1000, reason)
        else:
            await socket.close(1000, reason)

    assert connect(view)[1] == (CLOSE | {"reason": reason} if allowed else CLOSE)


def test_websocket_30_no_code_that_is_not_for_applications() -> None:
    allowed = {1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000)}

    async def view(socket: WebSocket) -> None:
        await socket.accept()
        for code in set(range(-1, 5002)) - allowed:
            with pytest.raises(ValueError, match=f"not {code}"):
                await socket.close(code)

    assert connect(view) == [ACCEPT, CLOSE]
    for code in sorted(allowed)[::100]:

        async def closing(socket: WebSocket, code: int = code) -> None:
            await socket.accept()
            await socket.close(code)

        assert connect(closing)[1] == CLOSE | {"code": code}


async def takes_text(socket: WebSocket) -> None:
    """Take no binary message."""
    await socket.accept()
    await socket.receive_text()


async def takes_json(socket: WebSocket) -> None:
    """Take what is JSON."""
    await socket.accept()
    await socket.receive_json()


async def fails(socket: WebSocket) -> None:
    """Accept and fail."""
    await socket.accept()
    raise LookupError("no such room")


async def stops(socket: WebSocket) -> None:
    """Go on until the server stops, which it does now."""
    await socket.accept()
    async for _ in stopping.until(socket):
        stopping.set()


@pytest.mark.parametrize(
    ("view", "event", "code"),
    [
        (stops, text("a"), 1001),
        (takes_text, data(b"a"), 1003),
        (takes_json, text("{"), 1007),
        (fails, text("a"), 1011),
        (takes_text, text("a"), 1000),
    ],
)
def test_websocket_31_the_code_tells_why(view: Callable[..., Any], event: Event, code: int) -> None:
    try:
        assert connect(view, event, failing=True) == [ACCEPT, CLOSE | {"code": code}]
    finally:
        stopping.clear()


def test_it_is_the_handler_that_conforms() -> None:
    with serving(hello) as application:
        assert type(application) is ASGIHandler
