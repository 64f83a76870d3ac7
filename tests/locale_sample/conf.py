"""A guide of two pages, for the tests of the translation rules: the settings that decide what is extracted."""

from pathlib import Path

extensions = ["myst_parser"]
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "fieldlist"]
myst_disable_syntax = ["html_block", "html_inline"]
locale_dirs = [str(Path(__file__).parent / "locale")]
gettext_compact = False
gettext_uuid = False
gettext_additional_targets: list[str] = []
