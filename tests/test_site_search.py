"""The search of the real site: what has to be found first, in each language, by the code of the dialog itself.

tests/search_queries.tsv holds the queries. A line's language is that of the reader, `all` for what is the same in each
(names, texts of errors), or `term` for a term of locale/glossary.tsv, which is asked as each language has it. Its pages
are those that a reader would be right to get first; with `#` the very section. `*` is every page that has the word, for
words that no page is about; `-` is none, for terms of the guide that it does not speak of yet. The titles of all pages,
and the headings that stand only once, are asked without a line.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from _ext.languages import LANGUAGES, SOURCE, Language
from tests.built import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    Visit = Callable[..., Page]

pytest_plugins = ("tests.site_fixtures",)
pytestmark = pytest.mark.site

FIRST = 0.95
SHOWN = 3
languages = pytest.mark.parametrize("language", LANGUAGES, ids=[language.slug for language in LANGUAGES])


def table(path: Path) -> list[dict[str, str]]:
    """Return the lines of a file of tab-separated values."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


QUERIES = table(ROOT / "tests" / "search_queries.tsv")
GLOSSARY = {row["term"]: row for row in table(ROOT / "locale" / "glossary.tsv") if row["term"]}


def plain(text: str) -> str:
    """Return a text without case, accents and the marks that Pagefind puts between Chinese words."""
    letters = unicodedata.normalize("NFD", text.replace("\u200b", "").lower())
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


@dataclass(frozen=True)
class Indexed:
    """A page as the index has it."""

    name: str
    text: str
    headings: list[tuple[str, str, str]]
    """Element, anchor and text."""

    def has(self, word: str) -> bool:
        """Tell whether a word, or one that begins with it, stands on the page."""
        start = r"(?<!\w)" if plain(word).isascii() else ""
        return re.search(start + re.escape(plain(word)), self.text) is not None


def indexed(site: Path, language: Language) -> Iterator[Indexed]:
    """Yield the pages of a language, read from the fragments of the index."""
    for path in sorted((site / "pagefind" / "fragment").glob(f"{language.slug}_*")):
        page = json.loads(gzip.decompress(path.read_bytes()).removeprefix(b"pagefind_dcd"))
        headings = [(each["element"], each["id"], each["text"]) for each in page["anchors"] if each["text"]]
        name = page["url"].removeprefix(f"/{language.slug}/").rstrip("/") or "index"
        yield Indexed(name, plain(page["content"]), [each for each in headings if each[0] in {"h1", "h2", "h3"}])


@dataclass
class Query:
    """What a reader types or pastes, and the places that are right."""

    text: str
    kind: str
    places: set[str] = field(default_factory=set)

    def rank(self, found: list[dict[str, Any]]) -> int | None:
        """Return which of the results shown is right: a section counts as first where Enter leads to it."""
        ranks = []
        for place in self.places:
            page, _, anchor = place.partition("#")
            for number, result in enumerate(found[:SHOWN], 1):
                if result["page"] == page and (not anchor or anchor in result["sections"]):
                    ranks.append(number + (number == 1 and anchor not in {"", result["best"]}))
        return min(ranks, default=None)


def said(row: dict[str, str], language: Language) -> list[str]:
    """Return what a line asks in a language: as it stands, or each translation of a term."""
    if row["language"] != "term":
        return [row["query"]] if row["language"] in {language.slug, "all"} else []
    words = GLOSSARY[row["query"]]["term" if language is SOURCE else language.code]
    return [word.strip() for word in words.split(";") if word.strip()]


def queries(pages: list[Indexed], language: Language) -> list[Query]:
    """Return all that is asked in a language, the same text once."""
    found: dict[str, Query] = {}

    def add(text: str, kind: str, places: set[str]) -> None:
        found.setdefault(plain(text), Query(text, kind)).places |= places

    for row in QUERIES:
        places = set(row["pages"].split())
        for text in said(row, language) if places != {"-"} else []:
            holding = {page.name for page in pages if page.has(text)}
            if row["language"] != "term":
                add(text, row["language"], places)
            elif holding:
                # A translation that the page about the term does not use leads to the pages that do.
                named = {place for place in places if place.partition("#")[0] in holding}
                add(text, "term", places if named else holding)
    headings = Counter(plain(text) for page in pages for _, _, text in page.headings)
    for page in pages:
        for element, anchor, text in page.headings:
            if headings[plain(text)] == 1 and (element == "h1" or plain(text) not in found):
                kind, place = ("title", page.name) if element == "h1" else ("heading", f"{page.name}#{anchor}")
                add(text.replace("\u200b", ""), kind, {place})
    return list(found.values())


ASK = """async ([language, texts]) => {
  const dialog = document.getElementById("search");
  const { open } = await import(new URL("find.js", new URL(dialog.dataset.script, document.baseURI)));
  const find = await open(new URL(dialog.dataset.bundle, document.baseURI));
  const page = (url) => url.replace(`/${language}/`, "").replace(/\\/$/, "") || "index";
  const anchor = (url) => url.split("#")[1] ?? "";
  const answers = [];
  for (const text of texts) {
    answers.push((await find(text)).map(({ url, best, sections }) => (
      { page: page(url), best: anchor(best), sections: sections.map((section) => anchor(section.url)) }
    )));
  }
  return answers;
}"""


@languages
def test_the_right_page_comes_first(real_site: Path, real_address: str, visit: Visit, language: Language) -> None:
    asked = queries(list(indexed(real_site, language)), language)
    page = visit(f"{real_address}/{language.slug}/")
    answers = page.evaluate(ASK, [language.slug, [query.text for query in asked]])
    ranks = [query.rank(found) for query, found in zip(asked, answers, strict=True)]
    for query, rank, found in zip(asked, ranks, answers, strict=True):
        if rank != 1:
            instead = [f"{each['page']}#{each['best']}" for each in found[:SHOWN]]
            print(f"{language.slug}, {query.kind}: {query.text!r} is {rank}, of {sorted(query.places)}: {instead}")
    for kind in sorted({query.kind for query in asked}):
        of_kind = [rank for query, rank in zip(asked, ranks, strict=True) if query.kind == kind]
        print(f"{language.slug}, {kind}: {of_kind.count(1)} of {len(of_kind)} first")
    print(f"{language.slug}: {ranks.count(1)} of {len(ranks)} first, {ranks.count(None)} not among the first {SHOWN}")
    assert ranks.count(None) == 0
    assert ranks.count(1) >= FIRST * len(ranks)


def test_the_table_is_whole(real_site: Path) -> None:
    """Every term of the glossary has a line, and every line leads to a page that is there."""
    assert Counter(row["query"] for row in QUERIES if row["language"] == "term") == Counter(list(GLOSSARY))
    pages = {page.name: page for page in indexed(real_site, SOURCE)}
    places = {place for row in QUERIES for place in row["pages"].split()} - {"*", "-"}
    anchors = {f"{page.name}#{anchor}" for page in pages.values() for _, anchor, _ in page.headings}
    assert places - pages.keys() - anchors == set()
    kinds = Counter(row["language"] for row in QUERIES)
    assert all(kinds[language.slug] + kinds["all"] >= 60 for language in LANGUAGES)


def test_a_term_of_a_heading_has_its_page(real_site: Path) -> None:
    """Where this fails, a page has come that speaks of the term: name it in the table, instead of `-`."""
    absent = [text for row in QUERIES if row["pages"] == "-" for text in said(row, SOURCE)]
    for page in indexed(real_site, SOURCE):
        titles = Indexed(page.name, plain(" | ".join(text for _, _, text in page.headings)), [])
        assert [text for text in absent if titles.has(text)] == [], page.name


def search(page: Page, text: str) -> None:
    """Search for a text in the dialog, and wait for its answer."""
    page.get_by_role("searchbox").fill(text)
    page.wait_for_function("text => document.getElementById('search').dataset.query === text", arg=text)


def test_enter_leads_to_the_section_of_an_error(real_address: str, visit: Visit) -> None:
    page = visit(f"{real_address}/pt-br/")
    page.keyboard.press("/")
    search(page, "ModuleNotFoundError: No module named 'shop'")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{real_address}/pt-br/reference/errors/#error-no-module")


def test_a_section_of_the_page_below_closes_the_dialog(real_address: str, visit: Visit) -> None:
    page = visit(f"{real_address}/en/reference/errors/")
    page.keyboard.press("/")
    search(page, "database is locked")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{real_address}/en/reference/errors/#error-locked")
    assert not page.get_by_role("dialog").is_visible()


@languages
def test_a_result_says_its_part_and_marks_the_words(real_address: str, visit: Visit, language: Language) -> None:
    page = visit(f"{real_address}/{language.slug}/")
    page.keyboard.press("/")
    search(page, "CONN_MAX_AGE")
    result = page.locator(".search-results > li").first
    part = {"en": "How-to guides", "pt-br": "Guias práticos", "zh-hans": "操作指南"}[language.slug]
    assert result.locator(".result-part").inner_text() == part
    excerpts = " ".join(result.locator("p").all_inner_texts())
    assert "CONN_MAX_AGE" in excerpts
    assert "\u200b" not in excerpts
    # In Chinese the index takes the name apart.
    assert "".join(result.locator("mark").all_inner_texts()).startswith("CONN")


def test_the_count_is_announced(real_address: str, visit: Visit) -> None:
    page = visit(f"{real_address}/en/")
    page.keyboard.press("/")
    search(page, "uvicorn")
    shown = page.locator(".search-results > li").count()
    assert page.get_by_role("dialog").get_by_role("status").inner_text() == f"Pages found: {shown}"
    search(page, "qwxzk")
    assert page.get_by_role("dialog").get_by_role("status").inner_text() == "Nothing found."


def test_a_search_can_be_shared(real_address: str, visit: Visit) -> None:
    page = visit(f"{real_address}/zh-hans/?q=%E5%81%A5%E5%BA%B7%E6%A3%80%E6%9F%A5")
    page.locator(".search-results a.best").first.click()
    page.wait_for_url(f"{real_address}/zh-hans/howto/health-checks/**")
    page.go_back()
    page.locator(".search-results a").first.wait_for()
    page.keyboard.press("Escape")
    page.wait_for_url(f"{real_address}/zh-hans/")


def test_nothing_of_the_search_is_loaded_before(real_address: str, visit: Visit) -> None:
    names = "performance.getEntriesByType('resource').map((entry) => entry.name.split('/').pop())"
    page = visit(f"{real_address}/en/")
    assert {"search.js", "find.js", "pagefind.js"} & set(page.evaluate(names)) == set()
    page.keyboard.press("/")
    search(page, "start")
    assert set(page.evaluate(names)) >= {"search.js", "find.js", "pagefind.js"}
