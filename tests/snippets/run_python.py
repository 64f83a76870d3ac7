"""Run a plain snippet in the sandbox through pytest-examples, and print it with what it really printed.

Started as ``python run_python.py <base64 of JSON>`` in the main terminal's folder, by the interpreter that the page
installed its packages for. The ``#>`` lines are taken out first: one below a print that never ran would stay otherwise.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

SNIPPET = "snippet.py"
"""What a snippet is called while it runs."""


def stripped(content: str) -> str:
    """The snippet without the lines that show what it prints."""
    return "".join(line for line in content.splitlines(keepends=True) if not line.lstrip().startswith("#>"))


def place(error: BaseException, payload: dict[str, Any]) -> str:
    """Where in the page the snippet raised: ``docs/page.md:12``."""
    numbers = [
        number
        for number, line in enumerate(payload["content"].splitlines(), start=payload["line"])
        if not line.lstrip().startswith("#>")
    ]
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename).name == SNIPPET and frame.lineno]
    return f"{payload['page']}:{numbers[lines[-1] - 1] if lines else payload['line']}"


def run(content: str, line: int, page: str) -> str:
    """The snippet with a ``#>`` line for everything it printed."""
    from pytest_examples import CodeExample, run_code  # noqa: PLC0415 - importable only once main() has set the path
    from pytest_examples.config import ExamplesConfig  # noqa: PLC0415

    # Its traceback rewriting aborts the interpreter on Python 3.11; `place` finds the line in the page.
    run_code.create_example_traceback = lambda *_: None
    source = stripped(content)
    example = CodeExample.create(source, path=Path(page), start_line=line, prefix="python")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, SNIPPET)
        file.write_text(source, encoding="utf-8")
        printed, _ = run_code.run_code(
            example=example,
            python_file=file,
            loader=None,
            config=ExamplesConfig(line_length=88),
            enable_print_mock=True,
            print_callback=None,
            include_print=None,
            module_globals=None,
            call=None,
        )
        return printed.updated_print_statements(example) or source


def main() -> int:
    """Read the block, run it with the current folder importable, print JSON or the exception."""
    payload = json.loads(base64.b64decode(sys.argv[1]))
    sys.path[0] = payload["tools"]
    import pytest_examples.run_code  # noqa: F401, PLC0415 - from the tools, which the snippet must not see

    sys.path[0] = os.getcwd()  # noqa: PTH109 - as `python` has it
    try:
        content = run(payload["content"], payload["line"], payload["page"])
    except Exception as error:
        sys.stdout.write(f"{place(error, payload)}: {''.join(traceback.format_exception_only(error))}")
        return 1
    sys.stdout.write(json.dumps({"content": content}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
