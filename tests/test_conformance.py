"""ASGI, rule by rule: each item of conformance.toml and its test, which has the item's id in its name."""

from __future__ import annotations

import asyncio
import copy
import inspect
import json
import re
import threading
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import get_script_prefix

from gingerdj.handler import ASGIHandler
from tests.project.driver import AskedForMore, play
from tests.project.server import DISCONNECT, Server, answer, http, parts, run, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from gingerdj.types import Scope
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
    assert prefixes == list(LIST["specifications"])
    for prefix in prefixes:
        numbers = [int(number) for found, number in ids if found == prefix]
        assert numbers == list(range(1, len(numbers) + 1))
    for item in LIST["item"]:
        assert item.keys() == {"id", "level", "section", "rule"}
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


def test_it_is_the_handler_that_conforms() -> None:
    with serving(hello) as application:
        assert type(application) is ASGIHandler
