"""The cost of a request, exactly: Django's numbers, and GingerDJ's. The guide's page on performance prints them."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.db.backends.signals import connection_created

from tests import cost
from tests.cost_project import meter
from tests.cost_project.meter import Cost, Meter
from tests.cost_project.request import CHUNK, Request, answer

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow

Numbers = tuple[int, int, int, int]
"""Hops, threads started, temporary files, connections opened."""

TABLE: dict[tuple[str, str], tuple[Numbers, Numbers]] = {
    # request, view: (Django's, GingerDJ's)
    ("nothing touched", "async"): ((15, 2, 1, 0), (0, 0, 0, 0)),
    ("nothing touched", "sync"): ((16, 2, 1, 0), (1, 0, 0, 0)),
    ("session read", "async"): ((16, 2, 1, 1), (2, 0, 0, 1)),
    ("session read", "sync"): ((16, 2, 1, 1), (2, 0, 0, 1)),
    ("session written", "async"): ((16, 2, 1, 1), (3, 0, 0, 1)),
    ("session written", "sync"): ((16, 2, 1, 1), (3, 0, 0, 1)),
    ("user", "async"): ((17, 2, 1, 1), (3, 0, 0, 1)),
    ("user", "sync"): ((16, 2, 1, 1), (2, 0, 0, 1)),
    ("ORM, one query", "async"): ((16, 2, 1, 1), (2, 0, 0, 1)),
    ("ORM, one query", "sync"): ((16, 2, 1, 1), (2, 0, 0, 1)),
    ("sync-only middleware added, outermost", "async"): ((16, 2, 1, 0), (1, 0, 0, 0)),
    ("sync-only middleware added, outermost", "sync"): ((17, 2, 1, 0), (2, 0, 0, 0)),
    ("sync-only middleware added, innermost", "async"): ((4, 2, 1, 0), (2, 0, 0, 0)),
    ("sync-only middleware added, innermost", "sync"): ((5, 2, 1, 0), (3, 0, 0, 0)),
    ("404, no such URL", "–"): ((16, 2, 1, 0), (2, 0, 0, 0)),
    ("404, raised", "async"): ((18, 2, 1, 0), (2, 0, 0, 0)),
    ("404, raised", "sync"): ((19, 2, 1, 0), (3, 0, 0, 0)),
    ("404, raised, own template", "async"): ((18, 2, 1, 0), (2, 0, 0, 0)),
    ("404, raised, own template", "sync"): ((19, 2, 1, 0), (3, 0, 0, 0)),
    ("500", "async"): ((18, 2, 1, 0), (2, 0, 0, 0)),
    ("500", "sync"): ((19, 2, 1, 0), (3, 0, 0, 0)),
    ("500, own template", "async"): ((18, 2, 1, 0), (2, 0, 0, 0)),
    ("500, own template", "sync"): ((19, 2, 1, 0), (3, 0, 0, 0)),
    ("template response", "async"): ((16, 2, 1, 0), (1, 0, 0, 0)),
    ("template response", "sync"): ((17, 2, 1, 0), (1, 0, 0, 0)),
    ("stream: sync iterator, 3 chunks", "async"): ((16, 2, 1, 0), (5, 0, 0, 0)),
    ("stream: sync iterator, 3 chunks", "sync"): ((17, 2, 1, 0), (6, 0, 0, 0)),
    ("stream: async iterator, 3 chunks", "async"): ((15, 2, 1, 0), (0, 0, 0, 0)),
    ("stream: async iterator, 3 chunks", "sync"): ((16, 2, 1, 0), (1, 0, 0, 0)),
    ("form with CSRF token", "async"): ((15, 2, 1, 0), (0, 0, 0, 0)),
    ("form with CSRF token", "sync"): ((16, 2, 1, 0), (1, 0, 0, 0)),
    ("upload of 5 MB", "async"): ((15, 2, 3, 0), (6, 0, 2, 0)),
    ("upload of 5 MB", "sync"): ((16, 2, 3, 0), (7, 0, 2, 0)),
    ("ORM, one query, CONN_MAX_AGE = 60", "async"): ((16, 2, 1, 1), (2, 0, 0, 0)),
    ("ORM, one query, CONN_MAX_AGE = 60", "sync"): ((16, 2, 1, 1), (2, 0, 0, 0)),
}
UPLOAD_HOPS = {"async": 51, "sync": 52} if django.VERSION >= (6, 1) else {}
"""A body that is on disk costs Django a hop for each event from 6.1 on; before, it was written on the event loop."""


def djangos(row: str, kind: str) -> Numbers:
    """Return the numbers of the Django that is installed."""
    hops, threads, files, connections = TABLE[row, kind][0]
    return (UPLOAD_HOPS.get(kind, hops) if row == "upload of 5 MB" else hops, threads, files, connections)


def numbers(measured: Cost) -> Numbers:
    """Return the four numbers of the table."""
    return (measured.hops, measured.threads, measured.files, measured.connections)


@pytest.fixture(scope="module")
def before() -> cost.Costs:
    """Django's, measured."""
    return cost.measure_apart("Django")


@pytest.fixture(scope="module")
def after() -> cost.Costs:
    """GingerDJ's, measured."""
    return cost.measure_apart("GingerDJ")


@pytest.mark.parametrize(("row", "kind"), TABLE)
def test_djangos_handler_costs(row: str, kind: str, before: cost.Costs) -> None:
    assert numbers(before[row, kind]) == djangos(row, kind)


@pytest.mark.parametrize(("row", "kind"), TABLE)
def test_our_handler_costs(row: str, kind: str, after: cost.Costs) -> None:
    assert numbers(after[row, kind]) == TABLE[row, kind][1]


def test_every_row_is_stated_here(before: cost.Costs) -> None:
    assert list(before) == list(TABLE)


def test_our_handler_makes_no_task(after: cost.Costs) -> None:
    """Middleware, view and send run in the task that the server made."""
    assert after["nothing touched", "async"].tasks == 0


def test_no_hop_of_ours_hides(after: cost.Costs) -> None:
    """What goes to a thread by another way than `run_in_executor` still wakes the loop when it comes back."""
    assert after["nothing touched", "async"].wakeups == 0
    assert after["nothing touched", "sync"].wakeups == 1


def test_table(before: cost.Costs) -> None:
    lines = cost.table(before, {key: Cost(0, 1, 2, 3, 0, 0) for key in before}).splitlines()
    assert lines[0] == "| request | view | hops | threads started | temporary files | connections opened |"
    assert lines[2] == "| nothing touched | async | 15 → 0 | 2 → 1 | 1 → 2 | 0 → 3 |"
    assert len(lines) == 2 + len(TABLE)


def count(application: Callable[..., Any]) -> Cost:
    """Return what this application costs."""

    async def run() -> Cost:
        return await cost.measure(application, Request("/"))

    return asyncio.run(run())


async def respond(send: Callable[[dict[str, Any]], Any], status: int = 200) -> None:
    """Send an empty response."""
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body"})


def make_spooled() -> None:
    """Make a file that stays in memory."""
    with tempfile.SpooledTemporaryFile(max_size=10) as file:
        file.write(b"x")


def make_rolled() -> None:
    """Make a file that moves to disk."""
    with tempfile.SpooledTemporaryFile(max_size=10) as file:
        file.write(b"x" * 11)


def make_imported() -> None:
    """Make a file through a name that was imported."""
    NamedTemporaryFile().close()


def start_thread() -> None:
    """Start a thread, and wait for it."""
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (int, Cost(0, 0, 0, 0, 0, 0)),
        (make_spooled, Cost(0, 0, 1, 0, 0, 0)),
        (make_rolled, Cost(0, 0, 2, 0, 0, 0)),
        (make_imported, Cost(0, 0, 1, 0, 0, 0)),
        (start_thread, Cost(0, 1, 0, 0, 0, 0)),
        (lambda: connection_created.send(sender=None), Cost(0, 0, 0, 1, 0, 0)),
    ],
)
def test_meter_counts_on_the_loop_and_in_a_thread(work: Callable[[], object], expected: Cost) -> None:
    async def application(scope: object, receive: object, send: Any) -> None:
        work()
        await respond(send)

    async def threaded(scope: object, receive: object, send: Any) -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as executor:
            await loop.run_in_executor(executor, work)
        await respond(send)

    assert count(application) == expected
    hop = {"hops": 1, "threads": expected.threads + 1, "wakeups": 1}  # a new executor starts a thread
    assert count(threaded) == Cost(**{**vars(expected), **hop})


def test_meter_counts_tasks_but_the_servers() -> None:
    async def application(scope: object, receive: object, send: Any) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(respond(send))

    assert count(application).tasks == 1


def test_meter_leaves_all_as_it_was() -> None:
    names: list[tuple[Any, str]] = [
        (asyncio.BaseEventLoop, "run_in_executor"),
        (asyncio.BaseEventLoop, "call_soon_threadsafe"),
        (threading.Thread, "start"),
        (tempfile.SpooledTemporaryFile, "__init__"),
        (tempfile, "NamedTemporaryFile"),
    ]
    originals = [getattr(owner, name) for owner, name in names]
    counter = Meter()  # it stays: what is gone takes its receiver with it

    async def run() -> None:
        with counter.running():
            assert all(getattr(owner, name) is not it for (owner, name), it in zip(names, originals, strict=True))
        assert asyncio.get_running_loop().get_task_factory() is None

    asyncio.run(run())
    assert [getattr(owner, name) for owner, name in names] == originals
    assert not connection_created.disconnect(counter._connected), "it was still connected"


def test_holders_are_those_who_imported_the_name() -> None:
    modules = meter.holders(NamedTemporaryFile, "NamedTemporaryFile")
    assert tempfile in modules
    assert all(vars(module)["NamedTemporaryFile"] is NamedTemporaryFile for module in modules)


def test_unexpected_status_is_an_error() -> None:
    async def application(scope: object, receive: object, send: Any) -> None:
        await respond(send, 500)

    with pytest.raises(cost.CostError, match="GET / is answered 500, not 200"):
        count(application)


def test_cost_that_changes_is_an_error() -> None:
    calls = 0

    async def application(scope: object, receive: object, send: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == cost.WARM_UP + cost.REPEAT:
            await asyncio.to_thread(int)
        await respond(send)

    with pytest.raises(cost.CostError, match="GET / does not cost the same each time"):
        count(application)


def test_first_requests_may_cost_more() -> None:
    calls = 0

    async def application(scope: object, receive: object, send: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == cost.WARM_UP:
            await asyncio.to_thread(int)
        await respond(send)

    assert count(application).hops == 0


def test_failure_apart_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cost.HANDLERS, "Nobody", "nowhere")
    with pytest.raises(cost.CostError, match=r"(?s)cost of Nobody could not be measured:.*KeyError: 'Nobody'"):
        cost.measure_apart("Nobody")


def test_body_comes_in_the_chunks_of_a_server() -> None:
    received: list[Any] = []

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        assert (b"content-length", str(CHUNK + 1).encode()) in scope["headers"]
        while not received or received[-1]["more_body"]:
            received.append(await receive())
        await respond(send)

    asyncio.run(answer(application, Request("/", "POST", body=b"x" * (CHUNK + 1))))
    assert [len(event["body"]) for event in received] == [CHUNK, 1]


def test_body_of_one_chunk_is_one_event() -> None:
    assert [event["more_body"] for event in Request("/", body=b"x" * CHUNK).events()] == [False]


def test_request_without_body_is_one_empty_event() -> None:
    assert list(Request("/").events()) == [{"type": "http.request", "body": b"", "more_body": False}]
