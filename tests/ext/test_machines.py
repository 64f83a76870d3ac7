"""The sitemap's dates, and the pages that it and llms.txt list."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as ET

from _ext import llms, machines, sitemap
from _ext.head import Head, heads
from _ext.languages import LANGUAGES, find

DOCS, LOCALE = Path("/guide/docs"), Path("/guide/locale")
OLD, NEW = datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC)


def test_a_page_changed_when_its_source_or_its_catalogue_did() -> None:
    dates = {
        DOCS / "a.md": NEW,
        LOCALE / "pt_BR" / "LC_MESSAGES" / "a.po": OLD,
        DOCS / "b.md": OLD,
        LOCALE / "zh_Hans" / "LC_MESSAGES" / "b.po": NEW,
    }
    found = machines.changes(dates, DOCS, LOCALE, ["a", "b", "unknown"])
    assert {(language.code, stem): date for (language, stem), date in found.items()} == {
        ("en", "a"): NEW,
        ("pt_BR", "a"): NEW,
        ("zh_Hans", "a"): NEW,
        ("en", "b"): OLD,
        ("pt_BR", "b"): OLD,
        ("zh_Hans", "b"): NEW,
    }


def page(title: str, *links: str) -> str:
    return (
        f'<html><head><meta property="og:title" content="{title}"><meta name="description" content="On {title}.">'
        f"{''.join(links)}</head><body><link rel=next href=nowhere/></body></html>"
    )


def markdown(href: str) -> str:
    return f'<link rel="alternate" type="text/markdown" href="{href}">'


def guide(folder: Path) -> list[Head]:
    """Write three pages, one of which no other leads to, and return what their heads tell."""
    for name, text in {
        "index.html": page("Start &amp; go", markdown("index.md"), '<link rel="next" href="z/">'),
        "z/index.html": page("Z", markdown("../z.md"), '<link rel="prev" href="../">'),
        "a/b/index.html": page("[B]", markdown("../b.md")),
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return heads(folder)


def test_pages_come_in_the_readers_order(tmp_path: Path) -> None:
    assert guide(tmp_path) == [
        Head("", "Start & go", "On Start & go.", "index.md"),
        Head("z/", "Z", "On Z.", "z.md"),
        Head("a/b/", "[B]", "On [B].", "a/b.md"),
    ]


def test_a_date_that_is_known_stands_in_the_sitemap(tmp_path: Path) -> None:
    pages = {}
    for language in LANGUAGES:
        pages[language] = guide(tmp_path / language.slug)
    changes = {(find("pt_BR"), "a/b"): NEW}
    sitemap.write(tmp_path, pages, public="https://guide.example/?a&b/", changes=changes)
    names = {"": sitemap.SITEMAP}
    found = ET.parse(tmp_path / "pt-br" / "sitemap.xml").getroot()  # noqa: S314  # our own file
    assert [url.findtext("lastmod", None, names) for url in found] == [None, None, "2026-01-03T00:00:00+00:00"]
    assert found[2].findtext("loc", None, names) == "https://guide.example/?a&b/pt-br/a/b/"


def test_llms_txt_has_the_form_of_its_site(tmp_path: Path) -> None:
    assert llms.text(find("en"), guide(tmp_path), "../") == (
        "# GingerDJ: Start & go\n\n> On Start & go.\n\n## Pages\n\n"
        "- [Start & go](../en/index.md): On Start & go.\n"
        "- [Z](../en/z.md): On Z.\n"
        "- [\\[B\\]](../en/a/b.md): On \\[B\\].\n"
        "\n## Language\n\n"
        "- [Português (Brasil)](../pt-br/llms.txt)\n- [简体中文](../zh-hans/llms.txt)\n"
    )
