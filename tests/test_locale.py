"""The rules that translations obey: the shipped ones do, and defects sown into a clean sample are refused."""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from _ext.languages import LANGUAGES as SITE_LANGUAGES
from _l10n import glossary, messages
from _l10n.check import check
from _l10n.languages import LANGUAGES
from _l10n.layout import Layout
from _l10n.problem import Problem

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "tests" / "locale_sample"


@dataclass(frozen=True)
class Defect:
    """One text of one catalogue of the sample, replaced by a worse one."""

    name: str
    language: str
    rule: str
    old: str
    new: str
    file: str = "servers/uvicorn.po"
    at: str = ""
    """A text on the line where the defect is reported; by default, the first line that was changed."""

    @property
    def path(self) -> Path:
        return Path("locale", self.language, "LC_MESSAGES", self.file)

    def sown(self, text: str) -> str:
        assert text.count(self.old) == 1, f"{self.old!r} stands {text.count(self.old)} times in {self.path}"
        return text.replace(self.old, self.new)

    def line(self, before: str, after: str) -> int:
        lines = after.split("\n")
        if self.at:
            return next(number for number, line in enumerate(lines, 1) if self.at in line)
        pairs = zip(before.split("\n"), lines, strict=False)
        return next(number for number, (old, new) in enumerate(pairs, 1) if old != new)


def defects() -> Iterator[Defect]:
    for entry in tomllib.loads((SAMPLE / "defects.toml").read_text(encoding="utf-8"))["defect"]:
        for language in LANGUAGES:
            if language in entry:
                old, new = entry[language]
                given = {key: entry[key] for key in ("name", "rule", "file") if key in entry}
                at = entry.get("at", {}).get(language, "")
                yield Defect(**given, language=language, old=old, new=new, at=at)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small guide without fault, with the project's own glossary."""
    root = tmp_path_factory.mktemp("guide")
    shutil.copytree(SAMPLE, root, dirs_exist_ok=True)
    shutil.copy(ROOT / "locale" / "glossary.tsv", root / "locale")
    return root


@pytest.fixture
def guide(sample: Path, tmp_path: Path) -> Path:
    """A copy of the sample that a test may change."""
    return shutil.copytree(sample, tmp_path / "guide")


def refused(problems: list[Problem]) -> list[str]:
    return [str(problem) for problem in problems if not problem.hint]


def test_the_shipped_translations_obey_every_rule() -> None:
    assert refused(check(ROOT, layout=True)) == []


def test_the_languages_are_those_of_the_site() -> None:
    assert [language.code for language in SITE_LANGUAGES if language.code != "en"] == list(LANGUAGES)


def test_no_alarm_on_the_clean_sample(sample: Path) -> None:
    assert check(sample, layout=True) == []


@pytest.mark.parametrize(
    "defect", list(defects()), ids=lambda defect: f"{defect.language}-{defect.name}".replace(" ", "-")
)
def test_a_defect_is_refused(sample: Path, defect: Defect) -> None:
    path = sample / defect.path
    before = path.read_text(encoding="utf-8")
    after = defect.sown(before)
    path.write_text(after, encoding="utf-8", newline="")
    try:
        problems = check(sample, [path])
    finally:
        path.write_text(before, encoding="utf-8")
    found = [(problem.path, problem.line, problem.rule) for problem in problems if not problem.hint]
    assert (defect.path, defect.line(before, after), defect.rule) in found, "\n".join(map(str, problems)) or "nothing"
