"""What every test shares: the options of a run, the folders, the wheels of the pages."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.project.commands import start_project
from tests.snippets import evidence
from tests.snippets.sandbox import Sandbox
from tests.snippets.wheels import gather

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of a page run; ``--update-examples`` comes with pytest-examples."""
    parser.addoption("--until", metavar="LINE", type=int, help="run a page up to the block that holds this line")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to rewrite pages from several processes: they would overwrite each other's pages."""
    config.addinivalue_line("markers", "slow: takes long, Django's own tests above all; `make test` runs it")
    config.addinivalue_line("markers", "pages: runs the blocks of a page, with its servers")
    config.addinivalue_line("markers", "site: looks at the built site, some of it in a browser; after the pages")
    if config.getoption("update_examples", default=False) and config.getoption("numprocesses", default=None):
        raise pytest.UsageError("--update-examples writes pages: run it in one process, without -n")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI nothing may be skipped: what a test lacks there is a missing line of ``.ci/run``."""
    report = yield
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say so where pages ran on the host itself."""
    ran = any("test_docs.py" in report.nodeid for report in terminalreporter.stats.get("passed", []))
    if ran and (reason := Sandbox.available()):
        terminalreporter.write_line(f"no sandbox here ({reason}): the pages ran on this host, one at a time")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Put the evidence of all workers together, once, in the process that started them."""
    if not hasattr(session.config, "workerinput") and (ROOT / "build" / "evidence").is_dir():
        evidence.collect(ROOT / "build")


@pytest.fixture(scope="session")
def started_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project as `startproject` makes it. Tests only read it."""
    return start_project(tmp_path_factory.mktemp("started"))


@pytest.fixture
def new_project(started_project: Path, tmp_path: Path) -> Path:
    """The folder of such a project that a test may change."""
    return shutil.copytree(started_project, tmp_path, dirs_exist_ok=True)


@pytest.fixture(scope="session")
def venv() -> Path:
    """The virtual environment that the Makefile made, which holds the pages' wheels."""
    folder = Path(sys.prefix)
    if not (folder / "wheels").is_dir():
        pytest.exit(f"{folder} has no wheels for the pages: run the tests through `make test`, or run `make setup`", 3)
    return folder


@pytest.fixture(scope="session")
def wheels(venv: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the wheels that pages install."""
    folder = gather(venv, tmp_path_factory.mktemp("wheels"))
    yield folder
    shutil.rmtree(folder)
