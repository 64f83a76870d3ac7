"""What may be asked of a session store on the event loop."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import pytest
from django.test import override_settings

from gingerdj.middleware import store
from tests import twins_project as project
from tests.twins import KEY, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

DJANGOS = ("cache", "cached_db", "db", "file", "signed_cookies")
OWN_CACHE = {"SESSION_CACHE_ALIAS": "own"}


@pytest.fixture(autouse=True, scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The project, with its settings."""
    with Stage(tmp_path_factory.mktemp("store")).open() as stage:
        yield stage


def engine(name: str) -> Any:
    """One of Django's session engines."""
    return importlib.import_module(f"django.contrib.sessions.backends.{name}").SessionStore


@pytest.mark.parametrize("name", DJANGOS)
def test_djangos_engines(name: str) -> None:
    made = engine(name)(KEY)
    assert store.built(engine(name))
    assert store.known(made)
    assert store.settled(made) == (name == "signed_cookies")


@pytest.mark.parametrize("name", DJANGOS)
def test_without_a_key_there_is_nothing_to_load(name: str) -> None:
    assert store.settled(engine(name)())


@pytest.mark.parametrize("name", DJANGOS)
def test_what_is_loaded_is_at_hand(name: str) -> None:
    made = engine(name)(KEY)
    made._session_cache = {}
    assert store.settled(made)


def test_engine_that_only_saves_otherwise() -> None:
    assert store.built(project.SavedHere)
    assert store.known(project.SavedHere())
    assert store.settled(project.SavedHere())


def test_engine_that_only_judges_otherwise_what_is_empty() -> None:
    assert store.built(project.NeverEmpty)
    assert not store.known(project.NeverEmpty())
    assert not store.settled(project.NeverEmpty())


def test_engine_that_is_made_and_read_otherwise() -> None:
    assert not store.built(project.Prepared)
    assert store.known(project.Prepared())
    assert not store.settled(project.Prepared())


def test_no_engine_of_djangos() -> None:
    assert not store.built(dict)  # type: ignore[arg-type]  # whatever the settings name
    assert not store.known({})
    assert not store.settled({})


def test_signed_cookie_of_an_own_serializer() -> None:
    with override_settings(SESSION_SERIALIZER="tests.twins_project.Serializer"):
        made = engine("signed_cookies")(KEY)
    assert not store.signed(made)
    assert not store.settled(made)


def test_folder_of_sessions_is_looked_for_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    engine("file")()
    assert store.built(engine("file"))
    monkeypatch.delattr(engine("file"), "_storage_path")
    assert not store.built(engine("file"))


@pytest.mark.parametrize("name", ["cache", "cached_db"])
def test_cache_of_the_project_is_made_in_a_thread(name: str) -> None:
    with override_settings(**OWN_CACHE):
        assert not store.built(engine(name))
        assert store.built(engine("db"))


def test_serializer_is_imported_in_a_thread() -> None:
    with override_settings(SESSION_SERIALIZER="tests.project.nobody_has_imported.Serializer"):
        assert not store.built(engine("db"))
