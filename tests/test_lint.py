"""The Python on the pages passes ruff; and a finding is told with its line in the page."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from tests.snippets.lint import Finding, lint
from tests.snippets.parse import parse
from tests.test_docs import DOCS, keys

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("key", keys())
def test_the_python_of_a_page(key: str) -> None:
    found = lint(parse(DOCS / f"{key}.md", key))
    told = "\n".join(f"docs/{key}.md:{finding.line}: {finding.problem}" for finding in found)
    if told:
        pytest.fail(told, pytrace=False)


@pytest.fixture
def linted(tmp_path: Path) -> Callable[[str], list[Finding]]:
    """Lint a text as a page."""

    def findings(text: str) -> list[Finding]:
        path = tmp_path / "page.md"
        path.write_text(dedent(text))
        return lint(parse(path, "page"))

    return findings


def test_clean(linted: Callable[[str], list[Finding]]) -> None:
    text = """\
    ```python
    for number in range(2):
        print(number)
        #> 0
        #> 1
    ```

    ```{file} settings.py

    import os

    from mysite.settings import *

    os.environ["A"] = DATABASES
    from django.db import models

    __all__ = ["models"]
    ```

    ```{file} nginx.conf

    import os
    ```
    """
    assert linted(text) == []


def test_findings_with_their_lines(linted: Callable[[str], list[Finding]]) -> None:
    text = """\
    # A page

    - in a list

      ```python
      print(1)
      #> 1
      import os
      ```

    ```{file} mysite/views.py

    a = 1
    if not a in b:
        pass
    ```
    """
    found = linted(text)
    assert [(finding.line, finding.problem.split()[0]) for finding in found] == [
        (8, "F401"),
        (14, "E713"),
        (14, "F821"),
    ]


def test_a_format_with_its_lines(linted: Callable[[str], list[Finding]]) -> None:
    (first, second) = linted("```python\na = 1\nprint('x')\n#> x\n" + "a = 2\n" * 9 + "b = (1,2)\n```\n")
    assert first == Finding(
        3, "ruff format writes\n     a = 1\n    -print('x')\n    +print(\"x\")\n" + "     a = 2\n" * 2 + "     a = 2"
    )
    assert second.line == 14


def test_what_cannot_be_parsed(linted: Callable[[str], list[Finding]]) -> None:
    (finding, *_) = linted("```python\na = 1\nif:\n```\n")
    assert (finding.line, finding.problem.split(":")[0]) == (3, "invalid-syntax Expected an expression")
