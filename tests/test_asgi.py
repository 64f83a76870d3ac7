"""`gingerdj.core.asgi`: the entry point, in the project that `startproject` makes. test_settings has the decisions."""

from pathlib import Path

import pytest

from tests.project.commands import ROOT, python

pytestmark = pytest.mark.slow  # each starts a process that sets Django up

# What a server does: it imports the application, starts it, asks, stops it.
SERVER = """
import os, subprocess, sys
from functools import partial
from tests.project.driver import play
from mysite.asgi import application

scope = {"type": "http", "method": "GET", "path": "/admin/", "headers": [(b"host", b"localhost")]}
request = play(partial(application, scope), [{"type": "http.request"}], then_wait=True)
lifespan = play(partial(application, {"type": "lifespan"}), [{"type": "lifespan.shutdown"}])
child = subprocess.run([sys.executable, "-c", "import os; print(*sorted(v for v in os.environ if 'SETTINGS' in v))"],
                       capture_output=True, text=True, check=True)
print(type(application).__module__, request[0]["status"], lifespan[-1]["type"], child.stdout.strip())
"""


def test_application_of_a_new_project_answers(new_project: Path) -> None:
    ended = python("-c", SERVER, folder=new_project, PYTHONPATH=str(ROOT))
    assert ended.stderr == ""
    assert ended.stdout.split() == [
        "gingerdj.handler",
        "302",
        "lifespan.shutdown.complete",
        "DJANGO_SETTINGS_MODULE",
        "GINGER_SETTINGS_MODULE",
    ]


ROUTER = """
from functools import partial
from gingerdj.core.asgi import get_asgi_application
from tests.project.driver import play

async def router(scope, receive, send):
    await receive()
    await send({"type": "websocket.close", "code": 4000})

application = get_asgi_application(websocket=router)
print(play(partial(application, {"type": "websocket", "path": "/", "headers": []}), [{"type": "websocket.connect"}]))
"""


def test_another_application_takes_the_websocket_connections(new_project: Path) -> None:
    ended = python("-c", ROUTER, folder=new_project, PYTHONPATH=str(ROOT), GINGER_SETTINGS_MODULE="mysite.settings")
    assert ended.stderr == ""
    assert ended.stdout == "[{'type': 'websocket.close', 'code': 4000}]\n"


def test_wrong_module_ends_the_import_with_one_error(new_project: Path) -> None:
    ended = python("-c", "import mysite.asgi", folder=new_project, GINGER_SETTINGS_MODULE="mysite.absent")
    assert ended.stderr.count("Traceback") == 1
    assert ended.stderr.splitlines()[-1].startswith(
        "gingerdj.settings.SettingsError: GINGER_SETTINGS_MODULE is 'mysite.absent', which Python does not find:"
    )
