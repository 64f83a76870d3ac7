"""A sandbox with a project and the servers of the guide, for tests that start and stop them."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.snippets.sandbox import HostSandbox, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGES = "gingerdj uvicorn[standard] hypercorn granian gunicorn uvicorn-worker daphne"


@contextmanager
def project(wheels: Path, venv: Path, limit: float, *commands: str) -> Iterator[Sandbox]:
    """A new project, after these commands in its folder."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed; on Debian and Ubuntu: sudo apt-get install curl")
    kind = HostSandbox if Sandbox.available() else Sandbox
    with kind(wheels=wheels, layers=venv / "layers", limit=limit) as opened:
        install = f"python -m pip install --quiet {PACKAGES}"
        for command in (install, "gingerdj-admin startproject mysite .", *commands):
            ran = opened.run(command)
            assert (ran.status, ran.output) == (0, "")
        yield opened
