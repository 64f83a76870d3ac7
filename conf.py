"""Sphinx configuration of the guide: values only. What they mean to us stands in docs/_ext."""

import sys
from pathlib import Path

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "docs"))

project = "GingerDJ"
author = "The GingerDJ contributors"
copyright = "The GingerDJ contributors"

extensions = [
    "myst_parser",
    "sphinx_design",
    "_ext.parser",
    "_ext.languages",
    "_ext.interface",
    "_ext.scenario",
    "_ext.evidence",
    "_ext.runs",
    "_ext.foot",
    "_ext.markup",
    "_ext.places",
    "_ext.theme",
    "_ext.picture",
    "_ext.translations",
    "_ext.card",
    "_ext.markdown",
    "_l10n.closed",
]
exclude_patterns = ["_*"]
nitpicky = True
# In signatures: classes of Django, whose inventory no build fetches, and type variables.
nitpick_ignore_regex = [("py:class", r"django\..+|View|T")]
# The names of an interface are long, and stand under headings that say the same.
toc_object_entries = False
# Code is proved identical in the three sites, block by block: nothing may be guessed about it.
highlight_language = "none"
# Quotation marks only: `--flag` must stay two hyphens. Chinese ones are typed by the translators.
smartquotes_action = "q"
smartquotes_excludes = {"languages": ["zh_Hans"], "builders": ["man", "text"]}

# A catalogue is a stranger's text: no raw HTML, no file insertion (docutils.conf), no substitution.
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "fieldlist"]
myst_disable_syntax = ["html_block", "html_inline"]
myst_heading_anchors = 4
myst_links_external_new_tab = False

language = "en"
# Absolute: Sphinx resolves a relative path from docs/, sphinx-intl from here.
locale_dirs = [str(ROOT / "locale")]
gettext_compact = False
gettext_uuid = False
# With "literal-block" here a catalogue could change code.
gettext_additional_targets: list[str] = []
translation_progress_classes = True

evidence_file = str(ROOT / "build" / "evidence.json")
translations_file = str(ROOT / "build" / "translations.json")

# Where the source is kept, for links to edit and translate a page; `make site REPOSITORY=` sets it too.
repository = ""
repository_edit = "{repository}/edit/main/{path}"

html_theme = "gingerdj"
html_theme_path = [str(ROOT / "docs" / "_theme")]
html_static_path = ["docs/_static"]
html_favicon = "docs/_static/favicon.svg"
html_title = "GingerDJ"
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_domain_indices = False
html_permalinks_icon = "#"
pygments_style = "_ext.colours.Light"
