"""The guide in a language of accents and brackets: every word is a message, and longer words break no page."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup, Comment, Doctype, Tag
from bs4.element import NavigableString

from _ext import build, entry
from _ext.languages import LANGUAGES as SITE_LANGUAGES
from _ext.languages import SOURCE, find
from _ext.press import Press
from _l10n.languages import LANGUAGES
from _l10n.layout import Layout
from _l10n.markup import Markup, of_site
from _l10n.rules import markup as markup_rules
from _l10n.rules.pair import Pair
from tests import pseudo
from tests.built import ROOT, attribute, logs, pages, read, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    Visit = Callable[..., Page]

pytest_plugins = ("tests.site_fixtures",)
pytestmark = pytest.mark.site

# Its folder, and all that Sphinx does for it, are those of a language that we have.
CARRIER = find("pt_BR")

# What is the same in every language, and why.
KEPT = {
    "pre, code, kbd, script, style": "code",
    "[translate=no]": "what a program printed, and its name",
    "dt.sig": "signatures of an interface",
    ".measured": "a value that a run has measured",
    "svg text.code, svg text.name": "what a drawing shows of a program",
    "[hreflang], .translations th [lang]": "the name of a language, in that language",
    "time": "a day, as the language writes it",
    ".headerlink": "the anchor of a heading",
    ".admonition-title": "a word of Sphinx's own, which it brings translated",
    ".translations [lang=en]": "the English that has changed, marked as English",
}
NAMES = frozenset({"GingerDJ", "Django", "Python", "404", *(language.name for language in SITE_LANGUAGES)})
SECONDS = re.compile(r"\d+,\d\N{NO-BREAK SPACE}s\b")
"""A time, in the unit of every language."""
SPOKEN = ("aria-label", "title", "placeholder", "alt")
SAID_LATER = ("data-done", "data-failed", "data-none", "data-count", "data-label-auto", "data-label-light")
"""What a script says when it has done something."""


@pytest.fixture(scope="module")
def site(shared: Path) -> Path:
    """The guide in that language, its entry and its 404 page; a folder of the tests' own holds the catalogues."""
    work = shared / "pseudo"
    made = work / "site"
    with build.alone(work):
        if not made.exists():
            pseudo.write(Layout(ROOT), Layout(work), LANGUAGES[CARRIER.code])
            guide = build.Build(work=work, site=made, locale=work / "locale")
            with Press(ROOT) as press:
                press.start([guide.arguments(CARRIER)])
                assert build.complaints(press) == []
            static = guide.pages(CARRIER) / "_static"
            for language in SITE_LANGUAGES:
                (made / language.slug).mkdir(parents=True)
            guide.pages(CARRIER).rename(made / "new")
            (made / CARRIER.slug).rmdir()
            (made / "new").rename(made / CARRIER.slug)
            (made / SOURCE.slug / "_static").symlink_to(made / CARRIER.slug / static.name)
            entry.write(made, locale=work / "locale")
    return made


def plain(root: Tag) -> Iterator[str]:
    """Yield what a reader meets that is in no bracket, and what leaves one open."""
    for part in root.select(", ".join(KEPT)):
        part.decompose()
    depth = 0
    for node in [*root.descendants]:
        if isinstance(node, Tag):
            yield from unspoken(node)
        elif isinstance(node, NavigableString) and not isinstance(node, Comment | Doctype):
            yield from said(node, inside=depth > 0)
            depth += node.count(pseudo.OPEN) - node.count(pseudo.CLOSE)
            if depth < 0:
                yield f"closed twice: {node.strip()[:80]!r}"
                depth = 0
    if depth:
        yield f"{depth} brackets left open"


def said(node: NavigableString, *, inside: bool) -> Iterator[str]:
    """Yield a text with a letter outside of all brackets."""
    depth, outside = int(inside), ""
    for letter in node:
        depth += (letter == pseudo.OPEN) - (letter == pseudo.CLOSE)
        outside += letter if depth <= 0 else " "
    words = " ".join(SECONDS.sub("", outside).replace(pseudo.CLOSE, " ").split())
    for name in NAMES:
        words = words.replace(name, "")
    if any(letter.isalpha() for letter in words):
        yield f"<{node.parent.name if node.parent else ''}> {words[:120]!r}"


def unspoken(element: Tag) -> Iterator[str]:
    """Yield an attribute that is read aloud, or later shown, and is in no bracket."""
    for name in (*SPOKEN, *SAID_LATER):
        value = attribute(element, name)
        for known in NAMES:
            value = value.replace(known, "")
        if any(letter.isalpha() for letter in value) and pseudo.OPEN not in value:
            yield f"<{element.name} {name}> {value!r}"


def test_the_language_has_the_shape_of_the_english() -> None:
    """Else a build might drop a translation, or a link of it, and nothing would be proved."""
    markup: Markup = of_site(ROOT)
    language = LANGUAGES[CARRIER.code]
    catalogues = [*(ROOT / "locale" / CARRIER.code).rglob("*.po")]
    assert catalogues
    wrong = []
    for path in catalogues:
        for msgid in pseudo.messages(path):
            made = pseudo.text(msgid, markup)
            pair = Pair(msgid, made, markup.shape(msgid), markup.shape(made), language, None)  # type: ignore[arg-type]  # no rule here asks for terms
            wrong += [str(finding) for rule in markup_rules.RULES for finding in rule(pair)]
            assert len(made) >= len(msgid) * 1.3 or len(msgid) < 8, msgid
    assert wrong == []


def test_every_word_of_every_page_is_a_message(site: Path) -> None:
    found = {}
    for page in [*pages(site / CARRIER.slug), *logs(site / CARRIER.slug)]:
        document = read(page)
        parts = [part for part in (document.title, document.body) if part is not None]
        if wrong := [*chain.from_iterable(plain(part) for part in parts)]:
            found[page.relative_to(site).as_posix()] = wrong
    assert found == {}


def test_every_word_above_the_languages_is_a_message(site: Path) -> None:
    for name in ("index.html", "404.html"):
        for part in read(site / name).select(f"[lang={CARRIER.tag}]"):
            links = part.select("a[hreflang]")
            for link in links:
                del link["hreflang"]
            assert [*plain(part)] == [], name


@pytest.mark.parametrize(
    ("html", "wrong"),
    [
        ("<p>⟦áñ <em>ɋ</em> ŧ⟧</p>", 0),
        ("<p>⟦áñ⟧ and more</p>", 1),
        ("<p>plain</p>", 1),
        ("<p>⟦lost</p><p>⟦áñ⟧</p>", 1),
        ("<p>lost⟧</p>", 2),
        ('<p title="plain">⟦áñ⟧</p>', 1),
        ('<button aria-label="⟦á⟧" data-done="Copied">⟦áñ⟧</button>', 1),
        ("<p>⟦áñ⟧ · 12:30 · 0,4\N{NO-BREAK SPACE}s · GingerDJ <code>plain</code></p>", 0),
        ("<p>⟦áñ⟧ · 4 seconds</p>", 1),
    ],
)
def test_what_is_plain_is_found(html: str, wrong: int, tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text(f"<body>{html}</body>", encoding="utf-8")
    body = read(page).body
    assert body is not None
    assert len([*plain(body)]) == wrong


# The element that is wider than the screen, and scrolls in no box of its own.
TOO_WIDE = """() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
    [...document.querySelectorAll("body *")].filter((each) => each.checkVisibility()
      && each.getBoundingClientRect().right > innerWidth + 1 && !each.closest("pre, .table-wrapper"))
      .slice(0, 5).map((each) => each.outerHTML.slice(0, 120))"""


def test_longer_words_break_no_page(site: Path, visit: Visit) -> None:
    with served(site) as address:
        page = visit(f"{address}/{CARRIER.slug}/", viewport={"width": 320, "height": 700})
        found = {}
        for path in [*pages(site / CARRIER.slug), *logs(site / CARRIER.slug)[:4]]:
            where = path.relative_to(site).parent.as_posix()
            page.goto(f"{address}/{where}/")
            width = page.evaluate("document.documentElement.scrollWidth")
            if width > 320:
                found[where] = (width, page.evaluate(TOO_WIDE))
        assert found == {}
        # With its script, the entry would lead on.
        page = visit(f"{address}/", viewport={"width": 320, "height": 700}, java_script_enabled=False)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_script_says_nothing_plain(site: Path, visit: Visit, complaints: list[str]) -> None:
    with served(site) as address:
        page = visit(f"{address}/{CARRIER.slug}/servers/uvicorn/")
        page.locator(".copy").first.wait_for()
        page.get_by_role("button", name=pseudo.accented("Search")).first.click()
        page.keyboard.insert_text("uvicorn")
        page.locator(".search-status", has_text=pseudo.OPEN).wait_for()
        complaints.clear()  # there is no index to search, so the search says that it failed
        body = BeautifulSoup(page.content(), "html.parser").body
        assert body is not None
        assert [*plain(body)] == []
