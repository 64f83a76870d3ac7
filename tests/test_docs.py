"""The guide, executed: one test for each page and edition.

``pytest -k servers/uvicorn`` runs one page, ``--until 120`` stops it after the block that holds line 120, and
``--update-examples`` writes the real output into it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.snippets import evidence
from tests.snippets.floor import IS_FLOOR, on_floor
from tests.snippets.page import EDITIONS, Edition, Page, PageError
from tests.snippets.parse import parse
from tests.snippets.report import report
from tests.snippets.rewrite import rewrite
from tests.snippets.sandbox import PATH, SandboxError
from tests.snippets.scenario import Scenario
from tests.snippets.stage import stage

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"

PROGRAMS = {"bash": "bash", "curl": "curl", "make": "make", "pkill": "procps"}
"""What the pages type beside Python, and Debian's package for it."""
MORE_PROGRAMS = {
    "howto/host-the-guide": {"nginx": "nginx"},
    "contribute/translate": {"hunspell": "hunspell hunspell-pt-br"},
}
"""The same for what only one page types."""

pytestmark = pytest.mark.pages


def keys() -> list[str]:
    """Every page of the guide, by its stem."""
    pages = (path.relative_to(DOCS) for path in sorted(DOCS.rglob("*.md")))
    return [page.with_suffix("").as_posix() for page in pages if not page.parts[0].startswith("_")]


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("key", keys())
def test_page(key: str, edition: Edition, wheels: Path, venv: Path, request: pytest.FixtureRequest) -> None:
    """Every block of the page does what the page says, and nothing is left running."""
    for program, package in {**PROGRAMS, **MORE_PROGRAMS.get(key, {})}.items():
        # Not every user of this machine has /usr/sbin in the path, and the sandbox has.
        if shutil.which(program) is None and shutil.which(program, path=PATH) is None:
            pytest.skip(f"{program} is not installed; on Debian and Ubuntu: sudo apt-get install {package}")
    path = DOCS / f"{key}.md"
    page = read(path, key)
    until = request.config.getoption("until")
    update = request.config.getoption("update_examples")
    try:
        with stage(page, wheels=wheels, venv=venv, root=ROOT) as sandbox:
            result = Scenario(page, edition, sandbox, record=update).run(until)
    except SandboxError as error:
        pytest.fail(f"no verdict on {path.relative_to(ROOT)}: {error}", pytrace=False)
    if update:
        rewrite(result)
    elif until is None:
        evidence.write(result, ROOT / "build")
    if result.failure is not None:
        pytest.fail(report(result, path.relative_to(ROOT).as_posix()), pytrace=False)
    for block in page.blocks:
        if "norun" in block.options:
            print(f"docs/{key}.md:{block.line}: not run: {block.options['norun']}")


def read(path: Path, key: str) -> Page:
    """The page as this Django prints it; one that cannot be run as it is written is red at its line."""
    try:
        page = parse(path, key)
    except PageError as error:
        pytest.fail(str(error).removeprefix(f"{ROOT}/"), pytrace=False)
    return on_floor(page) if IS_FLOOR else page
