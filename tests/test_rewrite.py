"""Real output written back into the page, and nothing else changed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.snippets.match import lines_of
from tests.snippets.parse import parse
from tests.snippets.rewrite import rewrite
from tests.snippets.scenario import Recorded, Result

if TYPE_CHECKING:
    from pathlib import Path

    from tests.snippets.page import Block


def recorded(block: Block, outputs: list[str]) -> list[Recorded]:
    """What a run keeps of a block where each of its commands, or the block, printed this."""
    unordered = "unordered" in block.options
    stretches = [(command.expected_line, command.expected) for command in block.commands]
    if block.kind != "terminal":
        stretches = [(block.content_line, tuple(block.content.splitlines()))]
    elif not block.commands:
        stretches = [(block.content_line, block.shown)]
    return [
        Recorded(line, expected, lines_of(output), unordered, block.indent)
        for (line, expected), output in zip(stretches, outputs, strict=True)
    ]


def rewritten(path: Path, text: str, *outputs: list[str]) -> str | None:
    """The text after a rewrite, where the blocks printed this; None where it stays as it is."""
    path.write_bytes(text.encode())
    page = parse(path, "page")
    result = Result(page, "gingerdj", datetime.now(UTC))
    for block, printed in zip(page.blocks, outputs, strict=True):
        result.recorded += recorded(block, printed)
    changed = rewrite(result)
    after = path.read_bytes().decode()
    assert changed == (after != text)
    return after if changed else None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the page lies."""
    return tmp_path / "page.md"


def terminal(*lines: str) -> str:
    """A page with one terminal."""
    return "\n".join(["Text.", "", "```{terminal}", "", *lines, "```", "", "Text.", ""])


def test_what_matches_stays(path: Path) -> None:
    text = terminal("$ echo a", "a", "$ date", "<date>  ", "")
    assert rewritten(path, text, ["a\n", "2026-11-21\n"]) is None


def test_what_differs_is_replaced(path: Path) -> None:
    text = terminal("$ one", "old", "pid <pid>", "old", "$ two", "$ three", "gone")
    assert rewritten(path, text, ["new\npid 12\n", "added\n\nlast\n\n", ""]) == terminal(
        "$ one", "new", "pid <pid>", "$ two", "added", "", "last", "$ three"
    )


def test_dates_become_wildcards_and_other_numbers_do_not(path: Path) -> None:
    assert rewritten(path, terminal("$ a", "b"), ["date: Sat, 21 Nov 2026 09:30:47 GMT, pid 12\n"]) == terminal(
        "$ a", "date: <date>, pid 12"
    )


def test_lines_in_any_order_stay_where_all_came(path: Path) -> None:
    text = "```{terminal}\n:unordered:\n\n$ a\nc\n[<pid>]\nb\n```\n"
    assert rewritten(path, text, ["b\nc\n[12]\n"]) is None
    assert rewritten(path, text, ["b\nd\n[12]\n"]) == text.replace("\nc\n[<pid>]\nb\n", "\nb\nd\n[<pid>]\n")


def test_a_running_terminal(path: Path) -> None:
    text = "```{terminal}\n:name: a\n\nold\n```\n\n```{terminal}\n:stop: a\n\nold\n```\n"
    assert rewritten(path, text, ["new\n"], ["newer\n"]) == text.replace("old", "new", 1).replace("old", "newer")


@pytest.mark.parametrize(("indent", "ending"), [("", "\r\n"), ("  ", "\n"), ("> ", "\n"), ("> ", "\r\n")])
def test_indents_and_line_ends_stay(path: Path, indent: str, ending: str) -> None:
    first = "- " if indent == "  " else indent
    lines = ["```{terminal}", "", "$ a", "old", "```"]
    text = ending.join([first + lines[0], *(f"{indent}{line}".rstrip() for line in lines[1:]), "", "Text.", ""])
    after = rewritten(path, text, ["new\n\nnewer\n"])
    assert after == text.replace("old", f"new{ending}{indent.rstrip()}{ending}{indent}newer")


def test_python(path: Path) -> None:
    text = "```python\nprint(1)\n#> 2\n```\n\n```pycon\n>>> 1\n2\n```\n"
    assert rewritten(path, text, ["print(1)\n#> 1\n"], [">>> 1\n1\n"]) == text.replace("2", "1")
