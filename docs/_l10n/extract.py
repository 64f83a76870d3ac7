"""The messages of the English source, by Sphinx's gettext builder.

The builder runs in a process of its own and writes build/gettext/<digest of its inputs>/, so that a check after
an edit of a catalogue costs no extraction, and two checks at once do not write into each other's folder.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polib
import sphinx

from _l10n.layout import INTERFACE, Layout
from _l10n.problem import Problem

# A folder this old is no longer being read by a check that started before an edit.
STALE_SECONDS = 3600
# What decides the messages: pages, their directives, settings, templates, pictures.
INPUTS = ("*.md", "*.py", "*.html", "*.svg")


class ExtractionError(Exception):
    """The English source does not build; `problem` holds what Sphinx said."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True)
class Message:
    """One message: the English, its file as seen from the root, and the first line there that says it.

    A message of a page has no plural and no context; a string of the interface may.
    """

    msgid: str
    source: str
    plural: str = ""
    context: str | None = None
    line: int = 0

    @property
    def key(self) -> tuple[str | None, str]:
        """What makes a message one message, for gettext."""
        return (self.context, self.msgid)


def extract(layout: Layout) -> dict[str, list[Message]]:
    """Return the messages of every page by its stem, in the order of the page, and those of the interface.

    Raises `ExtractionError` when Sphinx cannot read the pages.
    """
    folder = _templates(layout)
    stems = [*layout.pages(), INTERFACE]
    found = {stem: list(_messages(layout, folder, stem)) for stem in stems}
    return {stem: messages for stem, messages in found.items() if messages}


def _messages(layout: Layout, folder: Path, stem: str) -> Iterator[Message]:
    template = folder / f"{stem}.pot"
    if template.exists():
        for entry in polib.pofile(str(template)):
            # The builder writes paths as seen from its output folder.
            name, line = entry.occurrences[0]
            source = (folder / name).resolve().relative_to(layout.root)
            yield Message(entry.msgid, source.as_posix(), entry.msgid_plural, entry.msgctxt, int(line or 0))


def _templates(layout: Layout) -> Path:
    target = layout.root / "build" / "gettext" / _digest(layout)
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        # Beside the target, so that the relative paths in the templates stay true when it takes the target's name.
        output = Path(tempfile.mkdtemp(dir=target.parent, prefix="new-"))
        try:
            with tempfile.TemporaryDirectory() as doctrees:
                _build(layout, output, Path(doctrees))
            _publish(output, target)
        finally:
            shutil.rmtree(output, ignore_errors=True)
        _remove_old(target)
    return target


def _digest(layout: Layout) -> str:
    digest = hashlib.sha256(sphinx.__version__.encode())
    for path in _inputs(layout):
        data = path.read_bytes()
        digest.update(f"{path.relative_to(layout.root)}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()[:16]


def _inputs(layout: Layout) -> Iterator[Path]:
    yield layout.root / "conf.py"
    for pattern in INPUTS:
        yield from sorted(path for path in layout.docs.rglob(pattern) if path.is_file())


def _build(layout: Layout, output: Path, doctrees: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-b", "gettext", "-q", "--no-color"]
    command += ["-c", str(layout.root), "-d", str(doctrees), str(layout.docs), str(output)]
    environment = {**os.environ, "PYTHONPATH": str(layout.docs)}
    run = subprocess.run(command, cwd=layout.root, env=environment, capture_output=True, text=True, check=False)
    if run.returncode:
        said = " ".join(_error(run.stderr or run.stdout).split())
        cure = "make the English page build; `make site` shows the whole error"
        raise ExtractionError(Problem(layout.docs, 1, "extraction", f"Sphinx cannot read the pages: {said}", cure))


def _error(output: str) -> str:
    """Return the lines that name the error; Sphinx prints its versions and extensions around them."""
    lines = output.splitlines()
    return "\n".join(line for line in lines if "rror:" in line or "ERROR" in line) or "\n".join(lines[-3:])


def _publish(output: Path, target: Path) -> None:
    try:
        output.rename(target)
    except OSError:
        # Another run was faster; its folder has the same content.
        if not target.is_dir():
            raise


def _remove_old(target: Path) -> None:
    for folder in target.parent.iterdir():
        if folder != target and time.time() - folder.stat().st_mtime > STALE_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
