"""Applications beside Django, and Django inside another one: who gets which connection, where it says it stands, and
the lifespan and the state of each.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
from contextlib import asynccontextmanager
from copy import deepcopy
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import override_settings
from django.urls import path as url
from django.urls import re_path, reverse
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.responses import Response as StarletteResponse
from starlette.routing import Mount, Route, WebSocketRoute

from gingerdj.drain import stopping
from gingerdj.handler import ASGIHandler
from gingerdj.mounting import LifespanFailedError, mount, running
from gingerdj.request import Request
from tests.project.cycle import Cycle, get
from tests.project.server import Server, configure, http, run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request as StarletteRequest
    from starlette.websockets import WebSocket

    from gingerdj.types import Receive, Scope, Send

LOGGER = "gingerdj.lifespan"
FAILED = "lifespan.startup.failed"


class Noted:
    """An application that notes its lifespan and the scopes of its connections, and answers nothing."""

    def __init__(self, name: str = "", told: list[str] | None = None, **state: object) -> None:
        self.name = name
        self.told = [] if told is None else told
        self.state = state
        self.scopes: list[Scope] = []
        self.lifespan_scope: Scope = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection."""
        if scope["type"] != "lifespan":
            self.scopes.append(scope)
            return
        self.lifespan_scope = scope
        try:
            await self.live(scope, receive, send)
        except asyncio.CancelledError:
            self.told.append(f"{self.name} cancelled")
            raise

    async def live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Start up and shut down."""
        assert (await receive())["type"] == "lifespan.startup"
        await asyncio.sleep(0)  # a start that waits: the next one must not overtake it
        scope["state"].update(self.state)
        self.told.append(f"{self.name} up")
        await send({"type": "lifespan.startup.complete"})
        assert (await receive())["type"] == "lifespan.shutdown"
        await asyncio.sleep(0)
        self.told.append(f"{self.name} down")
        await send({"type": "lifespan.shutdown.complete"})


class Refuses(Noted):
    """One that fails to start up, as Starlette does: it says so, then raises. Only so many times."""

    times = 100

    async def live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Fail."""
        if self.times == 0:
            await super().live(scope, receive, send)
            return
        self.times -= 1
        await receive()
        self.told.append(f"{self.name} fails")
        await send({"type": FAILED, "message": "Traceback:\n  file\nConnectionRefusedError: no broker\n"})
        raise ConnectionRefusedError("no broker")


class Equal(Noted):
    """One that is equal to all others of its kind, and has no hash."""

    __hash__ = None  # type: ignore[assignment]  # as a dataclass

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Equal)


class Breaks(Noted):
    """One that fails to shut down."""

    async def live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Fail at the end."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.told.append(f"{self.name} breaks")
        await send({"type": "lifespan.shutdown.failed", "message": f"{self.name} is gone"})


def messages(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """What was logged, from the level of information on."""
    return [(record.levelname, record.getMessage()) for record in caplog.records if record.levelno >= logging.INFO]


# Which application, and where it stands


@pytest.mark.parametrize(
    ("path", "taken"),
    [
        ("/", ""),
        ("", ""),
        ("/apix", ""),
        ("/ap", ""),
        ("/x/api", ""),
        ("//api", ""),
        ("/API", ""),
        ("/api", "/api"),
        ("/api/", "/api"),
        ("/api//", "/api"),
        ("/api/x", "/api"),
        ("/api/v", "/api"),
        ("/api/v22/x", "/api"),
        ("/api/v2", "/api/v2"),
        ("/api/v2/x", "/api/v2"),
        ("/café/x", "/café"),
        ("/caf%C3%A9/x", ""),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("root_path", ["", "/app", None])
def test_which_application_takes_a_path(path: str, taken: str, kind: str, root_path: str | None) -> None:
    async def scenario() -> None:
        at = (root_path or "") + path
        scope = http(at=at, raw_path=b"/raw", type=kind, root_path=root_path, more=["of the server"])
        before = deepcopy(scope)
        await application(scope, Server().receive, Server().send)
        assert scope == before
        (given,) = applications[taken].scopes
        assert given == {**before, "root_path": (root_path or "") + taken, "path": at, "state": {}}
        assert sum(len(noted.scopes) for noted in applications.values()) == 1

    applications = {name: Noted() for name in ("", "/api", "/api/v2", "/café")}
    application = mount(applications[""], {name: noted for name, noted in applications.items() if name})
    run(scenario())


@pytest.mark.parametrize(
    ("root_path", "path", "root_paths", "paths"),
    [
        # As the specification has it: the path begins with the root path.
        ("/app", "/app/api/x", "/app/api", "/app/api/x"),
        ("/app", "/app/x", "/app", "/app/x"),
        ("/app", "/app", "/app", "/app"),
        # A proxy has taken it off, and the server has not put it back.
        ("/app", "/api/x", "/app/api", "/app/api/x"),
        ("/app", "/x", "/app", "/app/x"),
        ("/app", "/application", "/app", "/app/application"),
        # With a slash at its end: Uvicorn puts it before the path as it is.
        ("/app/", "/app//api/x", "/app/api", "/app/api/x"),
        ("/app/", "/app/api/x", "/app/api", "/app/api/x"),
        ("/app/", "/api/x", "/app/api", "/app/api/x"),
        ("/", "//api/x", "/api", "/api/x"),
        ("/", "/api/x", "/api", "/api/x"),
        # Named like the mount.
        ("/api", "/api/x", "/api", "/api/x"),
        ("/api", "/api/api/x", "/api/api", "/api/api/x"),
    ],
)
def test_the_root_path_of_the_server(root_path: str, path: str, root_paths: str, paths: str) -> None:
    django, api = Noted(), Noted()
    run(get(mount(django, {"/api": api}), at=path, root_path=root_path))
    (scope,) = [*django.scopes, *api.scopes]
    assert (scope["root_path"], scope["path"]) == (root_paths, paths)
    assert bool(api.scopes) == (len(root_paths) > len(root_path.rstrip("/")))


def test_one_inside_another() -> None:
    inmost = Noted()
    run(get(mount(Noted(), {"/a": mount(Noted(), {"/b": inmost})}), at="/a/b/c", root_path="/app"))
    assert (inmost.scopes[0]["root_path"], inmost.scopes[0]["path"]) == ("/app/a/b", "/app/a/b/c")


def test_other_types_go_to_the_first_one() -> None:
    async def scenario() -> None:
        await application(scope, Server().receive, Server().send)

    first = Noted()
    scope = {"type": "mqtt", "path": "/api"}
    application = mount(first, {"/api": Noted()})
    run(scenario())
    assert first.scopes == [scope]
    assert first.scopes[0] is not scope


@pytest.mark.parametrize(
    ("others", "problem"),
    [
        ({"api": Noted()}, "The mount path 'api' does not begin with a slash. Write '/api'."),
        ({"api/": Noted()}, "The mount path 'api/' does not begin with a slash. Write '/api'."),
        (
            {"": Noted()},
            "The mount path '' does not begin with a slash. The first application takes all that no other one does.",
        ),
        ({"/api/": Noted()}, "The mount path '/api/' ends with a slash. Write '/api'."),
        (
            {"/": Noted()},
            "The mount path '/' ends with a slash. The first application takes all that no other one does.",
        ),
        (
            [("/api", Noted()), ("/api", Noted())],
            "The mount path '/api' comes twice: one application stands at a path.",
        ),
    ],
)
def test_a_wrong_path(others: Any, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(problem)}$"):
        mount(Noted(), others)


@pytest.mark.parametrize(
    ("first", "other", "at"), [("mysite.asgi:application", Noted(), "/"), (Noted(), "mysite.asgi:application", "/api")]
)
def test_what_is_no_application(first: Any, other: Any, at: str) -> None:
    problem = f"The application at {at!r} is 'mysite.asgi:application', which cannot be called. Import it first."
    with pytest.raises(TypeError, match=f"^{re.escape(problem)}$"):
        mount(first, {"/api": other})


# The lifespan


@pytest.mark.parametrize("hands_state", [True, False])
def test_they_start_in_order_and_stop_in_reverse_order(hands_state: bool, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        cycle = Cycle(application, hands_state=hands_state)
        before = deepcopy(cycle.scope)
        await cycle.start()
        assert told == ["first up", "a up", "b up"]
        await cycle.stop()
        assert told[3:] == ["b down", "a down", "first down"]
        assert cycle.scope == before

    caplog.set_level(logging.DEBUG, LOGGER)
    told: list[str] = []
    application = mount(Noted("first", told), {"/b/long": Noted("a", told), "/b": Noted("b", told)})
    run(scenario())
    assert caplog.records == []


@pytest.mark.parametrize("hands_state", [True, False])
def test_each_has_its_own_state(hands_state: bool) -> None:
    async def scenario() -> None:
        cycle = Cycle(application, hands_state=hands_state)
        await cycle.start()
        await get(application, at="/", state={"n": 5})
        for path in ("/", "/", "/a", "/b"):
            await cycle.get(at=path)
        await cycle.stop()

    items: list[int] = []
    first, a, b = Equal(n=1, items=items), Equal(n=2), Equal()
    application = mount(first, {"/a": a, "/b": b})
    run(scenario())
    own, *states = [scope["state"] for noted in (first, a, b) for scope in noted.scopes]
    assert own == {"n": 5, "items": items}  # what stands around may add to the state of a request
    assert states == [{"n": 1, "items": items}, {"n": 1, "items": items}, {"n": 2}, {}]
    assert states[0] is not states[1]
    assert states[0]["items"] is states[1]["items"] is items  # a shallow copy
    assert first.lifespan_scope["state"] is not a.lifespan_scope["state"]
    assert all(noted.lifespan_scope["asgi"] == {"version": "3.0"} for noted in (first, a, b))


@pytest.mark.parametrize("path", ["", "/a", "/b", "/c"])
def test_one_that_fails_to_start(path: str, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        cycle = Cycle(application)
        answer = await cycle.ask("startup")
        # Those before it are down already: a server may exit now.
        paths = list(applications)
        before, after = paths[: paths.index(path)], [name for name in reversed(paths) if name < path]
        assert told == [*(f"{name} up" for name in before), f"{path} fails", *(f"{name} down" for name in after)]
        assert answer == {"type": FAILED, "message": "Traceback:\n  file\nConnectionRefusedError: no broker\n"}
        await cycle.task
        assert cycle.answers.empty()

    told: list[str] = []
    applications = {name: (Refuses if name == path else Noted)(name, told) for name in ("", "/a", "/b", "/c")}
    first, *others = applications.items()
    application = mount(first[1], others)
    run(scenario())
    problem = f"The application at {path or '/'!r} failed at startup: ConnectionRefusedError: no broker"
    assert messages(caplog) == [("ERROR", problem)]


def test_one_that_fails_without_a_message() -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": FAILED})
        told.append((await receive())["type"])

    async def scenario() -> None:
        cycle = Cycle(mount(Noted(), {"/a": fails}))
        assert await cycle.ask("startup") == {"type": FAILED, "message": ""}
        await cycle.task

    told: list[str] = []
    run(scenario())
    assert told == []  # it is not asked to shut down


async def raises(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that refuses the scope, as Django's does."""
    raise ValueError(f"only http, not {scope['type']}")


async def raises_later(scope: Scope, receive: Receive, send: Send) -> None:
    """One that refuses the event."""
    await receive()
    raise ValueError("what is that?")


async def returns(scope: Scope, receive: Receive, send: Send) -> None:
    """One that takes no notice."""


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    """One that does not look at the type."""
    await send({"type": "http.response.start", "status": 200, "headers": []})


@pytest.mark.parametrize("silent", [raises, raises_later, returns, answers])
def test_one_without_lifespan(silent: Callable[..., Awaitable[None]], caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        cycle = Cycle(mount(Noted("first", told), {"/silent": silent, "/a": Noted("a", told)}))
        await cycle.start()
        await cycle.stop()

    caplog.set_level(logging.DEBUG, LOGGER)
    told: list[str] = []
    run(scenario())
    assert told == ["first up", "a up", "a down", "first down"]
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("DEBUG", "The application at '/silent' has no lifespan")
    ]


async def leaves(scope: Scope, receive: Receive, send: Send) -> None:
    """One that has nothing to do at the end, and answers twice."""
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.startup.complete"})


async def leaves_at_the_end(scope: Scope, receive: Receive, send: Send) -> None:
    """One that does not answer at the end."""
    await leaves(scope, receive, send)
    await receive()


async def stays(scope: Scope, receive: Receive, send: Send) -> None:
    """One that does not return."""
    while True:
        event = (await receive())["type"]
        await send({"type": f"{event}.complete"})


async def cancels_itself(scope: Scope, receive: Receive, send: Send) -> None:
    """One that ends at the end by a cancellation of its own."""
    await leaves(scope, receive, send)
    await receive()
    raise asyncio.CancelledError


@pytest.mark.parametrize("kind", [leaves, leaves_at_the_end, stays, cancels_itself])
def test_what_ends_in_its_own_way(kind: Callable[..., Awaitable[None]], caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        cycle = Cycle(mount(Noted("first", told), {"/a": kind}))
        await cycle.start()
        await cycle.stop()

    caplog.set_level(logging.DEBUG, LOGGER)
    told: list[str] = []
    run(scenario())
    assert told == ["first up", "first down"]
    assert caplog.records == []


async def fails_at_the_end(scope: Scope, receive: Receive, send: Send) -> None:
    """One that raises where it should answer."""
    await leaves(scope, receive, send)
    await receive()
    raise ConnectionResetError("broker gone")


def test_one_that_fails_to_stop(caplog: pytest.LogCaptureFixture) -> None:
    """All others are shut down, and the first failure is told."""

    async def scenario() -> None:
        cycle = Cycle(application)
        await cycle.start()
        answer = await cycle.ask("shutdown")
        assert answer == {"type": "lifespan.shutdown.failed", "message": "ConnectionResetError: broker gone"}
        await cycle.task

    told: list[str] = []
    application = mount(Noted("first", told), {"/a": Breaks("a", told), "/b": Noted("b", told), "/c": fails_at_the_end})
    run(scenario())
    assert told == ["first up", "b up", "b down", "a breaks", "first down"]
    assert messages(caplog) == [
        ("ERROR", "The application at '/a' failed at shutdown: a is gone"),
        ("ERROR", "The application at '/c' failed at shutdown: ConnectionResetError: broker gone"),
    ]


def test_one_that_fails_while_serving(caplog: pytest.LogCaptureFixture) -> None:
    async def fails(scope: Scope, receive: Receive, send: Send) -> None:
        await leaves(scope, receive, send)
        await failing.wait()
        raise ConnectionResetError("broker gone")

    async def scenario() -> None:
        cycle = Cycle(application)
        await cycle.start()
        failing.set()
        while not caplog.records:  # noqa: ASYNC110 - nothing else tells that the task has ended
            await asyncio.sleep(0)
        await cycle.get(at="/a")
        await cycle.stop()

    failing = asyncio.Event()
    told: list[str] = []
    application = mount(Noted("first", told), {"/a": fails})
    with pytest.raises(ConnectionResetError):  # what it raises for a request, it raises
        run(scenario())
    assert messages(caplog)[0] == (
        "ERROR",
        "The application at '/a' failed while serving: ConnectionResetError: broker gone",
    )


def test_a_server_that_breaks_the_protocol(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        cycle = Cycle(application)
        await cycle.start()
        cycle.events.put_nowait({"type": "lifespan.startup"})
        with pytest.raises(ValueError, match=r"no event 'lifespan\.startup' here"):
            await cycle.task

    told: list[str] = []
    application = mount(Noted("first", told), {"/a": Noted("a", told)})
    run(scenario())
    assert told == ["first up", "a up", "a down", "first down"]
    ((level, message),) = messages(caplog)
    assert level == "ERROR"
    assert message.startswith("The server failed while serving: ValueError: The lifespan protocol has no event")


def test_a_server_that_cancels_it(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        cycle = Cycle(application)
        await cycle.start()
        cycle.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cycle.task

    told: list[str] = []
    application = mount(Noted("first", told), {"/a": Noted("a", told)})
    run(scenario())
    assert told == ["first up", "a up", "a cancelled", "first cancelled"]
    assert caplog.records == []


def test_a_server_that_cancels_a_shutdown() -> None:
    async def waits(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await leaves_at_the_end(scope, receive, send)
            waiting.set()
            await asyncio.Event().wait()
        finally:
            told.append("a ended")

    async def scenario() -> None:
        cycle = Cycle(application)
        await cycle.start()
        cycle.events.put_nowait({"type": "lifespan.shutdown"})
        await waiting.wait()
        cycle.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cycle.task

    waiting = asyncio.Event()
    told: list[str] = []
    application = mount(Noted("first", told), {"/a": waits})
    run(scenario())
    assert told == ["first up", "a ended", "first cancelled"]


# Where the server has no lifespan


@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_the_first_connection_starts_all(kind: str) -> None:
    async def scenario() -> None:
        requests = [get(application, at="/a", type=kind), get(application, at="/a", type=kind)]
        await asyncio.gather(*requests)
        assert told == ["first up", "a up"]
        assert [scope["state"] for scope in a.scopes] == [{"n": 2}, {"n": 2}]
        assert a.lifespan_scope == {
            **a.lifespan_scope,
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
        }

    told: list[str] = []
    a = Noted("a", told, n=2)
    application = mount(Noted("first", told, n=1), {"/a": a})
    for _ in range(2):  # in each event loop
        run(scenario())
        assert sorted(told[2:]) == ["a cancelled", "first cancelled"]  # by asyncio.run, which cancels all at once
        told.clear()
        a.scopes.clear()


def websocket_server() -> Server:
    """A server whose client opens a WebSocket connection."""
    return Server({"type": "websocket.connect"})


def test_a_failure_refuses_all_until_it_starts(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        refused = await get(application)
        assert (refused.status, refused.body) == (503, b"Service Unavailable")
        server = websocket_server()
        await application({"type": "websocket", "path": "/ws"}, server.receive, server.send)
        assert server.sent == [{"type": "websocket.close"}]
        assert told == ["first up", "a fails", "first down"] * 2
        assert (first.scopes, a.scopes) == ([], [])
        await get(application, at="/a")
        assert told[6:] == ["first up", "a up"]
        assert len(a.scopes) == 1

    configure()
    told: list[str] = []
    first, a = Noted("first", told), Refuses("a", told)
    a.times = 2
    application = mount(first, {"/a": a})
    run(scenario())
    line = "The application at '/a' failed at startup: ConnectionRefusedError: no broker"
    # No server logs the message here.
    whole = "The application at '/a' failed at startup: Traceback:\n  file\nConnectionRefusedError: no broker\n"
    assert messages(caplog) == [
        ("ERROR", whole),
        ("ERROR", f"Service Unavailable: /: {line}"),
        ("ERROR", whole),
        ("ERROR", f"Service Unavailable: /ws: {line}"),
    ]


def test_the_reactor_stops_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Daphne's, which then waits for all of them; it has no lifespan."""

    class Reactor(ModuleType):
        """Twisted's, as far as it is used."""

        running = True
        triggers: list[Callable[[], asyncio.Future[object]]] = []  # noqa: RUF012 - made anew below

        def addSystemEventTrigger(self, *given: Any) -> None:  # noqa: N802 - Twisted's name
            assert given[:2] == ("before", "shutdown")
            self.triggers.append(given[2])

    class Deferred:
        """Twisted's, as far as it is used."""

        @staticmethod
        def fromFuture(future: object) -> object:  # noqa: N802 - Twisted's name
            return future

    async def scenario() -> None:
        await get(application)
        (stop,) = reactor.triggers
        await stop()
        assert told == ["first up", "a up", "a down", "first down"]
        assert (await get(application)).status == 503

    configure()
    reactor = Reactor("twisted.internet.reactor")
    reactor.triggers = []
    monkeypatch.setitem(sys.modules, reactor.__name__, reactor)
    defer = ModuleType("twisted.internet.defer")
    defer.__dict__["Deferred"] = Deferred
    monkeypatch.setitem(sys.modules, defer.__name__, defer)
    told: list[str] = []
    application = mount(Noted("first", told), {"/a": Noted("a", told)})
    run(scenario())


def test_the_first_connection_looks_for_a_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an application may only ask whether there is one."""
    looks: list[str] = []
    monkeypatch.setattr(stopping, "look", lambda: looks.append("look"))
    run(get(mount(Noted(), {})))
    assert looks == ["look"]


# With Django and Starlette


async def where(request: HttpRequest) -> HttpResponse:
    """Where a Django view stands."""
    assert isinstance(request, Request)
    return JsonResponse(
        [request.path, request.META["SCRIPT_NAME"], request.path_info, reverse("where"), request.scope["state"]],
        safe=False,
    )


def starlette_where(request: StarletteRequest[Any]) -> StarletteResponse:
    """Where a view of Starlette stands."""
    return JSONResponse([request.url.path, str(request.url_for("where")), request.state.name])


async def starlette_socket(websocket: WebSocket[Any]) -> None:
    """The same of a WebSocket."""
    await websocket.accept()
    await websocket.send_json([websocket.url.path, str(websocket.url_for("socket")), websocket.state.name])
    await websocket.close()


@asynccontextmanager
async def starlette_lifespan(app: Starlette) -> AsyncIterator[dict[str, object]]:
    """A lifespan with state."""
    yield {"name": "Starlette"}


def starlette(**more: Any) -> Starlette:
    """An application of Starlette."""
    routes = [
        Route("/where", starlette_where, name="where"),
        WebSocketRoute("/socket", starlette_socket, name="socket"),
    ]
    return Starlette(routes=routes, lifespan=starlette_lifespan, **more)


@asynccontextmanager
async def django_lifespan() -> AsyncIterator[dict[str, object]]:
    """A lifespan with state."""
    entered.append("up")
    yield {"name": "Django"}
    entered.append("down")


entered: list[str] = []
URLS = (url("where", where, name="where"), re_path("^$", where), url("stops", lambda _: HttpResponse(str(stopping))))


@pytest.fixture(params=[True, False], ids=["with GINGER_LIFESPAN", "without"])
def django(request: pytest.FixtureRequest) -> Any:
    """Makes an application of Django."""
    configure()
    entered.clear()
    changes = {"GINGER_LIFESPAN": f"{__name__}.django_lifespan"} if request.param else {}
    with override_settings(ROOT_URLCONF=URLS, MIDDLEWARE=[], ALLOWED_HOSTS=["*"], **changes):
        yield request.param, ASGIHandler()


def decoded(server: Server) -> Any:
    """The body of a response."""
    assert server.status == 200, server.sent
    return json.loads(server.body)


BEHIND = [("", ""), ("/app", "/app"), ("/app", "")]
"""The root path of a server, and what of it the path has."""


@pytest.mark.parametrize(("root_path", "prefix"), BEHIND)
@pytest.mark.parametrize("asked", [True, False])
def test_both_know_where_they_stand(django: tuple[bool, ASGIHandler], asked: bool, root_path: str, prefix: str) -> None:
    async def scenario() -> None:
        cycle = Cycle(application)
        if asked:
            await cycle.start()
        for mounted, at in {"": "", "/shop": "/shop"}.items():
            found = decoded(await get(application, at=f"{prefix}{at}/where", root_path=root_path))
            whole = root_path + mounted
            assert found == [f"{whole}/where", whole, "/where", f"{whole}/where", state]
        found = decoded(await get(application, at=f"{prefix}/api/where", root_path=root_path))
        assert found == [f"{root_path}/api/where", f"http://testserver{root_path}/api/where", "Starlette"]
        server = websocket_server()
        scope = http(at=f"{prefix}/api/socket", root_path=root_path, type="websocket")
        await application(scope, server.receive, server.send)
        assert [message["type"] for message in server.sent] == ["websocket.accept", "websocket.send", "websocket.close"]
        assert server.sent[1]["text"] == (
            f'["{root_path}/api/socket","ws://testserver{root_path}/api/socket","Starlette"]'
        )
        if asked:
            await cycle.stop()
        else:
            cycle.task.cancel()

    named, project = django
    state = {"name": "Django"} if named else {}
    application = mount(project, {"/api": starlette(), "/shop": project})
    run(scenario())
    assert entered == (["up", "down"] if asked else ["up"]) * named  # once, though it stands at two paths


@pytest.mark.parametrize("root_path", ["", "/app"])
def test_django_inside_starlette(django: tuple[bool, ASGIHandler], root_path: str) -> None:
    """Starlette forwards no lifespan: the first request enters Django's."""

    async def scenario() -> None:
        cycle = Cycle(outer)
        await cycle.start()
        assert entered == []
        found = decoded(await cycle.get(at=f"{root_path}/shop/where", root_path=root_path))
        assert found == [f"{root_path}/shop/where", f"{root_path}/shop", "/where", f"{root_path}/shop/where", state]
        assert entered == ["up"] * named
        await cycle.stop()
        assert entered == ["up"] * named

    named, project = django
    state = {"name": "Django"} if named else {}
    inner: Any = project
    outer = Starlette(routes=[Mount("/shop", app=inner)])
    run(scenario())


def inside(application: Any) -> Starlette:
    """A Starlette around an application, which starts it up itself."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, object]]:
        async with running(application):
            yield {"outer": 1}

    return Starlette(routes=[Mount("/shop", app=application)], lifespan=lifespan)


@pytest.mark.parametrize("wrapped", [False, True])
def test_django_started_by_starlette(django: tuple[bool, ASGIHandler], wrapped: bool) -> None:
    async def scenario() -> None:
        cycle = Cycle(inside(mount(project, {}) if wrapped else project))
        await cycle.start()
        assert entered == ["up"] * named
        found = decoded(await cycle.get(at="/shop/where"))
        assert found == ["/shop/where", "/shop", "/where", "/shop/where", {**state, "outer": 1}]
        await cycle.stop()
        assert entered == ["up", "down"] * named

    named, project = django
    state = {"name": "Django"} if named else {}
    run(scenario())


def test_starlette_is_told_what_fails() -> None:
    async def scenario() -> None:
        cycle = Cycle(inside(Refuses("", told)))
        answer = await cycle.ask("startup")
        assert answer["type"] == FAILED
        assert "LifespanFailedError: The application failed at startup: Traceback:" in answer["message"]
        with pytest.raises(LifespanFailedError):
            await cycle.task

    told: list[str] = []
    run(scenario())
    assert told == [" fails"]


def test_what_starlette_starts_is_shut_down_after_an_error() -> None:
    async def scenario() -> None:
        async with running(Noted("a", told, n=1)) as state:
            assert (told, state) == (["a up"], {"n": 1})
            raise ConnectionResetError("broker gone")

    told: list[str] = []
    with pytest.raises(ConnectionResetError):
        run(scenario())
    assert told == ["a up", "a down"]


def test_what_has_no_lifespan_is_left_alone() -> None:
    async def scenario() -> None:
        async with running(raises):
            pass

    run(scenario())


# Drain


def test_they_know_that_the_server_is_stopping() -> None:
    """Django inside says so before the others are asked to shut down."""

    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await stays(scope, receive, send)
        waiting.set()
        await stopping.wait()
        told.append("stream")

    async def scenario() -> None:
        cycle = Cycle(application)
        await cycle.start()
        assert not stopping.is_set()
        request = asyncio.create_task(get(application, at="/events"))
        await waiting.wait()
        await cycle.stop()
        await request

    waiting = asyncio.Event()
    told: list[str] = []
    configure()
    application = mount(ASGIHandler(), {"/events": stream, "/a": Noted("a", told)})
    try:
        run(scenario())
    finally:
        stopping.clear()
    assert told == ["a up", "stream", "a down"]
