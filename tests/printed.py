"""A printed document read back: its structure by qpdf, the text of its pages by poppler."""

from __future__ import annotations

import shutil
import subprocess
from functools import cached_property
from typing import TYPE_CHECKING

import pikepdf
import pytest

from _ext.pdf import destinations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

HOW_TO_GET_IT = "pdftotext is not installed: apt-get install poppler-utils"
# A page within its margins, in points (book.css): heads and numbers of pages stand outside and interrupt no paragraph.
# Without "-raw", poppler would guess columns, and what stands in two editions beside each other changes places.
TEXT = ("-raw", "-x", "0", "-y", "68", "-W", "596", "-H", "712")


class Printed:
    """A PDF in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.document = pikepdf.open(path, attempt_recovery=False)

    @cached_property
    def pages(self) -> list[str]:
        """The text of each page, without all spaces, which a line may end in or not."""
        if shutil.which("pdftotext") is None:
            pytest.skip(HOW_TO_GET_IT)
        run = subprocess.run(["pdftotext", *TEXT, self.path, "-"], check=True, capture_output=True, encoding="utf-8")
        assert run.stderr == ""
        # Each page ends in a form feed, the last one too.
        return ["".join(page.split()) for page in run.stdout.split("\f")[:-1]]

    @cached_property
    def destinations(self) -> dict[str, int]:
        """The page that each name leads to, from 1."""
        return destinations(self.path.read_bytes())

    @cached_property
    def links(self) -> list[str]:
        """The name that each link within the document leads to."""
        notes = (note for page in self.document.pages for note in page.obj.get("/Annots", []))
        return [str(note.Dest).removeprefix("/") for note in notes if "/Dest" in note]

    @cached_property
    def outline(self) -> list[tuple[int, str]]:
        """Each heading with its level, in their order."""
        with self.document.open_outline(strict=True) as outline:
            return list(_levels(outline.root))

    @cached_property
    def dictionaries(self) -> list[pikepdf.Dictionary]:
        """All objects that are dictionaries and no streams."""
        return [found for found in self.document.objects if isinstance(found, pikepdf.Dictionary)]

    def where(self, key: str, value: str) -> list[pikepdf.Dictionary]:
        """Return the dictionaries that hold a name under a key."""
        return [found for found in self.dictionaries if found.get(key) == pikepdf.Name(value)]


def _levels(items: Iterable[pikepdf.OutlineItem], level: int = 1) -> Iterator[tuple[int, str]]:
    for item in items:
        yield level, item.title
        yield from _levels(item.children, level + 1)
