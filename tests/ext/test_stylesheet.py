"""The stylesheet: its comments stay behind, and code can be read in it, in the light and in the dark."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pygments.token import STANDARD_TYPES, Text

from _ext import stylesheet
from _ext.colours import Dark, Light
from tests.built import ROOT

if TYPE_CHECKING:
    from pygments.style import Style

SOURCE = (ROOT / "docs" / "_theme" / "gingerdj" / "static" / stylesheet.NAME).read_text(encoding="utf-8")


def luminance(colour: str) -> float:
    """Return how bright a colour is, from 0 to 1 (WCAG 2.2, relative luminance)."""
    parts = [int(colour.lstrip("#")[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("style", [Light, Dark], ids=["light", "dark"])
def test_every_colour_of_code_can_be_read(style: type[Style]) -> None:
    for token in STANDARD_TYPES:
        colour = style.style_for_token(token)["color"] or style.style_for_token(Text)["color"] or ""
        assert contrast(colour, style.background_color) >= 4.5, token


def test_code_stands_on_the_background_that_its_colours_were_chosen_for() -> None:
    both = f"light-dark({Light.background_color}, {Dark.background_color})"
    assert f"--color-code-background: {both};" in SOURCE
    assert f"--color-code-background: {Light.background_color};" in SOURCE


def test_comments_stay_behind() -> None:
    css = "/* one */\na { color: red; } /* two\nlines */\n\nb { content: '*'; }\n"
    assert stylesheet.without_comments(css) == "a { color: red; }\nb { content: '*'; }\n"
    assert "/*" not in stylesheet.without_comments(SOURCE)


def test_a_colour_is_named_once_for_all_its_tokens() -> None:
    rules = stylesheet.code().splitlines()
    assert len({rule.partition("{")[2] for rule in rules}) == len(rules)
    keyword = next(rule for rule in rules if ".kn," in rule)
    assert keyword.endswith("{color:#8a3a8f;color:light-dark(#8a3a8f,#d9a6e0)}")
