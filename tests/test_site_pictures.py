"""Pictures in a real browser: their words stay where they belong, in every language and at any width."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from _ext.languages import LANGUAGES, Language
from tests.built import attribute, pages, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    Visit = Callable[..., Page]

pytest_plugins = ("tests.site_fixtures",)
pytestmark = pytest.mark.site

# A word leaves its drawing, the smallest box that it stands in, or runs into another word.
STRAY = """() => [...document.querySelectorAll('.picture svg')].flatMap((svg) => {
  const place = (element) => element.getBBox();
  const inside = (inner, outer) => inner.x >= outer.x && inner.y >= outer.y
    && inner.x + inner.width <= outer.x + outer.width && inner.y + inner.height <= outer.y + outer.height;
  const apart = (a, b) => a.x + a.width <= b.x || b.x + b.width <= a.x
    || a.y + a.height * .8 <= b.y || b.y + b.height * .8 <= a.y;
  const boxes = [...svg.querySelectorAll('rect')].map(place);
  const texts = [...svg.querySelectorAll('text')];
  return texts.filter((text, number) => {
    const own = place(text);
    const middle = {x: own.x + own.width / 2, y: own.y + own.height / 2, width: 0, height: 0};
    const around = boxes.filter((box) => inside(middle, box)).sort((a, b) => a.width - b.width);
    return !inside(own, around[0] || svg.viewBox.baseVal)
      || texts.slice(number + 1).some((other) => !apart(own, place(other)));
  }).map((text) => text.textContent);
})"""
SMALLEST = """() => Math.min(...[...document.querySelectorAll('.picture text')].map(
  (text) => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a))"""


def pictured(site: Path, slug: str) -> list[str]:
    """Return the addresses of the pages of a language that have pictures; to parse all pages for that takes long."""
    found = [page for page in pages(site / slug) if '<figure class="picture"' in page.read_text(encoding="utf-8")]
    return [f"{page.relative_to(site).parent.as_posix()}/" for page in found]


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_words_stay_where_they_belong(real_site: Path, real_address: str, visit: Visit, language: Language) -> None:
    slug = language.slug
    addresses = pictured(real_site, slug)
    assert len(addresses) >= 7
    page = visit(f"{real_address}/{slug}/")
    for address in addresses:
        page.goto(f"{real_address}/{address}")
        assert page.evaluate(STRAY) == [], address


def test_words_are_legible_on_a_phone(real_site: Path, real_address: str, visit: Visit) -> None:
    page = visit(f"{real_address}/zh-hans/", viewport={"width": 320, "height": 700})
    for address in pictured(real_site, "zh-hans"):
        page.goto(f"{real_address}/{address}")
        assert page.evaluate(SMALLEST) >= 10, address


def test_colours_follow_the_theme(real_address: str, visit: Visit) -> None:
    colours = set()
    for scheme in ("light", "dark"):
        page = visit(f"{real_address}/en/servers/uvicorn/", color_scheme=scheme)
        colours.add(page.evaluate("getComputedStyle(document.querySelector('.picture text')).fill"))
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.querySelector('.picture .box')).fill") == "rgb(255, 255, 255)"
    assert len(colours) == 2


def test_every_word_of_a_picture_is_translated(real_site: Path) -> None:
    kept = {"thread", "threads"}
    for address in pictured(real_site, "en"):
        english = {text.get_text() for text in read(real_site / address / "index.html").select(".picture text")}
        for language in LANGUAGES[1:]:
            document = read(real_site / address.replace("en/", f"{language.slug}/", 1) / "index.html")
            words = document.select(".picture text:not(.code, .name), .picture title, .picture desc")
            assert {word.get_text() for word in words} & english <= kept, address
            assert all(attribute(svg, "role") == "img" for svg in document.select(".picture svg"))
