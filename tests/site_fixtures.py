"""Fixtures around built sites: a small guide of the tests' own, the real one, a browser.

A test module asks for them with `pytest_plugins = ("tests.site_fixtures",)`.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from _ext import build
from _ext.browser import HOW_TO_GET_IT, QUIET, program
from tests.built import ROOT, SAMPLE, built, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

# The browser logs what the policy refuses; this makes sure of it, in any document.
REFUSED = """addEventListener("securitypolicyviolation", (event) => (
  console.error(`refused by ${event.effectiveDirective}: ${event.blockedURI}`)
));"""


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that every worker of this session sees."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if own.name.startswith("popen-") else own


@pytest.fixture(scope="session")
def sample_site(shared: Path) -> Path:
    """The site of tests/site_sample, built once per session: the first worker builds, the others wait."""
    work = shared / "sample"
    with build.alone(work):
        if not (work / "source").exists():
            # Sphinx compiles catalogues beside their source, so not in the checkout.
            shutil.copytree(SAMPLE, work / "source")
    return built(work / "source", work)


@pytest.fixture(scope="session")
def real_site() -> Path:
    """The guide as `make site` left it in build/site/."""
    site = ROOT / "build" / "site"
    if not site.exists():
        pytest.fail(f"{site} is not there: `make site` builds it", pytrace=False)
    return site


@pytest.fixture(scope="session")
def sample_address(sample_site: Path) -> Iterator[str]:
    """The address of the sample site while the session lasts."""
    with served(sample_site) as address:
        yield address


@pytest.fixture(scope="session")
def real_address(real_site: Path) -> Iterator[str]:
    """The address of the real site while the session lasts."""
    with served(real_site) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    # Imported here: it starts nothing yet, but it is slow to load for the tests that need no browser.
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # see above

    path = program()
    if path is None:
        pytest.skip(HOW_TO_GET_IT)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def complaints() -> list[str]:
    """What pages log as an error, what they throw, what their policy refuses and what they ask of other hosts."""
    return []


@pytest.fixture
def visit(browser: Browser, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Open an address in a fresh profile; any complaint fails the test.

    Takes the address, then what `Browser.new_context` takes: locale, viewport, java_script_enabled, …
    `prepare` is called with the page before it leads anywhere.
    """
    contexts: list[BrowserContext] = []

    def open_page(
        address: str, *, expected_status: int = 200, prepare: Callable[[Page], None] | None = None, **settings: object
    ) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **settings})  # type: ignore[arg-type]  # checked by Playwright itself
        context.set_default_timeout(10_000)
        context.add_init_script(REFUSED)
        contexts.append(context)
        page = context.new_page()
        origin = "/".join(address.split("/")[:3])
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: None if request.url.startswith((origin, "blob:")) else complaints.append(request.url),
        )
        if prepare is not None:
            prepare(page)
        response = page.goto(address)
        assert response is not None
        assert response.status == expected_status
        if expected_status != 200:
            complaints.clear()  # the browser itself logs it
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(params=["sample", "real"])
def site(request: pytest.FixtureRequest) -> Path:
    """Both sites: the sample has every kind of block, the real one is what readers get."""
    found: Path = request.getfixturevalue(f"{request.param}_site")
    return found
