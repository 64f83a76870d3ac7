"""The evidence file: what ran, when, on which versions, in the form that the site reads."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from tests.snippets.evidence import collect, record, write
from tests.snippets.journal import Step
from tests.snippets.parse import parse
from tests.snippets.scenario import Failure, Result
from tests.snippets.script import script

if TYPE_CHECKING:
    from pathlib import Path

    from tests.snippets.page import Edition

PAGE = """\
# A page

```{file} a.txt

one
```

```{terminal}

$ cat \\
>   a.txt
one
```

:::{tab-item} Django
:sync: django

```pycon
>>> def a():
...     return 1
>>> a()
1
```
:::

```{terminal}
:name: server

shown
```
"""


def digest(text: str) -> str:
    """SHA-256 in hexadecimal."""
    return sha256(text.encode()).hexdigest()


@pytest.fixture
def result(tmp_path: Path) -> Result:
    """A run of the page in the edition without a tab, which failed."""
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    page = parse(path, "servers/page")
    return Result(
        page,
        "gingerdj",
        datetime(2026, 11, 21, 10, 0, 0, 999, tzinfo=UTC),
        seconds=1.239,
        outcomes={3: "passed", 8: "failed", 26: "not reached"},
        times={3: 0.00123, 8: 1.2},
        failure=Failure(12, "output differs"),
        measured={"stop.exit": "143"},
        versions={"python": "3.13.0"},
        steps={8: [Step("two\r\n", "cat \\\n  a.txt", 0)]},
    )


def test_the_record_of_a_run(result: Result) -> None:
    assert record(result) == {
        "page": "servers/page",
        "edition": "gingerdj",
        "sha256": digest(PAGE),
        "outcome": "failed",
        "started": "2026-11-21T10:00:00Z",
        "seconds": 1.24,
        "versions": {"python": "3.13.0"},
        "blocks": [
            {
                "line": 3,
                "kind": "file",
                "sha256": digest("one\n"),
                "copy": digest("one"),
                "outcome": "passed",
                "seconds": 0.001,
                "steps": [],
            },
            {
                "line": 8,
                "kind": "terminal",
                "sha256": digest("$ cat \\\n>   a.txt\none\n"),
                "copy": digest("cat \\\n  a.txt"),
                "outcome": "failed",
                "seconds": 1.2,
                "steps": [{"output": "two\n", "command": "cat \\\n  a.txt", "status": 0}],
            },
            {
                "line": 26,
                "kind": "terminal",
                "sha256": digest("shown\n"),
                "copy": None,
                "outcome": "not reached",
                "seconds": 0.0,
                "steps": [],
            },
        ],
        "measured": {"stop.exit": "143"},
        "script": None,
    }


def test_a_page_that_passed_has_its_script(result: Result) -> None:
    result.failure = None
    assert record(result)["script"] == script(result.page, "gingerdj", versions={"python": "3.13.0"})


def test_a_session_is_copied_without_prompts(result: Result) -> None:
    result.edition = "django"
    result.outcomes = {18: "passed"}
    (block,) = record(result)["blocks"]
    assert block["copy"] == digest("def a():\n    return 1\na()")


def test_runs_are_put_together(result: Result, tmp_path: Path) -> None:
    editions: tuple[Edition, ...] = ("gingerdj", "django")
    for edition in editions:
        result.edition = edition
        write(result, tmp_path)
    result.failure = None
    write(result, tmp_path)  # again, and now it passed
    collect(tmp_path)
    together = json.loads((tmp_path / "evidence.json").read_text())
    assert together["format"] == 1
    assert [(run["page"], run["edition"], run["outcome"]) for run in together["runs"]] == [
        ("servers/page", "django", "passed"),
        ("servers/page", "gingerdj", "failed"),
    ]
    assert (tmp_path / "evidence.json").stat().st_mode & 0o777 == 0o644
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evidence", "evidence.json", "page.md"]
    assert len(list((tmp_path / "evidence").iterdir())) == 2
