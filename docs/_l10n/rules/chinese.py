"""Chinese typography: a space between Chinese and Latin, full-width punctuation, no space elsewhere.

The text is looked at as it is rendered, not as Markdown: `**粗体**text` has no space where the reader needs one.
"""

import re
from collections.abc import Iterator

from _l10n.markup import OBJECT
from _l10n.problem import Finding, shown
from _l10n.rules.pair import Pair
from _l10n.words import HAN

FULL = "，。；：！？、（）《》“”‘’「」…—"
LATIN = f"A-Za-z0-9%{OBJECT}"
HALF = {
    ",": "，",
    ".": "。",
    ";": "；",
    ":": "：",
    "!": "！",
    "?": "？",
    "(": "（",
    ")": "）",
    '"': "“ 或 ”",
    "'": "‘ 或 ’",
}
SPACING = (
    (re.compile(rf"[{HAN}][{LATIN}]|[{LATIN}][{HAN}]"), "no space between Chinese and Latin", "put one space there"),
    (re.compile(rf"[{HAN}] +[{HAN}]"), "a space between two Chinese characters", "take it out"),
    (re.compile(rf" [{FULL}]|[{FULL}] "), "a space beside full-width punctuation", "take it out"),
    (re.compile(r"  "), "two spaces", "leave one"),
)
# A half-width mark beside Chinese, or one that ends a clause: «`a`, `b`» is «`a`、`b`» in a Chinese sentence.
HALF_WIDTH = re.compile(rf"(?<=[{HAN}])\s*([,.;:!?()\"'])|([,.;:!?()\"'])\s*(?=[{HAN}])|([,;:!?])(?=\s|$)")
DOUBLED = re.compile(r"([，。；：！？、])[，。；：！？、]")
CHINESE = re.compile(rf"[{HAN}]")


def spacing(pair: Pair) -> Iterator[Finding]:
    """Refuse a missing space between Chinese and Latin, and spaces that do not belong."""
    for pattern, message, cure in SPACING:
        for match in pattern.finditer(_line(pair)):
            yield Finding("spacing", f"{message}: {_around(match)}", cure)


def punctuation(pair: Pair) -> Iterator[Finding]:
    """Refuse half-width punctuation in a Chinese sentence."""
    line = _line(pair)
    if not CHINESE.search(line):
        return
    for match in HALF_WIDTH.finditer(line):
        mark = next(group for group in match.groups() if group)
        yield Finding("punctuation", f"a half-width {mark} in {_around(match)}", f"write {HALF[mark]}")
    for match in DOUBLED.finditer(line):
        yield Finding("punctuation", f"two marks in a row: {_around(match)}", "keep one")
    if line.count("（") != line.count("）") or line.count("“") != line.count("”"):
        yield Finding("punctuation", "parentheses or quotation marks that are not in pairs", "close what is open")


def _line(pair: Pair) -> str:
    return pair.translation.prose.strip() if pair.language.chinese else ""


def _around(match: re.Match[str]) -> str:
    text = match.string[max(match.start() - 6, 0) : match.end() + 6]
    return shown(text.replace(OBJECT, "`…`"))


RULES = (spacing, punctuation)
