"""The pages of a language as a folder that opens from disk, in a zip.

No server stands behind it: the address of a folder becomes that of its page, and what needs a server is cut out.
That is the search, which fetches its index, and other languages while the site's address on the web is unknown.
The same site gives the same bytes.
"""

from __future__ import annotations

import re
from functools import partial
from html import escape, unescape
from posixpath import relpath
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from _ext.head import INDEX

if TYPE_CHECKING:
    from pathlib import Path

    from _ext.languages import Language

FOLDER = "downloads"
"""Where a site keeps what readers take along."""
# No time of day: ZIP's first one.
EPOCH = (1980, 1, 1, 0, 0, 0)
# For other sites, for programs on the web, for the search. What a page leads to is there, Markdown and logs as well.
LEFT_OUT = frozenset({"objects.inv", "llms.txt", "_static/entry.js", "_static/search.js", "_static/find.js"})
# As docs/_theme/gingerdj/page.html writes them; each stands once in each page.
SEARCH = (r'<button class="button search-open .*?</button>', r'<dialog class="search".*?</dialog>')
LANGUAGES = (r'<button [^>]*popovertarget="languages".*?</button>', r'<nav class="languages".*?</nav>')
# What leads to files that only the site has: the guide for reading offline, which this is, and what programs read.
FILES = r'<p class="(?:downloads|site-files)">.*?</p>'
TAG = re.compile(r'<(?:a|link|script)\b(?:[^">]|"[^"]*")*>')
ADDRESS = re.compile(r'(?<=\s)(?P<name>href|src)="(?P<value>[^"]*)"')


def name(language: Language, suffix: str) -> str:
    """Return what a file to take along is called."""
    return f"gingerdj-guide-{language.slug}.{suffix}"


class OfflineError(Exception):
    """A page that is not as this module knows pages; the message says which."""


class _OutsideError(Exception):
    """An address outside of the language, while nobody knows where that is."""


class Folder:
    """A language of a built site, and what its readers get of it."""

    def __init__(self, site: Path, language: Language, *, public: str = "") -> None:
        self.pages = site / language.slug
        self.public = public
        self.base = f"http://host/{language.slug}/"
        found = (path.relative_to(self.pages).as_posix() for path in self.pages.rglob("*") if path.is_file())
        self.names = sorted(set(found) - LEFT_OUT)
        self._known = frozenset(self.names)

    def read(self, name: str) -> bytes:
        """Return a file as it stands in the folder; raises OfflineError for a page that leads nowhere."""
        content = (self.pages / name).read_bytes()
        return self.page(name, content.decode()).encode() if name.endswith(".html") else content

    def page(self, name: str, html: str) -> str:
        """Return a page that needs no server."""
        for part in SEARCH if self.public else SEARCH + LANGUAGES:
            html, count = re.subn(part, "", html, flags=re.DOTALL)
            if count != 1:
                raise OfflineError(f"{name}: {count} times {part}, not once")
        html = re.sub(FILES, "", html, flags=re.DOTALL)
        return TAG.sub(partial(self._tag, name), html)

    def _tag(self, name: str, tag: re.Match[str]) -> str:
        try:
            return ADDRESS.sub(
                lambda found: f'{found["name"]}="{escape(self.address(name, unescape(found["value"])))}"', tag[0]
            )
        except _OutsideError:
            # A head names the page in other languages; a reader has no use for that.
            if tag[0].startswith("<link "):
                return ""
            raise OfflineError(f"{name}: {tag[0]} leads out of the folder") from None

    def address(self, name: str, address: str) -> str:
        """Return where an address of a page leads on a disk: to a file, without the stamp of its version."""
        parts = urlsplit(address)
        if parts.scheme or parts.netloc or not parts.path:
            return address
        target = urljoin(f"{self.base}{name}", parts.path)
        if not target.startswith(self.base):
            if not self.public:
                raise _OutsideError
            return urljoin(self.public, f"{target.removeprefix('http://host/')}{address.removeprefix(parts.path)}")
        path = target.removeprefix(self.base)
        file = f"{path}{INDEX}" if not path or path.endswith("/") else path
        if file not in self._known:
            raise OfflineError(f"{name}: {address} leads to {file}, which is not there")
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        return f"{relpath(file, name.rpartition('/')[0] or '.')}{fragment}"


def write(site: Path, language: Language, target: Path, *, public: str = "") -> None:
    """Write the zip of a language; raises OfflineError when a page of it would lead nowhere."""
    folder = Folder(site, language, public=public)
    with ZipFile(target, "w") as zipped:
        for name in folder.names:
            entry = ZipInfo(f"{target.stem}/{name}", EPOCH)
            entry.compress_type = ZIP_DEFLATED
            entry.create_system = 3  # Unix, wherever it is made
            entry.external_attr = 0o644 << 16
            zipped.writestr(entry, folder.read(name), compresslevel=9)
