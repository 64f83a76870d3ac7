"""The strict policy: what it allows, that it is sent, and that nothing a reader does goes against it."""

from __future__ import annotations

import re
from contextlib import closing
from http.client import HTTPConnection
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from _ext.languages import LANGUAGES
from _ext.policy import CONTENT_SECURITY_POLICY, HEADERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from http.client import HTTPMessage

    from playwright.sync_api import Page

    Visit = Callable[..., Page]

pytest_plugins = ("tests.site_fixtures",)
pytestmark = pytest.mark.site

QUERIES = {"en": "start", "pt-br": "requisicao", "zh-hans": "灯塔"}


def answer(address: str, **headers: str) -> HTTPMessage:
    """Return the headers of an answer, whatever its status."""
    split = urlsplit(address)
    with closing(HTTPConnection(split.netloc)) as connection:
        connection.request("GET", split.path, headers=headers)
        return connection.getresponse().headers


def test_the_only_exception_is_the_search() -> None:
    sources = re.findall(r"'[^']*'|https?:\S*|data:|blob:|\*", CONTENT_SECURITY_POLICY)
    assert set(sources) == {"'none'", "'self'", "'wasm-unsafe-eval'"}
    assert sources.count("'wasm-unsafe-eval'") == 1
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; ")


@pytest.mark.parametrize(
    "path", ["", "en/", "en/_static/site.js", "en/_static/favicon.svg", "pagefind/pagefind-worker.js", "nothing", "en"]
)
def test_every_answer_carries_it(sample_address: str, path: str) -> None:
    headers = answer(f"{sample_address}/{path}")
    assert {name: headers[name] for name in HEADERS} == HEADERS


def test_text_travels_gzipped(sample_address: str) -> None:
    for path in ("en/", "en/_static/site.js", "en/_static/favicon.svg", "nothing"):
        headers = answer(f"{sample_address}/{path}", **{"Accept-Encoding": "gzip"})
        assert (headers["Content-Encoding"], headers["Vary"]) == ("gzip", "Accept-Encoding"), path
        assert answer(f"{sample_address}/{path}")["Content-Encoding"] is None, path


def test_what_it_refuses_fails_a_test(sample_address: str, visit: Visit, complaints: list[str]) -> None:
    page = visit(f"{sample_address}/en/")
    for done in (
        "document.body.setAttribute('style', 'color: red')",
        "document.body.append(Object.assign(document.createElement('script'), { text: '1' }))",
        "document.body.append(Object.assign(new Image(), { src: 'data:image/gif;base64,AA==' }))",
    ):
        with page.expect_console_message(lambda message: message.text.startswith("refused by")):
            page.evaluate(f"() => {{ {done}; }}")
    page.close()
    complaints.clear()


@pytest.mark.parametrize("slug", [language.slug for language in LANGUAGES])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_a_reader_does_is_refused(sample_address: str, visit: Visit, slug: str, width: int) -> None:
    page = visit(
        f"{sample_address}/{slug}/servers/sample/",
        viewport={"width": width, "height": 800},
        permissions=["clipboard-read", "clipboard-write"],
    )
    for name in ("navigation", "contents", "languages"):
        opens = page.locator(f"[popovertarget={name}]").first
        if opens.is_visible():
            opens.click()
            page.locator(f"#{name}").wait_for()
            page.keyboard.press("Escape")
    for _each in range(3):
        page.locator(".theme-toggle").click()
    page.locator(".copy").first.click()
    page.locator(".copy.done").first.wait_for()
    for label in page.locator(".sd-tab-label:visible").all():
        label.click()
    for mark in page.locator(".evidence summary").all():
        mark.click()
    page.keyboard.press("Escape")
    page.locator(".search-open").click()
    page.keyboard.insert_text(QUERIES[slug])
    page.locator(".search-results a").first.wait_for()


def test_the_entry_and_the_lost_are_under_it(sample_address: str, visit: Visit) -> None:
    page = visit(f"{sample_address}/", locale="pt-BR")
    page.wait_for_url(f"{sample_address}/pt-br/")
    visit(f"{sample_address}/pt-br/nothing", expected_status=404, locale="pt-BR")
