"""The threads of requests: leased, given back, used again."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import ThreadSensitiveContext, async_to_sync, sync_to_async

from gingerdj import threads
from gingerdj.threads import LINGER, Lease, Leased, Pool, ThreadLimit, Worker, current
from tests.promises.client import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.promises.site import Database

pytest_plugins = ("tests.promises.fixtures",)


class Clock:
    """A clock that a test sets, and an event loop's timers on it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.closed = False
        self.timers: list[tuple[float, Callable[[], object]]] = []

    def monotonic(self) -> float:
        return self.now

    def is_closed(self) -> bool:
        return self.closed

    def call_soon_threadsafe(self, call: Callable[..., object], *args: Any, **_: Any) -> None:
        if self.closed:
            raise RuntimeError("Event loop is closed")
        call(*args)

    def call_later(self, delay: float, call: Callable[..., object], *args: Any, **_: Any) -> None:
        self.timers.append((self.now + delay, lambda: call(*args)))

    def to(self, now: float) -> None:
        """Set the clock, and run the timers that are due."""
        self.now = now
        due = [timer for timer in self.timers if timer[0] <= now]
        self.timers = [timer for timer in self.timers if timer[0] > now]
        for _, call in due:
            call()


class Hand(Worker):
    """A worker whose calls the test makes itself."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = False
        self.last: Future[None] = Future()
        self.calls: list[tuple[Callable[[], Any], Future[Any]]] = []

    def submit(self, call: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        self.calls.append((call, future))
        return future

    def work(self) -> list[str]:
        """Make all calls; returns their names. What closes connections, closes the one of this worker."""
        calls, self.calls = self.calls, []
        for call, future in calls:
            if call is threads.close_expired:
                self.connected, self.expiry = False, None
                future.set_result(None)
            else:
                future.set_result(call())
        return [getattr(call, "__name__", "") for call, _ in calls]

    def end(self) -> Future[None]:
        self.ended = True
        return self.last


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(threads, "time", SimpleNamespace(monotonic=clock.monotonic))
    return clock


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers without threads."""
    monkeypatch.setattr(threads, "Worker", Hand)


@pytest.fixture
def small(database: Database) -> Iterator[Pool]:
    """A pool of real threads that keeps one."""
    pool = Pool(1, 3)
    yield pool
    for worker in [*pool.idle, *pool.spare]:
        worker.end()
        worker.executor.shutdown()


def identity() -> int:
    """The thread that makes this call."""
    return threading.get_ident()


async def collected(worker: Worker | None) -> None:
    """Wait until nothing refers to the last call of a worker, and collect what can be."""
    assert worker is not None
    await asyncio.wrap_future(worker.executor.submit(int))
    gc.collect()


def wait_for_the_end(pool: Pool, workers: Iterable[Worker | None]) -> None:
    """Wait until those threads have ended that the pool does not keep."""
    for worker in workers:
        if worker is not None and worker not in pool.idle and worker not in pool.spare:
            worker.executor.shutdown()


# The pool


@pytest.mark.usefixtures("hands")
def test_the_thread_last_given_back_is_taken_first(clock: Clock) -> None:
    pool: Any = Pool(3, 3)
    first, second, third = (pool.take() for _ in range(3))
    for worker in (third, first, second):
        pool.give(worker, clock)
    assert [pool.take() for _ in range(3)] == [second, first, third]


@pytest.mark.usefixtures("hands")
def test_so_many_are_kept_and_others_close_their_connections(clock: Clock) -> None:
    pool: Any = Pool(2, 9)
    workers = [pool.take() for _ in range(4)]
    workers[2].connected = True
    for worker in workers:
        pool.give(worker, clock)
    assert [worker.ended for worker in workers] == [False, False, True, False]
    assert (list(pool.idle), pool.spare, pool.busy) == (workers[:2], workers[3:], 1), "one counts until it has closed"
    workers[2].last.set_result(None)
    assert pool.busy == 0


@pytest.mark.usefixtures("hands")
def test_a_burst_starts_no_thread_that_an_earlier_one_has_started(clock: Clock) -> None:
    pool: Any = Pool(1, 9)
    workers = [pool.take() for _ in range(3)]
    for _ in range(3):
        for worker in workers:
            pool.give(worker, clock)
        assert {pool.take() for _ in range(3)} == set(workers)


@pytest.mark.usefixtures("hands")
def test_threads_end_that_no_burst_has_needed_for_a_while(clock: Clock) -> None:
    pool: Any = Pool(1, 9)
    workers = [pool.take() for _ in range(4)]
    for worker in workers:
        pool.give(worker, clock)
    clock.to(1000.0 + LINGER)
    assert [worker.ended for worker in workers] == [False] * 4, "they have been needed since the last look: just now"
    for worker in [pool.take(), pool.take()]:  # the idle one, and one that is spare
        pool.give(worker, clock)
    clock.to(1000.0 + 2 * LINGER)
    assert [worker.ended for worker in workers] == [False, True, True, False]
    clock.to(1000.0 + 3 * LINGER)
    assert [worker.ended for worker in workers] == [False, True, True, True]
    assert (list(pool.idle), pool.spare, clock.timers) == (workers[:1], [], []), "there is nothing left to look at"


@pytest.mark.usefixtures("hands")
def test_spare_threads_are_looked_at_after_their_loop_was_closed(clock: Clock) -> None:
    pool: Any = Pool(1, 9)
    first, second, third = (pool.take() for _ in range(3))
    closed: Any = Clock()
    pool.give(first, closed)
    pool.give(second, closed)
    closed.closed = True
    pool.give(third, clock)
    clock.to(1000.0 + LINGER)
    clock.to(1000.0 + 2 * LINGER)
    assert (second.ended, third.ended) == (True, True)


@pytest.mark.usefixtures("hands")
def test_no_thread_is_kept_where_none_is_wanted(clock: Clock) -> None:
    pool: Any = Pool(0, 9)
    worker = pool.take()
    pool.give(worker, clock)
    assert (worker.ended, pool.spare, pool.busy) == (True, [], 0)


@pytest.mark.usefixtures("hands")
def test_the_limit(clock: Clock) -> None:
    pool: Any = Pool(1, 2)
    first, _ = pool.take(), pool.take()
    with pytest.raises(ThreadLimit, match="GINGER_THREADS_LIMIT is 2"):
        pool.take()
    pool.give(first, clock)
    assert pool.take() is first, "one that is given back may be taken again"


@pytest.mark.usefixtures("hands")
def test_an_idle_thread_closes_what_is_past_its_age(clock: Clock) -> None:
    pool: Any = Pool(2, 2)
    worker = pool.take()
    worker.connected, worker.expiry = True, 1060.0
    pool.give(worker, clock)
    clock.to(1059.0)
    assert worker.calls == []
    clock.to(1060.0)
    assert list(pool.idle) == [], "nobody takes it meanwhile"
    assert worker.work() == ["close_expired"]
    assert (list(pool.idle), pool.busy, clock.timers) == ([worker], 0, [])


@pytest.mark.usefixtures("hands")
def test_a_thread_at_work_is_left_alone_when_its_connection_is_past_its_age(clock: Clock) -> None:
    pool: Any = Pool(2, 2)
    worker = pool.take()
    worker.connected, worker.expiry = True, 1060.0
    pool.give(worker, clock)
    assert pool.take() is worker
    clock.to(1061.0)
    assert worker.calls == [], "the request closes it itself, at its end"
    pool.give(worker, clock)
    assert list(pool.idle) == [], "closed before it is given to anybody"
    assert worker.work() == ["close_expired"]
    assert list(pool.idle) == [worker]


@pytest.mark.usefixtures("hands")
def test_a_thread_has_one_timer_however_many_requests_it_serves(clock: Clock) -> None:
    pool: Any = Pool(2, 2)
    for _ in range(100):
        worker = pool.take()
        worker.connected, worker.expiry = True, 1060.0
        pool.give(worker, clock)
    assert len(clock.timers) == 1


@pytest.mark.usefixtures("hands")
def test_a_timer_follows_a_connection_that_was_made_anew(clock: Clock) -> None:
    pool: Any = Pool(2, 2)
    for expiry in (1060.0, 1090.0):
        worker = pool.take()
        worker.connected, worker.expiry = True, expiry
        pool.give(worker, clock)
    clock.to(1060.0)
    assert worker.calls == []
    clock.to(1090.0)
    assert worker.work() == ["close_expired"]


@pytest.mark.usefixtures("hands")
def test_a_timer_follows_a_connection_that_is_due_earlier(clock: Clock) -> None:
    pool: Any = Pool(2, 2)
    for expiry in (1090.0, 1060.0):
        worker = pool.take()
        worker.connected, worker.expiry = True, expiry
        pool.give(worker, clock)
    clock.to(1060.0)
    assert worker.work() == ["close_expired"]


@pytest.mark.usefixtures("hands")
def test_a_timer_of_a_loop_that_was_closed_is_made_anew(clock: Clock) -> None:
    pool: Any = Pool(2, 2)
    for loop in (before := Clock(), clock):
        worker = pool.take()
        worker.connected, worker.expiry = True, 1060.0
        pool.give(worker, loop)
        before.closed = True
    clock.to(1060.0)
    assert worker.work() == ["close_expired"]


@pytest.mark.usefixtures("hands")
def test_a_loop_that_is_closed_has_no_timers(clock: Clock) -> None:
    pool: Any = Pool(2, 2)
    worker = pool.take()
    worker.connected, worker.expiry = True, 1060.0
    clock.closed = True
    pool.give(worker, clock)
    assert (list(pool.idle), pool.busy) == ([worker], 0)


def test_a_timer_keeps_nothing_of_the_request(database: Database, clock: Clock) -> None:
    """A timer of an event loop holds a context: here not that of the request which gave the thread back."""
    variable: contextvars.ContextVar[object] = contextvars.ContextVar("variable")
    pool = Pool(1, 1)

    class Heavy:
        gone = False

        def __del__(self) -> None:
            Heavy.gone = True

    async def request(lease: Lease) -> None:
        variable.set(Heavy())
        await asyncio.wrap_future(lease.submit(int))
        assert lease.worker is not None
        lease.worker.connected, lease.worker.expiry = True, clock.now + 60
        lease.end()

    async def main() -> None:
        lease = Lease(pool, asyncio.get_running_loop())
        await asyncio.create_task(request(lease))
        await asyncio.sleep(0)  # the loop makes the timer
        del lease
        gc.collect()
        assert Heavy.gone

    run(main())
    for worker in [*pool.idle, *pool.spare]:
        worker.end()
        worker.executor.shutdown()


# The worker


def test_a_worker_knows_whether_its_thread_is_connected(database: Database) -> None:
    from tests.promises.models import Visit  # noqa: PLC0415 - once Django is set up

    database.keep(60)
    worker = Worker()
    assert (worker.connected, worker.expiry) == (False, None)
    assert worker.submit(Visit.objects.count).result() == 0
    assert worker.connected
    assert worker.expiry == database.made[0].close_at
    database.made[0].close_at = 0.0
    worker.submit(threads.close_expired).result()
    assert (worker.connected, worker.expiry, database.open) == (False, None, 0)
    worker.end()
    worker.executor.shutdown()


def test_a_call_that_fails_may_have_connected(database: Database) -> None:
    from tests.promises.models import Visit  # noqa: PLC0415 - once Django is set up

    worker = Worker()
    with pytest.raises(Visit.DoesNotExist):
        worker.submit(Visit.objects.get).result()
    assert worker.connected
    worker.end()
    worker.executor.shutdown()
    assert database.open == 0, "the end of a thread closes its connections"


def test_a_connection_without_an_age_is_kept(database: Database) -> None:
    from tests.promises.models import Visit  # noqa: PLC0415 - once Django is set up

    database.keep(None)
    worker = Worker()
    worker.submit(Visit.objects.count).result()
    assert (worker.connected, worker.expiry) == (True, None)
    worker.end()
    worker.executor.shutdown()


# The lease


def lease_of(pool: Pool) -> Lease:
    """A lease in the running event loop."""
    return Lease(pool, asyncio.get_running_loop())


def test_a_lease_takes_no_thread_before_its_first_call(small: Pool) -> None:
    async def main() -> None:
        lease = lease_of(small)
        assert (small.busy, lease.used) == (0, False)
        lease.end()
        assert (small.busy, len(small.idle)) == (0, 0)

    run(main())


def test_all_calls_of_a_lease_run_on_one_thread(small: Pool) -> None:
    async def main() -> None:
        lease = lease_of(small)
        loop = asyncio.get_running_loop()
        found = {await loop.run_in_executor(lease, identity) for _ in range(5)}
        assert len(found | {identity()}) == 2
        assert (small.busy, lease.used) == (1, False), "nothing runs, no connection is open"
        lease.end()
        assert (small.busy, len(small.idle), lease.worker) == (0, 1, None)

    run(main())


def test_two_leases_at_once_have_two_threads_and_two_after_each_other_have_one(small: Pool) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        one, two = lease_of(small), lease_of(small)
        first = await loop.run_in_executor(one, identity)
        second = await loop.run_in_executor(two, identity)
        assert first != second
        two.end()
        one.end()
        third = lease_of(small)
        assert await loop.run_in_executor(third, identity) == second, "the one that was kept"
        third.end()

    run(main())


def test_a_call_that_runs_at_the_end_keeps_the_thread(small: Pool) -> None:
    async def main() -> None:
        go = threading.Event()
        lease = lease_of(small)
        running = asyncio.wrap_future(lease.submit(go.wait, 10))
        lease.end()
        assert (small.busy, len(small.idle), lease.used) == (1, 0, True)
        another = asyncio.wrap_future(lease.submit(identity))
        go.set()
        await running
        await another
        lease.end()  # waits for the lock of what `done` does, if it does so still
        assert (small.busy, len(small.idle)) == (0, 1)

    run(main())


@pytest.mark.parametrize("expired", [False, True], ids=["", "past its age"])
def test_a_request_that_leaves_gives_its_thread_back_with_the_last_call(expired: bool, small: Pool) -> None:
    """The next request finds it at once, and waits for that call; the call closes what is past its age."""

    async def main() -> None:
        go = threading.Event()
        lease, following = lease_of(small), lease_of(small)
        before = await asyncio.get_running_loop().run_in_executor(lease, identity)
        assert lease.worker is not None
        lease.worker.expiry = 0.0 if expired else None
        lease.leave()
        assert small.busy == 1
        last = asyncio.wrap_future(lease.submit(go.wait, 10))
        assert (small.busy, len(small.idle)) == (0, 1)
        first = asyncio.wrap_future(following.submit(identity))
        go.set()
        assert await last
        assert await first == before
        lease.end()
        following.end()
        assert (small.busy, len(small.idle)) == (0, 1)

    run(main())


def test_a_request_does_not_leave_while_another_call_runs(small: Pool) -> None:
    async def main() -> None:
        go = threading.Event()
        lease = lease_of(small)
        running = asyncio.wrap_future(lease.submit(go.wait, 10))
        lease.leave()
        last = asyncio.wrap_future(lease.submit(identity))
        assert small.busy == 1
        go.set()
        await running
        await last
        lease.end()
        assert small.busy == 0

    run(main())


def test_used_while_a_connection_is_open(small: Pool) -> None:
    from tests.promises.models import Visit  # noqa: PLC0415 - once Django is set up

    async def main() -> None:
        lease = lease_of(small)
        await asyncio.get_running_loop().run_in_executor(lease, Visit.objects.count)
        assert lease.used
        lease.end()

    run(main())


def test_the_first_thing_comes_before_the_first_call_only(small: Pool) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        seen: list[str] = []
        lease = lease_of(small)
        lease.first = lambda: seen.append("first")
        for name in ("one", "two"):
            await loop.run_in_executor(lease, seen.append, name)
        lease.end()
        assert seen == ["first", "one", "two"]

    run(main())


def test_arguments_and_errors_pass(small: Pool) -> None:
    lease: Any = Lease(small, SimpleNamespace(is_closed=lambda: False))  # type: ignore[arg-type]  # what it needs of one
    assert lease.submit(int, "ff", base=16).result() == 255
    with pytest.raises(ValueError, match="invalid literal"):
        lease.submit(int, "x").result()
    lease.end()
    assert small.busy == 0


def test_a_task_that_outlives_its_request_leases_again_until_it_is_gone(small: Pool) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        lease = lease_of(small)
        await loop.run_in_executor(lease, identity)
        lease.end()
        assert small.busy == 0
        found = {await loop.run_in_executor(lease, identity) for _ in range(3)}
        assert (len(found), small.busy) == (1, 1), "nobody says when it ends: it keeps the thread"
        worker = lease.worker
        del lease
        await collected(worker)
        assert (small.busy, len(small.idle)) == (0, 1)

    run(main())


def test_a_lease_that_is_collected_gives_its_thread_back(small: Pool) -> None:
    async def main() -> None:
        lease = lease_of(small)
        await asyncio.get_running_loop().run_in_executor(lease, identity)
        worker = lease.worker
        del lease
        await collected(worker)
        assert (small.busy, len(small.idle)) == (0, 1)

    run(main())


def test_a_lease_that_is_collected_while_the_pool_is_locked(small: Pool) -> None:
    async def main() -> None:
        lease = lease_of(small)
        await asyncio.get_running_loop().run_in_executor(lease, identity)
        await collected(lease.worker)
        with small.lock:
            del lease
            gc.collect()
        assert (small.busy, len(small.idle)) == (0, 1)

    run(main())


def test_a_thread_that_cannot_be_started(small: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The call that failed must not be made by the next request that has more luck."""

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def main() -> None:
        loop = asyncio.get_running_loop()
        made: list[str] = []
        lease = lease_of(small)
        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", start)
            with pytest.raises(RuntimeError, match="can't start new thread"):
                lease.submit(made.append, "failed")
        assert (small.busy, lease.worker, lease.pending) == (0, None, 0)
        await loop.run_in_executor(lease, made.append, "later")
        lease.end()
        assert made == ["later"]
        assert small.busy == 0

    run(main())


def test_no_thread_for_a_lease_past_the_limit(small: Pool) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        leases = [lease_of(small) for _ in range(4)]
        for lease in leases[:3]:
            await loop.run_in_executor(lease, identity)
        with pytest.raises(ThreadLimit):
            leases[3].submit(identity)
        leases[0].end()
        await loop.run_in_executor(leases[3], identity)
        workers = [lease.worker for lease in leases]
        for lease in leases:
            lease.end()
        wait_for_the_end(small, workers)
        assert small.busy == 0

    run(main())


def test_many_leases_from_many_threads(small: Pool) -> None:
    """The pool's numbers are right whoever takes and gives at once."""
    small.limit = 100
    loop: Any = Clock()

    def request(_: int) -> Worker | None:
        lease = Lease(small, loop)
        future = lease.submit(identity)
        worker = lease.worker
        lease.end()
        assert future.result() != identity()
        return worker

    with ThreadPoolExecutor(16) as executor:
        workers = list(executor.map(request, range(500)))
    wait_for_the_end(small, workers)
    assert (small.busy, len(small.idle)) == (0, 1)


def test_an_open_transaction_is_not_handed_on(small: Pool, database: Database) -> None:
    """Django's thread ends with its request, and with it a transaction that nobody ended."""
    from django.db import connection, transaction  # noqa: PLC0415 - once Django is set up

    async def main() -> None:
        loop = asyncio.get_running_loop()
        database.keep(60)
        lease = lease_of(small)
        await loop.run_in_executor(lease, transaction.Atomic("default", savepoint=True, durable=False).__enter__)
        lease.end()
        following = lease_of(small)
        assert not await loop.run_in_executor(following, lambda: connection.in_atomic_block)
        following.end()

    run(main())


# The process


@pytest.mark.usefixtures("pool")
def test_a_child_process_has_threads_of_its_own() -> None:
    parents = threads.pool()
    lease: Any = Lease(parents, SimpleNamespace(is_closed=lambda: False))  # type: ignore[arg-type]  # what it needs
    lease.submit(identity).result()
    lease.end()
    assert len(parents.idle) == 1
    read, write = os.pipe()
    if not (child := os.fork()):
        status = b"shared"
        try:
            lease = Lease(threads.pool(), SimpleNamespace(is_closed=lambda: False))  # type: ignore[arg-type]  # as above
            if threads.pool() is not parents and lease.submit(identity).result(10) and not lease.end():
                status = b"own"
        finally:
            os.write(write, status)
            os._exit(0)
    os.close(write)
    with open(read, "rb") as answer:  # noqa: PTH123 - a descriptor, not a path
        assert answer.read() == b"own"
    os.waitpid(child, 0)


def test_settings_of_the_pool(pool: Pool) -> None:
    from django.test import override_settings  # noqa: PLC0415 - once Django is set up

    assert (pool.kept, pool.limit) == (threads.KEPT, threads.LIMIT)
    assert threads.pool() is pool
    with override_settings(GINGER_THREADS=0, GINGER_THREADS_LIMIT=7):
        threads.pool.cache_clear()
        assert (threads.pool().kept, threads.pool().limit) == (0, 7)


# The context of a request


def test_leased_runs_all_thread_sensitive_calls_on_its_thread(pool: Pool) -> None:
    async def main() -> None:
        with Leased() as leased:
            assert current() is leased.lease
            assert leased.lease is not None
            found = {await sync_to_async(identity)() for _ in range(3)}
            other = await sync_to_async(identity, thread_sensitive=False)()
            assert (len(found), pool.busy) == (1, 1)
            assert other not in found
        assert current() is None
        assert (pool.busy, len(pool.idle)) == (0, 1)

    run(main())


def test_leased_inside_another_context_of_asgiref_changes_nothing(pool: Pool) -> None:
    async def main() -> None:
        async with ThreadSensitiveContext():
            outside = await sync_to_async(identity)()
            with Leased() as leased:
                assert leased.lease is None
                assert current() is None
                assert await sync_to_async(identity)() == outside
            assert await sync_to_async(identity)() == outside
        assert (pool.busy, len(pool.idle)) == (0, 0)

    run(main())


def test_leased_inside_leased_uses_the_same_thread(pool: Pool) -> None:
    async def main() -> None:
        with Leased() as outer:
            outside = await sync_to_async(identity)()
            with Leased() as inner:
                assert inner.lease is None
                assert current() is outer.lease
                assert await sync_to_async(identity)() == outside
            assert await sync_to_async(identity)() == outside
            assert pool.busy == 1
        assert pool.busy == 0

    run(main())


def test_a_request_begun_in_another_keeps_its_thread_when_that_one_ends(pool: Pool) -> None:
    """Uvicorn starts a pipelined request in the task of the one before, so that it inherits its context."""

    async def following(go: asyncio.Event) -> None:
        with Leased():
            before = await sync_to_async(identity)()
            go.set()
            await ended.wait()
            taken = pool.take()  # by another request
            assert await sync_to_async(identity)() == before
            pool.give(taken, asyncio.get_running_loop())

    ended = asyncio.Event()

    async def main() -> None:
        go = asyncio.Event()
        with Leased():
            await sync_to_async(identity)()
            task = asyncio.create_task(following(go))
            await go.wait()
        ended.set()
        await task
        assert pool.busy == 0

    run(main())


def test_below_async_to_sync_the_waiting_thread_makes_the_calls(pool: Pool) -> None:
    async def request() -> int:
        with Leased():
            assert current() is None
            return await sync_to_async(identity)()

    assert async_to_sync(request)() == identity()
    assert (pool.busy, len(pool.idle)) == (0, 0)


def test_below_async_to_sync_inside_leased(pool: Pool) -> None:
    """As in synchronous middleware, which waits for the view below it."""

    async def view() -> tuple[bool, int]:
        return current() is None, await sync_to_async(identity)()

    def middleware() -> tuple[int, bool, int]:
        return identity(), *async_to_sync(view)()

    async def main() -> None:
        with Leased() as leased:
            outside, hidden, inside = await sync_to_async(middleware)()
            assert outside == inside
            assert hidden, "the thread waits: a call to the lease would wait for it"
            assert current() is leased.lease

    run(main())


def test_a_task_keeps_its_context_and_gives_the_thread_back_with_it(pool: Pool) -> None:
    async def main() -> None:
        go = asyncio.Event()

        async def background() -> int:
            await go.wait()
            return await sync_to_async(identity)()

        with Leased():
            await sync_to_async(identity)()
            task = asyncio.create_task(background())
        assert (pool.busy, len(pool.idle)) == (0, 1)
        (worker,) = pool.idle
        go.set()
        assert await task != identity()
        assert pool.busy == 1, "as long as the task is there"
        del task
        await collected(worker)
        assert (pool.busy, len(pool.idle)) == (0, 1)

    run(main())
