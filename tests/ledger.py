"""The ledger: what a reader sees in the built site, held against what ran."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from bs4 import BeautifulSoup, Tag

from tests.snippets.page import EDITIONS, digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def problems(page: Path, key: str, source: Path, runs: list[dict[str, Any]]) -> Iterator[str]:
    """What a built page shows that is not in the evidence, and what ran and is not on the page.

    ``runs`` are the records of ``build/evidence.json``, see ``tests/snippets/evidence.py``.
    """
    document = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    current = hashlib.sha256(source.read_bytes()).hexdigest()
    for pre in document.find_all("pre"):
        if pre.find_parent(class_="block") is None:
            yield f"{page}: code outside of any block: {pre.get_text()[:60]!r}"
    for edition in EDITIONS:
        here = [run for run in runs if run["page"] == key and run["edition"] == edition]
        if not here:
            yield f"{page}: {key} has never run in edition {edition}"
            continue
        (run,) = here
        if run["sha256"] != current:
            yield f"{page}: {source} has changed since it ran in edition {edition}"
        ran = [(each["sha256"], each["copy"]) for each in run["blocks"] if each["outcome"] == "passed"]
        shown = [entry(figure) for figure in document.select("figure.block") if stands_in(figure, edition)]
        for missing in (each for each in shown if each not in ran):
            yield f"{page}: edition {edition}: a block is shown that did not run: {missing[0]}"
        if len(shown) != len(run["blocks"]):
            yield f"{page}: edition {edition}: {len(shown)} blocks are shown, {len(run['blocks'])} were executed"


def stands_in(figure: Tag, edition: str) -> bool:
    """Whether a block belongs to an edition: those outside of tabs belong to both."""
    return figure.get("data-edition", edition) == edition


def entry(figure: Tag) -> tuple[str, str | None]:
    """A block as the evidence has it: the hash of the text that is shown, and that of the text that is copied."""
    pre = figure.find("pre")
    copied = figure.get("data-copy")
    return digest(pre.get_text() if isinstance(pre, Tag) else ""), None if copied is None else digest(str(copied))
