"""Words of the three languages, reduced so that their inflections meet."""

import re
import unicodedata
from functools import lru_cache

from snowballstemmer import stemmer  # type: ignore[import-untyped]  # it ships no types; Sphinx brings it

# One character of the ideographs that Chinese is written with.
HAN = "\u3400-\u4dbf\u4e00-\u9fff"
# A word of a Latin script, hyphens and apostrophes inside; digits do not end it (HTTP2, ipv4).
WORD = re.compile(r"[^\W\d_](?:[^\W_]|[-'’](?=[^\W_]))*")
LATIN_WORD = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿ](?:[A-Za-zÀ-ÖØ-öø-ÿ0-9]|[-'’](?=[A-Za-zÀ-ÿ0-9]))*")

_portuguese = stemmer("portuguese")
# Portuguese plurals that change more than an added s, and loan words that do not lose their e (middlewares).
PLURALS = (
    ("wares", "ware"),
    ("ões", "ão"),
    ("ães", "ão"),
    ("ais", "al"),
    ("eis", "el"),
    ("óis", "ol"),
    ("uis", "ul"),
    ("ns", "m"),
)


def words(text: str) -> list[str]:
    """Return the Latin words of a text in lower case; Chinese characters beside them end a word."""
    return [word.lower() for word in LATIN_WORD.findall(text)]


@lru_cache(maxsize=8192)
def english_singular(word: str) -> str:
    """Return an English noun without its plural; other words come back as they are."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


@lru_cache(maxsize=8192)
def portuguese_singular(word: str) -> str:
    """Return a Portuguese word without its plural."""
    for ending, singular in PLURALS:
        if word.endswith(ending):
            return word.removesuffix(ending) + singular
    if word.endswith(("res", "zes", "ses")):
        return word[:-2]
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@lru_cache(maxsize=8192)
def portuguese_stem(word: str) -> str:
    """Return what the inflections of a Portuguese word share: number, gender, and the forms of a verb."""
    return str(_portuguese.stemWord(portuguese_singular(word)))


def without_accents(word: str) -> str:
    """Return a word as a keyboard without accents would write it."""
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
