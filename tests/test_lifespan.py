"""The lifespan protocol, event by event, and the context manager that GINGER_LIFESPAN names."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import re
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from io import BytesIO
from types import ModuleType
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import override_settings

from gingerdj import threads
from gingerdj.handler import ASGIHandler
from gingerdj.lifespan import Lifespan, StateError
from gingerdj.request import Request
from tests.project.cycle import Cycle, get
from tests.project.driver import AskedForMore, play
from tests.project.server import configure, http, run, serving
from tests.project.urls import async_view

if TYPE_CHECKING:
    from gingerdj.types import Receive, Send

STARTUP = {"type": "lifespan.startup"}
SHUTDOWN = {"type": "lifespan.shutdown"}
STARTUP_COMPLETE = {"type": "lifespan.startup.complete"}
SHUTDOWN_COMPLETE = {"type": "lifespan.shutdown.complete"}
MODULE = "tests_lifespan_site"
"""The module that GINGER_LIFESPAN names."""

Serve = Callable[..., AbstractContextManager[ASGIHandler]]


async def answer(receive: Receive, send: Send) -> None:
    """An application without GINGER_LIFESPAN."""
    configure()
    await Lifespan(None).answer({"type": "lifespan"}, receive, send)


async def show(request: HttpRequest) -> HttpResponse:
    """A view that shows its state."""
    assert isinstance(request, Request)
    return JsonResponse(request.state)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Serve:
    """Makes an application with this lifespan, and a view that shows its state."""

    @contextmanager
    def serve(function: object, view: Callable[..., Any] = show) -> Iterator[ASGIHandler]:
        module = ModuleType(MODULE)
        module.__dict__["lifespan"] = function
        monkeypatch.setitem(sys.modules, MODULE, module)
        with serving(view, GINGER_LIFESPAN=f"{MODULE}.lifespan") as application:
            assert isinstance(application, ASGIHandler)
            yield application

    return serve


class Noted:
    """A lifespan that notes what happens to it."""

    def __init__(self, state: object = None, *, refuses: int = 0, breaks: bool = False) -> None:
        self.state = state
        self.refuses = refuses
        """How many times it cannot be entered."""
        self.breaks = breaks
        """Whether it fails when it is left."""
        self.events: list[str] = []

    def __call__(self) -> AbstractAsyncContextManager[object]:
        """Enter it, and leave it."""
        return self.around()

    @asynccontextmanager
    async def around(self) -> AsyncIterator[object]:
        self.events.append("entering")
        await asyncio.sleep(0)
        if self.refuses:
            self.refuses -= 1
            raise ConnectionRefusedError("no broker\non port 5672")
        self.events.append("entered")
        try:
            yield self.state
        except BaseException as error:
            self.events.append(type(error).__name__)
            raise
        finally:
            for _ in range(5):
                await asyncio.sleep(0)
            self.events.append("left")
        if self.breaks:
            raise ConnectionResetError("broker gone")


# The protocol, without a setting


def test_answers_each_event_once_and_ends_after_shutdown() -> None:
    assert play(answer, [STARTUP, SHUTDOWN]) == [STARTUP_COMPLETE, SHUTDOWN_COMPLETE]


def test_lasts_until_shutdown() -> None:
    with pytest.raises(AskedForMore) as asked:
        play(answer, [STARTUP])
    assert asked.value.sent == [STARTUP_COMPLETE]


def test_says_nothing_unasked() -> None:
    with pytest.raises(AskedForMore) as asked:
        play(answer, [])
    assert asked.value.sent == []


def test_shutdown_without_startup() -> None:
    """A server that gave up before it asked for start-up is let go too."""
    assert play(answer, [SHUTDOWN]) == [SHUTDOWN_COMPLETE]


@pytest.mark.parametrize("events", [["lifespan.pause"], ["lifespan.startup", "lifespan.startup"]])
def test_unknown_event(events: list[str]) -> None:
    with pytest.raises(ValueError, match=rf"no event '{re.escape(events[-1])}' here, but lifespan\."):
        play(answer, [{"type": event} for event in events])


# The context manager, on a server that asks


def test_is_entered_before_and_left_after_the_answer(serve: Serve) -> None:
    noted = Noted()

    async def scenario(application: ASGIHandler) -> None:
        cycle = Cycle(application)
        await cycle.start()
        assert noted.events == ["entering", "entered"]
        await cycle.stop()
        assert noted.events == ["entering", "entered", "left"]

    with serve(noted) as application:
        run(scenario(application))


@pytest.mark.parametrize("hands_state", [True, False])
def test_each_request_has_a_shallow_copy_of_what_it_yields(serve: Serve, hands_state: bool) -> None:
    async def write(request: HttpRequest) -> HttpResponse:
        assert isinstance(request, Request)
        assert "own" not in request.state
        request.state["own"] = True
        request.state["shared"].append(request.path)
        assert request.state is request.scope["state"]
        return JsonResponse(request.state)

    async def scenario(application: ASGIHandler) -> None:
        cycle = Cycle(application, hands_state=hands_state)
        await cycle.start()
        for answer in (b'{"shared": ["/1"], "own": true}', b'{"shared": ["/1", "/2"], "own": true}'):
            assert (await cycle.get(at=f"/{answer.count(b'/')}")).body == answer
        assert shared == {"shared": ["/1", "/2"]}
        await cycle.stop()

    shared: dict[str, list[str]] = {"shared": []}
    with serve(Noted(shared), write) as application:
        run(scenario(application))


def test_one_that_yields_nothing_gives_an_empty_state(serve: Serve) -> None:
    async def scenario(application: ASGIHandler) -> None:
        for cycle in (Cycle(application), Cycle(application, hands_state=False)):
            await cycle.start()
            assert (await cycle.get()).body == b"{}"
            await cycle.stop()

    with serve(Noted()) as application:
        run(scenario(application))


def test_runs_in_one_task(serve: Serve) -> None:
    """What anyio and asyncio open in it belongs to the task that opened it."""
    tasks: list[asyncio.Task[Any] | None] = []
    ticks = asyncio.Event()

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async def tick() -> None:
            ticks.set()
            await anyio.sleep_forever()

        tasks.append(asyncio.current_task())
        async with anyio.create_task_group() as group:
            group.start_soon(tick)
            yield
            group.cancel_scope.cancel()
        tasks.append(asyncio.current_task())

    async def scenario(application: ASGIHandler) -> None:
        cycle = Cycle(application)
        await cycle.start()
        await ticks.wait()
        await cycle.stop()
        assert tasks == [cycle.task, cycle.task]

    with serve(lifespan) as application:
        run(scenario(application))


def test_requests_wait_for_startup(serve: Serve) -> None:
    entering, go = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[dict[str, int]]:
        entering.set()
        await go.wait()
        yield {"n": 1}

    async def scenario(application: ASGIHandler) -> None:
        cycle = Cycle(application, hands_state=False)
        starting = asyncio.create_task(cycle.start())
        await entering.wait()
        request = asyncio.create_task(cycle.get())
        await asyncio.wait([request], timeout=0)
        assert not request.done()
        go.set()
        assert (await request).body == b'{"n": 1}'
        await starting
        await cycle.stop()

    with serve(lifespan) as application:
        run(scenario(application))


def test_one_after_the_other_and_side_by_side(serve: Serve) -> None:
    """As tests of a project do, which share one application: in one event loop, and in one for each thread."""
    noted = Noted({"n": 1})

    async def scenario(application: ASGIHandler) -> None:
        for _ in range(2):
            cycle = Cycle(application)
            await cycle.start()
            assert (await cycle.get()).body == b'{"n": 1}'
            await cycle.stop()

    with serve(noted) as application:
        loops = [threading.Thread(target=lambda: run(scenario(application))) for _ in range(3)]
        for loop in loops:
            loop.start()
        for loop in loops:
            loop.join()
    assert sorted(noted.events) == sorted(["entering", "entered", "left"] * 6)


def test_keeps_no_thread(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Synchronous code in it runs as that of a request does, on a thread that is given back."""
    threads.pool.cache_clear()
    names: list[str] = []

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        await sync_to_async(lambda: names.append(threading.current_thread().name))()
        yield
        await sync_to_async(lambda: names.append(threading.current_thread().name))()

    async def scenario(application: ASGIHandler) -> None:
        cycle = Cycle(application)
        await cycle.start()
        assert threads.pool().busy == 0
        await cycle.stop()
        assert threads.pool().busy == 0

    with serve(lifespan) as application:
        run(scenario(application))
    assert len(names) == 2
    assert all(name.startswith("gingerdj-") for name in names)


# Failures


def test_a_failed_startup_is_reported_and_logged(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(application: ASGIHandler) -> Mapping[str, Any]:
        cycle = Cycle(application)
        answer = await cycle.ask("startup")
        await cycle.task
        assert cycle.scope["state"] == {}
        return answer

    message = f"{MODULE}.lifespan failed at startup: ConnectionRefusedError: no broker on port 5672"
    with serve(Noted(refuses=1)) as application:
        assert run(scenario(application)) == {"type": "lifespan.startup.failed", "message": message}
    (record,) = caplog.records
    assert (record.name, record.levelno, record.getMessage()) == ("gingerdj.lifespan", logging.ERROR, message)
    assert record.exc_info is not None
    assert record.exc_info[0] is ConnectionRefusedError


def test_a_failed_shutdown_is_reported_and_logged(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(application: ASGIHandler) -> Mapping[str, Any]:
        cycle = Cycle(application)
        await cycle.start()
        answer = await cycle.ask("shutdown")
        await cycle.task
        assert cycle.answers.empty()
        return answer

    message = f"{MODULE}.lifespan failed at shutdown: ConnectionResetError: broker gone"
    with serve(Noted(breaks=True)) as application:
        assert run(scenario(application)) == {"type": "lifespan.shutdown.failed", "message": message}
    (record,) = caplog.records
    assert (record.getMessage(), bool(record.exc_info)) == (message, True)


def test_is_left_when_the_server_cancels(serve: Serve) -> None:
    async def scenario(application: ASGIHandler) -> None:
        cycle = Cycle(application)
        await cycle.start()
        cycle.task.cancel()
        await asyncio.wait([cycle.task])
        assert cycle.task.cancelled()

    noted = Noted()
    with serve(noted) as application:
        run(scenario(application))
    assert noted.events == ["entering", "entered", "CancelledError", "left"]


def test_is_left_when_the_server_cancels_startup(serve: Serve) -> None:
    entering = asyncio.Event()
    left: list[str] = []

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        try:
            entering.set()
            await asyncio.Event().wait()
            yield
        finally:
            left.append("left")

    async def scenario(application: ASGIHandler) -> None:
        cycle = Cycle(application)
        cycle.events.put_nowait(STARTUP)
        await entering.wait()
        cycle.task.cancel()
        await asyncio.wait([cycle.task])
        assert cycle.task.cancelled()
        assert cycle.answers.empty()

    with serve(lifespan) as application:
        run(scenario(application))
    assert left == ["left"]


def test_is_left_when_the_server_breaks_the_protocol(serve: Serve) -> None:
    async def scenario(application: ASGIHandler) -> None:
        cycle = Cycle(application)
        await cycle.start()
        cycle.events.put_nowait({"type": "lifespan.pause"})
        await cycle.task

    noted = Noted()
    with serve(noted) as application, pytest.raises(ValueError, match=r"lifespan\.pause"):
        run(scenario(application))
    assert noted.events == ["entering", "entered", "ValueError", "left"]


@pytest.mark.parametrize("hands_state", [True, False])
def test_one_that_ends_by_itself_is_logged_and_nothing_is_served_without_it(
    serve: Serve, hands_state: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Servers take it for an application that does not know the protocol, and say nothing of the reason."""

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async def consume() -> None:
            await go.wait()
            raise ConnectionResetError("broker gone")

        async with asyncio.TaskGroup() as group:
            group.create_task(consume())
            yield

    async def scenario(application: ASGIHandler) -> None:
        cycle = Cycle(application, hands_state=hands_state)
        await cycle.start()
        assert (await cycle.get()).status == 200
        go.set()
        with pytest.raises(ExceptionGroup):
            await cycle.task
        assert (await cycle.get()).status == 503

    go = asyncio.Event()
    with serve(lifespan) as application:
        run(scenario(application))
    broken, refused = caplog.records
    assert broken.getMessage().startswith(f"{MODULE}.lifespan failed while serving: ExceptionGroup: ")
    assert broken.exc_text is not None or broken.exc_info is not None
    assert "failed while serving" in refused.getMessage()


# What is no lifespan


async def coroutine() -> None:
    """No context manager."""


async def generator() -> AsyncIterator[None]:
    """A context manager, had it been marked."""
    yield


@contextmanager
def synchronous() -> Iterator[None]:
    """A context manager for synchronous code."""
    yield


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (coroutine, "returned <coroutine object coroutine at"),
        (generator, "returned <async_generator object generator at"),
        (synchronous, "returned <contextlib._GeneratorContextManager object"),
        (dict, "returned {}."),
        (Noted(["client"]), "yielded ['client']."),
        ("client", "which is 'client'."),
    ],
)
def test_what_is_no_lifespan(serve: Serve, function: object, problem: str, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(application: ASGIHandler) -> str:
        cycle = Cycle(application)
        answer = await cycle.ask("startup")
        await cycle.task
        assert answer["type"] == "lifespan.startup.failed"
        return str(answer["message"])

    with serve(function) as application:
        message = run(scenario(application))
    assert message.startswith(f"GINGER_LIFESPAN is '{MODULE}.lifespan', which ")
    assert problem in message
    assert message.endswith("Give the dotted path of a function without arguments, marked with "
                            "contextlib.asynccontextmanager, that yields a dictionary or nothing.")  # fmt: skip
    assert [(record.getMessage(), record.exc_info) for record in caplog.records] == [(message, None)]
    if isinstance(function, Noted):
        assert function.events[-1] == "left"


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (Noted, "which is no string"),
        ("lifespan", "which has no dot between module and function"),
        ("tests.absent.lifespan", "which Python does not find: No module named 'tests.absent'"),
        ("tests.project.cycle.absent", "but 'tests.project.cycle' has no 'absent'"),
    ],
)
def test_a_setting_that_names_nothing(value: object, problem: str, caplog: pytest.LogCaptureFixture) -> None:
    with serving(show, GINGER_LIFESPAN=value) as application:
        (answer,) = play(lambda r, s: application({"type": "lifespan"}, r, s), [STARTUP])
    assert answer["type"] == "lifespan.startup.failed"
    assert answer["message"].startswith(f"GINGER_LIFESPAN is {value!r}, {problem}")
    assert len(caplog.records) == 1


def test_an_error_inside_its_module_passes(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_lifespan.py").write_text("import absent_library\n")
    monkeypatch.syspath_prepend(tmp_path)
    with serving(show, GINGER_LIFESPAN="broken_lifespan.lifespan") as application:
        (answer,) = play(lambda r, s: application({"type": "lifespan"}, r, s), [STARTUP])
    message = "broken_lifespan.lifespan failed at startup: ModuleNotFoundError: No module named 'absent_library'"
    assert answer == {"type": "lifespan.startup.failed", "message": message}


# On a server that does not ask


def test_the_first_request_enters_it_and_the_others_wait(serve: Serve) -> None:
    async def scenario(application: ASGIHandler) -> None:
        servers = await asyncio.gather(*(get(application) for _ in range(3)))
        servers.append(await get(application, state={}))  # as where it is switched off
        assert {server.body for server in servers} == {b'{"n": 1}'}
        assert noted.events == ["entering", "entered"]

    noted = Noted({"n": 1})
    with serve(noted) as application:
        run(scenario(application))
    assert noted.events == ["entering", "entered", "CancelledError", "left"]  # as asyncio.run does in the end


def test_a_failed_startup_refuses_the_request_and_the_next_one_tries_again(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(application: ASGIHandler) -> None:
        servers = await asyncio.gather(*(get(application) for _ in range(2)))
        assert [server.status for server in servers] == [503, 503]
        assert servers[0].body == b"Service Unavailable"
        assert (await get(application)).status == 200

    noted = Noted(refuses=1)
    message = f"{MODULE}.lifespan failed at startup: ConnectionRefusedError: no broker on port 5672"
    with serve(noted) as application:
        run(scenario(application))
    assert noted.events[:3] == ["entering", "entering", "entered"]
    assert [(record.name, record.getMessage()) for record in caplog.records] == [
        ("gingerdj.lifespan", message),
        ("django.request", f"Service Unavailable: /: {message}"),
        ("django.request", f"Service Unavailable: /: {message}"),
    ]


def test_knows_nothing_of_the_request_that_enters_it(serve: Serve) -> None:
    variable = contextvars.ContextVar("variable", default="")
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        seen.append(variable.get())
        yield

    async def scenario(application: ASGIHandler) -> None:
        variable.set("of the request")
        await get(application)

    with serve(lifespan) as application:
        run(scenario(application))
    assert seen == [""]


class Reactor:
    """Twisted's, as far as it is asked."""

    running = True

    def __init__(self) -> None:
        self.triggers: list[Callable[[], Any]] = []

    def addSystemEventTrigger(self, phase: str, event: str, call: Callable[[], Any]) -> None:  # noqa: N802 - its name
        """Call before it stops."""
        assert (phase, event) == ("before", "shutdown")
        self.triggers.append(call)


class Deferred:
    """Twisted's: the future that it was made of."""

    fromFuture = staticmethod(lambda future: future)  # noqa: N815 - its name


@pytest.mark.parametrize("breaks", [False, True])
def test_is_left_when_the_reactor_stops(
    serve: Serve, breaks: bool, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(application: ASGIHandler) -> None:
        assert (await get(application)).status == 200
        (stop,) = reactor.triggers
        ended = stop()
        assert noted.events == ["entering", "entered"]
        await ended
        assert noted.events == ["entering", "entered", "left"]
        assert (await get(application)).status == 503

    reactor = Reactor()
    monkeypatch.setitem(sys.modules, "twisted.internet.reactor", reactor)
    defer = ModuleType("twisted.internet.defer")
    defer.__dict__["Deferred"] = Deferred
    monkeypatch.setitem(sys.modules, "twisted.internet.defer", defer)
    noted = Noted(breaks=breaks)
    with serve(noted) as application:
        run(scenario(application))
    *failures, refused = [record.getMessage() for record in caplog.records]
    failure = f"{MODULE}.lifespan failed at shutdown: ConnectionResetError: broker gone"
    assert failures == [failure] * breaks
    left = "The lifespan has been left: the server is stopping"
    assert refused == f"Service Unavailable: /: {failure if breaks else left}"


@pytest.mark.parametrize(("hands_state", "status"), [(True, 200), (False, 503)])
def test_a_request_after_shutdown(serve: Serve, hands_state: bool, status: int) -> None:
    """What the server hands to a request, the request has; where it hands nothing, there is nothing any more."""

    async def scenario(application: ASGIHandler) -> None:
        cycle = Cycle(application, hands_state=hands_state)
        await cycle.start()
        await cycle.stop()
        assert (await cycle.get()).status == status

    noted = Noted({"n": 1})
    with serve(noted) as application:
        run(scenario(application))
    assert noted.events == ["entering", "entered", "left"]


# request.state


def request(**scope: Any) -> Request:
    """A request that has come through no server."""
    configure()
    return Request(http(**scope), BytesIO())


def test_without_a_setting_it_names_the_setting() -> None:
    for made in (request(), request(state={})):
        assert not hasattr(made, "state")
        with pytest.raises(StateError, match=r"^request\.state is what GINGER_LIFESPAN yields, which is not set\. Set"):
            made.state  # noqa: B018 - the look is the test


def test_without_a_setting_nothing_is_entered() -> None:
    async def scenario(application: ASGIHandler) -> None:
        assert (await get(application)).status == 200
        assert not application.lifespan.runs

    with serving(async_view) as application:
        assert isinstance(application, ASGIHandler)
        run(scenario(application))


def test_without_a_server_it_names_the_cure() -> None:
    with override_settings(GINGER_LIFESPAN="mysite.lifespan.lifespan"):
        made = request()
        with pytest.raises(StateError, match=r"come through no server.*request\.state = \{\.\.\.\}\."):
            made.state  # noqa: B018 - the look is the test
        assert request(state={}).state == {}


def test_what_another_application_has_put_there() -> None:
    """One around this one may have a lifespan of its own."""
    assert request(state={"n": 1}).state == {"n": 1}


def test_may_be_set() -> None:
    """By tests, and by middleware that did this before."""
    made = request()
    made.state = {"n": 1}
    assert made.state == {"n": 1}
