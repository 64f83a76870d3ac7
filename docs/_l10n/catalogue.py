"""PO files: read strictly, written in one form.

polib reads and writes.
Sphinx compiles with Babel, so a file is also read by Babel, and what the two read must be the same:
a translation that the checks did not see must not reach the site.

The one form: no wrapping, a header without dates or tool names, entries in the order of the page,
the source file of a message without a line number.
A line number would change every entry below an edited line, in every language, and say nothing that
the file's name and the message do not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import polib
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po

from _l10n.languages import Language
from _l10n.problem import Problem, shown

PROJECT = "gingerdj"
CONTENT_TYPE = "text/plain; charset=UTF-8"
# Credit stays in the file; dates and tool names change with every save and say nothing that git does not.
CREDITS = ("Last-Translator", "Language-Team")


@dataclass(frozen=True)
class Unit:
    """One message and one translation of it; a plural entry has several."""

    msgid: str
    msgstr: str
    line: int


class Catalogue:
    """A PO file and the lines of its entries.

    Raises `CatalogueError`, with the problems found, for a file that is no PO file or that its readers disagree about.
    """

    def __init__(self, path: Path, language: Language) -> None:
        self.path = path
        self.language = language
        data = path.read_bytes()
        self.text = _decoded(path, data)
        self.lines = self.text.split("\n")
        self.file = _parsed(path, self.text)
        _same_charset(self)
        _compare_readers(self, data)

    @property
    def entries(self) -> list[polib.POEntry]:
        """The entries in the order of the file, without the obsolete ones."""
        return [entry for entry in self.file if not entry.obsolete]

    def problem(self, line: int, rule: str, message: str, cure: str, *, hint: bool = False) -> Problem:
        """Return a finding in this file."""
        return Problem(self.path, line, rule, message, cure, hint)

    def units(self, entry: polib.POEntry) -> Iterator[Unit]:
        """Yield each translation of an entry beside the English that it translates, with the line of its msgstr."""
        lines = self.keyword_lines(entry, "msgstr")
        if not entry.msgid_plural:
            yield Unit(entry.msgid, entry.msgstr, lines[0])
            return
        for (index, msgstr), line in zip(sorted(entry.msgstr_plural.items()), lines, strict=False):
            singular = self.language.plurals > 1 and int(index) == 0
            yield Unit(entry.msgid if singular else entry.msgid_plural, msgstr, line)

    def line(self, entry: polib.POEntry) -> int:
        """Return the line of an entry's first msgstr, where a translator's cursor belongs."""
        return self.keyword_lines(entry, "msgstr")[0]

    def keyword_lines(self, entry: polib.POEntry, keyword: str) -> list[int]:
        """Return the lines of an entry that start with `keyword`; polib knows where the entry starts."""
        start = entry.linenum or 1
        found: list[int] = []
        for number, line in enumerate(self.lines[start - 1 :], start):
            text = line.removeprefix("#~").strip()
            if found and (not text or text.startswith(("#", "msgid", "msgctxt"))):
                break
            if text.startswith(keyword):
                found.append(number)
        return found or [start]


class CatalogueError(Exception):
    """A file that cannot be checked further; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def _syntax(path: Path, line: int, message: str) -> CatalogueError:
    cure = 'each entry is msgid "…" and msgstr "…", with \\" for a quote inside; see `git diff` for what changed'
    return CatalogueError(Problem(path, line, "syntax", message, cure))


def _decoded(path: Path, data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _syntax(path, line, f"byte 0x{data[error.start]:02x} is not UTF-8") from error
    if "\r" in text:
        raise _syntax(path, text.count("\n", 0, text.index("\r")) + 1, "a carriage return (Windows line ends)")
    return text


def _parsed(path: Path, text: str) -> polib.POFile:
    _quotes_closed(path, text)
    try:
        return polib.pofile(text, wrapwidth=0)
    except (OSError, ValueError, IndexError) as error:
        message = str(error)
        _, found, rest = message.partition("(line ")
        line = int(rest.partition(")")[0]) if found else 1
        raise _syntax(path, line, f"not a PO file: {message}") from error


def _quotes_closed(path: Path, text: str) -> None:
    """Refuse a string left open and an unfinished last entry, which polib reads without a word."""
    keyword = ""
    for number, line in enumerate(text.split("\n"), 1):
        word, _, rest = line.removeprefix("#~ ").partition(" ")
        if word.startswith("msg"):
            keyword = word
        value = rest if word.startswith("msg") else line
        if value.startswith('"') and not _closed(value):
            raise _syntax(path, number, f"a string that is not closed: {shown(line)}")
    if keyword and not keyword.startswith("msgstr"):
        raise _syntax(path, len(text.split("\n")), f"the file ends after {keyword}, without msgstr")


def _closed(value: str) -> bool:
    inner = value[1:-1]
    backslashes = len(inner) - len(inner.rstrip("\\"))
    return len(value) > 1 and value.endswith('"') and backslashes % 2 == 0


def _same_charset(catalogue: Catalogue) -> None:
    """Refuse another charset in the header: Babel would decode the file by it."""
    stated = catalogue.file.metadata.get("Content-Type", "missing")
    if stated != CONTENT_TYPE:
        line = next((n for n, line in enumerate(catalogue.lines, 1) if line.startswith('"Content-Type')), 1)
        message = f"the header Content-Type is {stated!r}"
        raise CatalogueError(catalogue.problem(line, "header", message, f"it must be {CONTENT_TYPE!r}"))


def _compare_readers(catalogue: Catalogue, data: bytes) -> None:
    try:
        babel = read_po(BytesIO(data), abort_invalid=True)
    except (PoFileError, ValueError) as error:
        line = getattr(error, "lineno", 0) + 1
        raise _syntax(catalogue.path, line, f"Babel, which compiles the file, cannot read it: {error}") from error
    compiled = _babel_pairs(babel)
    for entry in catalogue.entries:
        pair = (entry.msgctxt, entry.msgid)
        # A duplicate is a problem of its own, told with both lines.
        if compiled.pop(pair, None) != _polib_strings(entry) and len(catalogue.file) == len(babel):
            line = catalogue.line(entry)
            raise _syntax(catalogue.path, line, f"polib and Babel read {shown(entry.msgid)} differently")
    if compiled:
        left = next(iter(compiled))[1]
        raise _syntax(catalogue.path, 1, f"Babel reads an entry that polib does not: {shown(left)}")


def _babel_pairs(babel: Catalog) -> dict[tuple[str | None, str], tuple[str, ...]]:
    pairs = {}
    for message in babel:
        if message.id:
            msgid = message.id if isinstance(message.id, str) else message.id[0]
            strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
            pairs[(message.context, msgid)] = tuple(string or "" for string in strings)
    return pairs


def _polib_strings(entry: polib.POEntry) -> tuple[str, ...]:
    if entry.msgid_plural:
        return tuple(string for _, string in sorted(entry.msgstr_plural.items()))
    return (entry.msgstr,)


def finished(entry: polib.POEntry) -> bool:
    """Return whether readers get the translation of an entry."""
    forms = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    return not entry.fuzzy and all(form.strip() for form in forms)


def header(language: Language, old: dict[str, str]) -> dict[str, str]:
    """Return the header that a catalogue of `language` has, keeping the translators' credit of the `old` one."""
    kept = {name: old[name] for name in CREDITS if old.get(name)}
    return {
        "Project-Id-Version": PROJECT,
        **kept,
        "Language": language.code,
        "MIME-Version": "1.0",
        "Content-Type": CONTENT_TYPE,
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": language.plural_forms,
    }


def written(entries: list[polib.POEntry], metadata: dict[str, str], comment: str = "") -> str:
    """Return the text of a PO file with these entries, in the one form; `comment` stands at its head."""
    file = polib.POFile(wrapwidth=0)
    file.header = comment
    file.metadata = metadata
    file.extend(entries)
    return str(file).removeprefix("#\n")
