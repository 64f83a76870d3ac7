"""Rules on a catalogue as a file: its header, and that each entry is translated, finished, single and of today."""

from collections.abc import Iterator

import polib

from _l10n import review
from _l10n.catalogue import Catalogue, header
from _l10n.extract import Message
from _l10n.problem import Problem, shown
from _l10n.rules.characters import named, unseen

MERGE = "run `make messages`"
# The only comment that lets a rule pass, and the rules it is for: those about words. None about markup or addresses.
EXCUSE = "allow "
# What Poedit, Weblate and gettext's own tools write into a header; `make messages` takes it out again.
TOOLS = frozenset(
    {"POT-Creation-Date", "PO-Revision-Date", "Report-Msgid-Bugs-To", "X-Generator", "X-Accelerator-Marker"}
)
Key = tuple[str | None, str]
EXCUSABLE = frozenset(
    {
        "accents",
        "agreement",
        "capital",
        "contrary",
        "doubled",
        "ending",
        "english",
        "european",
        "forbidden-term",
        "length",
        "negation",
        "order",
        "term",
    }
)


def headers(catalogue: Catalogue) -> Iterator[Problem]:
    """Refuse a header that another program would read otherwise, and a review that nobody can read."""
    there = catalogue.file.metadata
    for name in sorted(there.keys() - header(catalogue.language, there).keys() - TOOLS):
        if not name.startswith(("X-Poedit-", "X-Loco-")):
            line = _header_line(catalogue, name)
            yield catalogue.problem(line, "header", f"a header that no tool writes: {shown(name)}", "delete the line")
    for name, value in header(catalogue.language, there).items():
        if there.get(name) != value:
            line = _header_line(catalogue, name)
            message = f"the header {name} is {there.get(name, 'missing')!r}"
            yield catalogue.problem(line, "header", message, f"it must be {value!r}; {MERGE}")
    yield from review.problems(catalogue)


def _header_line(catalogue: Catalogue, name: str) -> int:
    for number, line in enumerate(catalogue.lines, 1):
        if line.startswith(f'"{name}:'):
            return number
    return 1


def characters(catalogue: Catalogue) -> Iterator[Problem]:
    """Refuse unseen characters anywhere in the file, comments and header included."""
    for number, line in enumerate(catalogue.lines, 1):
        for character in dict.fromkeys(unseen(line)):
            yield catalogue.problem(number, "control", f"the unseen character {named(character)}", "delete it")


def entries(catalogue: Catalogue) -> Iterator[Problem]:
    """Refuse entries that are obsolete, double, fuzzy or not translated."""
    first: dict[Key, int] = {}
    for entry in catalogue.file:
        line = catalogue.line(entry)
        if entry.obsolete:
            message = f"{shown(entry.msgid)} is no longer in the page"
            yield catalogue.problem(line, "obsolete", message, f"delete the entry, or {MERGE}")
            continue
        original = first.setdefault((entry.msgctxt, entry.msgid), line)
        if original != line:
            message = f"{shown(entry.msgid)} is already on line {original}"
            yield catalogue.problem(line, "duplicate", message, "keep one of the two")
        yield from _unfinished(catalogue, entry)


def _unfinished(catalogue: Catalogue, entry: polib.POEntry) -> Iterator[Problem]:
    line = catalogue.line(entry)
    # Readers of a language that is begun get in English what has no translation.
    if entry.fuzzy and not catalogue.language.begun:
        cure = "compare it with the msgid (`#|` is what it was), then delete the line `#, fuzzy`"
        yield catalogue.problem(line, "fuzzy", f"{shown(entry.msgid)} is marked fuzzy", cure)
    forms = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    if not all(form.strip() for form in forms) and not catalogue.language.begun:
        yield catalogue.problem(line, "untranslated", f"{shown(entry.msgid)} has no translation", "translate it")
    if entry.msgid_plural and len(forms) != catalogue.language.plurals:
        message = f"{len(forms)} plural forms instead of {catalogue.language.plurals}"
        yield catalogue.problem(line, "plural", message, f"write msgstr[0] to msgstr[{catalogue.language.plurals - 1}]")


def stale(catalogue: Catalogue, messages: list[Message]) -> Iterator[Problem]:
    """Refuse a catalogue whose messages are not those of the page today, in its order."""
    today = {message.key: message for message in messages}
    there: dict[Key, polib.POEntry] = {(entry.msgctxt, entry.msgid): entry for entry in catalogue.entries}
    for key, entry in there.items():
        if key not in today:
            message = f"the page no longer says {shown(entry.msgid)}"
            yield catalogue.problem(catalogue.line(entry), "stale", message, MERGE)
    missing = [message.msgid for key, message in today.items() if key not in there]
    if missing:
        message = f"{len(missing)} messages of the page are not here, the first is {shown(missing[0])}"
        yield catalogue.problem(1, "stale", message, MERGE)
    if list(there) != list(today) and there.keys() == today.keys():
        yield catalogue.problem(1, "stale", "the entries are not in the order of the page", MERGE)


def excuses(catalogue: Catalogue, entry: polib.POEntry) -> tuple[set[str], list[Problem]]:
    """Return the rules that a comment lets pass (`# allow term: the reason`), and what is wrong with the comment."""
    allowed: set[str] = set()
    problems = []
    for comment in entry.tcomment.splitlines():
        if comment.startswith(EXCUSE):
            rule, _, reason = comment.removeprefix(EXCUSE).partition(":")
            allowed.add(rule)
            if rule not in EXCUSABLE or not reason.strip():
                cure = f"`# allow <rule>: <reason>`, for {', '.join(sorted(EXCUSABLE))}"
                message = f"{shown(comment)} excuses nothing"
                problems.append(catalogue.problem(entry.linenum or 1, "excuse", message, cure))
    return allowed & EXCUSABLE, problems
