"""A page in one edition → one script that does what its reader does, from an empty folder to the last block.

It is made from the same parts as the run, so it holds every command in its order. It does not compare output: it checks
how each command ends, and waits where a reader would look at another terminal.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from .match import lines_of
from .page import Block, Heading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .page import Edition, Page

PRELUDE = Path(__file__).with_name("prelude.sh")
WORD = "END_OF_BLOCK"
NAMES = {"gingerdj": "GingerDJ", "django": "Django"}


def name(page: Page, edition: Edition) -> str:
    """What the file is called: ``servers-uvicorn.gingerdj.sh``."""
    return f"{page.key.replace('/', '-')}.{edition}.sh"


def script(page: Page, edition: Edition, *, versions: Mapping[str, str]) -> str | None:
    """The script; None for a page about this project itself, which starts from a checkout that no script can make."""
    if page.checkout:
        return None
    ran = ", ".join(f"{package} {version}" for package, version in versions.items())
    head = (
        "#!/usr/bin/env bash",
        f"# docs/{page.key}.md for {NAMES[edition]}: every step of the page, in its order.",
        f"# Run it in an empty folder: bash {name(page, edition)}",
        *([f"# It last ran with {ran}."] if ran else []),
    )
    return "\n".join((*head, PRELUDE.read_text(encoding="utf-8"), *Script(page, edition).lines(), ""))


class Script:
    """The walk over one page; knows which terminals are open."""

    def __init__(self, page: Page, edition: Edition) -> None:
        self.page = page
        self.edition: Edition = edition
        self.level = 1
        self.open: dict[str, int] = {}
        """Each terminal that runs, with the level of the section it was started in."""
        self.printed: dict[str, int] = {}
        """How many lines each of them has been seen to print."""

    def lines(self) -> Iterator[str]:
        """The script, below its functions."""
        for part in self.page.edition(self.edition):
            if isinstance(part, Heading):
                yield from self.heading(part)
            elif isinstance(part, Block):
                yield ""
                yield f"step {shlex.quote(self.place(part.line))}"
                yield from self.block(part)
        yield ""
        yield from (f"close_terminal {shlex.quote(name)} TERM" for name in self.open)
        yield "echo 'Every command ended as the page says.'"

    def place(self, line: int) -> str:
        """A line of the page, as errors name it."""
        return f"docs/{self.page.key}.md:{line}"

    def heading(self, heading: Heading) -> Iterator[str]:
        """A heading ends the terminals started in the sections that it closes."""
        for name, level in list(self.open.items()):
            if level >= heading.level:
                del self.open[name]
                yield f"close_terminal {shlex.quote(name)} TERM"
        self.level = heading.level

    def block(self, block: Block) -> Iterator[str]:
        """A block, by its kind."""
        if "norun" in block.options:
            yield f"# not run: {block.options['norun']}"
        elif block.kind == "file":
            yield from heredoc(f"save {shlex.quote(block.path)}", block.content)
        elif block.kind in ("python", "pycon"):
            yield from heredoc("python -" if block.kind == "python" else "session", block.content)
            yield "ended 0"
        elif "stop" in block.options:
            yield self.stop(block)
        elif block.terminal is None:
            yield from self.commands(block)
        else:
            yield from self.terminal(block.terminal, block)

    def commands(self, block: Block) -> Iterator[str]:
        """Commands of the main terminal, each with the exit status that it must have."""
        for command in block.commands:
            yield command.text
            yield f"ended {block.options.get('exit', '0') if command is block.commands[-1] else '0'}"

    def terminal(self, name: str, block: Block) -> Iterator[str]:
        """A terminal that is left running, or goes on."""
        ready = block.options.get("ready")
        expected = block.shown
        if block.commands:
            self.open[name], self.printed[name] = self.level, 0
            expected = block.commands[0].expected
            yield f"open_terminal {shlex.quote(name)} {shlex.quote(block.commands[0].text)}"
        if ready and block.commands:
            yield f"ready {shlex.quote(name)} {shlex.quote(ready)}"
        if lines := len(lines_of("\n".join(expected))):
            self.printed[name] = self.printed.get(name, 0) + lines
            yield f"printed {shlex.quote(name)} {self.printed[name]}"
        if ready and not block.commands:
            yield f"ready {shlex.quote(name)} {shlex.quote(ready)}"

    def stop(self, block: Block) -> str:
        """The end of a terminal, and the exit status that it must have."""
        name = block.options["stop"]
        self.open.pop(name, None)
        signal, status = block.options.get("signal", "TERM"), block.options.get("exit", "0")
        return f"close_terminal {shlex.quote(name)} {signal} {status}"


def heredoc(command: str, content: str) -> Iterator[str]:
    """A command whose standard input is the content, to the letter."""
    lines = content.removesuffix("\n").split("\n")
    word = WORD
    while word in lines:
        word += "_"
    return iter((f"{command} <<'{word}'", *lines, word))
