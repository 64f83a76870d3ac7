"""Our parser of Markdown does what MyST's does, and makes less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from myst_parser.parsers import mdit
from myst_parser.parsers.sphinx_ import MystParser

from _ext import parser
from tests.built import attribute, one

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.ext.conftest import Built

# In one line of the table, the same words stand twice, and the link in them is resolved in both places.
PAGE = """# Title

One *word* and a [link](#title).

| [same](#title) | [same](#title) |
|---|---|
| cell | cell |

- One
- Two
"""
TRANSLATED = {
    "Title": "Título",
    "One *word* and a [link](#title).": "Uma *palavra* e um [link](#title).",
    "[same](#title)": "`igual` [aqui](#title)",
    "cell": "*célula*",
    "One": "Um",
}


@pytest.fixture
def translated(tmp_path: Path, build: Callable[..., Built]) -> Callable[[], Built]:
    """Build the page in Portuguese; `Two` has no translation."""
    catalogue = tmp_path / "source" / "locale" / "pt_BR" / "LC_MESSAGES" / "index.po"
    catalogue.parent.mkdir(parents=True)
    entries = [f'msgid "{msgid}"\nmsgstr "{msgstr}"\n' for msgid, msgstr in TRANSLATED.items()]
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
    catalogue.write_text("\n".join([head, *entries]), encoding="utf-8")
    return lambda: build(PAGE, language="pt_BR")


def test_a_page_and_its_messages_are_what_mysts_parser_makes_of_them(
    translated: Callable[[], Built], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = translated()
    html = (ours.folder / "index.html").read_bytes()
    monkeypatch.setattr(parser.Parser, "parse", MystParser.parse)
    theirs = translated()
    assert html == (theirs.folder / "index.html").read_bytes()
    assert ours.warnings == theirs.warnings == ""
    article = ours.page.select_one("article")
    assert article
    text = article.get_text()
    assert [text.count(words) for words in ("Uma palavra", "igual aqui", "célula", "Um\n", "Two")] == [1, 2, 2, 1, 1]


def test_one_parser_serves_a_whole_build(translated: Callable[[], Built], monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def make(*arguments: object) -> object:
        made.append(arguments)
        return mdit.create_md_parser(*arguments)  # type: ignore[arg-type]  # passed on as they come

    monkeypatch.setattr(parser, "create_md_parser", make)
    translated()
    assert len(made) == 1


def test_front_matter_is_still_read(build: Callable[..., Built]) -> None:
    page = build("---\nmyst:\n  html_meta:\n    author: Somebody\n---\n\n# Title\n\nText.\n").page
    assert attribute(one(page, "meta[name=author]"), "content") == "Somebody"
