"""identity.json: the proof that code, link targets and anchors are the same in every language, published with the site.

For each page it has the SHA-256 of each block, as it is shown and as it is copied (the ledger's hashes, see
`build/evidence.json`), and one of all link targets and of all anchors. It is read from the pages as readers get them;
a site whose languages differ is not published.
"""

from __future__ import annotations

import hashlib
import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, TypedDict

from _ext.head import INDEX
from _ext.languages import LANGUAGES, SOURCE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from _ext.head import Head
    from _ext.languages import Language

NAME = "identity.json"
FORMAT = 1


class Block(TypedDict):
    """A block of code, at its line in the English source."""

    line: int
    edition: str | None
    """Nothing for a block that stands in both."""
    sha256: str
    copied: str | None
    """The hash of what the button copies, where there is one."""


class Page(TypedDict):
    """What is the same in every language."""

    blocks: list[Block]
    links: str
    """The hash of all addresses that its text leads to, sorted: a sentence may name them in another order."""
    anchors: str
    """The hash of all anchors in its text, in their order."""


class DifferenceError(Exception):
    """A page that is not the same in two languages; the message says which, and where."""


class _Reader(HTMLParser):
    """Reads what stands in the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[Block] = []
        self.links: list[str] = []
        self.anchors: list[str] = []
        self.inside = False
        self.code: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.inside = self.inside or tag == "article"
        if not self.inside:
            return
        if "id" in found:
            self.anchors.append(found["id"])
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag == "figure" and "block" in found.get("class", "").split():
            copied = found.get("data-copy")
            self.blocks.append(
                {
                    "line": int(found["data-line"]),
                    "edition": found.get("data-edition"),
                    "sha256": digest(""),
                    "copied": None if copied is None else digest(copied),
                }
            )
        elif tag == "pre":
            self.code = []

    def handle_data(self, data: str) -> None:
        if self.code is not None:
            self.code.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "pre" and self.code is not None:
            self.blocks[-1]["sha256"] = digest("".join(self.code))
            self.code = None
        elif tag == "article":
            self.inside = False


def digest(text: str) -> str:
    """Return the identity of a text: SHA-256 over UTF-8, in hexadecimal, as the evidence has it."""
    return hashlib.sha256(text.encode()).hexdigest()


def read(path: Path) -> Page:
    """Return what a built page has that no translation may change."""
    reader = _Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return {
        "blocks": reader.blocks,
        "links": digest("\n".join(sorted(reader.links))),
        "anchors": digest("\n".join(reader.anchors)),
    }


def proof(site: Path, pages: Mapping[Language, list[Head]]) -> dict[str, Any]:
    """Return the identity of every page; raises DifferenceError for one that is another in a translation."""
    found: dict[str, Page] = {}
    for head in pages[SOURCE]:
        found[head.stem] = read(site / SOURCE.slug / head.address / INDEX)
    for language in LANGUAGES:
        here = {head.stem: read(site / language.slug / head.address / INDEX) for head in pages[language]}
        if here != found:
            raise DifferenceError("\n".join(f"{language.tag}: {text}" for text in _differences(found, here)))
    return {"format": FORMAT, "hash": "sha256", "languages": [each.tag for each in LANGUAGES], "pages": found}


def _differences(there: dict[str, Page], here: dict[str, Page]) -> list[str]:
    """Return where a language differs from the English."""
    found = [f"{stem}: a page that only one language has" for stem in sorted(there.keys() ^ here.keys())]
    for stem in sorted(there.keys() & here.keys()):
        english, page = there[stem], here[stem]
        found += [f"{stem}: the {part} differ" for part in ("links", "anchors") if english[part] != page[part]]
        if len(english["blocks"]) != len(page["blocks"]):
            found.append(f"{stem}: {len(page['blocks'])} blocks instead of {len(english['blocks'])}")
        pairs = zip(english["blocks"], page["blocks"], strict=False)
        found += [f"{stem}: the block of line {block['line']} differs" for block, other in pairs if block != other]
    return found


def write(site: Path, pages: Mapping[Language, list[Head]]) -> None:
    """Write the proof into the site; raises DifferenceError where there is none."""
    text = json.dumps(proof(site, pages), ensure_ascii=False, indent=1)
    (site / NAME).write_text(f"{text}\n", encoding="utf-8")
