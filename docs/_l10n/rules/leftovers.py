"""Sentences that were not translated, or only half, and sentences that say more or less than the English."""

import re
from collections.abc import Iterator
from itertools import groupby

from _l10n.glossary import Glossary, Phrase, english, in_row, phrases
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
# So many English words in a row are no coincidence.
IN_A_ROW = 3
# Below this many letters a negation is a matter of wording: «not in that run» is «outside of it».
SHORT = 25
COPIED_CURE = "translate it; what stays in English belongs into locale/glossary.tsv"
NOT = frozenset({"cannot", "never", "no", "nobody", "none", "not", "nothing", "without"})
NO_NEGATION = re.compile(r"nothing but|no later|not only|no more than|no matter|no less")
NOT_PORTUGUESE = frozenset({
    "evite", "impede", "jamais", "nada", "nem", "nenhum", "nenhuma", "ninguém", "nunca", "não",
    "sem", "tampouco",
})  # fmt: skip
NOT_CHINESE = "不没无未非别勿否免缺"
# Below this many letters of English prose a ratio of lengths says nothing.
LONG = 60
# The lengths of a translation against its English: on this guide Portuguese is 0.88 to 1.30, Chinese 0.87 to 1.24.
SHORTEST, LONGEST = 0.65, 1.7
# Two sentences may become one, but then it is as long as both.
SHORTEST_MERGED = 0.85
# One sentence may become two, but then they are hardly longer.
LONGEST_SPLIT = 1.4
SPLIT = 15
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


def copied(pair: Pair) -> Iterator[Finding]:
    """Refuse English words in a Chinese sentence, and three of them in a row in a Portuguese one.

    Portuguese shares too many words with English to look at one alone; Chinese shares what the glossary keeps.
    """
    if pair.msgstr == pair.msgid:
        return
    kept = pair.vocabulary.kept
    for part in phrases(CONSTANT.sub(".", pair.translation.prose)):
        found = _rows(part, {*english(pair.english.prose)})
        for row in found:
            unknown = [word for word in row if word not in kept and english_singular(word) not in kept]
            if unknown and (pair.language.chinese or _stands(row, pair)):
                yield Finding("english", f"«{' '.join(row)}» is left in English", COPIED_CURE)


def _rows(part: Phrase, known: set[str]) -> Iterator[Phrase]:
    """Yield the longest rows of words that are in the English too."""
    for there, row in groupby(part, key=lambda word: word in known and len(word) > 1):
        if there:
            yield tuple(row)


def _stands(row: Phrase, pair: Pair) -> bool:
    return len(row) >= IN_A_ROW and any(in_row(row, part) for part in phrases(pair.english.prose))


def negation(pair: Pair) -> Iterator[Finding]:
    """Refuse a translation without any negation when the English has one: «never do this» must not become «do».

    A few words are easily said the other way round.
    """
    english, there = pair.english.prose.lower(), pair.translation.prose.lower()
    negated = [word for word in words(NO_NEGATION.sub(" ", english)) if word in NOT or word.endswith("n't")]
    chinese = pair.language.chinese
    if not negated or _letters(english) < SHORT:
        return
    said = sum(map(there.count, NOT_CHINESE)) if chinese else sum(word in NOT_PORTUGUESE for word in words(there))
    # In a row of three, two may become one: «no user, no session, no route».
    if said < len(negated) - len(negated) // 3:
        message = f"the English denies {len(negated)} times ({', '.join(negated)}), the translation {said} times"
        yield Finding("negation", message, "say what is not so, or must not be done")


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
    if _sentences(pair.translation) > _sentences(pair.english) and translation > LONGEST_SPLIT * english + SPLIT:
        yield Finding("length", f"{told}, and more sentences", "say what the English says, and nothing else")


def _letters(prose: str) -> float:
    """Return how many letters of English would say as much."""
    return sum(HAN_LETTERS if "\u3400" <= character <= "\u9fff" else character.isalnum() for character in prose)


def _clauses(shape: Shape) -> int:
    return len(re.findall(r"[.:?!](?=\s|$)|[。：？！]", shape.prose))


def _sentences(shape: Shape) -> int:
    """Return how many sentences there are; a heading, or a last one without its stop, is one too."""
    return len([part for part in re.split(r"[.?!:](?=\s|$)|[。？！：]", shape.prose) if part.strip()])


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


RULES = (same, half, copied, negation, length, ending)
