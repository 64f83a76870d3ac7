"""Threads for the synchronous code of requests: leased at the first call, given back at the end, used again.

Django promises that the synchronous code of one request stays on one thread. Its own handler starts a thread for each
request to keep that promise, and a second one to end the first: database connections, which belong to threads, end
with it, whatever CONN_MAX_AGE says. Here a request takes a thread that another one has given back.

No request waits for a thread, as waiting for one that holds a thread itself can be for ever: what the idle ones cannot
serve, new ones do. Past ``GINGER_THREADS`` (idle at once) a thread that is given back ends: at once if it has a
connection, else when no burst of requests has needed it for a while. Past ``GINGER_THREADS_LIMIT`` (at work) there is
ThreadLimit.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import Context
from functools import cache, partial
from itertools import count
from threading import RLock
from typing import TYPE_CHECKING, Any, Self, TypeVar

from asgiref.sync import AsyncToSync, SyncToAsync, ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.db import connections

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.backends.base.base import BaseDatabaseWrapper

R = TypeVar("R")

KEPT = min(32, (os.cpu_count() or 1) + 4)
"""Idle threads that a process keeps where GINGER_THREADS does not say: as many as Python's own default executor has."""
LIMIT = 4096
"""Threads at work at once in a process where GINGER_THREADS_LIMIT does not say."""

LINGER = 5.0
"""Seconds between two looks at the threads that are too many: those that nobody has needed in between, end."""
NUMBERS = count(1)
"""For the names of threads."""


class ThreadLimit(Exception):  # noqa: N818 - it is the limit, reached; the handler answers 503
    """As many threads are at work as GINGER_THREADS_LIMIT allows.

    Raised where synchronous code needs one more. The handler answers it with 503.
    """


def opened() -> list[BaseDatabaseWrapper]:
    """The open database connections of this thread."""
    return [connection for connection in connections.all(initialized_only=True) if connection.connection is not None]


def connected() -> bool:
    """Whether this thread has an open database connection."""
    return bool(opened())


def close_expired() -> None:
    """Close the database connections of this thread that are unusable or past their age."""
    for connection in connections.all(initialized_only=True):
        connection.close_if_unusable_or_obsolete()


def later(loop: asyncio.AbstractEventLoop, seconds: float, call: Callable[..., object], *arguments: object) -> None:
    """Make a call on an event loop after a while, from any thread; never, where the loop is closed."""
    with suppress(RuntimeError):
        # The context of the request would live as long as the timer.
        loop.call_soon_threadsafe(loop.call_later, seconds, call, *arguments, context=Context())


class Worker:
    """One thread, at work for one request at a time."""

    def __init__(self) -> None:
        self.executor = ThreadPoolExecutor(1, thread_name_prefix=f"gingerdj-{next(NUMBERS)}")
        self.connected = False
        """Whether a database connection was open on the thread after its last call."""
        self.expiry: float | None = None
        """When the first of them is due to be closed, on the monotonic clock, if ever."""
        self.spoilt = False
        """Whether one is in a transaction, which would be the next request's."""
        self.timer: tuple[asyncio.AbstractEventLoop, float] | None = None
        """Where and when a timer looks at the thread."""

    def submit(self, call: Callable[[], R]) -> Future[R]:
        """Run a call on the thread, after those that it has got before."""
        return self.executor.submit(self.run, call)

    def run(self, call: Callable[[], R]) -> R:
        """Run a call on this thread, and look at its connections afterwards."""
        try:
            return call()
        finally:
            found = opened()
            self.connected = bool(found)
            self.expiry = min((one.close_at for one in found if one.close_at is not None), default=None)
            self.spoilt = any(one.in_atomic_block for one in found)

    def expired(self) -> bool:
        """Whether a connection is past its age."""
        return self.expiry is not None and self.expiry <= time.monotonic()

    def end(self) -> Future[None]:
        """Close the connections, and end the thread. Returns the last call's future."""
        last = self.executor.submit(connections.close_all)
        self.executor.shutdown(wait=False)
        return last


class Pool:
    """The threads of a process. Its methods may be called on any thread."""

    def __init__(self, kept: int, limit: int) -> None:
        self.kept = kept
        self.limit = limit
        self.idle: deque[Worker] = deque()
        self.spare: list[Worker] = []
        """Those past ``kept``, without connections: to start threads anew for each burst costs more than its calls."""
        self.unneeded = 0
        """The fewest spare ones since the last look."""
        self.looking: asyncio.AbstractEventLoop | None = None
        """Where a timer looks at them."""
        self.busy = 0
        self.lock = RLock()  # a lease may be collected, and given back, while it is held

    def take(self) -> Worker:
        """An idle thread, the one last used before others, so that connections are shared; or a new one.

        Raises ThreadLimit.
        """
        with self.lock:
            if self.busy >= self.limit:
                raise ThreadLimit(
                    f"GINGER_THREADS_LIMIT is {self.limit}, and so many threads run the synchronous code of requests"
                )
            self.busy += 1
            if self.idle:
                return self.idle.pop()
            if self.spare:
                self.unneeded = min(self.unneeded, len(self.spare) - 1)
                return self.spare.pop()
            return Worker()

    def give(self, worker: Worker, loop: asyncio.AbstractEventLoop) -> None:
        """Take a thread back, once it has closed its connections that are past their age."""
        if worker.expired():
            worker.submit(close_expired).add_done_callback(lambda _: self.keep(worker, loop))
        else:
            self.keep(worker, loop)

    def keep(self, worker: Worker, loop: asyncio.AbstractEventLoop) -> None:
        """Keep an idle thread for the next request; where enough are kept, as a spare one, or not at all."""
        with self.lock:
            kept = len(self.idle) < self.kept and not worker.spoilt
            spare = not kept and self.kept > 0 and not worker.connected
            if kept:
                self.idle.append(worker)
            elif spare:
                self.spare.append(worker)
            self.busy -= kept or spare
        if spare:
            self.look_later(loop)
        elif not kept:
            self.end(worker)
        elif worker.expiry is not None:
            self.remind(worker, worker.expiry, loop)

    def end(self, worker: Worker) -> None:
        """End a thread that is at work no more. Until its connection is closed, it counts."""
        connected = worker.connected
        last = worker.end()
        if connected:
            last.add_done_callback(self.gone)
        else:
            self.gone(last)

    def look_later(self, loop: asyncio.AbstractEventLoop) -> None:
        """Have a timer look at the spare threads, unless one does already."""
        if self.looking is None or self.looking.is_closed():
            self.looking = loop
            later(loop, LINGER, self.look, loop)

    def look(self, loop: asyncio.AbstractEventLoop) -> None:
        """End the spare threads that nobody has needed since the last look."""
        with self.lock:
            ended, self.spare = self.spare[: self.unneeded], self.spare[self.unneeded :]
            self.unneeded = len(self.spare)
            self.looking = None
        for worker in ended:
            worker.end()
        if self.spare:
            self.look_later(loop)

    def drop(self, worker: Worker) -> None:
        """End a thread that could not be started: the call is in its queue, and would be made by the next request."""
        worker.executor.shutdown(wait=False, cancel_futures=True)
        self.gone(None)

    def remind(self, worker: Worker, when: float, loop: asyncio.AbstractEventLoop) -> None:
        """Look at a thread at this time, unless that is planned already: most requests change nothing."""
        if worker.timer is not None and not worker.timer[0].is_closed() and worker.timer[1] <= when:
            return
        worker.timer = (loop, when)
        later(loop, when - time.monotonic(), self.expire, worker, loop)

    def gone(self, _: Future[None] | None) -> None:
        """A thread has no connection any more: only now is there room for another one."""
        with self.lock:
            self.busy -= 1

    def expire(self, worker: Worker, loop: asyncio.AbstractEventLoop) -> None:
        """Have a thread that is idle still close what is past its age."""
        with self.lock:
            worker.timer = None
            if worker not in self.idle:
                return
            self.idle.remove(worker)
            self.busy += 1
        self.give(worker, loop)


class Lease(Executor):
    """What runs the synchronous code of one request: a thread, taken at the first call.

    asgiref hands it each thread-sensitive call of ``sync_to_async`` that the request makes; see ``Leased``.
    """

    def __init__(self, pool: Pool, loop: asyncio.AbstractEventLoop, *, brief: bool = False) -> None:
        self.pool = pool
        self.loop = loop
        self.brief = brief
        """Whether the thread is given back whenever nothing runs on it: a long connection would keep it for hours."""
        self.first: Callable[[], object] | None = None
        """What a thread does before its first call, once it is leased."""
        self.worker: Worker | None = None
        self.pending = 0
        """Calls that have not ended."""
        self.ending = False
        self.leaving = False
        self.holders = 1
        """Requests that run on this lease: its own, and those that began in its context."""
        self.lock = RLock()

    def share(self) -> None:
        """Serve one more request, which ends it too."""
        with self.lock:
            self.holders += 1

    @property
    def used(self) -> bool:
        """Whether calls are running, or the thread has an open database connection: the request must end on it."""
        return self.worker is not None and (self.pending > 0 or self.worker.connected)

    def submit(self, call: Callable[..., R], /, *args: Any, **kwargs: Any) -> Future[R]:
        """Run a call on the thread of the request. Raises ThreadLimit when there can be none."""
        bound = partial(call, *args, **kwargs)
        with self.lock:
            worker = self.worker
            if worker is None:
                worker = self.pool.take()
                bound = partial(after, self.first, bound)
            try:
                future = worker.submit(bound)
            except BaseException:
                if self.worker is None:
                    self.pool.drop(worker)
                raise
            self.worker = worker
            self.pending += 1
            if self.leaving:
                self.give()
        future.add_done_callback(self.done)
        return future

    def done(self, _: Future[Any]) -> None:
        """A call has ended: the last one of a request that is over gives the thread back."""
        with self.lock:
            self.pending -= 1
            self.settle()

    def end(self) -> None:
        """Give the thread back after the last call.

        A task that outlives its request may call again: it leases a thread until it is gone itself.
        """
        with self.lock:
            self.holders -= 1
            self.ending = self.holders <= 0
            self.settle()

    def settle(self) -> None:
        """Give the thread back if that is wanted, and nothing runs on it."""
        if (self.ending or self.brief) and self.pending == 0:
            self.ending = False
            self.give()

    def release(self) -> None:
        """Give the thread back early, if nothing runs on it and nothing of the request is left on it."""
        with self.lock:
            if self.worker is not None and not self.used and self.holders == 1:
                self.give()

    def leave(self) -> None:
        """The next call is the last one, and a short one: give the thread back with it.

        A client that asks again at once finds the same thread, with its connection; its first call waits for this one.
        """
        if self.pending == 0 and self.holders == 1:
            self.leaving = True

    def give(self) -> None:
        """Give the thread back, where there is one."""
        if self.worker is None:
            return
        if self.leaving and self.worker.expired():
            self.worker.expiry = None  # its last call closes the connection
        self.pool.give(self.worker, self.loop)
        self.worker, self.leaving = None, False

    def __del__(self) -> None:
        """Nobody can call any more."""
        if self.worker is not None:
            self.holders = 0
            self.end()


def after(first: Callable[[], object] | None, call: Callable[[], R]) -> R:
    """Make a call after another one, where there is one."""
    if first is not None:
        first()
    return call()


class Leased(ThreadSensitiveContext):
    """The context in which the synchronous code of a request runs on a leased thread.

    Inside another ThreadSensitiveContext it changes nothing, as asgiref's own does not: whoever opened that one has
    decided on the thread. ``brief`` is for what begins in a request and goes on after it: it leases a thread for each
    call, or for calls that overlap.
    """

    def __init__(self, *, brief: bool = False) -> None:
        super().__init__()
        self.brief = brief
        self.lease: Lease | None = None
        self.shared: Lease | None = None
        """The lease of the request in whose context this one began: one that a view makes, or a pipelined one."""

    def __enter__(self) -> Self:
        around = SyncToAsync.thread_sensitive_context.get(None)
        if around is None or (self.brief and isinstance(around, Leased)):
            self.lease = Lease(pool(), asyncio.get_running_loop(), brief=self.brief)
            if self.brief:
                self.lease.first = close_expired
            # The dictionary is weak: a task that outlives the request keeps its context, and with it the lease.
            SyncToAsync.context_to_thread_executor[self] = self.lease
            self.token = SyncToAsync.thread_sensitive_context.set(self)
        elif isinstance(around, Leased) and around.lease is not None:
            self.shared = around.lease
            self.shared.share()
        return self

    def __exit__(self, *_: object) -> None:
        if self.token is not None:
            SyncToAsync.thread_sensitive_context.reset(self.token)
            self.token = None
        for lease in (self.lease, self.shared):
            if lease is not None:
                lease.end()


def make(call: Callable[..., R], *args: Any, **kwargs: Any) -> R:
    """Make a call."""
    return call(*args, **kwargs)


in_thread = sync_to_async(make)
"""Make a call on the thread of the request: ``await in_thread(call, *args)``. One hop.

``sync_to_async(call)`` would make a wrapper for each call, which takes longer than to copy the context.
"""


def current() -> Lease | None:
    """The lease that runs the synchronous code of this request; None where somebody else has decided on the thread.

    That is so inside another ThreadSensitiveContext, and below ``async_to_sync``, whose thread waits for such calls:
    the test client's, which holds the connection of a TestCase.
    """
    if getattr(AsyncToSync.executors, "current", None) is not None:
        return None
    context = SyncToAsync.thread_sensitive_context.get(None)
    return context.lease if isinstance(context, Leased) else None


@cache
def pool() -> Pool:
    """The threads of this process."""
    return Pool(getattr(settings, "GINGER_THREADS", KEPT), getattr(settings, "GINGER_THREADS_LIMIT", LIMIT))


# A child has none of its parent's threads.
os.register_at_fork(after_in_child=pool.cache_clear)
