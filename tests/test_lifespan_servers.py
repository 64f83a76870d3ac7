"""The lifespan on each server: a real process, a request, and SIGTERM; and what a failed startup ends it with."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.project.servers import project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.snippets.sandbox import Sandbox

pytestmark = pytest.mark.slow

LIMIT = 60.0
"""Seconds for a server to start or to stop; each takes much less."""

LIFESPAN = """\
import os
from contextlib import asynccontextmanager


@asynccontextmanager
async def lifespan():
    print("app: starting", flush=True)
    if os.environ.get("BROKEN") == "startup":
        raise ConnectionRefusedError("no broker")
    yield {"greeting": "hello from the lifespan"}
    print("app: stopping", flush=True)
    if os.environ.get("BROKEN") == "shutdown":
        raise ConnectionResetError("broker gone")
"""
URLS = """\
from django.http import HttpResponse
from django.urls import path


async def greet(request):
    print("app: request", flush=True)
    return HttpResponse(request.state["greeting"])


urlpatterns = [path("", greet)]
"""
FAILED = "mysite.lifespan.lifespan failed at startup: ConnectionRefusedError: no broker"
LEAVING = "mysite.lifespan.lifespan failed at shutdown: ConnectionResetError: broker gone"


@dataclass(frozen=True)
class Server:
    """A server, and the statuses that it ends with."""

    command: str
    stopped: int = 0
    """After SIGTERM."""
    failed: int | None = None
    """When startup fails; None where it goes on."""


SERVERS = {
    "uvicorn": Server("uvicorn mysite.asgi:application", stopped=143, failed=3),
    "hypercorn": Server("hypercorn mysite.asgi:application", failed=0),
    "granian": Server("granian --interface asgi mysite.asgi:application", failed=1),
    "gunicorn -k asgi": Server("gunicorn -k asgi mysite.asgi:application", failed=3),
    "gunicorn -k uvicorn_worker": Server("gunicorn -k uvicorn_worker.UvicornWorker mysite.asgi:application", failed=3),
    "daphne": Server("daphne mysite.asgi:application", failed=None),
}
WORKERS = Server("uvicorn mysite.asgi:application --workers 2", failed=0)
"""With several processes Uvicorn has another status than with one."""
each = pytest.mark.parametrize("server", SERVERS.values(), ids=SERVERS)


NAMED = """echo 'GINGER_LIFESPAN = "mysite.lifespan.lifespan"' >> mysite/settings.py"""


@pytest.fixture(scope="module")
def sandbox(wheels: Path, venv: Path) -> Iterator[Sandbox]:
    """A project with a lifespan, and all servers."""
    with project(wheels, venv, LIMIT, NAMED) as opened:
        opened.write("mysite/lifespan.py", LIFESPAN)
        opened.write("mysite/urls.py", URLS)
        yield opened


def told(output: str) -> list[str]:
    """What the application has printed, in order.

    Two workers print at once: unbuffered, a line and its end are two writes, and what the other says may stand between.
    """
    return re.findall(r"app: (?:starting|request|stopping)", output)


@each
def test_it_stands_around_the_requests(server: Server, sandbox: Sandbox) -> None:
    started = sandbox.start("server", server.command, ready="8000")
    assert started.state == "ready", sandbox.log("server")
    ran = sandbox.run("curl --silent --fail --retry 20 --retry-all-errors --retry-delay 1 http://127.0.0.1:8000/")
    assert (ran.status, ran.output) == (0, "hello from the lifespan")
    stopped = sandbox.stop("server", limit=LIMIT)
    log = sandbox.log("server")
    assert told(log) == ["app: starting", "app: request", "app: stopping"], log
    assert (stopped.status, "Traceback" in log) == (server.stopped, False), log


@pytest.mark.parametrize("server", [*SERVERS.values(), WORKERS], ids=[*SERVERS, "uvicorn --workers"])
def test_a_failed_startup(server: Server, sandbox: Sandbox) -> None:
    started = sandbox.start("server", f"BROKEN=startup {server.command}", ready="8000")
    if server.failed is None:
        assert started.state == "ready", sandbox.log("server")
        asked = sandbox.run('curl --silent --output out.txt --write-out "%{http_code}" http://127.0.0.1:8000/')
        assert asked.output == "503"
        status = sandbox.stop("server", limit=LIMIT).status
    elif started.state == "exited":
        status = started.status
    else:  # its main process listens before the worker starts
        status = sandbox.stop("server", signal=None, limit=LIMIT).status
    log = sandbox.log("server")
    assert status == (server.failed or 0), log
    assert "ConnectionRefusedError: no broker\n" in log  # the traceback
    assert FAILED in log
    assert set(told(log)) == {"app: starting"}


@each
def test_a_failed_shutdown(server: Server, sandbox: Sandbox) -> None:
    """It changes the status of no server."""
    sandbox.start("server", f"BROKEN=shutdown {server.command}", ready="8000")
    sandbox.run("curl --silent --fail --retry 20 --retry-all-errors --retry-delay 1 http://127.0.0.1:8000/")
    stopped = sandbox.stop("server", limit=LIMIT)
    log = sandbox.log("server")
    assert stopped.status == server.stopped, log
    assert LEAVING in log
    assert told(log)[-1] == "app: stopping"
