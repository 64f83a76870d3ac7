"""Every listed difference of the floor is one that a page still shows, with its reason."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.snippets.floor import on_floor
from tests.snippets.parse import parse

ROOT = Path(__file__).resolve().parent.parent
LISTED = tomllib.loads((ROOT / "tests/snippets/floor.toml").read_text(encoding="utf-8"))["difference"]


@pytest.mark.parametrize("listed", LISTED, ids=lambda listed: f"{listed['page']}: {listed['newest'][:40]}")
def test_the_page_shows_it(listed: dict[str, str]) -> None:
    page = parse(ROOT / "docs" / f"{listed['page']}.md", listed["page"])
    shown = [line for block in page.blocks for command in block.commands for line in (*command.expected, *block.shown)]
    lowered = [line for block in on_floor(page).blocks for command in block.commands for line in command.expected]
    assert listed["newest"] in shown
    assert listed["floor"] in lowered
    assert listed["reason"]
    assert listed["newest"] != listed["floor"]
