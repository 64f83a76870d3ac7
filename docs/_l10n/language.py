"""Begin a language (`make language LANG=es`): its row in languages.toml, its columns in the glossary, its catalogues.

All else follows from the row: the switcher, the search, the sitemap, the rules of every language, the badge.
What the row says is CLDR's, as Babel ships it, and may be mended by hand.
"""

import argparse
import csv
import io
import subprocess
import sys
from pathlib import Path

import sphinx
from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.messages.plurals import get_plural

from _l10n.languages import TABLE, rows
from _l10n.layout import Layout

STRINGS = Path(sphinx.package_dir, "locale")
# What stands behind the columns of the languages.
AFTER = ("severity", "note")


def row(code: str) -> dict[str, str]:
    """Return what the table says of a language; raises UnknownLocaleError for one that CLDR does not know."""
    locale = Locale.parse(code)
    likely = Locale.parse(get_global("likely_subtags").get(code, code))
    known = [each for each in (code, locale.language) if (STRINGS / each).is_dir()]
    name = locale.get_display_name(locale) or code
    return {
        "tag": code.replace("_", "-"),
        "name": name[0].upper() + name[1:],
        "state": "begun",
        "date_format": locale.date_formats["medium"].pattern,
        "sphinx": known[0] if known else "en",
        "territory": f"{locale.language}_{locale.territory or likely.territory or locale.language.upper()}",
        "plural_forms": str(get_plural(code).plural_forms),
    }


def table(code: str, fields: dict[str, str]) -> str:
    """Return a row as TOML."""
    lines = [f"[{code}]", *(f'{name} = "{value}"' for name, value in fields.items())]
    return "\n" + "\n".join(lines) + "\n"


def columns(text: str, code: str) -> str:
    """Return the glossary with the columns of another language: names are the same in it, other terms are asked for."""
    found = list(csv.reader(io.StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE))
    head = found[0]
    at = len(head) - len(AFTER)
    called = [number for number, name in enumerate(head[:at]) if number and not name.endswith("_avoid")]
    lines = [[*head[:at], code, f"{code}_avoid", *head[at:]]]
    for cells in found[1:]:
        name = all(cells[number] == cells[0] for number in called)
        lines.append([*cells[:at], cells[0] if name else "", "", *cells[at:]])
    return "".join("\t".join(line) + "\n" for line in lines)


def begin(layout: Layout, code: str, path: Path = TABLE) -> None:
    """Write what a language begins with; raises UnknownLocaleError."""
    fields = row(code)
    with path.open("a", encoding="utf-8") as file:
        file.write(table(code, fields))
    text = layout.glossary.read_bytes().decode()
    layout.glossary.write_text(columns(text, code), encoding="utf-8", newline="")


def main(arguments: list[str] | None = None) -> int:
    """Begin a language; return the exit status."""
    parser = argparse.ArgumentParser(prog="make language LANG=", description=__doc__)
    parser.add_argument("code", help="as gettext and CLDR name it: es, fr_CA")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the repository (default: this folder)")
    options = parser.parse_args(arguments)
    layout = Layout(options.root.resolve())
    if options.code in rows():
        parser.error(f"the guide has {options.code!r} already")
    try:
        begin(layout, options.code)
    except (UnknownLocaleError, ValueError) as error:
        parser.error(f"no language {options.code!r}: {error}")
    for path in (TABLE, layout.glossary):
        sys.stdout.write(f"written {path.relative_to(layout.root) if path.is_relative_to(layout.root) else path}\n")
    sys.stdout.flush()
    # In a process of its own, which reads the new table.
    return subprocess.run([sys.executable, "-m", "_l10n.messages", "--root", str(layout.root)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
