"""Requests per second under a server, with a load generator at the other end of the socket."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.applications import CONTENDERS, Contender
from benchmarks.load import LoadError, checked, load
from benchmarks.project import rows, to_wsgi
from benchmarks.server import ASGI, WSGI, Server, State, running
from benchmarks.table import markdown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from benchmarks.project import Project
    from benchmarks.table import Speeds
    from tests.cost_project.request import Request


@dataclass(frozen=True)
class Plan:
    """How much is measured."""

    rounds: int
    seconds: int
    """Of load, for each contender in each round."""
    connections: int
    """That the load generator keeps busy at once."""
    rows: frozenset[str] = frozenset()
    """Empty for all."""


@dataclass
class Run:
    """What was measured."""

    speeds: dict[str, Speeds] = field(default_factory=lambda: {"wall": {}, "cpu": {}})
    """By clock: requests per second, and per second that the server's processes spend on the processor."""
    before: dict[str, State] = field(default_factory=dict)
    """What each server held before the first request."""
    after: dict[str, State] = field(default_factory=dict)


def measure(project: Project, server: str, plan: Plan) -> Run:
    """Return the speeds of all contenders under this server; the WSGI one runs under Gunicorn, always.

    Raises LoadError and ServerError.
    """
    run = Run()
    requests = rows(project.stack, project.visitor)
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(
                running(
                    WSGI if contender.wsgi else ASGI[server],
                    project.environment(BENCHMARK_CONTENDER=name),
                    project.database,
                    project.folder,
                )
            )
            for name, contender in CONTENDERS.items()
        }
        run.before = {name: running.state() for name, running in servers.items()}
        for row, request in requests.items():
            if not plan.rows or row in plan.rows:
                those = {name: it for name, it in CONTENDERS.items() if it.runs(row)}
                for clock, speeds in measure_row(project, request, those, servers, plan).items():
                    run.speeds[clock][row] = speeds
        run.after = {name: running.state() for name, running in servers.items()}
    return run


def measure_row(
    project: Project,
    request: Request,
    contenders: Mapping[str, Contender],
    servers: Mapping[str, Server],
    plan: Plan,
) -> dict[str, dict[str, list[float]]]:
    """Return the speeds of one row by clock; a first round warms up and is not counted."""
    wall: dict[str, list[float]] = {name: [] for name in contenders}
    cpu: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(plan.rounds + 1):
        for name, contender in contenders.items():
            sent = to_wsgi(request) if contender.wsgi else request
            server = servers[name]
            before = server.processor()
            try:
                done = load(server.port, sent, project.folder, connections=plan.connections, seconds=plan.seconds)
                counted = checked(done, sent)
            except LoadError as error:
                error.add_note(f"It was {name} that answered.")
                raise
            if number:
                wall[name].append(counted.speed)
                cpu[name].append(counted.requests / (server.processor() - before))
    return {"wall": wall, "cpu": cpu}


def states(run: Run) -> str:
    """Return the table of what the servers held, before the first request and after the last."""
    header = ["server process", "memory, MiB", "threads", "database connections"]
    lines = []
    for name, before in run.before.items():
        after = run.after[name]
        memory = f"{before.memory / 1024:.0f} → {after.memory / 1024:.0f}"
        threads = f"{before.threads} → {after.threads}"
        lines.append([name, memory, threads, f"{before.connections} → {after.connections}"])
    return markdown(header, lines)
