"""Two answers for what watches a process: whether it runs, and whether it is to get requests.

Add ``"gingerdj.health.HealthMiddleware"`` as the first line of MIDDLEWARE, under GingerDJ's handler or Django's. It
answers before all other middleware, because a probe comes without a host name that ALLOWED_HOSTS would know, and
without the TLS that SECURE_SSL_REDIRECT would send it to.

A database is asked on a new connection, which is closed at once: those of requests stay theirs. It is asked in a thread
of its own, one at a time for each database of a process, so that one that hangs costs one thread, however many probes
come. It is a daemon: the executors of asyncio and of a request would have the process wait for it at its end.
"""

from __future__ import annotations

import asyncio
import logging
import os
from concurrent.futures import Future
from functools import cache
from threading import Lock, Thread
from typing import TYPE_CHECKING, ClassVar

from asgiref.sync import async_to_sync, iscoroutinefunction, markcoroutinefunction
from django.db import connections
from django.http import HttpResponse

from gingerdj.drain import stopping

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    View = Callable[[HttpRequest], Awaitable[HttpResponse]]

logger = logging.getLogger("gingerdj.health")
"""Not below "django", whose default handlers print nothing where DEBUG is False."""

LIMIT = 0.8
"""Seconds that a probe waits for the databases: fewer than the one after which Kubernetes by default gives it up."""
DUMMY = "django.db.backends.dummy"
"""The engine of a project that has no database."""


async def alive(request: HttpRequest) -> HttpResponse:
    """Answer 200: the event loop of this process turns. Nothing else is asked.

    A process that does not answer has to be started again. That cures no database, so none is asked.
    """
    return answer(200, "ok")


async def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 when each database answers, else 503 with the names of those that do not.

    503 too once the server is stopping. The reason stands in the log, once for each time that a database goes down.
    """
    stopping.look()
    if stopping.is_set():
        return answer(503, "stopping")
    down = await unavailable([check(alias) for alias in databases()])
    return answer(503, *[f"database {alias}: unavailable" for alias in down]) if down else answer(200, "ok")


class HealthMiddleware:
    """Answers GET and HEAD on two paths, and passes on everything else.

    Both answers are the same under each path of a server (``root_path``). A subclass may have other paths.
    """

    sync_capable = async_capable = True
    paths: ClassVar[Mapping[str, View]] = {"/health/alive": alive, "/health/ready": ready}
    """The asynchronous view for each path."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]) -> None:
        self.get_response = get_response
        self.asynchronous = iscoroutinefunction(get_response)
        if self.asynchronous:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        """Return the response, or what is awaited for it."""
        view = self.paths.get(request.path_info) if request.method in {"GET", "HEAD"} else None
        if view is None:
            return self.get_response(request)
        return view(request) if self.asynchronous else async_to_sync(view)(request)


def answer(status: int, *lines: str) -> HttpResponse:
    """A short response that nobody keeps."""
    body = "".join(f"{line}\n" for line in lines)
    headers = {"Cache-Control": "no-store", "Content-Length": str(len(body.encode()))}
    response = HttpResponse(body, status=status, content_type="text/plain", headers=headers)
    # Django's handler would log each 503 as an error, and mail it to the administrators, every few seconds.
    response._has_been_logged = True  # type: ignore[attr-defined]  # as Django's log_response does
    return response


def databases() -> list[str]:
    """The aliases of the databases that there are."""
    return [alias for alias in connections if connections.settings[alias]["ENGINE"] != DUMMY]


async def unavailable(checks: list[Check]) -> list[str]:
    """The aliases of the databases that do not answer, all asked at the same time."""
    if not checks:
        return []
    asked = [asyncio.wrap_future(each.ask()) for each in checks]
    await asyncio.wait(asked, timeout=LIMIT)  # which cancels nothing: the other probes wait for the same
    for each, future in zip(checks, asked, strict=True):
        each.note(future.result() if future.done() else f"no answer within {LIMIT} seconds")
    return [each.alias for each in checks if each.problem]


class Check:
    """Whether one database answers: asked in a thread, which all probes of this process share."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.problem = ""
        """Why it does not, as far as is known; empty when it does."""
        self.running: Future[str] | None = None
        """The last question: its result is the problem."""
        self.lock = Lock()

    def ask(self) -> Future[str]:
        """Ask the database, unless the last question is still open. Returns the future of the answer."""
        with self.lock:
            if self.running is None or self.running.done():
                future: Future[str] = Future()
                Thread(target=self.run, args=[future], name=f"gingerdj-health-{self.alias}", daemon=True).start()
                self.running = future
            return self.running

    def run(self, future: Future[str]) -> None:
        """Ask, in the thread."""
        try:
            query(connections.create_connection(self.alias))
        except Exception as error:
            future.set_result(" ".join(f"{type(error).__name__}: {error}".split()))
        else:
            future.set_result("")

    def note(self, problem: str) -> None:
        """Keep what is known, and log what changes."""
        if problem and not self.problem:
            logger.error("Database %s is unavailable: %s", self.alias, problem)
        elif self.problem and not problem:
            logger.warning("Database %s is available again", self.alias)
        self.problem = problem


def query(connection: BaseDatabaseWrapper) -> None:
    """Connect to a database, have it answer, and close the connection. Raises what goes wrong."""
    try:
        with connection.cursor() as cursor:
            # SQLite does not even open its file for a SELECT without a table.
            sqlite = connection.vendor == "sqlite"
            cursor.execute("PRAGMA schema_version" if sqlite else f"SELECT 1{connection.features.bare_select_suffix}")
    finally:
        connection.close()
        if connection.connection is not None:  # Django leaves one to a database in memory open
            connection.connection.close()


@cache
def check(alias: str) -> Check:
    """The check of a database in this process."""
    return Check(alias)


# The thread that would answer stays behind in the parent.
os.register_at_fork(after_in_child=check.cache_clear)
