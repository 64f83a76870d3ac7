"""What a terminal block holds: prompts, commands, output; its colours and what a reader copies from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from pygments.lexer import Lexer, do_insertions  # type: ignore[attr-defined]  # missing in the stubs
from pygments.lexers.shell import BashLexer
from pygments.token import Generic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pygments.token import _TokenType

PROMPT = "$ "
CONTINUATION = "> "
SHELL = BashLexer(stripnl=False)
WILDCARD = re.compile(r"(<(?:pid|date|duration|version|port)>)")
HEREDOC = re.compile(r"(?<!<)<<(?P<dash>-?)\s*(?P<quote>['\"]?)(?P<word>[A-Za-z_][A-Za-z0-9_]*)(?P=quote)")


@dataclass(frozen=True)
class Line:
    """One line of a terminal."""

    prompt: str
    """`$ `, `> ` or nothing: output has no prompt."""
    text: str

    @property
    def is_command(self) -> bool:
        """Tell what was typed from what was printed."""
        return bool(self.prompt)


def _is_open(command: list[str]) -> bool:
    """Tell whether the shell would ask for another line: a backslash at the end, or a heredoc not closed."""
    closers = [(match["word"], bool(match["dash"])) for match in HEREDOC.finditer(command[0])]
    for text in command[1:]:
        if closers:
            word, dash = closers[0]
            if (text.lstrip("\t") if dash else text) == word:
                closers.pop(0)
        else:
            closers = [(match["word"], bool(match["dash"])) for match in HEREDOC.finditer(text)]
    return bool(closers) or command[-1].endswith("\\")


def lines(content: str) -> Iterator[Line]:
    """Yield the lines of a terminal block, each with its prompt taken off."""
    command: list[str] = []
    for text in content.removesuffix("\n").split("\n"):
        if text.startswith(PROMPT):
            command = [text.removeprefix(PROMPT)]
            yield Line(PROMPT, command[0])
        elif command and _is_open(command) and (text.startswith(CONTINUATION) or text == ">"):
            command.append(text[len(CONTINUATION) :])
            yield Line(CONTINUATION if text.startswith(CONTINUATION) else ">", command[-1])
        else:
            command = []
            yield Line("", text)


def copy_terminal(content: str) -> str | None:
    """Return the commands of a terminal block without their prompts; None when there is none."""
    commands = [line.text for line in lines(content) if line.is_command]
    return "\n".join(commands) if commands else None


def copy_session(content: str) -> str | None:
    """Return the input of a doctest session without its prompts; None when there is none."""
    typed = [line[4:] for line in content.split("\n") if line.startswith((">>>", "..."))]
    return "\n".join(typed) if typed else None


class TerminalLexer(Lexer):
    """Colours a terminal block: prompts, commands as shell, wildcards in the output."""

    name = "Terminal"
    aliases: ClassVar = ["terminal"]
    url = ""

    def __init__(self, **options: object) -> None:
        """Keep blank lines at both ends: the text of a block is never changed."""
        super().__init__(**{**options, "stripnl": False})

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Yield index, token type and text; joined, they are the block, character by character."""
        index = 0
        found = list(lines(text))
        while found:
            size = 1
            if found[0].is_command:
                while size < len(found) and found[size].prompt not in {"", PROMPT}:
                    size += 1
                yield from _command(found[:size], index)
            else:
                yield from _output(found[0].text, index)
            index += sum(len(line.prompt) + len(line.text) + 1 for line in found[:size])
            del found[:size]


def _command(command: list[Line], index: int) -> Iterator[tuple[int, _TokenType, str]]:
    insertions: list[tuple[int, list[tuple[int, _TokenType, str]]]] = []
    source = ""
    for line in command:
        insertions.append((len(source), [(0, Generic.Prompt, line.prompt)]))
        source += line.text + "\n"
    for offset, token, value in do_insertions(insertions, SHELL.get_tokens_unprocessed(source)):
        yield index + offset, token, value


def _output(text: str, index: int) -> Iterator[tuple[int, _TokenType, str]]:
    for place, value in enumerate(WILDCARD.split(f"{text}\n")):
        if value:
            yield index, Generic.Emph if place % 2 else Generic.Output, value
        index += len(value)
