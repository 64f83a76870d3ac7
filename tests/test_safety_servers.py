"""The guard and the watchdog on each server, whatever event loop and processes it has: a real process, and requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.project.servers import project
from tests.test_lifespan_servers import LIMIT, SERVERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.snippets.sandbox import Sandbox

pytestmark = pytest.mark.slow

URLS = """\
import time

from django.http import HttpResponse
from django.urls import path

from gingerdj.safety import allowed


async def quiet(request):
    return HttpResponse("quiet")


async def blocks(request):
    time.sleep(0)
    return HttpResponse("blocked")


async def silent(request):
    with allowed():
        time.sleep(1)
    return HttpResponse("silent")


urlpatterns = [path("quiet/", quiet), path("blocks/", blocks), path("silent/", silent)]
"""
SETTINGS = r"printf 'GINGER_GUARD = \"raise\"\nGINGER_WATCHDOG = 0.4\n' >> mysite/settings.py"
COMMANDS = [
    *(server.command for server in SERVERS.values()),
    "uvicorn mysite.asgi:application --workers 2",
    "uvicorn mysite.asgi:application --reload",
    "gunicorn -k asgi --preload --workers 2 mysite.asgi:application",
]
HIT = "mysite/urls.py:14: time.sleep blocks the event loop, in blocks: "
LAG = "mysite/urls.py:20: blocks the event loop, which has not answered for 0.4 s"
AFTER = "mysite/urls.py:20: blocked the event loop for "


@pytest.fixture(scope="module")
def sandbox(wheels: Path, venv: Path) -> Iterator[Sandbox]:
    """A project that is guarded and watched, and all servers."""
    with project(wheels, venv, LIMIT, "python -m pip install --quiet blockbuster", SETTINGS) as opened:
        opened.write("mysite/urls.py", URLS)
        yield opened


def status(sandbox: Sandbox, path: str) -> str:
    """The status of a request."""
    address = f"http://127.0.0.1:8000/{path}/"
    return sandbox.run(
        f'curl -s -o body --retry 20 --retry-connrefused --retry-delay 1 -w "%{{http_code}}" {address}'
    ).output


@pytest.mark.parametrize("command", COMMANDS)
def test_each_server(command: str, sandbox: Sandbox) -> None:
    started = sandbox.start("server", command, ready="8000")
    assert started.state == "ready", sandbox.log("server")
    answers = [status(sandbox, path) for path in ("quiet", "blocks", "silent", "quiet")]
    sandbox.stop("server", limit=LIMIT)
    log = sandbox.log("server")
    assert answers == ["200", "500", "200", "200"], log
    lines = [line for line in log.splitlines() if "the event loop" in line and "BlockingCall" not in line]
    assert [start in line for line, start in zip(lines, (HIT, LAG, AFTER), strict=True)] == [True] * 3, log
