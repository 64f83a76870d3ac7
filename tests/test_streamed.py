"""Views that read the body of their request as it comes."""

import asyncio
import sys
from collections.abc import Iterator
from functools import partial
from importlib import invalidate_caches
from pathlib import Path
from typing import Any

import django
import pytest
from django.conf import settings
from django.core.exceptions import RequestAborted
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from gingerdj.body import Incoming, streamed
from gingerdj.handler import ASGIHandler
from gingerdj.request import Request
from tests.project import settings as project
from tests.project.driver import Event, play

SEEN: list[object] = []
"""What a view saw, in order, with what the client sent."""


@csrf_exempt
@streamed
async def count(request: Request) -> HttpResponse:
    """Note each part as it comes."""
    try:
        async for part in request.stream():
            SEEN.append(part)  # noqa: PERF401 - each is noted at its time
    except RequestAborted:
        SEEN.append("left")
        raise
    return HttpResponse(str(len(SEEN)))


@streamed
async def stops(request: Request) -> HttpResponse:
    """Read one part, and no more."""
    async for part in request.stream():
        SEEN.append(part)
        break
    return HttpResponse("enough")


@streamed
async def posted(request: Request) -> HttpResponse:
    """Ask for what is not there."""
    return HttpResponse(str(request.POST))


@streamed
async def twice(request: Request) -> HttpResponse:
    """Read two times."""
    return HttpResponse(str([[part async for part in request.stream()] for _ in "ab"]))


async def spooled(request: Request) -> HttpResponse:
    """Not marked: what it streams has been received."""
    return HttpResponse(b"|".join([part async for part in request.stream()]))


urlpatterns = [
    path("count/", count),
    path("stops/", stops),
    path("posted/", posted),
    path("twice/", twice),
    path("spooled/", spooled),
]


class OtherUrls:
    """Middleware that serves another URLconf."""

    async_capable = True
    sync_capable = False

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve it."""
        request.urlconf = "tests.project.urls"
        response: HttpResponse = await self.get_response(request)
        return response


@pytest.fixture(autouse=True)
def project_of_these_views() -> Iterator[None]:
    """Settings under which requests come to the views above."""
    if not settings.configured:
        settings.configure(**{name: getattr(project, name) for name in dir(project) if name.isupper()})
        django.setup(set_prefix=False)
    SEEN.clear()
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"]):
        yield


def post(path: str, *parts: bytes, then: str = "", **headers: str) -> list[Event]:
    """What the application sends for a body in these parts, each of which is noted when it is asked for."""
    names = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"testserver"), *names.items()],
    }

    def events() -> Iterator[Event]:
        for number, part in enumerate(parts, 1):
            SEEN.append(f"sent {number}")
            yield {"type": "http.request", "body": part, "more_body": bool(then) or number < len(parts)}
        if then:
            yield {"type": then}

    return play(partial(ASGIHandler(), scope), events(), then_wait=True)


def body(sent: list[Event]) -> bytes:
    """The body of a response."""
    return b"".join(event.get("body", b"") for event in sent)


def test_parts_come_one_by_one() -> None:
    assert body(post("/count/", b"one", b"two", b"three")) == b"6"
    assert SEEN == ["sent 1", b"one", "sent 2", b"two", "sent 3", b"three"]


def test_what_is_not_asked_for_is_not_received() -> None:
    with override_settings(MIDDLEWARE=[]):
        assert body(post("/stops/", b"one", b"two")) == b"enough"
    assert SEEN == ["sent 1", b"one"]


def test_a_client_that_leaves() -> None:
    assert post("/count/", b"one", then="http.disconnect") == []
    assert SEEN == ["sent 1", b"one", "left"]


def test_another_event_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    start, _ = post("/count/", b"one", then="http.mistake")
    assert start["status"] == 500
    assert "not 'http.mistake'" in caplog.text


def test_forms_cannot_be_read(caplog: pytest.LogCaptureFixture) -> None:
    with override_settings(MIDDLEWARE=[]):
        start, _ = post("/posted/", b"a=1", content_type="application/x-www-form-urlencoded")
    assert start["status"] == 500
    assert "request.POST cannot" in caplog.text


def test_csrf_protection_takes_the_header() -> None:
    token = "a" * 32
    form = {"content_type": "application/x-www-form-urlencoded", "cookie": f"csrftoken={token}"}
    with override_settings(ROOT_URLCONF=__name__):
        refused, _ = post("/stops/", b"a=1", **form)
        accepted, _ = post("/stops/", b"a=1", x_csrftoken=token, **form)
    assert (refused["status"], accepted["status"]) == (403, 200)


def test_a_body_comes_once(caplog: pytest.LogCaptureFixture) -> None:
    with override_settings(MIDDLEWARE=[]):
        start, _ = post("/twice/", b"one")
    assert start["status"] == 500
    assert "it comes once" in caplog.text


def test_a_limit_holds_for_it_too() -> None:
    with override_settings(GINGER_BODY_LIMIT=5):
        start, _ = post("/count/", b"one", b"two", b"three")
    assert start["status"] == 413
    assert SEEN == ["sent 1", b"one", "sent 2"]


def test_another_view_streams_what_was_received() -> None:
    with override_settings(MIDDLEWARE=[]):
        assert body(post("/spooled/", b"one", b"two")) == b"onetwo"


COLD = """
import threading
from django.http import HttpResponse
from django.urls import path
from gingerdj.body import streamed

imported = threading.current_thread() is not threading.main_thread()

@streamed
async def parts(request):
    found = [part async for part in request.stream()]
    return HttpResponse(f"{imported} {found}")

urlpatterns = [path("parts/", parts)]
"""


def test_the_first_request_of_a_process_is_streamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The views are imported before its body comes, in a thread; what is wrong with them is raised as ever."""
    monkeypatch.setattr(Incoming, "wanted", False)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "cold_urls.py").write_text("absent = 1 / 0")
    with override_settings(ROOT_URLCONF="cold_urls", MIDDLEWARE=[]):
        with pytest.raises(ZeroDivisionError):  # the handler of errors is in the URLconf as well
            post("/parts/", b"one", b"two")
        (tmp_path / "cold_urls.py").write_text(COLD)
        invalidate_caches()
        monkeypatch.setitem(sys.modules, "cold_urls", None)  # it is taken away again after the test
        del sys.modules["cold_urls"]
        assert body(post("/parts/", b"one", b"two")) == b"True [b'one', b'two']"


def test_middleware_may_choose_another_view() -> None:
    """The path promised a view that streams; the body is received for the other one."""
    other = [*urlpatterns, path("sync/", count)]
    with override_settings(ROOT_URLCONF=type("urls", (), {"urlpatterns": other}), MIDDLEWARE=[f"{__name__}.OtherUrls"]):
        assert body(post("/sync/", b"in two ", b"parts")) == b"sync POST in two parts"


def test_a_synchronous_view_cannot_stream() -> None:
    with pytest.raises(TypeError, match="Only an asynchronous view"):
        streamed(lambda request: HttpResponse())


def test_two_readers() -> None:
    @streamed
    async def both(request: Request) -> HttpResponse:
        async def read() -> list[bytes]:
            return [part async for part in request.stream()]

        results = await asyncio.gather(read(), read(), return_exceptions=True)
        return HttpResponse(" ".join(type(result).__name__ for result in results))

    urls = type("urls", (), {"urlpatterns": [path("both/", csrf_exempt(both))]})
    with override_settings(ROOT_URLCONF=urls, MIDDLEWARE=[]):
        assert body(post("/both/", b"one")) == b"list RuntimeError"
