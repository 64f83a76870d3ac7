"""``make mutate``: change each executable line of the pages; every change must turn its page red.

    python -m benchmarks.mutate [PAGE]... [--edition EDITION] [--line LINE]... [--workers N] [--list]

Prints killed/total by page, and each survivor with page:line and what was changed. The exit status is 1 where a mutant
survives that ``accepted_mutants.toml`` does not list, or where that list is wrong.

Each page runs once as it is, in each edition. A mutant that changes only what the page expects is then judged by what
came (see ``judge``). Any other one runs, from the last snapshot before its line (see ``snapshots``) to its first
failure; what hangs is ended by a short limit, and killed with it. A block that stands in both editions is changed in
one of them; in the other one too if that survives.
"""

from __future__ import annotations

import argparse
import math
import shutil
import signal
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from tests.snippets.floor import IS_FLOOR, on_floor
from tests.snippets.page import EDITIONS, Block, Edition, Page, PageError
from tests.snippets.parse import parse
from tests.snippets.report import report
from tests.snippets.sandbox import Sandbox
from tests.snippets.scenario import Limits, Result
from tests.snippets.wheels import gather

from .judge import is_red
from .mutants import Mutant, mutants
from .snapshots import Workshop

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
VENV = Path(sys.prefix)
ACCEPTED = Path(__file__).with_name("accepted_mutants.toml")


LIMITS = Limits(command=20, ready=10)
PATIENCE = 3
"""Seconds that each block of a mutant may take beyond three times what it took on the page."""


class MutateError(Exception):
    """Nothing can be said of a page's mutants."""


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant."""

    mutant: Mutant
    killed: str
    """The first line of the failure that it caused; empty where it survived."""
    seconds: float = 0.0
    """That its run took."""


@dataclass(frozen=True)
class Accepted:
    """An entry of ``accepted_mutants.toml``."""

    page: str
    kind: str
    before: str
    reason: str
    after: str | None = None
    floor: bool = False
    """Whether it survives on the oldest supported Django and Python only."""

    def matches(self, key: str, mutant: Mutant) -> bool:
        """Whether it is about this mutant."""
        return (self.page, self.kind, self.before, self.after) == (key, mutant.kind, mutant.before, mutant.after)


class Bench:
    """One page and its mutants."""

    def __init__(self, key: str, folder: Path, wheels: Path, editions: Sequence[Edition], workers: int) -> None:
        self.key = key
        self.page = read(DOCS / f"{key}.md", key)
        self.source = self.page.path.read_text(encoding="utf-8").split("\n")
        self.folder = folder
        self.workers = workers
        self.runs: list[Result] = []
        self.workshops = {
            edition: Workshop(self.page, edition, folder / edition, wheels=wheels, venv=VENV, root=ROOT)
            for edition in editions
        }

    def verdicts(self, chosen: Sequence[Mutant]) -> list[Verdict]:
        """What becomes of these mutants, in their order."""
        with ThreadPoolExecutor(self.workers) as pool:
            for result in pool.map(Workshop.baseline, self.workshops.values()):
                if result.failure:
                    raise MutateError(report(result, f"docs/{self.key}.md"))
                self.runs.append(result)
            return list(pool.map(self.verdict, chosen))

    def verdict(self, mutant: Mutant) -> Verdict:
        """What becomes of one mutant."""
        if mutant.compared:
            return Verdict(mutant, "differs from what came" if is_red(mutant, self.runs) else "")
        clock = time.monotonic()
        killed = self.run(mutant)
        return Verdict(mutant, killed, time.monotonic() - clock)

    def run(self, mutant: Mutant) -> str:
        """The first line of the failure that the mutant causes; empty where there is none."""
        try:
            page = self.changed(mutant)
        except PageError as error:
            return str(error)
        page = self.limited(page, mutant)
        for edition, workshop in self.workshops.items():
            if mutant.edition in {None, edition}:
                result = tried(workshop, page, min(mutant.part.line, mutant.first))
                if result.failure:
                    return report(result, f"docs/{self.key}.md").split("\n")[0]
        return ""

    def limited(self, page: Page, mutant: Mutant) -> Page:
        """The mutant with a limit for each block, by the time that it took on the page."""
        shift = mutant.count - len(mutant.lines)

        def line(block: Block) -> int:
            return block.line + shift if block.line > mutant.first else block.line

        def patient(block: Block) -> Block:
            took = max(run.times.get(line(block), 0) for run in self.runs)
            return replace(block, options={"limit": str(math.ceil(PATIENCE + 3 * took)), **block.options})

        return replace(page, parts=tuple(patient(part) if isinstance(part, Block) else part for part in page.parts))

    def changed(self, mutant: Mutant) -> Page:
        """The page with a change. Raises PageError where it cannot be run any more."""
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            path = Path(folder, self.page.path.name)
            path.write_text(mutant.text(self.source), encoding="utf-8")
            return read(path, self.key)


def tried(workshop: Workshop, page: Page, line: int) -> Result:
    """A run of a mutant from the last snapshot before a line, or from an earlier one where that is no good."""
    while True:
        snapshot = workshop.before(line)
        result = workshop.run(page, snapshot, LIMITS)
        if result.failure is None or snapshot is None or workshop.holds(snapshot, result):
            return result


def read(path: Path, key: str) -> Page:
    """A page as this Django prints it."""
    page = parse(path, key)
    return on_floor(page) if IS_FLOOR else page


def keys() -> list[str]:
    """Every page of the guide, by its stem."""
    pages = (path.relative_to(DOCS) for path in sorted(DOCS.rglob("*.md")))
    return [page.with_suffix("").as_posix() for page in pages if not page.parts[0].startswith("_")]


def accepted(path: Path) -> list[Accepted]:
    """The mutants that may survive here. Raises MutateError for an entry that says too little, or too much."""
    found = []
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["mutant"]:
        try:
            found.append(Accepted(**entry))
        except TypeError as error:
            raise MutateError(f"{path.name}: {entry}: {error}") from None
    return [entry for entry in found if IS_FLOOR or not entry.floor]


def wrong_entries(key: str, listed: Iterable[Accepted], verdicts: Sequence[Verdict]) -> Iterable[str]:
    """What is wrong with the entries of a page all of whose mutants have been tried."""
    for entry in listed:
        if entry.page == key:
            found = [verdict for verdict in verdicts if entry.matches(key, verdict.mutant)]
            what = f"{ACCEPTED.name}: {entry.page}, {entry.kind}, {entry.before!r}"
            if not found:
                yield f"{what}: there is no such mutant - remove the entry"
            elif all(verdict.killed for verdict in found):
                yield f"{what}: it turns its page red - remove the entry"
            elif not entry.reason:
                yield f"{what}: give the reason"


def shown(key: str, mutant: Mutant) -> str:
    """A mutant as it is printed."""
    after = "" if mutant.after is None else f"\n    + {mutant.after}"
    edition = f" ({mutant.edition})" if mutant.edition else ""
    return f"docs/{key}.md:{mutant.line}: {mutant.kind}{edition}\n    - {mutant.before}{after}"


def score(key: str, bench: Bench, chosen: Sequence[Mutant], *, whole: bool, verbose: bool) -> bool:
    """Print what becomes of the mutants of a page; whether that is as it should be."""
    clock = time.monotonic()
    verdicts = bench.verdicts(chosen)
    listed = accepted(ACCEPTED)
    survivors = [verdict.mutant for verdict in verdicts if not verdict.killed]
    new = [mutant for mutant in survivors if not any(entry.matches(key, mutant) for entry in listed)]
    wrong = list(wrong_entries(key, listed, verdicts)) if whole else []
    print(
        f"{key}: {len(verdicts) - len(survivors)}/{len(verdicts)} killed, {len(survivors) - len(new)} accepted,"
        f" {time.monotonic() - clock:.0f} s",
        flush=True,
    )
    for text in (*(shown(key, mutant) for mutant in new), *wrong):
        print(text, flush=True)
    for verdict in verdicts if verbose else ():
        print(f"{shown(key, verdict.mutant)}\n    {verdict.seconds:.1f} s: {verdict.killed or 'survives'}")
    return not new and not wrong


def leave(number: int, _: object) -> NoReturn:
    """End what runs and remove what was written, undisturbed by the same signal again: timeout(1) sends it twice."""
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)


def main(arguments: Sequence[str] | None = None) -> int:
    """Score the pages that are asked for; returns the exit status."""
    parser = argparse.ArgumentParser(prog="mutate", description="Change each executable line of the pages.")
    parser.add_argument("pages", nargs="*", metavar="PAGE", help="such as servers/uvicorn; all pages by default")
    parser.add_argument("--edition", choices=EDITIONS, help="only this edition")
    parser.add_argument("--line", type=int, action="append", help="only the mutants of this line")
    parser.add_argument("--workers", type=int, default=2, help="how many run at once (2)")
    parser.add_argument("--verbose", action="store_true", help="print what killed each mutant, and when")
    parser.add_argument("--list", action="store_true", help="print the mutants, and run nothing")
    asked = parser.parse_args(arguments)
    unknown = set(asked.pages) - set(keys())
    if unknown:
        parser.error(f"no such page: {', '.join(sorted(unknown))} - there are {', '.join(keys())}")
    refusal = Sandbox.available()
    if refusal:
        parser.error(f"mutants run in a sandbox only: {refusal}")
    editions = (asked.edition,) if asked.edition else EDITIONS
    signal.signal(signal.SIGTERM, leave)
    good = True
    with tempfile.TemporaryDirectory(prefix="mutants-") as made:
        folder = Path(made)
        folder.chmod(0o755)  # the sandbox reads it as another user
        (folder / "wheels").mkdir()
        wheels = gather(VENV, folder / "wheels")
        for number, key in enumerate(asked.pages or keys()):
            (folder / str(number)).mkdir(mode=0o755)
            chosen = [
                mutant
                for mutant in mutants(read(DOCS / f"{key}.md", key))
                if mutant.edition in {None, *editions} and (not asked.line or mutant.line in asked.line)
            ]
            if asked.list:
                print("\n".join(shown(key, mutant) for mutant in chosen))
                continue
            bench = Bench(key, folder / str(number), wheels, editions, asked.workers)
            try:
                good &= score(key, bench, chosen, whole=not asked.edition and not asked.line, verbose=asked.verbose)
            except MutateError as error:
                print(error)
                good = False
            shutil.rmtree(folder / str(number))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
