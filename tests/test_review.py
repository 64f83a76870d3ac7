"""A review stands at the head of a catalogue, survives every tool, and ends when a text changes."""

from __future__ import annotations

import io
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polib
import pytest
from babel.messages.pofile import read_po, write_po
from sphinx_intl import catalog as sphinx_intl

from _l10n import review, state
from _l10n.catalogue import Catalogue, CatalogueError
from _l10n.extract import Message
from _l10n.languages import LANGUAGES
from _l10n.merge import Memory, merged

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "tests" / "locale_sample"
DAY = date(2026, 11, 22)


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """A finished catalogue that was read on DAY."""
    path = tmp_path / "locale" / "pt_BR" / "LC_MESSAGES" / "index.po"
    path.parent.mkdir(parents=True)
    shutil.copy(SAMPLE / "locale" / "pt_BR" / "LC_MESSAGES" / "index.po", path)
    path.write_text(review.reviewed(opened(path), DAY), encoding="utf-8")
    return path


def opened(path: Path) -> Catalogue:
    return Catalogue(path, LANGUAGES["pt_BR"])


def holds(path: Path) -> bool:
    file = polib.pofile(str(path), wrapwidth=0)
    found = review.read(file)
    assert found is not None
    assert found.day == DAY
    return found.holds(file)


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_review_is_a_comment_at_the_head(catalogue: Path) -> None:
    first, second, *_ = catalogue.read_text(encoding="utf-8").splitlines()
    assert first == f"# Reviewed: 2026-11-22 {review.digest(opened(catalogue).file)}"
    assert second == 'msgid ""'
    assert holds(catalogue)
    assert list(state.headers(opened(catalogue))) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('msgstr "Configurações"', 'msgstr "Ajustes"', id="a translation"),
        pytest.param('msgid "Settings"', 'msgid "Setting"', id="the English"),
        pytest.param('#: docs/index.md\nmsgid "Settings"\nmsgstr "Configurações"\n', "", id="a text less"),
    ],
)
def test_a_review_ends_when_a_text_changes(catalogue: Path, old: str, new: str) -> None:
    replaced(catalogue, old, new)
    assert not holds(catalogue)
    assert list(state.headers(opened(catalogue))) == []


def test_a_review_outlives_what_says_nothing(catalogue: Path) -> None:
    replaced(catalogue, "#: docs/index.md", "# allow length: a comment\n#: docs/other.md")
    assert holds(catalogue)


def as_messages(path: Path) -> str:
    catalogue = opened(path)
    messages = [Message(entry.msgid, "docs/index.md") for entry in reversed(catalogue.entries)]
    return merged(catalogue, messages, catalogue.language, Memory({}, lambda _: False))


def as_sphinx_intl(path: Path) -> str:
    known, template = (sphinx_intl.load_po(str(path)) for _ in range(2))
    sphinx_intl.update_with_fuzzy(known, template)
    sphinx_intl.dump_po(str(path), known)
    return path.read_text(encoding="utf-8")


def as_babel(path: Path) -> str:
    written = io.BytesIO()
    with path.open("rb") as file:
        write_po(written, read_po(file), width=0)
    return written.getvalue().decode()


def as_gettext(path: Path) -> str:
    program = shutil.which("msgmerge")
    if program is None:
        pytest.skip("msgmerge is not installed; on Debian and Ubuntu: sudo apt-get install gettext")
    command = (program, "--quiet", "--no-wrap", "--output-file=-", str(path), str(path))
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("tool", [as_messages, as_sphinx_intl, as_babel, as_gettext], ids=lambda tool: tool.__name__)
def test_what_writes_catalogues_keeps_it(catalogue: Path, tool: Callable[[Path], str]) -> None:
    catalogue.write_text(tool(catalogue), encoding="utf-8")
    assert holds(catalogue)


@pytest.mark.parametrize(
    "line",
    [
        "Reviewed: 22/11/2026 0123456789ab",
        "Reviewed: 2026-02-30 0123456789ab",
        "Reviewed: 2026-11-22",
        "Reviewed: 2026-11-22 0123456789ab by Ana",
        "Reviewed by Ana",
    ],
)
def test_a_line_that_nobody_can_read_is_refused(catalogue: Path, line: str) -> None:
    text = catalogue.read_text(encoding="utf-8").partition("\n")[2]
    catalogue.write_text(f"# {line}\n{text}", encoding="utf-8")
    assert [(each.line, each.rule) for each in state.headers(opened(catalogue))] == [(1, "review")]
    assert review.read(opened(catalogue).file) is None


def test_a_second_review_is_refused(catalogue: Path) -> None:
    text = catalogue.read_text(encoding="utf-8")
    catalogue.write_text(f"# Reviewed: 2026-11-21 0123456789ab\n{text}", encoding="utf-8")
    assert [(each.line, each.rule) for each in state.headers(opened(catalogue))] == [(1, "review"), (2, "review")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('msgstr "Configurações"', 'msgstr ""', id="empty"),
        pytest.param('msgid "Settings"', '#, fuzzy\nmsgid "Settings"', id="fuzzy"),
    ],
)
def test_nobody_reviews_what_is_not_finished(catalogue: Path, old: str, new: str) -> None:
    replaced(catalogue, old, new)
    with pytest.raises(CatalogueError, match="«Settings» is not translated"):
        review.reviewed(opened(catalogue), DAY)


def test_the_command_writes_todays_review(catalogue: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = catalogue.parents[3]
    before = datetime.now(UTC).date()
    assert review.main(["--root", str(root), str(catalogue)]) == 0
    found = review.read(opened(catalogue).file)
    assert found is not None
    assert before <= found.day <= datetime.now(UTC).date()
    assert capsys.readouterr().out == f"reviewed {catalogue}\n"


def test_the_command_takes_catalogues_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert review.main(["--root", str(tmp_path), str(tmp_path / "index.md")]) == 1
    assert "no catalogue of the guide" in capsys.readouterr().err
