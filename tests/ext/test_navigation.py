"""The list of all pages: made once, and on each page as Sphinx would have made it there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from _ext import theme

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from docutils.nodes import document
    from sphinx.application import Sphinx

    from tests.ext.conftest import Built

PAGES = {
    "index": "```{toctree}\n:caption: Servers\none\ndeep/two\n```\n\n```{toctree}\n:hidden:\nlast\n```",
    "one": "## A part\n\n### A part of it",
    "deep/two": "```{toctree}\nthree\nmore/four\n```",
    "deep/three": "",
    "deep/more/four": "",
    "last": "",
}


@pytest.fixture
def trees(tmp_path: Path, build: Callable[..., Built], monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, str]]:
    """Each page of a small guide with its list, ours and Sphinx's."""
    for name, text in PAGES.items():
        path = tmp_path / "source" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# Page {name}\n\n{text}\n", encoding="utf-8")
    found = {}
    fill = theme._context

    def look(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: document | None) -> None:
        fill(app, page, template, context, doctree)
        sphinx = context["toctree"](collapse=False, titles_only=True, includehidden=True, maxdepth=-1)
        found[page] = context["navigation"], sphinx.replace(' role="heading"', "")

    monkeypatch.setattr(theme, "_context", look)
    built = build(f"# Start\n\n{PAGES['index']}\n")
    assert not built.warnings
    return found


def test_each_page_has_the_list_that_sphinx_would_make_for_it(trees: dict[str, tuple[str, str]]) -> None:
    assert trees.keys() == PAGES.keys()
    assert {page: ours for page, (ours, _) in trees.items()} == {page: theirs for page, (_, theirs) in trees.items()}


def test_the_list_tells_where_one_is(trees: dict[str, tuple[str, str]]) -> None:
    ours, _ = trees["deep/more/four"]
    assert '<li class="toctree-l2 current"><a class="current reference internal" href="#">' in ours
    assert '<li class="toctree-l1 current"><a class="reference internal" href="../../two/">' in ours
    assert '<li class="toctree-l1"><a class="reference internal" href="../../../last/">' in ours
