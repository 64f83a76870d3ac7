"""Where each paragraph of a page stands in its catalogue: a class `po-<line>` on it, for the preview alone.

The same classes stand in the English page and in the translated one, so that the two can be put side by side.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.transforms import SphinxTransform
from sphinx.transforms.i18n import Locale
from sphinx.util.nodes import extract_messages

from _l10n.catalogue import Catalogue
from _l10n.languages import LANGUAGES
from _l10n.layout import Layout

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

CLASS = "po-"


class Places(SphinxTransform):
    """Marks what is translated, before it is."""

    default_priority = Locale.default_priority - 1

    def apply(self, **kwargs: Any) -> None:
        """Give each node that has a message the class of its place; line 0 is what the catalogue does not have yet."""
        if not (code := self.config.places_of):
            return
        layout = Layout(Path(self.app.confdir))
        path = layout.catalogue(code, self.env.current_document.docname)
        self.env.note_dependency(path)  # its lines move in the English page as well
        lines = places(Catalogue(path, LANGUAGES[code])) if path.exists() else {}
        for node, message in extract_messages(self.document):
            node["classes"].append(f"{CLASS}{lines.get(message, 0)}")


def places(catalogue: Catalogue) -> dict[str, int]:
    """Return the line on which the translation of each message begins."""
    return {entry.msgid: catalogue.line(entry) for entry in catalogue.entries}


def setup(app: Sphinx) -> ExtensionMetadata:
    """Mark pages where `places_of` names a language; a page is read again when it names another one."""
    app.add_config_value("places_of", "", "env", types=(str,))
    app.add_transform(Places)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
