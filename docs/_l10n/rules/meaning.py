"""What a sentence says, as far as words tell it: who and when, how many, how long, must or may, not the contrary.

Each rule looks at a shift only: a word of the English has gone, and its contrary has come.
A sentence that is built otherwise keeps both, or has neither.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from _l10n.problem import Finding
from _l10n.rules.pair import Pair

CURE = "say what the English says"


# «must not» is «não pode»; phrases that say nothing about order.
NOT_MEANT = re.compile(
    r"\b(?:must (?:not|never)|at first|in the first place|até o fim)\b|不[少多小大]于",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Side:
    """One word of two that are contrary, in each language, as the beginnings of words; Chinese has no word ends."""

    forms: dict[str, str]

    @property
    def name(self) -> str:
        """What to call it."""
        return re.split("; | [|]", self.forms["en"])[0].strip("-")

    def count(self, text: str, code: str, *, widely: bool = False) -> int:
        """Return how often a text says it; widely, also in words that others say in its place."""
        narrow, _, wide = self.forms[code].partition(" | ")
        forms = f"{narrow}; {wide}" if wide and widely else narrow
        return len(_pattern(forms, code.startswith("zh")).findall(text))


@lru_cache(maxsize=512)
def _pattern(forms: str, chinese: bool) -> re.Pattern[str]:
    """Return what finds any of the forms: beginnings of words where they end in a hyphen, else whole words."""
    found = []
    for form in forms.split("; "):
        start = re.escape(form.removesuffix("-"))
        found.append(start if chinese else rf"\b{start}" if form.endswith("-") else rf"\b{start}\b")
    return re.compile("|".join(sorted(found, key=len, reverse=True)), re.IGNORECASE)


TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
CONTRARIES = tuple((Side(pair["first"]), Side(pair["second"])) for pair in TABLES["contrary"])
UNITS = tuple(Side(unit) for unit in TABLES["unit"])


def contrary(pair: Pair) -> Iterator[Finding]:
    """Refuse a word that became its contrary: before and after, server and client, must and may."""
    english, there = (NOT_MEANT.sub(" ", text) for text in (pair.english.words, pair.translation.prose))
    code = pair.language.code
    for first, second in CONTRARIES:
        for side, other in ((first, second), (second, first)):
            here, come = side.count(english, "en"), other.count(there, code)
            if here > side.count(there, code) and come > other.count(english, "en", widely=True):
                message = f"the English says «{side.name}», the translation its contrary"
                yield Finding("contrary", message, CURE)


WORDS = {
    "en": {
        2: "two; second; seconds; twice; both; pair; either; couple; another; other; neither; half; double-",
        3: "three; third; thirds", 4: "four; fourth; quarter", 5: "five; fifth", 6: "six; sixth", 7: "seven",
        8: "eight", 9: "nine", 10: "ten; tenth", 12: "twelve; dozen", 100: "hundred-",
    },
    "pt_BR": {
        2: "dois; duas", 3: "três; terceiro; terceira", 4: "quatro; quart-", 5: "cinco", 6: "seis", 7: "sete",
        8: "oito", 9: "nove", 10: "dez", 12: "doze", 100: "cem; cento",
    },
}  # fmt: skip
DIGITS = dict(zip("二两三四五六七八九十百", (2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100), strict=True))
COUNTED = re.compile(
    r"(?<![十百第几\d])((?<![这那])[两二]|[三四五六七八九十百])(?=[个种次台条份项页行秒段处步名组层类件样倍级张者])"
    r"|(?:第|乘以)([二三四五六七八九十])(?!方)"
)


def counted(pair: Pair) -> Iterator[Finding]:
    """Refuse a number in words that the English does not have: two must not become three."""
    english = pair.english.words
    known = {value for value, forms in WORDS["en"].items() if _pattern(forms, False).search(english)}
    known |= {int(digits) for digits in re.findall(r"\d{1,3}", english)}
    if re.search(r"\band\b", english):
        known.add(2)  # «A and B» are «os dois», 两者
    known.add(len(re.findall(r"\bone\b", english)) + 1)  # «a body …, one …, one …»
    for value in sorted(_counted(pair) - known):
        yield Finding("number", f"the number {value}, in words, is not in the English", CURE)


def _counted(pair: Pair) -> set[int]:
    if pair.language.chinese:
        return {DIGITS[match[1] or match[2]] for match in COUNTED.finditer(pair.translation.prose)}
    return {
        value
        for value, forms in WORDS["pt_BR"].items()
        if _pattern(forms, False).search(pair.translation.prose.replace("dois-pontos", ""))
    }


# What only looks like a unit: «segundo» the ordinal, «na hora», «hoje em dia», 毫秒 holds 秒.
NOT_UNITS = re.compile(r"字符串|毫秒|na hora|em dia|hora de|在线|今天|每天|天然|@s|'s\b|’s\b")


def units(pair: Pair) -> Iterator[Finding]:
    """Refuse a unit that became another one."""
    code = pair.language.code
    there = NOT_UNITS.sub(lambda match: match[0] if match[0] == "毫秒" else " ", pair.translation.prose)
    english = NOT_UNITS.sub(" ", pair.english.words)
    for unit in UNITS:
        text = there if unit.name == "ms" else there.replace("毫秒", " ")
        if unit.count(text, code) and not unit.count(english, "en"):
            name = unit.forms[code].split("; ")[0].strip("-")
            yield Finding("unit", f"the unit «{name}» is not in the English", "keep the unit of the msgid")


# In the English of a sentence that another language says with «not».
DENYING = re.compile(
    r"\b(?:not|never|no|nothing|nobody|none|nor|neither|cannot|without|only|but|unless|until|instead|except|else|otherwise"
    r"|too|rather|nowhere|before|alone|few|little|less|least|hardly|whether|any|anything|other|than|even|yet|either|both"
    r"|refus\w+|fail\w*|lack\w*|miss\w*|prevent\w*|ignor\w+|forbid\w*|reject\w*|den(?:y|ie)\w*|leav\w+|left|los\w+|stop\w*"
    r"|wrong|worth|optional|given|lets?|silent|same|stays?|up to|differ\w*|or more|empty|free|unavoidable"
    r"|quiet|silenc\w+|ends|alike|apart|aside|away|off|out|clos\w+|block\w*|avoid\w*|exempt|keep\w*|kept|swallow\w*|skip\w*"
    r"|un(?!til|der|less|it)\w+|in(?:valid|complete|correct|active|dependent|visible)\w*|dis\w+|im\w+|ir\w+|non\w*|mis\w+|\w+n't|\w+less)\b",
    re.IGNORECASE,
)
DENIED = {
    "pt_BR": re.compile(r"\b(?:não|nunca|jamais)\b", re.IGNORECASE),
    "zh_Hans": re.compile("不(?![同断过仅只论管])|没有?|无法"),
}
# Phrases with a negation that deny nothing.
HARMLESS = re.compile(r"a não ser|se não|não só|senão|不得不|不必说")


def denied(pair: Pair) -> Iterator[Finding]:
    """Refuse more negations than the English has of words that another language may say with one."""
    known = len(DENYING.findall(pair.english.words))
    found = DENIED[pair.language.code].findall(HARMLESS.sub(" ", pair.translation.prose))
    if len(found) > known:
        message = f"the translation denies {len(found)} times ({', '.join(found)}), the English at most {known} times"
        yield Finding("negation", message, CURE)


RULES = (contrary, counted, units, denied)
