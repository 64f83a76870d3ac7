"""A project of Django's adopts GingerDJ by one import, then one setting at a time; its own tests stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.project.commands import python

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

URLS = """\
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.urls import path


async def users(request):
    return HttpResponse(await User.objects.acount())


def visits(request):
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(request.session["visits"])


async def echo(socket):
    await socket.accept()
    async for message in socket:
        await socket.send(message)


urlpatterns = [path("users/", users), path("visits/", visits)]
"""
TESTS = """\
import asyncio

from django.contrib.auth.models import User
from django.test import TestCase

from mysite.asgi import application


class Views(TestCase):
    def test_visits(self):
        self.assertEqual(self.client.get("/visits/").content, b"1")
        self.assertEqual(self.client.get("/visits/").content, b"2")

    async def test_users(self):
        await User.objects.acreate(username="ada")
        self.assertEqual((await self.async_client.get("/users/")).content, b"1")

    async def test_application(self):
        scope = {"type": "http", "method": "GET", "path": "/users/", "headers": [(b"host", b"testserver")]}
        requests, sent = [{"type": "http.request"}], []

        async def receive():
            return requests.pop() if requests else await asyncio.Event().wait()

        async def send(event):
            sent.append(event)

        await application(scope, receive, send)
        self.assertEqual((sent[0]["status"], sent[1]["body"]), (200, b"0"))
"""
LIFESPAN = """\
from contextlib import asynccontextmanager


@asynccontextmanager
async def lifespan():
    yield {"greeting": "hello"}
"""
STEPS = {
    "the app": 'INSTALLED_APPS.append("gingerdj")',
    "a lifespan": 'GINGER_LIFESPAN = "mysite.lifespan.lifespan"',
    "limits": "GINGER_BODY_LIMIT, GINGER_BODY_TIMEOUT, GINGER_THREADS = 10_000_000, 60, 4",
    "health": 'MIDDLEWARE.insert(0, "gingerdj.health.HealthMiddleware")',
    "the guard": 'GINGER_GUARD = "raise"',
    "the watchdog": "GINGER_WATCHDOG = 5",
}


def passes(folder: Path) -> bool:
    """Whether the project's own tests pass."""
    ran = python("manage.py", "test", folder=folder)
    assert ran.returncode == 0, ran.stderr
    return "Ran 3 tests" in ran.stderr


def test_step_by_step(tmp_path: Path) -> None:
    made = python("-m", "django", "startproject", "mysite", ".", folder=tmp_path)
    assert made.returncode == 0, made.stderr
    site = tmp_path / "mysite"
    (site / "urls.py").write_text(URLS)
    (site / "tests.py").write_text(TESTS)
    (site / "lifespan.py").write_text(LIFESPAN)
    assert passes(tmp_path)
    asgi = (site / "asgi.py").read_text()
    assert "from django.core.asgi import" in asgi
    (site / "asgi.py").write_text(asgi.replace("from django.core.asgi import", "from gingerdj.core.asgi import"))
    assert passes(tmp_path)
    for line in STEPS.values():
        with (site / "settings.py").open("a") as settings:
            settings.write(f"\n{line}\n")
        assert passes(tmp_path), line
    with (site / "urls.py").open("a") as urls:
        urls.write('\nwebsocket_urlpatterns = [path("echo/", echo)]\n')
    assert passes(tmp_path)
