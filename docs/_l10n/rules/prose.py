"""The prose as a reader sees it: nothing twice, no loose spaces, this language's quotation marks, capitals, address."""

import re
from collections.abc import Iterator

from _l10n.markup import OBJECT
from _l10n.problem import Finding, shown
from _l10n.rules.pair import Pair
from _l10n.words import HAN, LATIN_WORD

TOKEN = re.compile(rf"{LATIN_WORD.pattern}|{OBJECT}|\d+(?:[.,]\d+)*")
# The longest thing that is pasted twice, in words.
PASTED = 120
# Single characters that end no word and begin none; others meet where two words do (项目目录).
FUNCTION = "的了是在和与或及被把会也就都将从"
TWICE = re.compile(rf"([{HAN}]{{2,}}?)\1|([^{OBJECT}\n]{{5,}}?)\2")
TWICE_ONE = re.compile(rf"([{FUNCTION}])\1")
WRONG_QUOTES = {"pt_BR": "«»‹›„‟「」『』《》", "zh_Hans": "«»‹›„‟「」『』"}
START = re.compile(r"[\"'“‘(*]*([^\W\d_])")
AFTER_END = re.compile(rf"[.?!…] +([^\W\d_{OBJECT}])")
# Abbreviations after which a sentence goes on.
ABBREVIATED = re.compile(r"\b(?:etc|ex|e\.g|i\.e|p|vs|art|n|fig)\.$", re.IGNORECASE)
CAPITAL = re.compile(r"(?<=[a-zà-ÿ,;] )[A-ZÀ-Ý][a-zà-ÿ]{2,}(?![A-Za-zÀ-ÿ])")
# Written large wherever they stand, and in no English message.
NAMES = frozenset({"Brasil", "Portugal"})
ADDRESS = {
    "pt_BR": re.compile(
        r"\b(?:tu|te|ti|contigo|teu|tua|teus|tuas|vós|vosso|vossa|o senhor|a senhora)\b", re.IGNORECASE
    ),
    "zh_Hans": re.compile("您|阁下|咱"),
}
ADDRESSED = {"pt_BR": "você", "zh_Hans": "你"}
# For translators, not for readers; «todo» is a word.
REMARK = re.compile(r"\b(?:TODO|FIXME|XXX|N\. ?d[oa] ?T\.|[Nn]ota d[oae] tradu\w+)|译注|译者注|待[校译确][对审认]?|【")
POINTING = frozenset(
    {"aqui", "clique aqui", "este link", "link", "leia mais", "这里", "此处", "点击这里", "链接", "本页"}
)


def doubled(pair: Pair) -> Iterator[Finding]:
    """Refuse words, or a whole sentence, written twice in a row."""
    tokens = [token.lower() for token in TOKEN.findall(pair.translation.prose)]
    english = [token.lower() for token in TOKEN.findall(pair.english.prose)]
    if pair.language.chinese:
        prose = pair.translation.prose
        match = TWICE.search(prose) or TWICE_ONE.search(prose)
        found = next(filter(None, match.groups())) if match else ""
    else:
        found = _twice(tokens)
    if found and not _twice(english):
        yield Finding("doubled", f"{shown(found)} stands there twice in a row", "keep one of the two")


def _twice(tokens: list[str]) -> str:
    """Return the words that come again at once; objects alone are a list of code, no repetition."""
    for at, token in enumerate(tokens):
        for length in range(1, min((len(tokens) - at) // 2, PASTED) + 1):
            part = tokens[at : at + length]
            text = OBJECT not in part or sum(word[0].isalpha() for word in part) > 2
            if text and tokens[at + length] == token and part == tokens[at + length : at + 2 * length]:
                return " ".join(part).replace(OBJECT, "`…`")
    return ""


def edges(pair: Pair) -> Iterator[Finding]:
    """Refuse a space before the first or after the last word that the English does not have."""
    for name, side in (("before", slice(None, 1)), ("after", slice(-1, None))):
        if pair.msgstr[side].isspace() != pair.msgid[side].isspace():
            yield Finding("spacing", f"a space {name} the text that the English has otherwise", "as in the msgid")
    if "\t" in pair.msgstr and "\t" not in pair.msgid:
        yield Finding("spacing", "a tabulator", "write a space")


def quotes(pair: Pair) -> Iterator[Finding]:
    """Refuse quotation marks of another language, and those that do not come in pairs."""
    prose = pair.translation.prose
    wrong = sorted(set(prose) & set(WRONG_QUOTES[pair.language.code]) - set(pair.english.prose))
    if wrong:
        yield Finding("quotes", f"the quotation marks {' '.join(wrong)} of another language", "write “…”")
    open_, closed = prose.count("“"), prose.count("”")
    if open_ != closed or prose.find("”") < prose.find("“"):
        yield Finding("quotes", "quotation marks that are not in pairs", "open each with “ and close it with ”")


def capitals(pair: Pair) -> Iterator[Finding]:
    """Refuse a sentence that begins small, and English capitals inside one."""
    if pair.language.chinese:
        return
    here, there = START.match(pair.english.prose), START.match(pair.translation.prose)
    if here and there and here[1].isupper() and there[1].islower():
        yield Finding("capital", f"it begins with a small {there[1]}", "begin as the English does")
    prose = pair.translation.prose
    for match in AFTER_END.finditer(prose):
        if match[1].islower() and not ABBREVIATED.search(prose[: match.start() + 1]):
            yield Finding("capital", f"a small {match[1]} begins a sentence", "write it large, or end no sentence")
    known = NAMES | set(LATIN_WORD.findall(pair.english.prose)) | pair.vocabulary.capitals
    for match in CAPITAL.finditer(prose):
        if match[0] not in known:
            yield Finding("capital", f"{match[0]} is written large inside a sentence", "write it small")


def address(pair: Pair) -> Iterator[Finding]:
    """Refuse another form of address than the guide's."""
    for text in dict.fromkeys(ADDRESS[pair.language.code].findall(pair.translation.prose)):
        yield Finding(
            "address", f"{shown(text)} addresses the reader in another way", f"say {ADDRESSED[pair.language.code]}"
        )


def remark(pair: Pair) -> Iterator[Finding]:
    """Refuse what a translator wrote to another one."""
    for match in REMARK.finditer(pair.translation.prose):
        if match[0] not in pair.english.prose:
            yield Finding("remark", f"{shown(match[0])} is for translators", "put it in a comment above the entry")


def pointing(pair: Pair) -> Iterator[Finding]:
    """Refuse a link that says «here», and one that has lost its text: read alone, it says nothing."""
    for text in pair.translation.link_texts:
        if text.strip().lower() in POINTING and text not in pair.english.link_texts:
            yield Finding("link-text", f"the link says {shown(text)} only", "say what it leads to, as the English does")
    if pair.translation.link_texts.count("") > pair.english.link_texts.count(""):
        yield Finding("link-text", "a link has lost its text", "translate the text in its brackets")


RULES = (doubled, edges, quotes, capitals, address, remark, pointing)
