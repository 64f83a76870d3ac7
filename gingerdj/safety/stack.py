"""Whose code stands on the stack of an event loop: the project's, a package's, Django's, Python's.

The frames that count begin where the code of the project is called: below the handler, or below the loop itself where
it runs a task. What stands outside of that (a server, the script that has started the loop) makes no call in there.
"""

from __future__ import annotations

import os
import sysconfig
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from pathlib import Path
from traceback import FrameSummary
from typing import TYPE_CHECKING

import asgiref
import django
from django.core import handlers

import gingerdj

if TYPE_CHECKING:
    from types import FrameType, ModuleType


class Owner(Enum):
    """Whose code a frame runs."""

    PROJECT = auto()
    PACKAGE = auto()
    """One that is installed."""
    DJANGO = auto()
    PYTHON = auto()
    HANDLER = auto()
    """GingerDJ's or Django's, which call the code of the project."""
    LOOP = auto()
    NOBODY = auto()
    """What looks at calls."""


def folder(module: ModuleType) -> str:
    """Where a package stands, with a separator at the end."""
    return os.path.join(module.__path__[0], "")  # noqa: PTH118 - Path takes the separator away


FOLDERS = {
    folder(gingerdj) + "safety" + os.sep: Owner.NOBODY,
    folder(gingerdj): Owner.HANDLER,
    folder(handlers): Owner.HANDLER,
    folder(django): Owner.DJANGO,
    folder(asgiref): Owner.DJANGO,
}
PACKAGES = tuple(f"{os.sep}{name}{os.sep}" for name in ("site-packages", "dist-packages"))
LIBRARY = tuple(os.path.join(sysconfig.get_path(name), "") for name in ("stdlib", "platstdlib"))  # noqa: PTH118
STEPS = {
    "asyncio/runners.py": {"run"},
    "asyncio/base_events.py": {"run_until_complete", "run_forever", "_run_once"},
    "asyncio/events.py": {"_run"},
}
"""The functions of Python by which a loop runs what is on it."""


@lru_cache(maxsize=4096)
def owner(file: str, function: str) -> Owner:
    """Whose code this function of a file is."""
    for path, found in FOLDERS.items():
        if file.startswith(path):
            return found
    if any(part in file for part in PACKAGES):
        return Owner.NOBODY if f"{os.sep}blockbuster{os.sep}" in file else Owner.PACKAGE
    if file.startswith((*LIBRARY, "<frozen ")):
        return Owner.LOOP if within(file, function, STEPS) else Owner.PYTHON
    return Owner.PROJECT


def within(file: str, function: str, places: dict[str, set[str]]) -> bool:
    """Whether a function is among these, each under the end of its file's path."""
    path = file.replace("\\", "/")
    return any(function in functions and path.endswith(end) for end, functions in places.items())


@dataclass(frozen=True)
class Stack:
    """The frames between what calls the code of the project and what runs."""

    frames: tuple[FrameSummary, ...]
    """Outermost first."""
    place: FrameSummary | None
    """The innermost one of the project. Where a request has none, the outermost one of a package."""

    def passes(self, places: dict[str, set[str]]) -> bool:
        """Whether one of these functions runs."""
        return any(within(frame.filename, frame.name, places) for frame in self.frames)


def read(frame: FrameType | None) -> Stack:
    """The stack that ends with this frame."""
    frames: list[FrameSummary] = []
    project = package = None
    while frame is not None:
        code = frame.f_code
        found = owner(code.co_filename, code.co_name)
        if found in {Owner.HANDLER, Owner.LOOP}:
            if found is Owner.LOOP:  # the task of a server or a library: not the project's
                package = None
            break
        if found is not Owner.NOBODY:
            # The line itself is looked up when it is shown.
            summary = FrameSummary(code.co_filename, frame.f_lineno, code.co_name, lookup_line=False)
            frames.append(summary)
            if found is Owner.PROJECT and project is None:
                project = summary
            elif found is Owner.PACKAGE:
                package = summary
        frame = frame.f_back
    else:
        package = None
    return Stack(tuple(reversed(frames)), project or package)


def shown(place: FrameSummary) -> str:
    """A place as people open it: the file, seen from the current folder where it is below that, and the line."""
    try:
        file = Path(place.filename).relative_to(Path.cwd())
    except (ValueError, OSError):  # it stands elsewhere, or the folder is gone
        file = Path(place.filename)
    return f"{file}:{place.lineno}"
