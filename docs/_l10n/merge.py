"""An old catalogue and the messages of today become a new catalogue.

A message that is still there keeps its translation.
A new message without words (a literal, a number, a product's name) is its own translation.
Another new message takes a translation of the same English from another page, else the closest removed message of
its own page: that one is marked fuzzy, and its English stays as `#|`, so that the translator sees what changed.
A removed message is gone; git keeps it.
What a reviewer wrote at the head stays: whether it still holds shows in the texts.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

import polib

from _l10n import review
from _l10n.catalogue import Catalogue, header, written
from _l10n.extract import Message
from _l10n.languages import Language

# Below this ratio of difflib two sentences only share their grammar.
SIMILAR = 0.65

Key = tuple[str | None, str]


@dataclass(frozen=True)
class Memory:
    """Translations that need no translator: `known` by their English, and the English that is `wordless`."""

    known: Mapping[str, str]
    wordless: Callable[[str], bool]

    def translation(self, msgid: str) -> str:
        """Return the translation of a message, or an empty string."""
        return self.known.get(msgid, "") or (msgid if self.wordless(msgid) else "")


def merged(old: Catalogue | None, messages: Iterable[Message], language: Language, memory: Memory) -> str:
    """Return the text of the catalogue that holds exactly `messages`, in their order."""
    before = {_key(entry): entry for entry in old.entries} if old else {}
    messages = list(messages)
    removed = _removed(before, messages)
    entries = []
    for message in messages:
        entry = before.get(message.key)
        if entry is not None and (entry.msgstr or entry.msgid_plural):
            entries.append(_kept(entry, message, language))
        else:
            entries.append(_new(message, language, removed, memory))
    if old is None:
        return written(entries, header(language, {}))
    return written(entries, header(language, old.file.metadata), "\n".join(review.lines(old.file)))


def known(catalogues: Iterable[Catalogue]) -> dict[str, str]:
    """Return the finished translations by their English, for a message that moves to another page."""
    found: dict[str, str] = {}
    for catalogue in catalogues:
        for entry in catalogue.entries:
            if entry.msgstr and not entry.fuzzy:
                found.setdefault(entry.msgid, entry.msgstr)
    return found


def _key(entry: polib.POEntry) -> Key:
    return (entry.msgctxt, entry.msgid)


def _removed(before: Mapping[Key, polib.POEntry], messages: list[Message]) -> list[polib.POEntry]:
    wanted = {message.key for message in messages}
    return [entry for key, entry in before.items() if key not in wanted and entry.msgstr]


def _kept(entry: polib.POEntry, message: Message, language: Language) -> polib.POEntry:
    new = _empty(message, language)
    new.tcomment = entry.tcomment
    new.msgstr = "" if message.plural else entry.msgstr
    for index in new.msgstr_plural:
        new.msgstr_plural[index] = entry.msgstr_plural.get(index, "")
    if entry.fuzzy:
        new.flags = ["fuzzy"]
        new.previous_msgid = entry.previous_msgid
        new.previous_msgctxt = entry.previous_msgctxt
    return new


def _new(message: Message, language: Language, removed: list[polib.POEntry], memory: Memory) -> polib.POEntry:
    new = _empty(message, language)
    if message.plural:
        return new
    new.msgstr = memory.translation(message.msgid)
    if new.msgstr:
        return new
    closest = _closest(message.msgid, removed)
    if closest is not None:
        removed.remove(closest)
        new.msgstr = closest.msgstr
        new.tcomment = closest.tcomment
        new.flags = ["fuzzy"]
        # An entry that was fuzzy already was translated from what its own #| says.
        new.previous_msgid = closest.previous_msgid if closest.fuzzy and closest.previous_msgid else closest.msgid
    return new


def _closest(msgid: str, removed: list[polib.POEntry]) -> polib.POEntry | None:
    best, closest = SIMILAR, None
    # SequenceMatcher keeps what it knows of its second sequence.
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(msgid)
    for entry in removed:
        matcher.set_seq1(entry.msgid)
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best and matcher.ratio() > best:
            best, closest = matcher.ratio(), entry
    return closest


def _empty(message: Message, language: Language) -> polib.POEntry:
    plurals = dict.fromkeys(range(language.plurals), "") if message.plural else {}
    return polib.POEntry(
        msgid=message.msgid,
        msgid_plural=message.plural,
        msgstr_plural=plurals,
        msgctxt=message.context,
        occurrences=[(message.source, "")],
    )
