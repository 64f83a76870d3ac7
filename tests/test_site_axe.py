"""What opens over a page is as accessible as the page: menus, the search with its results, evidence, other tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from _ext.languages import LANGUAGES
from tests import axe

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, ViewportSize

    Visit = Callable[..., Page]

pytest_plugins = ("tests.site_fixtures",)
pytestmark = pytest.mark.site

NARROW: ViewportSize = {"width": 360, "height": 740}
QUERIES = {"en": "start", "pt-br": "requisicao", "zh-hans": "灯塔"}


def in_both_schemes(page: Page) -> list[str]:
    """Return what axe finds, in light and then in dark."""
    page.emulate_media(color_scheme="light")
    found = axe.violations(page)
    page.emulate_media(color_scheme="dark")
    return found + axe.violations(page, colors_only=True)


@pytest.mark.parametrize("slug", [language.slug for language in LANGUAGES])
def test_what_opens_on_a_small_screen(sample_address: str, visit: Visit, subtests: pytest.Subtests, slug: str) -> None:
    page = visit(f"{sample_address}/{slug}/servers/sample/", viewport=NARROW)
    axe.inject(page)
    for menu in ("navigation", "languages", "contents"):
        page.locator(f".site-header [popovertarget={menu}]").click()
        page.locator(f"#{menu}:popover-open").wait_for()
        with subtests.test(menu):
            assert in_both_schemes(page) == []
        page.keyboard.press("Escape")
    page.locator(".search-open").click()
    page.keyboard.insert_text(QUERIES[slug])
    page.locator(".search-results a").first.wait_for()
    with subtests.test("search"):
        assert in_both_schemes(page) == []


@pytest.mark.parametrize("slug", [language.slug for language in LANGUAGES])
def test_what_opens_on_a_wide_screen(real_address: str, visit: Visit, subtests: pytest.Subtests, slug: str) -> None:
    page = visit(f"{real_address}/{slug}/servers/uvicorn/")
    axe.inject(page)
    page.locator(".site-header [popovertarget=languages]").click()
    with subtests.test("languages"):
        assert in_both_schemes(page) == []
    page.keyboard.press("Escape")
    page.locator(".evidence summary").first.click()
    page.locator(".sd-tab-label").last.click()
    with subtests.test("evidence and another tab"):
        assert in_both_schemes(page) == []
    page.keyboard.press("/")
    page.keyboard.insert_text("uvicorn")
    page.locator(".search-results a").first.wait_for()
    with subtests.test("search"):
        assert in_both_schemes(page) == []


def test_axe_finds_what_is_wrong(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/en/servers/sample/")
    axe.inject(page)
    assert axe.violations(page) == []
    page.evaluate("""() => {
      const add = (within, name, properties = {}) => {
        const made = Object.assign(document.createElement(name), properties);
        document.querySelector(within).append(made);
        return made;
      };
      add("main article", "img", { src: "data:none" }).removeAttribute("src");
      add("main article", "p", { textContent: "faint" }).style.color = "#999";
      for (const name of "ab") {
        const small = add("main article", "button", { textContent: name });
        Object.assign(small.style, { font: "8px/8px serif", padding: 0, border: 0, width: "8px", height: "8px" });
      }
    }""")
    found = {line.partition(":")[0] for line in axe.violations(page)}
    assert found == {"color-contrast", "image-alt", "target-size"}
