"""A language that nobody speaks: every text in brackets, with accents, and longer by two fifths.

What a page shows without them was never a message: no translator could have reached it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polib

from _l10n.catalogue import header, written
from _l10n.extract import extract
from _l10n.markup import PLACEHOLDER, of_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from markdown_it.token import Token

    from _l10n.languages import Language
    from _l10n.layout import Layout
    from _l10n.markup import Markup

OPEN, CLOSE = "⟦", "⟧"
PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
ACCENTED = "áƀçďéƒğħíĵķľɱñóþɋŕšŧúṽŵẋýžÁƁÇĎÉƑĞĦÍĴĶĽṀÑÓÞɊŔŠŦÚṼŴẊÝŽ"
ACCENTS = str.maketrans(PLAIN, ACCENTED)
# What a text is made longer by: of words as they come, so that lines break where readers' lines do.
FILL = "łóŕéɱ íþšúɱ ďóľóŕ šíŧ áɱéŧ çóñšéçŧéŧúŕ "
LONGER = 0.4


def text(msgid: str, markup: Markup) -> str:
    """Return a message in that language: its prose changed, its code, roles and addresses as they are."""
    tokens, _ = markup.tokens(msgid)
    prose = [part for token in tokens if token.type == "inline" for part in _prose(token)]
    made, rest = "", msgid
    for part in prose:
        before, found, rest = rest.partition(part)
        assert found, f"{part!r} of {msgid!r} is written otherwise in its source"
        made += before + accented(part)
    return f"{OPEN}{made}{rest}{_fill(msgid)}{CLOSE}"


def accented(prose: str) -> str:
    """Return prose with accents; the fields that a program fills stay."""
    made, end = "", 0
    for field in PLACEHOLDER.finditer(prose):
        made += prose[end : field.start()].translate(ACCENTS) + field[0]
        end = field.end()
    return made + prose[end:].translate(ACCENTS)


def _fill(msgid: str) -> str:
    letters = round(len(msgid) * LONGER)
    return f" {(FILL * (letters // len(FILL) + 1))[:letters].strip()}" if letters > 1 else ""


def _prose(token: Token) -> Iterator[str]:
    address = False
    for child in token.children or ():
        if child.type == "text" and child.content and not address:
            yield child.content
        address = child.type == "link_open" and child.markup == "autolink"


def write(layout: Layout, target: Layout, language: Language) -> None:
    """Write a catalogue for each of today's pages, below the folder of another layout."""
    markup = of_site(layout.root)
    for stem, messages in extract(layout).items():
        entries = [
            polib.POEntry(msgid=each.msgid, msgctxt=each.context, msgstr=text(each.msgid, markup)) for each in messages
        ]
        path = target.catalogue(language.code, stem)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written(entries, header(language, {})), encoding="utf-8")


def messages(path: Path) -> list[str]:
    """Return the messages of a catalogue."""
    return [entry.msgid for entry in polib.pofile(str(path)) if not entry.obsolete]
