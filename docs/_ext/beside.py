"""A translated page beside the English one, paragraph by paragraph, each with its place in the catalogue.

A saved file is seen within two seconds: what builds has imported Sphinx before.
The paragraphs are those of the pages as readers get them; `_ext.places` has marked which is which.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from _ext.languages import SOURCE, Language
from _ext.places import CLASS
from _ext.single import Job, Spare
from _l10n.catalogue import Catalogue, CatalogueError
from _l10n.check import Guide
from _l10n.languages import LANGUAGES
from _l10n.layout import Layout

if TYPE_CHECKING:
    from bs4 import Tag

    from _l10n.problem import Problem

TEMPLATES = Path(__file__).resolve().parents[1] / "_templates"
NAME = "beside.html"
SPARES = len((SOURCE, "its translation"))
"""Processes that wait: one for each language of the page."""


class BuildError(Exception):
    """A page that could not be built; the message is what Sphinx said."""


@dataclass(frozen=True)
class Row:
    """A paragraph in both languages."""

    line: int
    """Where its translation stands in the catalogue; 0 where the catalogue does not have it yet."""
    english: str
    """HTML."""
    translation: str
    """HTML; that of the English where there is no translation."""
    state: str
    """`translated`, `fuzzy`, `untranslated` or `new`."""
    problems: tuple[Problem, ...] = ()
    was: str = ""
    """The English that a fuzzy translation was made from."""


@dataclass
class Preview:
    """One page in one language, built again as its files change."""

    root: Path
    language: Language
    stem: str
    work: Path
    _spares: list[Spare] = field(default_factory=list)
    _problems: list[Problem] = field(default_factory=list)

    @property
    def layout(self) -> Layout:
        """The folders of the guide."""
        return Layout(self.root)

    @property
    def catalogue(self) -> Path:
        """The catalogue of the page."""
        return self.layout.catalogue(self.language.code, self.stem)

    def page(self, language: Language) -> Path:
        """Return where the page stands when it is built."""
        folder = self.work / language.slug
        return folder / "index.html" if self.stem == "index" else folder / self.stem / "index.html"

    def build(self, *languages: Language) -> None:
        """Build the page in these languages, at the same time. Raises BuildError with what Sphinx said."""
        with ExitStack() as stack:
            spares = [stack.enter_context(self._spares.pop() if self._spares else Spare()) for _ in languages]
            for spare, language in zip(spares, languages, strict=True):
                spare.start(self.job(language))
            # Sphinx has a process of its own, and is the slower one.
            self._problems = self.problems()
            said = [spare.result() for spare in spares]
        self._spares += [Spare() for _ in range(SPARES - len(self._spares))]
        if any(said):
            # What is wrong with an English page is said once.
            raise BuildError("\n".join(dict.fromkeys(line for text in said for line in text.splitlines())))

    def job(self, language: Language) -> Job:
        """Return what there is to build in a language."""
        return Job(
            root=str(self.root),
            output=str(self.work / language.slug),
            doctrees=str(self.work / "doctrees" / language.slug),
            page=str(self.layout.page(self.stem)),
            language=language.code,
            places_of=self.language.code,
        )

    def close(self) -> None:
        """End the processes that wait for a next build."""
        while self._spares:
            with self._spares.pop():
                pass

    def problems(self) -> list[Problem]:
        """Return what the rules find in the catalogue of the page, without a look at the other pages.

        Of a file that is no catalogue they find nothing: that it is none is told when it is read.
        """
        try:
            return Guide(self.layout).catalogue_alone(self.catalogue, LANGUAGES[self.language.code])
        except CatalogueError:
            return []

    def rows(self) -> list[Row]:
        """Return the paragraphs in the order of the English page, then what shows nowhere in its text.

        Raises CatalogueError.
        """
        catalogue = Catalogue(self.catalogue, LANGUAGES[self.language.code])
        english, translated = _marked(self.page(SOURCE)), _marked(self.page(self.language))
        rows = [Row(0, html, html, "new") for html in english.pop(0, [])]
        entries = {catalogue.line(entry): entry for entry in catalogue.entries}
        found: dict[int, list[Problem]] = {}
        for problem in self._problems:
            # Some stand above the translation, as on a comment, and those of the header above all of them.
            found.setdefault(next((line for line in entries if line >= problem.line), max(entries)), []).append(problem)
        for line in (*english, *(line for line in entries if line not in english)):
            entry = entries[line]
            texts = [escape(text) for text in (entry.msgid, entry.msgstr)]
            row = english.get(line, texts[:1])[0], translated.get(line, texts[1:])[0]
            was = (entry.previous_msgid or "") if entry.fuzzy else ""
            rows.append(Row(line, *row, _state(entry.msgstr, fuzzy=entry.fuzzy), tuple(found.get(line, ())), was))
        return rows

    def write(self) -> Path:
        """Write the page that shows both and return its path. Raises CatalogueError."""
        environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
        text = environment.get_template("beside.html").render(
            rows=self.rows(),
            language=self.language,
            source=SOURCE,
            stem=self.stem,
            catalogue=self.catalogue.relative_to(self.root).as_posix(),
            root=self.page(self.language).parent.relative_to(self.work).as_posix(),
        )
        path = self.page(self.language).with_name(NAME)
        path.write_text(f"{text}\n", encoding="utf-8")
        return path


def _state(msgstr: str, *, fuzzy: bool) -> str:
    if not msgstr.strip():
        return "untranslated"
    return "fuzzy" if fuzzy else "translated"


def _marked(page: Path) -> dict[int, list[str]]:
    """Return the marked paragraphs of a built page by their lines, as HTML, in the order of the page."""
    article = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").article
    found: dict[int, list[str]] = {}
    for element in article.select(f"[class*='{CLASS}']") if article else ():
        line = _line(element)
        if line is not None:
            for anchor in element.select(".headerlink, span[id]:empty"):
                anchor.decompose()
            html = element.decode_contents()
            if line == 0 or line not in found:
                found.setdefault(line, []).append(html)
    return found


def _line(element: Tag) -> int | None:
    numbers = [name.removeprefix(CLASS) for name in element.get_attribute_list("class") if name.startswith(CLASS)]
    return int(numbers[0]) if numbers and numbers[0].isdigit() else None
