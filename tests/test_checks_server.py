"""gingerdj.W005 and I001: what is installed, as installers note it."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from gingerdj.checks import server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Installed = Callable[..., None]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Installed:
    """Say what is installed: nothing else is."""

    def install(**versions: str) -> None:
        def version(distribution: str) -> str:
            if distribution not in versions:
                raise PackageNotFoundError(distribution)
            return versions[distribution]

        monkeypatch.setattr(server, "version", version)

    return install


def test_what_this_project_tests_with_has_no_known_vulnerability() -> None:
    assert server.check_advisories(None) == []


def test_names_each_distribution_its_vulnerabilities_and_the_release_without_any(installed: Installed) -> None:
    installed(h11="0.14.0", h2="4.2.0", Django="5.2.18", twisted="26.10.0")
    h11, h2 = server.check_advisories(None)
    assert h11.id == h2.id == "gingerdj.W005"
    assert not h11.is_serious()
    assert h11.msg == "h11 0.14.0 has published vulnerabilities: CVE-2025-43859."
    assert h2.msg == "h2 4.2.0 has published vulnerabilities: CVE-2025-57804, CVE-2026-71554."
    assert str(h2.hint).startswith("Install h2 4.4.1 or a later release.")


def test_reads_the_metadata_of_what_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "h11-0.14.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: h11\nVersion: 0.14.0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    (warning,) = server.check_advisories(None)
    assert warning.msg.startswith("h11 0.14.0 ")


@pytest.mark.parametrize(
    ("present", "missing"),
    [
        ((), "uvloop and httptools"),
        (("httptools",), "uvloop"),
        (("uvloop",), "httptools"),
        (("uvloop", "httptools"), None),
    ],
)
def test_names_what_uvicorn_lacks(present: tuple[str, ...], missing: str | None, installed: Installed) -> None:
    installed(uvicorn="0.54.0", **dict.fromkeys(present, "1.0"))
    found = server.check_accelerators(None)
    assert [message.id for message in found] == (["gingerdj.I001"] if missing else [])
    if missing:
        assert found[0].msg.startswith(f"uvicorn 0.54.0 is installed without {missing}, with")
        assert "uvicorn[standard]" in str(found[0].hint)
        assert not found[0].is_serious()


def test_nothing_is_missing_without_uvicorn(installed: Installed) -> None:
    installed(daphne="4.2.3")
    assert server.check_accelerators(None) == []


@pytest.mark.parametrize(("platform", "python"), [("win32", "cpython"), ("linux", "pypy")])
def test_uvloop_is_not_missed_where_there_is_none(
    platform: str, python: str, installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "sys", SimpleNamespace(platform=platform, implementation=SimpleNamespace(name=python)))
    installed(uvicorn="0.54.0", httptools="1.0")
    assert server.check_accelerators(None) == []
    installed(uvicorn="0.54.0")
    assert "without httptools," in server.check_accelerators(None)[0].msg
