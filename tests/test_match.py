"""Expected output is literal; five typed wildcards, none of which can hide an error."""

from __future__ import annotations

import pytest

from tests.snippets.match import WILDCARDS, generalise, lines_of, matches


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("server process [<pid>]", "server process [4711]"),
        ("date: <date>", "date: Sat, 21 Nov 2026 09:30:47 GMT"),
        ("[<date>] started", "[2026-11-21 09:30:47 +0000] started"),
        ("<date> started", "2026-11-21T09:30:47.123456Z started"),
        ("<date>,123 started", "2026-11-21 09:30:47,123 started"),
        ('[<date>] "GET / HTTP/1.1"', '[21/Nov/2026:09:30:47 +0000] "GET / HTTP/1.1"'),
        ("<date>", "November 21, 2026 - 09:30:47"),
        ("in <duration> s", "in 0.52 s"),
        ("Django <version>", "Django 6.1.3"),
        ("Django <version>", "Django 6.2rc1"),
        ("127.0.0.1:<port> - ok", "127.0.0.1:54321 - ok"),
        ("a literal (line) with [brackets]*", "a literal (line) with [brackets]*"),
    ],
)
def test_equal(expected: str, actual: str) -> None:
    assert matches([expected], [actual])


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("server process [<pid>]", "server process [0]"),
        ("server process [<pid>]", "server process [4711] failed"),
        ("date: <date>", "date: never"),
        ("date: <date>", "date: "),
        ("in <duration> s", "in 0.52 ms"),
        ("Django <version>", "Django 6"),
        ("Django <version>", "Django not found"),
        ("port <port>", "port 80"),
        ("...", "Traceback (most recent call last):"),
        ("<title>", "<titles>"),
        ("<hidden>", "error"),
        ("a", "a b"),
        ("a.c", "abc"),
    ],
)
def test_different(expected: str, actual: str) -> None:
    assert not matches([expected], [actual])


@pytest.mark.parametrize("name", WILDCARDS)
def test_no_wildcard_matches_words_or_nothing(name: str) -> None:
    for text in ("", " ", "error", "Traceback", "a1", "\n", "1\n2"):
        assert not matches([name], [text])


def test_no_line_may_be_missing_or_added() -> None:
    assert not matches(["a"], ["a", "b"])
    assert not matches(["a", "b"], ["a"])
    assert not matches([], ["a"])


def test_order_counts_unless_said() -> None:
    assert not matches(["a", "b"], ["b", "a"])
    assert matches(["a", "b"], ["b", "a"], unordered=True)


def test_unordered_counts_each_line_once() -> None:
    assert not matches(["a", "a"], ["a", "b"], unordered=True)
    assert not matches(["[<pid>]", "[<pid>]"], ["[1]", "b"], unordered=True)
    assert matches(["[<pid>] a", "[12] a"], ["[12] a", "[13] a"], unordered=True)


def test_lines_as_a_terminal_shows_them() -> None:
    assert lines_of("HTTP/1.1 200 OK\r\n\r\nbody \n\n") == ["HTTP/1.1 200 OK", "", "body"]
    assert lines_of("") == []


def test_generalise_only_dates() -> None:
    assert generalise("[2026-11-21 09:30:47] pid 12") == "[<date>] pid 12"
