"""What a page says about itself to search engines, to networks that show links, and to our own lists of pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from docutils import nodes

from _ext.languages import LANGUAGES, find

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

LONGEST = 200
# Where a text may end: behind a sentence, else behind a part of one, else behind a word.
ENDS = (r"[.!?](?=\s|$)|[。！？]", r"[,;:](?=\s)|[，；：、]", r"(?=\s)|(?<=[⺀-鿿])")


def description(doctree: nodes.document) -> str:
    """Return the page's first paragraph, or as much of it as LONGEST characters hold; nothing when it has none."""
    for section in doctree.findall(nodes.section):
        for node in section.children:
            if isinstance(node, nodes.paragraph) and node.astext().strip():
                return shortened(" ".join(node.astext().split()))
    return ""


def shortened(text: str) -> str:
    """Return a text of at most LONGEST characters that ends at a sentence if it can, and with `…` if it cannot."""
    if len(text) <= LONGEST:
        return text
    for number, end in enumerate(ENDS):
        # Half of the room is too little for a description, wherever its sentence ends.
        cuts = [match.end() for match in re.finditer(end, text) if LONGEST / 2 < match.end() < LONGEST]
        if cuts:
            kept = text[: cuts[-1]].rstrip(" ,;:，；：、")
            return f"{kept}…" if number else kept
    return f"{text[: LONGEST - 1]}…"


def _context(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    here = find(app.config.language)
    context.update(
        description=description(doctree) if doctree is not None else "",
        open_graph_type="website" if pagename == app.config.root_doc else "article",
        open_graph_locales=[here.territory, *(each.territory for each in LANGUAGES if each is not here)],
    )


def setup(app: Sphinx) -> ExtensionMetadata:
    """Give every page its description and what Open Graph asks for (https://ogp.me)."""
    app.connect("html-page-context", _context)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
