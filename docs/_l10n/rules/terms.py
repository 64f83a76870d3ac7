"""The glossary: what a term is called, and what it is not."""

from collections.abc import Callable, Iterator

from _l10n.glossary import Phrase, Term, in_row, phrases, singulars, windows
from _l10n.problem import Finding
from _l10n.rules.pair import Pair
from _l10n.words import portuguese_singular, portuguese_stem, words

INFINITIVE = ("ar", "er", "ir")


def required(pair: Pair) -> Iterator[Finding]:
    """Tell or refuse a term of the English that is called something else.

    One of the accepted texts anywhere in the translation is enough: a sentence may be built differently.
    Portuguese words meet by their stems, so that number, gender and the forms of a verb do not matter.
    """
    code = pair.language.code
    for term in pair.vocabulary.glossary.used(pair.english.prose):
        accepted = [] if term.name else term.accepted(code)
        if accepted and not any(_says(pair, text) for text in accepted):
            message = f"«{term.forms[0]}» is {_called(pair, term)} in this language"
            yield Finding("term", message, "use it, in any inflection", term.hint)


def _called(pair: Pair, term: Term) -> str:
    return " or ".join(f"«{text}»" for text in term.called[pair.language.code]) or term.note


def _says(pair: Pair, text: str) -> bool:
    there = pair.translation.words
    if pair.language.chinese:
        # Spaces between Chinese and Latin come and go with their neighbours.
        return text.replace(" ", "").lower() in there.replace(" ", "").lower()
    return in_row(_reduced(text, portuguese_stem), _reduced(there, portuguese_stem))


def _reduced(text: str, reduce: Callable[[str], str]) -> Phrase:
    return tuple(reduce(word) for word in words(text))


def forbidden(pair: Pair) -> Iterator[Finding]:
    """Tell or refuse what a term is not called, wherever it stands."""
    find = _chinese_avoided if pair.language.chinese else _portuguese_avoided
    for text in find(pair):
        term = pair.vocabulary.avoided[text]
        yield Finding("forbidden-term", f"«{text}» for «{term.forms[0]}»", f"write {_called(pair, term)}", term.hint)


def _chinese_avoided(pair: Pair) -> Iterator[str]:
    """Read left to right by the longest known term, so that 执行程序 is 执行 and 程序, and never 行程."""
    for match in pair.vocabulary.pattern.finditer(pair.translation.prose):
        if match[0] in pair.vocabulary.avoided:
            yield match[0]


def _portuguese_avoided(pair: Pair) -> Iterator[str]:
    """Compare nouns without their plural only: by stems «ligação» (no) would be «ligar» (yes)."""
    there = {reduce: _reduced(pair.translation.prose, reduce) for reduce in (portuguese_stem, portuguese_singular)}
    for text in pair.vocabulary.avoided:
        verb = " " not in text and text.endswith(INFINITIVE)
        reduce = portuguese_stem if verb else portuguese_singular
        if in_row(_reduced(text, reduce), there[reduce]):
            yield text


def left(pair: Pair) -> Iterator[Finding]:
    """Tell or refuse a term left in English, where this language has a word for it."""
    replaced = pair.vocabulary.replaced
    # What a term is called may hold English: «encerramento controlado (graceful shutdown)».
    prose = pair.vocabulary.accepted_pattern.sub(" . ", pair.translation.prose)
    for part in phrases(prose):
        for phrase in replaced.keys() & windows(singulars(part)):
            message = f"«{' '.join(phrase)}» is left in English"
            term = replaced[phrase]
            yield Finding("english", message, f"write {_called(pair, term)}", term.hint)


RULES = (required, forbidden, left)
