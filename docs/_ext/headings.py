"""Anchors stand on the headings themselves: Pagefind finds sections by `<h2 id=…>`, Sphinx writes `<section id=…>`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.writers.html5 import HTML5Translator

if TYPE_CHECKING:
    from docutils.nodes import Element
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


class Translator(HTML5Translator):
    """Sphinx's translator, with the anchors of a section on its heading."""

    def visit_section(self, node: Element) -> None:
        """Open a section without its anchors."""
        self.section_level += 1
        self.body.append("<section>\n")

    def visit_title(self, node: nodes.title) -> None:
        """Open a heading with the anchors of its section."""
        if isinstance(node.parent, nodes.section):
            node["ids"] = [*node.parent["ids"]]
        super().visit_title(node)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Write every page with this translator."""
    app.set_translator("dirhtml", Translator)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
