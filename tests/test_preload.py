"""What is loaded at startup, in a thread, and what a failure there means."""

from __future__ import annotations

import sys
import threading
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import global_settings, settings
from django.template import engines
from django.template.backends.django import DjangoTemplates
from django.test import override_settings
from django.urls import clear_url_caches, get_resolver, include, path
from django.utils.translation import trans_real

from gingerdj import preload
from tests.project.driver import play
from tests.project.server import configure, serving
from tests.project.urls import async_view

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.project.driver import Event

STARTUP = {"type": "lifespan.startup"}
SHUTDOWN = {"type": "lifespan.shutdown"}
COMPLETE = ["lifespan.startup.complete", "lifespan.shutdown.complete"]
DJANGO = {"BACKEND": "django.template.backends.django.DjangoTemplates"}


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Nothing is loaded yet."""
    configure()
    clear_url_caches()
    yield
    clear_url_caches()


def start(**changes: Any) -> list[Event]:
    """What a project with these settings answers to a server that starts and stops it."""
    with serving(async_view, **changes) as application:
        return play(lambda r, s: application({"type": "lifespan"}, r, s), [STARTUP, SHUTDOWN])


def test_urls_are_imported_with_what_they_include_in_a_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []
    monkeypatch.setattr(sys, "preloaded", threads, raising=False)
    note = "import sys, threading\nsys.preloaded.append(threading.current_thread())\n"
    (tmp_path / "preloaded_urls.py").write_text(
        f"{note}from django.urls import include, path\nurlpatterns = [path('', include('preloaded_app'))]\n"
    )
    (tmp_path / "preloaded_app.py").write_text(f"{note}urlpatterns = []\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert [event["type"] for event in start(ROOT_URLCONF="preloaded_urls")] == COMPLETE
    assert len(threads) == 2
    assert threading.main_thread() not in threads


def test_a_broken_urlconf_fails_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    (tmp_path / "broken_urls.py").write_text("import absent_library\n")
    monkeypatch.syspath_prepend(tmp_path)
    message = "ROOT_URLCONF is 'broken_urls', which fails: ModuleNotFoundError: No module named 'absent_library'"
    (answer,) = start(ROOT_URLCONF="broken_urls")
    assert answer == {"type": "lifespan.startup.failed", "message": message}
    (record,) = caplog.records
    assert (record.name, record.getMessage()) == ("gingerdj.lifespan", message)
    assert record.exc_info[0] is ModuleNotFoundError


def test_a_project_without_a_urlconf_of_its_own() -> None:
    """Middleware names it for each request."""
    with override_settings():
        del settings.ROOT_URLCONF
        preload.load()


def test_reversing_finds_all_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    urls = ModuleType("preload_urls")
    urls.__dict__["urlpatterns"] = [path("one/", include([path("two/", async_view, name="two")]))]
    monkeypatch.setitem(sys.modules, urls.__name__, urls)
    with override_settings(ROOT_URLCONF=urls.__name__):
        preload.load_urls()
        resolver = get_resolver(urls.__name__)
    assert "two" in resolver._reverse_dict[settings.LANGUAGE_CODE]


def test_template_engines_are_made() -> None:
    with override_settings(TEMPLATES=[DJANGO]):
        preload.load()
        engine = engines["django"]
        assert isinstance(engine, DjangoTemplates)
        assert "template_loaders" in vars(engine.engine)


@pytest.mark.parametrize(
    ("changes", "setting"),
    [({"TEMPLATES": [DJANGO | {"NAME": "a"}, DJANGO | {"NAME": "a"}]}, "TEMPLATES"),
     ({"LANGUAGE_CODE": "xx-unknown", "LANGUAGES": [("xx-unknown", "X")]}, "LANGUAGES")],
)  # fmt: skip
def test_what_only_some_requests_need_is_logged(
    changes: dict[str, Any], setting: str, caplog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(code: str) -> None:
        raise OSError(code)

    monkeypatch.setattr(trans_real, "translation", refuse if setting == "LANGUAGES" else str)
    assert [event["type"] for event in start(**changes)] == COMPLETE
    (record,) = caplog.records
    assert record.name == "gingerdj.lifespan"
    assert record.getMessage() == f"{setting} cannot be loaded at startup: requests that need it are going to fail"
    assert record.exc_info


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"LANGUAGES": global_settings.LANGUAGES}, {"pt-br"}),
        ({"LANGUAGES": [("de", "German"), ("zh-hans", "Chinese")]}, {"de", "pt-br", "zh-hans"}),
        ({"LANGUAGES": [("de", "German")], "USE_I18N": False}, set()),
    ],
)
def test_the_languages_that_the_project_has_chosen(
    changes: dict[str, Any], codes: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: set[str] = set()
    monkeypatch.setattr(trans_real, "translation", loaded.add)
    with override_settings(LANGUAGE_CODE="pt-br", **changes):
        preload.load_languages()
    assert loaded == codes
