"""Numbers, CONSTANTS and names: the facts of a sentence, the same in every language."""

import re
from collections import Counter
from collections.abc import Iterator

from _l10n.problem import Finding
from _l10n.rules.pair import Pair

# 8000, 3.11, 1,024, 10:30; a full stop or a comma after it is the sentence's.
NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
# Units behind which Portuguese writes a decimal comma. Behind a name a number is a version and keeps its point.
UNIT = re.compile(
    r"(?P<number>\d+,\d+)(?=\s?(?:[KMG]i?B\b|ms\b|s\b|%|×|vezes|segundos?|minutos?|horas?|milissegundos?|milhões))"
)
# ASGI, SIGTERM, DJANGO_SETTINGS_MODULE; not a single capital, not a word that is only said loudly.
CONSTANT = re.compile(r"(?<![A-Za-z0-9_])[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*(?:s(?![A-Za-z0-9_])|(?![A-Za-z0-9_]))")
LOUD = frozenset({"A", "ALL", "AND", "ANY", "I", "MUST", "NEVER", "NO", "NOT", "ONE", "ONLY", "OR"})
# Numbers that English spells out may be digits in a translation (两个 or 2 个).
SPELLED = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8",
    "nine": "9", "ten": "10", "eleven": "11", "twelve": "12", "first": "1", "second": "2", "third": "3", "both": "2",
    "once": "1", "twice": "2",
}  # fmt: skip


def numbers(pair: Pair) -> Iterator[Finding]:
    """Refuse a number that differs, is missing or new."""
    english = Counter(NUMBER.findall(pair.english.prose))
    translation = _numbers(pair)
    for number in (english - translation).elements():
        yield Finding("number", f"the number {number} is missing", _number_cure(pair))
    spelled = Counter(SPELLED[word] for word in re.findall(r"[a-z]+", pair.english.prose.lower()) if word in SPELLED)
    for number in (translation - english - spelled).elements():
        yield Finding("number", f"the number {number} is not in the English", _number_cure(pair))


def _numbers(pair: Pair) -> Counter[str]:
    prose = pair.translation.prose
    if pair.language.code == "pt_BR":
        prose = UNIT.sub(lambda match: match["number"].replace(",", "."), prose)
    return Counter(NUMBER.findall(prose))


def _number_cure(pair: Pair) -> str:
    if pair.language.code == "pt_BR":
        return "write it in digits as the msgid does; a decimal comma only before a unit (0,5 s)"
    return "write it in digits as the msgid does, and as a word where the msgid has a word"


def constants(pair: Pair) -> Iterator[Finding]:
    """Refuse a CONSTANT or an acronym that differs, is missing or new."""
    english, translation = _constants(pair.english.prose), _constants(pair.translation.prose)
    for constant in (english - translation).elements():
        yield Finding("constant", f"{constant} is missing", "write it as often as the msgid does")
    for constant in (translation - english).elements():
        yield Finding("constant", f"{constant} is not in the English", "write it as often as the msgid does")


def _constants(prose: str) -> Counter[str]:
    found = (match.removesuffix("s") for match in CONSTANT.findall(prose))
    return Counter(constant for constant in found if len(constant) > 1 and constant not in LOUD)


def names(pair: Pair) -> Iterator[Finding]:
    """Refuse a product's name that took the place of another, or that is gone."""
    english, translation = _names(pair, pair.english.prose), _names(pair, pair.translation.prose)
    for name in sorted(english - translation):
        yield Finding("name", f"the name {name} is missing", "names stay as they are in the msgid")
    for name in sorted(translation - english):
        yield Finding("name", f"the name {name} is not in the English", "names stay as they are in the msgid")


def _names(pair: Pair, prose: str) -> set[str]:
    return set(pair.vocabulary.glossary.name_pattern.findall(prose))


RULES = (numbers, constants, names)
