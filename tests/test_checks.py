"""gingerdj.E001, with a distribution ginger-dj that consists of its metadata."""

from pathlib import Path

import pytest
from django.test import override_settings

from gingerdj.checks import check_fork, check_lifespan
from tests.project.commands import ROOT, python
from tests.project.server import configure


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
