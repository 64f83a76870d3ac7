"""Every code block of the built site, in each language and edition, is one that ran, hash by hash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.ledger import problems
from tests.test_docs import keys

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("en", "pt-br", "zh-hans")

pytestmark = pytest.mark.site


@pytest.fixture(scope="module")
def runs() -> list[dict[str, Any]]:
    """The records of the last runs; `make test` runs the pages before this."""
    evidence = ROOT / "build" / "evidence.json"
    if not evidence.is_file():
        pytest.fail("build/evidence.json is not there: run `pytest -m pages` first", pytrace=False)
    found: list[dict[str, Any]] = json.loads(evidence.read_text(encoding="utf-8"))["runs"]
    return found


def built(language: str, key: str) -> Path:
    """The file of a page in the built site."""
    folder = ROOT / "build" / "site" / language / ("" if key == "index" else key)
    if not (folder / "index.html").is_file():
        pytest.fail(f"{folder}/index.html is not there: run `make site` first", pytrace=False)
    return folder / "index.html"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", keys())
def test_every_block_ran(key: str, language: str, runs: list[dict[str, Any]]) -> None:
    assert list(problems(built(language, key), key, ROOT / "docs" / f"{key}.md", runs)) == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("INFO:     Shutting down", "INFO:     Slowing down", "a block is shown that did not run"),
        ('data-copy="curl', 'data-copy="wget', "a block is shown that did not run"),
        ("</article>", "<pre>$ rm -r /</pre></article>", "code outside of any block"),
        ("</article>", '<figure class="block"><pre>x\n</pre></figure></article>', "blocks are shown"),
    ],
)
def test_a_block_outside_the_ledger_is_found(
    before: str, after: str, said: str, tmp_path: Path, runs: list[dict[str, Any]]
) -> None:
    html = built("en", "servers/uvicorn").read_text(encoding="utf-8")
    assert before in html
    page = tmp_path / "index.html"
    page.write_text(html.replace(before, after), encoding="utf-8")
    found = "\n".join(problems(page, "servers/uvicorn", ROOT / "docs/servers/uvicorn.md", runs))
    assert said in found


def test_a_page_that_changed_since_is_found(tmp_path: Path, runs: list[dict[str, Any]]) -> None:
    source = tmp_path / "uvicorn.md"
    source.write_text("another", encoding="utf-8")
    found = "\n".join(problems(built("en", "servers/uvicorn"), "servers/uvicorn", source, runs))
    assert "has changed since it ran" in found


def test_a_page_without_a_run_is_found(runs: list[dict[str, Any]]) -> None:
    others = [run for run in runs if run["page"] != "servers/uvicorn"]
    found = list(problems(built("en", "servers/uvicorn"), "servers/uvicorn", ROOT / "docs/servers/uvicorn.md", others))
    assert len(found) == 2
    assert all("has never run" in problem for problem in found)
