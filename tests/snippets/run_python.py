"""Run a plain snippet in the sandbox through pytest-examples, and answer with what it really printed.

Started as ``python run_python.py <base64 of JSON>`` in the main terminal's folder, by the interpreter that the page
installed its packages for. The ``#>`` lines are taken out first: one below a print that never ran would stay otherwise.
The answer, after the word that the engine gave, is JSON: ``content``, or ``error`` and the ``line`` of the page.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import inspect
    from collections.abc import Sequence
    from types import ModuleType

SNIPPET = "snippet.py"
"""What a snippet is called while it runs."""
WIDTH = 88
"""Columns of a snippet: what it prints beyond that, pytest-examples shows on several lines."""


def is_print(line: str) -> bool:
    """Whether a line shows what the snippet prints."""
    return line.lstrip().startswith("#>")


def place(error: BaseException, content: str, line: int) -> int:
    """The line of the page where a snippet, whose first line is ``line``, raised."""
    numbers = [number for number, text in enumerate(content.splitlines(), start=line) if not is_print(text)]
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename).name == SNIPPET and frame.lineno]
    if isinstance(error, SyntaxError) and error.lineno and Path(error.filename or "").name == SNIPPET:
        lines.append(error.lineno)
    return numbers[min(lines[-1], len(numbers)) - 1] if lines and numbers else line


def is_its_own(file: Path, frame: inspect.FrameInfo, arguments: Sequence[Any]) -> bool:
    """Whether the snippet itself prints; what an imported module prints goes to the terminal, where it is seen."""
    own = file.samefile(frame.filename)
    if not own:
        sys.stdout.write(" ".join(map(str, arguments)) + "\n")
    return own


def run(content: str) -> str:
    """The snippet with a ``#>`` line for everything it printed."""
    from pytest_examples import CodeExample, run_code  # noqa: PLC0415 - importable only once main() has set the path
    from pytest_examples.config import ExamplesConfig  # noqa: PLC0415 - as above

    # Its traceback rewriting aborts the interpreter on Python 3.11; `place` finds the line in the page.
    run_code.create_example_traceback = lambda *_: None  # type: ignore[attr-defined]  # imported there, not exported
    hidden = hide(Path(run_code.__file__).parent.parent)
    source = "".join(line for line in content.splitlines(keepends=True) if not is_print(line))
    example = CodeExample.create(source, prefix="python")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, SNIPPET)
        file.write_text(source, encoding="utf-8")
        printed, _ = run_code.run_code(
            example=example,
            python_file=file,
            loader=None,
            config=ExamplesConfig(line_length=WIDTH),
            enable_print_mock=True,
            print_callback=None,
            include_print=is_its_own,
            module_globals=None,
            call=None,
        )
    sys.modules.update(hidden)
    return printed.updated_print_statements(example) or source


def hide(tools: Path) -> dict[str, ModuleType]:
    """Take the modules of the tools from the snippet, which would otherwise import what the page did not install."""
    inside = str(tools) + os.sep
    names = [name for name, module in sys.modules.items() if (getattr(module, "__file__", "") or "").startswith(inside)]
    return {name: sys.modules.pop(name) for name in names}


def main() -> None:
    """Read the block, run it with the current folder importable, answer."""
    payload = json.loads(base64.b64decode(sys.argv[1]))
    del sys.argv[1:]
    sys.path[0] = payload["tools"]
    import pytest_examples.run_code  # noqa: F401, PLC0415 - from the tools, which the snippet must not see

    sys.path[0] = os.getcwd()  # noqa: PTH109 - as `python` has it
    out = sys.stdout
    answer: dict[str, Any]
    try:
        answer = {"content": run(payload["content"])}
    except BaseException as error:  # an exit is one too
        message = "".join(traceback.format_exception_only(error))
        answer = {"error": message, "line": place(error, payload["content"], payload["line"])}
    out.write(payload["word"] + json.dumps(answer))
    out.flush()


if __name__ == "__main__":
    main()
