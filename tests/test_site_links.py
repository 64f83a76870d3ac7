"""Every address that a page names, also those that no reader clicks: within a language, and between languages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from _ext import offline
from _ext.languages import LANGUAGES
from tests.built import attribute, local, pages, read

if TYPE_CHECKING:
    from pathlib import Path

    from bs4 import Tag

pytest_plugins = ("tests.site_fixtures",)
pytestmark = pytest.mark.site

SLUGS = {language.tag: language.slug for language in LANGUAGES}
LOADED = ("data-script", "src", "poster")
REFERENCES = ("aria-controls", "aria-describedby", "aria-labelledby", "for", "popovertarget")


def hold_addresses(site: Path, page: Path, document: Tag) -> None:
    """What a page loads, or tells machines of, is there: the links that nobody clicks."""
    found = [attribute(element, name) for name in LOADED for element in document.select(f"[{name}]")]
    found += [f"{attribute(element, 'data-bundle')}pagefind.js" for element in document.select("[data-bundle]")]
    # The alternates are held to more, in tests/test_site.py.
    links = document.select("link[href]:not([rel=canonical]):not([rel=alternate])")
    for address in [*found, *(attribute(link, "href") for link in links)]:
        assert not urlsplit(address).netloc, f"{page}: {address}"
        assert local(site, page, address).exists(), f"{page}: {address}"


def hold_language(site: Path, page: Path, document: Tag) -> None:
    """Only the switcher, which says so, leads to another language; data for programs stands above them."""
    for link in document.select("a[href]"):
        href = attribute(link, "href")
        if urlsplit(href).scheme or urlsplit(href).netloc:
            continue
        if href.endswith(".json"):
            continue
        expected = SLUGS.get(attribute(link, "hreflang"), page.relative_to(site).parts[0])
        found = local(site, page, href).relative_to(site)
        # What a reader takes along is in a folder of its own, and has its language in its name.
        here = found.stem.endswith(f"-{expected}") if found.parts[0] == offline.FOLDER else found.parts[0] == expected
        assert here, f"{page}: {href}"


def hold_references(page: Path, document: Tag) -> None:
    """What an element refers to stands on its page."""
    known = {attribute(element, "id") for element in document.select("[id]")}
    for name in REFERENCES:
        for element in document.select(f"[{name}]"):
            missing = set(attribute(element, name).split()) - known
            assert not missing, f"{page}: {name} of {element.name}: {missing}"


@pytest.mark.parametrize("slug", SLUGS.values())
def test_whatever_a_page_names_is_there(site: Path, slug: str) -> None:
    for page in pages(site / slug):
        document = read(page)
        hold_addresses(site, page, document)
        hold_language(site, page, document)
        hold_references(page, document)
