"""What the templates of docs/_theme know, and which files reach a reader. The theme stands on no other."""

from __future__ import annotations

from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.builders.dirhtml import DirectoryHTMLBuilder
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment.adapters.toctree import global_toctree_for_doc

from _ext import interface, offline, stylesheet
from _ext.languages import LANGUAGES, SOURCE, Language, find
from _ext.navigation import Navigation

if TYPE_CHECKING:
    from docutils.nodes import document
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

# All that a page loads. Sphinx's own files, and those of extensions, stay behind.
STYLESHEETS = (f"_static/{stylesheet.NAME}",)
SCRIPTS = ("_static/site.js",)
STATIC = frozenset({stylesheet.NAME, "site.js", "search.js", "find.js", "entry.js", "favicon.svg"})


class Pages(DirectoryHTMLBuilder):
    """Sphinx's builder of pages in folders, with our stylesheet and without Sphinx's search."""

    # Pagefind searches the site; Sphinx's own index would be a second answer (and cannot read Chinese).
    search = False

    def init_highlighter(self) -> None:
        """Make the highlighter of code, with one formatter for all blocks: Pygments makes a stylesheet with each."""
        super().init_highlighter()
        self.highlighter.formatter = cache(self.highlighter.formatter)  # type: ignore[arg-type,assignment]  # a class is called like a function

    @cached_property
    def navigation(self) -> Navigation:
        """The list of all pages."""
        start = self.config.root_doc
        tree = global_toctree_for_doc(
            *(self.env, start, self), tags=self.tags, collapse=False, includehidden=True, maxdepth=-1, titles_only=True
        )
        # A caption is a label of its list here; as a heading without a level it would only confuse.
        html = self.render_partial(tree)["fragment"].replace(' role="heading"', "")
        return Navigation(html, {self.get_relative_uri(start, page): page for page in self.env.found_docs})

    def copy_assets(self) -> None:
        """Copy what pages load, and finish the stylesheet before its digest enters their HTML."""
        super().copy_assets()
        stylesheet.write(Path(self.outdir, "_static"))


def address(language: Language, page: str, root: str) -> str:
    """Return where a page stands in a language; `root` is the site's, relative or absolute, with its slash."""
    return f"{root}{language.slug}/{page}"


def _context(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: document | None) -> None:
    assert isinstance(app.builder, Pages)
    page = app.builder.get_target_uri(pagename)
    here = find(app.config.language)
    site = f"{context['content_root']}../"
    # Without a base address relative ones are the best that is true on every host.
    public = app.config.html_baseurl or site
    context.update(
        site_root=site,
        languages=[
            {"tag": each.tag, "name": each.name, "href": address(each, page, site), "current": each is here}
            for each in LANGUAGES
        ],
        alternates=[(each.tag, address(each, page, public)) for each in LANGUAGES]
        + [("x-default", address(SOURCE, page, public))],
        canonical=address(here, page, public) if app.config.html_baseurl else "",
        here=here,
        # The log of a run has none: its guide page has it.
        navigation=app.builder.navigation.seen_from(pagename, partial(app.builder.get_relative_uri, pagename))
        if doctree is not None
        else "",
        # The words of the frame may be English in a language that is begun.
        spoken=f' lang="{tag}"' if (tag := interface.tag(app.config)) else "",
        missing=app.env.metadata.get(pagename, {}).get("missing", 0),
        start_title=app.builder.render_partial(app.env.titles[app.config.root_doc])["title"],
        downloads=_downloads(here, site) if app.config.downloads else [],
        css_files=[css for css in context["css_files"] if css.filename in STYLESHEETS],
        script_files=[script for script in context["script_files"] if script.filename in SCRIPTS],
    )


def _downloads(language: Language, site: str) -> list[tuple[str, str]]:
    """Return how the guide can be taken along, and where that is."""
    return [(suffix.upper(), f"{site}{offline.FOLDER}/{offline.name(language, suffix)}") for suffix in ("pdf", "zip")]


def _remove_unused(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or not isinstance(app.builder, StandaloneHTMLBuilder):
        return
    static = Path(app.outdir, "_static")
    for path in sorted(static.rglob("*"), reverse=True):
        if path.is_file() and path.relative_to(static).as_posix() not in STATIC:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def setup(app: Sphinx) -> ExtensionMetadata:
    """Prepare the pages for our templates, last of all extensions."""
    app.add_builder(Pages, override=True)
    # Only who makes them says so: no page leads to what is not there.
    app.add_config_value("downloads", False, "html", types=(bool,))
    app.add_js_file("site.js")
    app.connect("html-page-context", _context, priority=900)
    app.connect("build-finished", _remove_unused, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
