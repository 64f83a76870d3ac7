"""The Python of a page, checked and formatted by ruff: what a reader copies should pass an ordinary linter.

Ruff reads each block by stdin, without any configuration but the one here. ``#>`` lines are left out: a formatter takes
them for comments that lack a space.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .page import Block, Page

WIDTH = 88
"""Columns of the code on a page."""
SELECT = ("B", "E4", "E7", "E9", "F", "I", "UP", "W")
# A page may show blocking code in async def to explain it, so ASYNC is not among them.
IGNORE = (
    "E402",  # an asgi.py imports what needs the settings after it has set them
    "F403",  # settings for production take over those for development
    "F405",
)
COMMON = ("--isolated", "--no-cache", "--target-version=py311", f"--config=line-length={WIDTH}")
CHECK = (
    *("check", "--output-format=json", f"--select={','.join(SELECT)}", f"--ignore={','.join(IGNORE)}"),
    '--config=lint.isort.known-first-party=["mysite"]',
)
FORMAT = ("format", "--diff")
HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? ")


@dataclass(frozen=True)
class Finding:
    """Something that ruff would have otherwise."""

    line: int
    """Of the page's source."""
    problem: str


def lint(page: Page) -> list[Finding]:
    """All findings in the Python blocks and Python files of a page, in the order of the source."""
    return sorted((finding for block in page.blocks for finding in findings(block)), key=lambda found: found.line)


def findings(block: Block) -> Iterator[Finding]:
    """What ruff says of a block; nothing where it is no Python."""
    if block.kind != "python" and not (block.kind == "file" and block.path.endswith(".py")):
        return
    lines = block.content.splitlines(keepends=True)
    numbers = [number for number, text in enumerate(lines) if not text.lstrip().startswith("#>")]
    source = "".join(lines[number] for number in numbers)
    name = block.path or "snippet.py"
    for line, problem in (*checked(source, name), *formatted(source, name)):
        place = numbers[line - 1] if line <= len(numbers) else len(lines) - 1
        yield Finding(block.content_line + place, problem)


def checked(source: str, name: str) -> Iterator[tuple[int, str]]:
    """The line, rule and message of each finding of the linter."""
    for found in json.loads(ruff(CHECK, source, name).stdout):
        yield found["location"]["row"], f"{found['code']} {found['message']}"


def formatted(source: str, name: str) -> Iterator[tuple[int, str]]:
    """The first line of each place that the formatter would write otherwise, and how; none where it cannot parse."""
    hunk: list[str] = []
    start = 0
    for text in [*ruff(FORMAT, source, name).stdout.splitlines(), "@@ -0 "]:
        header = HUNK.match(text)
        if header is None:
            hunk.append(text)
            continue
        if start:
            kept = next(number for number, each in enumerate(hunk) if not each.startswith(" "))
            yield start + kept, "ruff format writes\n" + "\n".join(f"    {each}".rstrip() for each in hunk)
        start = int(header[1])
        hunk = []


def ruff(command: Sequence[str], source: str, name: str) -> subprocess.CompletedProcess[str]:
    """Run ruff on a source; it exits with 0 or 1, or with 2 for what it cannot parse."""
    program = str(Path(sys.prefix, "bin", "ruff"))
    subcommand, *options = command
    arguments = (program, subcommand, *COMMON, *options, f"--stdin-filename={name}", "-")
    return subprocess.run(arguments, input=source, capture_output=True, text=True, check=False)
