"""A mutation score for translations: of the mistakes sown into the shipped catalogues, the check refuses nearly all."""

from collections import defaultdict
from pathlib import Path

import pytest

from _l10n.languages import LANGUAGES
from benchmarks.mistakes import KINDS, ROOT, Judge, Mutant, messages, sown, survivor
from tests.spelled import SPELLED

pytestmark = [pytest.mark.slow, SPELLED]

EACH = 3
WANTED = 0.95
# What says another thing, in words that could have been meant: a person has to read it. Some of them are refused.
PLAUSIBLE = {
    "obligation weakened": "«may» for «must» is a word of the language; told only where the English must is gone",
    "negation added": "a sentence with a negation is a sentence; told where the English denies nothing",
    "another thing": "both things stand in most of the sentences",
    "the contrary word": "a pair of contraries is told only where no other word of the English explains it",
    "verb in the wrong number": "its subject has to stand right before it to be known",
    "sentence added": "a short one, behind a long text",
}


@pytest.fixture(scope="module")
def mutants(tmp_path_factory: pytest.TempPathFactory) -> list[Mutant]:
    """A few of each kind and language, judged."""
    judge = Judge(tmp_path_factory.mktemp("mutants"))
    found = []
    for language in LANGUAGES:
        there = messages(language, ROOT)
        sowed = [mutant for kind in KINDS if language in kind.languages for mutant in sown(kind, there, EACH)]
        judge.learn(language, sowed)
        found += [judge.judged(mutant) for mutant in sowed]
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_nearly_all_mistakes_are_refused(mutants: list[Mutant], language: str) -> None:
    there = [mutant for mutant in mutants if mutant.after.language == language]
    survivors = [mutant for mutant in there if not mutant.refused_by]
    assert 1 - len(survivors) / len(there) >= WANTED, "\n".join(map(survivor, survivors))


def test_every_kind_is_refused_in_some_message(mutants: list[Mutant]) -> None:
    refused: defaultdict[str, bool] = defaultdict(bool)
    for mutant in mutants:
        refused[mutant.kind.name] |= bool(mutant.refused_by)
    assert not [name for name, once in refused.items() if not once and name not in PLAUSIBLE]


def test_at_least_forty_five_kinds_can_be_made() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 45


def test_a_mistake_is_always_the_same() -> None:
    there = messages("pt_BR")[:40]
    first, again = ([kind.mistake(message) for kind in KINDS for message in there] for _ in range(2))
    assert first == again


def test_the_messages_are_refused_for_their_mistakes_only(tmp_path: Path) -> None:
    judge = Judge(tmp_path)
    kind = next(kind for kind in KINDS if kind.name == "fuzzy")
    for language in LANGUAGES:
        mutants = [Mutant(kind, message, message) for message in messages(language)[::25]]
        judge.learn(language, mutants)
        assert [mutant for mutant in mutants if judge.judged(mutant).refused_by] == []
