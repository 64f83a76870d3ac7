"""What a check remembers of the last one."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from _l10n import memory
from _l10n.extract import Message
from _l10n.layout import Layout
from _l10n.memory import Memory

CATALOGUE = Path("locale", "pt_BR", "LC_MESSAGES", "index.po")
MESSAGES = [Message("Hello", "docs/index.md")]


@pytest.fixture(autouse=True)
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of rules that a test may change, on a machine that is not CI's."""
    monkeypatch.delenv("CI", raising=False)
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "facts.py").write_text("a rule")
    (folder / "meaning.toml").write_text("words")
    monkeypatch.setattr(memory, "RULES", folder)
    return folder


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    root = tmp_path / "guide"
    (root / CATALOGUE).parent.mkdir(parents=True)
    (root / CATALOGUE).write_text("a catalogue")
    (root / "conf.py").write_text("settings")
    (root / "locale" / "glossary.tsv").write_text("terms")
    (root / "locale" / "words_pt_BR.txt").write_text("words")
    return root


def known(root: Path, messages: list[Message] = MESSAGES) -> bool:
    there = Memory(Layout(root))
    return there.knows(there.key(root / CATALOGUE, messages))


def learn(root: Path) -> None:
    there = Memory(Layout(root))
    there.learn(there.key(root / CATALOGUE, MESSAGES))
    there.save()


def test_what_was_without_fault_is_known(guide: Path) -> None:
    assert not known(guide)
    learn(guide)
    assert known(guide)


@pytest.mark.parametrize(
    "path",
    ["guide/conf.py", f"guide/{CATALOGUE}", "guide/locale/glossary.tsv", "guide/locale/words_pt_BR.txt",
     "rules/facts.py", "rules/meaning.toml"],
)  # fmt: skip
def test_whatever_decides_ends_it(guide: Path, tmp_path: Path, path: str) -> None:
    learn(guide)
    (tmp_path / path).write_text("another")
    assert not known(guide)


def test_another_english_ends_it(guide: Path) -> None:
    learn(guide)
    assert not known(guide, [Message("Hello!", "docs/index.md")])
    assert not known(guide, [*MESSAGES, *MESSAGES])


def test_another_parser_ends_it(guide: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learn(guide)
    monkeypatch.setattr("importlib.metadata.version", lambda name: f"{name} 99")
    assert not known(guide)


def test_a_copy_of_a_catalogue_is_another_one(guide: Path) -> None:
    learn(guide)
    there = Memory(Layout(guide))
    other = guide / "locale" / "zh_Hans.po"
    shutil.copy(guide / CATALOGUE, other)
    assert not there.knows(there.key(other, MESSAGES))


def test_what_was_not_seen_again_is_forgotten(guide: Path) -> None:
    learn(guide)
    Memory(Layout(guide)).save()
    assert not known(guide)


def test_nothing_is_known_where_ci_decides(guide: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    learn(guide)
    monkeypatch.setenv("CI", "true")
    assert not known(guide)


@pytest.mark.parametrize("damage", [lambda _: "", lambda text: text[:9], lambda _: "3"])
def test_a_damaged_file_is_no_memory(guide: Path, damage: Callable[[str], str]) -> None:
    learn(guide)
    path = guide / "build" / memory.NAME
    path.write_text(damage(path.read_text()))
    assert not known(guide)
