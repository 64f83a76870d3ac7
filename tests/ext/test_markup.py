"""Code in a line of text: what holds together, and where what is too long may break."""

from __future__ import annotations

import pytest

from _ext import markup


@pytest.mark.parametrize(
    ("word", "held"),
    [
        ("--proxy-headers", True),
        ("mysite/asgi.py", True),
        ("mysite.asgi:application", False),
        ("GINGER_THREADS", False),
        ("-", False),
        ("--a-very-long-option-name-that-never-breaks", False),
    ],
)
def test_only_a_word_that_would_break_is_held_together(word: str, held: bool) -> None:
    assert markup.held(word) is held


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("gingerdj.settings.SettingsError", ["gingerdj.", "settings.", "SettingsError"]),
        ("https://example.com/a/long/way", ["https://", "example.", "com/", "a/", "long/", "way"]),
        ("gingerdj.settings", ["gingerdj.settings"]),
        ("a_sentence_that_ends_with_a_dot.", ["a_", "sentence_", "that_", "ends_", "with_", "a_", "dot."]),
    ],
)
def test_a_long_word_breaks_at_its_joints(word: str, parts: list[str]) -> None:
    assert markup.parts(word) == parts
