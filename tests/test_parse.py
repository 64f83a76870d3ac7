"""What the parser finds on a page, where, and what it refuses."""

from __future__ import annotations

import runpy
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from tests.snippets.page import Block, Claim, Heading, PageError
from tests.snippets.parse import MYST_EXTENSIONS, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.snippets.page import Page

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def page(tmp_path: Path) -> Callable[[str], Page]:
    """Parse a text as a page."""

    def parsed(text: str) -> Page:
        path = tmp_path / "page.md"
        path.write_bytes(dedent(text).encode())
        return parse(path, "page")

    return parsed


def only(page: Page) -> Block:
    """The one block of a page."""
    (block,) = page.blocks
    return block


def test_the_site_reads_the_same_markdown() -> None:
    assert set(runpy.run_path(str(ROOT / "conf.py"))["myst_enable_extensions"]) == MYST_EXTENSIONS


def test_commands_and_their_output(page: Callable[[str], Page]) -> None:
    block = only(page("```{terminal}\n\n$ echo a\na\n$ true\n```\n"))
    first, second = block.commands
    assert (first.line, first.text, first.expected, first.expected_line) == (3, "echo a", ("a",), 4)
    assert (second.line, second.text, second.expected) == (5, "true", ())
    assert block.copied == "echo a\ntrue"


def test_a_command_goes_on(page: Callable[[str], Page]) -> None:
    block = only(page("```{terminal}\n\n$ echo a \\\n>   b\na b\n$ cat <<END\n> $ x\n> END\n$ x\n> quoted\n```\n"))
    assert [command.text for command in block.commands] == ["echo a \\\n  b", "cat <<END\n$ x\nEND", "x"]
    assert block.commands[2].expected == ("> quoted",)


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("- a list\n\n  ", "  "),
        ("> ", "> "),
        (":::{note}\n", ":::"),
        ("```{note}\n", ""),
        ("1. a\n   1. b\n\n      ", "      "),
    ],
)
def test_true_lines_wherever_it_stands(page: Callable[[str], Page], opening: str, closing: str) -> None:
    prefix = closing if closing.strip() in ("", ">") else ""
    fence = "~~~" if opening.startswith("```") else "```"
    lines = [f"{fence}{{terminal}}", "", "$ echo a", "a", fence]
    text = opening + f"\n{prefix}".join(lines) + "\n"
    block = only(page(text))
    (command,) = block.commands
    source = text.split("\n")
    assert "{terminal}" in source[block.line - 1]
    assert source[command.line - 1].endswith("$ echo a")
    assert source[command.expected_line - 1] == f"{block.indent}a"


def test_tabs_are_editions(page: Callable[[str], Page]) -> None:
    text = """\
    ::::{tab-set}
    :sync-group: framework

    :::{tab-item} GingerDJ
    :sync: gingerdj

    ```{file} a.txt

    one
    ```
    :::
    :::{tab-item} Django
    :sync: django

    ```{file} a.txt

    two
    ```
    :::
    ::::
    """
    parsed = page(text)
    assert [(block.edition, block.line, block.content) for block in parsed.blocks] == [
        ("gingerdj", 7, "one\n"),
        ("django", 15, "two\n"),
    ]
    assert [part.content for part in parsed.edition("django") if isinstance(part, Block)] == ["two\n"]


@pytest.mark.parametrize("first", [":8000 {", "---", ":name: x", "::: x"])
def test_content_that_looks_like_options(page: Callable[[str], Page], first: str) -> None:
    assert only(page(f"```{{file}} Caddyfile\n\n{first}\nb\n```\n")).content == f"{first}\nb\n"


def test_four_backticks(page: Callable[[str], Page]) -> None:
    assert only(page("````{file} a.md\n\n```python\nx\n```\n````\n")).content == "```python\nx\n```\n"


def test_crlf(page: Callable[[str], Page]) -> None:
    block = only(page("# A\r\n\r\n```{terminal}\r\n:exit: 3\r\n\r\n$ false\r\n```\r\n"))
    assert (block.line, block.content, block.options) == (3, "$ false\n", {"exit": "3"})


def test_claims_with_their_lines(page: Callable[[str], Page]) -> None:
    claims = [
        part for part in page("a\n{measured}`143 <stop.exit>`\nb {measured}`5 <n>`\n").parts if isinstance(part, Claim)
    ]
    assert claims == [Claim(2, "143", "stop.exit"), Claim(3, "5", "n")]


def test_headings_end_sections_only_at_the_top(page: Callable[[str], Page]) -> None:
    parts = page("# A\n\n:::{note}\n## not one\n:::\n\n## B\n").parts
    assert parts[0] == Heading(1, 1)
    assert parts[-1] == Heading(7, 2)


def test_front_matter_asks_for_a_checkout(page: Callable[[str], Page]) -> None:
    assert page("---\ncheckout: true\n---\n# A\n").checkout
    assert not page("# A\n").checkout


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("```bash\nls\n```\n", 1, "a fence of 'bash' is never run"),
        ("a\n\n```\nls\n```\n", 3, "a fence of 'no language' is never run"),
        ("a\n\n    ls\n", 3, "an indented code block is never run"),
        ("```{code-block} python\n\nx\n```\n", 1, "{code-block} is never run"),
        ("```{literalinclude} /etc/passwd\n```\n", 1, "{literalinclude} is never run"),
        (":::{tab-item} X\n:sync: flask\n\n:::\n", 1, ":sync: flask"),
        ("```{file} a\nx\n```\n", 1, "needs a blank line"),
        ("```{file} /etc/passwd\n\nx\n```\n", 1, "give a path below the current folder"),
        ("```{file} a/../../b\n\nx\n```\n", 1, "give a path below the current folder"),
        ("```{file}\n\nx\n```\n", 1, "give a path below the current folder"),
        ("```{file} a\n\n```\n", 1, "a file block without content"),
        ("```{terminal}\n:frobnicate: 1\n\n$ x\n```\n", 1, "unknown option :frobnicate:"),
        ("```{terminal}\n:norun:\n\n$ x\n```\n", 1, "needs its reason"),
        ("```{terminal}\n:exit: no\n\n$ x\n```\n", 1, ":exit: no - give a number"),
        ("```{terminal}\n:ready: 8000\n\n$ x\n```\n", 1, ":ready: without :name:"),
        ("```{terminal}\n:name: a\n\n$ x\n```\n", 4, "needs :ready:"),
        ("```{terminal}\n:name: a\n:stop: a\n\nx\n```\n", 1, "contradict"),
        ("```{terminal}\n\nx\n```\n", 3, "a terminal begins with a command"),
        ("```{terminal}\n\n$ x \\\ny\n```\n", 3, "the command is not finished"),
        ("a {measured}`143`\n", 1, "write the value, then its key"),
    ],
)
def test_refused_with_its_place(page: Callable[[str], Page], text: str, line: int, problem: str) -> None:
    with pytest.raises(PageError) as caught:
        page(text)
    assert f"page.md:{line}: " in str(caught.value)
    assert problem in str(caught.value)
