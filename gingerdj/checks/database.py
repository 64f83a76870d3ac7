"""Database connections: how many are kept, and whether any is.

A connection belongs to a thread, and is kept with it. So a process keeps, for each alias, as many as it has idle
threads, which are GINGER_THREADS at most.
"""

import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import Warning as Caution
from django.core.checks import register
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from gingerdj.checks.values import valid
from gingerdj.threads import KEPT

ACCEPTED = {"postgresql": 97, "mysql": 151}
"""Connections that a server accepts where nobody has configured it; PostgreSQL keeps 3 of its 100 to superusers."""

SERVERLESS = {"sqlite", "unknown"}
"""What Django calls SQLite, and the backend of a project without a database."""


@register("gingerdj", deploy=True)
def check_database(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[Caution]:
    """Return gingerdj.W002, W003 and W004 where too many connections are kept, or none, or none against the settings.

    Only of database servers: with SQLite, a connection is an open file. Connects to nothing.
    """
    servers = [connection for connection in connections.all() if connection.vendor not in SERVERLESS]
    kept = [connection for connection in servers if age(connection) != 0]
    if not valid("GINGER_THREADS"):
        return []
    if getattr(settings, "GINGER_THREADS", KEPT) == 0:
        return [*without_threads(kept)]
    return [*too_many(kept), *anew(connection for connection in servers if connection not in kept)]


def age(connection: BaseDatabaseWrapper) -> int | None:
    """Its CONN_MAX_AGE."""
    seconds: int | None = connection.settings_dict["CONN_MAX_AGE"]
    return seconds


def too_many(kept: Sequence[BaseDatabaseWrapper]) -> Iterator[Caution]:
    """A warning for each server that all processes together keep more connections to than it accepts by default."""
    threads, processes = getattr(settings, "GINGER_THREADS", KEPT), workers()
    servers: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for connection in kept:
        options = connection.settings_dict
        servers[connection.vendor, options["HOST"], str(options["PORT"])].append(connection.alias)
    for (vendor, *_), aliases in servers.items():
        number = threads * processes * len(aliases)
        if number > ACCEPTED.get(vendor, number):
            yield Caution(
                f"Up to {number} connections are kept to the server of {', '.join(map(repr, aliases))}, which accepts "
                f"{ACCEPTED[vendor]} by default: GINGER_THREADS is {threads}, times {processes} processes "
                f"(WEB_CONCURRENCY), times {len(aliases)} for the entries of DATABASES with a CONN_MAX_AGE.",
                hint="Lower GINGER_THREADS or the number of processes. If the server accepts more, or a pooler stands "
                "before it, add 'gingerdj.W002' to SILENCED_SYSTEM_CHECKS.",
                id="gingerdj.W002",
            )


def workers() -> int:
    """The processes that Uvicorn and Gunicorn start, where the environment says so; else 1."""
    number = os.environ.get("WEB_CONCURRENCY", "")
    return int(number) if number.isdecimal() else 1


def anew(connecting: Iterator[BaseDatabaseWrapper]) -> Iterator[Caution]:
    """A warning for each alias to which each request connects anew. A pool of Django's keeps connections itself."""
    for connection in connecting:
        if not connection.settings_dict["OPTIONS"].get("pool"):
            yield Caution(
                f"CONN_MAX_AGE of '{connection.alias}' in DATABASES is 0: each request that uses this database "
                "connects to its server anew.",
                hint="Set CONN_MAX_AGE to a number of seconds, such as 600, and CONN_HEALTH_CHECKS to True: GingerDJ "
                "keeps the connection of a thread for its next request.",
                id="gingerdj.W003",
            )


def without_threads(kept: Sequence[BaseDatabaseWrapper]) -> Iterator[Caution]:
    """A warning for each alias whose connections end with their threads."""
    for connection in kept:
        yield Caution(
            f"CONN_MAX_AGE of '{connection.alias}' in DATABASES is {age(connection)}, but GINGER_THREADS is 0: a "
            "thread ends with its request, and its connection with it.",
            hint="Give GINGER_THREADS the number of connections that a process may keep, or leave it out.",
            id="gingerdj.W004",
        )
