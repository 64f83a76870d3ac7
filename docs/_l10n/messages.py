"""Extract the messages of the English pages and merge them into locale/ (`make messages`).

`python -m _l10n.messages` writes every catalogue in its one form and says which files changed;
running it twice changes nothing the second time.
With `--check` it writes nothing, names each catalogue that it would change, and exits with 1 when there is one.

A catalogue whose page is gone is deleted; its translations are offered to the other pages first.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from _l10n import glossary
from _l10n.catalogue import Catalogue, CatalogueError
from _l10n.extract import ExtractionError, Message, extract
from _l10n.languages import LANGUAGES, Language
from _l10n.layout import Layout
from _l10n.markup import of_site
from _l10n.merge import Memory, known, merged
from _l10n.rules.leftovers import wordless


@dataclass(frozen=True)
class Change:
    """A file that differs from what it should be; `text` is None for a file that should go."""

    path: Path
    text: str | None

    def apply(self) -> None:
        """Make the file what it should be."""
        if self.text is None:
            self.path.unlink()
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.text, encoding="utf-8", newline="\n")


def changes(layout: Layout) -> Iterator[Change]:
    """Yield what must change in locale/ so that it holds the messages of today's pages.

    Raises `ExtractionError` when the English does not build, `CatalogueError` for a file that is no PO file.
    """
    messages = extract(layout)
    markup, terms = of_site(layout.root), glossary.of_site(layout)
    for language in LANGUAGES.values():
        yield from _changes(layout, language, messages, lambda msgid: wordless(markup.shape(msgid), terms))


def _changes(
    layout: Layout, language: Language, messages: dict[str, list[Message]], wordless: Callable[[str], bool]
) -> Iterator[Change]:
    folder = layout.catalogues(language.code)
    old = {path: Catalogue(path, language) for path in sorted(folder.rglob("*.po"))}
    memory = Memory(known(old.values()), wordless)
    wanted = {layout.catalogue(language.code, stem): found for stem, found in messages.items()}
    for path, found in wanted.items():
        text = merged(old.get(path), found, language, memory)
        if path not in old or old[path].text != text:
            yield Change(path, text)
    for path in old:
        if path not in wanted:
            yield Change(path, None)


def main(arguments: list[str] | None = None) -> int:
    """Merge, or with `--check` only look; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m _l10n.messages", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a catalogue would change")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the repository (default: this folder)")
    options = parser.parse_args(arguments)
    layout = Layout(options.root.resolve())
    try:
        found = list(changes(layout))
    except (CatalogueError, ExtractionError) as error:
        sys.stderr.write(f"{error.problem.relative_to(layout.root)}\n")
        return 1
    for change in found:
        path = change.path.relative_to(layout.root)
        if options.check:
            sys.stderr.write(f"{path}:1: layout: `make messages` would change this file - run it\n")
        else:
            change.apply()
            sys.stdout.write(f"{'deleted' if change.text is None else 'written'} {path}\n")
    return 1 if options.check and found else 0


if __name__ == "__main__":
    sys.exit(main())
