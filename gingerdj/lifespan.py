"""Start-up and shutdown: the context manager that GINGER_LIFESPAN names, around all requests of an event loop.

A server asks before its first connection and after its last one. What the context manager yields is the state of each
request, of which the server makes shallow copies.

Where the server does not ask (Daphne cannot, others may be told not to), the context manager is entered by the first
request, in a task of its own. A view that needs the state would otherwise work on one server and fail on another, and
what a failed start-up means is kept: no request is served without it. Such a request is answered 503, and the next one
tries again, as a supervisor that starts a server again would. It is left when Twisted's reactor, which runs Daphne,
stops, or when its task is cancelled, which is how ``asyncio.run`` ends. Where neither happens, nothing leaves it.

Specification: https://asgi.readthedocs.io/en/latest/specs/lifespan.html
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from contextvars import Context
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from gingerdj import preload
from gingerdj.drain import stopping
from gingerdj.threads import Leased, in_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from gingerdj.types import Receive, Scope, Send

logger = logging.getLogger("gingerdj.lifespan")
"""Not below "django", whose default handlers print nothing where DEBUG is False."""

State = dict[str, Any]
UNASKED: Scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}
"""The scope of a lifespan that no server has asked for."""
CURE = (
    "Give the dotted path of a function without arguments, marked with contextlib.asynccontextmanager, that yields "
    "a dictionary or nothing."
)


class LifespanError(ImproperlyConfigured):
    """GINGER_LIFESPAN names nothing that can be entered, or the request comes when nothing is entered."""


class StateError(AttributeError):
    """There is no ``request.state``: no lifespan stands around this request."""


class Run:
    """The context manager around the requests of one event loop: entered, or about to be."""

    def __init__(self, scope: Scope = UNASKED) -> None:
        self.scope = scope
        """What the server has asked with."""
        self.handed = "state" in scope
        """Whether the server hands the state to each request."""
        self.settled = asyncio.Event()
        """Is set once the state is there, or will never be."""
        self.state: State | None = None
        self.stage = "at startup"
        self.problem = ""
        """How it failed, in one line."""
        self.message = ""
        """How it failed, for the server."""

    def settle(self, state: State | None) -> None:
        """Let the requests that wait go on."""
        self.state = state
        self.settled.set()

    def entered(self) -> State:
        """The state. Raises LifespanError where the context manager could not be entered, or has been left."""
        if self.state is None:
            raise LifespanError(self.problem or "The lifespan has been left: the server is stopping")
        return self.state


class Lifespan:
    """What an application does around its requests, in each of its event loops."""

    def __init__(self, path: object) -> None:
        self.path = path
        """The value of GINGER_LIFESPAN."""
        self.runs: WeakKeyDictionary[asyncio.AbstractEventLoop, Run] = WeakKeyDictionary()
        self.tasks: set[asyncio.Task[None]] = set()
        """Those that no server holds."""

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Start up when the server asks, shut down when it asks again, all in this task; return after that.

        A failure is logged with its traceback, and sent to the server, which decides what becomes of it. A server that
        cancels the task, or breaks the protocol, ends the context manager with that exception.
        Raises ValueError for an event that is not part of the protocol.
        """
        if await asked(receive, "lifespan.startup", "lifespan.shutdown") == "lifespan.startup":
            run = Run(scope)
            self.begin(run)
            try:
                with stopping.watched():
                    if not await self.held(run, scope, receive, send):
                        return
            except Exception as error:
                if run.stage == "while serving":  # as a task group does when one of its tasks fails
                    self.failed(run, error)
                raise
            finally:
                self.end(run)
        await send({"type": "lifespan.shutdown.complete"})

    async def held(self, run: Run, scope: Scope, receive: Receive, send: Send) -> bool:
        """Go from start-up to shutdown. Returns whether both succeeded; the server knows already where one did not."""
        async with AsyncExitStack() as stack:
            if not await self.attempt(run, self.start(run, stack)):
                await send({"type": "lifespan.startup.failed", "message": run.message})
                return False
            if run.handed:
                scope["state"].update(run.state)
            run.stage = "while serving"
            await send({"type": "lifespan.startup.complete"})
            await asked(receive, "lifespan.shutdown")
            stopping.set()
            run.stage = "at shutdown"
            if not await self.attempt(run, self.leave(stack)):
                await send({"type": "lifespan.shutdown.failed", "message": run.message})
                return False
        return True

    async def start(self, run: Run, stack: AsyncExitStack) -> None:
        """Load what the first requests would wait for, and enter the context manager."""
        with Leased():
            await in_thread(preload.load)
        run.settle(await self.enter(run, stack))

    async def attempt(self, run: Run, step: Coroutine[Any, Any, None]) -> bool:
        """Make a step; returns whether it succeeded."""
        try:
            await step
        except Exception as error:
            self.failed(run, error)
            return False
        return True

    async def enter(self, run: Run, stack: AsyncExitStack) -> State:
        """Enter the context manager, which the stack is to leave, and return what it yields.

        Raises LifespanError where GINGER_LIFESPAN is no such thing.
        """
        if self.path is None:
            return {}
        manager = find(self.path)()
        if not hasattr(type(manager), "__aenter__") or not hasattr(type(manager), "__aexit__"):
            if inspect.iscoroutine(manager):
                manager.close()  # nobody is going to await it
            raise LifespanError(f"GINGER_LIFESPAN is {self.path!r}, which returned {manager!r}. {CURE}")
        with Leased():
            state = await stack.enter_async_context(manager)
        if not isinstance(state, Mapping | None):
            raise LifespanError(f"GINGER_LIFESPAN is {self.path!r}, which yielded {state!r}. {CURE}")
        return dict(state or {})

    async def leave(self, stack: AsyncExitStack) -> None:
        """Leave what the stack has entered."""
        with Leased():
            await stack.aclose()

    def failed(self, run: Run, error: Exception) -> None:
        """Log a failure with its traceback, and keep it."""
        if isinstance(error, LifespanError | preload.URLconfError):
            message, traceback = str(error), error.__cause__
        else:
            message, traceback = f"{self.path} failed {run.stage}: {type(error).__name__}: {error}", error
        run.problem = run.message = " ".join(message.split())
        logger.error(run.problem, exc_info=traceback)

    # The requests

    async def around(self, scope: Scope) -> Scope:
        """The scope of a request with its own copy of the state, once the context manager is entered.

        Raises LifespanError where it cannot be, or has been left.
        """
        if self.path is None:
            return scope
        run = await self.current()
        if run.handed and run.state is None and "state" in scope and not run.problem:
            return scope  # after shutdown: what the server hands over is all there is
        return {**scope, "state": {**run.entered(), **scope.get("state", {})}}

    async def current(self) -> Run:
        """The run of this event loop, once the context manager is entered, or cannot be."""
        run = self.runs.get(asyncio.get_running_loop())
        if run is None:
            run = self.open()
        if not run.settled.is_set():
            await run.settled.wait()
        return run

    def open(self) -> Run:
        """Enter the context manager where no server has asked for it."""
        run = Run()
        self.begin(run)
        # In a context of its own: that of the request would lend it the thread of the request.
        task = asyncio.get_running_loop().create_task(self.hold(run), context=Context())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return run

    async def hold(self, run: Run) -> None:
        """Keep the context manager open until Twisted's reactor stops, or the task is cancelled."""
        try:
            async with AsyncExitStack() as stack:
                run.settle(await self.enter(run, stack))
                run.stage = "while serving"
                await reactor_stops()
                run.stage = "at shutdown"
                await self.leave(stack)
        except Exception as error:
            self.failed(run, error)
        finally:
            self.end(run)

    def begin(self, run: Run) -> None:
        """All requests of this event loop belong to this run."""
        self.runs[asyncio.get_running_loop()] = run

    def end(self, run: Run) -> None:
        """A run that has never been entered leaves its place to the next one; any other one stays the last one."""
        loop = asyncio.get_running_loop()
        run.settle(None)
        if self.runs.get(loop) is not run:
            return
        del self.runs[loop]
        if run.stage != "at startup":
            self.runs[loop] = last = Run(dict.fromkeys(run.scope))  # without what ties the old one to the loop
            last.problem = run.problem
            last.settle(None)


async def asked(receive: Receive, *expected: str) -> str:
    """The next event of the server. Raises ValueError where it is none of those that the protocol has here."""
    event = str((await receive())["type"])
    if event not in expected:
        raise ValueError(f"The lifespan protocol has no event {event!r} here, but {' and '.join(expected)}.")
    return event


async def reactor_stops() -> None:
    """Wait until Twisted's reactor is about to stop, which then waits for this task; where none runs, for ever."""
    stopping = asyncio.Event()
    reactor = sys.modules.get("twisted.internet.reactor")
    if reactor is not None and reactor.running:
        deferred = sys.modules["twisted.internet.defer"].Deferred
        task = asyncio.current_task()
        assert task is not None, "this is a coroutine"

        def stop() -> object:
            stopping.set()
            return deferred.fromFuture(asyncio.ensure_future(asyncio.wait([task])))

        reactor.addSystemEventTrigger("before", "shutdown", stop)
    await stopping.wait()


def find(path: object) -> Callable[[], Any]:
    """What GINGER_LIFESPAN names. Raises LifespanError where that is nothing to call; errors of its module pass."""
    if not isinstance(path, str):
        raise LifespanError(f"GINGER_LIFESPAN is {path!r}, which is no string. {CURE}")
    module_path, _, name = path.rpartition(".")
    if not module_path:
        raise LifespanError(f"GINGER_LIFESPAN is {path!r}, which has no dot between module and function. {CURE}")
    try:
        module = import_module(module_path)
    except ModuleNotFoundError as error:
        if not f"{module_path}.".startswith(f"{error.name}."):
            raise
        raise LifespanError(f"GINGER_LIFESPAN is {path!r}, which Python does not find: {error}. {CURE}") from None
    function = getattr(module, name, None)
    if function is None:
        raise LifespanError(f"GINGER_LIFESPAN is {path!r}, but {module_path!r} has no {name!r}. {CURE}")
    if not callable(function):
        raise LifespanError(f"GINGER_LIFESPAN is {path!r}, which is {function!r}. {CURE}")
    return cast("Callable[[], Any]", function)


def state(scope: Mapping[str, Any]) -> State:
    """The state of a request.

    Raises StateError where there is none, as GINGER_LIFESPAN is not set, or the request has not come through a server.
    """
    found: State | None = scope.get("state")
    if found is None and named() is not None:
        raise StateError(
            "request.state: this request has come through no server, so that GINGER_LIFESPAN is not entered. "
            "Give it a state of its own: request.state = {...}."
        )
    if not found and named() is None:
        raise StateError(
            "request.state is what GINGER_LIFESPAN yields, which is not set. "
            "Set it to the dotted path of an asynchronous context manager, such as mysite.lifespan.lifespan."
        )
    assert found is not None
    return found


def named() -> object:
    """What the settings name, or None."""
    return getattr(settings, "GINGER_LIFESPAN", None)
