"""The process table."""

from __future__ import annotations

import contextlib
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass
class Process:
    """A line of the process table."""

    parent: int
    state: str
    command: str


def processes() -> dict[int, Process]:
    """The process table, without zombies."""
    table = from_proc() if Path("/proc/self/stat").exists() else from_ps()
    return {pid: process for pid, process in table if process.state[0] not in "ZX"}


def from_proc() -> Iterator[tuple[int, Process]]:
    """The process table of Linux, see proc(5)."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):  # a process may go at any moment
                # The program's name comes in parentheses and may itself hold spaces and parentheses.
                state, parent = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[:2]
                command = (folder / "cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ")
                yield int(folder.name), Process(int(parent), state, command.decode(errors="replace"))


def from_ps() -> Iterator[tuple[int, Process]]:
    """The process table where there is no /proc."""
    columns = ("ps", "-A", "-ww", "-o", "pid=,ppid=,state=,args=")
    for line in subprocess.run(columns, capture_output=True, text=True, check=True).stdout.splitlines():
        pid, parent, state, command = line.split(maxsplit=3)
        yield int(pid), Process(int(parent), state, command)


def tree(root: int, table: Mapping[int, Process]) -> set[int]:
    """A process and all that descend from it."""
    found = {root}
    while more := {pid for pid, process in table.items() if process.parent in found} - found:
        found |= more
    return found
