"""Runs Python programs as a shell would: in a process of their own, with nothing of this process's environment."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIMIT = 120  # seconds, after which something hangs

# What a program finds of the environment: gingerdj of this checkout, and warnings that are errors.
ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error", "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}


def python(*arguments: str, folder: Path, given: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Return how Python ended with these arguments, in this folder, with these variables added.

    `given` is what it reads from standard input.
    """
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=ENVIRONMENT | variables,
        input=given,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )


def start_project(folder: Path, name: str = "mysite") -> Path:
    """Make a project in this folder with `startproject` and return the folder."""
    made = python("-m", "gingerdj", "startproject", name, ".", folder=folder)
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    return folder
