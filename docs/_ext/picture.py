"""`{picture}`: drawings of docs/_pictures/ in the page itself, so that their words are translated and follow the theme.

The words are `<title>`, `<desc>` and each `<text>` without the class `code` or `name`. They are messages of the page
like its paragraphs (a name of code stands in backticks there), and come back as text: whatever a catalogue says, it is
escaped. Colours and fonts stand in site.css.
Several drawings stand side by side where there is room, and one below the other where there is not.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from xml.etree import ElementTree as ET

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docutils.nodes import Node
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata
    from sphinx.writers.html5 import HTML5Translator

PICTURES = Path(__file__).resolve().parents[1] / "_pictures"
# Classes of text that is the same in every language.
KEPT = frozenset({"code", "name"})
SVG = "{http://www.w3.org/2000/svg}"


class Picture(nodes.General, nodes.Element):
    """Drawings, by `names`; the children are their words as paragraphs, each drawing's title and desc first."""


def drawing(name: str) -> ET.Element:
    """Return a drawing without its namespace, which HTML does not need; raises OSError when there is none."""
    root = ET.parse(PICTURES / f"{name}.svg").getroot()  # noqa: S314  # our own file
    for element in root.iter():
        element.tag = element.tag.removeprefix(SVG)
    return root


def words(root: ET.Element) -> Iterator[ET.Element]:
    """Yield the elements whose text is translated."""
    for element in root.iter():
        if element.tag in {"title", "desc"} or (element.tag == "text" and not KEPT & _classes(element)):
            yield element


def _classes(element: ET.Element) -> set[str]:
    return set(element.get("class", "").split())


class PictureDirective(SphinxDirective):
    """The drawings that its argument names."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar = None

    def run(self) -> list[Node]:
        """Return the drawings; raises a directive error for one that is not there."""
        names = self.arguments[0].split()
        found = Picture(names=names)
        self.set_source_info(found)
        for name in names:
            try:
                root = drawing(name)
            except OSError:
                raise self.error(f"{{picture}}: no docs/_pictures/{name}.svg") from None
            self.env.note_dependency(PICTURES / f"{name}.svg")
            for element in words(root):
                text = " ".join((element.text or "").split())
                paragraph = nodes.paragraph(text, "", *self.parse_inline(text)[0])
                self.set_source_info(paragraph)
                found += paragraph
        return [found]


def texts(node: Picture) -> Iterator[tuple[ET.Element, list[str]]]:
    """Yield each drawing with its words as the page has them."""
    said = iter(child.astext() for child in node.children)
    for name in node["names"]:
        root = drawing(name)
        yield root, [next(said) for _ in words(root)]


def visit_picture(self: HTML5Translator, node: Picture) -> None:
    """Write the drawings."""
    self.body.append('<figure class="picture" data-pagefind-ignore>\n')
    for name, (root, said) in zip(node["names"], texts(node), strict=True):
        for element, text in zip(list(words(root)), said, strict=True):
            element.text = text
            if element.tag in {"title", "desc"}:
                element.set("id", f"picture-{name}-{element.tag}")
        root.set("role", "img")
        root.set("aria-labelledby", f"picture-{name}-title")
        root.set("aria-describedby", f"picture-{name}-desc")
        self.body.append(f"{ET.tostring(root, encoding='unicode').strip()}\n")
    self.body.append("</figure>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive and how HTML shows it."""
    app.add_directive("picture", PictureDirective)
    app.add_node(Picture, html=(visit_picture, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
