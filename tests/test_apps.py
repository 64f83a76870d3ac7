"""The app: what Django's own commands know of GingerDJ in a project that installs it."""

from pathlib import Path

import pytest

from tests.project.commands import ROOT, python
from tests.test_checks import install_fork

pytestmark = pytest.mark.slow  # each starts a process that sets Django up


def test_registers_the_checks(tmp_path: Path) -> None:
    command = ("-m", "django", "check", "--settings=tests.project.settings", "--tag=gingerdj")
    assert python(*command, folder=tmp_path).returncode == 0
    ended = python(*command, folder=tmp_path, PYTHONPATH=f"{ROOT}:{install_fork(tmp_path)}")
    assert ended.returncode == 1
    assert "gingerdj.E001" in ended.stderr


def test_brings_startproject(tmp_path: Path) -> None:
    command = ("-m", "django", "help", "startproject", "--settings=tests.project.settings")
    assert "Makes a GingerDJ project" in python(*command, folder=tmp_path).stdout
