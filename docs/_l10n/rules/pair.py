"""What a rule looks at: one message, its translation, and the shapes of both."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from _l10n.glossary import Vocabulary
from _l10n.languages import Language
from _l10n.markup import Shape
from _l10n.problem import Finding


@dataclass(frozen=True)
class Pair:
    """An English message beside its translation."""

    msgid: str
    msgstr: str
    english: Shape
    translation: Shape
    language: Language
    vocabulary: Vocabulary


Rule = Callable[[Pair], Iterator[Finding]]
