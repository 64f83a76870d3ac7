"""The built site: its languages, its frame, its blocks, and how it behaves in a real browser."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from _ext.languages import LANGUAGES
from tests.built import SAMPLE, attribute, built, local, one, pages, read, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bs4 import Tag
    from playwright.sync_api import Page

    Visit = Callable[..., Page]

pytest_plugins = ("tests.site_fixtures",)
pytestmark = pytest.mark.site

TAGS = [language.tag for language in LANGUAGES]
# The words that are right in several languages: names, and what a terminal is called in Portuguese.
SAME = {
    "GingerDJ",
    "Django",
    "Python",
    "Terminal",
    "PDF",
    "ZIP",
    "/",
    "#",
    "·",
    *(language.name for language in LANGUAGES),
}


def page_in(site: Path, language: str, page: Path) -> Path:
    """Return the same page in another language."""
    return site / language / page.relative_to(site / LANGUAGES[0].slug)


def english_pages(site: Path) -> list[Path]:
    return pages(site / LANGUAGES[0].slug)


def alternates(document: Tag) -> dict[str, str]:
    """Return where a page stands in each language, as it tells search engines."""
    links = document.select("link[rel=alternate][hreflang]")
    return {attribute(link, "hreflang"): attribute(link, "href") for link in links}


# The languages


@cache
def language_of(page: Path) -> str:
    """Return the language that a page says it is in; each page is read once, however many name it."""
    return attribute(one(read(page), "html"), "lang")


def test_every_page_says_its_language_and_names_the_others(site: Path) -> None:
    for english in english_pages(site):
        for language in LANGUAGES:
            page = page_in(site, language.slug, english)
            document = read(page)
            assert attribute(one(document, "html"), "lang") == language.tag
            links = alternates(document)
            assert list(links) == [*TAGS, "x-default"]
            for tag, href in links.items():
                target = local(site, page, href)
                assert language_of(target) == ("en" if tag == "x-default" else tag)


def test_the_switcher_leads_to_the_same_page(site: Path) -> None:
    for english in english_pages(site):
        for language in LANGUAGES:
            page = page_in(site, language.slug, english)
            links = read(page).select(".languages a")
            targets = [local(site, page, attribute(link, "href")) for link in links]
            assert targets == [page_in(site, each.slug, english) for each in LANGUAGES]
            assert [link.get("aria-current") for link in links].index("true") == LANGUAGES.index(language)


def test_anchors_are_the_same_in_every_language(site: Path) -> None:
    for english in english_pages(site):
        found = {
            language.slug: [element["id"] for element in read(page_in(site, language.slug, english)).select("[id]")]
            for language in LANGUAGES
        }
        assert all(ids == found["en"] for ids in found.values()), english
        assert len(set(found["en"])) == len(found["en"]), english


@cache
def anchors(page: Path) -> frozenset[str]:
    """Where a link may lead on a page, which is read once, however many lead there."""
    return frozenset(attribute(element, "id") for element in read(page).select("[id]"))


def test_links_within_the_guide_lead_somewhere(site: Path) -> None:
    for page in pages(site):
        for link in read(page).select("a[href]"):
            href = attribute(link, "href")
            if urlsplit(href).scheme:
                continue
            # The 404 page is answered at any depth, so it starts at the host's root.
            target = site / href.strip("/") / "index.html" if href.startswith("/") else local(site, page, href)
            assert target.exists(), f"{page}: {href}"
            anchor = urlsplit(href).fragment
            assert not anchor or anchor in anchors(target), f"{page}: {href}"


SPOKEN = ("aria-label", "title", "placeholder", "alt", *(f"data-label-{theme}" for theme in ("auto", "light", "dark")))
SAID_LATER = ("data-done", "data-failed", "data-none", "data-count")


def frame_words(document: Tag) -> set[str]:
    """Return what a reader or a screen reader meets around the text of a page."""
    # A signature is code, whose links have the names that they lead to as titles; so is a name in a heading.
    for name in document.select("[translate=no], dt.sig, .site-toc code"):
        name.decompose()
    names = (*SPOKEN, *SAID_LATER)
    words = {attribute(element, name) for name in names for element in document.select(f"[{name}]")}
    for part in document.select(".block-bar, .block-notes, template, .admonition-title"):
        words |= set(part.stripped_strings)
    # Text of the page itself, and titles of pages: their translation is checked with the catalogues.
    for part in document.select("article, .site-nav, .neighbour"):
        part.decompose()
    return words | set(one(document, "body").stripped_strings)


def test_no_english_is_left_in_the_frame(site: Path) -> None:
    for english in english_pages(site):
        for language in LANGUAGES[1:]:
            document = read(page_in(site, language.slug, english))
            headings = {link.get_text(strip=True) for link in document.select(".site-toc a")}
            left = frame_words(read(english)) & frame_words(document)
            assert left - SAME - headings == set(), f"{language.code} {english}"


def test_with_a_public_address_the_languages_name_it(shared: Path) -> None:
    site = built(SAMPLE, shared / "public", public="https://guide.example/asgi/")
    document = read(site / "pt-br" / "servers" / "sample" / "index.html")
    links = alternates(document)
    assert links["zh-Hans"] == "https://guide.example/asgi/zh-hans/servers/sample/"
    assert links["x-default"] == "https://guide.example/asgi/en/servers/sample/"
    assert attribute(one(document, "link[rel=canonical]"), "href") == "https://guide.example/asgi/pt-br/servers/sample/"
    sheets = read(site / "404.html").select("link[rel=stylesheet]")
    assert all(attribute(sheet, "href").startswith("/asgi/en/") for sheet in sheets)


# What a page is made of


def test_nothing_comes_from_another_host(site: Path) -> None:
    for page in pages(site):
        document = read(page)
        for element in document.select("script, img, source, iframe, link:not([rel=canonical]):not([rel=alternate])"):
            address = attribute(element, "src") or attribute(element, "href")
            assert not urlsplit(address).netloc, f"{page}: {element}"
            if not address.startswith("/"):
                assert local(site, page, address).exists(), f"{page}: {address}"


def test_nothing_is_inline(site: Path) -> None:
    """A strict content security policy refuses inline scripts, styles and handlers."""
    for page in pages(site):
        document = read(page)
        assert document.select("style") == [], page
        assert [script for script in document.select("script") if not script.get("src")] == [], page
        for element in document.find_all():
            names = [name for name in element.attrs if name == "style" or name.startswith("on")]
            assert names == [], f"{page}: {element.name} {names}"


def test_sphinx_search_is_not_there(site: Path) -> None:
    assert not [path for path in site.rglob("*") if path.name in {"searchindex.js", "searchtools.js", "search.html"}]


def test_the_text_of_a_block_is_its_content(site: Path) -> None:
    for page in pages(site):
        for block in read(page).select("figure.block"):
            text = block.pre.get_text() if block.pre else ""
            assert hashlib.sha256(text.encode()).hexdigest() == block["data-sha256"], f"{page}: {block['id']}"


def test_blocks_are_the_same_in_every_language(site: Path) -> None:
    for english in english_pages(site):
        identities = {
            language.slug: [
                {name: block.get(name) for name in ("id", "data-sha256", "data-line", "data-edition", "data-copy")}
                for block in read(page_in(site, language.slug, english)).select("figure.block")
            ]
            for language in LANGUAGES
        }
        assert all(found == identities["en"] for found in identities.values()), english


def test_code_stands_only_in_blocks(site: Path) -> None:
    for page in pages(site):
        assert [pre for pre in read(page).select("pre") if not pre.find_parent("figure", class_="block")] == [], page


# In a browser


def test_the_entry_follows_the_browser(sample_address: str, visit: Visit) -> None:
    for locale, slug in {"pt-PT": "pt-br", "zh-CN": "zh-hans", "zh-Hans": "zh-hans", "fr": "en"}.items():
        page = visit(sample_address, locale=locale)
        page.wait_for_url(f"{sample_address}/{slug}/")


def test_the_entry_remembers_a_choice(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/en/servers/sample/?framework=django#run-it", locale="en")
    page.get_by_role("button", name="Language").click()
    page.get_by_role("link", name="简体中文").click()
    page.wait_for_url(f"{sample_address}/zh-hans/servers/sample/?framework=django#run-it")
    page.goto(f"{sample_address}/")
    page.wait_for_url(f"{sample_address}/zh-hans/")


def test_the_entry_works_without_a_script(sample_address: str, visit: Visit) -> None:
    page = visit(sample_address, java_script_enabled=False)
    page.get_by_role("link", name="Português (Brasil)").click()
    page.wait_for_url(f"{sample_address}/pt-br/")


@pytest.mark.parametrize(("path", "tag"), [("pt-br/servers/nothing/", "pt-BR"), ("nothing", "zh-Hans")])
def test_a_wrong_address_is_answered_in_the_readers_language(
    sample_address: str, visit: Visit, path: str, tag: str
) -> None:
    page = visit(f"{sample_address}/{path}", expected_status=404, locale="zh-CN")
    assert [section.get_attribute("lang") for section in page.locator("section:visible").all()] == [tag]
    page.get_by_role("link").click()
    assert page.locator("html").get_attribute("lang") == tag


QUERIES = {
    "en": ("lighthouse", "/en/servers/sample/"),
    "pt-br": ("requisicao", "/pt-br/servers/sample/"),
    "zh-hans": ("灯塔", "/zh-hans/servers/sample/"),
}


@pytest.mark.parametrize("slug", QUERIES)
def test_search_finds_by_keyboard_alone(sample_address: str, visit: Visit, slug: str) -> None:
    query, target = QUERIES[slug]
    page = visit(f"{sample_address}/{slug}/")
    page.keyboard.press("/")
    page.keyboard.insert_text(query)
    page.locator(".search-results a").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{sample_address}{target}**")


def test_search_shows_sections_and_what_it_cannot_find(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/pt-br/")
    page.get_by_role("button", name="Buscar").click()
    page.keyboard.insert_text("proxy")
    section = page.locator(".search-results ul a").first
    section.wait_for()
    assert (section.get_attribute("href") or "").endswith("/pt-br/servers/sample/#files")
    page.get_by_role("searchbox").fill("qwxzk")
    page.get_by_text("Nada encontrado.").wait_for()
    page.keyboard.press("Escape")
    assert not page.get_by_role("dialog").is_visible()


def test_search_loads_nothing_before_it_is_asked(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/en/")
    assert "pagefind" not in json.dumps(loaded(page))
    page.get_by_role("button", name="Search").click()
    page.keyboard.insert_text("start")
    page.locator(".search-results a").first.wait_for()
    assert "pagefind" in json.dumps(loaded(page))


def loaded(page: Page) -> list[str]:
    """Return the addresses that a page has loaded so far."""
    found: list[str] = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    return found


COPIES = {
    "gingerdj-admin": "gingerdj-admin startproject mysite .\npython manage.py check",
    "uvicorn": "uvicorn mysite.asgi:application \\\n    --port 8000",
    "reverse_proxy": ":8000 {\n    reverse_proxy unix//srv/mysite/mysite.sock\n}",
    "services": "---\nservices:\n  web: {}",
    "between": '"""The lines <b>between</b> the fences & nothing else."""\n\n'
    'async def home(request):\n\treturn "a tab stays a tab"   ',
    "greet.sh": "cat > greet.sh <<'EOF'\necho \"hello\"\n\nEOF\nsh greet.sh",
    "double": "def double(value):\n    return value * 2\n\ndouble(21)",
    "in a list": 'print("in a list")\n#> in a list',
}


def test_copy_buttons_yield_what_runs(sample_address: str, visit: Visit) -> None:
    copied = {}
    for address in ("index", "servers/sample"):
        path = "" if address == "index" else f"{address}/"
        page = visit(f"{sample_address}/zh-hans/{path}", permissions=["clipboard-read", "clipboard-write"])
        for button in page.get_by_role("button", name="复制").all():
            button.click()
            page.locator(".announce", has_text="已复制").wait_for()
            text = page.evaluate("navigator.clipboard.readText()")
            copied[next(word for word in COPIES if word in text)] = text
            page.evaluate("document.querySelector('.announce').textContent = ''")
    assert copied == COPIES


def test_output_alone_has_no_copy_button(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/en/servers/sample/")
    block = page.locator(".block", has_text="INFO:     Shutting down")
    assert block.get_by_role("button").count() == 0
    assert "stopped with SIGTERM" in block.inner_text()
    assert "Exit status 143" in block.inner_text()


def test_a_tab_is_remembered_and_can_be_shared(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/en/servers/sample/")
    command = page.get_by_text("django-admin startproject").last
    assert not command.is_visible()
    page.locator(".sd-tab-label", has_text="Django").last.click()
    assert command.is_visible()
    assert page.url.endswith("?framework=django")
    page.goto(f"{sample_address}/pt-br/servers/sample/")
    assert page.get_by_text("django-admin startproject").last.is_visible()
    page.goto(f"{sample_address}/pt-br/servers/sample/?framework=gingerdj")
    assert page.get_by_text("gingerdj-admin startproject").is_visible()


def test_a_page_is_complete_without_a_script(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/pt-br/servers/sample/", java_script_enabled=False)
    assert page.locator(".copy, .search-open, .theme-toggle").filter(visible=True).count() == 0
    page.locator(".sd-tab-label", has_text="Django").last.click()
    assert page.get_by_text("django-admin startproject").last.is_visible()
    page.get_by_role("button", name="Idioma").click()
    page.get_by_role("link", name="English").click()
    page.wait_for_url(f"{sample_address}/en/servers/sample/")


def test_colors_are_chosen_and_remembered(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/en/", color_scheme="light")
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    page.get_by_role("button", name="Theme: as the system").click()
    page.get_by_role("button", name="Theme: light").click()
    page.get_by_role("button", name="Theme: dark").wait_for()
    dark = page.evaluate(background)
    assert dark != "rgb(255, 255, 255)"
    page.goto(f"{sample_address}/en/servers/sample/")
    assert page.evaluate(background) == dark


def test_paper_shows_every_tab(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/en/servers/sample/")
    page.emulate_media(media="print")
    assert page.get_by_text("gingerdj-admin startproject").is_visible()
    assert page.get_by_text("django-admin startproject").last.is_visible()
    assert page.locator(".sd-tab-label:visible").all_inner_texts() == ["GingerDJ", "Django"]


@pytest.mark.parametrize("kind", ["sample", "real"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_scrolls_sideways(kind: str, width: int, request: pytest.FixtureRequest, visit: Visit) -> None:
    site: Path = request.getfixturevalue(f"{kind}_site")
    address: str = request.getfixturevalue(f"{kind}_address")
    page = visit(f"{address}/en/", viewport={"width": width, "height": 700})
    for path in pages(site):
        page.goto(f"{address}/{path.relative_to(site).parent.as_posix()}/")
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide <= 0, path


def test_what_scrolls_is_reached_by_keyboard(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/en/servers/sample/", viewport={"width": 400, "height": 700})
    scrolls = page.locator(".block", has_text="much wider than a page").locator("pre")
    page.wait_for_function("document.querySelector('pre[tabindex]')")
    assert scrolls.get_attribute("aria-label") == "Terminal “server”, left running"
    assert page.locator(".block", has_text="services").locator("pre").get_attribute("tabindex") is None


def test_the_contents_mark_where_the_reader_is(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/en/servers/sample/#files")
    page.locator(".site-toc a[aria-current=location]", has_text="Files").wait_for()


def test_menus_of_a_small_screen(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/zh-hans/", viewport={"width": 360, "height": 700}, java_script_enabled=False)
    page.get_by_role("button", name="页面", exact=True).click()
    page.get_by_role("navigation", name="页面", exact=True).get_by_role("link", name="示例服务器").click()
    page.wait_for_url(f"{sample_address}/zh-hans/servers/sample/")
    page.get_by_role("button", name="本页内容").click()
    page.get_by_role("link", name="文件", exact=True).click()
    page.wait_for_url(f"{sample_address}/zh-hans/servers/sample/#files")


@pytest.fixture
def below_a_folder(sample_site: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a host that serves the sample under /guide/."""
    (tmp_path / "guide").symlink_to(sample_site)
    with served(tmp_path) as address:
        yield f"{address}/guide"


def test_a_site_below_a_folder_works(below_a_folder: str, visit: Visit) -> None:
    page = visit(f"{below_a_folder}/", locale="pt-BR")
    page.wait_for_url(f"{below_a_folder}/pt-br/")
    page.keyboard.press("/")
    page.keyboard.insert_text("requisicao")
    page.locator(".search-results a").first.click()
    page.wait_for_url(f"{below_a_folder}/pt-br/servers/sample/**")
