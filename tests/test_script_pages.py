"""The scripts that readers download, really run, each in an empty sandbox. See also tests/test_script.py."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.snippets.parse import parse
from tests.snippets.sandbox import Sandbox
from tests.snippets.script import script
from tests.snippets.stage import stage

if TYPE_CHECKING:
    from tests.snippets.page import Edition

ROOT = Path(__file__).resolve().parent.parent
PAGES: tuple[tuple[str, Edition], ...] = (
    # Tabs, a session, a snippet, settings; a reload, workers and sockets; background clients and clocks.
    ("index", "gingerdj"),
    ("servers/uvicorn", "django"),
    ("howto/websockets", "gingerdj"),
)

pytestmark = [
    pytest.mark.pages,
    pytest.mark.skipif(Sandbox.available() is not None, reason=f"no sandbox on this host: {Sandbox.available()}"),
]


@pytest.mark.parametrize(("key", "edition"), PAGES)
def test_the_script_of_a_page_runs(key: str, edition: Edition, wheels: Path, venv: Path) -> None:
    page = parse(ROOT / "docs" / f"{key}.md", key)
    text = script(page, edition, versions={})
    assert text is not None
    with stage(page, wheels=wheels, venv=venv, root=ROOT) as sandbox:
        sandbox.write("page.sh", text)
        ran = sandbox.run("bash page.sh", limit=300)
        left = sandbox.leftovers()
    assert ran.status == 0, ran.output[-4000:]
    assert left == []
