"""What programs read of the built site: Markdown, descriptions, Open Graph, sitemaps, llms.txt, robots.txt."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET

import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from _ext.languages import LANGUAGES, Language
from tests.built import SAMPLE, attribute, built, one, pages, read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bs4 import Tag

pytest_plugins = ("tests.site_fixtures",)
pytestmark = pytest.mark.site

PUBLIC = "https://guide.example/asgi/"
NAMES = {"sitemap": "http://www.sitemaps.org/schemas/sitemap/0.9", "xhtml": "http://www.w3.org/1999/xhtml"}
MARKDOWN = MarkdownIt("commonmark").enable("table")
by_language = pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)


@pytest.fixture(scope="module")
def public(shared: Path) -> Path:
    """The sample, built for a known address."""
    return built(SAMPLE, shared / "public", public=PUBLIC)


def addresses(site: Path, language: Language) -> list[str]:
    """Return where the pages of a language stand, seen from the site's start, with the slash."""
    return [f"{page.relative_to(site).parent.as_posix()}/" for page in pages(site / language.slug)]


def markdown_of(site: Path, address: str) -> Path:
    """Return the Markdown of a page: the same address with .md, and index.md for the first one."""
    name = address.strip("/")
    return site / (f"{name}.md" if "/" in name else f"{name}/index.md")


@dataclass(frozen=True)
class Text:
    """What a page says, whether in HTML or in Markdown; each page is read once, for all tests."""

    headings: list[tuple[str, str]]
    blocks: list[str]
    texts: Counter[str]
    """Paragraphs, items and cells, without white space."""
    files: list[tuple[str, str]] = field(default_factory=list)
    """Path and content of each file that a reader writes."""
    editions: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    whole: str = ""


def bare(element: Tag) -> str:
    """Return the characters of a text: white space may differ, nothing else."""
    return "".join(element.get_text().split())


def headings(element: Tag) -> list[tuple[str, str]]:
    return [(heading.name, bare(heading)) for heading in element.select("h1, h2, h3, h4, h5, h6")]


@cache
def html_text(page: Path) -> Text:
    """Return what a page says in HTML, without what only serves the eye or the hand."""
    found = one(read(page), "article")
    files = [
        (one(figure, ".block-path").get_text(), one(figure, "pre").get_text()) for figure in found.select(".block-file")
    ]
    for part in found.select(".headerlink, .block-bar"):
        part.decompose()
    return Text(
        headings(found),
        [pre.get_text() for pre in found.select("figure.block pre")],
        Counter(bare(part) for part in found.select("p:not(.admonition-title)") if bare(part)),
        files,
        [label.get_text(strip=True) for label in found.select(".sd-tab-label")],
        whole=bare(found),
    )


@cache
def markdown_text(page: Path) -> Text:
    """Return what Markdown says once a reader's own program shows it."""
    found = rendered(page)
    return Text(
        headings(found),
        [pre.get_text() for pre in found.select("pre")],
        # A paragraph of the page may be a paragraph, the item of a tight list, or a cell.
        Counter(bare(part) for part in found.select("p, td, th, li:not(:has(> p))")),
        [
            (before.get_text().removesuffix(":"), pre.get_text())
            for pre in found.select("pre")
            if (before := pre.find_previous_sibling()) is not None and before.get_text().endswith(":")
        ],
        [label.get_text().removesuffix(":") for label in found.select("li > p:first-child > strong")],
        [attribute(link, "href") for link in found.select("a")],
    )


def rendered(path: Path) -> BeautifulSoup:
    return BeautifulSoup(MARKDOWN.render(path.read_text(encoding="utf-8")), "html.parser")


def both(site: Path, language: Language) -> Iterator[tuple[str, Text, Text]]:
    """Yield each page's address, and what it says in HTML and in Markdown."""
    for address in addresses(site, language):
        yield address, html_text(site / address / "index.html"), markdown_text(markdown_of(site, address))


# Markdown


@by_language
def test_the_markdown_has_the_headings_of_the_page(site: Path, language: Language) -> None:
    for address, html, markdown in both(site, language):
        assert markdown.headings == html.headings, address
        assert html.headings, address


@by_language
def test_the_markdown_has_the_blocks_of_the_page(site: Path, language: Language) -> None:
    for address, html, markdown in both(site, language):
        assert markdown.blocks == html.blocks, address


@by_language
def test_a_file_has_its_name_before_it(site: Path, language: Language) -> None:
    for address, html, markdown in both(site, language):
        assert [each for each in markdown.files if each in html.files] == html.files, address


@by_language
def test_the_markdown_has_every_paragraph_item_and_cell(site: Path, language: Language) -> None:
    for address, html, markdown in both(site, language):
        assert html.texts - markdown.texts == Counter(), address


@by_language
def test_an_edition_is_named(site: Path, language: Language) -> None:
    for address, html, markdown in both(site, language):
        assert [label for label in markdown.editions if label in html.editions] == html.editions, address


@by_language
def test_links_of_the_markdown_lead_to_markdown(site: Path, language: Language) -> None:
    for address, _, markdown in both(site, language):
        for href in markdown.links:
            if not urlsplit(href).scheme:
                assert href.endswith(".md"), f"{address}: {href}"
                assert (markdown_of(site, address).parent / href).is_file(), f"{address}: {href}"


@by_language
def test_a_page_names_its_markdown(site: Path, language: Language) -> None:
    for address in addresses(site, language):
        link = one(head(site / address / "index.html"), "link[rel=alternate][type='text/markdown']")
        found = urljoin(f"http://host/{address}", attribute(link, "href"))
        assert found == f"http://host/{markdown_of(site, address).relative_to(site).as_posix()}"


# Descriptions and Open Graph


@cache
def head(page: Path) -> BeautifulSoup:
    """Return the head of a page; to parse all of it for that takes long."""
    return BeautifulSoup(page.read_text(encoding="utf-8").partition("<body")[0], "html.parser")


def meta(document: Tag, name: str) -> list[str]:
    found = document.select(f'meta[name="{name}"], meta[property="{name}"]')
    return [attribute(element, "content") for element in found]


def test_every_page_has_a_description_of_its_own(site: Path) -> None:
    found = []
    for language in LANGUAGES:
        for address in addresses(site, language):
            document = head(site / address / "index.html")
            [description] = meta(document, "description")
            assert 10 <= len(description) <= 200, address
            assert meta(document, "og:description") == [description], address
            assert "".join(description.rstrip("…").split()) in html_text(site / address / "index.html").whole
            found.append(description)
    assert len(set(found)) == len(found)


@by_language
def test_open_graph_names_the_page_and_its_languages(public: Path, language: Language) -> None:
    for address in addresses(public, language):
        document = head(public / address / "index.html")
        assert ["".join(title.split()) for title in meta(document, "og:title")] == [
            html_text(public / address / "index.html").headings[0][1]
        ]
        assert meta(document, "og:url") == [f"{PUBLIC}{address}"]
        assert meta(document, "og:locale") == [language.territory]
        others = [each.territory for each in LANGUAGES if each is not language]
        assert meta(document, "og:locale:alternate") == others


def test_without_an_address_nothing_claims_one(sample_site: Path) -> None:
    assert not [page for page in pages(sample_site) if meta(head(page), "og:url")]
    assert not [*sample_site.rglob("sitemap.xml")]
    assert (sample_site / "robots.txt").read_text(encoding="utf-8") == "User-agent: *\nAllow: /\n"


def test_the_entry_describes_itself(public: Path) -> None:
    document = head(public / "index.html")
    assert meta(document, "description") == ["Deploy Django and GingerDJ on ASGI"]
    assert meta(document, "og:url") == [PUBLIC]


# Sitemaps


def parsed(path: Path) -> ET.Element:
    return ET.parse(path).getroot()  # noqa: S314  # our own file


def test_robots_find_the_sitemap_of_each_language(public: Path) -> None:
    assert f"Sitemap: {PUBLIC}sitemap.xml\n" in (public / "robots.txt").read_text(encoding="utf-8")
    index = parsed(public / "sitemap.xml")
    assert index.tag == f"{{{NAMES['sitemap']}}}sitemapindex"
    found = [loc.text for loc in index.iterfind("sitemap:sitemap/sitemap:loc", NAMES)]
    assert found == [f"{PUBLIC}{language.slug}/sitemap.xml" for language in LANGUAGES]


@by_language
def test_a_sitemap_lists_every_page_once_in_every_language(public: Path, language: Language) -> None:
    root = parsed(public / language.slug / "sitemap.xml")
    assert root.tag == f"{{{NAMES['sitemap']}}}urlset"
    found = [loc.text for loc in root.iterfind("sitemap:url/sitemap:loc", NAMES)]
    assert sorted(map(str, found)) == sorted(f"{PUBLIC}{address}" for address in addresses(public, language))
    for url in root.iterfind("sitemap:url", NAMES):
        links = {link.get("hreflang"): link.get("href", "") for link in url.iterfind("xhtml:link", NAMES)}
        assert [*links] == [*(each.tag for each in LANGUAGES), "x-default"]
        assert links[language.tag] == url.findtext("sitemap:loc", None, NAMES)
        for href in links.values():
            assert (public / href.removeprefix(PUBLIC) / "index.html").is_file(), href


# llms.txt


def listed(path: Path) -> list[str]:
    """Return the Markdown that an llms.txt lists; it must have the form of llmstxt.org."""
    document = rendered(path)
    parts = [part.name for part in document.find_all(recursive=False)]
    assert parts == ["h1", "blockquote", "h2", "ul", "h2", "ul"]
    for item in document.select("ul")[0].select("li"):
        assert item.get_text().startswith(f"{one(item, 'a').get_text()}: ")
    return [attribute(link, "href") for link in document.select("ul")[0].select("a")]


@by_language
def test_llms_txt_lists_every_page_once(site: Path, language: Language) -> None:
    folder = site / language.slug
    found = [(folder / href).resolve() for href in listed(folder / "llms.txt")]
    assert sorted(found) == sorted(markdown_of(site, address).resolve() for address in addresses(site, language))


def test_llms_txt_of_the_site_leads_to_every_language(site: Path) -> None:
    found = [site / href for href in listed(site / "llms.txt")]
    assert sorted(found) == sorted(markdown_of(site, address) for address in addresses(site, LANGUAGES[0]))
    links = {attribute(link, "href") for link in rendered(site / "llms.txt").select("a")}
    assert links >= {f"{language.slug}/llms.txt" for language in LANGUAGES[1:]}


def test_llms_txt_names_whole_addresses_where_they_are_known(public: Path) -> None:
    assert set(listed(public / "llms.txt")) == {
        f"{PUBLIC}{markdown_of(public, address).relative_to(public).as_posix()}"
        for address in addresses(public, LANGUAGES[0])
    }
