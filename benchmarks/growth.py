"""How the cost grows: what a server achieves, and holds, when ever more clients ask at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.applications import CONTENDERS
from benchmarks.load import load
from benchmarks.project import rows, to_wsgi
from benchmarks.ratio import number
from benchmarks.server import ASGI, WSGI, running
from benchmarks.table import markdown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.load import Load
    from benchmarks.project import Project
    from benchmarks.server import State

CLIENTS = (1, 4, 16, 64, 256, 1024, 4096)
ROW = "async view"


@dataclass(frozen=True)
class Point:
    """A number of clients."""

    clients: int
    load: Load
    state: State
    """What the server held right after."""


def measure(project: Project, server: str, seconds: int) -> Mapping[str, Sequence[Point]]:
    """Return the points of each contender, whose servers run one after the other. Raises LoadError and ServerError."""
    request = rows(project.stack, project.visitor)[ROW]
    found = {}
    for name, contender in CONTENDERS.items():
        sent = to_wsgi(request) if contender.wsgi else request
        arguments = WSGI if contender.wsgi else ASGI[server]
        environment = project.environment(BENCHMARK_CONTENDER=name)
        with running(arguments, environment, project.database, project.folder) as one:
            found[name] = [
                Point(
                    clients,
                    load(one.port, sent, project.folder, connections=clients, seconds=seconds),
                    one.state(),
                )
                for clients in CLIENTS
            ]
    return found


def table(found: Mapping[str, Sequence[Point]]) -> str:
    """Return the table of all points. What was refused, or not answered, is not hidden."""
    header = ["server process", "clients", "requests/s", "99 % within, ms", "not answered", "memory, MiB", "threads"]
    return markdown(
        header,
        [
            [
                name,
                str(point.clients),
                number(point.load.speed),
                number(point.load.p99 / 1000),
                str(point.load.refused + point.load.broken),
                str(point.state.memory // 1024),
                str(point.state.threads),
            ]
            for name, points in found.items()
            for point in points
        ],
    )
