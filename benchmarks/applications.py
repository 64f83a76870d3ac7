"""The applications that are compared. Each is made from the same project, or answers as its views do."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import django

if TYPE_CHECKING:
    from collections.abc import Callable

    from gingerdj.types import Receive, Scope, Send

BARE = "bare ASGI callable"
PLAIN = frozenset({"async view", "sync view", "404", "stream", "form POST"})
"""The rows that need neither a session, nor a database, nor a template."""


def django_asgi() -> Any:
    """Django's own handler for ASGI."""
    django.setup()
    return import_module("django.core.handlers.asgi").ASGIHandler()


def django_wsgi() -> Any:
    """Django's own handler for WSGI."""
    django.setup()
    return import_module("django.core.handlers.wsgi").WSGIHandler()


def gingerdj() -> Any:
    """Our handler."""
    django.setup()
    return import_module("gingerdj.handler").ASGIHandler()


def starlette() -> Any:
    """An application of Starlette with the views that need nothing of Django."""
    responses, routing = import_module("starlette.responses"), import_module("starlette.routing")
    stream = import_module("tests.cost_project.stream")

    async def nothing(request: Any) -> Any:
        return responses.Response(b"nothing", media_type="text/html")

    def sync_nothing(request: Any) -> Any:
        return responses.Response(b"nothing", media_type="text/html")

    async def alines(request: Any) -> Any:
        return responses.StreamingResponse(stream.alines(), media_type="text/html")

    async def form(request: Any) -> Any:
        fields = parse_qs((await request.body()).decode())
        return responses.Response(fields["name"][0], media_type="text/html")

    routes = [
        routing.Route("/async/nothing/", nothing),
        routing.Route("/sync/nothing/", sync_nothing),
        routing.Route("/async/alines/", alines),
        routing.Route("/async/form/", form, methods=["POST"]),
    ]
    return import_module("starlette.applications").Starlette(routes=routes)


def bare() -> Any:
    """A callable that sends one answer, and does nothing else."""
    start = {
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"7")],
    }
    body = {"type": "http.response.body", "body": b"nothing"}

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(scope["type"])
        await send(start)
        await send(body)

    return application


@dataclass(frozen=True)
class Contender:
    """An application that takes part."""

    make: Callable[[], Any]
    rows: frozenset[str] | None = None
    """Those that it can answer; None stands for all."""
    wsgi: bool = False

    def runs(self, row: str) -> bool:
        """Tell whether it answers this row."""
        return self.rows is None or row in self.rows


CONTENDERS = {
    "Django ASGI": Contender(django_asgi),
    "GingerDJ": Contender(gingerdj),
    "Django WSGI": Contender(django_wsgi, wsgi=True),
    "Starlette": Contender(starlette, PLAIN),
    BARE: Contender(bare, frozenset({"async view"})),
}
