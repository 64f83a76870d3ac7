"""The ASGI application, called as a server calls it."""

from functools import partial
from typing import Any

import django
import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.handlers import asgi

from gingerdj.handler import ASGIHandler
from tests.project import settings as project
from tests.project.driver import Event, play


@pytest.fixture(scope="module")
def application() -> ASGIHandler:
    """The application of the small project. Its settings are set here: the environment of the tests stays as it is."""
    if not settings.configured:
        settings.configure(**{name: getattr(project, name) for name in dir(project) if name.isupper()})
        django.setup(set_prefix=False)
    return ASGIHandler()


def http(path: str, method: str = "GET", host: str = "testserver") -> dict[str, Any]:
    """The scope of a request: what the specification requires of a server, and a Host header."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(b"host", host.encode())],
    }


def request(application: ASGIHandler, scope: dict[str, Any], *bodies: bytes) -> list[Event]:
    """What the application sends for a request with this body, in these parts, by a client that stays."""
    last = len(bodies) - 1
    events = [{"type": "http.request", "body": body, "more_body": n < last} for n, body in enumerate(bodies)]
    return play(partial(application, scope), events or [{"type": "http.request"}], then_wait=True)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_http(kind: str, application: ASGIHandler) -> None:
    start, body = request(application, http(f"/{kind}/", "POST"), b"in two ", b"parts")
    assert (start["type"], start["status"]) == ("http.response.start", 200)
    assert body == {"type": "http.response.body", "body": f"{kind} POST in two parts".encode(), "more_body": False}


@pytest.mark.parametrize(("path", "host", "status"), [("/none/", "testserver", 404), ("/sync/", "elsewhere", 400)])
def test_http_errors_are_djangos(path: str, host: str, status: int, application: ASGIHandler) -> None:
    start, _ = request(application, http(path, host=host))
    assert start["status"] == status


def test_client_that_leaves_gets_no_answer(application: ASGIHandler) -> None:
    assert play(partial(application, http("/sync/")), [{"type": "http.disconnect"}]) == []


def test_lifespan(application: ASGIHandler) -> None:
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    sent = play(partial(application, scope), [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
    assert [event["type"] for event in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_websocket(application: ASGIHandler) -> None:
    scope = http("/sync/") | {"type": "websocket", "subprotocols": []}
    assert play(partial(application, scope), [{"type": "websocket.connect"}]) == [{"type": "websocket.close"}]


def test_unknown_type_of_connection(application: ASGIHandler) -> None:
    with pytest.raises(ValueError, match="serves http, lifespan and websocket connections, not 'mqtt'"):
        play(partial(application, {"type": "mqtt"}), [])


def test_is_found_where_djangos_handler_is_looked_for(application: ASGIHandler) -> None:
    assert isinstance(application, asgi.ASGIHandler)


def test_static_files_wrapper_keeps_lifespan(application: ASGIHandler, monkeypatch: pytest.MonkeyPatch) -> None:
    """Django's wrapper passes on what is not http: the application inside has to answer it."""
    monkeypatch.setattr(settings, "STATIC_URL", "/static/")
    wrapped = ASGIStaticFilesHandler(application)
    sent = play(partial(wrapped, {"type": "lifespan"}), [{"type": "lifespan.shutdown"}])
    assert sent == [{"type": "lifespan.shutdown.complete"}]
