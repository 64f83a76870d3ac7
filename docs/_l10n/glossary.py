"""locale/glossary.tsv: the words that the translations agree on.

A tab-separated table that a spreadsheet opens.
`term` is the English, its forms divided by `;`.
For each language, `<code>` holds what it is called, alternatives divided by `;` and the preferred one first;
a gloss in parentheses may stay, and may stand alone, in a translation (`工作进程（worker）`).
`<code>_avoid` holds what it is not called: other countries' words, false friends.
An empty `<code>` asks for nothing and only forbids; the note then says what to write.
`severity` is `error` (refused) or `hint` (told).
A term that is the same in every column is a name: it stays as it is, and no other name takes its place.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from _l10n.languages import LANGUAGES, Language
from _l10n.layout import Layout
from _l10n.problem import Problem
from _l10n.words import LATIN_WORD, english_singular, words

COLUMNS = ["term", *(name for code in LANGUAGES for name in (code, f"{code}_avoid")), "severity", "note"]
SEVERITIES = ("error", "hint")
Phrase = tuple[str, ...]
# How many words a term may have.
LONGEST = 4
GLOSS = re.compile(r"\s*[(（](.+?)[)）]\s*")


@dataclass(frozen=True)
class Term:
    """One row: the English forms, and by language what they are called and what they are not."""

    line: int
    forms: tuple[str, ...]
    called: dict[str, tuple[str, ...]]
    avoided: dict[str, tuple[str, ...]]
    severity: str
    note: str = ""

    @property
    def hint(self) -> bool:
        """Whether a breach is only told."""
        return self.severity == "hint"

    @property
    def name(self) -> bool:
        """Whether it is a name, the same everywhere."""
        return all(called == self.forms for called in self.called.values())

    def accepted(self, language: str) -> list[str]:
        """Return every text that translates the term: each alternative, without its gloss, and the gloss alone."""
        texts: list[str] = []
        for alternative in self.called[language]:
            texts += [alternative, GLOSS.sub("", alternative), *GLOSS.findall(alternative)]
        return [text for text in dict.fromkeys(texts) if text]


@dataclass(frozen=True)
class Glossary:
    """The terms, and the English index over them."""

    terms: tuple[Term, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names, longest first."""
        found = [form for term in self.terms if term.name for form in term.forms]
        return tuple(sorted(found, key=lambda name: (-len(name), name)))

    @cached_property
    def name_pattern(self) -> re.Pattern[str]:
        """What finds a name, in the plural too (group 1 is the name itself)."""
        return re.compile(rf"(?<![A-Za-z0-9_])({_any_of(self.names)})s?(?![A-Za-z0-9_])")

    @cached_property
    def _by_words(self) -> dict[Phrase, Term]:
        return {english(form): term for term in self.terms for form in term.forms}

    def used(self, text: str) -> list[Term]:
        """Return the terms in an English text, each once; in «virtual environment» there is no «environment»."""
        found: dict[int, Term] = {}
        for sentence in phrases(text):
            at = 0
            while at < len(sentence):
                term, length = self._longest_at(sentence, at)
                if term:
                    found[term.line] = term
                at += length
        return list(found.values())

    def _longest_at(self, sentence: Phrase, at: int) -> tuple[Term | None, int]:
        for length in range(min(LONGEST, len(sentence) - at), 0, -1):
            words_here = sentence[at : at + length]
            term = self._by_words.get(words_here) or self._by_words.get(singular(words_here))
            if term:
                return term, length
        return None, 1


class Vocabulary:
    """The glossary as one language needs it, each look-up made once."""

    def __init__(self, glossary: Glossary, language: Language) -> None:
        self.glossary = glossary
        self.code = language.code

    @cached_property
    def avoided(self) -> dict[str, Term]:
        """What terms are not called."""
        return {text: term for term in self.glossary.terms for text in term.avoided[self.code]}

    @cached_property
    def accepted(self) -> frozenset[str]:
        """What terms are called."""
        return frozenset(text for term in self.glossary.terms for text in term.accepted(self.code))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What finds, longest first, any text that is avoided or accepted."""
        return re.compile(_any_of({*self.avoided, *self.accepted}))

    @cached_property
    def accepted_pattern(self) -> re.Pattern[str]:
        """What finds a name, and what terms are called, as whole words."""
        texts = _any_of({*self.glossary.names, *self.accepted})
        return re.compile(rf"(?<![A-Za-zÀ-ÿ0-9_])(?:{texts})(?![A-Za-zÀ-ÿ0-9_])", re.IGNORECASE)

    @cached_property
    def kept(self) -> frozenset[str]:
        """The English words that this language keeps: names, and those in what a term is called."""
        texts = [*self.glossary.names, *self.accepted]
        return frozenset(word for text in texts for word in (*english(text), *singulars(english(text))))

    @cached_property
    def latin(self) -> frozenset[str]:
        """The Latin words, as they are written, of names and of what terms are called."""
        return frozenset(word for text in (*self.glossary.names, *self.accepted) for word in LATIN_WORD.findall(text))

    @cached_property
    def capitals(self) -> frozenset[str]:
        """Those of them that begin with a capital."""
        return frozenset(word for word in self.latin if word[0].isupper())

    @cached_property
    def replaced(self) -> dict[Phrase, Term]:
        """The English phrases that this language calls otherwise, and that must not stay."""
        found = {}
        for term in self.glossary.terms:
            accepted = [english(text) for text in term.accepted(self.code)]
            for form in term.forms:
                if accepted and not any(in_row(english(form), text) for text in accepted):
                    found[singulars(english(form))] = term
        return found


def english(text: str) -> Phrase:
    """Return the words of an English text; a hyphen divides words."""
    return tuple(words(text.replace("-", " ")))


def singular(phrase: Phrase) -> Phrase:
    """Return a phrase whose last word is no plural."""
    return (*phrase[:-1], english_singular(phrase[-1])) if phrase else phrase


def singulars(phrase: Phrase) -> Phrase:
    """Return a phrase without any plural."""
    return tuple(english_singular(word) for word in phrase)


def windows(phrase: Phrase) -> set[Phrase]:
    """Return every phrase inside a phrase, as long as a term may be."""
    starts = range(len(phrase))
    return {phrase[at : at + length] for at in starts for length in range(1, LONGEST + 1) if at + length <= len(phrase)}


def in_row(wanted: Phrase, there: Phrase) -> bool:
    """Return whether the words of one phrase stand in a row in another."""
    length = len(wanted)
    return any(there[at : at + length] == wanted for at in range(len(there) - length + 1))


def phrases(text: str) -> Iterator[Phrase]:
    """Yield the parts of an English text that punctuation divides: a term never spans a comma."""
    for part in re.split(r"[.,;:!?()\"\ufffc\n/—–]", text):
        yield english(part)


def _any_of(texts: Iterable[str]) -> str:
    """Return a pattern for any of the texts, longest first; for none of them, one that never matches."""
    return "|".join(re.escape(text) for text in sorted(texts, key=lambda text: (-len(text), text))) or r"(?!)"


def of_site(layout: Layout) -> Glossary:
    """Return the glossary of a guide; an empty one when it has none."""
    return read(layout.glossary)[0] if layout.glossary.exists() else Glossary(())


def read(path: Path) -> tuple[Glossary, list[Problem]]:
    """Return the glossary and what is wrong with its file."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows or rows[0] != COLUMNS:
        cure = "the first line must be: " + " ".join(COLUMNS)
        return Glossary(()), [Problem(path, 1, "glossary", "the columns are not those of a glossary", cure)]
    problems = []
    terms = []
    for line, row in enumerate(rows[1:], 2):
        message = _row_fault(row)
        if message:
            problems.append(Problem(path, line, "glossary", message, "see the other lines"))
        else:
            terms.append(_term(line, row))
    problems += [Problem(path, line, "glossary", message, cure) for line, message, cure in _contradictions(terms)]
    return Glossary(tuple(terms)), problems


def _row_fault(row: list[str]) -> str:
    if len(row) != len(COLUMNS):
        return f"{len(row)} columns instead of {len(COLUMNS)}"
    cells = dict(zip(COLUMNS, row, strict=True))
    if cells["severity"] not in SEVERITIES:
        return f"the severity {cells['severity']!r} is neither of {', '.join(SEVERITIES)}"
    if any(cell != "; ".join(part.strip() for part in cell.split(";")) for cell in row[:-2]):
        return "alternatives are divided by «; » and nothing else"
    if any(len(english(form)) > LONGEST for form in cells["term"].split(";")):
        return f"a term of more than {LONGEST} words"
    return "" if cells["term"] else "no term"


def _term(line: int, row: list[str]) -> Term:
    cells = dict(zip(COLUMNS, row, strict=True))
    return Term(
        line,
        _alternatives(cells["term"]),
        {code: _alternatives(cells[code]) for code in LANGUAGES},
        {code: _alternatives(cells[f"{code}_avoid"]) for code in LANGUAGES},
        cells["severity"],
        cells["note"],
    )


def _alternatives(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def _contradictions(terms: Iterable[Term]) -> Iterator[tuple[int, str, str]]:
    seen: dict[str, int] = {}
    required: dict[tuple[str, str], int] = {}
    forbidden: dict[tuple[str, str], int] = {}
    for term in terms:
        for form in term.forms:
            first = seen.setdefault(form.lower(), term.line)
            if first != term.line:
                yield term.line, f"{form!r} is already on line {first}", "keep one of the two lines"
        for code in LANGUAGES:
            required |= {(code, text.lower()): term.line for text in term.accepted(code)}
            forbidden |= {(code, text.lower()): term.line for text in term.avoided[code]}
    for (code, text), line in forbidden.items():
        if (code, text) in required:
            message = f"{text!r} is forbidden here and required on line {required[code, text]} in {code}"
            yield line, message, "decide which of the two it is"
