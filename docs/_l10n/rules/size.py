"""How much a translation may be before it is read: nested a thousand times, it keeps a parser busy for minutes."""

from collections.abc import Iterator

from _l10n.problem import Finding

# Three times the English and this much more; the shipped translations need half of it.
MORE = 200
# No message of the guide is nearly as long.
READ = 4000
# As many of one of these as no sentence has.
NESTING = "[]()*_`<>!{}#&\\"
NESTED = 60


def findings(msgid: str, msgstr: str) -> Iterator[Finding]:
    """Refuse a text that is far too long, or nested too deeply, without parsing it."""
    if len(msgstr) > READ or (msgid and len(msgstr) > 3 * len(msgid) + MORE):
        yield Finding("length", f"{len(msgstr)} characters for {len(msgid)}", "say what the English says")
    for mark in NESTING:
        if msgstr.count(mark) > msgid.count(mark) + NESTED:
            yield Finding("stray-markup", f"{msgstr.count(mark)} times {mark!r}", "write what the English has")
