"""Each page as Markdown at its address with `.md`: for programs that read, and for people who would rather.

It is written from the resolved page, so it is translated, its links lead somewhere, and no directive is left in it.
Plain CommonMark with GFM's tables; a tab-set becomes a list, because a list also says where its last part ends.
Whatever this module has no form for is a warning, with which the site's builds end: nothing is left out in silence.
"""

from __future__ import annotations

import re
from functools import singledispatchmethod
from html import unescape
from pathlib import Path
from posixpath import relpath
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urljoin, urlsplit

from docutils import nodes
from sphinx import addnodes
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.locale import admonitionlabels
from sphinx.util import logging
from sphinx_design.tabs import sd_tab_label

from _ext import figure, interface
from _ext.figure import Block
from _ext.picture import Picture, texts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from docutils.nodes import Element, Node
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

LOGGER = logging.getLogger(__name__)
# What would be markup anywhere in a line, and at its start.
MARKUP = re.compile(r"[\\`*\[\]<]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)")
LINE_START = re.compile(r"^(?P<indent>\s*)(?:(?P<number>\d{1,9})(?=[.)](?:\s|$))|(?=[#>=~|]|[-+](?:\s|[-+]|$)))")
TICKS = re.compile("`+")


def path(page: str) -> str:
    """Return where the Markdown of a page stands, seen from the start of its language."""
    return f"{page}.md"


def code(text: str) -> str:
    """Return a code span whose content is this text."""
    text = " ".join(text.split("\n"))
    ticks = "`" * next(size for size in range(1, len(text) + 2) if size not in set(map(len, TICKS.findall(text))))
    # One space at both ends is taken off again.
    room = " " if "`" in text[:1] + text[-1:] or (text.strip() and text[0] == text[-1] == " ") else ""
    return f"{ticks}{room}{text}{room}{ticks}"


def fence(text: str, language: str) -> str:
    """Return a fenced code block whose content is this text."""
    ticks = "`" * max(3, 1 + max(map(len, TICKS.findall(text)), default=0))
    body = text if text.endswith("\n") else f"{text}\n"
    return f"{ticks}{language}\n{body}{ticks}"


def escape(text: str) -> str:
    """Return prose in which no character is markup."""
    return MARKUP.sub(r"\\\g<0>", text)


def _escape_starts(text: str) -> str:
    """Return a paragraph of which no line looks like a heading, a list, a quotation or a rule."""
    # A dot or parenthesis behind a number is what makes a list of it.
    return "\n".join(
        LINE_START.sub(lambda match: f"{match[0]}\\", line) if not line.lstrip().startswith("`") else line
        for line in text.split("\n")
    )


def indented(text: str, first: str) -> str:
    """Return blocks that belong to a list item which starts with `first`."""
    rest = " " * len(first)
    lines = text.split("\n")
    return "\n".join([f"{first}{lines[0]}", *(f"{rest}{line}" if line else "" for line in lines[1:])])


class Writer:
    """Writes one page."""

    def __init__(self, builder: StandaloneHTMLBuilder, page: str) -> None:
        self.builder = builder
        self.page = page
        self.translate = interface.words(builder.config).gettext
        self.level = 0
        self.addresses = {builder.get_target_uri(name): name for name in builder.env.found_docs}

    def blocks(self, found: Iterable[Node]) -> str:
        """Return block elements, one blank line between them."""
        return "\n\n".join(text for node in found if (text := self.block(node)))

    @singledispatchmethod
    def block(self, node: Node) -> str:
        """Return a block element; an empty text for one that a reader does not see."""
        LOGGER.warning("Markdown has no form for %s here", type(node).__name__, location=node)
        return ""

    @block.register(nodes.comment)
    @block.register(nodes.target)
    @block.register(nodes.system_message)
    @block.register(addnodes.index)
    def _nothing(self, node: Node) -> str:
        return ""

    @block.register(nodes.document)
    @block.register(nodes.definition_list)
    @block.register(nodes.definition_list_item)
    @block.register(nodes.definition)
    @block.register(addnodes.desc_content)
    def _parts(self, node: Element) -> str:
        return self.blocks(node.children)

    @block.register(nodes.section)
    def _section(self, node: Element) -> str:
        self.level += 1
        text = self.blocks(node.children)
        self.level -= 1
        return text

    @block.register(nodes.title)
    def _heading(self, node: Element) -> str:
        return f"{'#' * self.level} {self.inlines(node)}"

    @block.register(nodes.paragraph)
    @block.register(nodes.term)
    def _paragraph(self, node: Element) -> str:
        return _escape_starts(self.inlines(node))

    @block.register(nodes.rubric)
    def _rubric(self, node: Element) -> str:
        return f"**{self.inlines(node)}**"

    @block.register(nodes.block_quote)
    def _quotation(self, node: Element) -> str:
        return _quoted(self.blocks(node.children))

    @block.register(Picture)
    def _picture(self, node: Picture) -> str:
        # A drawing in words: its title, and what its desc tells those who do not see it.
        return "\n\n".join(f"**{escape(said[0])}**\n\n{_escape_starts(escape(said[1]))}" for _, said in texts(node))

    @block.register(nodes.transition)
    def _rule(self, node: Element) -> str:
        return "---"

    @block.register(Block)
    def _code(self, node: Block) -> str:
        _ = self.translate
        options, kind = node["options"], node["kind"]
        parts = []
        if kind == "file":
            parts.append(f"{code(node['path'])}:")
        elif options.keys() & {"name", "stop"}:
            parts.append(f"**{escape(unescape(figure.title(node, _)))}**")
        for child in node.children:
            if isinstance(child, nodes.literal_block):
                language = {"terminal": "console", "pycon": "pycon"}.get(kind, child["language"])
                parts.append(fence(child.astext(), language))
            else:
                parts.append(self.block(child))
        if found := figure.notes(node, _):
            parts.append(escape(" · ".join(found)))
        return "\n\n".join(parts)

    @block.register(nodes.bullet_list)
    @block.register(nodes.enumerated_list)
    def _list(self, node: Element) -> str:
        items = []
        for number, item in enumerate(node.children, start=node.get("start", 1)):
            assert isinstance(item, nodes.Element)
            mark = "- " if isinstance(node, nodes.bullet_list) else f"{number}. "
            items.append(indented(self.blocks(item.children), mark))
        # Loose where an item has several parts, as Markdown has it.
        return ("\n\n" if any("\n\n" in item for item in items) else "\n").join(items)

    @block.register(nodes.container)
    @block.register(nodes.compound)
    def _container(self, node: Element) -> str:
        if "toctree-wrapper" in node["classes"]:
            return ""
        return self._tabs(node) if node.get("design_component") == "tab-set" else self._parts(node)

    def _tabs(self, node: Element) -> str:
        items = []
        for label, content in zip(node.findall(sd_tab_label), _contents(node), strict=True):
            items.append(indented(f"**{self.inlines(label)}:**\n\n{self.blocks(content.children)}", "- "))
        return "\n\n".join(items)

    @block.register(nodes.Admonition)
    def _admonition(self, node: Element) -> str:
        label = admonitionlabels.get(node.tagname)
        title = f"**{escape(str(label))}**\n\n" if label else ""
        # Sphinx gives it one when it writes the page.
        if isinstance(node.children[0], nodes.title):
            title = f"**{self.inlines(node.children[0])}**\n\n"
        body = [child for child in node.children if not isinstance(child, nodes.title)]
        return _quoted(f"{title}{self.blocks(body)}")

    @block.register(addnodes.desc)
    def _description(self, node: Element) -> str:
        signatures = [code(_signature(each)) for each in node.children if isinstance(each, addnodes.desc_signature)]
        body = self.blocks(each for each in node.children if isinstance(each, addnodes.desc_content))
        return indented("\n".join(signatures) + (f"\n\n{body}" if body else ""), "- ")

    @block.register(nodes.table)
    def _table(self, node: Element) -> str:
        head = [self._row(row) for part in node.findall(nodes.thead) for row in part.children]
        body = [self._row(row) for part in node.findall(nodes.tbody) for row in part.children]
        columns = len(next(iter(head or body)))
        first = [*node.findall(nodes.row)][-1]
        rule = ["---:" if "text-right" in cell["classes"] else "---" for cell in first.findall(nodes.entry)]
        rows = [*(head or [[""] * columns]), rule, *body]
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def _row(self, row: Node) -> list[str]:
        cells = []
        for entry in row.children:
            text = " ".join(self.inlines(part) for part in entry.children if isinstance(part, nodes.Element))
            # In a table this is so in code spans too.
            cells.append(" ".join(text.split("\n")).replace("|", "\\|"))
        return cells

    def inlines(self, node: Node) -> str:
        """Return the text of an element as Markdown."""
        return "".join(self.inline(child) for child in node.children)

    @singledispatchmethod
    def inline(self, node: Node) -> str:
        """Return a part of a line."""
        LOGGER.warning("Markdown has no form for %s in a line", type(node).__name__, location=node)
        return escape(node.astext())

    @inline.register(nodes.Text)
    def _text(self, node: nodes.Text) -> str:
        return escape(node.astext())

    @inline.register(nodes.inline)
    @inline.register(nodes.abbreviation)
    @inline.register(nodes.problematic)
    @inline.register(figure.Measured)
    def _plain(self, node: Element) -> str:
        return self.inlines(node)

    @inline.register(nodes.target)
    @inline.register(addnodes.index)
    def _unseen(self, node: Node) -> str:
        return ""

    @inline.register(nodes.literal)
    def _literal(self, node: Element) -> str:
        return code(node.astext())

    @inline.register(nodes.emphasis)
    def _emphasis(self, node: Element) -> str:
        return f"*{self.inlines(node)}*"

    @inline.register(nodes.strong)
    def _strong(self, node: Element) -> str:
        return f"**{self.inlines(node)}**"

    @inline.register(nodes.reference)
    def _link(self, node: Element) -> str:
        text = self.inlines(node)
        if isinstance(node.parent, nodes.title):
            return text
        address = node.get("refuri", "")
        if urlsplit(address).scheme:
            return f"[{text}]({_destination(address)})"
        here = self.builder.get_target_uri(self.page)
        page = self.addresses.get(urldefrag(urljoin(f"/{here}", address)).url.lstrip("/"))
        if not address or page is None or page == self.page:
            # Markdown has no anchors of its own: a part of this page is found by its heading.
            return text if isinstance(node.children[0], nodes.literal) else f"*{text}*"
        return f"[{text}]({_destination(relpath(path(page), str(Path(self.page).parent)))})"

    @block.register(nodes.image)
    @inline.register(nodes.image)
    def _image(self, node: Element) -> str:
        name = self.builder.images.get(node["uri"])
        if name is None:
            return f"![{escape(node.get('alt', ''))}]({_destination(node['uri'])})"
        address = relpath(f"{self.builder.imagedir}/{name}", str(Path(self.page).parent))
        return f"![{escape(node.get('alt', ''))}]({_destination(address)})"


def _destination(address: str) -> str:
    return f"<{address}>" if set(address) & set(" ()") else address


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))


def _contents(node: Element) -> list[Element]:
    return [
        child
        for child in node.children
        if isinstance(child, nodes.container) and child.get("design_component") == "tab-content"
    ]


def _signature(node: Node) -> str:
    """Return a signature as the page shows it."""
    match node:
        case addnodes.desc_parameterlist():
            return f"({', '.join(_signature(child) for child in node.children)})"
        case addnodes.desc_returns():
            return f" -> {''.join(_signature(child) for child in node.children)}"
        case nodes.Text():
            return node.astext()
    return "".join(_signature(child) for child in node.children)


def page(builder: StandaloneHTMLBuilder, name: str, doctree: nodes.document) -> str:
    """Return a page as Markdown."""
    return f"{Writer(builder, name).blocks(doctree.children)}\n"


def _write(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if doctree is None:
        return
    assert isinstance(app.builder, StandaloneHTMLBuilder)
    target = Path(app.outdir, path(pagename))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page(app.builder, pagename, doctree), encoding="utf-8")
    context["markdown_href"] = relpath(path(pagename), app.builder.get_target_uri(pagename) or ".")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Write the Markdown of each page whenever its HTML is written."""
    app.connect("html-page-context", _write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
