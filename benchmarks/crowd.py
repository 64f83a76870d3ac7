"""A thousand requests at once that only wait: whether all are answered, and what they cost the process."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from benchmarks.applications import CONTENDERS
from benchmarks.server import status
from benchmarks.table import markdown
from tests.cost_project.request import Request, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from benchmarks.project import Project
    from tests.cost_project.request import Application

CROWD = 1000
SLEEP = Request("/async/sleep/")
NAMES = ("Django ASGI", "GingerDJ")


@dataclass(frozen=True)
class Crowd:
    """What became of them."""

    answered: int
    """Responses with status 200."""
    started: int
    """Threads."""
    memory: int
    """KiB by which the peak of resident memory is higher than what the process held before."""


def measure(project: Project) -> Mapping[str, Crowd]:
    """Return what a crowd costs each handler, in a process of its own."""
    code = "from benchmarks import crowd; crowd.dump({!r})"
    return {name: Crowd(**json.loads(project.run(code.format(name)))) for name in NAMES}


def dump(name: str) -> None:
    """Print what a crowd costs this process."""
    print(json.dumps(asdict(asyncio.run(visit(CONTENDERS[name].make())))))


async def visit(application: Application) -> Crowd:
    """Let one request through, then all of them."""
    await answer(application, SLEEP)
    before = int(status("self")["VmRSS"].split()[0])
    forget_peak()
    with Started() as started:
        sent = await asyncio.gather(*(answer(application, SLEEP) for _ in range(CROWD)))
    peak = int(status("self")["VmHWM"].split()[0])
    return Crowd(sum(events[0]["status"] == 200 for events in sent), started.number, peak - before)


def forget_peak() -> None:
    """Let the peak of resident memory begin again, see proc(5)."""
    Path("/proc/self/clear_refs").write_text("5")


class Started:
    """Counts the threads that are started inside."""

    def __init__(self) -> None:
        self.number = 0
        self.patch = patch.object(threading.Thread, "start", self.counting(threading.Thread.start))

    def counting(self, start: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
        """Return a start that counts."""

        def counted(thread: threading.Thread) -> None:
            self.number += 1
            start(thread)

        return counted

    def __enter__(self) -> Started:
        self.patch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.patch.stop()


def table(found: Mapping[str, Crowd]) -> str:
    """Return the table."""
    header = [f"{CROWD} at once", "answered", "threads started", "memory, MiB"]
    lines: Iterable[list[str]] = (
        [name, str(crowd.answered), str(crowd.started), f"+ {crowd.memory / 1024:.0f}"] for name, crowd in found.items()
    )
    return markdown(header, list(lines))
