"""Sphinx extension: the build is closed, even when nobody checked the catalogues.

conf.py and docutils.conf close raw HTML, file insertion and substitution.
What they leave open is closed here, once a page and its translation are parsed: `{download}` and a link to a file
publish any file of the machine that builds, an image may lie outside of the guide or on another host,
a button may lead to `javascript:`.
Each becomes its text and a warning, with which the site's builds (`-W`) end.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

SCHEMES = frozenset({"", "http", "https", "mailto"})
PICTURES = frozenset({".avif", ".gif", ".jpg", ".png", ".svg", ".webp"})

logger = logging.getLogger(__name__)


class Closed(SphinxTransform):
    """Take out what publishes a file or leads to a program."""

    # Behind Sphinx's Locale (20), which puts the translations in; before the images and downloads are gathered.
    default_priority = 30

    def apply(self, **kwargs: Any) -> None:
        """Look at every node that carries an address."""
        for download in list(self.document.findall(addnodes.download_reference)):
            self._refuse(download, f"a file to download: {download.get('reftarget', '')}")
        for image in list(self.document.findall(nodes.image)):
            if not self._is_ours(image["uri"]):
                self._refuse(image, f"a picture that is none of the guide's: {image['uri']}")
        for reference in list(self.document.findall(nodes.reference)):
            if _scheme(reference.get("refuri", "")) not in SCHEMES:
                self._refuse(reference, f"a link to {reference['refuri']}")

    def _is_ours(self, uri: str) -> bool:
        if _scheme(uri):
            return False
        _, path = self.env.relfn2path(uri, self.env.docname)
        resolved = Path(path).resolve()
        return resolved.is_relative_to(Path(self.env.srcdir).resolve()) and resolved.suffix in PICTURES

    def _refuse(self, node: nodes.Element, message: str) -> None:
        logger.warning("the build is closed against %s", message, location=node, type="closed")
        node.replace_self(nodes.inline("", node.astext()))


def _scheme(address: str) -> str:
    try:
        return urlsplit(address).scheme.lower()
    except ValueError:
        return "unreadable"


def setup(app: "Sphinx") -> "ExtensionMetadata":
    """Close the build."""
    app.add_transform(Closed)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
