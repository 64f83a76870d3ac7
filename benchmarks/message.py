"""One message of a catalogue, and how a kind of mistake changes it."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

LANGUAGES = ("pt_BR", "zh_Hans")
MARKED = re.compile(
    r"""
    \{[\w:-]+\}`[^`]*`          # a role
    |(?P<ticks>`+)[^`]+(?P=ticks)
    |\]\([^)]*\)                # the target of a link
    |<[^>\s]+>
    |%\(\w+\)s
    |https?://[^\s)]+
    """,
    re.VERBOSE,
)
CODE = re.compile(r"(?<![`}])`([^`]+)`(?!`)")
LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
ROLE = re.compile(r"\{([\w:-]+)\}`([^`]*)`")
HAN = re.compile(r"[\u4e00-\u9fff]")
WORD = re.compile(r"[^\W\d_]+")
SENTENCE = {"pt_BR": re.compile(r"(?<=[.!?:;])\s+(?=[A-ZÀ-Ý`\[])"), "zh_Hans": re.compile(r"(?<=[。！？；：])")}
ENGLISH_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`\[])")


@dataclass(frozen=True)
class Message:
    """An entry as a translator sees it."""

    language: str
    catalogue: str
    """Path below the language's folder, without its ending."""
    msgid: str
    msgstr: str
    neighbour: str = ""
    """The translation of the entry that follows."""
    neighbour_english: str = ""
    comment: str = ""
    fuzzy: bool = False
    msgctxt: str | None = None
    header: tuple[tuple[str, str], ...] = ()
    """Lines of the catalogue's header that the mistake changes."""


@dataclass(frozen=True)
class Kind:
    """A kind of mistake."""

    name: str
    languages: tuple[str, ...]
    change: Callable[[Message, Random], Message | str | None]

    def mistake(self, message: Message) -> Message | None:
        """The message with this mistake, always the same one; None where it cannot be made."""
        changed = self.change(message, Random(f"{self.name} {message.language} {message.msgid}"))  # noqa: S311 -- no secret
        if isinstance(changed, str):
            changed = replace(message, msgstr=changed)
        return None if changed == message else changed


class Kinds(list[Kind]):
    """A catalogue of kinds, filled by a decorator."""

    def __call__(
        self, name: str, *languages: str
    ) -> Callable[
        [Callable[[Message, Random], Message | str | None]], Callable[[Message, Random], Message | str | None]
    ]:
        """Enter the function below under this name; without languages, for all."""

        def enter(
            change: Callable[[Message, Random], Message | str | None],
        ) -> Callable[[Message, Random], Message | str | None]:
            self.append(Kind(name, languages or LANGUAGES, change))
            return change

        return enter


def marked(text: str) -> list[tuple[int, int]]:
    """Where code, roles, targets and placeholders stand."""
    return [match.span() for match in MARKED.finditer(text)]


def found(text: str, pattern: str | re.Pattern[str]) -> list[re.Match[str]]:
    """The matches in the prose."""
    spans = marked(text)
    return [
        match
        for match in re.finditer(pattern, text)
        if all(match.end() <= start or end <= match.start() for start, end in spans)
    ]


def put(text: str, match: re.Match[str], new: str) -> str:
    """The text with another one in the place of a match."""
    return text[: match.start()] + new + text[match.end() :]


def one(
    text: str, pattern: str | re.Pattern[str], new: str | Callable[[re.Match[str]], str], random: Random
) -> str | None:
    """One match in the prose replaced."""
    matches = found(text, pattern)
    if not matches:
        return None
    match = random.choice(matches)
    return put(text, match, new if isinstance(new, str) else new(match))


def word_for_word(text: str, pairs: Mapping[str, str], random: Random, *, whole: bool) -> str | None:
    """One of the words replaced by its pair, its capital kept; whole words only in a language that has spaces."""
    names = "|".join(re.escape(each) for each in sorted(pairs, key=len, reverse=True))
    edge = r"\b" if whole else ""

    def other(match: re.Match[str]) -> str:
        old = match[0]
        new = pairs.get(old) or pairs[old.lower()]
        return new[:1].upper() + new[1:] if old[:1].isupper() and not new[:1].isupper() else new

    return one(text, re.compile(f"{edge}(?:{names}){edge}", re.IGNORECASE), other, random)


def pairs_for(message: Message, pairs: Mapping[str, Mapping[str, str]], random: Random) -> str | None:
    """The same, with the pairs of the message's language."""
    return word_for_word(message.msgstr, pairs[message.language], random, whole=message.language == "pt_BR")


def both_ways(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Pairs as a table that leads from each to the other."""
    return {key: value for first, second in pairs for key, value in ((first, second), (second, first))}


def sentences(message: Message) -> list[str]:
    """The sentences of the translation, with what separates them."""
    text = message.msgstr
    spans = marked(text)
    cuts = [
        match.end()
        for match in SENTENCE[message.language].finditer(text)
        if not any(start < match.end() < end for start, end in spans) and match.end() < len(text)
    ]
    edges = [0, *cuts, len(text)]
    return [text[start:end] for start, end in itertools.pairwise(edges)]


def is_prose(message: Message, words: int = 4) -> bool:
    """Whether there is something to read besides names and code."""
    return len(found(message.msgid, WORD)) >= words


def inserted(text: str, new: str, random: Random, *, words: bool = True) -> str | None:
    """Something put between two words of the prose, or two Chinese characters."""
    places = list(found(text, r"(?<=\w) (?=\w)" if words else r"(?<=[\u4e00-\u9fff])(?=[\u4e00-\u9fff])"))
    return put(text, random.choice(places), new) if places else None


def among(message: Message, new: str, random: Random) -> str | None:
    """The same, as the language has it: between spaces, or after a Chinese character."""
    return (
        inserted(message.msgstr, f" {new} ", random)
        if message.language == "pt_BR"
        else inserted(message.msgstr, f" {new} ", random, words=False)
    )


def swapped(text: str, matches: Sequence[re.Match[str]], random: Random) -> str | None:
    """Two different ones of the matches in each other's place."""
    choices = [
        (first, second)
        for at, first in enumerate(matches)
        for second in matches[at + 1 :]
        if first[0] != second[0] and first.end() <= second.start()
    ]
    if not choices:
        return None
    first, second = random.choice(choices)
    return text[: first.start()] + second[0] + text[first.end() : second.start()] + first[0] + text[second.end() :]
