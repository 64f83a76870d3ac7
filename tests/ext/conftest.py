"""One page, built alone by Sphinx with the guide's own conf.py."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sphinx import locale
from sphinx.application import Sphinx
from sphinx.util.console import strip_colors
from sphinx.util.docutils import docutils_namespace, patch_docutils

from tests.built import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Built:
    """What came of a page."""

    folder: Path
    warnings: str

    @property
    def page(self) -> BeautifulSoup:
        """The page in HTML."""
        return read(self.folder / "index.html")


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Built]:
    """Build a page from its Markdown; takes the builder and settings of conf.py too."""

    def build_page(markdown: str, *, builder: str = "dirhtml", **settings: object) -> Built:
        source = tmp_path / "source"
        source.mkdir(exist_ok=True)
        (source / "index.md").write_text(markdown, encoding="utf-8")
        said = io.StringIO()
        overrides = {
            "evidence_file": str(tmp_path / "evidence.json"),
            "locale_dirs": [str(source / "locale")],
            **settings,
        }
        folders = (source, ROOT, tmp_path / "out", tmp_path / "doctrees")
        # Sphinx keeps the words of a language for the whole process.
        locale.translators.clear()
        # What sphinx-build does too: docutils.conf of our root, and no directive left over from another build.
        with patch_docutils(ROOT), docutils_namespace():
            Sphinx(*folders, builder, {**overrides, **settings}, status=None, warning=said).build()
        # Sphinx colours its warnings, and names a page by its whole path.
        return Built(tmp_path / "out", strip_colors(said.getvalue()).replace(f"{source}/", ""))

    return build_page
