"""Sphinx, loaded once: every build by a copy, and what each of them said."""

from __future__ import annotations

from pathlib import Path

import pytest

from _ext import press

pytestmark = pytest.mark.slow

CODES = ("pt_BR", "zh_CN")
# A word of Sphinx's own tells in which language a page was built.
WORDS = {"pt_BR": "Nota", "zh_CN": "备注"}


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    """A guide of one page in a folder of its own, and its settings."""
    source = tmp_path / "docs"
    source.mkdir()
    (tmp_path / "conf.py").write_text('extensions = ["myst_parser"]\n', encoding="utf-8")
    (source / "index.md").write_text("# Title\n\n```{note}\nText.\n```\n", encoding="utf-8")
    # A press is started with the modules of its guide.
    (source / "_ext").symlink_to(Path(press.__file__).parent, target_is_directory=True)
    return tmp_path


def arguments(guide: Path, code: str, *more: str) -> list[str]:
    """Return Sphinx's arguments for a language."""
    return [
        "-q",
        "-D",
        f"language={code}",
        "-b",
        "text",
        str(guide / "docs"),
        "-c",
        str(guide),
        str(guide / code),
        *more,
    ]


def test_languages_are_built_side_by_side(guide: Path) -> None:
    with press.Press(guide) as ours:
        ours.start(arguments(guide, code) for code in CODES)
        assert ours.results() == ["", ""]
    said = {code: (guide / code / "index.txt").read_text(encoding="utf-8") for code in CODES}
    assert {code: word in said[code] for code, word in WORDS.items()} == dict.fromkeys(CODES, True)


def test_each_call_is_answered_in_its_turn(guide: Path) -> None:
    with press.Press(guide) as ours:
        ours.start([arguments(guide, "pt_BR")])
        ours.start([arguments(guide, "zh_CN", "-b", "nothing"), arguments(guide, "zh_CN")])
        first, (refused, good) = ours.results(), ours.results()
    assert first == [""]
    assert "nothing" in refused
    assert good == ""


def test_a_press_that_breaks_is_no_success(guide: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (guide / "conf.py").write_text("broken\n", encoding="utf-8")
    with press.Press(guide) as ours:
        ours.start([arguments(guide, "pt_BR")])
        assert ours.results() == ["Sphinx ended too early"]
    assert "NameError" in capfd.readouterr().err


def test_what_nobody_waits_for_is_still_done(guide: Path) -> None:
    with press.Press(guide) as ours:
        ours.start([arguments(guide, "pt_BR")])
    assert (guide / "pt_BR" / "index.txt").exists()
