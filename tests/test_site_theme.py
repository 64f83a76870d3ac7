"""How the site looks: one stylesheet, lines that can be read, code that stays whole, on a screen and on paper."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from tests.built import attribute, one, pages, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    Visit = Callable[..., Page]

pytest_plugins = ("tests.site_fixtures",)
pytestmark = pytest.mark.site


def test_a_page_loads_one_stylesheet_and_one_script(site: Path) -> None:
    for page in pages(site):
        document = read(page)
        sheet = one(document, "link[rel~=stylesheet]")
        assert attribute(sheet, "href").partition("?")[0].split("/")[-2:] == ["_static", "site.css"], page
        assert len(document.select("script")) == 1, page


def test_tables_and_words_of_code_have_no_more_markup_than_they_need(site: Path) -> None:
    for page in pages(site):
        document = read(page)
        for table in document.select("article table"):
            assert table.parent is not None
            assert table.parent.get("class") == ["table-wrapper"], page
        assert [head for head in document.select("th") if not head.get_text(strip=True)] == [], page
        assert [held for held in document.select(".pre") if held.get_text().isalnum()] == [], page


# How many letters of the page's own text a line of the longest paragraph holds.
LETTERS = """() => {
    const longest = [...document.querySelectorAll("article section > p")].reduce(
        (found, each) => each.textContent.length > found.textContent.length ? each : found);
    const style = getComputedStyle(longest);
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.font = `${style.fontSize} ${style.fontFamily}`;
    const letters = longest.textContent.length;
    return Math.round(longest.clientWidth / (canvas.measureText(longest.textContent).width / letters));
}"""


@pytest.mark.parametrize(("slug", "fewest", "most"), [("en", 65, 78), ("pt-br", 65, 78)])
def test_a_line_has_a_comfortable_length(real_address: str, visit: Visit, slug: str, fewest: int, most: int) -> None:
    assert fewest <= visit(f"{real_address}/{slug}/").evaluate(LETTERS) <= most


def test_a_chinese_line_has_a_comfortable_length(real_address: str, visit: Visit) -> None:
    page = visit(f"{real_address}/zh-hans/")
    width, size = page.evaluate("""() => {
        const paragraph = document.querySelector("article section > p");
        return [paragraph.clientWidth, parseFloat(getComputedStyle(paragraph).fontSize)];
    }""")
    assert 35 <= width / size <= 42


def test_a_flag_stays_whole_on_the_narrowest_screen(real_address: str, visit: Visit) -> None:
    broken = """() => [...document.querySelectorAll("td code, .pre")].filter((code) => code.textContent.length <= 28
        && !code.textContent.includes(" ") && code.getClientRects().length > 1).map((code) => code.textContent)"""
    page = visit(f"{real_address}/en/", viewport={"width": 320, "height": 700})
    for path in ("en/servers/uvicorn/", "pt-br/reference/settings/", "zh-hans/reference/commands/"):
        page.goto(f"{real_address}/{path}")
        assert page.locator("code").count()
        assert page.evaluate(broken) == [], path


def test_a_link_to_a_heading_is_seen_when_the_keyboard_reaches_it(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/en/servers/sample/")
    link = page.locator("h2 .headerlink").first
    seen = "getComputedStyle(document.querySelector('h2 .headerlink')).opacity"
    assert page.evaluate(seen) == "0"
    page.locator("h1 .headerlink").focus()
    page.keyboard.press("Tab")
    assert link.evaluate("link => link === document.activeElement")
    assert page.evaluate(seen) == "1"


# Links within a sentence are as high as its lines; these stand alone.
TARGETS = """.site-header :is(a, button), .site-nav a, .site-toc a, .headerlink, .copy, .evidence summary,
    .sd-tab-label, .neighbour, .to-top"""


@pytest.mark.parametrize("width", [320, 1280])
def test_what_is_touched_is_large_enough(real_address: str, visit: Visit, width: int) -> None:
    small = """(selector) => [...document.querySelectorAll(selector)]
        .filter((each) => each.checkVisibility())
        .map((each) => [each.className, each.getBoundingClientRect()])
        .filter(([, box]) => box.width < 24 || box.height < 24)
        .map(([name, box]) => `${name} ${box.width}x${box.height}`)"""
    page = visit(f"{real_address}/en/", viewport={"width": width, "height": 700})
    for path in ("en/servers/uvicorn/", "pt-br/reference/settings/", "zh-hans/reference/errors/"):
        page.goto(f"{real_address}/{path}")
        assert page.evaluate(small, TARGETS) == [], path


def test_paper_cuts_no_command_and_no_address(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/en/servers/sample/", viewport={"width": 400, "height": 700}, color_scheme="dark")
    page.emulate_media(media="print")
    cut = """[...document.querySelectorAll('pre, .table-wrapper')]
        .filter((box) => box.offsetParent && box.scrollWidth > box.clientWidth).length"""
    assert page.evaluate(cut) == 0
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator(".site-header, .site-nav, .site-toc, .copy").filter(visible=True).count() == 0


def test_a_button_moves_nothing_when_the_script_adds_it(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/en/servers/sample/", viewport={"width": 360, "height": 700})
    heights = (
        "[...document.querySelectorAll('.block-bar, .block-title')].map((part) => part.getBoundingClientRect().height)"
    )
    assert page.locator(".copy").count()
    before = page.evaluate(heights)
    page.evaluate("document.querySelectorAll('.copy').forEach((button) => button.remove())")
    assert page.evaluate(heights) == before


@contextmanager
def halting(site: Path, page: str, after: str) -> Iterator[tuple[str, threading.Event]]:
    """Serve a site whose one page stops `after` a text until the event is set; yield the address and the event."""
    go_on = threading.Event()

    class Halting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            file = site / f"{path.lstrip('/')}index.html" if path.endswith("/") else site / path.lstrip("/")
            content = file.read_bytes()
            first = content.index(after.encode()) + len(after) if path == page else len(content)
            self.send_response(200)
            kind = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}.get(file.suffix, "text/html")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[:first])
            if content[first:]:
                go_on.wait(30)
                self.wfile.write(content[first:])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name of its base
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Halting) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", go_on
        finally:
            go_on.set()
            server.shutdown()
            thread.join()


def test_a_remembered_tab_is_chosen_while_the_page_arrives(sample_site: Path, browser: Browser) -> None:
    """Chosen at the end, it would push what the reader already sees."""
    page_path = "/en/servers/sample/"
    with halting(sample_site, page_path, 'id="files"') as (address, go_on), browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}{page_path}?framework=django", wait_until="commit")
        page.wait_for_function("document.querySelectorAll('.sd-tab-set > input')[1]?.checked", timeout=10_000)
        assert page.evaluate("document.readyState") == "loading"
        go_on.set()
        page.wait_for_load_state()
