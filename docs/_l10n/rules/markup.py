"""Literals, roles, links, images, HTML, emphasis, blocks, placeholders: equal on both sides."""

import re
from collections import Counter
from collections.abc import Iterator

from _l10n.markup import PLACEHOLDER
from _l10n.problem import Finding, shown
from _l10n.rules.pair import Pair

# Rule, what it compares, how one is called, and what else to say about one that is not in the English.
COMPARED = (
    ("literal", "literals", "the literal `{}`"),
    ("role", "roles", "the role {}"),
    ("link", "links", "the link to {}"),
    ("image", "images", "the image {}"),
    ("html", "html", "the HTML {}"),
    ("substitution", "substitutions", "the substitution {{{{ {} }}}}"),
    ("footnote", "footnotes", "the footnote [^{}]"),
    ("attribute", "attributes", "the attribute {{{}}}"),
    ("structure", "blocks", "a {}"),
    ("entity", "entities", "the entity {}"),
)
EMPHASIS = {"strong": "bold (**…**)", "em": "emphasised (*…*)", "s": "struck out (~~…~~)"}
# Characters that are markup when Markdown understands them; left in the prose, it did not.
MARKS = frozenset("*_`[]{}<>|\\~^")
# Anything that names a host: a scheme, an address with @, words joined by dots.
HOST = re.compile(r"[\w+.-]+://[^\s)>\]]*|[\w.+-]+@[\w.-]+|[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_][\w-]*[^\W_])+")


def compared(pair: Pair) -> Iterator[Finding]:
    """Refuse whatever is not prose and differs from the English."""
    for rule, name, called in COMPARED:
        english, translation = getattr(pair.english, name), getattr(pair.translation, name)
        for text in (english - translation).elements():
            yield Finding(rule, f"{called.format(shown(text))} is missing", "copy it from the msgid as it stands")
        for text in (translation - english).elements():
            cure = "take it out: a translation adds nothing to the English"
            yield Finding(rule, f"{called.format(shown(text))} is not in the English", cure)


def emphasis(pair: Pair) -> Iterator[Finding]:
    """Refuse emphasis that was lost, added, or that Markdown does not render."""
    for kind, called in EMPHASIS.items():
        there, here = pair.english.emphasis[kind], pair.translation.emphasis[kind]
        if there != here:
            yield Finding("emphasis", f"{here} {called} instead of {there}", _emphasis_cure(pair))


def _emphasis_cure(pair: Pair) -> str:
    if pair.language.chinese and "*" in pair.translation.prose:
        return "put the punctuation outside of the asterisks: «**粗体**。下文», not «**粗体。**下文»"
    return "keep the same words emphasised as the msgid"


def stray(pair: Pair) -> Iterator[Finding]:
    """Refuse markup that stays in the text as characters: an unclosed backtick, `](`, asterisks in a wrong place."""
    english, translation = _marks(pair.english.prose), _marks(pair.translation.prose)
    for mark in sorted((translation - english).keys()):
        message = f"{mark!r} is not understood as markup and would be printed"
        yield Finding("stray-markup", message, "compare the spaces and pairs around it with the msgid")
    for mark in sorted((english - translation).keys()):
        yield Finding("stray-markup", f"{mark!r} of the English is missing", "keep it, escaped as in the msgid")


def _marks(prose: str) -> Counter[str]:
    return Counter(character for character in prose if character in MARKS)


def placeholders(pair: Pair) -> Iterator[Finding]:
    """Refuse a field such as %(count)s that is lost or new: the string would fail when it is shown."""
    english, translation = (Counter(PLACEHOLDER.findall(text)) for text in (pair.msgid, pair.msgstr))
    for field in sorted(((english - translation) + (translation - english)).keys()):
        yield Finding("placeholder", f"the field {field} differs from the English", "copy it from the msgid")


def hosts(pair: Pair) -> Iterator[Finding]:
    """Refuse an address in the prose that the English does not have, or has otherwise."""
    english, translation = (Counter(HOST.findall(side.prose)) for side in (pair.english, pair.translation))
    for host in sorted((translation - english).keys()):
        message = f"the address or file {shown(host)} is not in the English"
        yield Finding("host", message, "use those of the msgid; after a full stop comes a space")
    for host in sorted((english - translation).keys()):
        if "://" in host or "@" in host:
            yield Finding("host", f"the address {shown(host)} is missing", "copy it from the msgid")


def lines(pair: Pair) -> Iterator[Finding]:
    """Refuse line breaks that the English does not have: Chinese would show each as a space."""
    if pair.msgstr.count("\n") != pair.msgid.count("\n"):
        yield Finding("newline", "the line breaks (\\n) differ from the English", "write the translation as one line")


RULES = (compared, emphasis, stray, placeholders, hosts, lines)
