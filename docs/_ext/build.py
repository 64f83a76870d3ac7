"""`make site`: the guide in every language, its entry, its 404 page and its search index, in build/site/.

The catalogues are checked first (`_l10n.check`): they are a stranger's text, and nothing of them is built before.
Sphinx builds the English pages meanwhile, and then the translations side by side, each language with its own folder of
doctrees, so that one changed page costs seconds.
The site is put together aside and takes the old one's place in one step at the end.
"""

from __future__ import annotations

import argparse
import fcntl
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from _ext import downloads, entry, hosting, identity, machines, offline, translations
from _ext.head import INDEX
from _ext.languages import LANGUAGES, SOURCE, Language
from _ext.press import Press
from _ext.runs import RUN
from _l10n import check
from _l10n.catalogue import CatalogueError
from _l10n.extract import ExtractionError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
TRANSLATIONS = tuple(language for language in LANGUAGES if language is not SOURCE)
# What stands in a page's body and is not its text: anchors, the bars and notes of blocks, a table of all pages.
NOT_PROSE = f".headerlink, .block-bar, .block-notes, .{translations.CLASS}"


class BuildError(Exception):
    """A step that failed; the message is what its program said."""


@contextmanager
def alone(work: Path) -> Iterator[None]:
    """Wait until no other build uses the same folder: two at once would take each other's files away."""
    work.mkdir(parents=True, exist_ok=True)
    with (work / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@dataclass(frozen=True)
class Build:
    """Where a build reads and writes. `work` keeps what makes the next build fast."""

    source: Path = ROOT / "docs"
    work: Path = ROOT / "build"
    site: Path = ROOT / "build" / "site"
    locale: Path = ROOT / "locale"
    settings: tuple[str, ...] = ()
    """Values that stand above those of conf.py, as `name=value`."""
    public: str = ""
    """The site's address on the web, with its slash, when it is known: hreflang and canonical need it whole."""

    translations: Path = ROOT / "build" / translations.NAME
    """How far they are; nothing is told of it where the file is not there."""

    repository: str = ""
    """Where the source is kept on the web, when conf.py does not say it."""

    books: bool = False
    """Whether the site holds its PDFs and zips as well."""

    evidence: Path = ROOT / "build" / "evidence.json"
    """What the last runs saw: the cover of a PDF says on what."""

    def pages(self, language: Language) -> Path:
        """Return the folder that Sphinx writes a language into."""
        return self.work / "html" / language.slug

    def arguments(self, language: Language) -> list[str]:
        """Return Sphinx's arguments for a language: strict, and deaf to everything but its own folders."""
        doctrees = self.work / "doctrees" / language.code
        settings = [
            f"language={language.code}",
            f"html_baseurl={self.public}",
            f"locale_dirs={self.locale}",
            f"translations_file={self.translations}",
            *self.settings,
        ]
        if self.books:
            settings.append("downloads=1")
        if self.repository:
            settings.append(f"repository={self.repository}")
        return [
            *("-q", "-W", "--keep-going", "-n", "-b", "dirhtml", "-c", str(ROOT)),
            *(option for setting in settings for option in ("-D", setting)),
            *("-d", str(doctrees), str(self.source), str(self.pages(language))),
        ]

    def languages(self) -> None:
        """Build every language; all of them are tried before BuildError is raised, with page and line."""
        with Press(ROOT) as press:
            press.start([self.arguments(SOURCE)])
            press.start(map(self.arguments, TRANSLATIONS))
            finish(press)

    def assemble(self) -> None:
        """Put the languages, the entry, the index and the files for hosts together, then take the old site's place.

        Raises BuildError, and leaves the old site where it is, when the languages differ in code, links or anchors.
        """
        new = self.site.with_name(f"{self.site.name}.new")
        old = self.site.with_name(f"{self.site.name}.old")
        for folder in (new, old):
            shutil.rmtree(folder, ignore_errors=True)
        for language in LANGUAGES:
            shutil.copytree(self.pages(language), new / language.slug, ignore=_no_runs)
        entry.write(new, public=self.public, locale=self.locale)
        try:
            machines.write(new, public=self.public, source=self.source, locale=self.locale)
        except identity.DifferenceError as error:
            raise BuildError(f"the languages are not the same site:\n{error}") from error
        translations.publish(new, self.translations)
        index(new)
        # No search finds the logs of runs, but it takes long to read them.
        for language in LANGUAGES:
            for run in filter(_is_run, self.pages(language).rglob(RUN)):
                shutil.copytree(run, new / language.slug / run.relative_to(self.pages(language)))
        if self.books:
            self.add_downloads(new)
        hosting.write(new)
        if self.site.exists():
            self.site.rename(old)
        new.rename(self.site)
        shutil.rmtree(old, ignore_errors=True)

    def add_downloads(self, site: Path) -> None:
        """Write the zips and the PDFs into the site; raises BuildError."""
        target = site / offline.FOLDER
        try:
            downloads.zips(site, target, public=self.public)
            downloads.pdfs(site, target, work=self.work / "book" / "work", evidence_file=self.evidence)
        except downloads.ERRORS as error:
            raise BuildError(str(error)) from error


def finish(press: Press) -> None:
    """Wait until all languages are built; raises BuildError with what Sphinx said, page and line."""
    # What is wrong with an English page is said once, not once per language.
    if lines := dict.fromkeys([*complaints(press), *complaints(press)]):
        raise BuildError("\n".join(lines))


def complaints(press: Press) -> list[str]:
    """Wait for the builds of one call; return the lines of what was wrong, with paths as seen from the root."""
    return [line for said in press.results() for line in said.strip().replace(f"{ROOT}/", "").splitlines()]


def _no_runs(folder: str, names: list[str]) -> set[str]:
    """Return what the search need not read, and what Sphinx keeps for itself."""
    return {name for name in names if name.startswith(".buildinfo") or _is_run(Path(folder, name))}


def _is_run(folder: Path) -> bool:
    """Tell the folder of a page's runs from a page of that name."""
    return folder.name == RUN and not (folder / INDEX).exists()


def index(site: Path) -> None:
    """Write Pagefind's index of every language into the site; raises BuildError when it fails."""
    # It tells the languages apart by <html lang>, and leaves out pages without data-pagefind-body.
    command = [sys.executable, "-m", "pagefind", "--quiet", "--site", str(site), "--exclude-selectors", NOT_PROSE]
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    if run.returncode:
        raise BuildError(f"the search index failed: {run.stderr or run.stdout}")


def _told(build: Build) -> None:
    """Write how far the translations are; what cannot be read of them is what the check tells next."""
    with suppress(CatalogueError, ExtractionError):
        translations.save(ROOT, build.translations)


def main(arguments: list[str] | None = None) -> int:
    """Check the catalogues and build the site; return an exit status."""
    parser = argparse.ArgumentParser(prog="python -m _ext.build", description=__doc__)
    parser.add_argument("--public", default="", metavar="URL", help="the site's address on the web")
    parser.add_argument("--repository", default="", metavar="URL", help="where the source is kept on the web")
    parser.add_argument("--books", action="store_true", help="PDFs and zips too, and links to them (needs Chromium)")
    options = parser.parse_args(arguments)
    started = time.monotonic()
    public = options.public.rstrip("/") + "/" if options.public else ""
    build = Build(public=public, repository=options.repository, books=options.books)
    try:
        with alone(build.work), Press(ROOT) as press:
            _told(build)
            press.start([build.arguments(SOURCE)])
            if check.main(["--root", str(ROOT)]):
                # Of an English page that does not build, the check has only the name.
                sys.stderr.write("".join(f"{line}\n" for line in complaints(press)))
                return 1
            press.start(map(build.arguments, TRANSLATIONS))
            finish(press)
            build.assemble()
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    seconds = time.monotonic() - started
    if not build.public:
        sys.stdout.write("no sitemap: its addresses need --public (make: PUBLIC=)\n")
    sys.stdout.write(f"{build.site.relative_to(ROOT)}/: {len(LANGUAGES)} languages in {seconds:.1f} s\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
