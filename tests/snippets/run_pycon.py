"""Run a doctest session in the sandbox, and answer with the session as it really went.

Started as ``python run_pycon.py <base64 of JSON>`` in the main terminal's folder, by the interpreter that the page
installed its packages for. Only the standard library. The answer, after the word that the engine gave, is JSON:
``content``. The comparison is the engine's, which knows no ``...`` and no options: doctest only runs the examples.
"""

from __future__ import annotations

import base64
import doctest
import json
import os
import sys
from typing import Any

HEADER = "Traceback (most recent call last):\n"
STACK = "    ...\n"
"""Stands for the frames of a traceback, which are nobody's business on a page."""


class Checker(doctest.OutputChecker):
    """Finds everything different, so that the runner reports all; keeps what it was given last."""

    got = ""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        """Never equal."""
        self.got = got
        return False


class Recorder(doctest.DocTestRunner):
    """Runs every example and keeps what each one printed, by its line."""

    def __init__(self) -> None:
        self.checker = Checker()
        super().__init__(self.checker, verbose=False)
        self.printed: dict[int, list[str]] = {}

    def report_start(self, out: Any, test: doctest.DocTest, example: doctest.Example) -> None:
        """Nothing is reported while it runs."""

    def report_failure(self, out: Any, test: doctest.DocTest, example: doctest.Example, got: str) -> None:
        """Keep what came: of an exception, the checker was given the message alone."""
        printed = got
        if got != self.checker.got:
            before = got[: got.index(HEADER)].removesuffix("  + Exception Group ")
            printed = before + HEADER + STACK + self.checker.got
        self.printed[example.lineno] = [line or "<BLANKLINE>" for line in printed.splitlines()]


class Errors:
    """Standard error of a session: on a reader's screen it comes between the output, so it is taken for output."""

    def write(self, text: str) -> int:
        """Print it."""
        return sys.stdout.write(text)

    def flush(self) -> None:
        """Nothing is held back."""


def session(content: str) -> str:
    """The session with what really came below each example."""
    test = doctest.DocTestParser().get_doctest(content, {"__name__": "__main__"}, "session", None, 0)
    for example in test.examples:
        example.exc_msg = ""  # every exception is reported like output
    recorder = Recorder()
    recorder.run(test, clear_globs=False)
    lines = content.splitlines()
    # From the bottom up, so that the places above stay true.
    for example in reversed(test.examples):
        start = example.lineno + example.source.count("\n")
        lines[start : start + example.want.count("\n")] = recorder.printed[example.lineno]
    return "".join(f"{line}\n" for line in lines)


def main() -> None:
    """Read the block, run it with the current folder importable, answer."""
    payload = json.loads(base64.b64decode(sys.argv[1]))
    del sys.argv[1:]
    sys.path[0] = os.getcwd()  # noqa: PTH109 - as `python` has it, and pathlib is one more import
    out = sys.stdout
    sys.stderr = Errors()
    content = session(payload["content"])
    out.write(payload["word"] + json.dumps({"content": content}))
    out.flush()


if __name__ == "__main__":
    main()
