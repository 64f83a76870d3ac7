"""Every page of the guide in three languages, looked at as it arrives: what is exact about a page holds for all."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from _ext.languages import LANGUAGES
from _ext.serve import COMPRESSION
from tests import axe
from tests.built import ROOT, pages

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page, Request, Route, ViewportSize

    Visit = Callable[..., Page]

pytest_plugins = ("tests.site_fixtures",)
pytestmark = pytest.mark.site

MOST_BYTES = 35 * 1024
MOST_SCRIPT_BYTES = 6 * 1024
MOST_REQUESTS = 6
WIDE: ViewportSize = {"width": 1280, "height": 800}
NARROW: ViewportSize = {"width": 360, "height": 740}

DOCS = ROOT / "docs"
SOURCES = (path.relative_to(DOCS).with_suffix("").as_posix() for path in sorted(DOCS.rglob("*.md")))
STEMS = [stem for stem in SOURCES if not stem.startswith("_")]
PAGES = [f"{language.slug}/{stem}" for language in LANGUAGES for stem in STEMS]

# https://wicg.github.io/layout-instability/
WATCH_SHIFTS = """(() => {
  const painted = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const loaded = new Promise((done) => addEventListener("load", done));
  const seen = [];
  const note = (entries) => seen.push(...entries.map(({ value, sources }) => (
    `${value.toFixed(4)}: ${sources.map(({ node }) => node?.outerHTML?.slice(0, 80) ?? node?.data).join(", ")}`
  )));
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ type: "layout-shift", buffered: true });
  window.shifts = async () => {
    await loaded;
    for (let frame = 0; frame < 3; frame += 1) await painted();
    note(observer.takeRecords());
    return seen;
  };
})();"""
# What a script does to a parsed page is done after its first picture, as on a slow line: then it shows.
SLOW_LINE = """(() => {
  const listen = window.addEventListener.bind(window);
  window.addEventListener = (type, listener, ...rest) => {
    if (type !== "DOMContentLoaded") listen(type, listener, ...rest);
    else listen("load", () => requestAnimationFrame(() => requestAnimationFrame(listener)));
  };
})();"""

# On a busy machine a browser paints what has come so far, and moves it as the rest comes: a table finds its columns.
# That is the line and not the page, so the first picture waits until all of the page is there.
# https://html.spec.whatwg.org/multipage/links.html#link-type-expect
EXPECT, EXPECTED = '<link rel="expect" href="#whole" blocking="render">', '<i id="whole"></i>'


def whole(route: Route) -> None:
    """Let a page be painted when all of it is there; anything else travels as it is."""
    if route.request.resource_type != "document":
        route.fallback()
        return
    response = route.fetch()
    text = response.text()
    assert text.count("<head>") == text.count("</body>") == 1
    route.fulfill(
        response=response, body=text.replace("<head>", f"<head>{EXPECT}").replace("</body>", f"{EXPECTED}</body>")
    )


STAYS = (DOCS / "_theme" / "gingerdj" / "static" / "entry.js").read_text().replace("location.replace(", "void (")


def address(page: str) -> str:
    """Return where a page stands below the site's root; `page` is its language and stem."""
    return page.removesuffix("index") if page.endswith("/index") else f"{page}/"


@dataclass
class Arrival:
    """A page and what travelled for it."""

    page: Page
    requests: list[Request]

    @classmethod
    def at(cls, visit: Visit, address: str, *, above: bool = False) -> Arrival:
        """Open an address; `above` is for those above the languages."""
        requests: list[Request] = []

        def prepare(page: Page) -> None:
            page.add_init_script(WATCH_SHIFTS)
            page.on("requestfinished", lambda request: requests.append(request))  # noqa: PLW0108  # Playwright marks what it is given
            if not above:
                page.route("**/*", whole)
                page.add_init_script(SLOW_LINE)
            else:
                # They arrive in one packet, behind their script, so no line is slow; and the entry would lead on.
                page.route("**/entry.js", lambda route: route.fulfill(content_type="text/javascript", body=STAYS))

        return cls(visit(address, prepare=prepare, viewport=WIDE, color_scheme="light"), requests)

    def shifts(self) -> list[str]:
        """Return every movement since the page was loaded, with its score."""
        found: list[str] = self.page.evaluate("shifts()")
        return found

    def weights(self, site: Path) -> dict[str, int]:
        """Return the bytes of each address that the page asked for, gzipped as hosts do, without headers."""
        # A browser asks for the icon by itself, now or later: it counts in any case.
        icon = self.page.evaluate("document.querySelector('link[rel=icon]').href")
        return {url: gzipped(site, url) for url in (*(request.url for request in self.requests), icon)}


def gzipped(site: Path, url: str) -> int:
    """Return how many bytes of an address travel."""
    path = site / urlsplit(url).path.lstrip("/")
    return len(gzip.compress((path / "index.html" if path.is_dir() else path).read_bytes(), COMPRESSION))


# Colours and structure are the same in every language, words are not: axe, which takes longest, looks at the English
# page in each way, and at each translation in one of them.
WIDE_LIGHT, WIDE_DARK, NARROW_DARK = "accessible: wide, light", "accessible: wide, dark", "accessible: narrow, dark"
LOOKS = {
    "en": {WIDE_LIGHT, WIDE_DARK, NARROW_DARK},
    "pt-br": {NARROW_DARK},
    "zh-hans": {WIDE_LIGHT},
}


def look(arrival: Arrival, site: Path, subtests: pytest.Subtests, looks: set[str]) -> None:
    """Hold a page to what holds for every page."""
    with subtests.test("nothing moves on a wide screen"):
        assert arrival.shifts() == []
    weights = arrival.weights(site)
    with subtests.test("few requests"):
        assert len(weights) <= MOST_REQUESTS, weights
    with subtests.test("few bytes"):
        assert sum(weights.values()) <= MOST_BYTES, weights
    with subtests.test("little script"):
        scripts = [weight for url, weight in weights.items() if urlsplit(url).path.endswith(".js")]
        assert 0 < sum(scripts) <= MOST_SCRIPT_BYTES, weights

    page = arrival.page
    axe.inject(page)
    if WIDE_LIGHT in looks:
        with subtests.test(WIDE_LIGHT):
            assert axe.violations(page) == []
    page.emulate_media(color_scheme="dark")
    if WIDE_DARK in looks:
        with subtests.test(WIDE_DARK):
            assert axe.violations(page, colors_only=True) == []

    page.set_viewport_size(NARROW)
    page.reload()
    with subtests.test("nothing moves on a narrow screen"):
        assert arrival.shifts() == []
    if NARROW_DARK in looks:
        axe.inject(page)
        with subtests.test(NARROW_DARK):
            assert axe.violations(page) == []


def test_every_page_is_visited(real_site: Path) -> None:
    built = {path.relative_to(real_site).parent.as_posix() for path in pages(real_site)}
    assert {address(page).strip("/") for page in PAGES} | {"."} == built


@pytest.mark.parametrize("name", PAGES)
def test_a_page(real_site: Path, real_address: str, visit: Visit, subtests: pytest.Subtests, name: str) -> None:
    look(Arrival.at(visit, f"{real_address}/{address(name)}"), real_site, subtests, LOOKS[name.partition("/")[0]])


@pytest.mark.parametrize("slug", [language.slug for language in LANGUAGES])
def test_every_kind_of_block(
    sample_site: Path, sample_address: str, visit: Visit, subtests: pytest.Subtests, slug: str
) -> None:
    look(Arrival.at(visit, f"{sample_address}/{slug}/servers/sample/"), sample_site, subtests, LOOKS["en"])


@pytest.mark.parametrize("path", ["index.html", "404.html"])
def test_a_page_above_the_languages(
    real_site: Path, real_address: str, visit: Visit, subtests: pytest.Subtests, path: str
) -> None:
    look(Arrival.at(visit, f"{real_address}/{path}", above=True), real_site, subtests, LOOKS["en"])
