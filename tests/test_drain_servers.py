"""A stop of each server while a stream is open: a real process, SIGTERM, and what becomes of the stream."""

from __future__ import annotations

import sys
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

URLS = """\
import asyncio
import os
import time

from django.http import StreamingHttpResponse
from django.urls import path
from gingerdj.drain import stopping


def say(what):
    os.write(1, f"app: {what}\\n".encode())  # at once, as the server's processes write there too


async def source():
    try:
        yield "first"
        await asyncio.Event().wait()
    finally:
        say("source closed")


async def until():
    try:
        async for message in stopping.until(source()):
            yield f"{message}\\n"
        yield "bye\\n"
    finally:
        say("stream closed")


async def wait():
    try:
        yield "first\\n"
        await stopping.wait()
        yield "bye\\n"
    finally:
        say("stream closed")


def synchronous():
    try:
        yield "first\\n"
        while not stopping.is_set():
            time.sleep(0.01)
        yield "bye\\n"
    finally:
        say("stream closed")


async def deaf():
    try:
        async for message in source():
            yield f"{message}\\n"
    finally:
        say("stream closed")


def view(stream):
    async def view(request):
        return StreamingHttpResponse(stream())

    return view


urlpatterns = [path(stream.__name__, view(stream)) for stream in (until, wait, synchronous, deaf)]
"""
CUT = 18
"""curl's status for a body that is not whole."""


@dataclass(frozen=True)
class Server:
    """A server, and what becomes of a stream that knows nothing of the stop."""

    command: str
    grace: str = ""
    """An option for 1 s of grace."""
    stopped: int = 0
    """The status after SIGTERM."""
    closes: bool = True
    """Whether the finally of that stream runs."""
    workers: int = 1
    races: bool = False
    """Whether its parent kills a worker while a stream of it ends: the first one that has ended ends the others."""
    waits: bool = False
    """Whether it waits for clients without a limit: Hypercorn does where Server.wait_closed() waits (Python 3.12)."""
    started: str = ""
    """What the log says once for each worker, where a stop before that makes the server hang."""


APPLICATION = "mysite.asgi:application"
WAITS = sys.version_info >= (3, 12)
SERVERS = {
    "uvicorn": Server(f"uvicorn {APPLICATION}", "--timeout-graceful-shutdown 1", stopped=143),
    "uvicorn --lifespan off": Server(
        f"uvicorn {APPLICATION} --lifespan off", "--timeout-graceful-shutdown 1", stopped=143, closes=False
    ),
    "uvicorn --loop asyncio": Server(
        f"uvicorn {APPLICATION} --loop asyncio", "--timeout-graceful-shutdown 1", stopped=143
    ),
    "uvicorn, 2 workers": Server(f"uvicorn {APPLICATION} --workers 2", "--timeout-graceful-shutdown 1"),
    "hypercorn": Server(f"hypercorn {APPLICATION}", "--graceful-timeout 1", waits=WAITS),
    "hypercorn, no worker": Server(f"hypercorn {APPLICATION} --workers 0", "--graceful-timeout 1", waits=WAITS),
    "hypercorn, 2 workers": Server(
        f"hypercorn {APPLICATION} --workers 2", "--graceful-timeout 1", closes=False, races=True
    ),
    "granian": Server(f"granian --interface asgi {APPLICATION}", "--workers-kill-timeout 1", closes=False),
    "granian, 2 workers": Server(
        f"granian --interface asgi {APPLICATION} --workers 2",
        "--workers-kill-timeout 1",
        closes=False,
        workers=2,
        started="Started worker-",
    ),
    "gunicorn -k asgi": Server(f"gunicorn -k asgi {APPLICATION}", "--graceful-timeout 1", closes=False),
    "gunicorn -k uvicorn_worker": Server(
        f"gunicorn -k uvicorn_worker.UvicornWorker {APPLICATION}", "--graceful-timeout 1", closes=False
    ),
    "daphne": Server(f"daphne {APPLICATION}"),
}
draining = {name: server for name, server in SERVERS.items() if not server.races}
cutting = {name: server for name, server in SERVERS.items() if not server.waits}
each_that_drains = pytest.mark.parametrize("server", draining.values(), ids=draining)
each_that_cuts = pytest.mark.parametrize("server", cutting.values(), ids=cutting)


@pytest.fixture(scope="module")
def sandbox(wheels: Path, venv: Path) -> Iterator[Sandbox]:
    """A project with four streams, and all servers."""
    with project(wheels, venv, LIMIT, "mkfifo stream") as opened:
        opened.write("mysite/urls.py", URLS)
        yield opened


@dataclass(frozen=True)
class End:
    """The end of a stream and of its server."""

    rest: str
    """What came after the first line."""
    curl: int
    server: int | None
    told: list[str]
    """What the application has printed."""
    log: str


def stop(sandbox: Sandbox, server: Server, stream: str, options: str = "") -> End:
    """Stop a server when the first line of a stream has come."""
    started = sandbox.start("server", f"{server.command} {options}", ready="8000")
    assert started.state == "ready", sandbox.log("server")
    while server.started and sandbox.log("server").count(server.started) < server.workers:
        assert sandbox.read("server", lines=1, limit=LIMIT).state != "exited", sandbox.log("server")
    url = f"http://127.0.0.1:8000/{stream}"
    sandbox.run(f"((curl -sN --retry 20 --retry-connrefused {url}; echo curl $?) > stream &)")
    first = sandbox.run("exec 3< stream; read -r line <&3; echo $line")
    assert first.output == "first\n", sandbox.log("server")
    status = sandbox.stop("server", limit=LIMIT).status
    rest, _, curl = sandbox.run("cat <&3; exec 3<&-").output.rpartition("curl ")
    log = sandbox.log("server")
    told = [line.removeprefix("app: ") for line in log.splitlines() if line.startswith("app: ")]
    return End(rest, int(curl), status, told, log)


@each_that_drains
def test_a_stream_that_ends_by_itself(server: Server, sandbox: Sandbox) -> None:
    end = stop(sandbox, server, "until")
    assert (end.rest, end.curl, end.server) == ("bye\n", 0, server.stopped), end.log
    assert end.told == ["source closed", "stream closed"], end.log


@each_that_drains
def test_a_stream_that_waits_for_the_stop(server: Server, sandbox: Sandbox) -> None:
    end = stop(sandbox, server, "wait")
    assert (end.rest, end.curl, end.server) == ("bye\n", 0, server.stopped), end.log
    assert end.told == ["stream closed"], end.log


@each_that_drains
def test_a_synchronous_stream(server: Server, sandbox: Sandbox) -> None:
    """It is cut by Daphne, which waits for nothing; its finally runs there too."""
    end = stop(sandbox, server, "synchronous")
    daphne = server is SERVERS["daphne"]
    assert (end.rest, end.curl) == (("", CUT) if daphne else ("bye\n", 0)), end.log
    assert end.server == server.stopped, end.log
    assert end.told == ["stream closed"], end.log


@each_that_cuts
def test_a_stream_that_knows_nothing(server: Server, sandbox: Sandbox) -> None:
    """The server does with it what it does without us."""
    end = stop(sandbox, server, "deaf", server.grace)
    assert (end.rest, end.curl, end.server) == ("", CUT, server.stopped), end.log
    assert end.told == (["source closed", "stream closed"] if server.closes else []), end.log
