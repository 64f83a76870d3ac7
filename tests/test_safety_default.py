"""What Django and GingerDJ do by themselves in the project that startproject makes, is no hit, from a cold start."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.project.commands import python

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

URLS = '''
"""Views that do what views do."""

import gettext
import logging
import sys
import time
from asyncio import sleep
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.contrib.auth import aauthenticate, alogin
from django.contrib.auth.models import User
from django.contrib.staticfiles.finders import find
from django.core.cache import cache
from django.core.paginator import Paginator
from django.db import connection
from django.http import FileResponse, Http404, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import aget_object_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

FILE = Path(__file__).with_name("sent.txt")


async def nothing(request):
    return HttpResponse("nothing")


def synchronous(request):
    time.sleep(0)
    return HttpResponse(FILE.read_text())


async def template(request):
    return render(request, "page.html", {"title": "page"})


async def response(request):
    return TemplateResponse(request, "page.html", {"title": "page"})


async def admin_template(request):
    return render(request, "admin/login.html", {"title": reverse("admin:index")})


async def orm(request):
    user = await User.objects.acreate(username=str(await User.objects.acount()))
    user = await aget_object_or_404(User, pk=user.pk)
    return JsonResponse([user.username async for user in User.objects.all()], safe=False)


async def session(request):
    await request.session.aset("number", await request.session.aget("number", 0) + 1)
    return HttpResponse(str(await request.session.aget("number")))


async def login(request):
    if await User.objects.filter(username="ada").aexists() is False:
        await User.objects.acreate_user("ada", password="secret")
    user = await aauthenticate(request, username="ada", password="secret")
    await alogin(request, user)
    return HttpResponse((await request.auser()).username)


async def message(request):
    messages.info(request, "told")
    return redirect("nothing")


async def form(request):
    return HttpResponse(request.POST["text"] + request.FILES["file"].name)


async def translated(request):
    with translation.override("pt-br"):
        moment = timezone.localtime(datetime(2026, 1, 1, tzinfo=UTC), ZoneInfo("Asia/Tokyo"))
        return HttpResponse(_("Log in") + str(moment))


async def cached(request):
    await cache.aset("key", "value")
    return HttpResponse(await cache.aget("key"))


async def logged(request):
    try:
        raise ValueError("logged")
    except ValueError:
        logging.getLogger("mysite").exception("logged")
    print("printed")
    return HttpResponse("logged")


async def imports(request):
    import colorsys  # nothing else has
    import wave
    return HttpResponse(str(colorsys.rgb_to_hls(0, 0, 0)))


async def stream(request):
    async def parts():
        yield "a"
        await sleep(0)
        yield "b"
    return StreamingHttpResponse(parts())


async def sync_stream(request):
    return StreamingHttpResponse(iter("ab"))


def file(request):
    return FileResponse(FILE.open("rb"))


async def missing(request):
    raise Http404("missing")


async def broken(request):
    raise ValueError("broken")


VIEWS = [nothing, synchronous, template, response, admin_template, orm, session, login, message, form, translated]
VIEWS += [cached, logged, imports, stream, sync_stream, file, missing, broken]
urlpatterns = [path("admin/", admin.site.urls)]
urlpatterns += [path(f"{view.__name__}/", view, name=view.__name__) for view in VIEWS]
'''

SETTINGS = """
import os
GINGER_GUARD = "raise"
DEBUG = os.environ["DEBUG"] == "1"
ALLOWED_HOSTS = ["testserver"]
TEMPLATES[0]["DIRS"] = [BASE_DIR / "templates"]
"""

DRIVER = """
import asyncio
import json
import sys
import uuid

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler

from mysite.asgi import application
from gingerdj.safety import guard, hits

MULTIPART = (
    b'--b\\r\\nContent-Disposition: form-data; name="text"\\r\\n\\r\\ntext\\r\\n'
    b'--b\\r\\nContent-Disposition: form-data; name="file"; filename="a.txt"\\r\\n\\r\\nfile\\r\\n--b--\\r\\n'
)


async def ask(path, method="GET", headers=(), body=b"", to=application):
    sent = []
    events = [{"type": "http.request", "body": body}]

    async def receive():
        return events.pop() if events else await asyncio.Event().wait()

    async def send(event):
        sent.append(event)

    scope = {
        "type": "http", "http_version": "1.1", "method": method, "path": path, "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"content-length", str(len(body)).encode()), *headers],
        "asgi": {"version": "3.0"},
    }
    await to(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"])


async def main():
    assert guard.guard.calls is not None
    if "lifespan" in sys.argv:
        events = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

        async def receive():
            return events.pop(0)

        async def send(event):
            assert event["type"].endswith("complete"), event

        await application({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)
    static = ASGIStaticFilesHandler(application)
    statuses = {}
    statuses["absent"] = (await ask("/absent/"))[0]
    from mysite.urls import VIEWS

    for view in VIEWS:
        name = view.__name__
        if name == "form":
            token = uuid.uuid4().hex
            headers = [
                (b"content-type", b"multipart/form-data; boundary=b"),
                (b"cookie", f"csrftoken={token}".encode()), (b"x-csrftoken", token.encode()),
            ]
            status, _ = await ask("/form/", "POST", headers, MULTIPART)
        else:
            status, headers = await ask(f"/{name}/")
            cookies = headers.get(b"set-cookie", b"").partition(b";")[0]
            status, _ = await ask(f"/{name}/", headers=[(b"cookie", cookies), (b"accept-language", b"de")])
        statuses[name] = status
    statuses["admin"] = (await ask("/admin/"))[0]
    statuses["admin login"] = (await ask("/admin/login/"))[0]
    statuses["no slash"] = (await ask("/nothing"))[0]
    statuses["no token"] = (await ask("/nothing/", "POST"))[0]
    statuses["other host"] = (await ask("/nothing/", headers=[(b"host", b"other")]))[0]
    statuses["static"] = (await ask("/static/admin/css/base.css", to=static))[0]
    statuses["static missing"] = (await ask("/static/absent.css", to=static))[0]
    statuses["large"] = (await ask("/nothing/", "PUT", body=bytes(3 * 2**20)))[0]
    return statuses


statuses = asyncio.run(main())
print("RESULT", json.dumps({"statuses": statuses, "hits": [str(hit) for hit in hits()]}))
"""
OTHERS = {"message": 302, "missing": 404, "broken": 500, "absent": 404, "admin": 302, "admin login": 200}
OTHERS |= {"no slash": 301, "no token": 403, "other host": 400, "static": 200, "static missing": 404, "large": 403}
VIEWS = "nothing synchronous template response admin_template orm session login form translated cached logged imports"
FINE = dict.fromkeys(f"{VIEWS} stream sync_stream file".split(), 200) | OTHERS
"""The status of each request."""


@pytest.fixture
def site(new_project: Path) -> Path:
    """A project with those views, its database made."""
    folder = new_project / "mysite"
    (folder / "urls.py").write_text(URLS.lstrip())
    with (folder / "settings.py").open("a") as settings:
        settings.write(SETTINGS)
    (folder / "sent.txt").write_text("sent")
    (new_project / "templates").mkdir()
    (new_project / "templates" / "base.html").write_text("{% block title %}{% endblock %}")
    page = (
        '{% extends "base.html" %}{% load static i18n %}{% block title %}{{ title }}{% static "a.css" %}{% endblock %}'
    )
    (new_project / "templates" / "page.html").write_text(page)
    (new_project / "drive.py").write_text(DRIVER)
    migrated = python("manage.py", "migrate", "--verbosity=0", folder=new_project, DEBUG="1")
    assert migrated.returncode == 0, migrated
    return new_project


def drive(site: Path, *arguments: str, debug: bool) -> Any:
    """What comes of all those requests."""
    ended = python("drive.py", *arguments, folder=site, DEBUG=str(int(debug)))
    results = [line for line in ended.stdout.splitlines() if line.startswith("RESULT ")]
    assert results, ended.stderr
    return json.loads(results[0].removeprefix("RESULT "))


@pytest.mark.parametrize("debug", [True, False], ids=["debug", "production"])
@pytest.mark.parametrize("start", [[], ["lifespan"]], ids=["cold", "started"])
def test_no_hit(start: list[str], site: Path, debug: bool) -> None:
    result = drive(site, *start, debug=debug)
    assert result["hits"] == []
    assert result["statuses"] == FINE


def test_a_hit_would_be_seen(site: Path) -> None:
    urls = site / "mysite" / "urls.py"
    urls.write_text(urls.read_text().replace('return HttpResponse("nothing")', "return HttpResponse(FILE.read_text())"))
    result = drive(site, debug=True)
    assert result["statuses"] == FINE | {"nothing": 500}
    assert {hit.partition(" blocks")[0] for hit in result["hits"]} == {"mysite/urls.py:30: io.open"}
