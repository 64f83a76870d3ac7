"""What a run really did, block by block: what was typed, what came back, how it ended. For readers of the site.

What a program prints is anybody's text: here it is made visible and bounded, and the site escapes it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

LIMIT = 16 << 10
"""Characters kept of what a block printed."""


@dataclass(frozen=True)
class Step:
    """One thing that happened in a block."""

    output: str
    """Standard output and standard error as they came, in the order of a terminal."""
    command: str | None = None
    """What was typed; nothing where a terminal went on printing."""
    status: int | None = None
    """The exit status, once there is one."""
    signal: str | None = None
    """What ended a terminal: the name of the signal, without its SIG; ``none`` where it ended by itself."""


def visible(text: str) -> str:
    """The text with each character that a terminal would act on, or hide, as one that can be seen."""
    return "".join(map(shown, text.replace("\r\n", "\n")))


def shown(character: str) -> str:
    """A character as it can be seen: a control picture of Unicode, or its number."""
    if character in "\n\t" or character == " " or unicodedata.category(character)[0] not in "CZ":
        return character
    number = ord(character)
    if number < 0x20:
        return chr(0x2400 + number)
    return "␡" if number == 0x7F else f"\\u{number:04x}"


def kept(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """The steps of a block as the evidence states them, up to LIMIT; ``cut`` counts the characters left out."""
    room = LIMIT
    found = []
    for step in steps:
        texts = {"output": visible(step.output)}
        if step.command is not None:
            texts = {"command": visible(step.command), **texts}
        entry: dict[str, Any] = {}
        for name, text in texts.items():
            entry[name] = text[:room]
            room -= len(entry[name])
        if cut := sum(map(len, texts.values())) - sum(map(len, entry.values())):
            entry["cut"] = cut
        found.append(
            entry | {name: value for name in ("status", "signal") if (value := getattr(step, name)) is not None}
        )
    return found
