"""Where the oldest supported Django prints another line than the newest, whose output the pages show.

``floor.toml`` lists each such line with its reason. On the floor the page is compared with the line that is listed
there; everything else must be the same to the letter.
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .page import Block, Page

if TYPE_CHECKING:
    from collections.abc import Mapping

IS_FLOOR = sys.version_info < (3, 12)
"""Python 3.11 gets Django 5.2, the floor; newer ones get Django 6."""


def differences(key: str) -> dict[str, str]:
    """For a page: each line that it shows and the floor prints otherwise, with what the floor prints."""
    listed = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["difference"]
    return {each["newest"]: each["floor"] for each in listed if each["page"] == key}


def on_floor(page: Page) -> Page:
    """The page as the floor prints it: other expected lines, the same blocks."""
    lines = differences(page.key)
    return replace(page, parts=tuple(lowered(part, lines) if isinstance(part, Block) else part for part in page.parts))


def lowered(block: Block, lines: Mapping[str, str]) -> Block:
    """The block with the floor's lines in the place of those listed."""
    commands = tuple(
        replace(command, expected=tuple(lines.get(line, line) for line in command.expected))
        for command in block.commands
    )
    return replace(block, commands=commands, shown=tuple(lines.get(line, line) for line in block.shown))
