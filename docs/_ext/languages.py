"""The languages of the guide, from docs/_l10n/languages.toml, and where a page stands in each of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from babel import Locale
from babel.dates import format_date
from sphinx import locale, package_dir

from _l10n.languages import rows

if TYPE_CHECKING:
    from datetime import date

    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


@dataclass(frozen=True)
class Language:
    """A language the guide is read in."""

    code: str
    """Sphinx's name, and the folder under `locale/`: `pt_BR`."""
    tag: str
    """BCP 47, as `<html lang>` and hreflang take it: `pt-BR`."""
    slug: str
    """The first folder of its addresses: `pt-br`."""
    name: str
    """What its readers call it."""
    date_format: str
    """A day, in CLDR's pattern letters."""
    sphinx: str
    """The locale in which Sphinx ships its own strings."""
    territory: str
    """Language and territory, as Open Graph takes them: `pt_BR`."""
    begun: bool = False
    """Whether some of its texts may have no translation yet."""

    @cached_property
    def conventions(self) -> Locale:
        """How dates and numbers are written; for some names, Babel looks through all of its locales each time."""
        return Locale.parse(self.sphinx)

    def day(self, time: date) -> str:
        """Return a day as readers of the language write it."""
        return format_date(time, self.date_format, locale=self.conventions)


def _language(code: str, row: dict[str, str]) -> Language:
    return Language(
        code=code,
        tag=row["tag"],
        slug=row["tag"].lower(),
        name=row["name"],
        date_format=row["date_format"],
        sphinx=row["sphinx"],
        territory=row["territory"],
        begun=row["state"] == "begun",
    )


LANGUAGES = tuple(_language(code, row) for code, row in rows().items())
SOURCE = LANGUAGES[0]


def find(code: str) -> Language:
    """Return the language that Sphinx calls `code`; raises LookupError, which names those there are."""
    for language in LANGUAGES:
        if language.code == code:
            return language
    known = ", ".join(language.code for language in LANGUAGES)
    raise LookupError(f"no language {code!r}: the guide has {known}")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Give Sphinx its own strings where it ships them under another name (zh_CN for zh_Hans)."""
    language = find(app.config.language)
    if language.sphinx != language.code:
        locale.init([package_dir / "locale"], language.sphinx)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
