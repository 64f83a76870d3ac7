"""What a probe gets: from a process that runs, from one whose database does not answer, from one that stops."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections import Counter
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.core.handlers import asgi
from django.db.backends.signals import connection_created
from django.db.utils import ConnectionHandler
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client

from gingerdj import health
from gingerdj.drain import stopping
from gingerdj.handler import ASGIHandler
from tests.cost_project.meter import Cost, Meter
from tests.project.commands import python
from tests.project.driver import LIMIT
from tests.project.server import Server, answer, http, run, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future
    from pathlib import Path

ALIVE, READY = "/health/alive", "/health/ready"
HEALTH = "gingerdj.health.HealthMiddleware"
MIDDLEWARE = [HEALTH, "django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
STRICT: dict[str, Any] = {
    "MIDDLEWARE": MIDDLEWARE,
    "ALLOWED_HOSTS": ["www.example.com"],
    "SECURE_SSL_REDIRECT": True,
}
"""What a site has in production, where a probe knows no host name, and no TLS."""
each_handler = pytest.mark.parametrize("kind", [ASGIHandler, asgi.ASGIHandler], ids=["ours", "Django's"])


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Forget what is known of databases, and of a stop."""
    health.check.cache_clear()
    looked = stopping.looked
    yield
    health.check.cache_clear()
    stopping.looked = looked
    stopping.clear()


class Databases:
    """The databases of a test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.monkeypatch = monkeypatch
        self.folder = folder

    def are(self, **names: str) -> None:
        """Have these aliases, each with the file of this name."""
        engine = {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {"timeout": 1000}}  # seconds
        files = {alias: {**engine, "NAME": str(self.folder / name)} for alias, name in names.items()}
        self.monkeypatch.setattr(health, "connections", ConnectionHandler(files))

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Lock a file, so that whoever asks waits."""
        with closing(sqlite3.connect(self.folder / name, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield
            connection.execute("ROLLBACK")

    def wait(self, alias: str = "default") -> None:
        """Wait for the answer to the last question."""
        running = health.check(alias).running
        assert running is not None
        running.result(LIMIT)


@pytest.fixture
def databases(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Databases:
    """The databases of a test, none at first, and all the time that they want."""
    monkeypatch.setattr(health, "LIMIT", LIMIT)
    monkeypatch.setattr(health, "connections", ConnectionHandler({}))
    return Databases(monkeypatch, tmp_path)


def view(request: HttpRequest) -> HttpResponse:
    """A view that no probe may reach."""
    return HttpResponse(f"view {request.path_info}")


def probe(at: str, method: str = "GET", host: bytes = b"10.0.0.7:8000", **changes: Any) -> Server:
    """The answer to a probe by address."""
    kind = changes.pop("kind", ASGIHandler)
    scope = http(method, at) | {"headers": [(b"host", host)]} | changes.pop("scope", {})
    return answer(view, scope=scope, kind=kind, **(STRICT | changes))


def got(server: Server) -> tuple[int, str]:
    """Status and body."""
    return server.status, server.body.decode()


# Both


@each_handler
@pytest.mark.parametrize("at", [ALIVE, READY])
def test_a_probe_by_address_is_answered(at: str, kind: type[asgi.ASGIHandler], databases: Databases) -> None:
    databases.are(default="db.sqlite3")
    assert probe("/", kind=kind).status == 400
    assert probe("/", host=b"www.example.com", kind=kind).status == 301
    server = probe(at, kind=kind)
    assert got(server) == (200, "ok\n")
    assert {name.lower(): value for name, value in server.headers.items()} == {
        b"content-type": b"text/plain",
        b"cache-control": b"no-store",
        b"content-length": b"3",
    }


@pytest.mark.parametrize("at", [ALIVE, READY])
def test_head_has_no_body(at: str, databases: Databases) -> None:
    server = probe(at, "HEAD")
    assert got(server) == (200, "")
    assert server.headers[b"content-length"] == b"3"


@each_handler
@pytest.mark.parametrize(("method", "at"), [("POST", ALIVE), ("GET", f"{ALIVE}/"), ("GET", f"/x{READY}")])
def test_all_else_is_the_projects(method: str, at: str, kind: type[asgi.ASGIHandler]) -> None:
    assert got(probe(at, method, kind=kind, MIDDLEWARE=[HEALTH])) == (200, f"view {at}")


def test_below_the_path_of_a_server() -> None:
    assert got(probe(f"/app{ALIVE}", scope={"root_path": "/app"})) == (200, "ok\n")


@pytest.mark.parametrize("at", [ALIVE, READY])
def test_in_a_synchronous_chain(at: str, databases: Databases) -> None:
    databases.are(default="db.sqlite3")
    with serving(view, **STRICT):
        found = Client(SERVER_NAME="10.0.0.7").get(at)
    assert (found.status_code, found.content) == (200, b"ok\n")


def test_in_the_asynchronous_client() -> None:
    with serving(view, **STRICT):
        assert run(AsyncClient(SERVER_NAME="10.0.0.7").get(ALIVE)).content == b"ok\n"


def test_paths_of_a_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "Own", type("Own", (health.HealthMiddleware,), {"paths": {"/up": health.alive}}), False)
    own: dict[str, Any] = {"MIDDLEWARE": ["gingerdj.health.Own"]}
    assert got(probe("/up", **own)) == (200, "ok\n")
    assert got(probe(ALIVE, **own)) == (200, f"view {ALIVE}")


@pytest.mark.parametrize(
    ("at", "cost"),
    [
        (ALIVE, Cost(hops=0, threads=0, files=0, connections=0, tasks=0, wakeups=0)),
        (READY, Cost(hops=0, threads=1, files=0, connections=1, tasks=1, wakeups=1)),
    ],
)
def test_what_it_costs(at: str, cost: Cost, databases: Databases) -> None:
    """One thread for one database, which wakes the loop, and a task that meanwhile watches for the client to leave."""
    databases.are(default="db.sqlite3")

    async def scenario(application: asgi.ASGIHandler) -> Cost:
        found = []
        for _ in range(2):
            meter = Meter()
            with meter.running():
                server = Server()
                await application(http(at=at), server.receive, server.send)
            assert server.status == 200
            found.append(meter.cost)
        return found[-1]

    with serving(view, **STRICT) as application:
        assert run(scenario(application)) == cost


# Databases


def test_a_project_without_a_database(databases: Databases) -> None:
    assert got(probe(READY)) == (200, "ok\n")


def test_it_names_the_databases_that_are_down(databases: Databases, caplog: pytest.LogCaptureFixture) -> None:
    """The reason is in the log, and nowhere else."""
    (databases.folder / "folder").mkdir()
    (databases.folder / "text").write_text("no database" * 100)
    databases.are(default="db.sqlite3", replica="folder", archive="text")
    assert got(probe(READY)) == (503, "database replica: unavailable\ndatabase archive: unavailable\n")
    assert [(record.name, record.levelname, record.getMessage()) for record in caplog.records] == [
        (
            "gingerdj.health",
            "ERROR",
            "Database replica is unavailable: OperationalError: unable to open database file",
        ),
        ("gingerdj.health", "ERROR", "Database archive is unavailable: DatabaseError: file is not a database"),
    ]
    assert got(probe(ALIVE)) == (200, "ok\n")


@each_handler
def test_down_and_up_again_are_each_logged_once(
    kind: type[asgi.ASGIHandler], databases: Databases, caplog: pytest.LogCaptureFixture
) -> None:
    databases.are(default="folder")
    (databases.folder / "folder").mkdir()
    assert [probe(READY, kind=kind).status for _ in range(3)] == [503] * 3
    (databases.folder / "folder").rmdir()
    assert [probe(READY, kind=kind).status for _ in range(3)] == [200] * 3
    found = [(record.name, record.levelno, record.getMessage()) for record in caplog.records]
    assert [(name, level) for name, level, _ in found] == [
        ("gingerdj.health", logging.ERROR),
        ("gingerdj.health", logging.WARNING),
    ]
    assert found[1][2] == "Database default is available again"


@pytest.mark.parametrize("name", ["db.sqlite3", ":memory:"])
def test_it_holds_no_connection(name: str, databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[tuple[Any, sqlite3.Connection]] = []

    def note(connection: Any, **_: object) -> None:
        opened.append((connection, connection.connection))

    engine = {"ENGINE": "django.db.backends.sqlite3", "NAME": name.replace("db", str(databases.folder / "db"))}
    monkeypatch.setattr(health, "connections", ConnectionHandler({"default": engine}))
    connection_created.connect(note)
    try:
        assert probe(READY).status == 200
    finally:
        connection_created.disconnect(note)
    ((connection, sqlite),) = opened
    with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
        sqlite.execute("SELECT 1")
    # Django keeps those in memory open: only there is it closed without it, past a pool of Django's.
    assert (connection.connection is None) == (name != ":memory:")


def names() -> Counter[str]:
    """The threads that ask databases."""
    return Counter(one.name for one in threading.enumerate() if one.name.startswith("gingerdj-health-"))


def test_a_database_that_hangs_costs_one_thread(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    databases.are(default="db.sqlite3")
    monkeypatch.setattr(health, "LIMIT", 0)
    with databases.locked("db.sqlite3"):
        assert [got(probe(READY)) for _ in range(5)] == [(503, "database default: unavailable\n")] * 5
        assert names() == {"gingerdj-health-default": 1}
        assert got(probe(ALIVE)) == (200, "ok\n")
    databases.wait()
    assert caplog.messages == ["Database default is unavailable: no answer within 0 seconds"]
    monkeypatch.setattr(health, "LIMIT", LIMIT)
    assert got(probe(READY)) == (200, "ok\n")


def test_probes_at_the_same_time_share_an_answer(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that come while one waits get the answer that it gets, also if it is gone itself."""
    databases.are(default="db.sqlite3")
    connections: list[object] = []
    asking = asyncio.Semaphore(0)
    ask = health.Check.ask

    def counted(check: health.Check) -> Future[str]:
        asking.release()
        return ask(check)

    def note(connection: Any, **_: object) -> None:
        connections.append(connection)

    async def scenario(application: asgi.ASGIHandler) -> list[int]:
        servers = [Server() for _ in range(4)]
        tasks = [asyncio.create_task(application(http(at=READY), server.receive, server.send)) for server in servers]
        for _ in tasks:
            await asking.acquire()
        tasks[0].cancel()
        await asyncio.wait(tasks[:1])
        lock.close()
        await asyncio.gather(*tasks[1:])
        return [server.status for server in servers[1:]]

    monkeypatch.setattr(health.Check, "ask", counted)
    lock = sqlite3.connect(databases.folder / "db.sqlite3", isolation_level=None)
    with closing(lock), serving(view, **STRICT) as application:
        lock.execute("BEGIN EXCLUSIVE")
        connection_created.connect(note)
        try:
            assert run(scenario(application)) == [200, 200, 200]
        finally:
            connection_created.disconnect(note)
    assert len(connections) == 1


def test_one_that_hangs_does_not_keep_the_others_from_being_asked(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here the time is up once the first one has answered."""
    databases.are(hangs="one.sqlite3", default="two.sqlite3")
    monkeypatch.setattr(asyncio, "wait", partial(asyncio.wait, return_when=asyncio.FIRST_COMPLETED))
    with databases.locked("one.sqlite3"):
        assert got(probe(READY)) == (503, "database hangs: unavailable\n")
    databases.wait("hangs")


HANGS = """
import asyncio, sqlite3
import django
from django.conf import settings
from django.http import HttpRequest
engine = {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3", "OPTIONS": {"timeout": 1000}}
settings.configure(DATABASES={"default": engine})
django.setup()
from gingerdj import health
health.LIMIT = 0
lock = sqlite3.connect("db.sqlite3", isolation_level=None)
lock.execute("BEGIN EXCLUSIVE")
print(asyncio.run(health.ready(HttpRequest())).status_code)
"""


@pytest.mark.slow
def test_a_database_that_hangs_does_not_hold_up_the_end_of_the_process(tmp_path: Path) -> None:
    """If it did, this test would last as long as the lock's 1000 seconds, and be ended before."""
    ended = python("-W", "ignore::ResourceWarning", "-c", HANGS, folder=tmp_path)
    assert (ended.returncode, ended.stdout) == (0, "503\n")


FORKS = """
import os
from gingerdj import health
first = health.check("default")
child = os.fork()
if not child:
    os._exit(health.check("default") is first)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.slow
def test_a_child_asks_for_itself(tmp_path: Path) -> None:
    ended = python("-c", FORKS, folder=tmp_path)
    assert (ended.stdout, ended.stderr) == ("0\n", "")


# While the server stops


@each_handler
def test_a_server_that_stops_is_alive_and_not_ready(
    kind: type[asgi.ASGIHandler], databases: Databases, caplog: pytest.LogCaptureFixture
) -> None:
    databases.are(default="db.sqlite3")
    assert probe(READY, kind=kind).status == 200
    stopping.set()
    assert got(probe(READY, kind=kind)) == (503, "stopping\n")
    assert got(probe(ALIVE, kind=kind)) == (200, "ok\n")
    assert caplog.messages == []


def test_it_watches_what_tells_of_a_stop(databases: Databases) -> None:
    """Under Django's handler nothing else does."""
    stopping.looked = False
    probe(READY, kind=asgi.ASGIHandler)
    assert stopping.looked
