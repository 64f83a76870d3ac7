"""The words of the site itself (buttons, bars, marks): gettext domain `interface`.

Templates and Python mark them with `_()`. The gettext builder writes `interface.pot` beside the pages' templates, so
that `make messages` fills `locale/<language>/LC_MESSAGES/interface.po` as it fills theirs. The catalogue is read from
the PO file itself: there is no compiled copy that could be stale. A guide that has none of its own gets ours.
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

from _ext.languages import SOURCE, find

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata

DOMAIN = "interface"
DOCS = Path(__file__).resolve().parents[1]
OURS = DOCS.parent / "locale"
SOURCES = [("_ext/**.py", "python"), ("_theme/**.html", "jinja2"), ("_templates/**.html", "jinja2")]
Translate = Callable[[str], str]


def catalogue(code: str, locale: Path = OURS) -> Path:
    """Return where the words of one language stand: below `locale`, or else with this code."""
    name = Path(code, "LC_MESSAGES", f"{DOMAIN}.po")
    own = locale / name
    return own if own.exists() else OURS / name


def translations(code: str, locale: Path = OURS) -> gettext.NullTranslations:
    """Return the words of one language; English ones where there is no catalogue, or a part of one.

    A frame is in one language: that of its readers, or English until all of its words are translated.
    """
    path = catalogue(code, locale)
    if not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as source:
        found = read_po(source)
    if find(code).begun and not all(message.string and not message.fuzzy for message in found if message.id):
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, found)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def messages() -> list[tuple[str, int, str]]:
    """Return every word of the site's own: file under docs/, line, English."""
    # Babel passes over folders that start with an underscore unless told not to.
    found = extract_from_dir(DOCS, method_map=SOURCES, directory_filter=lambda _: True)
    return sorted((name, line, message) for name, line, message, *_ in found if isinstance(message, str))


@cache
def _words(code: str, locale: Path, digest: str) -> gettext.NullTranslations:
    found = translations(code, locale)
    # An English frame stays English, though Sphinx may know some of its words.
    if isinstance(found, gettext.GNUTranslations) or code == SOURCE.code:
        found.add_fallback(get_translator())
    return found


def words(config: Config) -> gettext.NullTranslations:
    """Return the words of the language being built: ours first, then Sphinx's."""
    return _words(config.language, _locale(config), config.interface_digest)


def tag(config: Config) -> str:
    """Return the language in which the words are, where it is not that of the page; else nothing."""
    there = isinstance(_words(config.language, _locale(config), config.interface_digest), gettext.GNUTranslations)
    return "" if there or config.language == SOURCE.code else SOURCE.tag


def _locale(config: Config) -> Path:
    return Path(config.locale_dirs[0]) if config.locale_dirs else OURS


def _digest(app: Sphinx, config: Config) -> None:
    path = catalogue(config.language, _locale(config))
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
