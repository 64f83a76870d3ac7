"""The one stylesheet of the site: the theme's rules without their comments, then the colours of code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pygments.token import STANDARD_TYPES, Token

from _ext.colours import Dark, Light

if TYPE_CHECKING:
    from pathlib import Path

    from pygments.style import Style
    from pygments.token import _TokenType

NAME = "site.css"


def write(static: Path) -> None:
    """Make the theme's stylesheet in a folder of static files what a reader gets."""
    path = static / NAME
    rules = without_comments(path.read_text(encoding="utf-8"))
    path.write_text(f"{rules}{code()}", encoding="utf-8")


def without_comments(css: str) -> str:
    """Return CSS without comments and without empty lines."""
    kept = [css.partition("/*")[0], *(part.partition("*/")[2] for part in css.split("/*")[1:])]
    lines = (line.strip() for line in "".join(kept).splitlines())
    return "".join(f"{line}\n" for line in lines if line)


def code() -> str:
    """Return the rules of code: a rule for each pair of colours, light and dark, not one for each token."""
    groups: dict[str, list[str]] = {}
    plain = _declarations(Token.Text)
    for token, name in STANDARD_TYPES.items():
        look = _declarations(token)
        if name and look != plain:
            groups.setdefault(look, []).append(f".{name}")
    return "".join(f".highlight :is({','.join(names)}){{{look}}}\n" for look, names in groups.items())


def _declarations(token: _TokenType) -> str:
    light, dark = Light.style_for_token(token), Dark.style_for_token(token)
    # A browser that does not know light-dark() has only the light page.
    found = f"color:{_colour(Light, token)};color:light-dark({_colour(Light, token)},{_colour(Dark, token)})"
    assert (light["bold"], light["italic"]) == (dark["bold"], dark["italic"]), token
    return found + (";font-weight:650" if light["bold"] else "") + (";font-style:italic" if light["italic"] else "")


def _colour(style: type[Style], token: _TokenType) -> str:
    return f"#{style.style_for_token(token)['color'] or style.style_for_token(Token.Text)['color']}"
