"""Run a doctest session in the sandbox, and print its content as it should stand on the page.

Started as ``python run_pycon.py <base64 of JSON>`` in the main terminal's folder, by the interpreter that the page
installed its packages for. Only the standard library. Exit status 1 with a plain message where the block cannot be
read. An expected line is kept where it matches what came, so that the engine's comparison finds only true differences.
"""

from __future__ import annotations

import base64
import doctest
import json
import os
import sys
from typing import Any


class Recorder(doctest.DocTestRunner):
    """Runs every example and keeps what each one printed."""

    def __init__(self) -> None:
        super().__init__(verbose=False, optionflags=0)
        self.got: dict[int, str] = {}

    def report_start(self, out: Any, test: doctest.DocTest, example: doctest.Example) -> None:
        """Nothing is reported while it runs."""

    def report_success(self, out: Any, test: doctest.DocTest, example: doctest.Example, got: str) -> None:
        """What came was what the page says, by doctest's own rules."""
        self.got[example.lineno] = example.want

    def report_failure(self, out: Any, test: doctest.DocTest, example: doctest.Example, got: str) -> None:
        """What came is something else."""
        self.got[example.lineno] = got

    def report_unexpected_exception(self, out: Any, test: doctest.DocTest, example: doctest.Example, exc: Any) -> None:
        """An exception that the page does not show: its last line, as an interactive session ends it."""
        frames = "Traceback (most recent call last):\n    ...\n"
        self.got[example.lineno] = frames + "".join(doctest.traceback.format_exception_only(*exc[:2]))


def session(content: str, page: str, line: int) -> str:
    """The session with what really came below each example."""
    parser = doctest.DocTestParser()
    test = parser.get_doctest(content, {"__name__": "__main__"}, page, page, line - 1)
    recorder = Recorder()
    recorder.run(test, clear_globs=False)
    written = []
    for part in parser.parse(content, page):
        if isinstance(part, str):
            written.append(part)
            continue
        first, *rest = part.source.removesuffix("\n").split("\n")
        written.append("".join([f">>> {first}\n", *(f"... {text}".rstrip() + "\n" for text in rest)]))
        written.append(recorder.got.get(part.lineno, ""))
    return "".join(written)


def main() -> None:
    """Read the block, run it with the current folder importable, print JSON."""
    payload = json.loads(base64.b64decode(sys.argv[1]))
    sys.path[0] = os.getcwd()  # noqa: PTH109 - as `python` has it, and pathlib is one more import
    out = sys.stdout
    content = session(payload["content"], payload["page"], payload["line"])
    out.write(json.dumps({"content": content}))


if __name__ == "__main__":
    main()
