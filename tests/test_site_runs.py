"""The logs of runs in the built site, their scripts, and what leads to them; in a real browser where it matters."""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from _ext.languages import LANGUAGES
from tests.built import ROOT, attribute, built, logs, one, read, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    Visit = Callable[..., Page]

pytest_plugins = ("tests.site_fixtures",)
pytestmark = pytest.mark.site

LIMIT = 35_000
"""Bytes of a log with gzip."""
REPOSITORY = "https://code.example/guide"
WIDE = f"{'wide ' * 60}\n"
ADDRESS = "pt-br/servers/sample"


@pytest.fixture(scope="module")
def ran_site(shared: Path, sample_site: Path) -> Path:
    """The sample site with a run of its page: each block printed a line that is much wider than a page."""
    source, work = shared / "sample" / "source", shared / "ran"
    # What the sample shows of a page says which blocks it has.
    figures = read(sample_site / "en" / "servers" / "sample" / "index.html").select("figure.block")
    runs = [run(edition, figures, source) for edition in ("django", "gingerdj")]
    work.mkdir(exist_ok=True)
    evidence = work / "evidence.json"
    evidence.write_text(json.dumps({"format": 1, "runs": runs}), encoding="utf-8")
    return built(source, work, evidence=evidence, repository=REPOSITORY)


def run(edition: str, figures: list[Any], source: Path) -> dict[str, Any]:
    blocks = [
        {
            "line": int(attribute(figure, "data-line")),
            "kind": attribute(figure, "data-kind"),
            "sha256": attribute(figure, "data-sha256"),
            "outcome": "passed",
            "seconds": 1.0,
            "steps": [{"command": "say", "output": WIDE, "status": 0}],
        }
        for figure in figures
        if attribute(figure, "data-edition") in {"", edition}
    ]
    return {
        "page": "servers/sample",
        "edition": edition,
        "sha256": hashlib.sha256((source / "servers" / "sample.md").read_bytes()).hexdigest(),
        "outcome": "passed",
        "started": "2026-11-21T10:00:00Z",
        "seconds": 2.0,
        "versions": {"python": "3.13.0"},
        "blocks": blocks,
        "script": "#!/usr/bin/env bash\n",
    }


@pytest.fixture(scope="module")
def ran_address(ran_site: Path) -> Iterator[str]:
    """Its address."""
    with served(ran_site) as address:
        yield address


@pytest.fixture(scope="module")
def recorded() -> list[dict[str, Any]]:
    """The runs that the real site was built from."""
    found: list[dict[str, Any]] = json.loads((ROOT / "build" / "evidence.json").read_text(encoding="utf-8"))["runs"]
    return found


def folder(site: Path, slug: str, page: str) -> Path:
    return site / slug / ("run" if page == "index" else f"{page}/run")


# The real site


def test_every_run_has_its_log_in_every_language(real_site: Path, recorded: list[dict[str, Any]]) -> None:
    expected = {
        folder(real_site, language.slug, each["page"]) / each["edition"] / "index.html"
        for each in recorded
        for language in LANGUAGES
    }
    assert set(logs(real_site)) == expected


def test_every_script_is_the_one_of_the_run(real_site: Path, recorded: list[dict[str, Any]]) -> None:
    for each in recorded:
        for language in LANGUAGES:
            name = f"{each['page'].replace('/', '-')}.{each['edition']}.sh"
            path = folder(real_site, language.slug, each["page"]) / name
            assert (path.read_text(encoding="utf-8") if path.exists() else None) == each.get("script"), path


def test_every_log_is_light_and_kept_from_search_engines(real_site: Path) -> None:
    for path in logs(real_site):
        text = path.read_bytes()
        assert len(gzip.compress(text)) <= LIMIT, path
        assert b'<meta name="robots" content="noindex">' in text, path
        assert b"data-pagefind-body" not in text, path


def test_no_log_names_a_folder_of_this_machine(recorded: list[dict[str, Any]]) -> None:
    for each in recorded:
        for block in each["blocks"]:
            for step in block.get("steps", []):
                assert str(ROOT) not in step["output"], (each["page"], block["line"])


# The sample, which has a repository


def test_nothing_of_a_log_is_left_in_english(ran_site: Path) -> None:
    words = {}
    for language in LANGUAGES:
        document = read(ran_site / language.slug / "servers" / "sample" / "run" / "django" / "index.html")
        for name in document.select("[translate=no], article strong"):
            name.decompose()
        words[language.code] = {text.strip("· ") for text in one(document, "article").stripped_strings}
    for language in LANGUAGES[1:]:
        same = words["en"] & words[language.code]
        # Names, times, and what Portuguese has from English.
        assert same <= {"GingerDJ", "", "Python", "Terminal", "1.0\xa0s", "2.0\xa0s"}, language.code


def test_without_a_repository_no_page_is_edited(real_site: Path, ran_site: Path) -> None:
    foot = one(read(ran_site / "en" / "servers" / "sample" / "index.html"), ".page-foot")
    assert f"{REPOSITORY}/edit/main/docs/servers/sample.md" in str(foot)
    assert "/edit/" not in str(one(read(real_site / "en" / "servers" / "uvicorn" / "index.html"), ".page-foot"))


def test_a_mark_opens_the_log_at_its_block(ran_address: str, visit: Visit) -> None:
    page = visit(f"{ran_address}/{ADDRESS}/?framework=django", viewport={"width": 320, "height": 700})
    mark = page.locator(".evidence").filter(visible=True).first
    mark.locator("summary").click()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{ran_address}/{ADDRESS}/run/django/#line-*")
    line = page.url.rpartition("#")[2]
    back = page.locator(f"#{line} .block-bar a")
    back.click()
    page.wait_for_url(f"{ran_address}/{ADDRESS}/#block-*")


def test_a_log_keeps_to_the_page_and_keeps_the_language_switcher(ran_address: str, visit: Visit) -> None:
    page = visit(f"{ran_address}/{ADDRESS}/run/django/", viewport={"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    page.wait_for_function("document.querySelector('article pre[tabindex]')")
    page.get_by_role("button", name="Idioma").click()
    page.get_by_role("link", name="简体中文").click()
    page.wait_for_url(f"{ran_address}/zh-hans/servers/sample/run/django/")


@pytest.mark.parametrize("colors", ["light", "dark"])
@pytest.mark.parametrize("address", [f"{ADDRESS}/run/django/", f"{ADDRESS}/"])
def test_marks_logs_and_the_foot_are_accessible(ran_address: str, visit: Visit, address: str, colors: str) -> None:
    # Imported here, for this test alone: it is slow to load. It ships no types.
    from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # noqa: PLC0415  # see above

    page = visit(f"{ran_address}/{address}", color_scheme=colors)
    if page.locator(".evidence").count():
        page.locator(".evidence summary").filter(visible=True).first.click()
    found = Axe().run(page, options={"rules": {"target-size": {"enabled": True}}}).response["violations"]
    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found] == []


def test_the_script_is_downloaded_under_its_name(ran_address: str, visit: Visit) -> None:
    page = visit(f"{ran_address}/{ADDRESS}/")
    with page.expect_download() as download:
        page.locator(".page-foot [download]").first.click()
    assert download.value.suggested_filename == "servers-sample.gingerdj.sh"


def test_one_click_selects_the_line_that_runs_it_again(ran_address: str, visit: Visit) -> None:
    page = visit(f"{ran_address}/{ADDRESS}/run/gingerdj/")
    page.locator("article .again").click()
    line = ".venv/bin/python -m pytest -qq -k servers/sample-gingerdj tests/test_docs.py"
    assert page.evaluate("getSelection().toString()") == line
