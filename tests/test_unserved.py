"""What the log says of a project that a WSGI server serves."""

from __future__ import annotations

import logging
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from django.test import override_settings
from django.urls import include, path

from gingerdj import unserved
from tests.project.commands import python
from tests.project.server import configure

if TYPE_CHECKING:
    from pathlib import Path

END = " An ASGI server takes get_asgi_application() from gingerdj.core.asgi."


async def asynchronous(request: Any) -> Any:
    """A view."""


def synchronous(request: Any) -> Any:
    """A view."""


def urlconf(*patterns: Any, sockets: list[Any]) -> ModuleType:
    """A URLconf."""
    module = ModuleType("mysite.urls")
    vars(module).update(urlpatterns=list(patterns), websocket_urlpatterns=sockets)
    return module


def logged(caplog: pytest.LogCaptureFixture, **changes: Any) -> list[str]:
    """What is logged with these settings."""
    configure()
    caplog.clear()
    with override_settings(**changes), caplog.at_level(logging.DEBUG):
        unserved.warn()
    assert all((record.name, record.levelname) == ("gingerdj.wsgi", "WARNING") for record in caplog.records)
    return [record.getMessage() for record in caplog.records]


def test_nothing_to_say(caplog: pytest.LogCaptureFixture) -> None:
    assert logged(caplog, ROOT_URLCONF=urlconf(path("", synchronous), sockets=[])) == []


def test_a_lifespan(caplog: pytest.LogCaptureFixture) -> None:
    changes = {"ROOT_URLCONF": urlconf(sockets=[]), "GINGER_LIFESPAN": "mysite.lifespan.lifespan"}
    assert logged(caplog, **changes) == [
        f"This is a WSGI server: GINGER_LIFESPAN, 'mysite.lifespan.lifespan', is not entered.{END}"
    ]


def test_routes_and_views(caplog: pytest.LogCaptureFixture) -> None:
    inner = [path("", asynchronous), path("b", asynchronous), path("c", synchronous)]
    sockets = [path("", asynchronous), path("rooms/", include([path("b", asynchronous)]))]
    routes = "the routes of websocket_urlpatterns in <module 'mysite.urls'>, 2, are not served"
    views = "each asynchronous view, of which there are 2, occupies a thread as long as it runs"
    given = urlconf(path("a/", include(inner)), sockets=sockets)
    assert logged(caplog, ROOT_URLCONF=given) == [f"This is a WSGI server: {routes}; {views}.{END}"]
    assert logged(caplog, ROOT_URLCONF=given, DEBUG=True) == [f"This is a WSGI server: {routes}.{END}"]


@pytest.mark.parametrize("given", ["tests.absent.urls", None])
def test_a_urlconf_that_fails_is_left_to_the_first_request(given: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert logged(caplog, ROOT_URLCONF=given) == []


@pytest.mark.slow
def test_the_entry_point_says_it(new_project: Path) -> None:
    settings = new_project / "mysite" / "settings.py"
    settings.write_text(settings.read_text() + '\nGINGER_LIFESPAN = "mysite.lifespan.lifespan"\n')
    ended = python("-c", "import mysite.wsgi", folder=new_project)
    assert (ended.returncode, ended.stdout) == (0, "")
    assert ended.stderr.startswith("This is a WSGI server: GINGER_LIFESPAN, 'mysite.lifespan.lifespan', is not")
    assert python("-c", "import mysite.asgi", folder=new_project).stderr == ""
