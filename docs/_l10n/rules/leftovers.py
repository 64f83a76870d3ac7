"""Sentences that were not translated, or only half, and sentences that say more or less than the English."""

import re
from collections.abc import Iterator

from _l10n.glossary import Glossary, english
from _l10n.markup import OBJECT, Shape
from _l10n.problem import Finding
from _l10n.rules.facts import CONSTANT
from _l10n.rules.pair import Pair
from _l10n.words import english_singular, words

# Words that hold English sentences together and are no words of Portuguese. Left out, though English: those that
# Portuguese has too (a, as, do, for, me, no).
FUNCTION_WORDS = frozenset({
    "about", "after", "also", "and", "are", "before", "below", "between", "both", "but", "by", "can", "each",
    "from", "have", "her", "here", "his", "how", "if", "in", "into", "is", "it", "its", "must", "not", "of", "on",
    "only", "other", "should", "such", "than", "that", "the", "their", "then", "there", "these", "they", "this",
    "those", "to", "was", "were", "what", "when", "where", "which", "while", "who", "will", "with", "without",
    "would", "you", "your",
})  # fmt: skip
# Below this many letters of English prose a ratio of lengths says nothing.
LONG = 60
# The lengths of a translation against its English: on this guide Portuguese is 0.88 to 1.30, Chinese 0.87 to 1.24.
SHORTEST, LONGEST = 0.65, 1.7
# Two sentences may become one, but then it is as long as both.
SHORTEST_MERGED = 0.85
# One Chinese character says as much as this many letters.
HAN_LETTERS = 2.6
ENDINGS = {".": ".", ":": ":", "?": "?", "!": "!"}
CHINESE_ENDINGS = {".": "。", ":": "：", "?": "？", "!": "！"}


def wordless(english_shape: Shape, glossary: Glossary) -> bool:
    """Return whether a message holds nothing to translate: only literals, numbers, acronyms and names."""
    prose = glossary.name_pattern.sub(" ", english_shape.prose)
    return not words(CONSTANT.sub(" ", prose).replace("/", " "))


def same(pair: Pair) -> Iterator[Finding]:
    """Refuse a translation that is the English, when the English has words to translate."""
    if pair.msgstr != pair.msgid:
        return
    kept = pair.vocabulary.kept | {word.lower() for word in CONSTANT.findall(pair.english.prose)}
    left = {word for word in english(pair.english.prose) if word not in kept and english_singular(word) not in kept}
    if left:
        message = "the translation is the English"
        yield Finding("english", f"{message} ({', '.join(sorted(left)[:5])})", "translate it")


def half(pair: Pair) -> Iterator[Finding]:
    """Refuse English function words: they only come in English phrases."""
    found = [word for word in words(pair.translation.prose) if word in FUNCTION_WORDS]
    if found and pair.msgstr != pair.msgid:
        message = f"English is left in the translation ({', '.join(dict.fromkeys(found))})"
        yield Finding("english", message, "translate the phrase")


def length(pair: Pair) -> Iterator[Finding]:
    """Refuse a translation so short or so long that something was dropped or added."""
    english, translation = _letters(pair.english.prose), _letters(pair.translation.prose)
    told = f"{translation:.0f} letters of prose for {english:.0f} of the English"
    if english < LONG:
        # Half a page behind a short heading is no translation either.
        if translation > 40 + 3 * english:
            yield Finding("length", told, "say what the English says, and nothing else")
    elif not SHORTEST <= translation / english <= LONGEST:
        yield Finding("length", told, "say all that the English says, and nothing else")
    elif translation / english < SHORTEST_MERGED and _clauses(pair.translation) < _clauses(pair.english):
        yield Finding("length", f"{told}, and fewer clauses", "say all that the English says")


def _letters(prose: str) -> float:
    """Return how many letters of English would say as much."""
    return sum(HAN_LETTERS if "\u3400" <= character <= "\u9fff" else character.isalnum() for character in prose)


def _clauses(shape: Shape) -> int:
    return len(re.findall(r"[.:?!](?=\s|$)|[。：？！]", shape.prose))


def ending(pair: Pair) -> Iterator[Finding]:
    """Refuse a sentence that ends otherwise: without its full stop, or with one that the English does not have."""
    marks = CHINESE_ENDINGS if pair.language.chinese else ENDINGS
    there, here = _last(pair.english.prose), _last(pair.translation.prose)
    wanted = marks.get(there, "")
    if wanted and here != wanted:
        yield Finding("ending", f"it ends with {here!r} instead of {wanted!r}", "end it as the English ends")
    elif not wanted and here in marks.values():
        yield Finding("ending", f"it ends with {here!r}, the English does not", "end it as the English ends")


def _last(prose: str) -> str:
    """Return the last character that is seen; what closes a quotation or parenthesis is not it."""
    return re.sub(r"[\s\"'”’)）」]+$", "", prose.replace(OBJECT, "x"))[-1:]


RULES = (same, half, length, ending)
