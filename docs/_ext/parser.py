"""MyST's parser of Markdown, made once in a build instead of twice for each message of a catalogue.

Sphinx parses a message with a parser of its own to see whether it is a title, and then again. MyST's takes longer to
make than to use: its rules, its renderer, and docutils' settings for a document that it throws away.
"""

from __future__ import annotations

from copy import copy
from functools import cache
from typing import TYPE_CHECKING, ClassVar

from docutils.frontend import get_default_settings
from myst_parser.mdit_to_docutils import base
from myst_parser.mdit_to_docutils.sphinx_ import SphinxRenderer
from myst_parser.parsers.mdit import create_md_parser
from myst_parser.parsers.sphinx_ import MystParser

if TYPE_CHECKING:
    from docutils.frontend import Values
    from docutils.nodes import Node, document
    from markdown_it import MarkdownIt
    from myst_parser.config.main import MdParserConfig
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

# What Sphinx appends to the source of a message.
MESSAGE = ":<translated>"
_defaults = cache(get_default_settings)


class Parser(MystParser):
    """Parses as MyST does, and keeps its tools."""

    _kept: ClassVar[tuple[MdParserConfig, MarkdownIt] | None] = None
    _again: ClassVar[dict[tuple[str, str], list[Node]]] = {}

    def parse(self, inputstring: str, document: document) -> None:
        """Parse a page, or a message, into the document."""
        # The source of a message is a line of its page.
        asked = document["source"], inputstring
        if not asked[0].endswith(MESSAGE):
            self._again.clear()
        if found := self._again.pop(asked, None):
            document += found
            return
        self._parse(inputstring, document)
        if asked[0].endswith(MESSAGE):
            self._again[asked] = [node.deepcopy() for node in document.children]

    def _parse(self, text: str, document: document) -> None:
        config = document.settings.env.myst_config
        if text.startswith("---"):
            # Front matter: a page with settings of its own.
            super().parse(text, document)
            return
        if Parser._kept is None or Parser._kept[0] is not config:
            Parser._kept = config, create_md_parser(config, SphinxRenderer)
        markdown = Parser._kept[1]
        markdown.options["document"] = document
        markdown.render(text)


def _settings(*components: type) -> Values:
    """Return docutils' default settings, which it collects from the definitions of some hundred options."""
    return copy(_defaults(*components))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Parse every page and every message with this parser."""
    # For the document that is the default of a look-up, which MyST makes though it never needs it.
    vars(base)["get_default_settings"] = _settings
    app.add_source_parser(Parser, override=True)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
