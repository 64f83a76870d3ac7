"""One run of Django's tests in a process of its own, and what came of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.django_suite import source

if TYPE_CHECKING:
    from collections.abc import Sequence

DJANGO = "django.core.handlers.asgi.ASGIHandler"
GINGERDJ = "gingerdj.handler.ASGIHandler"


@dataclass(frozen=True)
class Mode:
    """A way to run the tests: which handler, and what it is put in place of."""

    handler: str
    placed: str
    """``none``, ``asgi`` (handler, request, asynchronous test client) or ``chain`` (the synchronous client too)."""


MODES = {
    "asgi": Mode(GINGERDJ, "asgi"),
    "chain": Mode(GINGERDJ, "chain"),
    # What the two above are compared with: Django as it is, and Django's own handler put in the same places.
    "plain": Mode(DJANGO, "none"),
    "plain-chain": Mode(DJANGO, "chain"),
}


class RunEndedError(Exception):
    """The run ended without a result: the message ends with what it printed last."""


@dataclass(frozen=True)
class Outcome:
    """What became of each test; the keys are the ids of unittest."""

    ran: frozenset[str]
    """All tests that were collected, the skipped ones too."""
    failed: dict[str, str]
    """The tracebacks of a test, or of a class whose set-up failed."""
    skipped: dict[str, str]
    """The reasons."""

    @property
    def passed(self) -> frozenset[str]:
        """The tests that ran and did not fail."""
        return self.ran - self.failed.keys() - self.skipped.keys()


def run(mode: Mode, labels: Sequence[str], *, workers: int, limit: float) -> Outcome:
    """Run the tests with these labels.

    ``limit`` is in seconds. Raises RunEndedError where the run stops early, and where a label holds no test;
    SourceUnavailableError where Django's tests can't be fetched.
    """
    folder = source.tests_folder()
    with tempfile.TemporaryDirectory() as temporary:
        written = Path(temporary) / "outcome.json"
        command = [sys.executable, "-m", "tests.django_suite.inside", mode.handler, mode.placed]
        command += ["--parallel", str(workers), "--verbosity", "0", "--noinput", *labels]
        printed = communicate(command, folder, written, limit)
        if not written.exists():
            raise RunEndedError(f"{' '.join(command)}\n{printed[-6000:]}")
        outcome = json.loads(written.read_text(encoding="utf-8"))
    ran = frozenset(outcome["ran"])
    if empty := [label for label in labels if not any(within(test, label) for test in ran)]:
        raise RunEndedError(f"no test was found for {', '.join(empty)}: is the label right?")
    return Outcome(ran, outcome["failed"], outcome["skipped"])


def communicate(command: Sequence[str], folder: Path, written: Path, limit: float) -> str:
    """Run a command in the folder of Django's tests, and end it with all it started at the limit."""
    path = os.pathsep.join(filter(None, [str(source.ROOT), os.environ.get("PYTHONPATH")]))
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": path,
        "PYTHONDONTWRITEBYTECODE": "1",
        "DJANGO_SUITE_OUTCOME": str(written),
        "HOME": str(written.parent),
        "LANG": "C.UTF-8",
    }
    with (
        (written.parent / "printed").open("w+", encoding="utf-8", errors="replace") as printed,
        subprocess.Popen(
            command, cwd=folder, env=environment, stdout=printed, stderr=subprocess.STDOUT, start_new_session=True
        ) as process,
    ):
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            print(f"not finished after {limit} seconds", file=printed)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        printed.seek(0)
        return printed.read()


def within(test: str, label: str) -> bool:
    """Whether a label (module, class or test) stands for a test."""
    return f"{test}.".startswith(f"{label}.")
