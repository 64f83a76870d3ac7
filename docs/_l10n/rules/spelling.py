"""Spelling: Portuguese by hunspell's dictionary and the project's own words; in Chinese, Latin words from nowhere."""

from collections.abc import Iterator

from _l10n.problem import Finding, shown
from _l10n.rules.facts import CONSTANT
from _l10n.rules.pair import Pair
from _l10n.words import LATIN_WORD


def spelling(pair: Pair) -> Iterator[Finding]:
    """Refuse a word that neither the dictionary nor locale/words_<language>.txt knows."""
    if pair.speller is None:
        return
    cure = f"correct it; a word that is right goes into {pair.speller.words_file}"
    # A CONSTANT and a name of the glossary are compared with the English, letter by letter, by rules of their own.
    own = {*CONSTANT.findall(pair.translation.prose), *pair.vocabulary.latin}
    for word in pair.speller.unknown(word for word in LATIN_WORD.findall(pair.translation.prose) if word not in own):
        yield Finding("spelling", f"{shown(word)} is in no dictionary", cure)


def latin(pair: Pair) -> Iterator[Finding]:
    """Refuse a Latin word in Chinese prose that the English does not have and no term holds: a name misspelt, say."""
    if not pair.language.chinese:
        return
    known = {*LATIN_WORD.findall(pair.english.words.replace("'s", " ").replace("’s", " ")), *pair.vocabulary.latin}
    known |= {word.removesuffix("s") for word in known}
    for word in dict.fromkeys(LATIN_WORD.findall(pair.translation.prose)):
        if word not in known:
            yield Finding("spelling", f"{shown(word)} is not in the English", "write it as the msgid does")


RULES = (spelling, latin)
