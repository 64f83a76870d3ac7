"""One page, built alone by Sphinx with the guide's own conf.py."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.sandbox import SandboxedEnvironment
from sphinx import locale
from sphinx.application import Sphinx
from sphinx.util.console import strip_colors
from sphinx.util.docutils import docutils_namespace, patch_docutils

from tests.built import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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


class Templates(BytecodeCache):
    """Keeps templates compiled: all pages here are built from the same ones."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what is kept; the bucket refuses it where the template is another one by now."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def templates() -> Iterator[None]:
    """Let each build of this session use the templates that another one compiled."""
    environment = partial(SandboxedEnvironment, bytecode_cache=Templates())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sphinx.jinja2glue.SandboxedEnvironment", environment)
        yield


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
