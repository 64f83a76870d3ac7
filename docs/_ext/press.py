"""Sphinx, loaded once: each build is done by a copy of a process that has all of its modules.

A copy builds once and ends, so that no build gets what another has left behind: gettext keeps each catalogue that it
has read, Sphinx some of its own words.
"""

from __future__ import annotations

import gc
import io
import json
import logging
import os
import runpy
import subprocess
import sys
from contextlib import ExitStack, redirect_stderr, redirect_stdout, suppress
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from multiprocessing.connection import Connection
    from types import TracebackType

FORK = get_context("fork")


class Press:
    """The process that copies itself; it gets ready while its owner does something else."""

    def __init__(self, folder: Path) -> None:
        """Start it in the folder of the guide's conf.py."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "_ext.press"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder / "docs")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Press:
        """Return the press itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait until it has done what it was asked for, though nobody may want to know any more, and let it end."""
        with self._process, suppress(BrokenPipeError):
            _stream(self._process.stdin).close()
            _stream(self._process.stdout).read()

    def start(self, builds: Iterable[list[str]]) -> None:
        """Begin builds, each given by Sphinx's arguments, all at the same time, after those of an earlier call."""
        stream = _stream(self._process.stdin)
        # What ended too early is told by its results.
        with suppress(BrokenPipeError):
            stream.write(f"{json.dumps([*builds])}\n")
            stream.flush()

    def results(self) -> list[str]:
        """Wait for the builds of the first call that has not been waited for; return what each said when it failed."""
        said: list[str] = json.loads(_stream(self._process.stdout).readline() or '["Sphinx ended too early"]')
        return said


def _stream(stream: IO[str] | None) -> IO[str]:
    assert stream
    return stream


def load(folder: Path) -> None:
    """Make this process ready to build, with the extensions of the guide whose conf.py stands in a folder."""
    from sphinx.application import builtin_extensions  # noqa: PLC0415  # what only starts processes is quick

    settings = runpy.run_path(str(folder / "conf.py"))
    for name in ("sphinx.cmd.build", *builtin_extensions, *settings["extensions"]):
        import_module(name)
    # A build keeps nearly all that it makes until it ends, and to look for garbage takes a tenth of its time.
    gc.disable()
    # Nobody sees what Sphinx notes for its own developers, and it notes a lot about each message.
    logging.disable(logging.DEBUG)


def _builds(builds: list[list[str]]) -> list[str]:
    with ExitStack() as stack:
        answers = []
        for arguments in builds:
            answer, end = FORK.Pipe(duplex=False)
            process = FORK.Process(target=_build, args=(arguments, end))
            process.start()
            stack.callback(process.join)
            end.close()
            answers.append(answer)
        return [_answer(answer) for answer in answers]


def _build(arguments: list[str], end: Connection) -> None:
    from sphinx.cmd.build import main as sphinx  # noqa: PLC0415  # see above

    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        status = sphinx(arguments)
    end.send((said.getvalue() or f"Sphinx ended with {status}") if status else "")


def _answer(answer: Connection) -> str:
    try:
        said: str = answer.recv()
    except EOFError:
        return "Sphinx ended too early"
    return said


def main() -> None:
    """Answer each line of the standard input, a list of builds, with a line: what each said."""
    load(Path.cwd())
    for line in sys.stdin:
        sys.stdout.write(f"{json.dumps(_builds(json.loads(line)))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
