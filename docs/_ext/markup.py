"""Where our HTML differs from Sphinx's: anchors on headings, tables that scroll, code that breaks between its words."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.writers.html5 import HTML5Translator

if TYPE_CHECKING:
    from docutils.nodes import Element
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

# Browsers break a line of code after a hyphen or a slash, but not beside these.
UNBROKEN = frozenset("_.:,;'\"=+*&#~<>@^")
# A longer word does not fit the narrowest screen in one piece: it may break after one of these.
LONGEST = 28
JOINTS = frozenset("._/")


def held(word: str) -> bool:
    """Return whether a word of code fits a line whole, though a browser could break it."""
    plain = all(letter.isascii() and (letter.isalnum() or letter in UNBROKEN) for letter in word)
    return 1 < len(word) <= LONGEST and not plain


def parts(word: str) -> list[str]:
    """Return the pieces of a word of code between which a line may end: one, unless it is long."""
    if len(word) <= LONGEST:
        return [word]
    found = [""]
    for letter, after in pairwise(f"{word} "):
        found[-1] += letter
        if letter in JOINTS and after not in JOINTS and not after.isspace():
            found.append("")
    return found


class Translator(HTML5Translator):
    """Sphinx's translator, with less and better HTML."""

    def visit_section(self, node: Element) -> None:
        """Open a section without its anchors: Pagefind finds sections by `<h2 id=…>`."""
        self.section_level += 1
        self.body.append("<section>\n")

    def visit_title(self, node: nodes.title) -> None:
        """Open a heading with the anchors of its section."""
        if isinstance(node.parent, nodes.section):
            node["ids"] = [*node.parent["ids"]]
        super().visit_title(node)

    def visit_table(self, node: nodes.table) -> None:
        """Open a table in a box of its own, which scrolls where the table is too wide."""
        self.body.append('<div class="table-wrapper">\n')
        super().visit_table(node)

    def depart_table(self, node: nodes.table) -> None:
        """Close a table and its box."""
        super().depart_table(node)
        self.body.append("</div>\n")

    def visit_entry(self, node: nodes.entry) -> None:
        """Open a cell; the corner of a table has no words and heads nothing."""
        super().visit_entry(node)
        if not node.astext():
            self.body[-1] = self.body[-1].replace("<th", "<td", 1)
            self.context[-1] = "</td>\n"

    def visit_Text(self, node: nodes.Text) -> None:  # noqa: N802  # docutils' name for it
        """Write text; in code, only a word that could be broken gets the element that holds it together."""
        if not self.protect_literal_text:
            super().visit_Text(node)
            return
        for token in self.words_and_spaces.findall(node.astext()):
            if token.isspace():
                # A run of spaces is content too; the last one may wrap.
                self.body.append("&#160;" * (len(token) - 1) + " ")
            else:
                text = "<wbr>".join(self.encode(part) for part in parts(token))
                self.body.append(f'<span class="pre">{text}</span>' if held(token) else text)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Write every page with this translator."""
    app.set_translator("dirhtml", Translator)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
