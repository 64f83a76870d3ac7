"""How far the translations are: what is known of a guide, what its page shows, what programs get."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from _ext import translations
from _ext.languages import find
from _l10n import messages, review
from _l10n.catalogue import Catalogue
from _l10n.languages import LANGUAGES
from _l10n.layout import Layout
from tests.built import SAMPLE as SITE_SAMPLE
from tests.built import attribute, built, one, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from bs4 import Tag

    from tests.ext.conftest import Built

    Build = Callable[..., Built]

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "tests" / "locale_sample"
DAYS = [datetime(2026, 11, day, 12, tzinfo=UTC) for day in (1, 2, 3)]
OLD, NEW = "is a process with its own memory", "is a process with its own memory and port"
PAGE = "# A page\n\n```{translations}\n```\n"


def commit(root: Path, time: datetime) -> None:
    """Commit all of a guide at a time, without the settings of whoever runs the tests."""
    person = {f"GIT_{role}_{part}": "x" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    when = {f"GIT_{role}_DATE": time.isoformat() for role in ("AUTHOR", "COMMITTER")}
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    for arguments in (("init", "--quiet"), ("add", "."), ("commit", "--quiet", "--message", "x")):
        subprocess.run(
            ("git", "-C", root, *arguments), check=True, env={"PATH": os.environ["PATH"], **person, **when, **own}
        )


def rewritten(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A guide kept by git: a sentence changed on the second day, a page was reviewed, nobody has translated since."""
    root = tmp_path_factory.mktemp("changed")
    shutil.copytree(SAMPLE, root, dirs_exist_ok=True)
    shutil.copy(ROOT / "locale" / "glossary.tsv", root / "locale")
    (root / ".gitignore").write_text("build/\n", encoding="utf-8")
    for stem in ("index", "servers/uvicorn"):
        path = Layout(root).catalogue("pt_BR", stem)
        path.write_text(review.reviewed(Catalogue(path, LANGUAGES["pt_BR"]), date(2026, 11, 1)), encoding="utf-8")
    commit(root, DAYS[0])
    rewritten(root / "docs" / "index.md", OLD, NEW)
    commit(root, DAYS[1])
    (root / "README.md").write_text("another file", encoding="utf-8")
    commit(root, DAYS[2])
    return root


@pytest.mark.slow
class TestKnown:
    """What is known of a guide."""

    def test_a_changed_text_is_told_before_anybody_merges(self, changed: Path) -> None:
        data = translations.known(changed)
        for code in LANGUAGES:
            page = data["pages"]["index"][code]
            assert (page["texts"] - page["translated"], page["since"]) == (1, DAYS[1].isoformat())
            assert page["changed"] == [
                {
                    "english": f"Each worker {NEW}.",
                    "was": f"Each worker {OLD}.",
                    "since": DAYS[1].isoformat(),
                    "place": None,
                }
            ]
            assert data["languages"][code]["complete"] == 1
            assert data["languages"][code]["texts"] - data["languages"][code]["translated"] == 1

    def test_a_review_ends_with_the_text_it_was_of(self, changed: Path) -> None:
        pages = translations.known(changed)["pages"]
        assert pages["index"]["pt_BR"]["review"] == {"date": "2026-11-01", "current": False}
        assert pages["servers/uvicorn"]["pt_BR"]["review"] == {"date": "2026-11-01", "current": True}
        assert pages["index"]["zh_Hans"]["review"] is None
        assert translations.known(changed)["languages"]["pt_BR"]["reviewed"] == 1

    def test_a_merged_text_is_told_with_its_place(self, changed: Path, tmp_path: Path) -> None:
        root = shutil.copytree(changed, tmp_path / "merged")
        assert messages.main(["--root", str(root)]) == 0
        catalogue = Layout(root).catalogue("zh_Hans", "index").read_text(encoding="utf-8")
        assert f'#| msgid "Each worker {OLD}."\n' in catalogue
        [text] = translations.known(root)["pages"]["index"]["zh_Hans"]["changed"]
        place, line = text["place"].split(":")
        assert place == "locale/zh_Hans/LC_MESSAGES/index.po"
        assert catalogue.split("\n")[int(line) - 1].startswith("msgstr ")
        assert text["was"] == f"Each worker {OLD}."
        before = Layout(root).catalogue("zh_Hans", "index").read_bytes()
        assert messages.main(["--root", str(root)]) == 0
        assert Layout(root).catalogue("zh_Hans", "index").read_bytes() == before

    def test_what_is_not_committed_has_no_day(self, changed: Path, tmp_path: Path) -> None:
        root = shutil.copytree(changed, tmp_path / "edited")
        rewritten(root / "docs" / "index.md", NEW, f"{NEW}, and its own log")
        assert translations.known(root)["pages"]["index"]["pt_BR"]["since"] is None

    def test_the_page_of_a_changed_guide(self, changed: Path, tmp_path: Path) -> None:
        root = shutil.copytree(changed, tmp_path / "guide")
        (root / "docs" / "translations.md").write_text(PAGE, encoding="utf-8")
        rewritten(root / "docs" / "index.md", "servers/uvicorn\n```", "servers/uvicorn\ntranslations\n```")
        # A value of a run, which the site would want to have seen.
        rewritten(root / "docs" / "index.md", "{measured}`143 <stop.exit>`", "143")
        known = tmp_path / "known.json"
        translations.save(root, known)
        shutil.copytree(root / "docs", tmp_path / "source")
        shutil.copytree(root / "locale", tmp_path / "source" / "locale")
        site = built(tmp_path / "source", tmp_path / "work", translations=known)
        page = read(site / "pt-br" / "translations" / "index.html")
        told = [item.get_text(" ", strip=True) for item in page.select(".translations li > p")]
        assert f"Antes: Each worker {OLD}." in told
        assert f"Agora: Each worker {NEW}." in told
        assert json.loads((site / "translations.json").read_bytes()) == json.loads(known.read_bytes())
        assert json.loads((site / "badges" / "zh-hans.json").read_bytes())["message"] != "100 %"


# What the page shows


def translation(texts: int = 10, *changed: translations.Changed, **also: Any) -> dict[str, Any]:
    since = min((each["since"] for each in changed if each["since"]), default=None)
    done = {"texts": texts, "translated": texts - len(changed), "since": since, "review": None, "changed": [*changed]}
    return {**done, **also}


def text(english: str, was: str | None = None) -> translations.Changed:
    return {"english": english, "was": was, "since": "2026-11-20T10:00:00+00:00", "place": "locale/x.po:7"}


@pytest.fixture
def known(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """Write what is known of the page in both languages, and return the setting that names the file."""

    def write(portuguese: dict[str, Any], chinese: dict[str, Any]) -> dict[str, str]:
        pages = {"index": {"pt_BR": portuguese, "zh_Hans": chinese}}
        languages = {code: translations.totals(pages, find(code)) for code in LANGUAGES}  # type: ignore[arg-type]  # the same, written shorter
        path = tmp_path / "known.json"
        path.write_text(json.dumps({"languages": languages, "pages": pages}), encoding="utf-8")
        return {"translations_file": str(path)}

    return write


def rows(page: Tag) -> list[list[str]]:
    return [
        [cell.get_text(" ", strip=True) for cell in row.select("th, td")] for row in page.select(".translations tr")
    ]


def test_the_table(build: Build, known: Callable[..., dict[str, str]]) -> None:
    held = translation(review={"date": "2026-11-21", "current": True})
    ended = translation(10, text("New.", "Old."), review={"date": "2026-11-19", "current": False})
    page = build(PAGE, **known(held, ended)).page
    assert rows(page) == [
        ["Page", "Português (Brasil)", "简体中文"],
        ["All pages", "Complete pages: 1 of 1 · reviewed: 1", "Complete pages: 0 of 1 · reviewed: 0"],
        [
            "A page",
            "Complete · reviewed on 21 Nov 2026",
            "Translated texts: 9 of 10 · open since 20 Nov 2026 · changed since its review on 19 Nov 2026",
        ],
    ]
    assert [attribute(head, "lang") for head in page.select("th [lang]")] == ["pt-BR", "zh-Hans"]


def test_a_complete_guide_tells_of_no_changes(build: Build, known: Callable[..., dict[str, str]]) -> None:
    page = build(PAGE, **known(translation(), translation())).page
    assert page.select(".translations li, .translations .rubric") == []
    assert rows(page)[2] == ["A page", "Complete · not reviewed", "Complete · not reviewed"]


@pytest.mark.parametrize(
    ("language", "label"),
    [("en", ("Before:", "Now:")), ("pt_BR", ("Antes:", "Agora:")), ("zh_Hans", ("之前：", "现在："))],
)
def test_a_changed_text_is_shown_as_it_was(
    build: Build, known: Callable[..., dict[str, str]], language: str, label: tuple[str, str]
) -> None:
    stranger = text("New <script>alert(1)</script> *text*.", "Old & plain.")
    page = build(PAGE, language=language, **known(translation(10, stranger), translation())).page
    item = one(page, ".translations li")
    assert [part.get_text() for part in item.select("p")][1:] == [
        f"{label[0]} Old & plain.",
        f"{label[1]} New <script>alert(1)</script> *text*.",
    ]
    assert [attribute(part, "lang") for part in item.select("p + p [lang]")] == ["en", "en"]
    assert "locale/x.po:7" in item.get_text()
    assert page.select(".translations script") == []


def test_a_page_that_nobody_has_begun_has_no_changes(build: Build, known: Callable[..., dict[str, str]]) -> None:
    page = build(PAGE, **known(translation(1, text("All of it.")), translation())).page
    assert page.select(".translations li") == []
    assert rows(page)[2][1].startswith("Translated texts: 0 of 1 · open since")


def test_many_changes_are_cut_and_counted(build: Build, known: Callable[..., dict[str, str]]) -> None:
    many = [text(f"Text {number}.") for number in range(translations.MOST + 3)]
    page = build(PAGE, **known(translation(100, *many), translation())).page
    assert len(page.select(".translations li")) == translations.MOST
    assert "And 3 more, which the file below has." in page.get_text()


def test_programs_find_the_files(build: Build, known: Callable[..., dict[str, str]]) -> None:
    page = build(PAGE, **known(translation(), translation())).page
    assert [attribute(link, "href") for link in page.select(".translations > p a")] == [
        "../translations.json",
        "../badges/pt-br.json",
        "../badges/zh-hans.json",
        "../identity.json",
    ]


def test_where_nothing_is_known_the_page_says_so(build: Build, tmp_path: Path) -> None:
    page = build(PAGE, translations_file=str(tmp_path / "nothing.json")).page
    assert (
        one(page, ".translations").get_text(strip=True) == "Nothing is known here: the whole site must be built for it."
    )


def test_its_words_are_no_messages_of_the_page(build: Build, known: Callable[..., dict[str, str]]) -> None:
    folder = build(PAGE, builder="gettext", **known(translation(10, text("New.", "Old.")), translation())).folder
    found = (folder / "index.pot").read_text(encoding="utf-8")
    assert 'msgid "A page"' in found
    assert "Complete" not in found
    assert "New." not in found


def test_the_markdown_has_the_table(build: Build, known: Callable[..., dict[str, str]]) -> None:
    built_page = build(PAGE, **known(translation(10, text("New.", "Old.")), translation()))
    found = (built_page.folder / "index.md").read_text(encoding="utf-8")
    assert "| Page | Português (Brasil) | 简体中文 |" in found
    assert "**Before:** Old." in found
    assert built_page.warnings == ""


@pytest.mark.parametrize(
    ("translated", "message", "color"),
    [(1000, "100 %", "brightgreen"), (999, "99 %", "yellow"), (899, "89 %", "orange"), (0, "0 %", "orange")],
)
def test_a_badge(translated: int, message: str, color: str) -> None:
    """https://shields.io/badges/endpoint-badge."""
    found = translations.badge(find("pt_BR"), {"texts": 1000, "translated": translated})
    assert found == {"schemaVersion": 1, "label": "Português (Brasil)", "message": message, "color": color}


def test_a_site_of_which_nothing_is_known_has_no_files(tmp_path: Path) -> None:
    translations.publish(tmp_path, tmp_path / "nothing.json")
    assert [*tmp_path.iterdir()] == []
    assert not (SITE_SAMPLE / translations.NAME).exists()
