"""Marks of a run: what is shown for each outcome, and never more than was seen."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from sphinx.errors import ExtensionError

from tests.built import attribute, one, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.ext.conftest import Built

    Build = Callable[..., Built]

PAGE = "# A page\n\n```{terminal}\n\n$ true\n```\n"
VERSIONS = {"uvicorn": "0.54.0", "django": "6.1.3", "python": "3.13.0"}


def run(markdown: str = PAGE, **changes: Any) -> dict[str, Any]:
    """Return a run of PAGE, as the engine writes it; changes replace parts of it or of its block."""
    block = {"line": 3, "kind": "terminal", "sha256": sha256("$ true\n"), "copy": sha256("true"), "seconds": 0.1}
    block["outcome"] = changes.pop("block", "passed")
    return {
        "page": "index",
        "edition": "gingerdj",
        "sha256": sha256(markdown),
        "outcome": "passed",
        "started": "2026-11-21T10:00:00Z",
        "seconds": 1.2,
        "versions": VERSIONS,
        "blocks": [block],
        "measured": {},
        **changes,
    }


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def record(tmp_path: Path) -> Callable[..., None]:
    """Write the evidence file that `build` reads."""

    def write(*runs: dict[str, Any], version: int = 1) -> None:
        (tmp_path / "evidence.json").write_text(json.dumps({"format": version, "runs": runs}))

    return write


def test_without_evidence_nothing_is_marked(build: Build) -> None:
    built = build(PAGE)
    assert built.warnings == ""
    assert built.page.select(".evidence") == []


def test_a_block_that_ran_says_when_and_on_what(build: Build, record: Callable[..., None]) -> None:
    record(run(edition="django"), run())
    mark = one(build(PAGE).page, ".evidence-passed")
    assert one(mark, "summary").get_text() == "Ran on 21 Nov 2026"
    assert attribute(one(mark, "summary"), "title") == "Ran on 21 Nov 2026"
    assert [row.get_text(" ", strip=True) for row in mark.select("p")[:-1]] == [
        f"{edition} · ran · 21 Nov 2026 Python 3.13.0, Django 6.1.3, Uvicorn 0.54.0"
        for edition in ("GingerDJ", "Django")
    ]
    assert attribute(mark.select("time")[0], "datetime") == "2026-11-21T10:00:00Z"


@pytest.mark.parametrize(
    ("language", "said"),
    [("pt_BR", "Executado em 21 de nov. de 2026"), ("zh_Hans", "执行于 2026年11月21日")],
)
def test_the_mark_is_translated(build: Build, record: Callable[..., None], language: str, said: str) -> None:
    record(run())
    assert one(build(PAGE, language=language).page, ".evidence summary").get_text() == said


@pytest.mark.parametrize(
    ("changes", "state", "said"),
    [
        ({"block": "failed"}, "failed", "Failed on 21 Nov 2026"),
        ({"block": "not reached"}, "failed", "Not reached on 21 Nov 2026"),
        ({"markdown": f"{PAGE}More.\n"}, "changed", "Changed since its last run, 21 Nov 2026"),
        ({"blocks": []}, "changed", "Changed since its last run, 21 Nov 2026"),
    ],
)
def test_a_mark_is_honest(
    build: Build, record: Callable[..., None], changes: dict[str, Any], state: str, said: str
) -> None:
    record(run(edition="django"), run(**changes))
    built = build(PAGE)
    assert built.page.select(".evidence-passed") == []
    assert one(built.page, f".evidence-{state} summary").get_text() == said


def test_a_block_in_a_tab_has_the_run_of_its_edition(build: Build, record: Callable[..., None]) -> None:
    tabs = "# A page\n\n::::{tab-set}\n:sync-group: framework\n\n:::{tab-item} Django\n:sync: django\n\n"
    markdown = f"{tabs}```{{terminal}}\n\n$ true\n```\n:::\n::::\n"
    record(run(markdown, block="failed"), run(markdown, edition="django"))
    mark = one(build(markdown).page, ".evidence")
    assert attribute(mark, "class") == "evidence evidence-passed"
    assert [strong.get_text() for strong in mark.select("strong")] == ["Django"]
    assert one(mark, ".again").get_text() == again("index-django", 9)


def again(name: str, line: int) -> str:
    return f".venv/bin/python -m pytest -qq -k {name} --until {line} tests/test_docs.py"


def test_a_mark_says_how_to_run_its_block_again(build: Build, record: Callable[..., None]) -> None:
    record(run(), run(edition="django"))
    code = one(build(PAGE).page, ".evidence .again")
    assert (code.name, attribute(code, "translate")) == ("code", "no")
    assert code.get_text() == again("index", 3)


def test_a_mark_leads_to_what_came(build: Build, record: Callable[..., None]) -> None:
    steps = [{"output": "", "command": "true", "status": 0}]
    kept = {**run()["blocks"][0], "steps": steps}
    record(run(blocks=[kept]), run(edition="django"))
    built = build(PAGE)
    # The run of the other edition kept nothing.
    link = one(built.page, ".evidence a")
    assert (link.get_text(), attribute(link, "href")) == ("What it printed", "run/gingerdj/#line-3")
    assert one(read(built.folder / "run" / "gingerdj" / "index.html"), "#line-3 pre").get_text() == "$ true\n"


def test_a_block_that_never_runs_is_not_said_to_have_run(build: Build, record: Callable[..., None]) -> None:
    record(run(block="not run"))
    assert one(build(PAGE).page, ".evidence-changed summary").get_text() == "Not run on 21 Nov 2026"


def test_another_page_is_not_marked(build: Build, record: Callable[..., None]) -> None:
    record(run(page="servers/uvicorn"))
    assert build(PAGE).page.select(".evidence") == []


def test_new_evidence_changes_a_page_that_did_not(build: Build, record: Callable[..., None]) -> None:
    assert build(PAGE).page.select(".evidence") == []
    record(run())
    assert len(build(PAGE).page.select(".evidence-passed")) == 1
    record(run(block="failed"))
    assert len(build(PAGE).page.select(".evidence-failed")) == 1
    record()
    assert build(PAGE).page.select(".evidence") == []


def test_another_format_is_refused(build: Build, record: Callable[..., None]) -> None:
    record(run(), version=2)
    with pytest.raises(ExtensionError, match="format 2, not 1: run the snippets again"):
        build(PAGE)
