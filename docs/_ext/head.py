"""The pages of a built language, as their own heads tell: in the guide's order, each with title and description."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from posixpath import normpath
from typing import TYPE_CHECKING
from urllib.parse import urljoin

if TYPE_CHECKING:
    from pathlib import Path

INDEX = "index.html"


@dataclass(frozen=True)
class Head:
    """One page."""

    address: str
    """Where it stands in its language: `servers/uvicorn/`, nothing for the first page."""
    title: str
    description: str
    markdown: str
    """Where its Markdown stands in its language: `servers/uvicorn.md`."""

    @property
    def stem(self) -> str:
        """Return the name that its source and its catalogue have: `servers/uvicorn`."""
        return self.markdown.removesuffix(".md")


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.links: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "meta":
            self.meta[found.get("name") or found.get("property", "")] = found.get("content", "")
        elif tag == "link":
            self.links[found.get("type") or found.get("rel", "")] = found.get("href", "")


def _read(folder: Path, address: str) -> tuple[Head, str | None]:
    parser = _Parser()
    parser.feed((folder / address / INDEX).read_text(encoding="utf-8").partition("</head>")[0])
    markdown = _resolved(address, parser.links.get("text/markdown", ""))
    head = Head(address, parser.meta.get("og:title", ""), parser.meta.get("description", ""), markdown)
    following = parser.links.get("next")
    return head, None if following is None else _resolved(address, following)


def _resolved(address: str, href: str) -> str:
    """Return where a relative address leads, seen from the start of the language."""
    base = "http://host/"
    return urljoin(f"{base}{address}", href).removeprefix(base)


def heads(folder: Path) -> list[Head]:
    """Return the pages below the folder of a language: as a reader goes from one to the next, then those aside.

    The log of a run is a page as well, and has no Markdown: it is none of these.
    """
    found: dict[str, Head] = {}
    address: str | None = ""
    while address is not None and address not in found:
        found[address], address = _read(folder, address)
    for path in sorted(folder.rglob(INDEX)):
        parent = path.parent.relative_to(folder).as_posix()
        aside = "" if normpath(parent) == "." else f"{parent}/"
        if aside not in found:
            head, _ = _read(folder, aside)
            if head.markdown != _resolved(aside, ""):
                found[aside] = head
    return [*found.values()]
