"""Requests per second in this process: what the handler itself costs, without server and sockets.

A batch of requests is awaited one after the other in one task; batches of all contenders take turns.
"""

from __future__ import annotations

import asyncio
import gc
import json
from io import BytesIO
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

from benchmarks.applications import CONTENDERS, Contender
from benchmarks.project import rows, to_wsgi
from tests.cost_project.visitor import prepare

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.table import Speeds
    from tests.cost_project.request import Request

CLOCKS = {"wall": perf_counter, "cpu": process_time}
"""Time that passes, or time that the processor spends on this process, in all of its threads: what a machine that is
busy with other things tells too."""
BATCH = 0.05
"""Seconds that a batch takes, about."""
FEWEST = 10
"""Requests of a batch, at least."""


class BenchmarkError(Exception):
    """An application did not answer as expected."""


def asgi_batch(application: Any, request: Request, runner: asyncio.Runner) -> Callable[[int], int]:
    """Return what makes a number of requests, and returns the last status."""
    scope, events = request.scope(), list(request.events())
    statuses: list[int] = []

    async def send(event: Any) -> None:
        if event["type"] == "http.response.start":
            statuses[:] = [event["status"]]

    async def one() -> None:
        unread = iter(events)

        async def receive() -> Any:
            for event in unread:
                return event
            return await asyncio.get_running_loop().create_future()

        await application(dict(scope), receive, send)

    async def many(number: int) -> int:
        for _ in range(number):
            await one()
        return statuses[0]

    return lambda number: runner.run(many(number))


def environ(request: Request) -> dict[str, Any]:
    """Return what a WSGI server makes of a request, its body apart."""
    headers = {f"HTTP_{name.decode().upper().replace('-', '_')}": value.decode() for name, value in request.headers}
    return {
        **headers,
        "CONTENT_TYPE": headers.get("HTTP_CONTENT_TYPE", ""),
        "CONTENT_LENGTH": str(len(request.body) or ""),
        "HTTP_HOST": "testserver",
        "REQUEST_METHOD": request.method,
        "PATH_INFO": request.path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def wsgi_batch(application: Any, request: Request) -> Callable[[int], int]:
    """Return what makes a number of requests, and returns the last status."""
    given, body = environ(request), request.body
    statuses: list[str] = []

    def start_response(status: str, headers: object, exc_info: object = None) -> None:
        statuses[:] = [status]

    def many(number: int) -> int:
        for _ in range(number):
            response = application({**given, "wsgi.input": BytesIO(body)}, start_response)
            for _ in response:
                pass
            response.close()
        return int(statuses[0][:3])

    return many


def batch(contender: Contender, application: Any, request: Request, runner: asyncio.Runner) -> Callable[[int], int]:
    """Return what makes requests to this application."""
    if contender.wsgi:
        return wsgi_batch(application, to_wsgi(request))
    return asgi_batch(application, request, runner)


def timed(make: Callable[[int], int], number: int, clock: Callable[[], float] = perf_counter) -> float:
    """Return the seconds that this many requests take."""
    gc.collect()
    start = clock()
    make(number)
    return clock() - start


def fitting(make: Callable[[int], int]) -> int:
    """Return how many requests make a batch, after enough of them to warm up."""
    make(FEWEST)
    number = FEWEST
    while (seconds := timed(make, number)) < BATCH / 2:
        number *= 2
    return max(FEWEST, round(number * BATCH / seconds))


def measure(stack: str, rounds: int, clock: str, wanted: frozenset[str]) -> Speeds:
    """Return the speeds in this process, of the project that the environment names.

    Raises BenchmarkError when an application answers with another status than the row expects.
    """
    applications = {name: contender.make() for name, contender in CONTENDERS.items()}
    speeds: Speeds = {}
    with asyncio.Runner() as runner:
        for row, request in rows(stack, prepare()).items():
            if wanted and row not in wanted:
                continue
            batches = {
                name: batch(contender, applications[name], request, runner)
                for name, contender in CONTENDERS.items()
                if contender.runs(row)
            }
            for name, make in batches.items():
                if (status := make(1)) != request.status:
                    raise BenchmarkError(f"{name}: {row} is answered {status}, not {request.status}")
            sizes = {name: fitting(make) for name, make in batches.items()}
            speeds[row] = {name: [] for name in batches}
            for _ in range(rounds):
                for name, make in batches.items():
                    speeds[row][name].append(sizes[name] / timed(make, sizes[name], CLOCKS[clock]))
    return speeds


def dump(stack: str, rounds: int, clock: str, wanted: list[str]) -> None:
    """Print the speeds, for the process that asks for them."""
    print(json.dumps(measure(stack, rounds, clock, frozenset(wanted))))
