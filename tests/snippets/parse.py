"""A Markdown file → a page, through MyST's own parser.

The parser is the one that builds the site, so a block that the site would show is a block that is found: in tabs,
lists, admonitions and ``:::`` fences, however many backticks it has. Directive bodies are parsed again from their own
text, as MyST does, and line numbers are carried down.

``create_md_parser`` is semi-internal: MyST is pinned, and ``tests/test_parse.py`` holds what is relied on.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, NamedTuple

import yaml
from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from .page import EDITIONS, Block, Claim, Command, Edition, Heading, Page, PageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from markdown_it.token import Token

MYST_EXTENSIONS = frozenset({"colon_fence", "deflist", "fieldlist"})
"""Those of ``conf.py``; a test holds them equal."""

OPTIONS = {
    "file": {"norun"},
    "terminal": {"exit", "limit", "measure", "name", "norun", "ready", "signal", "stop", "unordered"},
}
# As MyST reads the info string of a fence that is a directive.
DIRECTIVE = re.compile(r"\{(?P<name>[^\s}]+)\}\s*(?P<argument>.*)")
CLAIM = re.compile(r"(?P<value>.+?)\s*<(?P<key>[\w.-]+)>", re.DOTALL)
HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")


class Body(NamedTuple):
    """The inside of a directive: its options, then its content and the offset of that from the opening fence."""

    options: dict[str, str]
    content: str
    offset: int


def parse(path: Path, key: str) -> Page:
    """Read a page. Raises PageError, with file and line, for what cannot be executed as it is written."""
    source = path.read_bytes()
    text = source.decode("utf-8").replace("\r\n", "\n")
    parser = Parser(path, text)
    parts = tuple(parser.parts(text, first_line=1, edition=None))
    return Page(path, key, hashlib.sha256(source).hexdigest(), parts, checkout=bool(parser.front_matter.get("checkout")))


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
            elif token.type == "heading_open" and token.level == 0:
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
                    raise self.error(line, f"{{measured}}`{child.content}` - write the value, then its key: `143 <key>`")
                yield Claim(line, match["value"], match["key"], edition)

    def fence(self, token: Token, line: int, edition: Edition | None) -> Iterator[Block | Heading | Claim]:
        """A fence: an executable block, or a directive whose inside is walked in its turn."""
        directive = DIRECTIVE.fullmatch(token.info.strip())
        if directive is None:
            if token.info.strip() not in ("python", "pycon"):
                shown = token.info.strip() or "no language"
                raise self.error(line, f"a fence of '{shown}' is never run - use {{file}}, {{terminal}}, python or pycon")
            yield self.block(token, line, edition, Body({}, token.content, 0))
            return
        name = directive["name"]
        body = self.body(token, line)
        if name in OPTIONS:
            yield self.block(token, line, edition, body, name, directive["argument"].strip())
            return
        if name in ("code-block", "code", "sourcecode", "literalinclude", "parsed-literal", "prompt"):
            raise self.error(line, f"{{{name}}} is never run - use {{file}}, {{terminal}}, python or pycon")
        if name == "tab-item" and "sync" in body.options:
            edition = self.edition(body.options["sync"], line)
        yield from self.parts(body.content, first_line=line + 1 + body.offset, edition=edition)

    def edition(self, sync: str, line: int) -> Edition | None:
        """The edition that a tab stands for."""
        for edition in EDITIONS:
            if sync == edition:
                return edition
        raise self.error(line, f":sync: {sync} - tabs are editions here: {', '.join(EDITIONS)}")

    def body(self, token: Token, line: int) -> Body:
        """The options, content and offset of a directive, by MyST's rule: leading ``:key: value`` lines, then a blank."""
        rest = token.content.split("\n")
        options: dict[str, str] = {}
        while rest and rest[0].lstrip().startswith(":") and not rest[0].lstrip().startswith(":::"):
            name, separator, value = rest[0].strip()[1:].partition(":")
            if not separator:
                raise self.error(line + 1 + len(options), f"'{rest[0]}' is read as an option - put a blank line before it")
            options[name] = value.strip()
            del rest[0]
        offset = len(options)
        if rest and not rest[0].strip():
            del rest[0]
            offset += 1
        return Body(options, "\n".join(rest), offset)

    def block(
        self, token: Token, line: int, edition: Edition | None, body: Body, name: str = "", argument: str = ""
    ) -> Block:
        """An executable block, its commands read."""
        kind = name or token.info.strip()
        assert kind in ("file", "terminal", "python", "pycon")
        content_line = line + 1 + body.offset
        self.check_options(kind, line, body, argument)
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
        source = self.lines[content_line - 1]
        return Block(
            kind=kind,  # type: ignore[arg-type]  # asserted above to be one of the four
            line=line,
            content_line=content_line,
            content=content,
            indent=source[: len(source) - len(lines[0])] if source.endswith(lines[0]) else "",
            edition=edition,
            path=argument,
            options=body.options,
            commands=commands,
            shown=shown,
        )

    def check_options(self, kind: str, line: int, body: Body, argument: str) -> None:
        """Refuse what would be ignored, and options that contradict each other."""
        for option in body.options:
            if option not in OPTIONS.get(kind, ()):
                raise self.error(line, f"unknown option :{option}: of {{{kind}}}")
        if kind in OPTIONS and body.content.strip() and body.offset == len(body.options):
            raise self.error(line, f"{{{kind}}} needs a blank line before its content, or its content may be read as options")
        if kind == "file" and (not argument or argument.startswith("/") or ".." in argument.split("/")):
            raise self.error(line, f"{{file}} {argument} - give a path below the current folder")
        if "norun" in body.options and not body.options["norun"]:
            raise self.error(line, ":norun: needs its reason, which is printed to the reader")
        if "name" in body.options and "stop" in body.options:
            raise self.error(line, ":name: and :stop: contradict each other")
        for option, needs in (("ready", "name"), ("signal", "stop")):
            if option in body.options and needs not in body.options:
                raise self.error(line, f":{option}: without :{needs}:")
        for option in ("exit", "limit"):
            if not body.options.get(option, "0").isdigit():
                raise self.error(line, f":{option}: {body.options[option]} - give a number")

    def terminal(
        self, lines: list[str], first_line: int, options: dict[str, str]
    ) -> tuple[tuple[Command, ...], tuple[str, ...]]:
        """The commands of a terminal block, or the lines it shows where it has none."""
        commands: list[Command] = []
        index = 0
        if not lines[0].startswith("$ "):
            if "name" not in options and "stop" not in options:
                raise self.error(first_line, "a terminal begins with a command: '$ ' and what to type")
            if any(line.startswith("$ ") for line in lines):
                raise self.error(first_line, "output before the first command")
            return (), tuple(lines)
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
            commands.append(
                Command(first_line + start, "\n".join(typed), tuple(lines[output:index]), first_line + output)
            )
        if "name" in options and len(commands) != 1:
            raise self.error(first_line, "a named terminal is started by one command")
        if "name" in options and "ready" not in options:
            raise self.error(first_line, "a terminal left running needs :ready:, the port or socket it will listen on")
        if "stop" in options:
            raise self.error(first_line, ":stop: shows what the terminal printed; it takes no command")
        return tuple(commands), ()


def is_open(command: str) -> bool:
    """Whether a shell would ask for another line: after a backslash, or inside a here-document."""
    lines = command.split("\n")
    heredoc = HEREDOC.search(lines[0])
    if heredoc is not None:
        return heredoc[2] not in [line.strip() for line in lines[1:]]
    return lines[-1].endswith("\\")
