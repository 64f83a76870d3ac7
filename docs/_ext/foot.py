"""The foot of a page: its script and logs, where to edit and translate it, when it changed, how complete it is."""

from __future__ import annotations

import gettext
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util.i18n import docname_to_domain
from sphinx.util.nodes import extract_messages

from _ext import evidence, history, interface
from _ext.languages import LANGUAGES, SOURCE, Language, find

if TYPE_CHECKING:
    from collections.abc import Iterable

    from docutils.nodes import document
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata


class Untranslated(gettext.NullTranslations):
    """Answers with nothing for what a catalogue does not have."""

    def gettext(self, message: str) -> str:
        """Return nothing: an English text may well be its own translation."""
        return ""


class Count(SphinxTransform):
    """Counts the texts of a page and marks those that its catalogue lacks as English, before any is translated."""

    # After PreserveTranslatableMessages (10), before Locale (20).
    default_priority = 15

    def apply(self, **kwargs: Any) -> None:
        """Note both numbers among the facts of the page."""
        if self.config.language == SOURCE.code:
            return
        page = self.env.current_document.docname
        compiled = _catalogue(self.config, page, find(self.config.language)).with_suffix(".mo")
        found: gettext.NullTranslations = Untranslated()
        if compiled.is_file():
            with compiled.open("rb") as file:
                found = gettext.GNUTranslations(file)
            found.add_fallback(Untranslated())
        texts, missing = set(), set()
        for node, text in extract_messages(self.document):
            texts.add(text)
            if not found.gettext(text):
                missing.add(text)
                if isinstance(node, nodes.TextElement):
                    # docutils makes the attribute `lang` of it.
                    node["classes"].append(f"language-{SOURCE.tag}")
        self.env.metadata[page].update(texts=len(texts - {""}), missing=len(missing - {""}))


def _catalogue(config: Config, page: str, language: Language) -> Path:
    domain = docname_to_domain(page, config.gettext_compact)
    return Path(config.locale_dirs[0], language.code, "LC_MESSAGES", f"{domain}.po")


def _changed_pages(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Look up when each page and its translation last changed; return the pages that show another day by now."""
    language = find(app.config.language)
    known = history.read(Path(app.srcdir).resolve(), *(Path(folder).resolve() for folder in app.config.locale_dirs))
    now = {}
    for page in env.found_docs:
        files = [Path(env.doc2path(page))]
        if language is not SOURCE:
            files.append(_catalogue(app.config, page, language))
        now[page] = [known.get(file.resolve()) for file in files]
    before = getattr(env, "page_history", {})
    env.page_history = now  # type: ignore[attr-defined]  # an extension's own state, kept with the environment
    return sorted(page for page in env.found_docs if now[page] != before.get(page))


def _context(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: document | None) -> None:
    if doctree is None:
        return
    language = find(app.config.language)
    context["said"] = list(_said(app, pagename))
    context["edit"] = _edit(app.config, f"docs/{pagename}.md")
    context["translate"] = [
        {"tag": each.tag, "name": each.name, "href": href}
        for each in LANGUAGES
        if each is not SOURCE
        and language in {SOURCE, each}
        and (href := _edit(app.config, f"locale/{each.code}/LC_MESSAGES/{pagename}.po"))
    ]


def _edit(config: Config, path: str) -> str:
    """Return where a file of the repository is edited; nothing while the address of that is not known."""
    if not config.repository:
        return ""
    return str(config.repository_edit).format(repository=config.repository.rstrip("/"), path=quote(path))


def _said(app: Sphinx, page: str) -> Iterable[str]:
    """Return what is known of the page and of its translation, sentence by sentence."""
    _ = interface.words(app.config).gettext
    days = [time and evidence.day(time, app.config) for time in getattr(app.env, "page_history", {}).get(page, [])]
    if app.config.language == SOURCE.code:
        if days and days[0]:
            yield _("Last change: %(date)s") % {"date": days[0]}
        return
    if days and days[0]:
        yield _("Last change of the English page: %(date)s") % {"date": days[0]}
    count = app.env.metadata[page]
    if count.get("missing"):
        yield _("Translation: %(missing)s of %(texts)s texts are still in English") % count
    elif len(days) > 1 and days[1]:
        yield _("Translation: complete, last change %(date)s") % {"date": days[1]}
    else:
        yield _("Translation: complete")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add what page.html shows below the text of a page."""
    app.add_config_value("repository", "", "html", types=(str,))
    app.add_config_value("repository_edit", "{repository}/edit/main/{path}", "html", types=(str,))
    app.add_transform(Count)
    app.connect("env-updated", _changed_pages)
    app.connect("html-page-context", _context)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
