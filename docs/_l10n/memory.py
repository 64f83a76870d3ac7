"""What the last check found without fault, so that the next one reads only what has changed since.

A catalogue is known by the digest of everything that decides about it: its own bytes, the messages of its page, the
rules, the glossary, the lists of words, the versions of the parsers. Nothing is known where CI decides.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from _l10n.extract import Message
from _l10n.layout import Layout

NAME = "checked.json"
RULES = Path(__file__).parent
PARSERS = ("docutils", "markdown-it-py", "mdit-py-plugins", "myst-parser", "polib", "snowballstemmer", "sphinx")


class Memory:
    """The catalogues of a guide that are without fault."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._path = layout.root / "build" / NAME
        self._common = _digest([*self._versions(), *self._files()])
        self._known = self._read()
        self._seen: set[str] = set()

    def key(self, path: Path, messages: Iterable[Message]) -> str:
        """Return what a catalogue is known by, with the messages of its page."""
        name = path.relative_to(self._layout.root).as_posix()
        return _digest([self._common, name, path.read_bytes(), *map(repr, messages)])

    def knows(self, key: str) -> bool:
        """Return whether a catalogue was without fault, just as it is."""
        if key in self._known:
            self._seen.add(key)
        return key in self._known

    def learn(self, key: str) -> None:
        """Note that a catalogue is without fault."""
        self._seen.add(key)

    def save(self) -> None:
        """Write what this check has seen; what it has not seen is gone."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_name(f"{NAME}.{os.getpid()}")
        new.write_text(json.dumps(sorted(self._seen), indent=0) + "\n", encoding="utf-8")
        new.replace(self._path)

    def _read(self) -> frozenset[str]:
        # A stranger's change may bring such a file along.
        if os.environ.get("CI") == "true" or not self._path.is_file():
            return frozenset()
        try:
            return frozenset(json.loads(self._path.read_text(encoding="utf-8")))
        except (ValueError, TypeError):
            return frozenset()

    def _versions(self) -> list[str]:
        return [sys.version, *(f"{name} {metadata.version(name)}" for name in PARSERS)]

    def _files(self) -> list[bytes]:
        rules = (path for path in RULES.rglob("*") if path.suffix in {".py", ".toml"})
        words = self._layout.locale.glob("*.t[sx][vt]")
        settings = self._layout.root.glob("conf.py")
        return [path.read_bytes() for path in sorted([*rules, *words, *settings])]


def _digest(parts: Iterable[str | bytes]) -> str:
    """Return the digest of parts, whose borders count."""
    found = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        found.update(len(data).to_bytes(8, "big") + data)
    return found.hexdigest()
