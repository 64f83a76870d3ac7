"""What a page is made of."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

Edition = Literal["gingerdj", "django"]
EDITIONS: tuple[Edition, ...] = ("gingerdj", "django")
Kind = Literal["file", "terminal", "python", "pycon"]


class PageError(Exception):
    """A page that cannot be run as it is written. Reads ``docs/page.md:12: what is wrong - the cure``."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}")
        self.line = line


@dataclass(frozen=True)
class Command:
    """A command of a terminal, with the output that the page shows for it."""

    line: int
    """Line of its prompt in the page's source, from 1."""
    text: str
    """What a shell reads: continuation lines joined by newlines, prompts removed."""
    expected: tuple[str, ...] = ()
    """The lines that the page shows below it."""
    expected_line: int = 0
    """Source line of the first of them, or where it would stand."""


@dataclass(frozen=True)
class Block:
    """An executable block."""

    kind: Kind
    line: int
    """Source line of the opening fence, from 1."""
    content_line: int
    """Source line of the first line of content."""
    content: str
    """What the reader sees: LF line ends, exactly one at the end."""
    indent: str = ""
    """What stands before each of its lines in the source (in a list, in a quotation)."""
    edition: Edition | None = None
    """The edition whose tab it stands in; None stands in both."""
    path: str = ""
    """Of a file: where it is written."""
    options: dict[str, str] = field(default_factory=dict)
    commands: tuple[Command, ...] = ()
    """Of a terminal: its commands. Empty where it only shows what a running terminal printed."""
    shown: tuple[str, ...] = ()
    """Of a terminal without a command: the lines it shows."""

    @property
    def copied(self) -> str | None:
        """What the copy button yields; None where there is nothing to type."""
        if self.kind == "terminal":
            return "\n".join(command.text for command in self.commands) or None
        if self.kind == "pycon":
            lines = [line for line in self.content.splitlines() if line.startswith((">>>", "..."))]
            return "\n".join(line[4:] for line in lines)
        return self.content.removesuffix("\n")

    @property
    def terminal(self) -> str | None:
        """The named terminal that the block is about; None is the main one."""
        return self.options.get("stop") or self.options.get("name")


@dataclass(frozen=True)
class Heading:
    """A heading: where sections end, and with them the terminals started in them."""

    line: int
    level: int


@dataclass(frozen=True)
class Claim:
    """A measured value stated in prose, by the ``measured`` role."""

    line: int
    value: str
    key: str
    edition: Edition | None = None


@dataclass(frozen=True)
class Page:
    """A page: its executable parts in the order of the source."""

    path: Path
    """Where the source lies."""
    key: str
    """The stem that lines everything up: ``servers/uvicorn``."""
    sha256: str
    """Of the source file's bytes."""
    parts: tuple[Block | Heading | Claim, ...]
    checkout: bool = False
    """Whether the page asks for a checkout of this project in the sandbox (front matter, ``checkout: true``)."""

    @property
    def blocks(self) -> list[Block]:
        """Every executable block, of all editions."""
        return [part for part in self.parts if isinstance(part, Block)]

    def edition(self, edition: Edition) -> list[Block | Heading | Claim]:
        """The parts that stand in an edition."""
        return [part for part in self.parts if isinstance(part, Heading) or part.edition in (None, edition)]


def digest(text: str) -> str:
    """The identity of a text in the evidence: SHA-256 over UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
