"""What programs read of the whole site: robots.txt, the sitemaps, llms.txt, identity.json."""

from __future__ import annotations

from typing import TYPE_CHECKING

from _ext import history, identity, llms, sitemap
from _ext.head import heads
from _ext.languages import LANGUAGES, SOURCE, Language

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path


def write(site: Path, *, public: str, source: Path, locale: Path) -> None:
    """Write the files above the pages; git knows when the pages in `source` and their catalogues changed.

    Raises identity.DifferenceError for a page whose code, links or anchors are others in a translation.
    """
    pages = {language: heads(site / language.slug) for language in LANGUAGES}
    dates = history.read(source.resolve(), locale.resolve()) if public else {}
    changed = changes(dates, source.resolve(), locale.resolve(), [page.stem for page in pages[SOURCE]])
    sitemap.write(site, pages, public=public, changes=changed)
    llms.write(site, pages, public=public, locale=locale)
    identity.write(site, pages)


def changes(
    dates: Mapping[Path, datetime], source: Path, locale: Path, stems: Iterable[str]
) -> dict[tuple[Language, str], datetime]:
    """Return when each page last changed in each language: its source or its catalogue, whichever is later."""
    found = {}
    for stem in stems:
        for language in LANGUAGES:
            files = [source / f"{stem}.md"]
            if language is not SOURCE:
                files.append(locale / language.code / "LC_MESSAGES" / f"{stem}.po")
            known = [dates[file] for file in files if file in dates]
            if known:
                found[language, stem] = max(known)
    return found
