"""What people put around Django does the same with GingerDJ's handler: the same responses, the same reports."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.project.commands import ROOT

pytestmark = pytest.mark.slow
LIMIT = 120  # seconds; each run takes two or three
PACKAGES = ["none", "sentry", "opentelemetry", "whitenoise", "debug-toolbar", "allauth", "channels", "staticfiles"]
REPORTING = {"sentry", "opentelemetry"}


def run(package: str, handler: str) -> Any:
    """What came of the project with this package and this handler."""
    program = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.third_parties.program", package, handler],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert program.returncode == 0, program.stderr
    return json.loads(program.stdout)


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_differs(package: str) -> None:
    django, gingerdj = run(package, "django"), run(package, "gingerdj")
    assert django["responses"]["/async/"][0] == 200
    assert gingerdj == django
    assert bool(django["reported"]) == (package in REPORTING)


def test_a_difference_would_be_seen() -> None:
    assert run("whitenoise", "gingerdj")["responses"] != run("none", "gingerdj")["responses"]
