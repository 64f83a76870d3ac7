"""Hunspell, asked about many words at once, and the project's own words.

`locale/words_pt_BR.txt` holds, sorted, what the dictionary lacks: terms and names as they stand in the catalogues.
"""

import re
import subprocess
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from _l10n.problem import Problem

PROGRAM = "hunspell"
DICTIONARIES = {"pt_BR": "pt_BR"}
"""The languages that are spelled in letters, and the names of their dictionaries."""
CURE = "install Debian's hunspell and hunspell-pt-br, or your system's"
TIMEOUT = 60


class Speller:
    """What is spelled right in one language; each word is asked for once."""

    def __init__(self, code: str, locale: Path) -> None:
        self.code = code
        self.path = locale / f"words_{code}.txt"
        self.words_file = f"locale/{self.path.name}"
        self.own = frozenset(self.path.read_text(encoding="utf-8").split() if self.path.exists() else ())
        self.missing = ""
        """Why nothing can be spelled, once a word was asked for; empty where it can."""

    def learn(self, words: Iterable[str]) -> None:
        """Ask for all words that are not known yet, in one run: the program takes half a second to start."""
        parts = {part for word in words for part in {word, *_parts(word)}}
        known = _verdicts(DICTIONARIES[self.code])
        if self.missing or not (new := sorted(parts - known.keys())):
            return
        try:
            wrong = self._asked(new)
        except FileNotFoundError:
            self.missing = f"{PROGRAM} is not installed: the spelling of {self.code} is not checked"
        except subprocess.CalledProcessError:
            self.missing = f"{PROGRAM} has no dictionary {DICTIONARIES[self.code]}: the spelling is not checked"
        else:
            known.update((word, word not in wrong) for word in new)

    def unknown(self, words: Iterable[str]) -> list[str]:
        """Return the misspelt ones, each once; none where there is no dictionary."""
        words = list(dict.fromkeys(words))
        self.learn(words)
        return [] if self.missing else [word for word in words if not self._right(word)]

    def _right(self, word: str) -> bool:
        known = _verdicts(DICTIONARIES[self.code])
        wrong = [part for part in {word, *_parts(word)} if not known[part]]
        return self._own(word) or all(self._own(part) for part in wrong)

    def _own(self, word: str) -> bool:
        """Return whether the project's list has a word; a capital may begin a sentence, a small letter is no name."""
        return word in self.own or (word[:1].isupper() and word[:1].lower() + word[1:] in self.own)

    def _asked(self, words: list[str]) -> set[str]:
        command = [PROGRAM, "-d", DICTIONARIES[self.code], "-i", "utf-8", "-l"]
        text = "".join(f"{word}\n" for word in words)
        run = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", check=True, timeout=TIMEOUT)
        return set(run.stdout.split())

    def unsorted(self) -> list[Problem]:
        """Return what is wrong with the list itself: it is sorted, so that two people's words merge."""
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.exists() else []
        wanted = sorted(set(lines), key=lambda word: (word.lower(), word))
        if lines == wanted:
            return []
        line = next(
            (at for at, pair in enumerate(zip(lines, wanted, strict=False), 1) if pair[0] != pair[1]), len(lines)
        )
        return [Problem(self.path, line, "spelling", "the list is not sorted, or has a word twice", "sort it")]


def _parts(word: str) -> list[str]:
    """Return what the program itself looks at in a compound word."""
    return re.split("[-'’]", word)


@cache
def _verdicts(_dictionary: str) -> dict[str, bool]:
    """Return what a dictionary has said in this process; it does not change in the meantime."""
    return {}
