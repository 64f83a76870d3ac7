"""The page of a run: what it shows, escapes, leaves out and links to; the script beside it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.built import attribute, one, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bs4 import BeautifulSoup

    from tests.ext.conftest import Built

    Build = Callable[..., Built]

PAGE = """\
# A `page`

```{file} mysite/a.txt

one
```

```{terminal}
:name: server
:ready: 8000

$ serve \\
>   --all
```

```{terminal}

$ true
```
"""
HOSTILE = "<script>alert(1)</script> \"&amp;' {{ 7 * 7 }} {% raw %}"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def block(line: int, kind: str, content: str, *steps: dict[str, Any], **changes: Any) -> dict[str, Any]:
    found = {"line": line, "kind": kind, "sha256": sha256(content), "outcome": "passed", "seconds": 0.26}
    return {**found, "steps": steps, **changes}


def run(**changes: Any) -> dict[str, Any]:
    blocks = [
        block(3, "file", "one\n"),
        block(
            8,
            "terminal",
            "$ serve \\\n>   --all\n",
            {"command": "serve \\\n  --all", "output": "ready\n"},
            {"output": "bye\n", "status": 143, "signal": "TERM"},
        ),
        block(16, "terminal", "$ true\n", {"command": HOSTILE, "output": f"{HOSTILE}\n", "status": 3, "cut": 12}),
    ]
    return {
        "page": "index",
        "edition": "gingerdj",
        "sha256": sha256(PAGE),
        "outcome": "passed",
        "started": "2026-11-21T10:00:00Z",
        "seconds": 61.24,
        "versions": {"python": "3.13.0", "uvicorn": HOSTILE},
        "blocks": blocks,
        "script": f"echo '{HOSTILE}'\n",
        **changes,
    }


@pytest.fixture
def record(tmp_path: Path) -> Callable[..., None]:
    """Write the evidence file that `build` reads."""

    def write(*runs: dict[str, Any]) -> None:
        (tmp_path / "evidence.json").write_text(json.dumps({"format": 1, "runs": runs}))

    return write


@pytest.fixture
def log(build: Build, record: Callable[..., None]) -> Callable[..., BeautifulSoup]:
    """Build PAGE with one run of it and return the page of that run."""

    def built(*, language: str = "en", **changes: Any) -> BeautifulSoup:
        record(run(**changes))
        found = build(PAGE, language=language)
        assert found.warnings == ""
        return read(found.folder / "run" / "gingerdj" / "index.html")

    return built


def test_it_says_what_ran_when_and_on_what(log: Callable[..., BeautifulSoup]) -> None:
    found = log()
    assert one(found, "h1").get_text() == "Log of “A page” with GingerDJ"
    assert (
        one(found, "h1 + p")
        .get_text(" ", strip=True)
        .startswith("GingerDJ · ran · 21 Nov 2026 · 61.2\xa0s Python 3.13.0")
    )
    assert (
        one(found, "article .again").get_text() == ".venv/bin/python -m pytest -qq -k index-gingerdj tests/test_docs.py"
    )


def test_every_block_is_there_with_what_came(log: Callable[..., BeautifulSoup]) -> None:
    found = log()
    shown = {attribute(each, "id"): [pre.get_text() for pre in each.select("pre")] for each in found.select(".block")}
    assert shown == {
        "line-3": [],
        "line-8": ["$ serve \\\n>   --all\nready\n", "bye\n"],
        "line-16": [f"$ {HOSTILE}\n{HOSTILE}\n"],
    }
    notes = [[note.get_text() for note in each.select(".block-notes")] for each in found.select(".block")]
    assert notes == [
        ["Written · 0.3\xa0s"],
        ["At the end of its section, after SIGTERM: exit status 143", "0.3\xa0s"],
        ["Exit status 3 · Not shown: 12 more characters · 0.3\xa0s"],
    ]


def test_what_programs_print_is_escaped(log: Callable[..., BeautifulSoup]) -> None:
    found = log()
    assert [attribute(script, "src").partition("?")[0] for script in found.select("script")] == [
        "../../_static/site.js"
    ]
    assert "49" not in found.get_text()


def test_it_leads_back_to_each_block(log: Callable[..., BeautifulSoup]) -> None:
    links = log().select(".block-bar a")
    assert [(attribute(link, "href"), link.get_text()) for link in links] == [
        ("../../#block-1", "mysite/a.txt"),
        ("../../#block-2", "Terminal “server”, left running"),
        ("../../#block-3", "Terminal"),
    ]


def test_a_run_of_an_older_page_says_so(log: Callable[..., BeautifulSoup]) -> None:
    old = block(9, "terminal", "$ false\n", {"command": "false", "output": "", "status": 1}, outcome="failed")
    found = log(sha256="0", outcome="failed", blocks=[old])
    assert "The page has changed since this run." in found.get_text()
    assert found.select(".block-bar a") == []
    assert one(found, "#line-9 .block-bar").get_text(strip=True) == ":9"
    assert one(found, "#line-9 .block-notes").get_text() == "failed · Exit status 1 · 0.3\xa0s"
    assert "The page has changed" not in log().get_text()


def test_no_search_finds_it(log: Callable[..., BeautifulSoup]) -> None:
    found = log()
    assert attribute(one(found, "meta[name=robots]"), "content") == "noindex"
    assert found.select("[data-pagefind-body]") == []


def test_it_stands_in_every_language(log: Callable[..., BeautifulSoup]) -> None:
    found = log(language="pt_BR")
    assert one(found, "h1").get_text() == "Log de “A page” com GingerDJ"
    assert "61,2\xa0s" in one(found, "h1 + p").get_text()
    links = [attribute(link, "href") for link in found.select("link[rel=alternate]")]
    assert links[0] == "../../../en/run/gingerdj/"


def test_the_guide_page_leads_to_scripts_and_logs(build: Build, record: Callable[..., None]) -> None:
    record(run(edition="django", script=None), run())
    found = build(PAGE)
    links = [(attribute(link, "href"), link.get_text()) for link in found.page.select(".page-foot a")]
    assert links == [
        ("run/index.gingerdj.sh", "GingerDJ"),
        ("run/gingerdj/", "GingerDJ"),
        ("run/django/", "Django"),
    ]
    script = found.folder / "run" / "index.gingerdj.sh"
    assert script.read_text(encoding="utf-8") == run()["script"]
    assert found.page.select("[download]") == [one(found.page, "[href='run/index.gingerdj.sh']")]
    other = read(found.folder / "run" / "django" / "index.html")
    assert other.select("[download]") == []
    assert attribute(one(other, "li a[href*=gingerdj]"), "href") == "../../run/gingerdj/"


def test_no_evidence_no_runs(build: Build, record: Callable[..., None]) -> None:
    record(run())
    assert (build(PAGE).folder / "run").exists()
    record()
    found = build(PAGE)
    assert not (found.folder / "run").exists()
    assert found.page.select("a[href^=run]") == []


def test_a_run_that_kept_nothing_still_has_its_page(log: Callable[..., BeautifulSoup]) -> None:
    found = log(blocks=[{key: value for key, value in run()["blocks"][2].items() if key != "steps"}], script=None)
    assert one(found, "#line-16").select("pre") == []
