"""The languages that the guide is translated into, from languages.toml."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("languages.toml")
STATES = ("source", "published", "begun")


@dataclass(frozen=True)
class Language:
    """A target language as gettext sees it.

    `code` names the folder under locale/ and the columns of the glossary.
    `plural_forms` is the value that the PO header must have (Unicode CLDR's rule for the language).
    A language that is `begun` may have texts without a translation: its readers get them in English.
    """

    code: str
    plural_forms: str
    begun: bool = False

    @property
    def chinese(self) -> bool:
        """Whether Chinese typography applies."""
        return self.code.startswith("zh")

    @property
    def plurals(self) -> int:
        """How many plural forms an entry has."""
        return int(self.plural_forms.removeprefix("nplurals=").partition(";")[0])


def rows(table: Path = TABLE) -> dict[str, dict[str, str]]:
    """Return the table, by the code of the language; raises ValueError for one in a state that there is not."""
    found: dict[str, dict[str, str]] = tomllib.loads(table.read_text(encoding="utf-8"))
    for code, row in found.items():
        if row["state"] not in STATES:
            raise ValueError(f"{table}: {code}: the state {row['state']!r} is none of {', '.join(STATES)}")
    return found


LANGUAGES = {
    code: Language(code, row["plural_forms"], begun=row["state"] == "begun")
    for code, row in rows().items()
    if row["state"] != "source"
}
