"""The browser of this machine: Debian's Chromium, by the names it goes by, and how it is kept quiet."""

from __future__ import annotations

import shutil

CHROMIUM = ("chromium", "chromium-browser")
HOW_TO_GET_IT = "Chromium is not installed: apt-get install chromium fonts-noto-cjk"
# Debian's browser looks for updates, for its vendor and for HTTP/3 unless it is told not to.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def program() -> str | None:
    """Return where the browser is, and nothing when there is none."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)
