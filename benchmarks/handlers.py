"""How fast GingerDJ is, side by side with Django's two handlers, Starlette and a bare callable.

    python -m benchmarks.handlers [--in-process] [--server NAME]... [--growth] [--plots FOLDER] [--row NAME]...

Prints tables in Markdown: Django's ASGI handler in requests per second, the others as multiples of it, measured in
rounds in which all take turns: the median, and in parentheses the quartiles. Django under WSGI answers with the sync
view of the same name; under a server it runs on threads of Gunicorn. Starlette takes part in
the rows that need nothing of Django.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from subprocess import CalledProcessError
from typing import TYPE_CHECKING

from benchmarks import crowd, growth, plot, under_server
from benchmarks.in_process import CLOCKS
from benchmarks.load import LoadError
from benchmarks.project import ROWS, STACKS, Project
from benchmarks.server import ASGI, ServerError
from benchmarks.table import compare
from benchmarks.target import IN_PROCESS, verdicts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.table import Speeds


UNITS = {"wall": "requests/s", "cpu": "requests per second of processor"}


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.handlers", description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--in-process", action="store_true", help="call the applications directly (without --server, the default)"
    )
    parser.add_argument(
        "--server",
        choices=ASGI,
        action="append",
        default=[],
        help="run them under this one, loaded by wrk; may be repeated",
    )
    parser.add_argument(
        "--growth",
        action="store_true",
        help="also 1,000 requests at once in process, 1 to 4,096 clients under a server",
    )
    parser.add_argument("--plots", type=Path, metavar="FOLDER", help="draw the plots too, as SVG files in this folder")
    parser.add_argument("--rounds", type=int, default=7, help="in which all take turns (7)")
    parser.add_argument("--seconds", type=int, default=2, help="of load for each, under a server (2)")
    parser.add_argument(
        "--clock", choices=CLOCKS, default="wall", help="requests per second, or per second of processor"
    )
    parser.add_argument("--connections", type=int, default=32, help="that are busy at once, under a server (32)")
    parser.add_argument("--age", type=int, default=0, help="CONN_MAX_AGE (0)")
    parser.add_argument("--stack", choices=STACKS, action="append", help="the middleware; may be repeated (both)")
    parser.add_argument(
        "--row", choices=ROWS, action="append", default=[], help="a row of the table; may be repeated (all)"
    )
    return parser.parse_args(arguments)


def run_in_process(options: argparse.Namespace, project: Project) -> Speeds:
    """Return the speeds, measured in one process of the project."""
    arguments = (project.stack, options.rounds, options.clock, options.row)
    speeds: Speeds = json.loads(project.run(f"from benchmarks import in_process; in_process.dump(*{arguments!r})"))
    return speeds


def run_under_server(options: argparse.Namespace, server: str, project: Project) -> Speeds:
    """Return the speeds under a server; print what its processes hold."""
    plan = under_server.Plan(options.rounds, options.seconds, options.connections, frozenset(options.row))
    run = under_server.measure(project, server, plan)
    print(under_server.states(run))
    return run.speeds[options.clock]


def measure(options: argparse.Namespace, where: str, project: Project) -> Speeds:
    """Return the speeds at this place."""
    return run_in_process(options, project) if where == IN_PROCESS else run_under_server(options, where, project)


def run_growth(options: argparse.Namespace, where: str, project: Project) -> None:
    """Print, and draw, how the cost grows with the number of those who ask at once."""
    if where == IN_PROCESS:
        print(crowd.table(crowd.measure(project)), flush=True)
        return
    found = growth.measure(project, where, options.seconds)
    print(growth.table(found), flush=True)
    if options.plots:
        plot.curves(
            found, f"{growth.ROW}, {where}, middleware: {project.stack}", file(options, "clients", where, project)
        )


def run_stack(options: argparse.Namespace, where: str, stack: str) -> Speeds:
    """Measure with one stack of middleware; print the tables, and draw the plots."""
    print(f"## Middleware: {stack}\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder), stack, options.age)
        speeds = measure(options, where, project)
        print(compare(speeds, UNITS[options.clock]), flush=True)
        if options.plots:
            plot.bars(speeds, f"{where}, middleware: {stack}", file(options, "rows", where, project))
        if options.growth:
            run_growth(options, where, project)
    return speeds


def file(options: argparse.Namespace, kind: str, where: str, project: Project) -> Path:
    """Return where a plot goes."""
    folder: Path = options.plots
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{kind}-{where}-{project.stack}.svg".replace(" ", "-")


def title(options: argparse.Namespace, where: str) -> str:
    """Return the heading of the run: where, and on what."""
    clock = "" if options.clock == "wall" else " The processor's time is measured, not the clock's."
    packages = ["django", "asgiref", *(() if where == IN_PROCESS else (where,))]
    software = ", ".join(f"{name} {version(name)}" for name in packages)
    details = f"{options.rounds} rounds, CONN_MAX_AGE = {options.age}"
    # Where more wants to run than can, the clock counts the wait for a processor: --clock cpu does not.
    load = f"When it began, the load was {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors."
    return f"# Handlers: {where}\n\nPython {platform.python_version()}, {software}, {details}.{clock} {load}\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark, print its tables; return the exit status."""
    options = parse(arguments)
    places = [*([IN_PROCESS] if options.in_process or not options.server else []), *options.server]
    try:
        for where in places:
            print(title(options, where))
            speeds = {stack: run_stack(options, where, stack) for stack in options.stack or STACKS}
            print(verdicts(where, speeds), flush=True)
    except (LoadError, ServerError, CalledProcessError) as error:
        print(error, *getattr(error, "__notes__", ()), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
