"""Characters that a translation may hold: letters of its script, and nothing that cannot be seen."""

import unicodedata
from collections.abc import Iterator

from _l10n.problem import Finding, shown
from _l10n.rules.pair import Pair

# Categories of characters that are not seen, or that nobody has assigned: controls, formats (bidirectional ones,
# zero-width ones, soft hyphens), surrogates, private use; separators other than the space.
UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})
# Simplified characters that GB 2312 has for names only; in a sentence they are the traditional form of another.
NAMES_ONLY = frozenset("後於徵乾夥摺麽醣")


def unseen(text: str) -> Iterator[str]:
    """Yield each character of `text` that a reader cannot see."""
    for character in text:
        category = unicodedata.category(character)
        if character != "\n" and (category in UNSEEN or (category == "Zs" and character != " ")):
            yield character


def control(pair: Pair) -> Iterator[Finding]:
    """Refuse unseen characters, written as they are or as `&#x202e;`, unless the English has them."""
    wanted = set(pair.msgid + pair.english.words)
    for character in dict.fromkeys(unseen(pair.msgstr + pair.translation.words)):
        if character not in wanted:
            yield Finding("control", f"the unseen character {named(character)}", "delete it")
    if not unicodedata.is_normalized("NFC", pair.msgstr):
        yield Finding("control", "an accent is a character of its own (not NFC)", "type the accented letter again")


def named(character: str) -> str:
    """Return a character's number and name."""
    return f"U+{ord(character):04X} {unicodedata.name(character, 'without a name')}"


def script(pair: Pair) -> Iterator[Finding]:
    """Refuse letters and symbols of another script: Cyrillic that looks Latin, full-width letters, emoji."""
    wanted = set(pair.msgid)
    for character in dict.fromkeys(pair.translation.words):
        if character not in wanted and not _belongs(character, chinese=pair.language.chinese):
            yield Finding("script", f"{shown(character)} ({named(character)}) does not belong here", "type it again")


def _belongs(character: str, *, chinese: bool) -> bool:
    if character.isascii():
        return True
    name = unicodedata.name(character, "")
    if character.isalpha():
        return (
            name.startswith("CJK UNIFIED IDEOGRAPH") if chinese else name.startswith(("LATIN", "FEMININE", "MASCULINE"))
        )
    if character.isdigit() or name.startswith("FULLWIDTH"):
        return chinese and character in "，！？：；（）～"
    return unicodedata.category(character) not in ("So", "Mn", "Me", "Sk")


def traditional(pair: Pair) -> Iterator[Finding]:
    """Refuse traditional characters: an ideograph that is not in GB 2312, the set of simplified ones."""
    if not pair.language.chinese:
        return
    for character in dict.fromkeys(pair.translation.prose):
        if _ideograph(character) and (character in NAMES_ONLY or not _simplified(character)):
            message = f"{character} ({named(character)}) is not a simplified character"
            yield Finding("traditional", message, "write the simplified one")


def _ideograph(character: str) -> bool:
    return unicodedata.name(character, "").startswith("CJK UNIFIED IDEOGRAPH")


def _simplified(character: str) -> bool:
    try:
        character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


RULES = (control, script, traditional)
