"""The pages above the languages: the entry, which finds the reader's language, and the 404 page.

Both stand outside of Sphinx, in every language at once; both are complete without a script.
"""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from _ext import interface
from _ext.languages import LANGUAGES, SOURCE, Language

if TYPE_CHECKING:
    from typing import Any

DOCS = Path(__file__).resolve().parents[1]


def write(site: Path, *, public: str = "", locale: Path = interface.OURS) -> None:
    """Write index.html and 404.html into the site; `public` is its address on the web, when it is known."""
    environment = Environment(loader=FileSystemLoader(DOCS / "_templates"), autoescape=True, undefined=StrictUndefined)
    # A host answers with the 404 page wherever the reader went astray, so relative addresses would be wrong there.
    bases = {"index.html": "./", "404.html": urlsplit(public).path or "/"}
    # The style is kept for a year by its whole address (`_ext.hosting`), so a new one has a new address here too.
    style = zlib.crc32((site / SOURCE.slug / "_static" / "site.css").read_bytes())
    for name, base in bases.items():
        text = environment.get_template(name).render(
            base=base,
            style=f"{style:08x}",
            public=public,
            source=SOURCE,
            languages=[_words(each, locale) for each in LANGUAGES],
        )
        (site / name).write_text(f"{text}\n", encoding="utf-8")


def _words(language: Language, locale: Path) -> dict[str, Any]:
    words = interface.translations(language.code, locale)
    return {"tag": language.tag, "slug": language.slug, "name": language.name, "_": words.gettext}
