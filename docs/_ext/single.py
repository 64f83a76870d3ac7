"""One page in one language, built by Sphinx in a process that has imported it beforehand.

A build starts with the imports of Sphinx and of its extensions, which take longer than a page. So a process imports
them, waits until there is something to build, builds it, and ends: gettext keeps each catalogue that a process has
read, and a second build would get the first one's translations.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import warnings
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from _ext import press

if TYPE_CHECKING:
    from types import TracebackType

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Job:
    """What to build: the folders as Sphinx takes them, the page's source, the language, and whose lines to mark."""

    root: str
    output: str
    doctrees: str
    page: str
    language: str
    places_of: str


class Spare:
    """A process that is ready to build one page."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "_ext.single"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Spare:
        """Return the process itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """End the process, at its imports or at its build."""
        with self._process:
            self._process.kill()

    def start(self, job: Job) -> None:
        """Begin to build."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(asdict(job)))
        self._process.stdin.close()

    def result(self) -> str:
        """Wait for the end of the build; return what Sphinx complained about, and nothing when all is well."""
        assert self._process.stdout
        said = self._process.stdout.read()
        status = self._process.wait()
        return f"{said}\nthe build ended with {status}" if status else said


def build(job: Job) -> str:
    """Build a page in this process; return what Sphinx complains about."""
    from sphinx.application import Sphinx  # noqa: PLC0415  # what uses this module only to start processes is quick
    from sphinx.errors import SphinxError  # noqa: PLC0415  # see above
    from sphinx.util.console import strip_colors  # noqa: PLC0415  # see above
    from sphinx.util.docutils import patch_docutils  # noqa: PLC0415  # see above

    said = io.StringIO()
    with patch_docutils(job.root):  # docutils.conf closes what a catalogue could open
        try:
            app = Sphinx(
                srcdir=Path(job.root, "docs"),
                confdir=job.root,
                outdir=job.output,
                doctreedir=job.doctrees,
                buildername="dirhtml",
                confoverrides={"language": job.language, "places_of": job.places_of},
                status=None,
                warning=said,
            )
            # Without its compiled catalogue, each page would be read again at each build.
            app.builder.compile_update_catalogs()
            app.build(filenames=[Path(job.page)])
        except SphinxError as error:
            said.write(str(error))
    return strip_colors(said.getvalue()).strip().replace(f"{job.root}/", "")


def main() -> None:
    """Import what a build needs, wait for a job on the standard input, and write what Sphinx said of it."""
    warnings.simplefilter("ignore")
    press.load(ROOT)
    if job := sys.stdin.read():
        sys.stdout.write(build(Job(**json.loads(job))))


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
