"""Plays requests to an application with one package in place, and prints what came as JSON.

    python -m tests.third_parties.program PACKAGE django|gingerdj

Standard output: {"responses": {request: [status, headers, body]}, "reported": what the package recorded}.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command

from tests.project.stack import MIDDLEWARE

APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
ADDED: Mapping[str, Mapping[str, Any]] = {
    "whitenoise": {"MIDDLEWARE": ["whitenoise.middleware.WhiteNoiseMiddleware", *MIDDLEWARE]},
    "debug-toolbar": {
        "MIDDLEWARE": ["debug_toolbar.middleware.DebugToolbarMiddleware", *MIDDLEWARE],
        "INSTALLED_APPS": [*APPS, "debug_toolbar"],
        "INTERNAL_IPS": ["127.0.0.1"],
        "DEBUG": True,
    },
    "allauth": {
        "MIDDLEWARE": [*MIDDLEWARE, "allauth.account.middleware.AccountMiddleware"],
        "INSTALLED_APPS": [*APPS, "allauth", "allauth.account"],
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
    },
    "staticfiles": {"DEBUG": True},
}
"""The settings that a package asks for."""
PATHS = ("async", "sync", "async-error", "sync-error", "stream", "none", "static/x.css", "static/none.css")
# What differs from run to run: tokens, times, and what a page says about memory and threads.
TOKEN = re.compile(r"[0-9A-Za-z_-]{24,}|\w{3}, \d{2} \w{3} \d{4} [\d:]{8} GMT")
VARYING = {"last-modified", "etag", "server-timing"}
Reported = Callable[[], Sequence[object]]


def configure(package: str, folder: Path) -> None:
    """Set up the project of a package."""
    (folder / "static").mkdir()
    (folder / "static/x.css").write_text("body {}\n" * 100)
    context = ("template.context_processors.request", "contrib.auth.context_processors.auth")
    settings.configure(
        **{
            "SECRET_KEY": "for tests only",
            "ROOT_URLCONF": "tests.third_parties.urls",
            "ALLOWED_HOSTS": ["*"],
            "MIDDLEWARE": MIDDLEWARE,
            "INSTALLED_APPS": APPS,
            "STATIC_URL": "/static/",
            "STATIC_ROOT": str(folder / "static"),
            "TEMPLATES": [
                {
                    "BACKEND": "django.template.backends.django.DjangoTemplates",
                    "APP_DIRS": True,
                    "OPTIONS": {"context_processors": [f"django.{name}" for name in context]},
                }
            ],
            "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "db.sqlite3")}},
            **ADDED.get(package, {}),
        }
    )


def sentry() -> Reported:
    """Start Sentry with all that it can record; what it records, in short."""
    import sentry_sdk  # noqa: PLC0415 - it patches what is imported
    from sentry_sdk.integrations.django import DjangoIntegration  # noqa: PLC0415 - as above
    from sentry_sdk.transport import Transport  # noqa: PLC0415 - as above

    found: list[object] = []

    class Kept(Transport):
        def capture_envelope(self, envelope: Any) -> None:
            for payload in (item.payload.json for item in envelope.items if item.payload.json):
                errors = [error["type"] for error in payload.get("exception", {}).get("values", [])]
                spans = sorted(f"{span.get('op')} {span.get('description')}" for span in payload.get("spans", []))
                request = payload.get("request", {})
                found.append([payload.get("transaction"), errors, spans, request.get("url"), request.get("data")])

    integration = DjangoIntegration(signals_spans=True)
    sentry_sdk.init(
        dsn="http://key@localhost/1",
        transport=Kept,
        traces_sample_rate=1.0,
        send_default_pii=True,
        integrations=[integration],
        default_integrations=False,
    )

    def reported() -> Sequence[object]:
        sentry_sdk.flush(5)
        return found

    return reported


def opentelemetry() -> Reported:
    """Start OpenTelemetry; its spans, in short."""
    from opentelemetry import trace  # noqa: PLC0415 - it patches what is imported
    from opentelemetry.instrumentation.django import DjangoInstrumentor  # noqa: PLC0415 - as above
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - as above
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor  # noqa: PLC0415 - as above
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter  # noqa: PLC0415 - as above

    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    DjangoInstrumentor().instrument()

    def reported() -> Sequence[object]:
        return [
            [span.name, str(span.kind), str(span.status.status_code), sorted(map(str, (span.attributes or {}).items()))]
            for span in exporter.get_finished_spans()
        ]

    return reported


def application(package: str, handler: str) -> Any:
    """The application of a project, as its asgi.py would make it."""
    if handler == "gingerdj":
        from gingerdj.handler import ASGIHandler  # noqa: PLC0415 - after the package has patched Django
    else:
        from django.core.handlers.asgi import ASGIHandler  # type: ignore[assignment]  # noqa: PLC0415 - as above
    app: Any = ASGIHandler()
    if package == "staticfiles":
        from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler  # noqa: PLC0415 - as above

        return ASGIStaticFilesHandler(app)
    if package == "channels":
        return routed(app)
    return app


def routed(http: Any) -> Any:
    """An application for http beside one of Channels for WebSocket."""
    from channels.auth import AuthMiddlewareStack  # noqa: PLC0415 - it needs Django set up
    from channels.generic.websocket import AsyncWebsocketConsumer  # noqa: PLC0415 - as above
    from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: PLC0415 - as above
    from django.urls import path  # noqa: PLC0415 - as above

    class Echo(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels ships no types
        async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
            await self.send(text_data=f"{text_data} {self.scope['user'].is_authenticated}")

    socket = AuthMiddlewareStack(URLRouter([path("socket/", Echo.as_asgi())]))
    return ProtocolTypeRouter({"http": http, "websocket": socket})


async def play(app: Any, path: str, events: Sequence[Mapping[str, Any]], **scope: Any) -> list[Mapping[str, Any]]:
    """What an application sends to a client that stays."""
    sent: list[Mapping[str, Any]] = []
    script = iter(events)

    async def receive() -> Mapping[str, Any]:
        for event in script:
            return event
        await asyncio.Event().wait()
        raise AssertionError

    async def send(event: Mapping[str, Any]) -> None:
        sent.append(event)

    given = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        **scope,
    }
    given["headers"] = [(b"host", b"localhost"), *given["headers"]]
    async with asyncio.timeout(20):
        await app(given, receive, send)
    return sent


def shown(package: str, sent: Sequence[Mapping[str, Any]]) -> object:
    """A response, without what differs from run to run."""
    if not sent or sent[0]["type"] != "http.response.start":
        return [dict(event) for event in sent]
    body = b"".join(event.get("body", b"") for event in sent).decode()
    page = "DEBUG" in ADDED.get(package, {})  # that one of Django's, or of the toolbar, shows what it finds
    headers = sorted(
        (name.lower().decode(), TOKEN.sub("token", value.decode()))
        for name, value in sent[0]["headers"]
        if name.lower().decode() not in VARYING and not (page and name.lower() == b"content-length")
    )
    return [sent[0]["status"], headers, "djDebug" in body if page else TOKEN.sub("token", body)]


async def responses(package: str, app: Any) -> dict[str, object]:
    """What comes for each request."""
    request = [{"type": "http.request", "body": b""}]
    paths = [f"/{path}" if "." in path else f"/{path}/" for path in PATHS]
    if package == "allauth":
        paths.append("/accounts/login/")
    found = {path: shown(package, await play(app, path, request)) for path in paths}
    form = [(b"content-type", b"application/x-www-form-urlencoded"), (b"content-length", b"3")]
    posted: list[Mapping[str, Any]] = [{"type": "http.request", "body": b"a=1"}]
    found["a form"] = shown(package, await play(app, "/echo/", posted, method="POST", headers=form))
    if package == "channels":
        found["a WebSocket"] = await socket(app)
    return found


async def socket(app: Any) -> object:
    """What Channels sends."""
    events: list[Mapping[str, Any]] = [
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": "hello"},
        {"type": "websocket.disconnect", "code": 1000},
    ]
    return [dict(event) for event in await play(app, "/socket/", events, type="websocket", subprotocols=[])]


def main(package: str, handler: str) -> None:
    """Run one package with one handler."""
    started: Mapping[str, Callable[[], Reported]] = {"sentry": sentry, "opentelemetry": opentelemetry}
    with tempfile.TemporaryDirectory() as folder:
        configure(package, Path(folder))
        reported = started[package]() if package in started else list
        django.setup()
        call_command("migrate", verbosity=0)
        app = application(package, handler)
        logging.disable()
        came = asyncio.run(responses(package, app))
        with suppress(BrokenPipeError):
            print(json.dumps({"responses": came, "reported": reported()}, indent=1, sort_keys=True, default=str))


if __name__ == "__main__":
    main(*sys.argv[1:])
