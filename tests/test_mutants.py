"""The mutants of a page: what is changed and what is not, and what is judged without a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from benchmarks.judge import is_red
from benchmarks.mutants import Mutant, mutants
from benchmarks.mutate import ACCEPTED, Accepted, MutateError, Verdict, accepted, keys, wrong_entries
from tests.snippets.floor import IS_FLOOR
from tests.snippets.page import Block
from tests.snippets.parse import parse
from tests.snippets.scenario import Recorded, Result, moment_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.snippets.page import Page


@pytest.fixture
def page(tmp_path: Path) -> Callable[[str], Page]:
    """Parse a text as a page."""

    def parsed(text: str) -> Page:
        path = tmp_path / "page.md"
        path.write_text(text)
        return parse(path, "page")

    return parsed


def changes(page: Page) -> list[tuple[int, str, str | None]]:
    """The line, kind and new text of each mutant."""
    return [(mutant.line, mutant.kind, mutant.after) for mutant in mutants(page)]


def test_a_command(page: Callable[[str], Page]) -> None:
    assert changes(page("```{terminal}\n\n$ serve app:main --port 8000 -q \\\n>   http://127.0.0.1:80/\n```\n")) == [
        (3, "dropped", None),
        (3, "identifier", "$ servex app:main --port 8000 -q \\"),
        (3, "identifier", "$ serve appx:main --port 8000 -q \\"),
        (3, "identifier", "$ serve app:mainx --port 8000 -q \\"),
        (3, "flag dropped", "$ serve app:main 8000 -q \\"),
        (3, "flag dropped", "$ serve app:main -q \\"),
        (3, "flag", "$ serve app:main --portx 8000 -q \\"),
        (3, "number", "$ serve app:main --port 8001 -q \\"),
        (3, "flag dropped", "$ serve app:main --port 8000 \\"),
        (3, "flag", "$ serve app:main --port 8000 -qx \\"),
        (4, "path", ">   httpx://127.0.0.1:80/"),
        (4, "number", ">   http://127.0.0.2:80/"),
        (4, "port", ">   http://127.0.0.1:81/"),
        (4, "path", ">   http://127.0.0.1:80/x"),
    ]


def test_what_a_page_expects(page: Callable[[str], Page]) -> None:
    found = mutants(page("```{terminal}\n\n$ a\n<pid>: b\n\n[<pid>]\n```\n"))
    shown = [mutant for mutant in found if mutant.compared]
    assert [(mutant.line, mutant.kind, mutant.after) for mutant in shown] == [
        (4, "expected dropped", None),
        (4, "expected", "<pid>: bx"),
        (4, "beside a wildcard", "x<pid>: b"),
        (4, "beside a wildcard", "<pid>x: b"),
        (5, "expected dropped", None),
        (6, "expected dropped", None),
        (6, "beside a wildcard", "[x<pid>]"),
        (6, "beside a wildcard", "[<pid>x]"),
    ]
    assert [mutant.kind for mutant in found if not mutant.compared] == ["dropped", "identifier"]


def test_options(page: Callable[[str], Page]) -> None:
    text = "```{terminal}\n:name: a\n:ready: 8000\n:unordered:\n\n$ a\n```\n\n"
    text += "```{terminal}\n:stop: a\n:signal: INT\n:exit: 3\n:measure: end\n```\n"
    assert [change for change in changes(page(text)) if change[1] == "option"] == [
        (3, "option", ":ready: 8001"),
        (4, "option", None),
        (11, "option", ":signal: TERM"),
        (12, "option", ":exit: 4"),
        (12, "option", None),
        (13, "option", ":measure: endx"),
    ]


def test_a_file_of_python(page: Callable[[str], Page]) -> None:
    text = '```{file} a/b.py\n\n"""What it\n\nis."""\n\n# A comment.\n'
    text += 'async def get(x):\n    return f"to {x}", 1.5  # so\n```\n'
    assert changes(page(text)) == [
        (1, "path", "```{file} a/bx.py"),
        (8, "dropped", None),
        (8, "identifier", "async def getx(x):"),
        (8, "identifier", "async def get(xx):"),
        (9, "dropped", None),
        (9, "identifier", '    return f"tox {x}", 1.5  # so'),
        (9, "identifier", '    return f"to {xx}", 1.5  # so'),
        (9, "number", '    return f"to {x}", 1.6  # so'),
    ]


def test_another_file(page: Callable[[str], Page]) -> None:
    assert changes(page("```{file} Procfile\n\n# A comment.\nweb: serve --port=80\n```\n")) == [
        (1, "path", "```{file} Procfilex"),
        (4, "dropped", None),
        (4, "identifier", "webx: serve --port=80"),
        (4, "identifier", "web: servex --port=80"),
        (4, "flag dropped", "web: serve"),
        (4, "flag", "web: serve --portx=80"),
        (4, "number", "web: serve --port=81"),
    ]


def test_snippets_and_sessions(page: Callable[[str], Page]) -> None:
    assert changes(
        page("- ```python\n  print(a)\n  #> b\n  ```\n\n  ```pycon\n  >>> if a:\n  ...     b\n  1\n  ```\n")
    ) == [
        (2, "dropped", None),
        (2, "identifier", "printx(a)"),
        (2, "identifier", "print(ax)"),
        (3, "expected dropped", None),
        (3, "expected", "#> bx"),
        (7, "dropped", None),
        (7, "identifier", ">>> if ax:"),
        (8, "dropped", None),
        (8, "identifier", "...     bx"),
        (9, "expected dropped", None),
        (9, "expected", "1x"),
    ]


def test_claims_and_what_never_runs(page: Callable[[str], Page]) -> None:
    text = "Exits with {measured}`3 <end>`.\n\n```{terminal}\n:norun: no network\n\n$ a\n```\n"
    assert changes(page(text)) == [(1, "claim", "Exits with {measured}`31 <end>`.")]


@pytest.mark.parametrize("text", ["```{terminal}\n\n$ a\n```\n", "> ```{terminal}\n>\n> $ a\n> ```\n"])
def test_the_source_with_a_change(page: Callable[[str], Page], text: str) -> None:
    text = f"# Before\n\n{text}\nAfter\n"
    source = text.split("\n")
    dropped, renamed = mutants(page(text))
    assert dropped.text(source) == "# Before\n\n\nAfter\n"
    assert renamed.text(source) == text.replace("$ a", "$ ax")


def test_a_command_is_dropped_with_its_lines_and_not_with_its_output(page: Callable[[str], Page]) -> None:
    text = "```{terminal}\n\n$ a \\\n> b\nc\n$ d\n```\n"
    assert mutants(page(text))[0].text(text.split("\n")) == "```{terminal}\n\nc\n$ d\n```\n"


# What is judged without a run


def green(page: Page, *printed: list[str], measured: dict[str, str] | None = None) -> Result:
    """A run of the page in which its terminals printed this, block by block."""
    result = Result(page, "gingerdj", datetime.now(UTC), measured=measured or {})
    for block, lines in zip(page.blocks, printed, strict=True):
        line, expected = block.content_line, block.shown
        if block.commands:
            line, expected = block.commands[0].expected_line, block.commands[0].expected
        unordered = "unordered" in block.options
        result.recorded.append(Recorded(line, expected, lines, unordered, "", block.terminal, moment_of(block)))
    return result


def survivors(page: Page, *runs: Result) -> list[tuple[int, str, str | None]]:
    """Those of the mutants that are judged that are not red."""
    left = [mutant for mutant in mutants(page) if mutant.compared and not is_red(mutant, runs)]
    return [(mutant.line, mutant.kind, mutant.after) for mutant in left]


def test_every_change_of_an_output_is_red(page: Callable[[str], Page]) -> None:
    parsed = page("```{terminal}\n\n$ a\npid <pid>\n\nb\n```\n")
    assert survivors(parsed, green(parsed, ["pid 12", "", "b"])) == []


START = "```{terminal}\n:name: a\n:ready: 80\n\n$ a\none\ntwo\n```\n\n"
MORE = "```{terminal}\n:name: a\n\nthree\n```\n\n"
END = "```{terminal}\n:stop: a\n\nfour\n```\n"


def test_every_change_of_what_a_terminal_prints_is_red(page: Callable[[str], Page]) -> None:
    alone = page(START)
    assert survivors(alone, green(alone, ["one", "two"])) == []
    ended = page(START + MORE + END)
    assert survivors(ended, green(ended, ["one", "two"], ["three"], ["four"])) == []
    again = page(START + START)
    assert survivors(again, green(again, ["one", "two"], ["one", "two"])) == []


def test_a_line_may_be_late_where_a_later_block_of_its_terminal_takes_it(page: Callable[[str], Page]) -> None:
    ended = page(START.replace("one\ntwo", "one\none") + END.replace("four", "one"))
    # However late it comes, the last block has one line more than it shows.
    assert survivors(ended, green(ended, ["one", "one"], ["one"])) == []


def test_an_order_that_never_varies_needs_no_option(page: Callable[[str], Page]) -> None:
    parsed = page("```{terminal}\n:unordered:\n\n$ a\none\ntwo\n```\n")
    same, other = green(parsed, ["one", "two"]), green(parsed, ["two", "one"])
    assert survivors(parsed, same) == [(2, "option", None)]
    assert survivors(parsed, same, other) == []


def test_measures_and_claims(page: Callable[[str], Page]) -> None:
    parsed = page("{measured}`3 <a.exit>`\n\n```{terminal}\n:exit: 3\n:measure: a\n\n$ a\n```\n")
    assert survivors(parsed, green(parsed, [], measured={"a": "", "a.exit": "3"})) == []
    unused = page("```{terminal}\n:measure: a\n\n$ a\n```\n")
    assert survivors(unused, green(unused, [], measured={"a": "", "a.exit": "0"})) == [(2, "option", ":measure: ax")]


def test_the_other_edition_says_nothing(page: Callable[[str], Page]) -> None:
    parsed = page(":::{tab-item} Django\n:sync: django\n\n```{terminal}\n\n$ a\nb\n```\n:::\n")
    result = green(parsed, ["b"])
    assert len(survivors(parsed, result)) == 2
    assert survivors(parsed, replace(result, edition="django")) == []


# Accepted mutants


def test_entries_must_be_right(page: Callable[[str], Page]) -> None:
    block = page("```{terminal}\n\n$ rm -f a\n```\n").blocks[0]
    assert isinstance(block, Block)
    mutant = Mutant(3, "flag dropped", "$ rm -f a", "$ rm a", block, 3, 1, ("$ rm a",))
    entry = Accepted("page", "flag dropped", "$ rm -f a", "The file is there.", "$ rm a")
    assert entry.matches("page", mutant)
    assert list(wrong_entries("page", [entry], [Verdict(mutant, "")])) == []
    assert list(wrong_entries("other", [entry], [])) == []
    (stale,) = wrong_entries("page", [entry], [Verdict(mutant, "docs/page.md:3: exit status 1")])
    assert "it turns its page red - remove the entry" in stale
    (unknown,) = wrong_entries("page", [replace(entry, before="$ rm b")], [Verdict(mutant, "")])
    assert "there is no such mutant" in unknown
    (mute,) = wrong_entries("page", [replace(entry, reason="")], [Verdict(mutant, "")])
    assert "give the reason" in mute


def test_entries_are_read(tmp_path: Path) -> None:
    path = tmp_path / "accepted.toml"
    entry = '[[mutant]]\npage = "page"\nkind = "dropped"\nbefore = "a"\nreason = "b"\n'
    path.write_text(entry + entry.replace('"a"', '"c"') + "floor = true\n")
    assert [each.before for each in accepted(path)] == ["a", "c"][: 1 + IS_FLOOR]
    path.write_text(entry.replace("reason", "cause"))
    with pytest.raises(MutateError, match=r"accepted\.toml: .*'cause'"):
        accepted(path)


def test_the_list_of_this_checkout_is_of_these_pages() -> None:
    for entry in accepted(ACCEPTED):
        assert entry.page in keys()
        assert entry.reason
