"""`make book`: the guide to take along, in build/book/: a zip and a PDF of each language.

They are made from the built site. `make site BOOK=1` puts them into it, and the foot of each page leads to them.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pikepdf import PdfError

from _ext import book, cover, offline
from _ext.languages import LANGUAGES, find
from _ext.pdf import destinations, packed
from _ext.printer import PrinterError, printer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _ext.languages import Language
    from _ext.printer import Print

ROOT = Path(__file__).resolve().parents[2]
ERRORS = (book.BookError, offline.OfflineError, PdfError, PrinterError)


def zips(site: Path, target: Path, languages: Iterable[Language] = LANGUAGES, *, public: str = "") -> None:
    """Write the zip of each language into a folder; raises OfflineError."""
    target.mkdir(parents=True, exist_ok=True)
    for language in languages:
        offline.write(site, language, target / offline.name(language, "zip"), public=public)


def pdfs(
    site: Path, target: Path, languages: Iterable[Language] = LANGUAGES, *, work: Path, evidence_file: Path
) -> None:
    """Write the PDF of each language into a folder; raises one of ERRORS. `work` is left with what was printed."""
    target.mkdir(parents=True, exist_ok=True)
    with printer() as pdf:
        for language in languages:
            folder = work / language.slug
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(site / language.slug / "_static", folder / "_static")
            words = cover.read(language, evidence_file=evidence_file)
            content = _printed(book.Book(site, language, words), folder, pdf)
            (target / offline.name(language, "pdf")).write_bytes(content)


def _printed(volume: book.Book, folder: Path, pdf: Print) -> bytes:
    """Print twice: only paper tells on which page a chapter begins, and the contents say so."""
    volume.write(folder, {})
    numbers = destinations(pdf(folder / book.NAME))
    volume.write(folder, numbers)
    printed = pdf(folder / book.NAME)
    if destinations(printed) != numbers:
        raise PdfError("the numbers in the contents move the pages that they name")
    return packed(printed)


def main(arguments: list[str] | None = None) -> int:
    """Write the downloads of a built site; return an exit status."""
    parser = argparse.ArgumentParser(prog="make book", description=__doc__)
    parser.add_argument("--site", type=Path, default=ROOT / "build" / "site")
    parser.add_argument("--target", type=Path, default=ROOT / "build" / "book")
    parser.add_argument("--evidence", type=Path, default=ROOT / "build" / "evidence.json")
    parser.add_argument("--public", default="", metavar="URL", help="the site's address on the web")
    parser.add_argument("--language", action="append", choices=[language.code for language in LANGUAGES])
    options = parser.parse_args(arguments)
    if not (options.site / "index.html").exists():
        sys.stderr.write(f"{options.site} holds no site: `make site` builds it\n")
        return 1
    public = options.public.rstrip("/") + "/" if options.public else ""
    try:
        languages = [find(code) for code in options.language] if options.language else LANGUAGES
        zips(options.site, options.target, languages, public=public)
        pdfs(options.site, options.target, languages, work=options.target / "work", evidence_file=options.evidence)
    except ERRORS as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        for path in sorted(options.target.glob("gingerdj-guide-*")):
            sys.stdout.write(f"{path}: {path.stat().st_size / 1_000_000:.1f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
