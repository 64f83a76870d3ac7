"""A Markdown file → a page, through MyST's own parser.

The parser is the one that builds the site, so a block that the site would show is a block that is found: in tabs,
lists, admonitions and ``:::`` fences, however many backticks it has. Directive bodies are parsed again from their own
text, as MyST does, and line numbers are carried down.

``create_md_parser`` is semi-internal: MyST is pinned, and ``tests/test_parse.py`` holds what is relied on.
"""

from __future__ import annotations

import doctest
import hashlib
import re
from typing import TYPE_CHECKING, NamedTuple

import yaml
from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from .page import EDITIONS, Block, Claim, Command, Edition, Heading, Page, PageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from markdown_it.token import Token

MYST_EXTENSIONS = frozenset({"attrs_inline", "colon_fence", "deflist", "fieldlist"})
"""Those of ``conf.py``; a test holds them equal."""

CURE = "use {file}, {terminal}, python or pycon"
OPTIONS = {
    "file": {"norun"},
    "terminal": {"exit", "limit", "measure", "name", "norun", "ready", "signal", "stop", "unordered"},
}
# As MyST reads the info string of a fence that is a directive.
DIRECTIVE = re.compile(r"\{(?P<name>[^\s}]+)\}\s*(?P<argument>.*)")
CLAIM = re.compile(r"(?P<value>.+?)\s*<(?P<key>[\w.-]+)>", re.DOTALL)
HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")


class Body(NamedTuple):
    """A directive: name, argument, options, then its content and the offset of that from the opening fence."""

    name: str
    argument: str
    options: dict[str, str]
    content: str
    offset: int


def parse(path: Path, key: str) -> Page:
    """Read a page. Raises PageError, with file and line, for what cannot be executed as it is written."""
    source = path.read_bytes()
    text = source.decode("utf-8").replace("\r\n", "\n")
    parser = Parser(path, text)
    parts = tuple(parser.parts(text, first_line=1, edition=None))
    checkout = bool(parser.front_matter.get("checkout"))
    return Page(path, key, hashlib.sha256(source).hexdigest(), parts, checkout=checkout)


class Parser:
    """The walk over one page; knows the file for its errors."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.lines = text.split("\n")
        self.front_matter: dict[str, object] = {}
        self.markdown = create_md_parser(MdParserConfig(enable_extensions=set(MYST_EXTENSIONS)), RendererHTML)

    def error(self, line: int, problem: str) -> PageError:
        """A PageError at a line of this page."""
        return PageError(self.path, line, problem)

    def parts(self, text: str, *, first_line: int, edition: Edition | None) -> Iterator[Block | Heading | Claim]:
        """Everything executable in a text whose first line is line ``first_line`` of the page."""
        for token in self.markdown.parse(text):
            line = first_line + token.map[0] if token.map else first_line
            if token.type == "front_matter":
                self.front_matter = yaml.safe_load(token.content) or {}
            elif token.type == "heading_open" and token.level == 0 and first_line == 1:
                yield Heading(line, int(token.tag[1:]))
            elif token.type == "inline":
                yield from self.claims(token, line, edition)
            elif token.type in ("fence", "colon_fence"):
                yield from self.fence(token, line, edition)
            elif token.type == "code_block":
                raise self.error(line, "an indented code block is never run - use a {file}, {terminal} or python fence")

    def claims(self, token: Token, line: int, edition: Edition | None) -> Iterator[Claim]:
        """The ``measured`` roles of a paragraph, each with its own line."""
        for child in token.children or ():
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            elif child.type == "myst_role" and child.meta["name"] == "measured":
                match = CLAIM.fullmatch(child.content)
                if match is None:
                    shown = f"{{measured}}`{child.content}`"
                    raise self.error(line, f"{shown} - write the value, then its key: `143 <key>`")
                yield Claim(line, match["value"], match["key"], edition)

    def fence(self, token: Token, line: int, edition: Edition | None) -> Iterator[Block | Heading | Claim]:
        """A fence: an executable block, or a directive whose inside is walked in its turn."""
        directive = DIRECTIVE.fullmatch(token.info.strip())
        if directive is None:
            if token.info.strip() not in ("python", "pycon"):
                shown = token.info.strip() or "no language"
                raise self.error(line, f"a fence of '{shown}' is never run - {CURE}")
            yield self.block(token, line, edition, Body(token.info.strip(), "", {}, token.content, 0))
            return
        body = self.body(token, line, directive["name"], directive["argument"].strip())
        name = body.name
        if name in OPTIONS:
            yield self.block(token, line, edition, body)
            return
        if name in ("code-block", "code", "sourcecode", "literalinclude", "parsed-literal", "prompt"):
            raise self.error(line, f"{{{name}}} is never run - {CURE}")
        if "{measured}" in body.argument:
            raise self.error(line, "a {measured} claim in a title is not checked - write it into the text")
        if name == "tab-item" and "sync" in body.options:
            edition = self.edition(body.options["sync"], line)
        yield from self.parts(body.content, first_line=line + 1 + body.offset, edition=edition)

    def edition(self, sync: str, line: int) -> Edition | None:
        """The edition that a tab stands for."""
        for edition in EDITIONS:
            if sync == edition:
                return edition
        raise self.error(line, f":sync: {sync} - tabs are editions here: {', '.join(EDITIONS)}")

    def body(self, token: Token, line: int, directive: str, argument: str) -> Body:
        """What a directive holds, by MyST's rule: leading ``:key: value`` lines are options, then comes a blank one."""
        rest = token.content.split("\n")
        options: dict[str, str] = {}
        while rest and rest[0].lstrip().startswith(":") and not rest[0].lstrip().startswith(":::"):
            name, separator, value = rest[0].strip()[1:].partition(":")
            if not separator:
                problem = f"'{rest[0]}' is read as an option - put a blank line before it"
                raise self.error(line + 1 + len(options), problem)
            options[name] = value.strip()
            del rest[0]
        offset = len(options)
        if rest and not rest[0].strip():
            del rest[0]
            offset += 1
        return Body(directive, argument, options, "\n".join(rest), offset)

    def block(self, token: Token, line: int, edition: Edition | None, body: Body) -> Block:
        """An executable block, its commands read."""
        kind = body.name
        assert kind in ("file", "terminal", "python", "pycon")
        content_line = line + 1 + body.offset
        self.check(line, body)
        content = body.content.rstrip("\n") + "\n"
        if not content.strip():
            if "stop" not in body.options:
                raise self.error(line, f"a {kind} block without content")
            # A terminal that ends without a word: nothing is shown but how it ended.
            return Block("terminal", line, content_line, "", edition=edition, options=body.options)
        lines = content.removesuffix("\n").split("\n")
        commands: tuple[Command, ...] = ()
        shown: tuple[str, ...] = ()
        if kind == "terminal":
            commands, shown = self.terminal(lines, content_line, body.options)
        elif kind == "pycon":
            self.session(content, content_line)
        source = self.lines[content_line - 1]
        return Block(
            kind=kind,  # type: ignore[arg-type]  # asserted above to be one of the four
            line=line,
            content_line=content_line,
            content=content,
            indent=source[: len(source) - len(lines[0])] if source.endswith(lines[0]) else "",
            edition=edition,
            path=body.argument,
            options=body.options,
            commands=commands,
            shown=shown,
        )

    def check(self, line: int, body: Body) -> None:
        """Refuse what would be ignored, and options that contradict each other."""
        for problem in (*problems(body), *wrong_options(body.name, body.options)):
            raise self.error(line, problem)

    def terminal(
        self, lines: list[str], first_line: int, options: dict[str, str]
    ) -> tuple[tuple[Command, ...], tuple[str, ...]]:
        """The commands of a terminal block, or the lines it shows where it has none."""
        if not lines[0].startswith("$ "):
            if "name" not in options and "stop" not in options:
                raise self.error(first_line, "a terminal begins with a command: '$ ' and what to type")
            if any(line.startswith("$ ") for line in lines):
                raise self.error(first_line, "output before the first command")
            return (), tuple(lines)
        if "stop" in options:
            raise self.error(first_line, ":stop: shows what the terminal printed; it takes no command")
        commands = tuple(self.commands(lines, first_line))
        if "name" in options and len(commands) != 1:
            raise self.error(first_line, "a named terminal is started by one command")
        if "name" in options and "ready" not in options:
            raise self.error(first_line, "a terminal left running needs :ready:, the port or socket it will listen on")
        return commands, ()

    def commands(self, lines: list[str], first_line: int) -> Iterator[Command]:
        """Each command, and the output below it."""
        index = 0
        while index < len(lines):
            start = index
            typed = [lines[index][2:]]
            index += 1
            while index < len(lines) and is_open("\n".join(typed)) and lines[index].startswith(">"):
                typed.append(lines[index][2:])
                index += 1
            if is_open("\n".join(typed)):
                raise self.error(first_line + start, "the command is not finished - its next line begins with '> '")
            output = index
            while index < len(lines) and not lines[index].startswith("$ "):
                index += 1
            yield Command(first_line + start, "\n".join(typed), tuple(lines[output:index]), first_line + output)

    def session(self, content: str, first_line: int) -> None:
        """Refuse a doctest session that says less than it seems to."""
        try:
            examples = doctest.DocTestParser().get_examples(content)
        except ValueError as error:
            number = re.search(r"\bline (\d+)", str(error))
            line = first_line + int(number[1]) - 1 if number else first_line
            raise self.error(line, f"no doctest session: {error}") from None
        compared: set[int] = set()
        for example in examples:
            if example.options:
                raise self.error(
                    first_line + example.lineno, "an option of doctest hides what differs - show what comes"
                )
            length = example.source.count("\n") + example.want.count("\n")
            compared.update(range(example.lineno, example.lineno + length))
        for index, text in enumerate(content.splitlines()):
            if index not in compared and text.strip() and not text.startswith(">>>"):
                raise self.error(first_line + index, f"'{text}' belongs to no example - nothing would compare it")


def problems(body: Body) -> Iterator[str]:
    """What is wrong with a block as a whole."""
    if body.name in OPTIONS and body.content.strip() and body.offset == len(body.options):
        yield f"{{{body.name}}} needs a blank line before its content, or its content may be read as options"
    path = body.argument
    if body.name == "file" and (not path or path.startswith("/") or ".." in path.split("/")):
        yield f"{{file}} {path} - give a path below the current folder"


def wrong_options(kind: str, options: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with the options of a block."""
    for option in options:
        if option not in OPTIONS.get(kind, ()):
            yield f"unknown option :{option}: of {{{kind}}}"
    if not options.get("norun", "a reason"):
        yield ":norun: needs its reason, which is printed to the reader"
    if "name" in options and "stop" in options:
        yield ":name: and :stop: contradict each other"
    for option, needs in (("ready", "name"), ("signal", "stop")):
        if option in options and needs not in options:
            yield f":{option}: without :{needs}:"
    for option in ("exit", "limit"):
        if not options.get(option, "0").isdigit():
            yield f":{option}: {options[option]} - give a number"


def is_open(command: str) -> bool:
    """Whether a shell would ask for another line: after a backslash, or inside a here-document."""
    lines = command.split("\n")
    heredoc = HEREDOC.search(lines[0])
    if heredoc is not None:
        return heredoc[2] not in [line.strip() for line in lines[1:]]
    return lines[-1].endswith("\\")
