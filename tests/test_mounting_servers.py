"""Applications beside Django on each server: a real process, with and without a root path of the server's own."""

from __future__ import annotations

import json
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

ASGI = """\
import json
import os
from contextlib import asynccontextmanager

from gingerdj.core.asgi import get_asgi_application
from gingerdj.mounting import mount, running
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, WebSocketRoute

os.environ.setdefault("GINGER_SETTINGS_MODULE", "mysite.settings")
from mysite.lifespan import say


def where(request):
    return JSONResponse([request.url.path, request.url_for("where").path, request.state.name])


async def socket(websocket):
    await websocket.accept()
    await websocket.send_json([websocket.url.path, websocket.url_for("socket").path, websocket.state.name])
    await websocket.close()


@asynccontextmanager
async def lifespan(app):
    say("api up")
    if os.environ.get("BROKEN"):
        raise ConnectionRefusedError("no broker")
    yield {"name": "api"}
    say("api down")


routes = [Route("/where", where), WebSocketRoute("/socket", socket)]
api = Starlette(routes=routes, lifespan=lifespan)
django = get_asgi_application()
inner = mount(django, {"/api": api})


async def application(scope, receive, send):
    \"\"\"Answers what the server hands over, for one path.\"\"\"
    if scope["type"] != "http" or not scope["path"].endswith("/seen"):
        await inner(scope, receive, send)
        return
    seen = [scope.get("root_path"), scope["path"], (scope.get("raw_path") or b"").decode()]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": json.dumps(seen).encode()})


@asynccontextmanager
async def around(app):
    say("outer up")
    async with running(django):
        yield
    say("outer down")


around = mount(Starlette(routes=[Mount("/shop", app=django)], lifespan=around), {})
"""
LIFESPAN = """\
import os
from contextlib import asynccontextmanager


def say(what):
    os.write(1, f"app: {what}\\n".encode())  # at once, as the server's processes write there too


@asynccontextmanager
async def lifespan():
    say("django up")
    yield {"name": "django"}
    say("django down")
"""
URLS = """\
from django.http import JsonResponse
from django.urls import path, reverse


async def where(request):
    place = [request.path, request.META["SCRIPT_NAME"], reverse("where"), request.state["name"]]
    return JsonResponse(place, safe=False)


urlpatterns = [path("where", where, name="where")]
"""
SOCKET = """\
import asyncio
import sys

from websockets.asyncio.client import connect


async def main(path):
    async with connect(f"ws://127.0.0.1:8000{path}") as connection:
        print(await connection.recv())


asyncio.run(main(sys.argv[1]))
"""
WORKER = """\
from uvicorn_worker import UvicornWorker


class RootPathWorker(UvicornWorker):
    CONFIG_KWARGS = {**UvicornWorker.CONFIG_KWARGS, "root_path": "/app"}
"""


@dataclass(frozen=True)
class Server:
    """A server, its root path, and the statuses that it ends with."""

    command: str
    rooted: str
    """The same with the root path /app."""
    prefixes: bool = False
    """Whether it puts its root path before the path of a request."""
    stopped: int = 0
    """After SIGTERM."""
    failed: int | None = None
    """When startup fails; None where it goes on."""


SERVERS = {
    "uvicorn": Server("uvicorn", "uvicorn --root-path /app", prefixes=True, stopped=143, failed=3),
    "hypercorn": Server("hypercorn", "hypercorn --root-path /app", failed=0),
    "granian": Server("granian --interface asgi", "granian --interface asgi --url-path-prefix /app", failed=1),
    "gunicorn -k asgi": Server("gunicorn -k asgi", "gunicorn -k asgi --root-path /app", failed=3),
    "gunicorn -k uvicorn_worker": Server(
        "gunicorn -k uvicorn_worker.UvicornWorker",
        "gunicorn -k mysite.worker.RootPathWorker",  # it has no option
        prefixes=True,
        failed=3,
    ),
    "daphne": Server("daphne", "daphne --root-path /app"),
}
each = pytest.mark.parametrize("server", SERVERS.values(), ids=SERVERS)


@pytest.fixture(scope="module")
def sandbox(wheels: Path, venv: Path) -> Iterator[Sandbox]:
    """A project with an application of Starlette beside it, and all servers."""
    commands = [
        "python -m pip install --quiet starlette",
        """echo 'GINGER_LIFESPAN = "mysite.lifespan.lifespan"' >> mysite/settings.py""",
    ]
    files = {"asgi": ASGI, "lifespan": LIFESPAN, "urls": URLS, "worker": WORKER}
    with project(wheels, venv, LIMIT, *commands) as opened:
        for name, text in files.items():
            opened.write(f"mysite/{name}.py", text)
        opened.write("socket_client.py", SOCKET)
        yield opened


CURL = "curl --silent --fail --retry 20 --retry-all-errors --retry-delay 1"


def asked(sandbox: Sandbox, path: str) -> Any:
    """What the server answers, with its log where it answers nothing."""
    ran = sandbox.run(f"{CURL} http://127.0.0.1:8000{path}")
    assert ran.status == 0, sandbox.log("server")
    return json.loads(ran.output)


def told(output: str) -> list[str]:
    """What the applications have printed, in order."""
    return [line.removeprefix("app: ") for line in output.splitlines() if line.startswith("app: ")]


@each
@pytest.mark.parametrize("root_path", ["", "/app"])
def test_all_know_where_they_stand(server: Server, root_path: str, sandbox: Sandbox) -> None:
    started = sandbox.start(
        "server", f"{server.rooted if root_path else server.command} mysite.asgi:application", ready="8000"
    )
    assert started.state == "ready", sandbox.log("server")
    prefix = root_path if server.prefixes else ""
    assert asked(sandbox, "/a%20b/seen") == [root_path, f"{prefix}/a b/seen", f"{prefix}/a%20b/seen"]
    # A proxy that has taken the root path off, and one that has not: Uvicorn knows the first kind only.
    for before in {"", root_path} if not server.prefixes else {""}:
        whole = [f"{root_path}/where", root_path, f"{root_path}/where", "django"]
        assert asked(sandbox, f"{before}/where") == whole
        api = f"{root_path}/api/where"
        assert asked(sandbox, f"{before}/api/where") == [api, api, "api"]
        ran = sandbox.run(f"python socket_client.py {before}/api/socket")
        assert ran.status == 0, ran.output + sandbox.log("server")
        api = f"{root_path}/api/socket"
        assert json.loads(ran.output) == [api, api, "api"]
    stopped = sandbox.stop("server", limit=LIMIT)
    log = sandbox.log("server")
    assert told(log) == ["django up", "api up", "api down", "django down"], log
    assert (stopped.status, "Traceback" in log) == (server.stopped, False), log


@each
@pytest.mark.parametrize("root_path", ["", "/app"])
def test_django_inside_starlette(server: Server, root_path: str, sandbox: Sandbox) -> None:
    sandbox.start("server", f"{server.rooted if root_path else server.command} mysite.asgi:around", ready="8000")
    at = f"{root_path}/shop"
    assert asked(sandbox, "/shop/where") == [f"{at}/where", at, f"{at}/where", "django"]
    stopped = sandbox.stop("server", limit=LIMIT)
    log = sandbox.log("server")
    assert told(log) == ["outer up", "django up", "django down", "outer down"], log
    assert stopped.status == server.stopped, log


@each
def test_one_that_fails_to_start(server: Server, sandbox: Sandbox) -> None:
    started = sandbox.start("server", f"BROKEN=1 {server.command} mysite.asgi:application", ready="8000")
    if server.failed is None:
        assert started.state == "ready", sandbox.log("server")
        ran = sandbox.run('curl --silent --output out.txt --write-out "%{http_code}" http://127.0.0.1:8000/where')
        assert ran.output == "503"
        status = sandbox.stop("server", limit=LIMIT).status
    elif started.state == "exited":
        status = started.status
    else:  # its main process listens before the worker starts
        status = sandbox.stop("server", signal=None, limit=LIMIT).status
    log = sandbox.log("server")
    assert status == (server.failed or 0), log
    assert "The application at '/api' failed at startup: " in log
    assert "ConnectionRefusedError: no broker\n" in log  # the traceback
    assert told(log)[:3] == ["django up", "api up", "django down"], log
