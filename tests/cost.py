"""What a request costs in Django's default stack: hops, threads, temporary files, connections.

    python -m tests.cost

Prints the table of the guide's page on performance, in Markdown: Django's ASGI handler → GingerDJ's. Each handler is
measured in a process of its own, in the steady state: after requests that warm it up, one like the other.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings
from django.db import connections
from django.test import override_settings

from tests.cost_project.meter import Cost, Meter
from tests.cost_project.request import Request, answer
from tests.cost_project.visitor import Visitor, prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.cost_project.request import Application

ROOT = Path(__file__).resolve().parent.parent
HANDLERS = {"Django": "django.core.handlers.asgi", "GingerDJ": "gingerdj.handler"}
COLUMNS = {
    "hops": "hops",
    "threads": "threads started",
    "files": "temporary files",
    "connections": "connections opened",
}
LIMIT = 20
"""Seconds for one request; each takes milliseconds."""
WARM_UP = 3
REPEAT = 3

Costs = dict[tuple[str, str], Cost]
"""The cost by name of the row and kind of the view."""


class CostError(Exception):
    """A request was not answered as expected, or did not cost the same each time."""


@dataclass(frozen=True)
class Row:
    """A line of the table, or two: one for each kind of view."""

    name: str
    request: Request
    """`{kind}` in its path is the kind of the view."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings that differ from the project's."""
    kinds: Sequence[str] = ("async", "sync")
    age: int = 0
    """CONN_MAX_AGE, in seconds."""

    def to(self, kind: str) -> Request:
        """Return the request to this kind of view."""
        return replace(self.request, path=self.request.path.format(kind=kind))


def rows(visitor: Visitor) -> list[Row]:
    """Return the lines of the table, in order. Django is set up."""
    nothing = Request("/{kind}/nothing/")
    missing = Request("/{kind}/missing/", status=404)
    broken = Request("/{kind}/broken/", status=500)
    sync_only = "tests.cost_project.middleware.SyncOnly"
    pages = {"TEMPLATES": [{**settings.TEMPLATES[0], "DIRS": [ROOT / "tests" / "cost_project" / "error_pages"]}]}
    return [
        Row("nothing touched", nothing),
        Row("session read", Request("/{kind}/session/", headers=visitor.headers)),
        Row("session written", Request("/{kind}/save/", headers=visitor.headers)),
        Row("user", Request("/{kind}/user/", headers=visitor.headers)),
        Row("ORM, one query", Request("/{kind}/orm/")),
        Row("sync-only middleware added, outermost", nothing, {"MIDDLEWARE": [sync_only, *settings.MIDDLEWARE]}),
        Row("sync-only middleware added, innermost", nothing, {"MIDDLEWARE": [*settings.MIDDLEWARE, sync_only]}),
        Row("404, no such URL", Request("/none/", status=404), kinds=["–"]),
        Row("404, raised", missing),
        Row("404, raised, own template", missing, pages),
        Row("500", broken),
        Row("500, own template", broken, pages),
        Row("template response", Request("/{kind}/page/")),
        Row("stream: sync iterator, 3 chunks", Request("/{kind}/lines/")),
        Row("stream: async iterator, 3 chunks", Request("/{kind}/alines/")),
        Row("form with CSRF token", visitor.form("/{kind}/form/")),
        Row("upload of 5 MB", visitor.upload("/{kind}/upload/", 5_000_000)),
        # Last, because the connections stay open.
        Row("ORM, one query, CONN_MAX_AGE = 60", Request("/{kind}/orm/"), age=60),
    ]


async def measure(application: Application, request: Request) -> Cost:
    """Return the cost of this request in the steady state.

    Raises CostError when the answer is not the expected one, or the cost not the same each time.
    """
    costs = []
    for _ in range(WARM_UP + REPEAT):
        meter = Meter()
        with meter.running():
            # In a task of its own, as under a server; made by hand, so that it is not counted.
            sent = await asyncio.wait_for(asyncio.Task(answer(application, request)), LIMIT)
        if sent[0]["status"] != request.status:
            raise CostError(f"{request.method} {request.path} is answered {sent[0]['status']}, not {request.status}")
        costs.append(meter.cost)
    if len(set(costs[WARM_UP:])) != 1:
        raise CostError(f"{request.method} {request.path} does not cost the same each time: {costs[WARM_UP:]}")
    return costs[-1]


def fill(loop: asyncio.AbstractEventLoop, size: int = 4) -> None:
    """Give the loop an executor whose threads are all there: otherwise it is chance which request starts one."""
    executor = ThreadPoolExecutor(size)
    barrier = threading.Barrier(size)
    for future in [executor.submit(barrier.wait) for _ in range(size)]:
        future.result()
    loop.set_default_executor(executor)


async def measure_row(make: Callable[[], Application], row: Row) -> Costs:
    """Return the costs of one row."""
    fill(asyncio.get_running_loop())
    application = make()
    return {(row.name, kind): await measure(application, row.to(kind)) for kind in row.kinds}


def measure_here(handler: str) -> Costs:
    """Return the costs of this handler, measured in this process; the environment names settings and database."""
    django.setup()
    # Django warns of a sync iterator in an async handler: here that is the thing to count.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume", category=Warning)
    make = import_module(HANDLERS[handler]).ASGIHandler
    costs: Costs = {}
    for row in rows(prepare()):
        connections.settings["default"]["CONN_MAX_AGE"] = row.age
        with override_settings(**row.settings):
            costs |= asyncio.run(measure_row(make, row))
    return costs


def measure_apart(handler: str) -> Costs:
    """Return the costs of this handler, measured in a process of its own, with a database of its own.

    Raises CostError when that process fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = {name: value for name, value in os.environ.items() if name != "GINGER_SETTINGS_MODULE"} | {
            "DJANGO_SETTINGS_MODULE": "tests.cost_project.settings",
            "COST_DATABASE": str(Path(folder) / "db.sqlite3"),
        }
        code = f"from tests import cost; cost.dump({handler!r})"
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise CostError(f"the cost of {handler} could not be measured:\n{done.stderr}")
    return {(row, kind): Cost(**cost) for row, kind, cost in json.loads(done.stdout)}


def dump(handler: str) -> None:
    """Print the costs of this handler, for the process that asks for them."""
    print(json.dumps([[*key, asdict(cost)] for key, cost in measure_here(handler).items()]))


def table(before: Costs, after: Costs) -> str:
    """Return both in one Markdown table, each number as `before → after`."""
    lines = [["request", "view", *COLUMNS.values()], ["---", "---", *["---:"] * len(COLUMNS)]]
    for (name, kind), cost in before.items():
        other = after[name, kind]
        lines.append([name, kind, *(f"{getattr(cost, column)} → {getattr(other, column)}" for column in COLUMNS)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    print(table(*(measure_apart(handler) for handler in HANDLERS)), end="")
