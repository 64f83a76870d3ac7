"""Built sites, as tests make, read and serve them. The fixtures are in tests/site_fixtures.py."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from _ext import build, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "tests" / "site_sample"


def pages(site: Path) -> list[Path]:
    """Return every page of a built site that a reader can open, the entry and the 404 page included.

    Without the logs of runs, which are many and alike: see `logs`.
    """
    return [path for path in sorted(site.rglob("*.html")) if not {"pagefind", "run"} & set(path.parts)]


def logs(site: Path) -> list[Path]:
    """Return the page of each run."""
    return [path for path in sorted(site.rglob("*.html")) if "run" in path.parts]


def read(page: Path) -> BeautifulSoup:
    """Return a page, parsed."""
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


def one(document: Tag, selector: str) -> Tag:
    """Return the only element that a selector finds."""
    found = document.select(selector)
    assert len(found) == 1, f"{selector} finds {len(found)} elements"
    return found[0]


def attribute(element: Tag, name: str) -> str:
    """Return an attribute as it stands in the page; an empty string when it is not there."""
    value = element.get(name) or ""
    return value if isinstance(value, str) else " ".join(value)


def local(site: Path, page: Path, address: str) -> Path:
    """Return the file that a relative address leads to, as a static host finds it."""
    base = f"http://host/{page.relative_to(site).parent.as_posix()}/"
    path = site / urlsplit(urljoin(base, address)).path.lstrip("/")
    return path / "index.html" if path.is_dir() else path


def built(
    source: Path,
    work: Path,
    *,
    public: str = "",
    evidence: Path | None = None,
    repository: str = "",
    translations: Path | None = None,
    books: bool = False,
) -> Path:
    """Build a guide in three languages into `work` and return its site."""
    settings = (f"evidence_file={evidence or work / 'no-evidence.json'}",)
    site = work / "site"
    guide = build.Build(
        source=source,
        work=work,
        site=site,
        locale=source / "locale",
        settings=settings,
        public=public,
        translations=translations or work / "no-translations.json",
        repository=repository,
        books=books,
    )
    with build.alone(work):
        if not guide.site.exists():
            guide.languages()
            guide.assemble()
    return guide.site


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve a site on a free port as `make serve` does, and yield its address."""
    with serve.server(site, 0) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            yield f"http://{serve.HOST}:{listening.server_address[1]}"
        finally:
            listening.shutdown()
            thread.join()
