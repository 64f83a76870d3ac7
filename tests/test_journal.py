"""What a run keeps for its readers: visible, in order, bounded."""

from __future__ import annotations

import pytest

from tests.snippets.journal import LIMIT, Step, kept, visible


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        pytest.param("a\tb\nç 中\n", "a\tb\nç 中\n", id="text"),
        pytest.param("a\r\nb\r\n", "a\nb\n", id="crlf"),
        pytest.param("10%\r20%", "10%␍20%", id="carriage-return"),
        pytest.param("\x1b[31mred\x1b[0m\x00\x7f", "␛[31mred␛[0m␀␡", id="escape"),
        pytest.param("a\u202eb\u200bc\ufeff", "a\\u202eb\\u200bc\\ufeff", id="unseen"),
        pytest.param("\x9b\xa0\u2028", "\\u009b\\u00a0\\u2028", id="c1-and-spaces"),
        pytest.param("\udc80\ue000", "\\udc80\\ue000", id="surrogate-and-private"),
        pytest.param("<b>&amp;", "<b>&amp;", id="markup-is-the-sites-business"),
    ],
)
def test_what_a_terminal_would_act_on_is_made_visible(text: str, seen: str) -> None:
    assert visible(text) == seen


def test_a_step_is_stated_without_what_it_has_not() -> None:
    steps = [
        Step("", "true", 0),
        Step("a\r\n"),
        Step("bye\n", status=143, signal="TERM"),
    ]
    assert kept(steps) == [
        {"output": "", "command": "true", "status": 0},
        {"output": "a\n"},
        {"output": "bye\n", "status": 143, "signal": "TERM"},
    ]


def test_a_block_has_one_limit() -> None:
    steps = [Step("a" * (LIMIT - 10), "one", 0), Step("bcdef", "two", 1), Step("g", "three", 0)]
    first, second, third = kept(steps)
    assert "cut" not in first
    assert second == {"command": "two", "output": "bcde", "cut": 1, "status": 1}
    assert third == {"command": "", "output": "", "cut": 6, "status": 0}


def test_a_command_has_a_limit_too() -> None:
    (only,) = kept([Step("", "a" * (2 * LIMIT), 0)])
    assert only["command"] == "a" * LIMIT
    assert only["cut"] == LIMIT
