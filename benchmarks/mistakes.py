"""A mutation score for translations: mistakes sown into the real catalogues, and how many of them the check refuses.

`python -m benchmarks.mistakes` prints, for each kind and language, the refused and all of them, and then the survivors.
A mistake is always the same one; which messages get it does not depend on chance either.
Each mutant is a catalogue of one entry, read and judged as `python -m _l10n.check` does it.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import polib

from _l10n import extract
from _l10n.catalogue import Catalogue, CatalogueError, header
from _l10n.check import Guide
from _l10n.languages import LANGUAGES
from _l10n.layout import Layout
from _l10n.rules.size import READ

from . import attackers, reviewers
from .message import Kind, Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from _l10n.problem import Problem

ROOT = Path(__file__).resolve().parents[1]
KINDS: tuple[Kind, ...] = (*reviewers.KINDS, *attackers.KINDS)


@dataclass(frozen=True)
class Mutant:
    """One mistake in one message."""

    kind: Kind
    before: Message
    after: Message
    refused_by: tuple[str, ...] = ()
    """The rules that refuse it; of a survivor, none."""


def messages(language: str, root: Path = ROOT) -> list[Message]:
    """Every message of a language's catalogues, each English once, in the order of the files."""
    found: dict[str, Message] = {}
    folder = Layout(root).catalogues(language)
    for path in sorted(folder.rglob("*.po")):
        name = path.relative_to(folder).with_suffix("").as_posix()
        entries = list(polib.pofile(str(path)))
        for entry, after in zip(entries, [*entries[1:], polib.POEntry()], strict=True):
            message = Message(language, name, entry.msgid, entry.msgstr, after.msgstr, after.msgid)
            found.setdefault(entry.msgid, replace(message, comment=entry.tcomment))
    return list(found.values())


def sown(kind: Kind, there: Iterable[Message], each: int) -> Iterator[Mutant]:
    """As many mutants of a kind as asked for, or as there can be."""
    shuffled = sorted(there, key=lambda message: message.msgid)
    Random(kind.name).shuffle(shuffled)  # noqa: S311 -- no secret
    mutants = (Mutant(kind, message, after) for message in shuffled if (after := kind.mistake(message)))
    return islice(mutants, each)


class Judge:
    """The check, asked about one mutant at a time."""

    def __init__(self, folder: Path, root: Path = ROOT) -> None:
        self.guide = Guide(Layout(root))
        self.path = folder / "mutant.po"

    def learn(self, language: str, mutants: Iterable[Mutant]) -> None:
        """Ask the dictionary once for the words of all mutants, not once for each."""
        if speller := self.guide.spellers.get(language):
            texts = {mutant.after.msgstr for mutant in mutants if len(mutant.after.msgstr) <= READ}
            speller.learn(word for text in sorted(texts) for word in self.guide.words(text))

    def judged(self, mutant: Mutant) -> Mutant:
        """The mutant with the rules that refuse it."""
        return replace(mutant, refused_by=tuple(dict.fromkeys(each.rule for each in self.problems(mutant))))

    def problems(self, mutant: Mutant) -> list[Problem]:
        """What refuses it: hints do not."""
        language = LANGUAGES[mutant.after.language]
        self.path.write_text(catalogue(mutant.after), encoding="utf-8", newline="")
        # The page says what the mutant's English says, unless just that is the mistake.
        english = mutant.before.msgid if mutant.kind.name == attackers.NO_PAGE else mutant.after.msgid
        try:
            found = list(self.guide.catalogue(Catalogue(self.path, language), [extract.Message(english, "")]))
        except CatalogueError as error:
            return [error.problem]
        return [problem for problem in found if not problem.hint]


def catalogue(message: Message) -> str:
    """The text of a catalogue that holds the message alone."""
    lines = {**header(LANGUAGES[message.language], {}), **dict(message.header)}
    text = 'msgid ""\nmsgstr ""\n' + "".join(quoted(f"{name}: {value}\n") + "\n" for name, value in lines.items())
    text += "\n" + "".join(f"# {line}\n" for line in message.comment.splitlines())
    text += "#, fuzzy\n" if message.fuzzy else ""
    text += f"msgctxt {quoted(message.msgctxt)}\n" if message.msgctxt is not None else ""
    return f"{text}msgid {quoted(message.msgid)}\nmsgstr {quoted(message.msgstr)}\n"


def quoted(text: str) -> str:
    """A string of a PO file; what has no escape stands in it as it is."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
    return '"' + "".join(escapes.get(character, character) for character in text) + '"'


def score(each: int, languages: Iterable[str], wanted: str = "") -> list[Mutant]:
    """All mutants, judged."""
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(Path(folder))
        found = []
        for language in languages:
            there = messages(language)
            kinds = [kind for kind in KINDS if language in kind.languages and wanted in kind.name]
            mutants = [mutant for kind in kinds for mutant in sown(kind, there, each)]
            judge.learn(language, mutants)
            found += [judge.judged(mutant) for mutant in mutants]
        return found


def table(mutants: Iterable[Mutant]) -> Iterator[str]:
    """A line for each kind and language, and the sums."""
    mutants = list(mutants)
    refused: Counter[tuple[str, str]] = Counter()
    total: Counter[tuple[str, str]] = Counter()
    for mutant in mutants:
        for name in (mutant.kind.name, "all kinds"):
            total[name, mutant.after.language] += 1
            refused[name, mutant.after.language] += bool(mutant.refused_by)
    for name in dict.fromkeys([*(mutant.kind.name for mutant in mutants), "all kinds"]):
        cells = (
            f"{refused[name, code]:>4}/{total[name, code]:<4} {100 * refused[name, code] / total[name, code]:5.1f} %"
            if total[name, code]
            else " " * 17
            for code in LANGUAGES
        )
        yield f"{name:<36}" + "   ".join(cells)


def survivor(mutant: Mutant) -> str:
    """A line that tells what nobody refused."""
    before, after = (re.sub(r"\s", " ", each.msgstr) for each in (mutant.before, mutant.after))
    same = next((at for at, (old, new) in enumerate(zip(before, after, strict=False)) if old != new), len(before))
    start = max(same - 40, 0)
    place = f"{mutant.after.language} {mutant.before.catalogue}"
    return f"{mutant.kind.name}: {place}: {before[start : same + 40]!r} -> {after[start : same + 40]!r}"


def main(arguments: list[str] | None = None) -> int:
    """Print the score; return 1 when a language has less than what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mistakes", description=__doc__)
    parser.add_argument("--each", type=int, default=20, help="mutants of a kind and language (default: 20)")
    parser.add_argument("--language", choices=LANGUAGES, help="one language only")
    parser.add_argument("--kind", default="", help="only kinds with this in their name")
    options = parser.parse_args(arguments)
    mutants = score(options.each, [options.language] if options.language else LANGUAGES, options.kind)
    survivors = [mutant for mutant in mutants if not mutant.refused_by]
    sys.stdout.writelines(f"{line}\n" for line in [*table(mutants), "", *map(survivor, survivors)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
