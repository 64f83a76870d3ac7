"""What a check found: where, which rule, what is wrong, and what to do about it."""

from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Finding:
    """What a rule found in one translation: the rule's name, the message, the cure.

    A hint is told and refuses nothing.
    """

    rule: str
    message: str
    cure: str
    hint: bool = False

    def at(self, path: Path, line: int) -> "Problem":
        """Return the finding with its place."""
        return Problem(path, line, self.rule, self.message, self.cure, self.hint)


@dataclass(frozen=True, order=True)
class Problem:
    """One finding and its place, printed as `file:line: rule: message - cure`."""

    path: Path
    line: int
    rule: str
    message: str
    cure: str
    hint: bool = False

    def __str__(self) -> str:
        kind = "hint, " if self.hint else ""
        return f"{self.path}:{self.line}: {kind}{self.rule}: {self.message} - {self.cure}"

    def relative_to(self, root: Path) -> "Problem":
        """Return the same finding with its path as seen from `root`, as a person in the repository would type it."""
        return replace(self, path=self.path.relative_to(root)) if self.path.is_relative_to(root) else self


def shown(text: str, limit: int = 60) -> str:
    """Return `text` as one printable quoted line: a control character in a catalogue must not reach the terminal."""
    line = " ".join(text.split())
    line = line if len(line) <= limit else f"{line[: limit - 1]}…"
    return "«" + "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in line) + "»"
