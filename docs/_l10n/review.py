"""A review: a second person has read a catalogue against the English; it holds for the texts of that day.

`# Reviewed: 2026-11-22 1a2b3c4d5e6f` at the head of a catalogue names the day and the digest of the texts that were
read. When one of them changes, the digest is another one, and the review has ended by itself.
A comment and not a header: Babel, and so sphinx-intl, drops every header that it does not know.

`python -m _l10n.review locale/pt_BR/LC_MESSAGES/index.po` (`make review FILES=…`) writes it.
"""

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import polib

from _l10n.catalogue import Catalogue, CatalogueError, finished, written
from _l10n.languages import LANGUAGES
from _l10n.layout import Layout
from _l10n.problem import Problem, shown

WORD = "Reviewed"
FORM = re.compile(rf"{WORD}: (?P<day>\d{{4}}-\d\d-\d\d) (?P<digest>[0-9a-f]{{12}})")
CURE = "delete the line; `make review FILES=` writes it"


@dataclass(frozen=True)
class Review:
    """When a catalogue was read, and the digest of what was read."""

    day: date
    digest: str

    def __str__(self) -> str:
        return f"{WORD}: {self.day.isoformat()} {self.digest}"

    def holds(self, file: polib.POFile) -> bool:
        """Return whether the texts are still those that were read."""
        return self.digest == digest(file)


def lines(file: polib.POFile) -> list[str]:
    """Return what stands at the head of a catalogue about its review: one line, when all is well."""
    return [line.strip() for line in file.header.splitlines() if line.strip().startswith(WORD)]


def read(file: polib.POFile) -> Review | None:
    """Return the review of a catalogue; nothing where there is none, or one that the check refuses."""
    found = lines(file)
    return _parsed(found[0]) if len(found) == 1 else None


def _parsed(line: str) -> Review | None:
    match = FORM.fullmatch(line)
    try:
        return Review(date.fromisoformat(match["day"]), match["digest"]) if match else None
    except ValueError:
        return None


def digest(file: polib.POFile) -> str:
    """Return what a review is bound to: every text and its translation, whatever their order."""
    texts = [
        [entry.msgctxt or "", entry.msgid, entry.msgid_plural, entry.msgstr, sorted(entry.msgstr_plural.items())]
        for entry in file
        if not entry.obsolete
    ]
    return hashlib.sha256(json.dumps(sorted(texts)).encode()).hexdigest()[:12]


def problems(catalogue: Catalogue) -> Iterator[Problem]:
    """Refuse a review that nobody can read, and a second one."""
    found = lines(catalogue.file)
    for line in found:
        if len(found) > 1 or _parsed(line) is None:
            number = next((n for n, text in enumerate(catalogue.lines, 1) if line in text), 1)
            message = f"{shown(line)} is no review" if len(found) == 1 else f"{len(found)} reviews of one catalogue"
            yield catalogue.problem(number, "review", message, CURE)


def reviewed(catalogue: Catalogue, day: date) -> str:
    """Return the text of a catalogue that was read on a day; raises CatalogueError for one that is not finished."""
    for entry in catalogue.entries:
        if not finished(entry):
            message = f"{shown(entry.msgid)} is not translated"
            cure = "a review is of a finished catalogue: translate it first"
            raise CatalogueError(catalogue.problem(catalogue.line(entry), "review", message, cure))
    return written(list(catalogue.file), catalogue.file.metadata, str(Review(day, digest(catalogue.file))))


def main(arguments: list[str] | None = None) -> int:
    """Write into each catalogue that it was read today; return the exit status."""
    parser = argparse.ArgumentParser(prog="make review FILES=", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="catalogues that you have read against the English")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the repository (default: this folder)")
    options = parser.parse_args(arguments)
    layout = Layout(options.root.resolve())
    today = datetime.now(UTC).date()
    try:
        found = {path: reviewed(_catalogue(layout, path), today) for path in options.files}
    except CatalogueError as error:
        sys.stderr.write(f"{error.problem.relative_to(layout.root)}\n")
        return 1
    for path, text in found.items():
        path.write_text(text, encoding="utf-8", newline="\n")
        sys.stdout.write(f"reviewed {path}\n")
    return 0


def _catalogue(layout: Layout, path: Path) -> Catalogue:
    resolved = path.resolve()
    for code, language in LANGUAGES.items():
        if resolved.is_relative_to(layout.catalogues(code)) and resolved.is_file():
            return Catalogue(resolved, language)
    raise CatalogueError(Problem(path, 1, "review", "no catalogue of the guide", "name files below locale/"))


if __name__ == "__main__":
    sys.exit(main())
