"""What the cover of the book says: which version of the guide it is, of what day, and what it ran on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from _ext import evidence, history, interface
from gingerdj import __version__

if TYPE_CHECKING:
    from _ext.languages import Language

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Cover:
    """The words of a cover; an empty one is not known."""

    version: str
    changed: str
    ran: str
    """On which day the oldest of the last runs was: nothing in the book is older evidence."""
    platform: str


def read(language: Language, *, evidence_file: Path) -> Cover:
    """Return the cover's words in a language, from git and from the evidence of the last runs."""
    _ = interface.translations(language.code).gettext
    changes = history.read(ROOT / "docs", ROOT / "locale")
    runs = evidence.read(evidence_file) if evidence_file.exists() else []
    changed = ran = ""
    if changes:
        changed = _("Last change: %(date)s") % {"date": language.day(max(changes.values()))}
    if runs:
        oldest = min(datetime.fromisoformat(run["started"]) for run in runs)
        ran = _("Its blocks last ran on %(date)s or later, with:") % {"date": language.day(oldest)}
    return Cover(__version__, changed, ran, evidence.versions(*runs))
