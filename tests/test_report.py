"""A failure as its reader sees it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.snippets.page import Page
from tests.snippets.report import LOG_LINES, report
from tests.snippets.scenario import Failure, Result


def told(failure: Failure) -> str:
    """The text for a page that failed so."""
    page = Page(Path("page.md"), "page", "", ())
    return report(Result(page, "django", datetime.now(UTC), failure=failure), "docs/page.md")


def test_everything_at_once() -> None:
    failure = Failure(
        7,
        "output differs",
        command="curl -s \\\n  http://127.0.0.1:8000/",
        expected=["date: <date>", "a", "b"],
        expected_line=6,
        actual=["date: 2026-11-21", "b", "c"],
        status=0,
        logs={"server": "one\ntwo\n", "other": ""},
    )
    assert told(failure) == (
        """\
docs/page.md:7: output differs (edition django)

  $ curl -s \\
  >   http://127.0.0.1:8000/

  - the page (docs/page.md:6)
  + this run
    date: 2026-11-21
  - a
    b
  + c

  exit status 0

  log of terminal 'server':
    one
    two

  log of terminal 'other':"""
    )


def test_only_what_there_is() -> None:
    assert told(Failure(3, "no block measures 'a'")) == "docs/page.md:3: no block measures 'a' (edition django)"
    assert told(Failure(3, "ended", command="x", actual=["", "last words"])).splitlines()[1:] == [
        "",
        "  $ x",
        "",
        "    ",
        "    last words",
    ]


def test_the_end_of_a_long_log() -> None:
    lines = [str(number) for number in range(2 * LOG_LINES)]
    text = told(Failure(3, "ended", actual=lines, logs={"server": "\n".join(lines)}))
    assert text.count(f"\n    {LOG_LINES}\n") == 2
    assert f"\n    {LOG_LINES - 1}\n" not in text
    assert text.endswith(f"\n    {2 * LOG_LINES - 1}")


def test_lines_that_a_wildcard_matches_are_no_difference() -> None:
    failure = Failure(1, "", expected=["[<pid>] a", "[<pid>] b", "[<pid>] a"], actual=["[1] b", "[2] a", "[x] a"])
    assert told(failure).splitlines()[4:] == ["  - [<pid>] a", "    [1] b", "    [2] a", "  + [x] a"]


def test_lines_in_any_order() -> None:
    failure = Failure(1, "", expected=["a", "b", "b", "[<pid>]"], actual=["b", "[12]", "c", "a"], unordered=True)
    assert told(failure).splitlines()[4:] == ["    b", "    [12]", "    a", "  - b", "  + c"]
