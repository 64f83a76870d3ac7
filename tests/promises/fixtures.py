"""Sites and their databases, served by GingerDJ's handler and by plain Django's.

A test module asks for them with `pytest_plugins = ("tests.promises.fixtures",)`.
"""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

import django
import pytest
from asgiref.local import Local
from django.conf import settings
from django.db import connections
from django.db.backends.signals import connection_created
from django.test import override_settings
from django.urls import clear_url_caches

from gingerdj import threads
from tests.project import settings as project
from tests.promises.site import HANDLERS, NAME, Database, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database, known to no test before this one and none after it."""
    if not settings.configured:
        settings.configure(**{name: getattr(project, name) for name in dir(project) if name.isupper()})
        django.setup(set_prefix=False)
    given = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": tmp_path / "db.sqlite3",
        "OPTIONS": {"init_command": "PRAGMA synchronous = OFF"},  # nothing here is to survive anything
    }
    monkeypatch.setitem(vars(connections), "settings", connections.configure_settings({"default": given}))
    monkeypatch.setattr(connections, "_connections", Local(thread_critical=True))
    from tests.promises.models import Visit  # noqa: PLC0415 - once Django is set up

    with connections["default"].schema_editor() as editor:
        editor.create_model(Visit)
    connections.close_all()
    database = Database()
    connection_created.connect(database.note)
    yield database
    connection_created.disconnect(database.note)
    connections.close_all()
    for connection in database.made:
        if connection.connection is not None:  # of a thread that has ended
            connection.connection.close()


@pytest.fixture
def pool(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[threads.Pool]:
    """The threads of this process, none of which another test has used. In the end all must have been given back."""
    made: list[threads.Worker] = []

    class Worker(threads.Worker):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

    monkeypatch.setattr(threads, "Worker", Worker)
    threads.pool.cache_clear()
    yield threads.pool()
    pool = threads.pool()
    for _ in range(2 if pool.busy else 0):  # what is collected may have something to close first
        for worker in made:
            try:
                worker.executor.submit(int).result()
            except RuntimeError:  # it has to end
                worker.executor.shutdown()
        gc.collect()
    for worker in [*pool.idle, *pool.spare]:
        worker.end()
    for worker in made:
        worker.executor.shutdown(wait=pool.busy == 0)
    threads.pool.cache_clear()
    assert pool.busy == 0


@pytest.fixture
def made(pool: threads.Pool, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Site]]:
    """Makes the site of a handler. One at a time is that of the settings."""

    def make(handler: str) -> Site:
        site = Site(HANDLERS[handler])
        monkeypatch.setitem(sys.modules, NAME, site.module)
        return site

    with override_settings(ROOT_URLCONF=NAME):
        yield make
    clear_url_caches()


@pytest.fixture(params=HANDLERS)
def site(request: pytest.FixtureRequest, made: Callable[[str], Site]) -> Site:
    """The site of a test that holds for both handlers."""
    return made(request.param)


@pytest.fixture
def ginger(made: Callable[[str], Site]) -> Site:
    """The site of a test that Django's own handler does not pass."""
    return made("GingerDJ")
