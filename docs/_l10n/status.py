"""How far the translations are: each page's texts without a finished translation, what they said before, its review.

It tells what `make messages` would write, so an English page that changed a moment ago counts as changed.
"""

from dataclasses import dataclass
from pathlib import Path

import polib

from _l10n import review
from _l10n.catalogue import Catalogue, finished
from _l10n.extract import Message, extract
from _l10n.languages import LANGUAGES, Language
from _l10n.layout import Layout
from _l10n.messages import changes
from _l10n.review import Review


@dataclass(frozen=True)
class Open:
    """A text that has no finished translation."""

    message: Message
    was: str
    """The English that its translation was made from; nothing where there is no translation."""
    line: int
    """Where its translation belongs in the catalogue; 0 until `make messages` has put it there."""


@dataclass(frozen=True)
class State:
    """A page in one language."""

    texts: int
    open: tuple[Open, ...]
    review: Review | None
    holds: bool
    """Whether the texts are still those of the review."""

    @property
    def translated(self) -> int:
        """How many texts have a finished translation."""
        return self.texts - len(self.open)


def states(layout: Layout) -> dict[str, dict[str, State]]:
    """Return the state of each page, and of the interface, by its stem and then by the language's code.

    Raises `ExtractionError` when the English does not build, `CatalogueError` for a file that is no PO file.
    """
    messages = extract(layout)
    merged = {change.path: change.text for change in changes(layout)}
    return {
        stem: {
            code: _state(layout.catalogue(code, stem), found, language, merged) for code, language in LANGUAGES.items()
        }
        for stem, found in messages.items()
    }


def _state(path: Path, messages: list[Message], language: Language, merged: dict[Path, str | None]) -> State:
    if text := merged.get(path):
        file, lines = polib.pofile(text, wrapwidth=0), {}
    else:
        catalogue = Catalogue(path, language)
        file, lines = catalogue.file, {id(entry): catalogue.line(entry) for entry in catalogue.entries}
    entries: dict[tuple[str | None, str], polib.POEntry] = {
        (entry.msgctxt, entry.msgid): entry for entry in file if not entry.obsolete
    }
    found = tuple(
        Open(message, _was(entry), lines.get(id(entry), 0))
        for message in messages
        if not finished(entry := entries[message.key])
    )
    seen = review.read(file)
    return State(len(messages), found, seen, seen is not None and seen.holds(file))


def _was(entry: polib.POEntry) -> str:
    return (entry.previous_msgid or "") if entry.fuzzy else ""
