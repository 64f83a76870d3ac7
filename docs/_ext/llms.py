"""llms.txt: the guide's pages for programs that read, each with a sentence and its Markdown (https://llmstxt.org)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from _ext import interface
from _ext.languages import LANGUAGES, SOURCE, Language
from _ext.markdown import escape
from _ext.theme import address

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from _ext.head import Head

NAME = "llms.txt"


def write(site: Path, pages: Mapping[Language, list[Head]], *, public: str = "", locale: Path = interface.OURS) -> None:
    """Write one file for each language, and the source language's once more above them, where it is looked for."""
    for language in LANGUAGES:
        # Seen from the folder of the language: relative addresses hold on every host.
        (site / language.slug / NAME).write_text(
            text(language, pages[language], public or "../", locale), encoding="utf-8"
        )
    (site / NAME).write_text(text(SOURCE, pages[SOURCE], public, locale), encoding="utf-8")


def text(language: Language, pages: list[Head], root: str, locale: Path = interface.OURS) -> str:
    """Return the list of a language's pages; `root` is the way to the site's start, with its slash."""
    _ = interface.translations(language.code, locale).gettext
    # Not inside an f-string: before Python 3.12, Babel does not look there.
    list_title, languages_title = _("Pages"), _("Language")
    start, *others = pages
    lines = [f"# GingerDJ: {escape(start.title)}", "", f"> {escape(start.description)}", "", f"## {list_title}", ""]
    for page in (start, *others):
        link = f"- [{escape(page.title)}]({address(language, page.markdown, root)})"
        lines.append(f"{link}: {escape(page.description)}" if page.description else link)
    lines += ["", f"## {languages_title}", ""]
    lines += [f"- [{each.name}]({address(each, NAME, root)})" for each in LANGUAGES if each is not language]
    return "\n".join(lines) + "\n"
