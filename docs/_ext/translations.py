"""`{translations}`: how far the translations are, page by page, as a table; and the same for programs.

`build/translations.json` is written before the pages are built and only read here, as build/evidence.json is.
The site carries it as `translations.json`, with a badge for each language (https://shields.io/badges/endpoint-badge).
"""

from __future__ import annotations

import json
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

from docutils import nodes
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from _ext import evidence, history, identity, interface
from _ext.languages import LANGUAGES, SOURCE, Language
from _l10n.layout import INTERFACE, Layout
from _l10n.status import states

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from docutils.nodes import Element, Node
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

    from _l10n.extract import Message
    from _l10n.status import Open, State

NAME = "translations.json"
BADGES = "badges"
FORMAT = 1
CLASS = "translations"
MOST = 40
"""How many changed texts the page tells of; the file has all of them."""


class Changed(TypedDict):
    """A text that has no finished translation."""

    english: str
    was: str | None
    since: str | None
    place: str | None


class Review(TypedDict):
    """When a translation was read against the English, and whether it is still what was read."""

    date: str
    current: bool


class Translation(TypedDict):
    """A page in one language."""

    texts: int
    translated: int
    since: str | None
    review: Review | None
    changed: list[Changed]


Pages = dict[str, dict[str, Translation]]


def save(root: Path, path: Path) -> None:
    """Write what is known of the guide at `root`; an unchanged file stays as it is, and the pages with it."""
    text = json.dumps(known(root), ensure_ascii=False, indent=1) + "\n"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def known(root: Path) -> dict[str, Any]:
    """Return how far each page is in each language, and each language by itself."""
    layout = Layout(root.resolve())
    pages = {
        stem: {code: _translation(layout, code, stem, state) for code, state in found.items()}
        for stem, found in states(layout).items()
    }
    languages = [each for each in LANGUAGES if each is not SOURCE]
    return {
        "format": FORMAT,
        "source": SOURCE.tag,
        "languages": {each.code: {"tag": each.tag, "name": each.name, **totals(pages, each)} for each in languages},
        "pages": pages,
    }


def totals(pages: Pages, language: Language) -> dict[str, int]:
    """Return the sums of a language: its pages, those that are complete, those with a review that holds; its texts."""
    own = {stem: found[language.code] for stem, found in pages.items()}
    read = [stem for stem, each in own.items() if stem != INTERFACE and each["review"] and each["review"]["current"]]
    return {
        "pages": len(own.keys() - {INTERFACE}),
        "complete": sum(each["translated"] == each["texts"] for stem, each in own.items() if stem != INTERFACE),
        "reviewed": len(read),
        "texts": sum(each["texts"] for each in own.values()),
        "translated": sum(each["translated"] for each in own.values()),
    }


def _translation(layout: Layout, code: str, stem: str, state: State) -> Translation:
    catalogue = layout.catalogue(code, stem).relative_to(layout.root).as_posix()
    changed = [_changed(layout, catalogue, each) for each in state.open]
    review: Review | None = None
    if state.review:
        review = {"date": state.review.day.isoformat(), "current": state.holds}
    return {
        "texts": state.texts,
        "translated": state.translated,
        "since": min(filter(None, (each["since"] for each in changed)), default=None),
        "review": review,
        "changed": changed,
    }


def _changed(layout: Layout, catalogue: str, text: Open) -> Changed:
    since = _since(layout.root, text.message)
    return {
        "english": text.message.msgid,
        "was": text.was or None,
        "since": since.isoformat() if since else None,
        "place": f"{catalogue}:{text.line}" if text.line else None,
    }


def _since(root: Path, message: Message) -> datetime | None:
    """Return when the lines that say a message were last changed; nothing while they are not committed."""
    path = root / message.source
    times = _times(path)[message.line - 1 :]
    lines = path.read_text(encoding="utf-8").splitlines()[message.line - 1 :]
    said = lines.index("") if "" in lines else len(lines)
    found = times[: max(said, 1)]
    return max(filter(None, found), default=None) if all(found) else None


@cache
def _times(path: Path) -> list[datetime | None]:
    return history.lines(path)


def publish(site: Path, path: Path) -> None:
    """Put what is known, and the badges, into the site; nothing where nothing is known."""
    if not path.exists():
        return
    data = json.loads(path.read_bytes())
    (site / NAME).write_bytes(path.read_bytes())
    (site / BADGES).mkdir()
    for language in LANGUAGES:
        if found := data["languages"].get(language.code):
            text = json.dumps(badge(language, found), ensure_ascii=False)
            (site / BADGES / f"{language.slug}.json").write_text(f"{text}\n", encoding="utf-8")


def badge(language: Language, found: dict[str, int]) -> dict[str, str | int]:
    """Return the badge of a language; it says 100 % when nothing is left, and not before."""
    percent = found["translated"] * 100 // found["texts"]
    color = "brightgreen" if percent == 100 else "yellow" if percent >= 90 else "orange"
    return {"schemaVersion": 1, "label": language.name, "message": f"{percent} %", "color": color}


class TranslationsDirective(SphinxDirective):
    """The table, and below it the English texts that have changed since they were translated."""

    option_spec: ClassVar = None

    def run(self) -> list[Node]:
        """Return the table; a sentence where nothing is known."""
        self._ = interface.words(self.config).gettext
        path = Path(self.config.translations_file)
        self.env.note_dependency(path)
        # Without a source: these words are the site's own, and none of the page's messages.
        found = nodes.container(classes=[CLASS])
        if not path.exists():
            found += nodes.paragraph("", self._("Nothing is known here: the whole site must be built for it."))
            return [found]
        data = json.loads(path.read_bytes())
        self.languages = [each for each in LANGUAGES if each.code in data["languages"]]
        found += self.table(data)
        found += [*self.changes(data["pages"])]
        found += self.files()
        return [found]

    def table(self, data: dict[str, Any]) -> Element:
        """Return what there is of each page in each language."""
        _ = self._
        head = [_text(_("Page")), *(_text(each.name, each) for each in self.languages)]
        sums = [self.sums(data["languages"][each.code]) for each in self.languages]
        rows = [[_text(_("All pages")), *map(_text, sums)]]
        for stem, found in sorted(data["pages"].items(), key=lambda page: page[0] != self.config.root_doc):
            cells = [_text(self.said(found[each.code])) for each in self.languages]
            rows.append([self.link(stem), *cells])
        group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _each in head), cols=len(head))
        group += nodes.thead("", _row(head))
        group += nodes.tbody("", *map(_row, rows))
        return nodes.table("", group)

    def link(self, stem: str) -> Element:
        """Return a page's title as a link."""
        if stem not in self.env.found_docs:
            return _text(self._("The words around the pages") if stem == INTERFACE else stem)
        link = addnodes.pending_xref(
            "",
            nodes.inline("", stem),
            refdomain="std",
            reftype="doc",
            reftarget=f"/{stem}",
            refexplicit=False,
            refwarn=True,
            refdoc=self.env.docname,
        )
        return nodes.paragraph("", "", link)

    def sums(self, found: dict[str, int]) -> str:
        """Return what there is of a language."""
        _ = self._
        parts = [_("Complete pages: %(complete)s of %(pages)s") % found, _("reviewed: %(reviewed)s") % found]
        return " · ".join(parts)

    def said(self, found: Translation) -> str:
        """Return what there is of a page in a language."""
        _ = self._
        parts = [_("Complete")]
        if found["translated"] < found["texts"]:
            parts = [_("Translated texts: %(translated)s of %(texts)s") % found]
            if found["since"]:
                parts.append(_("open since %(date)s") % {"date": self.day(found["since"])})
        if review := found["review"]:
            pattern = _("reviewed on %(date)s") if review["current"] else _("changed since its review on %(date)s")
            parts.append(pattern % {"date": self.day(review["date"])})
        else:
            parts.append(_("not reviewed"))
        return " · ".join(parts)

    def day(self, time: str) -> str:
        """Return a day as readers of the page write it."""
        found = datetime.fromisoformat(time) if "T" in time else date.fromisoformat(time)
        return evidence.day(found, self.config)

    def changes(self, pages: Pages) -> Iterator[Node]:
        """Yield the texts that readers of a translated page meet in English, each with what it said before."""
        _ = self._
        open_texts = [
            (stem, language, text)
            for stem, found in pages.items()
            for language in self.languages
            # Of a page that nobody has begun there is nothing to tell.
            if found[language.code]["translated"]
            for text in found[language.code]["changed"]
        ]
        if not open_texts:
            return
        yield nodes.rubric("", _("Open texts"))
        items = nodes.bullet_list()
        for stem, language, text in open_texts[:MOST]:
            items += self.change(stem, language, text)
        yield items
        if (more := len(open_texts) - MOST) > 0:
            yield nodes.paragraph("", _("And %(count)s more, which the file below has.") % {"count": more})

    def change(self, stem: str, language: Language, text: Changed) -> Element:
        """Return one changed text: where, what it said, what it says."""
        _ = self._
        where = self.link(stem)
        where += [nodes.Text(" · "), nodes.inline("", language.name, classes=[f"language-{language.tag}"])]
        if text["place"]:
            where += [nodes.Text(" · "), nodes.literal("", text["place"])]
        item = nodes.list_item("", where)
        for label, english in ((_("Before:"), text["was"]), (_("Now:"), text["english"])):
            if english:
                quoted = nodes.inline("", english, classes=[f"language-{SOURCE.tag}"])
                item += nodes.paragraph("", "", nodes.strong("", label), nodes.Text(" "), quoted)
        return item

    def files(self) -> Element:
        """Return where programs find the same."""
        page = self.env.docname
        # Each page but the first is a folder, and so is the language.
        root = "../" if page == self.config.root_doc else "../" * (page.count("/") + 2)
        found = nodes.paragraph("", self._("For programs:") + " ", classes=["site-files"])
        names = [NAME, *(f"{BADGES}/{each.slug}.json" for each in self.languages), identity.NAME]
        for number, name in enumerate(names):
            found += [nodes.Text(" · ")] if number else []
            found += nodes.reference("", "", nodes.literal("", name), refuri=f"{root}{name}")
        return found


def _text(text: str, language: Language | None = None) -> Element:
    classes = [f"language-{language.tag}"] if language else []
    return nodes.paragraph("", "", nodes.inline("", text, classes=classes) if classes else nodes.Text(text))


def _row(cells: Iterable[Element]) -> Element:
    return nodes.row("", *(nodes.entry("", cell) for cell in cells))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive."""
    app.add_config_value("translations_file", "", "env", types=(str,))
    app.add_directive("translations", TranslationsDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
