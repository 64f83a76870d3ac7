"""The time between the signal that stops a server and its end, in which open streams are to end by themselves.

A stream of events has no end of its own, so a server that is told to stop waits for its clients to leave, or cuts it.
``stopping`` tells the stream first: two lines, the import and the loop, make it end in time, completely::

    async for event in stopping.until(events()):
        yield event

It is an event as asyncio and threading have them, so a view may also test it (``is_set``, in threads too) or wait for
it together with something else (``wait``). A test, or a view that some orchestrator calls first, sets it itself.

ASGI has nothing that says so: ``lifespan.shutdown`` comes after the last connection. So it is noticed here:

- A signal, on its way to the handler that the server has installed. That one is called each time, with what it would
  have got, so that a second signal means to the server what it always does. What ``loop.add_signal_handler`` has
  installed is called by the loop, which hears of a signal through a file descriptor, whatever is installed here.
- Hypercorn stops its workers by an event that they share with their parent. We look at it too, while somebody waits.
- ``lifespan.shutdown``, where neither reaches us, as in a thread that is not the main one.

Signals are watched from startup on, or from the first request where the server has no lifespan, or from the first wait
under another handler. Nothing is installed where nothing handles SIGTERM: there it ends the process at once.
A server that stops of itself, as after a number of requests, tells nobody before ``lifespan.shutdown``.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import threading
from contextlib import AsyncExitStack, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
    from types import FrameType, TracebackType

T = TypeVar("T")

SIGNALS = (signal.SIGTERM, signal.SIGINT, *([signal.SIGQUIT] if hasattr(signal, "SIGQUIT") else []))
"""What servers and their parents stop a process with; the last is how Gunicorn passes on SIGINT, not on Windows."""
INTERVAL = 0.02
"""Seconds between two looks at an event that a parent sets. Hypercorn's workers take 0.1; the first one to exit makes
their parent kill the others, so a stream is to know before that one does."""


class Shared(Protocol):
    """An event of multiprocessing."""

    def is_set(self) -> bool:
        """Whether a process has set it."""


class Stopping:
    """An event that is set when the server is told to stop. A process has one, ``stopping``."""

    def __init__(self) -> None:
        self.looked = False
        """Whether there was a look at what tells of a stop."""
        self.told = False
        self.shared: Shared | None = None
        """What a parent sets."""
        self.calls: set[tuple[asyncio.AbstractEventLoop, Callable[[], None]]] = set()
        """Of those who wait. Changed and copied in single steps, as a signal may come between any two."""
        self.polled = False
        """Whether a loop looks at what a parent sets."""
        self.runs = 0
        """Lifespans that are open."""

    def __repr__(self) -> str:
        return f"<Stopping: {'set' if self.is_set() else 'not set'}>"

    def is_set(self) -> bool:
        """Whether the server is stopping."""
        return self.told or (self.shared is not None and self.shared.is_set())

    async def wait(self) -> None:
        """Return when the server is stopping."""
        future = asyncio.get_running_loop().create_future()
        with self.calling(partial(resolve, future)):
            await future

    async def until(self, events: AsyncIterable[T]) -> AsyncIterator[T]:
        """Yield the events until the server is stopping; then end, without an error.

        Their source is then cancelled at the point where it waits, in the task that iterates, as when the client
        leaves. When the iteration ends, the ``finally`` of the source has run, and what the source raises comes out of
        the iteration.
        """
        iterator = aiter(events)
        nothing: Any = object()
        async with AsyncExitStack() as stack:
            if hasattr(iterator, "aclose"):
                stack.push_async_callback(iterator.aclose)
            interrupt = Interrupt()
            with self.calling(interrupt.cut):
                while not self.is_set():
                    event = nothing
                    with interrupt:
                        event = await anext(iterator, nothing)
                    if event is nothing:
                        break
                    yield event

    def set(self) -> None:
        """Say that the server is stopping: in any thread, and in a signal handler."""
        self.told = True
        for loop, call in tuple(self.calls):
            with suppress(RuntimeError):  # the loop is closed: nobody waits there any more
                loop.call_soon_threadsafe(call)

    def clear(self) -> None:
        """Say that it is not, for a test that has set it."""
        self.told = False

    @contextmanager
    def calling(self, call: Callable[[], None]) -> Iterator[None]:
        """Let the running loop make a call once the server is stopping."""
        # The call itself and no future between: Daphne leaves a stream only a few steps of the loop.
        self.look()
        loop = asyncio.get_running_loop()
        entry = (loop, call)
        self.calls.add(entry)
        try:
            if self.is_set():  # only now: what comes later finds the entry
                call()
            elif self.shared is not None and not self.polled:
                self.poll(loop)
            yield
        finally:
            self.calls.discard(entry)

    def poll(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look at what a parent sets, as long as somebody waits for it."""
        self.polled = bool(self.calls) and not self.is_set()
        if self.polled:
            loop.call_later(INTERVAL, self.poll, loop)
        elif self.calls:
            self.set()

    # What tells of a stop

    def look(self) -> None:
        """Watch what tells this process to stop; only once."""
        if not self.looked:
            self.looked = True
            self.shared = parents_event()
            install(self.set)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Stand around a lifespan: what there was to another server in this process, is over."""
        if self.runs == 0:
            self.looked = self.told = False
        self.look()
        self.runs += 1
        try:
            yield
        finally:
            self.runs -= 1
            if self.runs == 0:
                uninstall()


class Interrupt:
    """A context, to be entered again and again, that ends without an error when it is cut: its task is cancelled."""

    def __init__(self) -> None:
        self.task: asyncio.Task[Any] | None = None
        """The one inside."""
        self.cancelling = 0
        self.made = False

    def __enter__(self) -> None:
        self.task = asyncio.current_task()
        assert self.task is not None, "a coroutine that waits runs in a task"
        self.cancelling = self.task.cancelling()

    def cut(self) -> None:
        """Cancel the task where it waits, if it is inside."""
        if self.task is not None and not self.made:
            self.made = True
            self.task.cancel()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        task, self.task = self.task, None
        if not self.made or task is None:
            return False
        return task.uncancel() <= self.cancelling and isinstance(error, asyncio.CancelledError)


class Handler:
    """A signal handler that says so, and calls the one that was there."""

    def __init__(self, previous: Callable[[int, FrameType | None], object], say: Callable[[], None]) -> None:
        self.previous = previous
        self.say = say

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal; what the server's handler raises, as KeyboardInterrupt, is raised."""
        self.say()
        self.previous(number, frame)


def resolve(future: asyncio.Future[None]) -> None:
    """Give a future its result, unless whoever waited has left."""
    if not future.done():
        future.set_result(None)


def install(say: Callable[[], None]) -> None:
    """Notice the signals that stop this process, where something handles them and Python lets us."""
    if threading.current_thread() is not threading.main_thread() or not callable(signal.getsignal(signal.SIGTERM)):
        return
    for number in SIGNALS:
        previous = signal.getsignal(number)
        if callable(previous) and not isinstance(previous, Handler):
            signal.signal(number, Handler(previous, say))


def uninstall() -> None:
    """Put back what was there, unless somebody has installed another one meanwhile."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in SIGNALS:
        current = signal.getsignal(number)
        if isinstance(current, Handler):
            signal.signal(number, current.previous)


def parents_event() -> Shared | None:
    """The event by which Hypercorn stops a worker, which is among the arguments of its process; None elsewhere."""
    # Nothing public has it: neither the scope nor the application gets to see it.
    arguments: dict[str, Any] = getattr(multiprocessing.current_process(), "_kwargs", {})
    event: Shared | None = arguments.get("shutdown_event")
    return event if hasattr(event, "is_set") else None


stopping = Stopping()
"""Whether the server of this process is stopping."""
