"""The package of checks: each is registered and on its page; gingerdj.E001, with a ginger-dj that is only metadata."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.core.checks.registry import registry
from django.test import override_settings

from gingerdj import checks
from gingerdj.checks.fork import check_fork
from gingerdj.checks.lifespan import check_lifespan
from tests.project.commands import ROOT, python
from tests.project.server import configure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = ROOT / "docs/reference/checks.md"
LEVELS = {"E": "Error", "W": "Caution", "I": "Info"}
DEPLOY = {"body", "database", "middleware", "proxy", "server"}
"""The modules whose checks run with --deploy only."""


def install_fork(folder: Path) -> Path:
    """Put the metadata of ginger-dj into this folder, as an installer names it, and return the folder."""
    metadata = folder / "ginger_dj-6.1.1.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: ginger-dj\nVersion: 6.1.1\n")
    return folder


def test_nothing_to_say_without_the_fork() -> None:
    assert check_fork(None) == []


def test_names_both_distributions_and_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(install_fork(tmp_path)))
    (error,) = check_fork(None)
    assert error.id == "gingerdj.E001"
    assert error.is_serious()
    assert "gingerdj and ginger-dj 6.1.1" in error.msg
    assert error.hint is not None
    assert "pip uninstall ginger-dj gingerdj" in error.hint
    assert "pip install gingerdj" in error.hint


@pytest.mark.slow
def test_manage_py_says_so_also_where_the_app_is_not_installed(new_project: Path) -> None:
    settings = new_project / "mysite" / "settings.py"
    settings.write_text(settings.read_text().replace('    "gingerdj",\n', ""))
    assert '"gingerdj"' not in settings.read_text()
    fork = install_fork(new_project / "site")
    ended = python("manage.py", "check", folder=new_project, PYTHONPATH=f"{ROOT}:{fork}")
    assert ended.returncode == 1
    assert ended.stderr.count("gingerdj.E001") == 1


@pytest.mark.parametrize("value", [None, "tests.project.driver.play"])
def test_nothing_to_say_of_a_lifespan_that_can_be_called(value: object) -> None:
    configure()
    with override_settings(GINGER_LIFESPAN=value):
        assert check_lifespan(None) == []


def test_names_a_lifespan_that_is_none() -> None:
    configure()
    with override_settings(GINGER_LIFESPAN="tests.project.absent.lifespan"):
        (error,) = check_lifespan(None)
    assert error.id == "gingerdj.E002"
    assert error.msg == (
        "GINGER_LIFESPAN is 'tests.project.absent.lifespan', which Python does not find: "
        "No module named 'tests.project.absent'."
    )
    assert error.hint is not None
    assert error.hint.startswith("Give the dotted path of a function")


# All of them.


def sources() -> Iterator[tuple[str, ast.Module]]:
    """The modules of the package, by name."""
    for path in sorted((ROOT / "gingerdj/checks").glob("[a-z]*.py")):
        yield path.stem, ast.parse(path.read_text(encoding="utf-8"))


def test_each_module_is_imported_and_so_registered() -> None:
    assert [stem for stem, _ in sources()] == checks.__all__


def name(check: Any) -> str:
    """The path of a check."""
    return f"{check.__module__}.{check.__name__}"


def test_each_check_is_registered_for_its_time() -> None:
    wanted = {
        f"gingerdj.checks.{module}.{node.name}": module in DEPLOY
        for module, tree in sources()
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("check_")
    }
    found = {name(check): False for check in registry.registered_checks}
    found |= {name(check): True for check in registry.deployment_checks}
    assert {path: deploy for path, deploy in found.items() if path.startswith("gingerdj.")} == wanted


def messages() -> Iterator[tuple[str, str, list[str]]]:
    """Each message of the code: its id, its class, and the parts of its text and its hint that never vary."""
    for _, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in LEVELS.values():
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                identity = given["id"]
                assert isinstance(identity, ast.Constant)
                parts = [literal for text in (node.args[0], given["hint"]) for literal in literals(text)]
                yield str(identity.value), node.func.id, parts


def literals(text: ast.expr) -> list[str]:
    """The literal parts of a string."""
    values = text.values if isinstance(text, ast.JoinedStr) else [text]
    return [value.value for value in values if isinstance(value, ast.Constant) and isinstance(value.value, str)]


def test_each_message_has_an_id_of_its_level_and_of_its_own() -> None:
    found = [(identity, level) for identity, level, _ in messages()]
    assert len(found) == len({identity for identity, _ in found})
    for identity, level in found:
        assert re.fullmatch(r"gingerdj\.[EWI]\d{3}", identity)
        assert LEVELS[identity.removeprefix("gingerdj.")[0]] == level
    numbers = sorted(identity for identity, _ in found)
    assert numbers == [
        f"gingerdj.{level}{number:03}"
        for level in sorted(LEVELS)
        for number in range(1, 1 + sum(identity.startswith(f"gingerdj.{level}") for identity in numbers))
    ]


def shown() -> dict[str, list[str]]:
    """The messages in the output on the page, which its run holds against the real one: by id, text and hint."""
    found = re.findall(r"^\?: \((gingerdj\.\w+)\) (.+\n\tHINT: .+)$", text(), re.MULTILINE)
    return {identity: [told for other, told in found if other == identity] for identity, _ in found}


def text() -> str:
    """The page."""
    return PAGE.read_text(encoding="utf-8")


def test_the_page_has_an_entry_for_each_message_and_no_other() -> None:
    """With a target, so that each can be linked to."""
    entries = re.findall(r"^- \(check-(\w+)\)=\n  `(gingerdj\.\w+)` ", text(), re.MULTILINE)
    assert [f"gingerdj.{target.upper()}" for target, _ in entries] == [identity for _, identity in entries]
    assert sorted(identity for _, identity in entries) == sorted(identity for identity, *_ in messages())


def test_the_page_shows_each_message_and_no_other() -> None:
    assert sorted(shown()) == sorted(identity for identity, *_ in messages())


@pytest.mark.parametrize(("identity", "parts"), [(identity, parts) for identity, _, parts in messages()])
def test_the_page_shows_the_whole_message_and_its_cure(identity: str, parts: list[str]) -> None:
    for told in shown()[identity]:
        place = 0
        for part in parts:
            assert part in told[place:], f"{identity}: {part!r} is not on the page, or not in its place"
            place = told.index(part, place) + len(part)
