"""The foot of a page: where to edit and translate it, when it changed, how much of it is translated."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from _ext import history
from tests.built import attribute, one

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.ext.conftest import Built

    Build = Callable[..., Built]

PAGE = "# A page\n\nGingerDJ\n\nText.\n"
HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n\n'
WHOLE = {"A page": "Uma página", "GingerDJ": "GingerDJ", "Text.": "Texto."}


@pytest.fixture
def catalogue(tmp_path: Path) -> Callable[..., Path]:
    """Write the Portuguese catalogue of the page."""

    def write(entries: dict[str, str], *, fuzzy: str = "") -> Path:
        path = tmp_path / "source" / "locale" / "pt_BR" / "LC_MESSAGES" / "index.po"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = HEADER
        for msgid, msgstr in entries.items():
            text += "#, fuzzy\n" * (msgid == fuzzy) + f'msgid "{msgid}"\nmsgstr "{msgstr}"\n\n'
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def dated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Give the page, and its catalogue, days."""

    def give(page: int, translation: int | None = None) -> None:
        found = {tmp_path / "source" / "index.md": datetime(2026, 11, page, tzinfo=UTC)}
        if translation:
            path = tmp_path / "source" / "locale" / "pt_BR" / "LC_MESSAGES" / "index.po"
            found[path] = datetime(2026, 11, translation, tzinfo=UTC)
        monkeypatch.setattr(history, "read", lambda *_: found)

    return give


def foot(built: Built) -> list[str]:
    return [item.get_text() for item in built.page.select(".page-foot li")]


def links(built: Built) -> list[tuple[str, str]]:
    return [(link.get_text(), attribute(link, "href")) for link in built.page.select(".page-foot a")]


def test_where_nothing_is_known_nothing_is_said(build: Build) -> None:
    assert build(PAGE).page.select(".page-foot") == []


def test_the_source_is_edited_where_it_is_kept(build: Build) -> None:
    built = build(PAGE, repository="https://code.example/guide/")
    assert links(built) == [
        ("Edit this page", "https://code.example/guide/edit/main/docs/index.md"),
        ("Português (Brasil)", "https://code.example/guide/edit/main/locale/pt_BR/LC_MESSAGES/index.po"),
        ("简体中文", "https://code.example/guide/edit/main/locale/zh_Hans/LC_MESSAGES/index.po"),
    ]


def test_a_translation_is_edited_in_its_catalogue(build: Build) -> None:
    built = build(PAGE, language="pt_BR", repository="https://code.example/guide")
    assert links(built) == [
        ("Editar a página em inglês", "https://code.example/guide/edit/main/docs/index.md"),
        ("Português (Brasil)", "https://code.example/guide/edit/main/locale/pt_BR/LC_MESSAGES/index.po"),
    ]
    assert attribute(one(built.page, ".page-foot a span"), "lang") == "pt-BR"


def test_another_host_has_other_addresses(build: Build) -> None:
    settings = {"repository": "https://code.example/guide", "repository_edit": '{repository}/_edit/main/{path}?"<'}
    assert links(build(PAGE, **settings))[0][1] == 'https://code.example/guide/_edit/main/docs/index.md?"<'


def test_the_last_change_of_a_page(build: Build, dated: Callable[..., None]) -> None:
    dated(3)
    assert foot(build(PAGE)) == ["Last change: 3 Nov 2026"]
    # A commit changes no page, but what is said of it.
    dated(4)
    assert foot(build(PAGE)) == ["Last change: 4 Nov 2026"]


def test_a_complete_translation_says_when_it_changed(
    build: Build, catalogue: Callable[..., Path], dated: Callable[..., None]
) -> None:
    # "GingerDJ" is its own translation, and counts.
    catalogue(WHOLE)
    dated(3, 4)
    assert foot(build(PAGE, language="pt_BR")) == [
        "Última alteração da página em inglês: 3 de nov. de 2026",
        "Tradução: completa, última alteração em 4 de nov. de 2026",
    ]


@pytest.mark.parametrize(
    ("entries", "fuzzy", "missing"),
    [
        pytest.param({"A page": "Uma página", "GingerDJ": "GingerDJ"}, "", 1, id="english-is-newer"),
        pytest.param({**WHOLE, "Text.": ""}, "", 1, id="untranslated"),
        pytest.param(WHOLE, "A page", 1, id="fuzzy"),
        pytest.param({}, "", 3, id="nothing"),
    ],
)
def test_a_translation_that_lacks_something_says_how_much(
    build: Build, catalogue: Callable[..., Path], entries: dict[str, str], fuzzy: str, missing: int
) -> None:
    catalogue(entries, fuzzy=fuzzy)
    assert foot(build(PAGE, language="pt_BR")) == [f"Tradução: {missing} de 3 textos ainda estão em inglês"]


def test_a_translation_without_history_is_complete_all_the_same(build: Build, catalogue: Callable[..., Path]) -> None:
    catalogue(WHOLE)
    assert foot(build(PAGE, language="pt_BR")) == ["Tradução: completa"]
