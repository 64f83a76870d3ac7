"""The description of a page: short, whole where it can be."""

from __future__ import annotations

import pytest

from _ext.card import LONGEST, shortened


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Short.", "Short."),
        ("a" * LONGEST, "a" * LONGEST),
        (f"{'word ' * 30}end. {'word ' * 30}", f"{'word ' * 30}end."),
        (f"{'word ' * 30}part, {'word ' * 30}", f"{'word ' * 30}part…"),
        (f"No. {'word ' * 60}", f"No. {('word ' * 39).strip()}…"),
        (f"{'字' * 150}。{'字' * 150}", f"{'字' * 150}。"),
        (f"{'字' * 150}，{'字' * 150}", f"{'字' * 150}…"),
        ("a" * 300, f"{'a' * (LONGEST - 1)}…"),
    ],
    ids=["short", "just", "sentence", "part", "word", "chinese-sentence", "chinese-part", "one-word"],
)
def test_a_text_ends_where_it_can(text: str, expected: str) -> None:
    assert shortened(text) == expected
    assert len(shortened(text)) <= LONGEST
