"""The guide to take along: the zip that opens from disk, in every language, and the PDF, in Chinese."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from posixpath import normpath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit
from zipfile import ZipFile

import pytest

from _ext import book, build, cover, downloads, offline
from _ext.browser import HOW_TO_GET_IT, program
from _ext.head import INDEX, heads
from _ext.languages import LANGUAGES, find
from tests.built import ROOT, SAMPLE, attribute, built, local, one, pages, read
from tests.printed import Printed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from bs4 import BeautifulSoup
    from playwright.sync_api import Browser, BrowserContext, Page

    from _ext.languages import Language

    Visit = Callable[..., Page]

pytest_plugins = ("tests.site_fixtures",)
pytestmark = pytest.mark.site

CHINESE = find("zh_Hans")
TAGS = [language.tag for language in LANGUAGES]
EVIDENCE = ROOT / "build" / "evidence.json"
PAPER = 643
"""The width of a page within its margins, in the browser's pixels: 170 mm."""
ABORTED = "net::ERR_ABORTED"
PUBLIC = "https://guide.example/below/"


# The zip


class Addresses(HTMLParser):
    """What a page loads and leads to, and where it can be entered."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.ids: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"href", "src"}:
                self.found.append((tag, value or ""))
            elif name == "id":
                self.ids.add(value or "")


@pytest.fixture(scope="module")
def folders(real_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zips of all languages, made while nobody knows the site's address, and what is in them."""
    target = tmp_path_factory.mktemp("zips")
    downloads.zips(real_site, target)
    for path in target.glob("*.zip"):
        with ZipFile(path) as zipped:
            assert zipped.testzip() is None
            zipped.extractall(target)
    return target


def folder_of(folders: Path, language: Language) -> Path:
    """Return what a reader sees after unpacking."""
    return folders / offline.name(language, "zip").removesuffix(".zip")


@pytest.mark.parametrize("language", LANGUAGES, ids=TAGS)
def test_every_address_in_a_zip_leads_to_a_file_of_it(folders: Path, real_site: Path, language: Language) -> None:
    folder = folder_of(folders, language)
    found = {path: Addresses(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.html"))}
    assert len(found) > len(heads(real_site / language.slug))
    lost = []
    for page, addresses in found.items():
        assert addresses.found
        for tag, address in addresses.found:
            parts = urlsplit(address)
            if tag == "a" and parts.scheme in {"http", "https"}:
                continue
            target = folder / normpath(page.relative_to(folder).parent / parts.path) if parts.path else page
            anchor = unquote(parts.fragment)
            here = target.is_file() and not parts.scheme and not parts.netloc and not parts.query
            if not here or (anchor and anchor not in found[target].ids):
                lost.append(f"{page.relative_to(folder)}: {address}")
    assert lost == []


@pytest.mark.parametrize("language", LANGUAGES, ids=TAGS)
def test_a_zip_has_the_files_of_its_language_and_no_others(folders: Path, real_site: Path, language: Language) -> None:
    folder = folder_of(folders, language)
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    site = real_site / language.slug
    known = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert known - found == offline.LEFT_OUT
    assert found <= known


def test_the_same_site_gives_the_same_zip(folders: Path, real_site: Path, tmp_path: Path) -> None:
    language = LANGUAGES[0]
    # Another order of files on the disk, and other times.
    shutil.copytree(real_site / language.slug, tmp_path / language.slug, copy_function=shutil.copyfile)
    downloads.zips(tmp_path, tmp_path, [language])
    name = offline.name(language, "zip")
    assert (tmp_path / name).read_bytes() == (folders / name).read_bytes()


def test_other_languages_are_on_the_web_when_its_address_is_known(real_site: Path) -> None:
    folder = offline.Folder(real_site, CHINESE, public=PUBLIC)
    page = folder.read("servers/uvicorn/index.html").decode()
    found = Addresses(page).found
    assert ("a", f"{PUBLIC}pt-br/servers/uvicorn/") in found
    assert ("a", "index.html") in found
    assert 'class="search"' not in page


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ('<a href="../pt-br/">elsewhere</a>', "leads out of the folder"),
        ('<a href="servers/nothing/">nothing</a>', "servers/nothing/index.html, which is not there"),
        ('<dialog class="search"></dialog>', "2 times"),
    ],
    ids=["out of the folder", "nowhere", "another template"],
)
def test_a_page_that_would_not_work_ends_the_zip(real_site: Path, broken: str, said: str) -> None:
    folder = offline.Folder(real_site, LANGUAGES[0])
    html = (real_site / "en" / INDEX).read_text(encoding="utf-8").replace("</main>", f"{broken}</main>")
    with pytest.raises(offline.OfflineError, match=re.escape(said)):
        folder.page(INDEX, html)


@pytest.fixture
def disk(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile whose pages complain to the test: errors, exceptions, files that are not there, the network."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    context.set_default_timeout(20_000)
    found: list[str] = []
    context.on("console", lambda message: found.append(message.text) if message.type in {"error", "warning"} else None)
    context.on("weberror", lambda error: found.append(str(error.error)))
    # An icon that the next page came before is no file that is missing.
    context.on("requestfailed", lambda request: None if request.failure == ABORTED else found.append(request.url))
    context.on("request", lambda request: None if request.url.startswith("file:") else found.append(request.url))
    yield context
    context.close()
    assert found == []


# What a reader sees of a page: where each part of its text stands, and how it looks.
LOOK = """() => [...document.querySelectorAll("h1, h2, article p, .block, .site-nav a, .page-foot")].map((element) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  const { color, fontSize, display } = getComputedStyle(element);
  return [element.tagName, x, y, width, height, color, fontSize, display].join(" ");
})"""


def test_every_page_opens_from_disk_and_looks_as_on_the_site(
    disk: BrowserContext, folders: Path, real_site: Path, real_address: str
) -> None:
    folder = folder_of(folders, CHINESE)
    page = disk.new_page()
    # The last one is compared; the state of the translations leads to files of the site, which a folder has not.
    like = "servers/uvicorn/"
    addresses = {each.address for each in heads(real_site / CHINESE.slug)}
    for address in [*sorted(addresses - {like}), like]:
        page.goto((folder / address / INDEX).as_uri())
        assert page.evaluate("document.documentElement.className") == "js"
    from_disk = page.evaluate(LOOK)
    assert len(from_disk) > 20
    site = disk.browser.new_page(viewport={"width": 1280, "height": 800})  # type: ignore[union-attr]  # it has one
    site.goto(f"{real_address}/{CHINESE.slug}/{like}")
    assert site.evaluate(LOOK) == from_disk
    site.close()


def test_tabs_and_copying_work_from_disk_and_nothing_searches(disk: BrowserContext, folders: Path) -> None:
    folder = folder_of(folders, CHINESE)
    page = disk.new_page()
    page.goto((folder / "servers/uvicorn" / INDEX).as_uri())
    page.locator(".sd-tab-label", has_text="Django").first.click()
    block = page.locator(".sd-tab-content:visible .block[data-copy]").first
    block.locator(".copy").click()
    page.locator(".copy.done").wait_for()
    assert page.evaluate("navigator.clipboard.readText()").startswith("python -m pip install --quiet django")
    page.locator(".neighbour.next").click()
    page.wait_for_url("**/servers/hypercorn/index.html")
    assert page.locator("[data-sync-id=django]").first.evaluate("label => label.previousElementSibling.checked")
    page.keyboard.press("/")
    assert page.locator("dialog, .search-open, .languages").count() == 0
    assert page.locator(".theme-toggle").is_visible()


# The document that is printed


@pytest.fixture(scope="module", params=LANGUAGES, ids=TAGS)
def volume(request: pytest.FixtureRequest, real_site: Path) -> book.Book:
    """The book of each language; making it fails when a link within it leads nowhere."""
    return book.Book(real_site, request.param, cover.read(request.param, evidence_file=EVIDENCE))


def test_a_book_has_every_page_in_the_order_of_the_guide(volume: book.Book, real_site: Path) -> None:
    pages = heads(real_site / volume.language.slug)
    assert [chapter.title for part in volume.parts for chapter in part.chapters] == [page.title for page in pages]
    captions = read(real_site / volume.language.slug / INDEX).select(".site-nav .caption")
    assert [part.title for part in volume.parts] == ["", *(caption.get_text() for caption in captions)]


def test_its_cover_says_what_ran(volume: book.Book) -> None:
    assert re.match(r"Python 3\.\S+, Django \S+, GingerDJ \S+, ", volume.cover.platform)
    assert re.search(r"\d{4}", volume.cover.ran)


def test_a_page_that_leads_out_of_the_book_ends_it(sample_site: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(sample_site / "en", tmp_path / "en")
    page = folder / INDEX
    page.write_text(
        page.read_text(encoding="utf-8").replace("</article>", '<a href="_static/site.css">style</a></article>'),
        encoding="utf-8",
    )
    with pytest.raises(book.BookError, match=r"index: _static/site\.css leads out"):
        book.parts(folder)
    page.write_text(page.read_text(encoding="utf-8").replace("_static/site.css", "#nothing"), encoding="utf-8")
    with pytest.raises(book.BookError, match=r"index: #index\.nothing"):
        book.parts(folder)


# The PDF


@pytest.fixture(scope="session")
def taken(real_site: Path, shared: Path) -> Path:
    """A folder with what `make book` makes in Chinese, and with what it prints; made once per session."""
    if program() is None:
        pytest.skip(HOW_TO_GET_IT)
    target = shared / "book"
    command = [sys.executable, "-m", "_ext.downloads", "--site", str(real_site), "--target", str(target)]
    with build.alone(target):
        if not (target / offline.name(CHINESE, "pdf")).exists():
            subprocess.run([*command, "--language", CHINESE.code, "--evidence", str(EVIDENCE)], check=True)
    return target


@pytest.fixture(scope="module")
def pdf(taken: Path) -> Printed:
    return Printed(taken / offline.name(CHINESE, "pdf"))


@pytest.fixture(scope="module")
def source(taken: Path) -> BeautifulSoup:
    """What the PDF was printed from."""
    return read(taken / "work" / CHINESE.slug / book.NAME)


def squeezed(text: str) -> str:
    """Return a text without its spaces, as `Printed` reads it."""
    return "".join(text.split())


def test_the_contents_lead_to_the_pages_that_they_name(pdf: Printed, source: BeautifulSoup) -> None:
    links = source.select(".book-contents a")
    chapters = [attribute(chapter, "id") for chapter in source.select(".chapter")]
    assert [attribute(link, "href") for link in links] == [f"#{chapter}" for chapter in chapters]
    printed = [int(link.select("span")[1].get_text()) for link in links]
    assert printed == [pdf.destinations[chapter] for chapter in chapters]
    assert printed == sorted(set(printed))


def test_a_chapter_begins_on_the_page_that_its_name_leads_to(pdf: Printed, source: BeautifulSoup) -> None:
    assert len(pdf.pages) == len(pdf.document.pages)
    for link in source.select(".book-contents a"):
        number = pdf.destinations[attribute(link, "href").removeprefix("#")]
        title = squeezed(link.select("span")[0].get_text())
        # The first page of a part bears its name above the title.
        assert title in pdf.pages[number - 1][: len(title) + 8]


def test_links_lead_into_the_document(pdf: Printed, source: BeautifulSoup) -> None:
    wanted = {attribute(link, "href").removeprefix("#") for link in source.select("a[href^='#']")}
    assert len(wanted) > len(source.select(".chapter"))
    assert set(pdf.links) == wanted == pdf.destinations.keys()


def test_the_headings_are_the_outline(pdf: Printed, source: BeautifulSoup) -> None:
    headings = source.select("h1, h2, h3, h4, h5")
    titles = [squeezed(heading.get_text()) for heading in headings]
    assert [squeezed(title) for _, title in pdf.outline] == titles
    levels = [level for level, _ in pdf.outline]
    assert {1, 2, 3} <= set(levels)
    assert max(levels) <= 5


def test_all_that_is_written_can_be_copied_in_its_order(pdf: Printed, source: BeautifulSoup) -> None:
    """Every paragraph, every cell and every block, in both editions; Chinese as it was typed."""
    text = "".join(pdf.pages)
    assert "\N{REPLACEMENT CHARACTER}" not in text
    parts = source.select(".chapter :is(h2, h3, h4, h5, p, dt, td, th, pre, li > p)")
    wanted = [squeezed(part.get_text()) for part in parts if not part.select("a[href^=http]")]
    assert len(wanted) > 1000
    lost, at = [], 0
    for part in wanted:
        found = text.find(part, at)
        if found < 0:
            lost.append(part)
        else:
            at = found
    assert lost == []


def test_its_fonts_are_within_it_and_chinese(pdf: Printed) -> None:
    fonts = {str(font.FontName): font for font in pdf.where("/Type", "/FontDescriptor")}
    ideographs = [name for name in fonts if "CJK" in name]
    assert ideographs
    assert all("sc-" in name for name in ideographs), "ideographs of another country"
    assert all("/FontFile2" in font for name, font in fonts.items() if name not in ideographs)
    # Chromium draws fonts of this kind itself, glyph by glyph.
    drawn = pdf.where("/Subtype", "/Type3")
    assert drawn
    assert all("/CharProcs" in font and "/ToUnicode" in font for font in drawn)


def test_it_says_its_language_and_its_title_and_is_tagged(pdf: Printed, source: BeautifulSoup) -> None:
    root = pdf.document.Root
    assert root.Lang == "zh-Hans"
    assert root.MarkInfo.Marked
    assert root.ViewerPreferences.DisplayDocTitle
    assert pdf.document.docinfo.Title == one(source, "head title").get_text()
    assert {str(tag.S) for tag in pdf.where("/Type", "/StructElem")} >= {"/H1", "/H2", "/P", "/Link", "/Table", "/Code"}


def test_it_is_packed_and_does_not_say_when_it_was_printed(pdf: Printed) -> None:
    """The same guide gives the same bytes; the tags take most of them where they are not packed."""
    assert pdf.document.docinfo.keys() == {"/Producer", "/Title"}
    assert pdf.where("/Type", "/StructElem")
    packed = [tag for tag in pdf.document.get_xref_table().values() if tag.type == 2]
    assert len(packed) > len(pdf.dictionaries) * 0.9


def test_no_reader_has_to_repair_it(pdf: Printed) -> None:
    assert pdf.document.check_pdf_syntax() == []


def test_nothing_is_cut_off_and_no_control_is_printed(visit: Visit, taken: Path) -> None:
    page = visit((taken / "work" / CHINESE.slug / book.NAME).as_uri(), viewport={"width": PAPER, "height": 900})
    page.emulate_media(media="print")
    wide = page.evaluate("""() => [...document.querySelectorAll("main *")]
      .filter((element) => !element.closest("svg") && element.getBoundingClientRect().right > innerWidth + 1)
      .map((element) => `${element.closest("article").id}: ${element.tagName}.${element.className}`)""")
    assert wide == []
    assert page.locator("button, input, summary, .headerlink").count() == 0
    editions = page.locator(".sd-tab-content")
    assert editions.count() > 50
    assert (
        page.locator(".sd-tab-label:visible").count()
        == editions.count()
        == page.locator(".sd-tab-content:visible").count()
    )


def test_a_site_with_books_leads_to_them_from_every_page(sample_site: Path, tmp_path: Path) -> None:
    if program() is None:
        pytest.skip(HOW_TO_GET_IT)
    assert not (sample_site / offline.FOLDER).exists()
    shutil.copytree(SAMPLE, tmp_path / "source")
    # The other tests' browser has this thread for its own.
    with ThreadPoolExecutor(1) as pool:
        site = pool.submit(built, tmp_path / "source", tmp_path, books=True).result()
    for language in LANGUAGES:
        found = [path for path in pages(site / language.slug) if path.parent != site]
        assert found
        for path in found:
            links = read(path).select(".downloads a[download]")
            files = [local(site, path, attribute(link, "href")) for link in links]
            assert [file.name for file in files] == [offline.name(language, "pdf"), offline.name(language, "zip")]
            assert all(file.stat().st_size > 10_000 for file in files)
            assert f"{offline.FOLDER}/" not in read(sample_site / path.relative_to(site)).decode()
        with ZipFile(site / offline.FOLDER / offline.name(language, "zip")) as zipped:
            start = f"{offline.name(language, 'zip').removesuffix('.zip')}/{INDEX}"
            assert f"{offline.FOLDER}/" not in zipped.read(start).decode()
    assert f"/{offline.FOLDER}/*" in (site / "_headers").read_text(encoding="utf-8").splitlines()


def test_without_a_browser_the_zips_are_made_and_it_says_what_is_missing(real_site: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "_ext.downloads",
        "--site",
        str(real_site),
        "--target",
        str(tmp_path),
        "--language",
        "en",
    ]
    run = subprocess.run(
        command, env={**os.environ, "PATH": str(tmp_path)}, check=False, capture_output=True, text=True
    )
    assert (run.returncode, run.stderr) == (1, f"{HOW_TO_GET_IT}\n")
    assert [path.suffix for path in tmp_path.glob("gingerdj-guide-*")] == [".zip"]
