"""Chromium as a printer: an HTML file becomes a PDF, with its headings as outline and its structure as tags."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from _ext.browser import HOW_TO_GET_IT, QUIET, program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Print = Callable[[Path], bytes]

LIMIT = 300_000
"""Milliseconds for one document; on a quiet machine it takes ten seconds."""


class PrinterError(Exception):
    """No browser, or one that did not print; the message says how to get one, or what it said."""


@contextmanager
def printer() -> Iterator[Print]:
    """Yield what prints a file and returns the PDF; raises PrinterError, and so does printing."""
    # Imported here: who builds the site alone needs no browser.
    try:
        from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415  # see above
    except ImportError:
        raise PrinterError("Playwright is not installed: `make setup` does it") from None
    path = program()
    if path is None:
        raise PrinterError(HOW_TO_GET_IT)
    try:
        with sync_playwright() as playwright, playwright.chromium.launch(executable_path=path, args=QUIET) as browser:
            # Nothing in a book is a script's work.
            page = browser.new_page(java_script_enabled=False)
            page.set_default_timeout(LIMIT)

            def pdf(source: Path) -> bytes:
                page.goto(source.resolve().as_uri())
                return page.pdf(outline=True, tagged=True, prefer_css_page_size=True, print_background=True)

            yield pdf
    except Error as error:
        raise PrinterError(f"Chromium does not print: {error.message}") from error
