"""The words of the site: extracted, complete, ours before Sphinx's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polib
import pytest

from _ext import interface
from _ext.languages import LANGUAGES, SOURCE, find

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ext.conftest import Built

TRANSLATED = [language.code for language in LANGUAGES if language is not SOURCE and not language.begun]


def test_words_come_from_python_and_templates() -> None:
    found = {(name, message) for name, _, message in interface.messages()}
    assert ("_ext/figure.py", "Terminal") in found
    assert ("_theme/gingerdj/page.html", "On this page") in found
    assert ("_templates/404.html", "This page does not exist") in found


def test_the_template_holds_every_word(build: Callable[..., Built]) -> None:
    template = polib.pofile(str(build("# A page\n", builder="gettext").folder / "interface.pot"))
    assert {entry.msgid for entry in template} == {message for _, _, message in interface.messages()}


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_word_is_translated(code: str) -> None:
    words = interface.translations(code)
    same = {message for _, _, message in interface.messages() if words.gettext(message) == message}
    assert same <= {"Terminal"}


@pytest.mark.parametrize(
    ("code", "ours", "sphinx"), [("pt_BR", "Buscar", "Aviso"), ("zh_Hans", "搜索", "警告"), ("en", "Search", "Warning")]
)
def test_pages_speak_one_language(build: Callable[..., Built], code: str, ours: str, sphinx: str) -> None:
    page = build("# A page\n\n:::{warning}\nText.\n:::\n", language=code).page
    assert page.select(".search-open .button-text")[0].get_text() == ours
    assert page.select(".admonition-title")[0].get_text() == sphinx


def test_an_unknown_language_is_named_with_those_there_are() -> None:
    with pytest.raises(LookupError, match="no language 'fr': the guide has en, pt_BR, zh_Hans"):
        find("fr")
