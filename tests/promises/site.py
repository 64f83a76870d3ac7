"""A site made by a test, of its own views and middleware, with a database."""

from __future__ import annotations

import asyncio
from types import ModuleType
from typing import TYPE_CHECKING, Any

from django.core.handlers import asgi
from django.db import connections
from django.test import override_settings
from django.urls import clear_url_caches, path

from gingerdj.handler import ASGIHandler

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

NAME = "tests_promises_site"
"""The module of the site, as settings name it."""
HANDLERS = {"Django": asgi.ASGIHandler, "GingerDJ": ASGIHandler}


class Site:
    """Makes applications of the views and the middleware of a test."""

    def __init__(self, handler: type[asgi.ASGIHandler]) -> None:
        self.handler = handler
        self.module = ModuleType(NAME)

    @property
    def ginger(self) -> bool:
        """Whether the handler is GingerDJ's."""
        return self.handler is ASGIHandler

    def application(self, view: Any, *middleware: Any, **views: Any) -> asgi.ASGIHandler:
        """Return an application with this view at `/`, others at their names, and this middleware, outermost first."""
        self.module.__dict__["urlpatterns"] = [
            path("", view),
            *(path(f"{name}/", other) for name, other in views.items()),
        ]
        clear_url_caches()
        names = [f"middleware_{number}" for number in range(len(middleware))]
        self.module.__dict__.update(zip(names, middleware, strict=True))
        with override_settings(MIDDLEWARE=[f"{NAME}.{name}" for name in names]):
            return self.handler()


def where() -> str:
    """Return what this code runs on."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return "thread"
    return "loop"


class Database:
    """The database of a test, which has the table of visits, and all connections to it."""

    def __init__(self) -> None:
        self.made: list[BaseDatabaseWrapper] = []
        """All connections, in the order in which they were opened; one that was opened again stands here again."""

    def keep(self, age: int | None) -> None:
        """Set CONN_MAX_AGE, which is 0 by default."""
        connections.settings["default"]["CONN_MAX_AGE"] = age

    def note(self, connection: BaseDatabaseWrapper, **_: Any) -> None:
        """Note a new connection."""
        self.made.append(connection)

    @property
    def open(self) -> int:
        """How many connections are open."""
        return len({id(connection) for connection in self.made if connection.connection is not None})
