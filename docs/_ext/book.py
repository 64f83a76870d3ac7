"""All pages of a language as one document, in the order of the guide: what the PDF is printed from.

It is composed from the built pages. Each id gets its page in front, so that it stays unique, and a link from page to
page becomes one within the document.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from _ext import interface
from _ext.head import INDEX, Head, heads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _ext.cover import Cover
    from _ext.languages import Language

TEMPLATES = Path(__file__).resolve().parents[1] / "_templates"
NAME = "book.html"
STYLE = "book.css"
BASE = "http://host/"
# Controls, what a control shows, and what leads to files that only the site has.
# Which tab is chosen has no meaning where all of them are seen.
CONTROLS = ".headerlink, .block-tools, .sd-tab-set > input, .site-files"
# A part's name stands above the headings of its pages.
HEADINGS = {"h4": "h5", "h3": "h4", "h2": "h3", "h1": "h2"}
# What is longer breaks where the page ends; all else moves to the next one whole.
LONG_CODE = 24
LONG_TABLE = 12
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls")


class BookError(Exception):
    """A page that leads out of the book; the message says where."""


@dataclass(frozen=True)
class Chapter:
    """A page in the book."""

    key: str
    title: str
    html: str


@dataclass(frozen=True)
class Part:
    """Pages that stand under one caption of the navigation; the first of them under none."""

    title: str
    chapters: list[Chapter]


class Book:
    """The guide in one language, read once; raises BookError for a page that leads out of it."""

    def __init__(self, site: Path, language: Language, cover: Cover) -> None:
        self.language = language
        self.cover = cover
        self.parts = parts(site / language.slug)

    def write(self, folder: Path, numbers: Mapping[str, int]) -> None:
        """Write the document and its styles; `numbers` say on which page a chapter begins, where that is known."""
        environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
        words = interface.translations(self.language.code)
        text = environment.get_template(NAME).render(
            _=words.gettext, cover=self.cover, language=self.language, parts=self.parts, numbers=numbers
        )
        (folder / NAME).write_text(text, encoding="utf-8")
        chapters = [chapter for part in self.parts for chapter in part.chapters]
        style = (TEMPLATES / STYLE).read_text(encoding="utf-8")
        (folder / STYLE).write_text(style + "".join(map(running, chapters)), encoding="utf-8")


def running(chapter: Chapter) -> str:
    """Return the rules that print a chapter's title above each of its pages but the first."""
    page = f"page-{chapter.key}"
    title = "".join(f"\\{ord(character):06x}" for character in chapter.title)
    return f'@page {page} {{ @top-left {{ content: "{title}" }} }}\n#{chapter.key} {{ page: {page} }}\n'


def parts(folder: Path) -> list[Part]:
    """Return the pages below the folder of a language as parts of the book; raises BookError."""
    pages = heads(folder)
    book = Pages(folder, pages)
    captions = _captions(folder)
    groups = groupby(pages, lambda page: captions.get(page.address, ""))
    found = [Part(title, [book.chapter(page) for page in group]) for title, group in groups]
    book.check()
    return found


def _captions(folder: Path) -> dict[str, str]:
    """Return under which caption of the navigation each page stands, by its address."""
    first = BeautifulSoup((folder / INDEX).read_text(encoding="utf-8"), "html.parser")
    found, caption = {}, ""
    for element in first.select(".site-nav > .caption, .site-nav > ul a"):
        if element.name == "p":
            caption = element.get_text().strip()
        else:
            found[urljoin(BASE, str(element["href"])).removeprefix(BASE)] = caption
    return found


class Pages:
    """The pages of a book, which know each other's addresses."""

    def __init__(self, folder: Path, pages: list[Head]) -> None:
        self.folder = folder
        self.keys = {page.address: page.stem.replace("/", "-") for page in pages}
        self.ids: set[str] = set(self.keys.values())
        self.wanted: dict[str, str] = {}
        """Where links lead, and the page of one of them."""

    def chapter(self, page: Head) -> Chapter:
        """Return a page as a part of the document; raises BookError."""
        document = BeautifulSoup((self.folder / page.address / INDEX).read_text(encoding="utf-8"), "html.parser")
        article = document.article
        assert article is not None
        for control in article.select(CONTROLS):
            control.decompose()
        _mark_long(article)
        key = self.keys[page.address]
        for element in article.find_all(True):
            self._rename(element, key)
            if element.name == "a":
                element["href"] = self._link(page, str(element["href"]))
        return Chapter(key, page.title, article.decode_contents())

    def _rename(self, element: Tag, key: str) -> None:
        element.name = HEADINGS.get(element.name, element.name)
        # What the site's script reads; a block to copy stands in it a second time.
        element.attrs = {name: value for name, value in element.attrs.items() if not name.startswith("data-")}
        if element.name == "label":
            # It labels no control any more.
            element.name = "p"
            element.attrs = {"class": element.attrs["class"]}
        if "id" in element.attrs:
            element["id"] = anchor = f"{key}.{element['id']}"
            if anchor in self.ids:
                raise BookError(f"{key}: the id {anchor} is there twice")
            self.ids.add(anchor)
        for name in REFERENCES:
            if name in element.attrs:
                element[name] = " ".join(f"{key}.{each}" for each in str(element[name]).split())

    def _link(self, page: Head, href: str) -> str:
        if urlsplit(href).scheme:
            return href
        address, fragment = urldefrag(urljoin(f"{BASE}{page.address}", href))
        key = self.keys.get(address.removeprefix(BASE))
        if key is None:
            raise BookError(f"{page.stem}: {href} leads out of the book")
        target = f"{key}.{unquote(fragment)}" if fragment else key
        self.wanted[target] = page.stem
        return f"#{target}"

    def check(self) -> None:
        """Hold all links against all ids; raises BookError, which names those that lead nowhere."""
        lost = sorted(f"{page}: #{target}" for target, page in self.wanted.items() if target not in self.ids)
        if lost:
            raise BookError(f"links lead nowhere: {', '.join(lost)}")


def _mark_long(article: Tag) -> None:
    """Give what may break a class."""
    code = [each for each in article.select(".block") if _lines(each) > LONG_CODE]
    tables = [each for each in article.select(".table-wrapper") if len(each.select("tr")) > LONG_TABLE]
    for element in code + tables:
        element["class"] = " ".join([*element["class"], "long"])


def _lines(block: Tag) -> int:
    return sum(pre.get_text().count("\n") for pre in block.select("pre"))
