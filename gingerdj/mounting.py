"""Several ASGI applications in one: others beside Django, each below a path, or Django inside another one.

Each is handed what the specification says of an application that is mounted: ``root_path`` is where it stands, and
``path`` begins with it. Servers differ where they have a root path themselves: one puts it before the path that it
receives, the others leave the path as it comes, with or without it. All of them come out the same here, and so do
``request.path`` and ``reverse`` of Django. ``raw_path`` stays: it is what the client has sent to the server.

Specification: https://asgi.readthedocs.io/en/latest/specs/www.html#http-connection-scope
and https://asgi.readthedocs.io/en/latest/specs/lifespan.html
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, overload

from django.core.exceptions import RequestAborted

from gingerdj.drain import stopping
from gingerdj.handshake import Denial, asked
from gingerdj.lifespan import UNASKED, Lifespan, LifespanError, Run
from gingerdj.response import Out, refusal, transmit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from types import TracebackType

    from gingerdj.lifespan import State
    from gingerdj.types import Application, Receive, Scope, Send

    Event = Mapping[str, Any]

logger = logging.getLogger("gingerdj.lifespan")

ANSWERS = {f"lifespan.{step}.{end}" for step in ("startup", "shutdown") for end in ("complete", "failed")}


# Both at once would let type checkers reject a dictionary whose applications are of several types.
@overload
def mount(application: Application, others: Mapping[str, Application]) -> Mounts: ...
@overload
def mount(application: Application, others: Iterable[tuple[str, Application]]) -> Mounts: ...
def mount(application: Application, others: Mapping[str, Application] | Iterable[tuple[str, Application]]) -> Mounts:
    """Return one ASGI application: each of ``others`` serves its own path, and ``application`` serves everything else.

    The others come with their paths, as ``dict`` takes them: ``{"/api": api}``. Such a path takes itself and all
    below it: ``/api`` takes ``/api`` and ``/api/users``, not ``/apis``. Of two that fit, the longer one takes a
    request.

    All of them start up in this order and shut down in the reverse one. Each has a state of its own. Where one fails
    to start, those that have started are shut down, and the server is told.

    Raises ValueError for a path that does not begin with a slash, ends with one, or comes twice, and TypeError for an
    application that cannot be called.
    """
    applications = {"": application}
    for path, other in others.items() if isinstance(others, Mapping) else others:
        if not path.startswith("/"):
            raise ValueError(f"The mount path {path!r} does not begin with a slash. {cure(path)}")
        if path.endswith("/"):
            raise ValueError(f"The mount path {path!r} ends with a slash. {cure(path)}")
        if path in applications:
            raise ValueError(f"The mount path {path!r} comes twice: one application stands at a path.")
        applications[path] = other
    for path, one in applications.items():
        if not callable(one):
            raise TypeError(f"The application at {path or '/'!r} is {one!r}, which cannot be called. Import it first.")
    return Mounts(applications)


def cure(path: str) -> str:
    """What to write instead of a path whose slashes are wrong."""
    bare = path.strip("/")
    return f"Write {f'/{bare}'!r}." if bare else "The first application takes all that no other one does."


@asynccontextmanager
async def running(application: Application) -> AsyncIterator[dict[str, Any]]:
    """Start an ASGI application up on entering, and shut it down on leaving, from the lifespan of one around it.

    Frameworks that mount applications do not forward the lifespan to them. An application that does not speak that
    protocol is left alone. Yields the state of the application. The lifespan around it may yield that state too, so
    that the requests of both applications have it; those of a GingerDJ application have it in any case. Raises
    LifespanFailedError where the application fails.
    """
    async with AsyncExitStack() as stack:
        state: State = {}
        conversation = Conversation("The application", application, {**UNASKED, "state": state})
        stack.push_async_exit(conversation.leave)
        await conversation.start()
        yield state


class LifespanFailedError(Exception):
    """An application says that it has failed to start up, or to shut down, and how."""

    def __init__(self, name: str, stage: str, message: str) -> None:
        super().__init__(f"{name} failed {stage}: {message}")
        self.message = message
        """What it says."""
        # It may be a whole traceback, whose last line names the error.
        self.line = f"{name} failed {stage}: {message.strip().rpartition(chr(10))[2]}"
        """The same in one line."""


class Mounts:
    """An ASGI application that hands each connection to one of several."""

    def __init__(self, applications: Mapping[str, Application]) -> None:
        self.applications = applications
        """By path; the first one's is empty."""
        self.paths = sorted(applications, key=len, reverse=True)
        self.lifespan = Lifespans(applications)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection; of a type that is not part of the specification, with the first application."""
        match scope["type"]:
            case "http" | "websocket":
                stopping.look()
                await self.serve(scope, receive, send)
            case "lifespan":
                await self.lifespan.answer(scope, receive, send)
            case _:
                await self.applications[""]({**scope}, receive, send)

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request or a WebSocket connection, once all applications have started up."""
        try:
            states = (await self.lifespan.current()).entered()
        except LifespanError as error:
            await refuse(error, scope, receive, send)
            return
        root_path, rest = split(scope)
        path = next(path for path in self.paths if below(rest, path) is not None or not path)
        mounted = {
            "root_path": root_path + path,
            "path": root_path + rest,
            "state": {**states[path], **scope.get("state", {})},
        }
        await self.applications[path]({**scope, **mounted}, receive, send)


def split(scope: Scope) -> tuple[str, str]:
    """The root path of a connection, and what of its path comes after that, also where the path does not have it."""
    root_path, path = scope.get("root_path") or "", scope["path"]
    bare = root_path.rstrip("/")
    # Uvicorn puts one before the path as it is, with the slash that somebody has given it.
    for prefix in (root_path, bare):
        rest = below(path, prefix)
        if rest is not None:
            return bare, rest
    return bare, path


def below(path: str, prefix: str) -> str | None:
    """What comes after a prefix of whole segments; None where the path has it not."""
    rest = path.removeprefix(prefix)
    return rest if path.startswith(prefix) and rest[:1] in ("", "/") else None


async def refuse(error: LifespanError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer where not all applications have started up: no connection is served before."""
    websocket = scope["type"] == "websocket"
    if websocket and not await asked(receive):
        return
    with suppress(RequestAborted):
        out = Denial(scope, send) if websocket else Out(scope, send)
        await transmit(refusal(503, scope["path"], error, logging.ERROR), out)


class Lifespans(Lifespan):
    """The lifespans of several applications, as one.

    Where the server has none, the first connection starts all of them, as it does GingerDJ's own: see
    ``gingerdj.lifespan``.
    """

    def __init__(self, applications: Mapping[str, Application]) -> None:
        super().__init__(None)
        self.applications = applications

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Start up when the server asks, shut down when it asks again; return after that.

        The state of the server stays empty: it would hand the same one to all applications.
        """
        await super().answer({key: value for key, value in scope.items() if key != "state"}, receive, send)

    async def start(self, run: Run, stack: AsyncExitStack) -> None:
        """Start all applications up. Each loads for itself what its first requests would wait for."""
        run.settle(await self.enter(run, stack))

    async def enter(self, run: Run, stack: AsyncExitStack) -> State:
        """Start all applications up, in order, and return their states by their paths.

        Raises LifespanFailedError where one fails, once those before it have shut down: a server that hears of the
        failure may exit at once.
        """
        states: dict[int, State] = {}  # by identity, as one may stand at several paths
        async with AsyncExitStack() as entering:
            for path, application in self.applications.items():
                if id(application) in states:
                    continue
                state: State = {}
                states[id(application)] = state
                name = f"The application at {path or '/'!r}"
                conversation = Conversation(name, application, {**run.scope, "state": state})
                entering.push_async_exit(conversation.leave)
                await conversation.start()
            stack.push_async_exit(entering.pop_all())
        return {path: states[id(application)] for path, application in self.applications.items()}

    async def leave(self, stack: AsyncExitStack) -> None:
        """Shut all applications down, in the reverse order."""
        await stack.aclose()

    def failed(self, run: Run, error: Exception) -> None:
        """Log a failure, and keep what the application says of it for the server, which logs that."""
        if not isinstance(error, LifespanFailedError):  # the server has broken the protocol
            error = LifespanFailedError("The server", run.stage, f"{type(error).__name__}: {error}")
        run.message, run.problem = error.message, error.line
        logger.error(str(error) if run.scope is UNASKED else error.line)


class Conversation:
    """The lifespan protocol with one application, which runs in a task of its own; here is the server."""

    def __init__(self, name: str, application: Application, scope: Scope) -> None:
        self.name = name
        self.stage = "at startup"
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        self.answer: asyncio.Future[Event] = asyncio.get_running_loop().create_future()
        """To the last event."""
        self.task = asyncio.create_task(self.hold(application, scope))
        self.task.add_done_callback(self.ended)

    async def hold(self, application: Application, scope: Scope) -> None:
        """Call the application."""
        await application(scope, self.events.get, self.take)

    async def take(self, message: Event) -> None:
        """Take an answer. Raises ValueError for what is none, as from an application that looks at no type."""
        if message["type"] not in ANSWERS:
            raise ValueError(f"The lifespan protocol has no {message['type']!r}.")
        if not self.answer.done():
            self.answer.set_result(message)

    async def ask(self, event: str) -> Event:
        """The application's answer to an event; an empty one where it ends without any."""
        self.answer = asyncio.get_running_loop().create_future()
        self.events.put_nowait({"type": event})
        waited: set[asyncio.Future[Any]] = {self.task, self.answer}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        return self.answer.result() if self.answer.done() else {}

    async def start(self) -> None:
        """Start the application up. Raises LifespanFailedError where it says that it has failed.

        One that ends without an answer does not speak the protocol.
        """
        answer = await self.ask("lifespan.startup")
        if answer.get("type") == "lifespan.startup.failed":
            await self.end()
            raise LifespanFailedError(self.name, self.stage, answer.get("message", ""))
        self.stage = "while serving"

    async def leave(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Shut the application down; cancel it where this task is cancelled.

        Raises LifespanFailedError where it fails, and nothing else has.
        """
        if error is not None and not isinstance(error, Exception):
            await self.end()
            return
        failure = await self.shut_down()
        if failure is not None and error is None:
            raise failure
        if failure is not None:
            logger.error(str(failure))

    async def shut_down(self) -> LifespanFailedError | None:
        """Shut the application down where it still waits for that. Returns its failure."""
        if self.task.done():
            return None
        self.stage = "at shutdown"
        message = None
        try:
            answer = await self.ask("lifespan.shutdown")
            if answer.get("type") == "lifespan.shutdown.failed":
                message = answer.get("message", "")
            elif not answer and (error := raised(self.task)):
                message = f"{type(error).__name__}: {error}"
        finally:
            await self.end()
        return None if message is None else LifespanFailedError(self.name, self.stage, message)

    async def end(self) -> None:
        """End the call of the application: after its last answer, nothing is left to do."""
        self.task.cancel()
        await asyncio.wait({self.task})

    def ended(self, task: asyncio.Task[None]) -> None:
        """Log how the call has ended where nobody else does."""
        error = raised(task)
        if self.stage == "while serving" and error is not None:
            logger.error("%s failed %s: %s: %s", self.name, self.stage, type(error).__name__, error, exc_info=error)
        elif self.stage == "at startup" and not self.answer.done():
            logger.debug("%s has no lifespan", self.name, exc_info=error)


def raised(task: asyncio.Task[None]) -> BaseException | None:
    """What a task that has ended has raised; a cancellation is nothing."""
    return None if task.cancelled() else task.exception()
