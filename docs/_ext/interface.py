"""The words of the site itself (buttons, bars, marks): gettext domain `interface`.

Templates and Python mark them with `_()`. The gettext builder writes `interface.pot` beside the pages' templates, so
that `make messages` fills `locale/<language>/LC_MESSAGES/interface.po` as it fills theirs. The catalogue is read from
the PO file itself: there is no compiled copy that could be stale.
"""

from __future__ import annotations

import gettext
import hashlib
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from markupsafe import escape
from sphinx.builders.gettext import MessageCatalogBuilder, MsgOrigin
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.locale import get_translator

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata

DOMAIN = "interface"
DOCS = Path(__file__).resolve().parents[1]
SOURCES = [("_ext/**.py", "python"), ("_theme/**.html", "jinja2"), ("_templates/**.html", "jinja2")]
Translate = Callable[[str], str]


def catalogue(code: str) -> Path:
    """Return where the words of one language stand: with this code, wherever the pages come from."""
    return DOCS.parent / "locale" / code / "LC_MESSAGES" / f"{DOMAIN}.po"


def translations(code: str) -> gettext.NullTranslations:
    """Return the words of one language; English ones where there is no catalogue."""
    path = catalogue(code)
    if not path.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as source:
        write_mo(compiled, read_po(source))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def messages() -> list[tuple[str, int, str]]:
    """Return every word of the site's own: file under docs/, line, English."""
    # Babel passes over folders that start with an underscore unless told not to.
    found = extract_from_dir(DOCS, method_map=SOURCES, directory_filter=lambda _: True)
    return sorted((name, line, message) for name, line, message, *_ in found if isinstance(message, str))


@cache
def _words(code: str, digest: str) -> gettext.NullTranslations:
    found = translations(code)
    found.add_fallback(get_translator())
    return found


def words(config: Config) -> gettext.NullTranslations:
    """Return the words of the language being built: ours first, then Sphinx's."""
    return _words(config.language, config.interface_digest)


def _digest(app: Sphinx, config: Config) -> None:
    path = catalogue(config.language)
    config.interface_digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def _escaped(found: gettext.NullTranslations, text: str) -> str:
    """Return a word of the catalogue as text: templates are not escaped, and a catalogue is a stranger's."""
    ours = found.gettext(text)
    return ours if ours == text else str(escape(ours))


def _install(app: Sphinx) -> None:
    if isinstance(app.builder, MessageCatalogBuilder):
        for name, line, message in messages():
            app.builder.catalogs[DOMAIN].add(message, MsgOrigin(str(DOCS / name), line))
    if isinstance(app.builder, StandaloneHTMLBuilder):
        found = words(app.config)
        install = app.builder.templates.environment.install_gettext_callables
        install(lambda text: _escaped(found, text), found.ngettext)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Make `_()` of the templates speak our words first, then Sphinx's."""
    # A changed catalogue changes every page of its language.
    app.add_config_value("interface_digest", "", "html", types=(str,))
    app.connect("config-inited", _digest)
    app.connect("builder-inited", _install)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
