"""A page → its mutants: each a small change to one executable line, which must turn the page red.

==================  ================================================================================
kind                what is changed
==================  ================================================================================
dropped             the line is not there; of a command, its continuation lines neither
identifier          a word is another word
flag                an option of a command is another one
flag dropped        an option of a command is not there, alone or with its value
number, port, path  a number is one more, a path leads elsewhere
expected dropped    a line that the page shows is not there
expected            a word of a line that the page shows is another word
beside a wildcard   the text just before or just after a wildcard is another text
option              ``:exit:``, ``:signal:``, ``:ready:``, ``:unordered:`` or ``:measure:`` is another, or not there
claim               a measured value in the text is another value
==================  ================================================================================

Lines that do nothing have no mutants: blank lines, comments, docstrings, keywords of Python.
"""

from __future__ import annotations

import ast
import io
import keyword
import re
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.snippets.match import WILDCARD
from tests.snippets.page import Block, Claim

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.snippets.page import Command, Edition, Page

TOKEN = re.compile(
    r"""
    (?P<flag>(?<![\w-])--?[A-Za-z][\w-]*)
    |(?P<number>\d+(?:\.\d+)*)
    |(?P<identifier>[A-Za-z_][\w-]*(?!["']))
    """,
    re.VERBOSE,
)
# In a program, a hyphen is a minus.
PYTHON_TOKEN = re.compile(r"""(?P<number>\b\d+(?:\.\d+)*)|(?P<identifier>\b[A-Za-z_]\w*\b(?!["']))""")
WORD = re.compile(r"[^\W_]+")
SIGNALS = {"TERM": "KILL"}
"""The signal that stands for each other one; SIGTERM for all that are not listed."""


@dataclass(frozen=True)
class Mutant:
    """One change to the source of a page."""

    line: int
    """Source line, from 1."""
    kind: str
    before: str
    """The line as it is, without the indent of its block."""
    after: str | None
    """The line as it becomes; None where it is dropped."""
    part: Block | Claim
    """What the line belongs to."""
    first: int
    """The first source line that is replaced."""
    count: int
    """How many are."""
    lines: tuple[str, ...]
    """What stands there instead, as in the source."""
    compared: bool = False
    """Whether only what the page expects is changed: nothing else runs, so the mutant need not."""
    value: str = ""
    """Of a claim: the value as it becomes."""

    @property
    def edition(self) -> Edition | None:
        """The edition that it stands in; None is both."""
        return self.part.edition

    def text(self, source: Sequence[str]) -> str:
        """The page with this change, of its source lines."""
        return "\n".join([*source[: self.first - 1], *self.lines, *source[self.first - 1 + self.count :]])


def mutants(page: Page) -> list[Mutant]:
    """All mutants of a page, in the order of its source."""
    source = page.path.read_text(encoding="utf-8").split("\n")
    found: list[Mutant] = []
    for part in page.parts:
        if isinstance(part, Block) and "norun" not in part.options:
            found += Changes(part, source).all()
        elif isinstance(part, Claim):
            found += claim(part, source)
    return found


class Changes:
    """The mutants of one block."""

    def __init__(self, block: Block, source: Sequence[str]) -> None:
        self.block = block
        self.source = source

    def all(self) -> Iterator[Mutant]:
        """Those of its path, its options, its content."""
        block = self.block
        if block.kind == "file":
            yield from self.path()
        yield from self.options()
        if block.kind == "terminal":
            for command in block.commands:
                yield from self.command(command)
            yield from self.shown(block.content_line, block.shown)
        else:
            yield from self.content()

    def changed(self, line: int, kind: str, after: str | None, *, count: int = 1, compared: bool = False) -> Mutant:
        """The mutant that changes the line, or drops it with those that belong to it."""
        before = self.source[line - 1].removeprefix(self.block.indent)
        lines = () if after is None else (self.block.indent + after,)
        return Mutant(line, kind, before, after, self.block, line, count, lines, compared)

    # What stands around the content

    def path(self) -> Iterator[Mutant]:
        """The file is written elsewhere."""
        fence = self.source[self.block.line - 1].removeprefix(self.block.indent)
        folder, slash, name = self.block.path.rpartition("/")
        stem, dot, ending = name.rpartition(".")
        other = f"{folder}{slash}{stem}x{dot}{ending}" if stem else f"{folder}{slash}{name}x"
        yield self.changed(self.block.line, "path", fence.replace(self.block.path, other))

    def options(self) -> Iterator[Mutant]:
        """The options that say what is expected."""
        for number in range(self.block.line + 1, self.block.content_line):
            name, _, value = self.source[number - 1].removeprefix(self.block.indent).strip(" :").partition(":")
            value = value.strip()
            if name == "exit":
                yield self.changed(number, "option", f":exit: {int(value) + 1}")
                if value != "0":
                    yield self.changed(number, "option", None)
            elif name == "ready":
                yield self.changed(number, "option", f":ready: {int(value) + 1 if value.isdigit() else value + 'x'}")
            elif name == "signal":
                yield self.changed(number, "option", f":signal: {SIGNALS.get(value, 'TERM')}")
            elif name == "measure":
                yield self.changed(number, "option", f":measure: {value}x", compared=True)
            elif name == "unordered":
                yield self.changed(number, "option", None, compared=True)

    # Terminals

    def command(self, command: Command) -> Iterator[Mutant]:
        """A command and the output below it."""
        typed = command.text.split("\n")
        alone = len(self.block.commands) == 1 and not command.expected
        dropped = self.changed(command.line, "dropped", None, count=len(typed))
        yield self.without_block(dropped) if alone else dropped
        for offset, line in enumerate(typed):
            prompt = self.source[command.line + offset - 1].removeprefix(self.block.indent)[:2]
            for kind, after in words(line):
                yield self.changed(command.line + offset, kind, prompt + after)
        yield from self.shown(command.expected_line, command.expected)

    def without_block(self, mutant: Mutant) -> Mutant:
        """The mutant that drops the whole block, as nothing would be left in it."""
        fence = self.source[self.block.line - 1].removeprefix(self.block.indent)
        mark = fence[: len(fence) - len(fence.lstrip("`~:"))]
        last = next(
            number
            for number in range(self.block.content_line, len(self.source) + 1)
            if self.source[number - 1].removeprefix(self.block.indent).rstrip() == mark
        )
        count = last - self.block.line + 1
        return Mutant(mutant.line, mutant.kind, mutant.before, None, self.block, self.block.line, count, ())

    def shown(self, first: int, lines: Sequence[str]) -> Iterator[Mutant]:
        """Lines that the page expects."""
        for number, line in enumerate(lines, start=first):
            yield self.changed(number, "expected dropped", None, compared=True)
            yield from self.expected(number, line)

    def expected(self, number: int, line: str) -> Iterator[Mutant]:
        """Changes within a line that the page expects."""
        literal = WILDCARD.sub(lambda match: " " * len(match[0]), line)
        word = WORD.search(literal)
        if word:
            yield self.changed(number, "expected", f"{line[: word.end()]}x{line[word.end() :]}", compared=True)
        for match in WILDCARD.finditer(line):
            for place in match.span():
                after = f"{line[:place]}x{line[place:]}"
                yield self.changed(number, "beside a wildcard", after, compared=True)

    # Files, snippets, sessions

    def content(self) -> Iterator[Mutant]:
        """Each line of a file, a snippet or a session."""
        lines = self.block.content.removesuffix("\n").split("\n")
        python = self.block.kind != "file" or self.block.path.endswith(".py")
        code = [bare(line) for line in lines] if self.block.kind == "pycon" else lines
        ends = ends_of_code(code) if python else [0 if line.lstrip().startswith("#") else len(line) for line in code]
        for index, (line, end) in enumerate(zip(lines, ends, strict=True)):
            number = self.block.content_line + index
            prompt = 4 if self.block.kind == "pycon" and is_input(line) else 0
            if is_output(self.block, line):
                yield self.changed(number, "expected dropped", None, compared=True)
                yield from self.expected(number, line)
            elif code[index][:end].strip():
                yield self.changed(number, "dropped", None)
                for kind, after in identifiers(code[index][:end]) if python else words(line):
                    yield self.changed(number, kind, line[:prompt] + after + code[index][end:])


def claim(part: Claim, source: Sequence[str]) -> Iterator[Mutant]:
    """The measured value is another."""
    line = source[part.line - 1]
    role = f"{{measured}}`{part.value} <{part.key}>`"
    value = f"{part.value}1"
    if role in line:
        after = line.replace(role, f"{{measured}}`{value} <{part.key}>`", 1)
        yield Mutant(part.line, "claim", line, after, part, part.line, 1, (after,), compared=True, value=value)


def is_input(line: str) -> bool:
    """Whether a line of a session is typed."""
    return line == "..." or line.startswith((">>>", "... "))


def is_output(block: Block, line: str) -> bool:
    """Whether a line of a snippet or session shows what was printed."""
    if block.kind == "pycon":
        return bool(line) and not is_input(line)
    return block.kind == "python" and line.lstrip().startswith("#>")


def bare(line: str) -> str:
    """A line of a session without its prompt; output is blank, as it is no program."""
    return line[4:] if is_input(line) else ""


def words(line: str) -> Iterator[tuple[str, str]]:
    """A line of a command or of a file, changed in one place: the kind of each change, and the line."""
    for match in TOKEN.finditer(line):
        kind = str(match.lastgroup)
        start, end = match.span()
        if kind == "flag":
            yield from without(line, start, end)
        elif kind == "number" and line[:start].endswith(":"):
            kind = "port"
        elif kind == "identifier" and "/" in re.split(r"\s", line[:start])[-1] + re.split(r"\s", line[end:])[0]:
            kind = "path"
        yield kind, line[:start] + other(match[0]) + line[end:]
    for match in re.finditer(r"/(?=[\s'\"]|$)", line):
        yield "path", f"{line[: match.end()]}x{line[match.end() :]}"


def without(line: str, start: int, end: int) -> Iterator[tuple[str, str]]:
    """The line without the flag that stands there, and without its value where the next word may be one."""
    rest = line[end:]
    following = re.match(r"\s+(?![-\\|&;<>])('[^']*'|\"[^\"]*\"|\S+)", rest)
    value = re.match(r"=('[^']*'|\"[^\"]*\"|\S+)", rest)
    if value:
        rest = rest[value.end() :]
    yield "flag dropped", (line[:start].rstrip() + rest) if line[:start].strip() else rest.lstrip()
    if following:
        yield "flag dropped", line[:start].rstrip() + rest[following.end() :]


def identifiers(code: str) -> Iterator[tuple[str, str]]:
    """A line of Python, changed in one place."""
    for match in PYTHON_TOKEN.finditer(code):
        if not keyword.iskeyword(match[0]):
            start, end = match.span()
            yield str(match.lastgroup), code[:start] + other(match[0]) + code[end:]


def other(text: str) -> str:
    """Another word, flag or number: the last part of a number is one more."""
    head, dot, last = text.rpartition(".")
    return f"{head}{dot}{int(last) + 1}" if last.isdigit() else f"{text}x"


def ends_of_code(lines: Sequence[str]) -> list[int]:
    """For each line of a program: where it ends, or its comment begins; 0 in docstrings."""
    ends = [len(line) for line in lines]
    text = "\n".join(lines) + "\n"
    try:
        tree = ast.parse(text)
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (SyntaxError, tokenize.TokenError):
        return ends
    for token in tokens:
        if token.type == tokenize.COMMENT:
            row, column = token.start
            ends[row - 1] = column
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            docstring = node.body[0]
            for row in range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1):
                ends[row - 1] = 0
    return ends
