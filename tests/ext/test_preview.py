"""`make preview`: a page beside the English one, each paragraph with its place, seen again when a file is saved."""

from __future__ import annotations

import argparse
import shutil
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from _ext import preview, serve
from _ext.beside import BuildError, Preview, Row
from _ext.languages import SOURCE, find
from tests.built import read

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow  # most of them build pages

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "tests" / "locale_sample"
OURS = ("_theme", "_static", "_templates")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Preview]:
    """The entry page of a small guide in Portuguese, with the project's own settings and theme."""
    root = shutil.copytree(SAMPLE, tmp_path_factory.mktemp("preview"), dirs_exist_ok=True)
    shutil.copy(ROOT / "conf.py", root)
    shutil.copy(ROOT / "docutils.conf", root)
    shutil.copy(ROOT / "locale" / "glossary.tsv", root / "locale")
    for name in OURS:
        (root / "docs" / name).symlink_to(ROOT / "docs" / name)
    made = Preview(root, find("pt_BR"), "index", root / "work")
    with closing(made):
        made.build(SOURCE, made.language)
        yield made


@pytest.fixture
def page(built: Preview) -> Iterator[Preview]:
    """The same, whose files a test may change."""
    files = {path: path.read_bytes() for path in (built.catalogue, built.layout.page("index"))}
    yield built
    for path, content in files.items():
        path.write_bytes(content)


def saved(page: Preview, old: str, new: str) -> list[Row]:
    """Change a text of the catalogue, build it, and return the rows."""
    text = page.catalogue.read_text(encoding="utf-8")
    assert old in text
    page.catalogue.write_text(text.replace(old, new, 1), encoding="utf-8")
    page.build(SOURCE, page.language)
    return page.rows()


def row(rows: list[Row], english: str) -> Row:
    """Return the only row with this English."""
    (found,) = [each for each in rows if english in each.english]
    return found


def test_each_message_has_its_row_with_its_line(page: Preview) -> None:
    lines = page.catalogue.read_text(encoding="utf-8").split("\n")
    rows = page.rows()
    assert [each.line for each in rows] == [
        number for number, line in enumerate(lines, 1) if line.startswith("msgstr ") and number > 3
    ]
    settings = row(rows, "Settings")
    assert (settings.translation, settings.state, settings.problems) == ("Configurações", "translated", ())
    assert lines[settings.line - 1] == 'msgstr "Configurações"'


def test_paragraphs_are_shown_as_readers_get_them(page: Preview) -> None:
    assert "<em>objeto application</em>" in row(page.rows(), "<em>application object</em>").translation


def test_what_is_saved_is_seen(page: Preview) -> None:
    rows = saved(page, "Nunca bloqueie o loop de eventos", "Jamais bloqueie o loop de eventos")
    assert row(rows, "Never block").translation.startswith("Jamais bloqueie")


def test_what_is_not_finished_says_so(page: Preview) -> None:
    fuzzy = row(saved(page, '#: docs/index.md\nmsgid "Settings"', '#, fuzzy\nmsgid "Settings"'), "Settings")
    assert (fuzzy.state, fuzzy.translation) == ("fuzzy", "Settings")
    empty = row(saved(page, 'msgid "Settings"\nmsgstr "Configurações"', 'msgid "Settings"\nmsgstr ""'), "Settings")
    assert (empty.state, empty.translation) == ("untranslated", "Settings")
    assert "untranslated" in {problem.rule for problem in empty.problems}


def test_what_changed_in_english_is_told(page: Preview) -> None:
    was = '#, fuzzy\n#| msgid "Setup <b>"\nmsgid "Settings"'
    fuzzy = row(saved(page, '#: docs/index.md\nmsgid "Settings"', was), "Settings")
    assert fuzzy.was == "Setup <b>"
    assert [each.text for each in read(page.write()).select(".was del")] == ["Setup <b>"]


def test_raw_html_stays_closed(page: Preview) -> None:
    with pytest.raises(BuildError, match="raw"):
        saved(page, "Nunca bloqueie", "```{raw} html\\n<script></script>\\n```\\n\\nNunca bloqueie")


def test_a_rule_that_is_broken_is_told_at_the_paragraph(page: Preview) -> None:
    broken = row(saved(page, "cabeçalhos `X-Forwarded-For`", "cabeçalhos `X-Forwarded`"), "A reverse proxy")
    assert "literal" in {problem.rule for problem in broken.problems}


def test_a_problem_above_the_translation_is_told_with_it(page: Preview) -> None:
    rows = saved(
        page, '#: docs/index.md\nmsgid "Settings"', '# allow length: nothing\n#: docs/index.md\nmsgid "Settings"'
    )
    assert [problem.rule for problem in row(rows, "Settings").problems] == ["excuse"]


def test_english_that_the_catalogue_lacks_comes_first(page: Preview) -> None:
    english = page.layout.page("index")
    english.write_text(f"{english.read_text(encoding='utf-8')}\nA new sentence.\n", encoding="utf-8")
    page.build(SOURCE)
    assert page.rows()[0] == Row(0, "A new sentence.", "A new sentence.", "new")


def test_a_page_that_does_not_build_says_why(page: Preview) -> None:
    english = page.layout.page("index")
    english.write_text("# Title\n\n```{nothing}\n```\n", encoding="utf-8")
    with pytest.raises(BuildError, match=r"docs/index\.md:3: WARNING: Unknown directive type"):
        page.build(SOURCE)


def test_the_page_shows_both_and_where(page: Preview) -> None:
    page.build(SOURCE, page.language)
    document = read(page.write())
    place = document.select_one(".place code")
    assert place
    assert place.text == f"locale/pt_BR/LC_MESSAGES/index.po:{page.rows()[0].line}"
    assert [head.text for head in document.select("th")] == ["English", "Português (Brasil)"]


def test_a_browser_is_told(page: Preview, capsys: pytest.CaptureFixture[str]) -> None:
    news = preview.News()
    handler = type("Handler", (preview.Handler,), {"news": news})
    with serve.Server((serve.HOST, 0), partial(handler, directory=str(page.work))) as listening:
        thread = Thread(target=listening.serve_forever)
        thread.start()
        address = f"http://{serve.HOST}:{listening.server_address[1]}"
        try:
            with urlopen(f"{address}/beside.js") as script:  # noqa: S310  # our own server
                assert b"EventSource" in script.read()
            with urlopen(f"{address}/events") as events:  # noqa: S310  # our own server
                while not news.listened:
                    pass
                preview.rebuild(page, news, page.language)
                assert [events.readline() for _ in range(3)] == [b"event: built\n", b"data: index: built\n", b"\n"]
        finally:
            news.tell("end")  # to a browser that has left, which ends its thread
            listening.shutdown()
            thread.join()
    assert capsys.readouterr().out == "index: built\n"


@pytest.mark.parametrize(("value", "slug"), [("pt_BR", "pt-br"), ("zh_Hans.UTF-8", "zh-hans")])
def test_a_language_as_the_system_writes_it(value: str, slug: str) -> None:
    assert preview.language(value).slug == slug


def test_english_has_nothing_to_compare_with() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="choose another language"):
        preview.language("en")


def test_only_sources_are_looked_at() -> None:
    sources = preview.Sources()
    assert sources(None, "/guide/docs/index.md")
    assert sources(None, "/guide/locale/pt_BR/LC_MESSAGES/index.po")
    assert not sources(None, "/guide/locale/pt_BR/LC_MESSAGES/index.mo")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--language", "fr"], "no language 'fr': the guide has en, pt_BR, zh_Hans"),
        (["--page", "servers/nothing"], "no page docs/servers/nothing.md"),
    ],
)
def test_a_preview_of_nothing_is_one_clear_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        preview.main(arguments)
    assert said in capsys.readouterr().err
