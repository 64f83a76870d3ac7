"""Where pages, catalogues and the glossary are: one stem, three places."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Strings of the site's chrome (templates, extensions); every other catalogue belongs to the page of the same stem.
INTERFACE = "interface"


@dataclass(frozen=True)
class Layout:
    """The folders of a guide rooted at `root`: the repository, or a small one made by a test."""

    root: Path

    @property
    def docs(self) -> Path:
        """The folder of the pages."""
        return self.root / "docs"

    @property
    def locale(self) -> Path:
        """The folder of the languages."""
        return self.root / "locale"

    @property
    def glossary(self) -> Path:
        """The terms and their translations."""
        return self.locale / "glossary.tsv"

    def pages(self) -> Iterator[str]:
        """Yield the stem of each page, `servers/uvicorn` for docs/servers/uvicorn.md; folders with `_` hold tools."""
        for page in sorted(self.docs.rglob("*.md")):
            relative = page.relative_to(self.docs)
            if not any(part.startswith(("_", ".")) for part in relative.parts):
                yield relative.with_suffix("").as_posix()

    def page(self, stem: str) -> Path:
        """Return the path of the English page."""
        return self.docs / f"{stem}.md"

    def catalogues(self, language: str) -> Path:
        """Return the folder of a language's catalogues."""
        return self.locale / language / "LC_MESSAGES"

    def catalogue(self, language: str, stem: str) -> Path:
        """Return the path of a page's catalogue."""
        return self.catalogues(language) / f"{stem}.po"
