"""The order of what is not prose: code, links, roles and numbers come one after the other as in the English.

Two of them in each other's place are the mistake that reads well and does harm.
Where the language really needs another order, a comment says so: `# allow order: the reason`.
"""

import re
from collections.abc import Iterator, Sequence

from _l10n.problem import Finding, shown
from _l10n.rules.facts import NUMBER
from _l10n.rules.pair import Pair

CURE = "put them in the order of the msgid, or say `# allow order: <reason>` above the entry"


def order(pair: Pair) -> Iterator[Finding]:
    """Refuse code, links or numbers that are all there, but in another order."""
    for called, english, translation in (
        ("code and roles", pair.english.marked, pair.translation.marked),
        ("links", pair.english.targets, pair.translation.targets),
        ("numbers", _numbers(pair.english.prose), _numbers(pair.translation.prose)),
    ):
        if english != translation and sorted(english) == sorted(translation):
            first = next(there for here, there in zip(english, translation, strict=True) if here != there)
            yield Finding("order", f"the {called} come in another order, {shown(first)} too early", CURE)


def _numbers(prose: str) -> Sequence[str]:
    return [re.sub(",", ".", number) for number in NUMBER.findall(prose)]


RULES = (order,)
