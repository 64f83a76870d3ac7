"""The keyboard alone reaches everything, sees where it is, and gets back out of whatever it opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, ViewportSize

    Visit = Callable[..., Page]

pytest_plugins = ("tests.site_fixtures",)
pytestmark = pytest.mark.site

WIDE: ViewportSize = {"width": 1280, "height": 800}
NARROW: ViewportSize = {"width": 360, "height": 740}

# Names of all that a reader sees and can use, in document order, and a record of where the focus goes.
WATCH = """() => {
  const parts = "a[href], button, input, select, textarea, summary, [tabindex]:not([tabindex='-1'])";
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  // Of the radio buttons of one name only the chosen one is a stop: the arrow keys lead to the others.
  const waits = (element) => element.type === "radio" && !element.checked;
  const stops = [...document.querySelectorAll(parts)].filter((element) => shown(element) && !waits(element));
  const names = stops.map((element, index) => `${index} ${element.outerHTML.slice(0, 90)}`);
  const marks = (element) => [element, ...(element.labels ?? [])].map((each) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(each);
    return [outlineStyle === "none" || outlineWidth === "0px" ? "" : outlineWidth + outlineColor, boxShadow].join();
  }).join();
  const before = new Map(stops.map((element) => [element, marks(element)]));
  const seen = { stops: names, visited: [], unmarked: [] };
  addEventListener("focusin", ({ target }) => {
    const name = names[stops.indexOf(target)] ?? target.outerHTML.slice(0, 90);
    seen.visited.push(name);
    if (marks(target) === before.get(target)) seen.unmarked.push(name);
  });
  window.walk = seen;
}"""
# Some of what has the focus is in view, and nothing lies over it. https://www.w3.org/TR/WCAG22/#focus-not-obscured-minimum
COVERED = """() => {
  const { activeElement } = document;
  const shape = activeElement.labels?.[0] ?? activeElement;
  const points = [...shape.getClientRects()].map(({ left, right, top, bottom }) => [
    (Math.max(left, 0) + Math.min(right, innerWidth)) / 2, (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2,
  ]);
  const free = points.some(([x, y]) => {
    const top = document.elementFromPoint(x, y);
    return top !== null && (shape.contains(top) || top.contains(shape));
  });
  return free ? null : activeElement.outerHTML.slice(0, 90);
}"""
# What scrolls sideways without being a stop or holding one would be out of reach.
OUT_OF_REACH = """() => [...document.querySelectorAll("*")].filter((element) => (
  element.scrollWidth > element.clientWidth + 1
  && ["auto", "scroll"].includes(getComputedStyle(element).overflowX)
  && element.tabIndex < 0 && !element.querySelector("a[href], button, [tabindex='0']")
)).map((element) => element.outerHTML.slice(0, 90))"""


@dataclass
class Walk:
    """Where the Tab key led."""

    stops: list[str]
    visited: list[str]
    unmarked: list[str]
    covered: list[str]


def walk(page: Page) -> Walk:
    """Press Tab once for every stop of a page."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.evaluate(WATCH)
    covered = []
    for _each in range(page.evaluate("walk.stops.length")):
        page.keyboard.press("Tab")
        covered.append(page.evaluate(COVERED))
    seen: dict[str, Any] = page.evaluate("walk")
    return Walk(**seen, covered=[name for name in covered if name])


def focused(page: Page, selector: str) -> bool:
    """Tell whether the focus is on what a selector names."""
    found: bool = page.evaluate("(selector) => document.activeElement.matches(selector)", selector)
    return found


WALKS = [
    ("sample", "en/servers/sample/", WIDE),
    ("sample", "pt-br/servers/sample/", NARROW),
    ("sample", "zh-hans/servers/sample/", NARROW),
    ("real", "en/", NARROW),
    ("real", "en/404.html", WIDE),
    ("real", "pt-br/explain/request/", WIDE),
    ("real", "zh-hans/reference/settings/", NARROW),
]


@pytest.mark.parametrize(
    ("kind", "path", "screen"), WALKS, ids=[f"{path or 'entry'}-{screen['width']}" for _kind, path, screen in WALKS]
)
def test_tab_reaches_everything_in_order(
    request: pytest.FixtureRequest, visit: Visit, kind: str, path: str, screen: ViewportSize
) -> None:
    address = request.getfixturevalue(f"{kind}_address")
    lost = path.endswith("404.html")
    page = visit(
        f"{address}/{path}", viewport=screen, reduced_motion="reduce", expected_status=404 if lost else 200, locale="en"
    )
    seen = walk(page)
    assert seen.visited == seen.stops
    assert seen.unmarked == []
    assert seen.covered == []
    assert page.evaluate(OUT_OF_REACH) == []


def test_the_first_stop_skips_to_the_content(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/en/servers/sample/")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to content"
    assert page.locator(":focus").bounding_box()["y"] >= 0  # type: ignore[index]  # it has a box: it is visible
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focused(page, "main *")


@pytest.mark.parametrize("menu", ["navigation", "languages", "contents"])
def test_a_menu_opens_and_gives_the_focus_back(sample_address: str, visit: Visit, menu: str) -> None:
    page = visit(f"{sample_address}/pt-br/servers/sample/", viewport=NARROW)
    opens = page.locator(f".site-header [popovertarget={menu}]")
    opens.focus()
    page.keyboard.press("Enter")
    page.locator(f"#{menu}:popover-open").wait_for()
    page.keyboard.press("Tab")
    assert focused(page, f"#{menu} *")
    page.keyboard.press("Escape")
    assert page.locator(f"#{menu}:popover-open").count() == 0
    assert focused(page, f".site-header [popovertarget={menu}]")


def test_choosing_in_the_contents_closes_them(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/en/servers/sample/", viewport=NARROW)
    page.locator(".site-header [popovertarget=contents]").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Files", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**#files")
    assert page.locator("#contents:popover-open").count() == 0
    page.keyboard.press("Tab")
    follows = "document.querySelector('#files').compareDocumentPosition(document.activeElement) & (4 | 16)"
    assert page.evaluate(follows)
    assert focused(page, "main *")


def test_the_search_keeps_the_focus_and_gives_it_back(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/en/servers/sample/")
    page.locator(".search-open").focus()
    page.keyboard.press("Enter")
    assert focused(page, ".search-input")
    page.keyboard.insert_text("start")
    page.locator(".search-results a").first.wait_for()
    for _each in range(page.locator(".search a, .search button").count()):
        page.keyboard.press("Tab")
        assert focused(page, ".search *")
    page.keyboard.press("Escape")
    assert not page.locator(".search").is_visible()
    assert focused(page, ".search-open")


def test_the_search_goes_back_to_where_the_reader_was(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/en/servers/sample/")
    page.locator(".copy").last.focus()
    page.keyboard.press("/")
    assert focused(page, ".search-input")
    page.keyboard.press("Escape")
    assert page.locator(".copy").last.evaluate("(button) => button === document.activeElement")


def test_arrows_choose_a_tab(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/en/servers/sample/")
    page.locator(".sd-tab-set input:checked").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.get_by_text("django-admin startproject").last.is_visible()
    assert focused(page, ".sd-tab-set input:checked")
    page.keyboard.press("ArrowLeft")
    assert page.get_by_text("gingerdj-admin startproject").is_visible()


def test_a_mark_of_evidence_opens_and_closes(real_address: str, visit: Visit) -> None:
    page = visit(f"{real_address}/en/servers/uvicorn/")
    mark = page.locator(".evidence").first
    mark.locator("summary").focus()
    page.keyboard.press("Enter")
    assert mark.get_attribute("open") is not None
    page.keyboard.press("Escape")
    assert mark.get_attribute("open") is None
    assert mark.locator("summary").evaluate("(summary) => summary === document.activeElement")


def test_what_scrolls_is_scrolled_by_arrows(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/en/servers/sample/", viewport=NARROW, reduced_motion="reduce")
    page.locator("pre[tabindex]").first.wait_for()
    page.locator("pre[tabindex]").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")
