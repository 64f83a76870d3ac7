"""`{picture}`: a drawing in the page, with words of the page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from _ext import picture
from tests.built import attribute, one

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree import ElementTree as ET

    from tests.ext.conftest import Built

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(path.stem for path in picture.PICTURES.glob("*.svg"))
PAGE = "# Page\n\nText.\n\n```{picture} probe\n```\n"
PROBE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 20">
<title>A probe</title>
<desc>It asks `name`.</desc>
<path class="way" d="M0 0h9"/>
<text x="1" y="9">question</text>
<text class="code" x="1" y="19">mysite.sock</text>
</svg>
"""
CATALOGUE = """msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

msgid "question"
msgstr "<script>alert(1)</script> & \\"pergunta\\""

msgid "mysite.sock"
msgstr "outro.sock"
"""


@pytest.fixture
def probe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of pictures with one of the tests' own."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "probe.svg").write_text(PROBE, encoding="utf-8")
    monkeypatch.setattr(picture, "PICTURES", folder)


@pytest.mark.usefixtures("probe")
def test_a_picture_is_named_and_described(build: Callable[..., Built]) -> None:
    built = build(PAGE)
    assert built.warnings == ""
    svg = one(built.page, ".picture svg")
    assert attribute(svg, "role") == "img"
    assert one(built.page, f"#{attribute(svg, 'aria-labelledby')}").get_text() == "A probe"
    assert one(built.page, f"#{attribute(svg, 'aria-describedby')}").get_text() == "It asks name."
    assert one(svg, "path")["d"] == "M0 0h9"


@pytest.mark.usefixtures("probe")
def test_its_words_are_messages_of_the_page(build: Callable[..., Built]) -> None:
    template = (build(PAGE, builder="gettext").folder / "index.pot").read_text(encoding="utf-8")
    found = re.findall(r'^msgid "(.+)"$', template, re.MULTILINE)
    assert found == ["Page", "Text.", "A probe", "It asks `name`.", "question"]


@pytest.mark.usefixtures("probe")
def test_a_translation_is_text_whatever_it_says(build: Callable[..., Built], tmp_path: Path) -> None:
    catalogue = tmp_path / "source" / "locale" / "pt_BR" / "LC_MESSAGES" / "index.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(CATALOGUE, encoding="utf-8")
    page = build(PAGE, language="pt_BR").page
    texts = page.select(".picture text")
    assert [text.get_text() for text in texts] == ["<script>alert(1)</script> & “pergunta”", "mysite.sock"]
    assert page.select(".picture script") == []


@pytest.mark.usefixtures("probe")
def test_markdown_tells_it_in_words(build: Callable[..., Built]) -> None:
    text = (build(PAGE).folder / "index.md").read_text(encoding="utf-8")
    assert text == "# Page\n\nText.\n\n**A probe**\n\nIt asks name.\n"


def test_a_picture_that_is_not_there_is_named(build: Callable[..., Built]) -> None:
    assert "no docs/_pictures/nothing.svg" in build("# Page\n\n```{picture} nothing\n```\n").warnings


@pytest.mark.parametrize("name", NAMES)
def test_a_drawing_leaves_colours_and_fonts_to_the_theme(name: str) -> None:
    root = picture.drawing(name)
    assert [child.tag for child in root][:2] == ["title", "desc"]
    names = {attribute for element in root.iter() for attribute in element.attrib}
    assert names <= {"class", "d", "viewBox", "width", "height", "x", "y", "rx"}
    assert {element.tag for element in root.iter()} <= {"svg", "title", "desc", "text", "rect", "path"}


def test_every_drawing_stands_on_a_page() -> None:
    pages = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").rglob("*.md"))
    used = " ".join(re.findall(r"^```\{picture\} (.+)$", pages, re.MULTILINE)).split()
    assert sorted(used) == NAMES


# The table says the same kind of request in other words.
ROWS = {
    "Asynchronous view": ("nothing touched", "async"),
    "Synchronous view": ("nothing touched", "sync"),
    "Session read": ("session read", "async"),
    "Session written": ("session written", "async"),
    "User": ("user", "async"),
    "ORM, one query": ("ORM, one query", "async"),
    "Template response": ("template response", "async"),
    "Form with CSRF token": ("form with CSRF token", "async"),
}


def test_bars_are_as_long_as_the_measured_table_says() -> None:
    table = {
        (cells[1], cells[2]): tuple(map(int, cells[3].split(" → ")))
        for line in (ROOT / "docs" / "explain" / "performance.md").read_text(encoding="utf-8").splitlines()
        if "→" in line and len(cells := [cell.strip() for cell in line.split("|")]) > 6
    }
    found = _bars(picture.drawing("hops"))
    assert {label: [count for count, _ in bars] for label, bars in found.items()} == {
        label: [*table[row]] for label, row in ROWS.items()
    }
    for bars in found.values():
        for count, length in bars:
            assert length == (count * 14 or 2)


def _bars(root: ET.Element) -> dict[str, list[tuple[int, int]]]:
    """Return for each label the number and the length of each bar."""
    found: dict[str, list[tuple[int, int]]] = {}
    label, length = "", 0
    for element in root:
        if element.tag == "path":
            match = re.search(r"h(\d+)v", element.get("d", ""))
            assert match is not None
            length = int(match[1])
        elif "strong" in element.get("class", ""):
            label = element.text or ""
            found[label] = []
        elif element.tag == "text":
            found[label].append((int((element.text or "").rpartition(" ")[2]), length))
    return found
