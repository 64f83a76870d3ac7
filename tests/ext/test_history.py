"""When files changed, as git knows it, and what is not said where git does not know."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from _ext import history

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Git = Callable[..., None]

DAYS = [datetime(2026, 11, day, 23, 30, tzinfo=UTC) for day in (1, 2, 3)]


@pytest.fixture
def git() -> Git:
    """Run git in a folder, at a time, without the settings of whoever runs the tests."""

    def run(folder: Path, *arguments: str, time: datetime = DAYS[0]) -> None:
        when = f"{int(time.timestamp())} +0900"  # another day there
        person = {f"GIT_{role}_{part}": "x" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
        own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "GIT_COMMITTER_DATE": when}
        subprocess.run(
            ("git", "-C", str(folder), *arguments),
            check=True,
            capture_output=True,
            env={"PATH": os.environ["PATH"], "GIT_AUTHOR_DATE": when, **person, **own},
        )

    return run


@pytest.fixture
def clone(tmp_path: Path, git: Git) -> Path:
    """A repository: one file changed after the first commit, one not, one outside, one never added."""
    root = tmp_path / "origin"
    docs = root / "docs"
    docs.mkdir(parents=True)
    git(root, "init", "--quiet")
    for day, names in zip(DAYS, (("a.md", "página.md"), ("a.md",), ("../README.md",)), strict=True):
        for name in names:
            (docs / name).write_text(f"{day}", encoding="utf-8")
        git(root, "add", ".")
        git(root, "commit", "--quiet", "--message", "x", time=day)
    (docs / "new.md").write_text("new", encoding="utf-8")
    return root


def test_each_file_has_its_last_commit(clone: Path) -> None:
    docs = clone / "docs"
    assert history.read(docs) == {docs / "a.md": DAYS[1], docs / "página.md": DAYS[0]}


def test_a_shallow_clone_says_nothing_wrong(clone: Path, git: Git, tmp_path: Path) -> None:
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth", "2", f"file://{clone}", str(shallow))
    # Its first commit, the second of all, looks as if it had made every file.
    assert history.read(shallow / "docs") == {}
    git(shallow, "fetch", "--quiet", "--unshallow")
    assert history.read(shallow / "docs")[shallow / "docs" / "página.md"] == DAYS[0]


def test_a_folder_without_git_has_no_history(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    assert history.read(tmp_path / "docs", tmp_path / "absent") == {}
    assert history.read(tmp_path / "absent") == {}


def test_a_host_without_git_has_no_history(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(clone))
    assert history.read(clone / "docs") == {}
