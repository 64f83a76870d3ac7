"""gingerdj.W012: Django's own manage.py where GINGER_SETTINGS_MODULE names other settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.project.commands import python

if TYPE_CHECKING:
    from pathlib import Path

DJANGOS = """
import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")
execute_from_command_line(sys.argv)
"""
pytestmark = pytest.mark.slow  # each starts processes that set Django up

VARIABLE = {"GINGER_SETTINGS_MODULE": "mysite.production"}


@pytest.fixture
def project(new_project: Path) -> Path:
    """A project with two settings modules."""
    (new_project / "mysite" / "production.py").write_text("from mysite.settings import *\n")
    return new_project


def test_djangos_own_manage_py(project: Path) -> None:
    (project / "manage.py").write_text(DJANGOS)
    ended = python("manage.py", "check", folder=project, **VARIABLE)
    assert ended.returncode == 0
    assert (
        "?: (gingerdj.W012) GINGER_SETTINGS_MODULE is 'mysite.production' in the environment, but the settings in use "
        "are 'mysite.settings': Django's own commands do not read that variable.\n\tHINT: In manage.py, import "
        "execute_from_command_line from gingerdj.management"
    ) in ended.stderr


@pytest.mark.parametrize("named", ["mysite.settings", ""])
def test_the_same_module_or_none(named: str, project: Path) -> None:
    (project / "manage.py").write_text(DJANGOS)
    ended = python("manage.py", "check", folder=project, GINGER_SETTINGS_MODULE=named)
    assert "gingerdj.W012" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("option", [(), ("--settings", "mysite.settings")])
def test_our_own_manage_py(option: tuple[str, ...], project: Path) -> None:
    ended = python("manage.py", "check", *option, folder=project, **VARIABLE)
    assert "gingerdj.W012" not in ended.stdout + ended.stderr
