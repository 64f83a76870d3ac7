"""WebSocket on each server: a real process, a real client, and what each server makes of the same events."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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

from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.urls import path
from gingerdj.drain import stopping


def say(what):
    os.write(1, f"app: {what}\\n".encode())  # at once, as the server's processes write there too


async def echo(socket, room):
    await socket.accept("chat" if "chat" in socket.subprotocols else None, {"X-Room": str(room)})
    async for message in socket:
        await socket.send(message)
    say(f"left {socket.closed.code} {socket.closed.reason}".strip())


async def closes(socket):
    await socket.accept()
    await socket.close(4001, "enough")


async def kicked(socket):
    await socket.accept()
    kick = asyncio.create_task(socket.close(4001, "kicked"))
    async for message in socket:
        say("there is no message")
    await kick


async def fails(socket):
    await socket.accept()
    raise LookupError("no such room")


async def teapot(socket):
    return HttpResponse("no", status=418)


async def count(socket):
    await socket.accept()
    await socket.send_json([await User.objects.acount(), str(await socket.auser())])


async def ticks(socket):
    await socket.accept()
    try:
        while True:
            await socket.send("tick")
            await sync_to_async(os.stat)("/")
    finally:
        say("ticks ended")


async def waits(socket):
    await socket.accept()
    try:
        async for message in stopping.until(socket):
            await socket.send(message)
    finally:
        say("waits ended")


urlpatterns = []
websocket_urlpatterns = [
    path("echo/<int:room>/", echo),
    path("closes/", closes),
    path("fails/", fails),
    path("kicked/", kicked),
    path("teapot/", teapot),
    path("count/", count),
    path("private/", login_required(closes)),
    path("ticks/", ticks),
    path("waits/", waits),
]
"""

CLIENT = """\
import json
from pathlib import Path

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect


def play(path, messages=(), reads=0, close=None, wait=False, **options):
    found = []
    try:
        with connect(f"ws://127.0.0.1:8000{path}", open_timeout=30, compression=None, **options) as socket:
            found.append([socket.subprotocol, socket.response.headers.get("X-Room")])
            for message in messages:
                socket.send(bytes(message) if isinstance(message, list) else message)
                answer = socket.recv(timeout=30)
                found.append(list(answer) if isinstance(answer, bytes) else answer)
            for _ in range(reads):
                found.append(socket.recv(timeout=30))
            if close:
                socket.close(*close)
            if wait:
                print("connected", flush=True)
                socket.recv(timeout=30)
    except ConnectionClosed as error:
        found.append([error.rcvd.code, error.rcvd.reason] if error.rcvd else None)
    except InvalidStatus as error:
        found.append([error.response.status_code, error.response.body.decode()])
    return found


scripts = json.loads(Path("scripts.json").read_text())
print(json.dumps([play(**script) for script in scripts]))
"""


@dataclass(frozen=True)
class Server:
    """A server, and where it differs from the others."""

    command: str
    stopped: int = 0
    """The status after SIGTERM."""
    denial: bool = True
    """Whether it sends the response that refuses a connection; else 403 without a body."""
    headers: bool = True
    """Whether it sends the headers of accept."""
    empty: bool = True
    """Whether it sends empty messages."""
    reason: bool = True
    """Whether it sends the reason of a close."""
    left: str = "left 4002 bye"
    """What it tells of a client that closes with 4002 and "bye"."""
    at_stop: tuple[list[Any] | None, ...] = ([1001, ""],)
    """How a connection may end whose view ends as the server stops: the server may cut it, or close it, before that."""


RESTART = ([1001, ""], [1012, ""])
CUT = ([1001, ""], None)
UVICORN_WORKER = "gunicorn -k uvicorn_worker.UvicornWorker mysite.asgi:application"
SERVERS = {
    "uvicorn": Server("uvicorn mysite.asgi:application", stopped=143, at_stop=RESTART),
    "hypercorn": Server("hypercorn mysite.asgi:application", left="left 1006"),
    "granian": Server("granian --interface asgi mysite.asgi:application", headers=False, left="left 4002", at_stop=CUT),
    "gunicorn -k asgi": Server("gunicorn -k asgi mysite.asgi:application", denial=False, left="left 4002", at_stop=CUT),
    "gunicorn -k uvicorn_worker": Server(UVICORN_WORKER, at_stop=RESTART),
    "daphne": Server(
        "daphne mysite.asgi:application",
        denial=False,
        headers=False,
        empty=False,
        reason=False,
        left="left 4002",
        at_stop=CUT,
    ),
}
each = pytest.mark.parametrize("server", SERVERS.values(), ids=SERVERS)


@pytest.fixture(scope="module")
def sandbox(wheels: Path, venv: Path) -> Iterator[Sandbox]:
    """A project with WebSocket views, and all servers."""
    with project(wheels, venv, LIMIT, "python manage.py migrate --verbosity 0") as opened:
        opened.write("mysite/urls.py", URLS)
        opened.write("client.py", CLIENT)
        yield opened


@contextmanager
def running(server: Server, sandbox: Sandbox) -> Iterator[list[str]]:
    """What the application prints, once the server has stopped as it should."""
    told: list[str] = []
    started = sandbox.start("server", server.command, ready="8000")
    assert started.state == "ready", sandbox.log("server")
    stopped = None
    try:
        yield told
    finally:
        stopped = sandbox.stop("server", limit=LIMIT)
    log = sandbox.log("server")
    assert stopped.status == server.stopped, log
    told += [line.removeprefix("app: ") for line in log.splitlines() if line.startswith("app: ")]


def play(sandbox: Sandbox, scripts: list[dict[str, Any]]) -> list[list[Any]]:
    """What a client finds that does this, connection by connection."""
    sandbox.write("scripts.json", json.dumps(scripts))
    ran = sandbox.run("python client.py")
    assert ran.status == 0, f"{ran.output}{sandbox.log('server')}"
    found: list[list[Any]] = json.loads(ran.output.splitlines()[-1])
    return found


@each
def test_it_serves(server: Server, sandbox: Sandbox) -> None:
    messages = ["one", *([""] if server.empty else []), [0, 255], "é" * 70_000]
    own = {"Origin": "http://127.0.0.1:8000"}
    scripts: dict[str, dict[str, Any]] = {
        "echo": {"messages": messages, "subprotocols": ["other", "chat"], "close": [4002, "bye"]},
        "closes": {"wait": True, "additional_headers": own},
        "fails": {"wait": True},
        "kicked": {"wait": True},
        "count": {"reads": 1, "wait": True},
        "ticks": {"reads": 2},
    }
    with running(server, sandbox) as told:
        paths = [{"path": "/echo/7/" if name == "echo" else f"/{name}/", **script} for name, script in scripts.items()]
        found = dict(zip(scripts, play(sandbox, paths), strict=True))
    assert found == {
        "echo": [["chat", "7" if server.headers else None], *messages],
        "closes": [[None, None], [4001, "enough" if server.reason else ""]],
        "fails": [[None, None], [1011, ""]],
        "kicked": [[None, None], [4001, "kicked" if server.reason else ""]],
        "count": [[None, None], '[0,"AnonymousUser"]', [1000, ""]],
        "ticks": [[None, None], "tick", "tick"],
    }
    assert sorted(told) == sorted([server.left, "ticks ended"])


@each
def test_it_refuses(server: Server, sandbox: Sandbox) -> None:
    foreign = {"path": "/closes/", "additional_headers": {"Origin": "http://evil.example"}}
    with running(server, sandbox):
        found = play(sandbox, [{"path": "/teapot/"}, {"path": "/none/"}, {"path": "/private/"}, foreign])
    refused = [one for [one] in found]
    if not server.denial:
        assert refused == [[403, ""]] * 4
        return
    assert refused[0] == [418, "no"]
    assert refused[1][0] == 404
    # The client has followed the redirection to the login page, where no WebSocket is.
    assert "Request URL" in refused[2][1]
    assert "/accounts/login/?next=/private/" in refused[2][1]
    assert refused[3] == [403, "The origin of this page may not connect."]


@each
def test_it_stops(server: Server, sandbox: Sandbox) -> None:
    sandbox.write("scripts.json", json.dumps([{"path": "/waits/", "wait": True}]))
    with running(server, sandbox) as told:
        sandbox.run(": > client.out; (python client.py > client.out 2>&1 &)")  # not what the last client has said
        sandbox.run("until grep -q connected client.out; do read -t 0.05 <> <(:); done")
    found = sandbox.run("until grep -q ] client.out; do read -t 0.05 <> <(:); done; tail -n 1 client.out")
    [[_, closed]] = json.loads(found.output)
    assert closed in server.at_stop
    assert told == ["waits ended"]
