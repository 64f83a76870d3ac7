"""What ran, when, on which versions: the file that the site reads.

Each run of a page in an edition leaves a small file of its own, so that parallel workers and two runs at once never
write over each other; ``collect`` puts them together at the end. The format is the only thing that the engine and the
site share: see ``record``.
"""

from __future__ import annotations

import json
import os
import tempfile
from typing import TYPE_CHECKING, Any

from . import journal, script
from .page import digest

if TYPE_CHECKING:
    from pathlib import Path

    from .scenario import Result

FORMAT = 1


def record(result: Result) -> dict[str, Any]:
    """One run as the evidence file states it; seconds are wall-clock, hashes SHA-256 in hexadecimal.

    ``steps`` are what was typed and what came (see ``journal``), ``script`` the whole page as one script, if it passed.
    """
    return {
        "page": result.page.key,
        "edition": result.edition,
        "sha256": result.page.sha256,
        "outcome": "failed" if result.failure else "passed",
        "started": result.started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "seconds": round(result.seconds, 2),
        "versions": result.versions,
        "blocks": [
            {
                "line": block.line,
                "kind": block.kind,
                "sha256": digest(block.content),
                "copy": None if block.copied is None else digest(block.copied),
                "outcome": result.outcomes[block.line],
                "seconds": round(result.times.get(block.line, 0.0), 3),
                "steps": journal.kept(result.steps.get(block.line, ())),
            }
            for block in result.page.blocks
            if block.line in result.outcomes
        ],
        "measured": result.measured,
        "script": None if result.failure else script.script(result.page, result.edition, versions=result.versions),
    }


def write(result: Result, build: Path) -> None:
    """Leave the record of one run below ``build``."""
    name = f"{result.page.key.replace('/', '--')}.{result.edition}.json"
    replace(build / "evidence" / name, json.dumps(record(result), indent=1))


def collect(build: Path) -> None:
    """Put the records together as ``build/evidence.json``."""
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((build / "evidence").glob("*.json"))]
    replace(build / "evidence.json", json.dumps({"format": FORMAT, "runs": runs}, indent=1))


def replace(path: Path, text: str) -> None:
    """Write a file in one step: a reader sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    os.chmod(temporary, 0o644)  # noqa: PTH101 - likewise; another user may build the site
    os.replace(temporary, path)  # noqa: PTH105 - the name comes from mkstemp as a string
