"""A new language by one command: begun, checked, built, with what is not translated marked as English."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from babel import UnknownLocaleError

from _l10n import language
from _l10n.languages import LANGUAGES, TABLE, rows
from tests.built import attribute, one, read

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "tests" / "locale_sample"
TOOLS = [f"docs/{name}" for name in ("_ext", "_l10n", "_theme", "_templates", "_static", "_pictures")]
MORE = ["conf.py", "docutils.conf"]


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "zh_Hans"])
def test_the_row_is_what_a_person_wrote(code: str) -> None:
    row = {**language.row(code), "state": "published"}
    # CLDR counts 1,5 as one in Portuguese; what gettext asks for is a rule about whole numbers.
    wanted = rows()[code]
    assert {name: row[name] for name in ("tag", "name", "date_format", "sphinx", "territory")} == {
        name: wanted[name] for name in ("tag", "name", "date_format", "sphinx", "territory")
    }
    assert row["plural_forms"].startswith("nplurals=2;")


@pytest.mark.parametrize(
    ("code", "tag", "name", "sphinx", "territory"),
    [
        ("es", "es", "Español", "es", "es_ES"),
        ("fr_CA", "fr-CA", "Français (Canada)", "fr", "fr_CA"),
        ("ja", "ja", "日本語", "ja", "ja_JP"),
    ],
)
def test_the_row_of_another_language(code: str, tag: str, name: str, sphinx: str, territory: str) -> None:
    row = language.row(code)
    assert (row["tag"], row["name"], row["sphinx"], row["territory"]) == (tag, name, sphinx, territory)
    assert tomllib.loads(language.table(code, row)) == {code: row}


@pytest.mark.parametrize("code", ["xx_XX", "klingon", "es; rm"])
def test_what_is_no_language_is_refused(code: str) -> None:
    with pytest.raises((UnknownLocaleError, ValueError)):
        language.row(code)


def test_names_are_the_same_in_a_new_language() -> None:
    text = "term\tpt_BR\tpt_BR_avoid\tseverity\tnote\nASGI\tASGI\t\terror\tname\nserver\tservidor\t\terror\t\n"
    assert language.columns(text, "es") == (
        "term\tpt_BR\tpt_BR_avoid\tes\tes_avoid\tseverity\tnote\n"
        "ASGI\tASGI\t\tASGI\t\terror\tname\n"
        "server\tservidor\t\t\t\terror\t\n"
    )


def test_a_language_is_not_begun_twice(capsys: pytest.CaptureFixture[str]) -> None:
    before = TABLE.read_bytes()
    with pytest.raises(SystemExit):
        language.main(["pt_BR"])
    assert "the guide has 'pt_BR' already" in capsys.readouterr().err
    assert TABLE.read_bytes() == before


def test_a_state_that_there_is_not_is_named(tmp_path: Path) -> None:
    table = tmp_path / "languages.toml"
    table.write_text('[es]\nstate = "nearly"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="es: the state 'nearly' is none of source, published, begun"):
        rows(table)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small guide with the tools of ours, in which Spanish was begun."""
    root = tmp_path_factory.mktemp("guide")
    for name in TOOLS:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in MORE:
        shutil.copy(ROOT / name, root)
    shutil.copytree(SAMPLE / "docs", root / "docs", dirs_exist_ok=True)
    shutil.copytree(SAMPLE / "locale", root / "locale")
    for name in ("glossary.tsv", "words_pt_BR.txt"):
        shutil.copy(ROOT / "locale" / name, root / "locale")
    for code in LANGUAGES:
        words = Path("locale", code, "LC_MESSAGES", "interface.po")
        shutil.copy(ROOT / words, root / words)
    run(root, "_l10n.language", "es")
    return root


def run(root: Path, module: str, *arguments: str, status: int = 0) -> str:
    """Run a module of the copy, and return what it said."""
    environment = {**os.environ, "PYTHONPATH": str(root / "docs")}
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=root, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def finished(root: Path, stem: str, msgid: str, msgstr: str) -> None:
    path = root / "locale" / "es" / "LC_MESSAGES" / f"{stem}.po"
    text = path.read_text(encoding="utf-8")
    assert f'msgid "{msgid}"\nmsgstr ""\n' in text
    path.write_text(
        text.replace(f'msgid "{msgid}"\nmsgstr ""\n', f'msgid "{msgid}"\nmsgstr "{msgstr}"\n'), encoding="utf-8"
    )


@pytest.mark.slow
def test_the_check_passes_and_nothing_is_left_to_merge(copy: Path) -> None:
    assert run(copy, "_l10n.check", "--layout") == ""
    assert run(copy, "_l10n.messages") == ""
    assert (copy / "locale" / "es" / "LC_MESSAGES" / "servers" / "uvicorn.po").exists()


@pytest.mark.slow
def test_rules_hold_for_what_is_translated(copy: Path) -> None:
    path = copy / "locale" / "es" / "LC_MESSAGES" / "index.po"
    before = path.read_bytes()
    finished(copy, "index", "0, within 30 seconds", "0, en menos de 40 segundos")
    assert "number" in run(copy, "_l10n.check", status=1)
    path.write_bytes(before)


@pytest.mark.slow
def test_a_published_language_is_complete(copy: Path) -> None:
    table = copy / "docs" / "_l10n" / "languages.toml"
    begun = table.read_text(encoding="utf-8")
    table.write_text(begun.replace('state = "begun"', 'state = "published"'), encoding="utf-8")
    try:
        assert "untranslated" in run(copy, "_l10n.check", status=1)
    finally:
        table.write_text(begun, encoding="utf-8")


@pytest.fixture(scope="module")
def site(copy: Path) -> Path:
    """The site of that guide, with one text in Spanish."""
    finished(copy, "index", "Settings", "Configuración")
    run(copy, "_ext.build")
    return copy / "build" / "site"


@pytest.mark.slow
def test_the_site_speaks_english_where_it_must_and_says_so(site: Path) -> None:
    page = read(site / "es" / "index.html")
    assert attribute(one(page, "html"), "lang") == "es"
    spoken = {one(page, selector).get("lang") for selector in ("h1", "header.site-header", "aside.in-english")}
    assert spoken == {"en"}
    assert one(page, ".search-open .button-text").get_text() == "Search"
    [settings] = [heading for heading in page.select("h2") if "Configuración" in heading.get_text()]
    assert settings.get("lang") is None
    paragraphs = page.select("article p:not(.admonition-title)")
    assert len(paragraphs) > 10
    # What has no words is its own translation.
    unmarked = {paragraph.get_text() for paragraph in paragraphs if paragraph.get("lang") != "en"}
    assert unmarked == {"Uvicorn", "Gunicorn", "143"}


@pytest.mark.slow
def test_the_others_are_as_they_were(site: Path) -> None:
    for slug in ("en", "pt-br", "zh-hans"):
        page = read(site / slug / "index.html")
        assert page.select("aside.in-english, header[lang], article p[lang]") == []
        assert [attribute(link, "hreflang") for link in page.select(".languages a")] == ["en", "pt-BR", "zh-Hans", "es"]


@pytest.mark.slow
def test_it_is_counted_and_found(site: Path) -> None:
    found = json.loads((site / "translations.json").read_bytes())["languages"]["es"]
    assert 0 < found["translated"] < found["texts"]
    assert json.loads((site / "badges" / "es.json").read_bytes())["color"] == "orange"
    assert json.loads((site / "identity.json").read_bytes())["languages"][-1] == "es"
    assert 'hreflang="es"' in (site / "index.html").read_text(encoding="utf-8")
    assert "es" in json.loads((site / "pagefind" / "pagefind-entry.json").read_bytes())["languages"]
