"""Refuse translations that a reader should never meet (`make check`, and before every build).

`python -m _l10n.check` looks at everything: the English pages, the glossary, each catalogue against today's pages.
`python -m _l10n.check locale/pt_BR/LC_MESSAGES/index.po` looks at the files named.
Each finding is a line, `file:line: rule: message - cure`; hints are told and refuse nothing.
"""

import argparse
import os
import struct
import sys
from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator
from functools import cache, cached_property
from pathlib import Path

import polib

from _l10n import glossary, markup, pages, state
from _l10n.catalogue import Catalogue, CatalogueError
from _l10n.extract import ExtractionError, Message, extract
from _l10n.glossary import Glossary, Vocabulary
from _l10n.languages import LANGUAGES, Language
from _l10n.layout import Layout
from _l10n.memory import Memory
from _l10n.messages import changes
from _l10n.problem import Finding, Problem
from _l10n.rules import (
    agreement,
    characters,
    chinese,
    facts,
    leftovers,
    meaning,
    order,
    portuguese,
    prose,
    size,
    spelling,
    terms,
)
from _l10n.rules import markup as markup_rules
from _l10n.rules.pair import Pair, Rule
from _l10n.speller import CURE, DICTIONARIES, Speller
from _l10n.words import LATIN_WORD

COMMON: tuple[Rule, ...] = (
    *markup_rules.RULES,
    *facts.RULES,
    *characters.RULES,
    *terms.RULES,
    *leftovers.RULES,
    *meaning.RULES,
    *order.RULES,
    *prose.RULES,
    *spelling.RULES,
)
BY_LANGUAGE: dict[str, tuple[Rule, ...]] = {"pt_BR": (*portuguese.RULES, *agreement.RULES), "zh_Hans": chinese.RULES}
# What these look for is written down for the languages that we have; one that is begun has no such words yet.
WORDED: tuple[Rule, ...] = (*meaning.RULES, prose.quotes, prose.address)
# What may lie in locale/ besides catalogues. A compiled catalogue is made by the build, beside its source.
COMPILED = ".mo"


@cache
def rules(language: Language) -> tuple[Rule, ...]:
    """Return the rules that the translations of a language are held to."""
    if language.code in BY_LANGUAGE:
        return (*COMMON, *BY_LANGUAGE[language.code])
    return tuple(rule for rule in COMMON if rule not in WORDED)


def check(root: Path, files: Iterable[Path] | None = None, *, layout: bool = False) -> list[Problem]:
    """Return what is wrong with the translations of the guide at `root`, paths relative to it, in order.

    `files` limits the findings to those catalogues and pages.
    With `layout`, a catalogue that `make messages` would write otherwise (wrapped lines, another header order) is
    refused too; without it such a file is a good translation that can be built.
    The site may be built when no finding is left that is not a hint.
    """
    return Guide(Layout(root.resolve())).check(files, layout=layout)


class Guide:
    """A guide being checked: its pages, its glossary, its catalogues; `wanted` limits the files looked at.

    What it has read of conf.py and of the glossary it does not read again.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.wanted: set[Path] | None = None

    def check(self, files: Iterable[Path] | None = None, *, layout: bool = False) -> list[Problem]:
        """Return what is wrong, as the function `check` does."""
        # A list of words belongs to each catalogue of its language.
        lists = {speller.path for speller in self.spellers.values()}
        self.wanted = None if files is None else {path.resolve() for path in files} | lists
        found = (problem for problem in self.problems(layout=layout) if self.wants(problem.path))
        return sorted({problem.relative_to(self.layout.root) for problem in found})

    def wants(self, path: Path) -> bool:
        """Return whether problems of a file are asked for."""
        return self.wanted is None or path in self.wanted

    @cached_property
    def markup(self) -> markup.Markup:
        """The parser, with the extensions of the guide's conf.py."""
        return markup.of_site(self.layout.root)

    @cached_property
    def glossary(self) -> tuple[Glossary, list[Problem]]:
        """The terms, and what is wrong with their file."""
        return glossary.read(self.layout.glossary) if self.layout.glossary.exists() else (Glossary(()), [])

    @cached_property
    def vocabularies(self) -> dict[str, Vocabulary]:
        """The terms as each language needs them."""
        return {code: Vocabulary(self.glossary[0], language) for code, language in LANGUAGES.items()}

    @cached_property
    def spellers(self) -> dict[str, Speller]:
        """The languages that are spelled."""
        return {code: Speller(code, self.layout.locale) for code in DICTIONARIES}

    def problems(self, *, layout: bool) -> Iterator[Problem]:
        """Yield every problem of the guide."""
        yield from pages.lint(self.layout, self.markup)
        yield from self.glossary[1]
        try:
            messages = extract(self.layout)
        except ExtractionError as error:
            yield error.problem
            return
        readable = yield from self.files_and_catalogues(messages)
        if layout and readable:
            yield from self._layout()

    def files_and_catalogues(self, messages: dict[str, list[Message]]) -> Generator[Problem, None, bool]:
        """Yield the problems of the files in locale/, given the pages' messages; return whether all could be read."""
        yield from self._files(messages)
        readable = yield from self._catalogues(messages)
        yield from self._words()
        return readable

    def _words(self) -> Iterator[Problem]:
        """Tell of a dictionary that is not here, refuse it on the machine that decides, and a list out of order."""
        for speller in self.spellers.values():
            if speller.missing:
                yield Problem(speller.path, 1, "spelling", speller.missing, CURE, hint=os.environ.get("CI") != "true")
            yield from speller.unsorted()

    def _files(self, messages: dict[str, list[Message]]) -> Iterator[Problem]:
        """Refuse missing catalogues, and files that a build would read and nobody checks."""
        expected = {self.layout.glossary, *(speller.path for speller in self.spellers.values())}
        for code in LANGUAGES:
            for stem in messages:
                path = self.layout.catalogue(code, stem)
                expected.add(path)
                if not path.exists():
                    yield Problem(path, 1, "missing-catalogue", f"{stem} has no catalogue in {code}", state.MERGE)
        for path in sorted(path for path in self.layout.locale.rglob("*") if path.is_file()):
            compiled = path.suffix == COMPILED and path.with_suffix(".po") in expected
            if path not in expected and not compiled:
                message = "neither a page's catalogue nor the glossary"
                yield Problem(path, 1, "foreign-file", message, "delete it; `make messages` drops a removed page's")
            elif compiled:
                yield from _compiled(path)

    def _catalogues(self, messages: dict[str, list[Message]]) -> Generator[Problem, None, bool]:
        """Yield the problems of every catalogue; return whether all of them could be read."""
        readable = True
        memory = Memory(self.layout)
        for language in LANGUAGES.values():
            there = []
            for stem, found in messages.items():
                path = self.layout.catalogue(language.code, stem)
                if not path.exists() or not self.wants(path) or memory.knows(key := memory.key(path, found)):
                    continue
                try:
                    there.append((Catalogue(path, language), found, key))
                except CatalogueError as error:
                    readable = False
                    yield error.problem
            self._learn(catalogue for catalogue, _, _ in there)
            for catalogue, found, key in there:
                problems = list(self.catalogue(catalogue, found))
                yield from problems
                if not problems and self._spelled(language):
                    memory.learn(key)
        if self.wanted is None:
            memory.save()
        return readable

    def _spelled(self, language: Language) -> bool:
        """Return whether nothing was left out in this language for want of a dictionary."""
        return language.code not in self.spellers or not self.spellers[language.code].missing

    def catalogue_alone(self, path: Path, language: Language) -> list[Problem]:
        """Return what is wrong with a catalogue on its own, in order: nothing is asked of the pages, which takes long.

        Raises CatalogueError for what is no catalogue.
        """
        catalogue = Catalogue(path, language)
        self._learn([catalogue])
        return sorted({problem.relative_to(self.layout.root) for problem in self._alone(catalogue)})

    def catalogue(self, catalogue: Catalogue, messages: list[Message]) -> Iterator[Problem]:
        """Yield the problems of one catalogue, whose page has these messages."""
        yield from self._alone(catalogue)
        yield from state.stale(catalogue, messages)

    def _alone(self, catalogue: Catalogue) -> Iterator[Problem]:
        yield from state.headers(catalogue)
        yield from state.characters(catalogue)
        yield from state.entries(catalogue)
        for entry in catalogue.entries:
            yield from self._entry(catalogue, entry)

    def _learn(self, catalogues: Iterable[Catalogue]) -> None:
        """Ask each dictionary for all its words at once: starting it takes longer than a thousand words."""
        words: defaultdict[str, set[str]] = defaultdict(set)
        for catalogue in catalogues:
            if catalogue.language.code in self.spellers:
                for entry in catalogue.entries:
                    for text in (entry.msgstr, *entry.msgstr_plural.values()):
                        words[catalogue.language.code].update(self.words(text))
        for code, found in words.items():
            self.spellers[code].learn(found)

    def words(self, text: str) -> list[str]:
        """Return the words that a speller looks at, as they are written; none of a text too wild to be parsed."""
        return [] if any(size.findings("", text)) else LATIN_WORD.findall(self.markup.shape(text).prose)

    def _entry(self, catalogue: Catalogue, entry: polib.POEntry) -> Iterator[Problem]:
        allowed, problems = state.excuses(catalogue, entry)
        yield from problems
        used = set()
        for unit in catalogue.units(entry):
            for finding in self.findings(unit.msgid, unit.msgstr, catalogue.language):
                used.add(finding.rule)
                if finding.rule not in allowed:
                    yield finding.at(catalogue.path, unit.line)
        for rule in sorted(allowed - used):
            message = f"nothing in this entry breaks the rule {rule!r}"
            yield catalogue.problem(entry.linenum or 1, "excuse", message, "delete the comment")

    def findings(self, msgid: str, msgstr: str, language: Language) -> Iterator[Finding]:
        """Yield what the rules find in one translation; one that is missing is found by `_l10n.state`."""
        if not msgstr.strip():
            return
        too_much = list(size.findings(msgid, msgstr))
        if too_much:
            yield from too_much
            return
        shapes = self.markup.shape(msgid), self.markup.shape(msgstr)
        pair = Pair(
            msgid, msgstr, *shapes, language, self.vocabularies[language.code], self.spellers.get(language.code)
        )
        for rule in rules(language):
            yield from rule(pair)

    def _layout(self) -> Iterator[Problem]:
        for change in changes(self.layout):
            if change.path.exists():
                message = "`make messages` would write this file otherwise"
                yield Problem(change.path, 1, "layout", message, state.MERGE)


def _compiled(path: Path) -> Iterator[Problem]:
    """Refuse a compiled catalogue that a build would take instead of the checked source."""
    source = path.with_suffix(".po")
    if not source.exists() or path.stat().st_mtime < source.stat().st_mtime:
        return
    try:
        there = {(entry.msgctxt, entry.msgid): entry.msgstr for entry in polib.mofile(str(path))}
        wanted = {(e.msgctxt, e.msgid): e.msgstr for e in polib.pofile(str(source)) if not (e.fuzzy or e.obsolete)}
    except (OSError, ValueError, struct.error):
        message = "this compiled catalogue, or its source, cannot be read"
        yield Problem(path, 1, "foreign-file", message, "delete it; the build makes it again")
        return
    if any(wanted.get(key) != msgstr for key, msgstr in there.items() if msgstr):
        message = "this compiled catalogue says what its source does not"
        yield Problem(path, 1, "foreign-file", message, "delete it; the build makes it again")


def main(arguments: list[str] | None = None) -> int:
    """Print every finding; return 1 when one refuses."""
    parser = argparse.ArgumentParser(prog="python -m _l10n.check", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="catalogues or pages (default: all)")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the repository (default: this folder)")
    parser.add_argument("--layout", action="store_true", help="refuse files that `make messages` would write otherwise")
    options = parser.parse_args(arguments)
    problems = check(options.root, options.files or None, layout=options.layout)
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    refused = [problem for problem in problems if not problem.hint]
    if refused:
        sys.stderr.write(f"{len(refused)} refused in {len({problem.path for problem in refused})} files\n")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
