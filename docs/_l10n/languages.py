"""The languages that the guide is translated into."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """A target language as gettext sees it.

    `code` names the folder under locale/ and the columns of the glossary.
    `plural_forms` is the value that the PO header must have (Unicode CLDR's rule for the language).
    """

    code: str
    plural_forms: str

    @property
    def chinese(self) -> bool:
        """Whether Chinese typography applies."""
        return self.code.startswith("zh")

    @property
    def plurals(self) -> int:
        """How many plural forms an entry has."""
        return int(self.plural_forms.removeprefix("nplurals=").partition(";")[0])


LANGUAGES = {
    "pt_BR": Language("pt_BR", "nplurals=2; plural=(n > 1);"),
    "zh_Hans": Language("zh_Hans", "nplurals=1; plural=0;"),
}
