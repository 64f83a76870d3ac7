"""The locks answer what ``pyproject.toml`` asks for, carry a hash for every file, and no address."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = runpy.run_path(str(ROOT / "scripts" / "locks.py"))


def test_locks_match() -> None:
    assert LOCKS["problems"]() == []


@pytest.mark.parametrize(
    ("asked", "instead", "named"),
    [
        ('"asgiref>=3.13"', '"asgiref>=99"', "asgiref>=99"),
        ('"hypercorn",', '"hypercorn", "quart",', "quart"),
        ('"sphinx>=9.0,<9.1"', '"sphinx<9"', "sphinx<9"),
    ],
)
def test_a_change_of_pyproject_is_noticed(tmp_path: Path, asked: str, instead: str, named: str) -> None:
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert asked in project
    (tmp_path / "pyproject.toml").write_text(project.replace(asked, instead), encoding="utf-8")
    found = LOCKS["problems"](tmp_path)
    assert found
    assert all(named in problem for problem in found)


@pytest.mark.parametrize("lock", LOCKS["LOCKS"].values())
def test_every_pin_has_a_hash_and_none_an_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = [entry for entry in text.split("\n") if entry[:1].isalnum()]
    assert entries
    assert all(entry.endswith("\\") for entry in entries)
    assert "://" not in text
