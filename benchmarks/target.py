"""What GingerDJ promises: how many times as fast as another, in one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.ratio import Ratio, number, ratio
from benchmarks.table import markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.table import Speeds

IN_PROCESS = "in process"
UVICORN = "uvicorn"


@dataclass(frozen=True)
class Target:
    """GingerDJ's speed in a row is at least this many times that of another contender."""

    where: str
    """In process, or the name of the server."""
    stack: str
    row: str
    times: float
    other: str = "Django ASGI"

    def measured(self, speeds: Speeds) -> Ratio | None:
        """Return what was reached; None where one of the two did not run."""
        row = speeds.get(self.row, {})
        return ratio(row["GingerDJ"], row[self.other]) if {"GingerDJ", self.other} <= row.keys() else None


TARGETS = [
    Target(IN_PROCESS, "default", "async view", 30),
    Target(IN_PROCESS, "default", "async view", 1, "Django WSGI"),
    Target(IN_PROCESS, "default", "session read", 10),
    Target(IN_PROCESS, "default", "sync view", 12),
    Target(IN_PROCESS, "none", "async view", 0.4, "Starlette"),
    Target(UVICORN, "default", "async view", 12),
    Target(UVICORN, "default", "sync view", 1, "Django WSGI"),
    Target(UVICORN, "none", "async view", 0.75, "Starlette"),
]


def verdicts(where: str, speeds: Mapping[str, Speeds], targets: Iterable[Target] = TARGETS) -> str:
    """Return the table of the targets that belong to this run, whose speeds come by stack; empty where none does."""
    lines: list[Sequence[str]] = []
    for target in targets:
        reached = target.measured(speeds.get(target.stack, {})) if target.where == where else None
        if reached:
            verdict = "met" if reached.median >= target.times else "missed"
            name = f"{target.row}, middleware: {target.stack}, against {target.other}"
            lines.append([name, f"≥ {number(target.times)}", str(reached), verdict])
    return markdown(["target", "wanted", "measured", ""], lines) if lines else ""
