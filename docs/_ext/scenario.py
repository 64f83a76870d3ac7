"""A page as a scenario: `{file}`, `{terminal}`, plain `python` and `pycon` fences, `{measured}` claims.

The build reads them, checks their form and shows them; it never runs anything. A fence of any other kind is an error:
the guide prints no code that could not have run.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from pygments.lexers import find_lexer_class_for_filename
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from _ext import options, terminal
from _ext.figure import Block, Measured, depart_block, depart_measured, visit_block, visit_measured

if TYPE_CHECKING:
    from docutils.nodes import Element, Node, system_message
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata

LOGGER = logging.getLogger(__name__)
# Pygments knows most files by name; these it does not.
LEXERS = {".env": "bash", ".service": "systemd", ".socket": "systemd", "nginx.conf": "nginx"}


@cache
def lexer_for(path: str) -> str:
    """Return the Pygments lexer for a file, `text` when there is none."""
    file = PurePosixPath(path)
    for ending in (file.name, file.suffix):
        if ending in LEXERS:
            return LEXERS[ending]
    found = find_lexer_class_for_filename(file.name)
    return found.aliases[0] if found and found.aliases else "text"


def block(kind: str, content: str, *, lexer: str, copy: str | None) -> Block:
    """Return the node of a block: what stands between the fences, and what is known about it."""
    digest = hashlib.sha256(content.encode()).hexdigest()
    found = Block(kind=kind, sha256=digest, copy=copy, options={}, path="", edition="")
    if content:
        # A template or a log may not be valid in its language; that is for the run to find out.
        found += nodes.literal_block(content, content, language=lexer, force=True)
    return found


class _BlockDirective(SphinxDirective):
    """What `{file}` and `{terminal}` share. Declares no options to MyST: see _ext.options."""

    has_content = True
    option_spec: ClassVar = None
    allowed: ClassVar[dict[str, options.Option]]

    def run(self) -> list[Node]:
        """Return the block; nothing, after an error with page and line, when it is not well formed."""
        body = self.block_text.partition("\n")[2].removesuffix("\n").rpartition("\n")[0]
        try:
            parsed = options.parse(f"{body}\n", self.allowed)
        except options.OptionError as error:
            # A directive error would be placed at the fence; this one is at the option.
            LOGGER.error("{%s}: %s", self.name, error, location=(self.env.docname, self.lineno + error.line))  # noqa: TRY400  # the message is for a writer
            return []
        found = self.make(parsed.content)
        found["options"] = parsed.options
        for node in (found, *found.children):
            self.set_source_info(node)
        if "norun" in parsed.options:
            text = parsed.options["norun"]
            # The only prose of a block, so the only part of it that gettext extracts: as it was written.
            reason = nodes.paragraph(text, "", *self.parse_inline(text)[0], classes=["block-norun"])
            self.set_source_info(reason)
            found += reason
        return [found]

    def make(self, content: str) -> Block:
        """Return the block of this kind."""
        raise NotImplementedError


class FileDirective(_BlockDirective):
    """A file that the reader writes: its path is a heading, never a caption (those are translated)."""

    required_arguments = 1
    final_argument_whitespace = True
    allowed = options.FILE

    def make(self, content: str) -> Block:
        """Return a file."""
        path = self.arguments[0]
        found = block("file", content, lexer=lexer_for(path), copy=content.removesuffix("\n"))
        found["path"] = path
        return found


class TerminalDirective(_BlockDirective):
    """A terminal: what is typed, and what it answers."""

    optional_arguments = 1
    final_argument_whitespace = True
    allowed = options.TERMINAL

    def make(self, content: str) -> Block:
        """Return a terminal; raises a directive error for text behind the directive's name."""
        if self.arguments:
            raise self.error(f"{{terminal}} takes no argument, and has {self.arguments[0]!r}")
        return block("terminal", content, lexer="terminal", copy=terminal.copy_terminal(content))


class MeasuredRole(SphinxRole):
    """`` {measured}`143 <stop.exit>` ``: a value that the page's run must have measured."""

    def run(self) -> tuple[list[Node], list[system_message]]:
        """Return the value, marked; an error when there is no key in angle brackets."""
        value, _, key = self.text.removesuffix(">").rpartition(" <")
        if not value or not self.text.endswith(">") or not options.is_measurement(key):
            message = self.inliner.reporter.error(
                f"{{measured}}`{self.text}`: write the value, then its key, as in `143 <stop.exit>`", line=self.lineno
            )
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        return [Measured(self.rawtext, value, key=key)], []


class Scenario(SphinxTransform):
    """Gives plain fences the same shape, numbers the blocks, finds their edition, keeps tab labels out of gettext."""

    # Before MyST's and Sphinx's own, and before Locale (20): translations never see any of this.
    default_priority = 5

    def apply(self, **kwargs: Any) -> None:
        """Change the page in place."""
        for literal in list(self.document.findall(nodes.literal_block)):
            # A directive that failed has said why; its text stands in that message.
            if not isinstance(literal.parent, Block | nodes.system_message):
                self._wrap(literal)
        for number, found in enumerate(self.document.findall(Block), start=1):
            found["edition"] = _edition(found)
            found["ids"] = [f"block-{number}"]
        for item in self.document.findall(_is_tab_item):
            for label in item.findall(nodes.rubric):
                label["translatable"] = False

    def _wrap(self, literal: nodes.literal_block) -> None:
        # Only a directive such as code-block leaves "force" on its node, and the engine runs no such directive.
        kind = "code-block" if "force" in literal else str(literal.get("language", "none"))
        content = literal.astext().rstrip("\n") + "\n"
        if kind == "python":
            copy: str | None = content.removesuffix("\n")
        elif kind == "pycon":
            copy = terminal.copy_session(content)
        else:
            LOGGER.error(
                "a fence of kind %r can't be run: use {file}, {terminal}, python or pycon", kind, location=literal
            )
            return
        found = block(kind, content, lexer=kind, copy=copy)
        for node in (found, *found.children):
            node.source, node.line = literal.source, literal.line
        literal.replace_self(found)


def _is_tab_item(node: Node) -> bool:
    return isinstance(node, nodes.container) and node.get("design_component") == "tab-item"


def _edition(node: Element) -> str:
    """Return the edition whose tab holds this block; an empty string outside of the framework's tabs."""
    parent: Element | None = node.parent
    while parent is not None:
        if _is_tab_item(parent):
            label = parent[0]
            assert isinstance(label, nodes.Element)
            if label.get("sync_group") == "framework":
                return str(label["sync_id"])
        parent = parent.parent
    return ""


def _digest(app: Sphinx, config: Config) -> None:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    config.scenario_digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directives, the role and how HTML shows them."""
    # A changed extension reads every page again: Sphinx itself only looks at conf.py.
    app.add_config_value("scenario_digest", "", "env", types=(str,))
    app.connect("config-inited", _digest)
    app.add_lexer("terminal", terminal.TerminalLexer)
    app.add_directive("file", FileDirective)
    app.add_directive("terminal", TerminalDirective)
    app.add_role("measured", MeasuredRole())
    app.add_node(Block, html=(visit_block, depart_block))
    app.add_node(Measured, html=(visit_measured, depart_measured))
    app.add_transform(Scenario)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
