"""gingerdj.W002, W003 and W004: connections that are kept, or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections
from django.test import override_settings

from gingerdj import threads
from gingerdj.checks import database
from tests.project.server import configure

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


class Connection:
    """An entry of DATABASES, whose driver need not be installed."""

    def __init__(self, alias: str, vendor: str, **options: Any) -> None:
        self.alias = alias
        self.vendor = vendor
        self.settings_dict = {"CONN_MAX_AGE": 0, "HOST": "", "PORT": "", "OPTIONS": {}, **options}


@pytest.fixture(autouse=True)
def processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """One process, unless a test says otherwise."""
    monkeypatch.delenv("WEB_CONCURRENCY", raising=False)


def found(monkeypatch: pytest.MonkeyPatch, *given: Connection, **changes: Any) -> list[tuple[str | None, str]]:
    """The ids and messages with these databases and settings."""
    configure()
    with override_settings(**changes), monkeypatch.context() as patch:
        patch.setattr(connections, "all", lambda: [*given])
        messages = database.check_database(None)
    assert all(message.hint and not message.is_serious() for message in messages)
    return [(message.id, message.msg) for message in messages]


def postgres(alias: str = "default", **options: Any) -> Connection:
    """A database of PostgreSQL."""
    return Connection(alias, "postgresql", **options)


@pytest.mark.parametrize("age", [0, 600, None])
@pytest.mark.parametrize("number", [0, 4000])
def test_nothing_to_say_of_sqlite(age: int | None, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch, Connection("default", "sqlite", CONN_MAX_AGE=age), GINGER_THREADS=number) == []


def test_nothing_to_say_of_a_project_without_a_database() -> None:
    configure()
    assert database.check_database(None) == []


@pytest.mark.parametrize("age", [1, None])
def test_more_are_kept_than_the_server_accepts(age: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = postgres(CONN_MAX_AGE=age)
    assert found(monkeypatch, kept, GINGER_THREADS=97) == []
    ((identity, message),) = found(monkeypatch, kept, GINGER_THREADS=98)
    assert identity == "gingerdj.W002"
    assert message.startswith("Up to 98 connections are kept to the server of 'default', which accepts 97 by default:")
    assert "GINGER_THREADS is 98, times 1 processes (WEB_CONCURRENCY), times 1 for " in message


def test_the_default_is_that_of_the_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "98")
    ((_, message),) = found(monkeypatch, postgres(CONN_MAX_AGE=600))
    assert f"Up to {98 * threads.KEPT} connections" in message
    assert f"GINGER_THREADS is {threads.KEPT}" in message


def test_processes_and_aliases_count(monkeypatch: pytest.MonkeyPatch) -> None:
    given = [postgres(CONN_MAX_AGE=600), postgres("replica", CONN_MAX_AGE=60)]
    monkeypatch.setenv("WEB_CONCURRENCY", "4")
    assert found(monkeypatch, *given, GINGER_THREADS=12) == []
    ((_, message),) = found(monkeypatch, *given, GINGER_THREADS=13)
    assert message.startswith("Up to 104 connections are kept to the server of 'default', 'replica', which")
    assert "times 4 processes (WEB_CONCURRENCY), times 2 for" in message


def test_each_server_counts_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    given = [postgres(CONN_MAX_AGE=600), postgres("replica", CONN_MAX_AGE=60, HOST="10.0.0.2")]
    assert found(monkeypatch, *given, GINGER_THREADS=97) == []
    assert len(found(monkeypatch, *given, GINGER_THREADS=98)) == 2


@pytest.mark.parametrize("number", ["", "auto", "-1"])
def test_what_is_no_number_of_processes_is_one(number: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", number)
    assert found(monkeypatch, postgres(CONN_MAX_AGE=600), GINGER_THREADS=97) == []


@pytest.mark.parametrize(("vendor", "number", "count"), [("mysql", 151, 0), ("mysql", 152, 1), ("oracle", 4000, 0)])
def test_other_servers(vendor: str, number: int, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    given = Connection("default", vendor, CONN_MAX_AGE=600)
    assert len(found(monkeypatch, given, GINGER_THREADS=number)) == count


def test_none_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch, postgres(), postgres("pooled", OPTIONS={"pool": True})) == [
        (
            "gingerdj.W003",
            "CONN_MAX_AGE of 'default' in DATABASES is 0: each request that uses this database connects to its "
            "server anew.",
        )
    ]


@pytest.mark.parametrize("age", [600, None])
def test_none_is_kept_although_it_should(age: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    ((identity, message),) = found(monkeypatch, postgres(CONN_MAX_AGE=age), postgres("other"), GINGER_THREADS=0)
    assert identity == "gingerdj.W004"
    assert message.startswith(f"CONN_MAX_AGE of 'default' in DATABASES is {age}, but GINGER_THREADS is 0: ")


def test_threads_that_are_no_number_are_for_another_check(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch, postgres(CONN_MAX_AGE=600), GINGER_THREADS="98") == []


def test_a_connection_of_django_has_what_is_looked_at() -> None:
    configure()
    given: list[BaseDatabaseWrapper] = list(connections.all())
    assert given
    for connection in given:
        assert {"CONN_MAX_AGE", "HOST", "PORT", "OPTIONS"} <= set(connection.settings_dict)
        assert isinstance(connection.vendor, str)
