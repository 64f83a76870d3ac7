"""What a rule looks at: one message, its translation, and the shapes of both."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from _l10n.glossary import Vocabulary
from _l10n.languages import Language
from _l10n.markup import Shape
from _l10n.problem import Finding
from _l10n.speller import Speller


@dataclass(frozen=True)
class Pair:
    """An English message beside its translation."""

    msgid: str
    msgstr: str
    english: Shape
    translation: Shape
    language: Language
    vocabulary: Vocabulary
    speller: Speller | None = None
    """Of a language that is spelled, where its dictionary is installed."""


Rule = Callable[[Pair], Iterator[Finding]]
