"""What Django's users rely on: each test is passed by plain Django too, or says why not."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import logging
import threading
import unittest
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import django
import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, connections, transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.test import TestCase, override_settings
from django.urls import get_script_prefix, get_urlconf, path
from django.utils import translation
from django.utils.decorators import async_only_middleware, sync_only_middleware
from django.utils.deprecation import MiddlewareMixin

from gingerdj import threads
from tests.promises.client import Client, get, run, visit
from tests.promises.site import where

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from tests.promises.site import Database, Site

pytestmark = pytest.mark.slow

pytest_plugins = ("tests.promises.fixtures",)


@sync_only_middleware
def sync_only(get_response: Any) -> Any:
    """Middleware that lets nothing below it be asynchronous."""

    def middleware(request: Any) -> Any:
        return get_response(request)

    return middleware


async def plain(_: Any) -> HttpResponse:
    return HttpResponse("plain")


def sync_urlconf(_: Any) -> HttpResponse:
    return HttpResponse(get_urlconf())


def identity() -> int:
    """The thread that makes this call."""
    return threading.get_ident()


def visits() -> Any:
    """The manager of the table of visits; import it once Django is set up."""
    from tests.promises.models import Visit  # noqa: PLC0415 - once Django is set up

    return Visit.objects


# A task that outlives the response


@pytest.mark.parametrize("first", [False, True], ids=["", "used before"])
def test_a_task_that_outlives_the_response_may_use_the_orm(first: bool, site: Site, database: Database) -> None:
    tasks: list[asyncio.Task[int]] = []
    go = asyncio.Event()

    async def background() -> int:
        await go.wait()
        await visits().acreate(name="late")
        return int(await sync_to_async(visits().count)())

    async def view(_: Any) -> HttpResponse:
        if first:
            await visits().acreate(name="early")
        tasks.append(asyncio.create_task(background()))
        return HttpResponse("begun")

    async def main() -> None:
        assert (await get(site.application(view))).body == "begun"
        go.set()
        assert await tasks.pop() == 1 + first

    run(main())


def test_a_task_that_outlives_the_response_stays_on_one_thread(site: Site) -> None:
    tasks: list[asyncio.Task[set[int]]] = []
    go = asyncio.Event()

    async def background() -> set[int]:
        await go.wait()
        return {await sync_to_async(identity)() for _ in range(5)}

    async def view(_: Any) -> HttpResponse:
        tasks.append(asyncio.create_task(background()))
        return HttpResponse()

    async def main() -> None:
        application = site.application(view)
        await get(application)
        await get(application)
        go.set()
        one, two = await asyncio.gather(*tasks)
        assert (len(one), len(two), len(one | two)) == (1, 1, 2)
        tasks.clear()  # a task that is there may go on

    run(main())


# Under django.test.TestCase


@pytest.mark.parametrize("middleware", [(), (sync_only,)], ids=["", "sync-only middleware"])
def test_under_testcase_all_happens_on_its_thread_and_connection(
    middleware: tuple[Any, ...], site: Site, database: Database
) -> None:
    def sync_view(_: Any) -> HttpResponse:
        visits().create(name="sync")
        return HttpResponse(f"{visits().count()} {identity()} {id(connection.connection)}")

    async def async_view(_: Any) -> HttpResponse:
        await visits().acreate(name="async")
        on, used = await sync_to_async(lambda: (identity(), id(connection.connection)))()
        return HttpResponse(f"{await visits().acount()} {on} {used}")

    async def stream_view(_: Any) -> StreamingHttpResponse:
        async def parts() -> AsyncIterator[str]:
            yield str(await visits().acount())

        return StreamingHttpResponse(parts())

    class Case(TestCase):
        def setUp(self) -> None:
            # As Django's test client does.
            for signal in (request_started, request_finished):
                signal.disconnect(close_old_connections)
                self.addCleanup(signal.connect, close_old_connections)

        def fetch(self, path: str) -> str:
            client = Client(application, path)
            async_to_sync(client.visit)()
            assert client.status == 200
            return client.body

        def test(self) -> None:
            visits().create(name="of the test")
            here = f"{identity()} {id(connection.connection)}"
            assert self.fetch("/sync/") == f"2 {here}"
            assert self.fetch("/") == f"3 {here}"
            assert self.fetch("/stream/") == "3"
            assert visits().count() == 3

        async def test_async(self) -> None:
            await visits().acreate(name="of the test")
            here = await sync_to_async(lambda: f"{identity()} {id(connection.connection)}")()
            assert (await get(application, "/sync/")).body == f"2 {here}"
            assert (await get(application)).body == f"3 {here}"
            assert await visits().acount() == 3

    application = site.application(async_view, *middleware, sync=sync_view, stream=stream_view)
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
    assert [text for _, text in (*result.errors, *result.failures)] == []
    assert result.testsRun == 2
    assert visits().count() == 0, "all was rolled back"


# What is set in middleware is seen everywhere below, and nowhere else

variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")
Seen = dict[str, tuple[str | None, str, str | None, str]]


def surroundings() -> tuple[str | None, str, str | None, str]:
    """What a request has around it: language, script prefix, URLconf, a variable of the project."""
    return translation.get_language(), get_script_prefix(), get_urlconf(), variable.get()


def set_up(request: Any) -> None:
    """Do what middleware does with the first part of a path: language-urlconf-variable."""
    if language := request.headers.get("X-Language"):
        translation.activate(language)
        variable.set(f"of {language}")
        request.urlconf = "tests.promises.urls"


@async_only_middleware
def async_activating(get_response: Any) -> Any:
    async def middleware(request: Any) -> Any:
        set_up(request)
        return await get_response(request)

    return middleware


@sync_only_middleware
def sync_activating(get_response: Any) -> Any:
    def middleware(request: Any) -> Any:
        set_up(request)
        return get_response(request)

    return middleware


class Activating(MiddlewareMixin):
    def process_request(self, request: Any) -> None:
        set_up(request)


class Passing(MiddlewareMixin):
    """A neighbour: both take one hop in GingerDJ."""

    def process_request(self, request: Any) -> None:
        request.META["seen by process_request"] = surroundings()

    def process_response(self, request: Any, response: Any) -> Any:
        request.META["seen by process_response"] = surroundings()
        return response


class Places:
    """The views that look at their surroundings, for one application; what they saw, by request and place."""

    def __init__(self) -> None:
        self.seen: dict[str, Seen] = {}
        self.gate: asyncio.Barrier | None = None
        """Where all concurrent requests wait for each other."""

    def note(self, name: str, place: str) -> None:
        self.seen.setdefault(name, {})[place] = surroundings()

    async def wait(self) -> None:
        if self.gate is not None:
            await self.gate.wait()

    async def view(self, request: Any) -> StreamingHttpResponse:
        name = request.headers["X-Name"]
        self.note(name, "view")
        await self.wait()
        self.note(name, "view, later")
        await sync_to_async(self.note)(name, "sync_to_async")
        await sync_to_async(self.note, thread_sensitive=False)(name, "sync_to_async, any thread")
        await asyncio.to_thread(self.note, name, "to_thread")
        await asyncio.create_task(sync_to_async(self.note)(name, "sync_to_async, in a task"))
        await sync_to_async(async_to_sync(self.below))(name)

        async def parts() -> AsyncIterator[str]:
            self.note(name, "stream")
            await self.wait()
            yield "part"
            self.note(name, "stream, later")
            await sync_to_async(self.note)(name, "stream, sync_to_async")

        return StreamingHttpResponse(parts())

    async def below(self, name: str) -> None:
        self.note(name, "below async_to_sync")

    def sync_view(self, request: Any) -> StreamingHttpResponse:
        name = request.headers["X-Name"]
        self.note(name, "sync view")
        async_to_sync(self.below)(name)

        def parts() -> Iterator[str]:
            self.note(name, "sync stream")
            yield "part"
            self.note(name, "sync stream, later")

        return StreamingHttpResponse(parts())


@pytest.fixture
def places() -> Iterator[Places]:
    """Places; receivers of request_finished look as well, under the name that the variable says."""
    places = Places()

    def sync_receiver(**_: Any) -> None:
        places.note(variable.get(), "request_finished")

    async def async_receiver(**_: Any) -> None:
        places.note(variable.get(), "request_finished, async")

    request_finished.connect(sync_receiver)
    request_finished.connect(async_receiver)
    yield places
    request_finished.disconnect(sync_receiver)
    request_finished.disconnect(async_receiver)


def headers(name: str, language: str) -> list[tuple[bytes, bytes]]:
    """The headers of a request with this name."""
    return [(b"host", b"testserver"), (b"x-name", name.encode()), (b"x-language", language.encode())]


@pytest.fixture
def more_urls(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets the views of the URLconf that middleware names."""
    from tests.promises import urls  # noqa: PLC0415 - once Django is set up

    def set_views(**views: Any) -> None:
        monkeypatch.setattr(urls, "urlpatterns", [path(f"{name}/", view) for name, view in views.items()])

    return set_views


STACKS = {
    "async": (async_activating,),
    "sync": (sync_activating,),
    "mixin": (Activating,),
    "neighbours": (Passing, Activating, Passing),
    "sync outside": (sync_only, Activating),
    "async outside": (async_activating, sync_only, Passing),
}


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("view", ["view", "sync_view"])
def test_what_middleware_sets_is_seen(
    stack: str, view: str, site: Site, places: Places, more_urls: Callable[..., None]
) -> None:
    more_urls(page=getattr(places, view))
    application = site.application(plain, *STACKS[stack])
    client = visit(application, "/app/page/", root_path="/app", headers=headers("one", "de"))
    assert client.body == "part"
    seen = places.seen["one"]
    expected = ("de", "/app/", "tests.promises.urls", "of de")
    if "to_thread" in seen:
        # asgiref's Local, in which Django keeps all but the variable, does not follow there.
        assert seen.pop("to_thread") == ("en-us", "/", None, "of de")
    assert seen == dict.fromkeys(seen, expected)
    finished = places.seen.get("of de", {})
    if not site.ginger and django.VERSION < (6, 0):
        assert finished == {}, "Django before 6.0 ends a request outside of the task that served it"
        return
    assert sorted(finished) == ["request_finished", "request_finished, async"]
    # Django has reset the URLconf before.
    assert set(finished.values()) == {("de", "/app/", None, "of de")}


LANGUAGES = ["de", "fr", "pt-br", "zh-hans", "nl", ""]


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("order", ["one after the other", "all at once"])
def test_nothing_leaks_into_another_request(
    order: str, stack: str, site: Site, places: Places, more_urls: Callable[..., None]
) -> None:
    more_urls(page=places.view)

    async def main() -> None:
        application = site.application(places.view, *STACKS[stack], page=places.view)
        requests = [
            (application, f"{prefix}/page/", prefix, headers(f"{turn} {language}", language))
            for turn in range(3)
            for language, prefix in zip(LANGUAGES, ["/a", "", "/b", "/c", "", ""], strict=True)
        ]
        tasks = [get(app, full, root_path=prefix, headers=head) for app, full, prefix, head in requests]
        if order == "all at once":
            places.gate = asyncio.Barrier(len(tasks))
            clients = await asyncio.gather(*tasks)
        else:
            clients = [await task for task in tasks]
        assert {client.body for client in clients} == {"part"}
        for _, full, prefix, head in requests:
            name, language = head[1][1].decode(), head[2][1].decode()
            urlconf = "tests.promises.urls" if language else site.module.__name__
            expected = (language or "en-us", f"{prefix}/", urlconf, f"of {language}" if language else "unset")
            seen = places.seen[name]
            assert seen.pop("to_thread")[3] == expected[3], full
            assert seen == dict.fromkeys(seen, expected), full

    run(main())
    assert surroundings() == ("en-us", "/", None, "unset"), "nor into whoever called"


@pytest.mark.parametrize("view", [plain, sync_urlconf], ids=["async", "sync"])
def test_the_urlconf_is_reset_in_the_task_of_the_request(view: Any, site: Site, more_urls: Callable[..., None]) -> None:
    """As whoever calls two requests in one task has to find it."""
    more_urls(page=view)

    async def main() -> None:
        application = site.application(plain, async_activating)
        await Client(application, "/page/", headers=headers("one", "de")).visit()
        assert get_urlconf() is None

    run(main())


# ATOMIC_REQUESTS


class Watching(MiddlewareMixin):
    """Says what hooks see of the transaction."""

    seen: dict[str, bool]

    def note(self, place: str) -> None:
        Watching.seen[place] = connection.in_atomic_block

    def process_request(self, _: Any) -> None:
        self.note("process_request")

    def process_view(self, *_: Any) -> None:
        self.note("process_view")

    def process_exception(self, *_: Any) -> None:
        self.note("process_exception")

    def process_response(self, _: Any, response: Any) -> Any:
        self.note("process_response")
        return response


class Rendered(HttpResponse):
    """A response that is rendered later."""

    def render(self) -> HttpResponse:
        Watching.seen["render"] = connection.in_atomic_block
        return self


@pytest.fixture
def atomic(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    monkeypatch.setattr(Watching, "seen", {}, raising=False)


@pytest.mark.usefixtures("atomic")
def test_atomic_requests_are_the_view_alone(site: Site) -> None:
    def view(_: Any) -> HttpResponse:
        Watching.seen["view"] = connection.in_atomic_block
        return Rendered()

    assert visit(site.application(view, Watching)).status == 200
    inside = {place for place, atomic in Watching.seen.items() if atomic}
    assert inside == {"view"}
    assert set(Watching.seen) == {"process_request", "process_view", "view", "render", "process_response"}


@pytest.mark.usefixtures("atomic")
def test_atomic_requests_are_rolled_back_after_an_error(site: Site) -> None:
    def view(_: Any) -> HttpResponse:
        visits().create(name="never")
        raise LookupError

    assert visit(site.application(view, Watching)).status == 500
    assert Watching.seen["process_exception"] is False
    assert visits().count() == 0


@pytest.mark.usefixtures("atomic")
def test_atomic_requests_leave_out_who_wants_none(site: Site) -> None:
    @transaction.non_atomic_requests
    def view(_: Any) -> HttpResponse:
        return HttpResponse(str(connection.in_atomic_block))

    @transaction.non_atomic_requests
    async def async_view(_: Any) -> HttpResponse:
        return HttpResponse("answered")

    application = site.application(view, other=async_view)
    assert visit(application).body == "False"
    assert visit(application, "/other/").body == "answered"


@pytest.mark.usefixtures("atomic")
def test_atomic_requests_refuse_asynchronous_views(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    called: list[str] = []

    async def view(_: Any) -> HttpResponse:
        called.append("view")
        return HttpResponse()

    assert visit(site.application(view, Watching)).status == 500
    assert called == []
    assert "process_exception" not in Watching.seen, "no error of the view"
    (record,) = caplog.records
    assert record.exc_info is not None
    assert str(record.exc_info[1]) == "You cannot use ATOMIC_REQUESTS with async views."


# Scopes of asyncio and anyio in a view


@pytest.mark.parametrize("outside", [(), (sync_only,), (async_activating,)], ids=["", "sync-only", "async"])
def test_a_timeout_of_the_view_is_its_own(outside: tuple[Any, ...], site: Site) -> None:
    async def view(_: Any) -> HttpResponse:
        try:
            async with asyncio.timeout(0):
                await asyncio.Event().wait()
        except TimeoutError:
            pass
        with anyio.move_on_after(0) as scope:
            await anyio.sleep_forever()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 0)
        task = asyncio.current_task()
        assert task is not None
        return HttpResponse(f"{scope.cancelled_caught} {task.cancelling()}")

    assert visit(site.application(view, *outside)).body == "True 0"


def test_a_timeout_that_the_view_lets_pass_is_an_error_of_the_view(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    async def view(_: Any) -> HttpResponse:
        async with asyncio.timeout(0):
            await asyncio.Event().wait()
        return HttpResponse()

    assert visit(site.application(view)).status == 500
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[0] is TimeoutError


def test_task_groups_in_a_view(site: Site) -> None:
    async def fail() -> None:
        raise LookupError("of a task")

    async def of_asyncio() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            await asyncio.Event().wait()

    async def of_anyio() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(fail)
            await anyio.sleep_forever()

    async def view(_: Any) -> HttpResponse:
        results = []
        async with asyncio.TaskGroup() as group:
            results.append(group.create_task(sync_to_async(identity)()))
            results.append(group.create_task(sync_to_async(identity)()))
        same = len({result.result() for result in results})
        with pytest.raises(ExceptionGroup) as raised:
            await of_asyncio()
        with pytest.raises(ExceptionGroup):
            await of_anyio()
        return HttpResponse(f"{same} {len(raised.value.exceptions)}")

    assert visit(site.application(view)).body == "1 1"


def test_a_scope_that_begins_in_middleware_and_ends_there(site: Site) -> None:
    """In one task with the view: what is cancelled is the view, what sees the end of it is the middleware."""

    @async_only_middleware
    def limited(get_response: Any) -> Any:
        async def middleware(request: Any) -> Any:
            try:
                async with asyncio.timeout(0):
                    return await get_response(request)
            except TimeoutError:
                return HttpResponse("too late", status=504)

        return middleware

    async def view(_: Any) -> HttpResponse:
        await asyncio.Event().wait()
        return HttpResponse()

    client = visit(site.application(view, limited))
    assert (client.status, client.body) == (504, "too late")


def test_a_stream_may_keep_a_scope_open(site: Site) -> None:
    """An anyio scope has to be left by the task that entered it."""

    async def view(_: Any) -> StreamingHttpResponse:
        async def parts() -> AsyncIterator[str]:
            with anyio.move_on_after(5):
                yield "one"
                await anyio.lowlevel.checkpoint()
                yield "two"

        return StreamingHttpResponse(parts())

    assert visit(site.application(view)).body == "onetwo"


def test_a_timeout_around_the_application(ginger: Site) -> None:
    """As of a server, or of ASGI middleware, that limits requests.

    Django before 6.0 leaves the view running; from then on it ends it, but nobody hears request_finished.
    """
    events: list[str] = []
    limit: asyncio.Timeout | None = None

    def finished(**_: Any) -> None:
        events.append("request_finished")

    async def view(_: Any) -> HttpResponse:
        assert limit is not None
        limit.reschedule(asyncio.get_running_loop().time())  # it is over while the view waits
        try:
            await asyncio.Event().wait()
        finally:
            events.append("finally")
        return HttpResponse()

    async def main() -> None:
        nonlocal limit
        client = Client(ginger.application(view))
        request_finished.connect(finished)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(None) as limit:
                await client.visit()
        assert client.sent == []

    try:
        run(main())
    finally:
        request_finished.disconnect(finished)
    assert events == ["finally", "request_finished"]


def test_a_server_that_cancels_a_stream(ginger: Site) -> None:
    """On a forced shutdown: the generator's finally runs, and the error of the cancellation comes back."""
    events: list[str] = []

    def finished(**_: Any) -> None:
        events.append("request_finished")

    async def view(_: Any) -> StreamingHttpResponse:
        async def parts() -> AsyncIterator[str]:
            try:
                yield "one"
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                events.append("finally")

        return StreamingHttpResponse(parts())

    async def main() -> None:
        client = Client(ginger.application(view))
        request_finished.connect(finished)
        task = client.task()
        await client.answered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    try:
        run(main())
    finally:
        request_finished.disconnect(finished)
    assert events == ["finally", "request_finished"]


@async_only_middleware
def wrapping(get_response: Any) -> Any:
    async def wrap(content: Any) -> AsyncIterator[bytes]:
        async for part in content:
            yield part.upper()

    async def middleware(request: Any) -> Any:
        response = await get_response(request)
        response.streaming_content = wrap(response.streaming_content)
        return response

    return middleware


@pytest.mark.parametrize("wrapped", [False, True], ids=["", "wrapped by middleware"])
def test_a_server_that_cancels_while_it_takes_a_part(wrapped: bool, ginger: Site) -> None:
    """The generator is at its yield then, where nothing is raised: it has to be closed."""
    closed = asyncio.Event()

    async def view(_: Any) -> StreamingHttpResponse:
        async def parts() -> AsyncIterator[str]:
            try:
                while True:
                    yield "part"
            finally:
                closed.set()

        return StreamingHttpResponse(parts())

    async def main() -> None:
        client = Client(ginger.application(view, *([wrapping] if wrapped else [])))
        full = asyncio.Event()

        async def send(event: Any) -> None:
            if event["type"] == "http.response.body":
                full.set()
                await asyncio.Event().wait()

        client.send = send  # type: ignore[method-assign]  # a server whose buffer is full
        task = client.task()
        await full.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert closed.is_set()

    run(main())


# A client that leaves


@pytest.mark.parametrize("outside", [(), (sync_only,), (async_activating,)], ids=["", "sync-only", "async"])
def test_a_client_that_leaves_cancels_the_view(outside: tuple[Any, ...], site: Site) -> None:
    events: list[str] = []
    waiting = asyncio.Event()

    async def view(_: Any) -> HttpResponse:
        try:
            waiting.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            events.append("cancelled")
            raise
        return HttpResponse()

    async def main() -> None:
        client = Client(site.application(view, *outside))
        task = client.task()
        await waiting.wait()
        client.gone.set()
        await task
        assert client.sent == []
        assert events == ["cancelled"]

    run(main())


def test_a_view_that_will_not_be_cancelled(ginger: Site) -> None:
    """It ends what it does; its response is for nobody, and that is no error. Django lets the server's error pass."""
    events: list[str] = []
    waiting = asyncio.Event()

    async def view(_: Any) -> HttpResponse:
        try:
            waiting.set()
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            events.append("goes on")
        return HttpResponse("for nobody")

    async def main() -> None:
        client = Client(ginger.application(view))
        task = client.task()
        await waiting.wait()
        client.gone.set()
        await task
        assert events == ["goes on"]

    run(main())


def test_a_client_that_leaves_during_cleanup_of_a_timeout(site: Site) -> None:
    """Two cancellations at once: the task ends all the same, and no cancellation is left over."""
    waiting = asyncio.Event()

    async def view(_: Any) -> HttpResponse:
        async with asyncio.timeout(10):
            waiting.set()
            await asyncio.Event().wait()
        return HttpResponse()

    async def main() -> None:
        client = Client(site.application(view))
        task = asyncio.current_task()
        assert task is not None

        async def leave() -> None:
            await waiting.wait()
            client.gone.set()

        leaving = asyncio.create_task(leave())
        await client.visit()
        await leaving
        assert client.sent == []
        assert task.cancelling() == 0

    run(main())


# The watch for that


class Tasks:
    """Counts the tasks that are created in the running loop."""

    def __init__(self) -> None:
        self.count = 0
        asyncio.get_running_loop().set_task_factory(self.make)

    def make(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        self.count += 1
        return asyncio.Task(coroutine, loop=loop, **options)


async def streams(_: Any) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[str]:
        yield "one"
        yield "two"

    return StreamingHttpResponse(parts())


@pytest.mark.parametrize("view", [plain, streams], ids=lambda view: view.__name__)
def test_the_client_of_a_view_that_does_not_wait_is_not_watched(view: Any, ginger: Site) -> None:
    async def main() -> None:
        client = Client(ginger.application(view))
        tasks = Tasks()
        await client.visit()
        await asyncio.sleep(0)
        assert (client.status, tasks.count, client.listened.is_set()) == (200, 0, False)

    run(main())


def test_the_client_of_a_view_that_waits_is_watched(ginger: Site) -> None:
    client: Client

    async def view(_: Any) -> HttpResponse:
        await client.listened.wait()
        return HttpResponse()

    async def main() -> None:
        nonlocal client
        client = Client(ginger.application(view))
        tasks = Tasks()
        await client.visit()
        assert (client.status, tasks.count) == (200, 1)
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1, "the watch is over"

    run(main())


def test_a_receive_that_takes_the_end_of_the_watch_for_a_disconnect(ginger: Site) -> None:
    """The task is the server's again by then."""

    client: Client

    async def view(_: Any) -> HttpResponse:
        await client.listened.wait()
        return HttpResponse()

    async def main() -> None:
        nonlocal client
        client = Client(ginger.application(view))
        receive = client.receive

        async def receive_or_leave() -> Any:
            try:
                return await receive()
            except asyncio.CancelledError:
                return {"type": "http.disconnect"}

        client.receive = receive_or_leave  # type: ignore[method-assign]  # a server, or middleware, that is like that
        await client.visit()
        for _ in range(3):
            await asyncio.sleep(0)
        assert client.status == 200

    run(main())


# Never slower than Django: no request waits for a thread


class Meeting:
    """A view that answers once so many requests are in it at the same time."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.here = 0
        self.complete = asyncio.Event()

    async def view(self, _: Any) -> HttpResponse:
        self.here += 1
        if self.here == self.size:
            self.complete.set()
        await self.complete.wait()
        return HttpResponse("met")


def test_a_thousand_views_wait_behind_synchronous_middleware(site: Site) -> None:
    async def main() -> None:
        meeting = Meeting(1000)
        application = site.application(meeting.view, sync_only)
        clients = await asyncio.gather(*(get(application) for _ in range(1000)))
        assert {(client.status, client.body) for client in clients} == {(200, "met")}

    run(main())
    assert len(threads.pool().idle) == (threads.KEPT if site.ginger else 0)


def test_streams_that_used_the_orm_once_are_in_nobodys_way(site: Site, database: Database) -> None:
    go = asyncio.Event()

    async def stream(_: Any) -> StreamingHttpResponse:
        async def parts() -> AsyncIterator[str]:
            yield str(await visits().acount())
            await go.wait()

        return StreamingHttpResponse(parts())

    async def count(_: Any) -> HttpResponse:
        return HttpResponse(str(await visits().acount()))

    async def main() -> None:
        application = site.application(stream, count=count)
        clients = [Client(application) for _ in range(200)]
        tasks = [client.task() for client in clients]
        for client in clients:
            await client.answered.wait()
        assert (await get(application, "/count/")).body == "0"
        go.set()
        await asyncio.gather(*tasks)
        assert {client.body for client in clients} == {"0"}

    run(main())
    assert database.open == 0


@pytest.mark.parametrize("outside", [(), (sync_only,), (Passing, Passing)], ids=["", "sync-only", "neighbours"])
def test_views_that_call_their_own_server(outside: tuple[Any, ...], site: Site) -> None:
    """In process, as a test or a proxy does: each way of asking, each kind of view, six deep."""

    def sync_view(request: Any) -> HttpResponse:
        client = Client(application, below(request))
        async_to_sync(client.visit)()
        return HttpResponse(f"sync {visits().count()}, {client.body}")

    async def async_view(request: Any) -> HttpResponse:
        client = Client(application, below(request))
        await client.visit()
        return HttpResponse(f"async {await visits().acount()}, {client.body}")

    async def task_view(request: Any) -> HttpResponse:
        clients = await asyncio.gather(*(get(application, below(request)) for _ in range(2)))
        (body,) = {client.body for client in clients}
        return HttpResponse(f"tasks {await visits().acount()}, {body}")

    def below(request: Any) -> str:
        first, *rest = request.GET["next"].split("-")
        return f"/{first}/?{'-'.join(rest)}"

    application = site.application(plain, *outside, sync=sync_view, wait=async_view, task=task_view, end=plain)

    async def server(scope: Any, receive: Any, send: Any) -> None:
        path, _, query = scope["path"].partition("?")
        await real({**scope, "path": path, "query_string": f"next={query}".encode()}, receive, send)

    real, application = application, server  # type: ignore[assignment]  # it reads the query from the path
    client = visit(application, "/sync/?wait-task-sync-sync-wait-end")
    assert client.body == "sync 0, async 0, tasks 0, sync 0, sync 0, async 0, plain"


def test_requests_that_wait_for_each_other_with_all_threads_taken(site: Site) -> None:
    """Each synchronous view waits for the next one, all at once: a pool that made them queue would stand still."""
    barrier = threading.Barrier(100)

    def view(_: Any) -> HttpResponse:
        return HttpResponse(str(barrier.wait(20) >= 0))

    async def main() -> None:
        application = site.application(view)
        clients = await asyncio.gather(*(get(application) for _ in range(100)))
        assert {client.body for client in clients} == {"True"}

    run(main())


# The limit


@pytest.fixture
def one_thread(pool: threads.Pool) -> None:
    """GINGER_THREADS_LIMIT = 1, and that one is taken by another request."""
    pool.limit = 1


class Taken:
    """Takes a thread of the pool for a while."""

    def __init__(self) -> None:
        self.worker = threads.pool().take()

    def back(self) -> None:
        threads.pool().give(self.worker, asyncio.get_running_loop())


def sync_view(_: Any) -> HttpResponse:
    return HttpResponse("sync")


async def orm(_: Any) -> HttpResponse:
    return HttpResponse(str(await visits().acount()))


@async_only_middleware
def async_passing(get_response: Any) -> Any:
    async def middleware(request: Any) -> Any:
        response = await get_response(request)
        response["X-Passed"] = "yes"
        return response

    return middleware


class Catching(MiddlewareMixin):
    """Middleware of the project must not take the limit for an error of the view."""

    def process_exception(self, *_: Any) -> HttpResponse:
        return HttpResponse("caught")


class Viewing(MiddlewareMixin):
    def process_view(self, *_: Any) -> None:
        pass


LIMITED = {
    "sync view": (sync_view, ()),
    "ORM": (orm, ()),
    "sync-only, outermost": (plain, (sync_only,)),
    "sync-only, inside": (plain, (async_passing, sync_only)),
    "mixin, outermost": (plain, (Passing,)),
    "mixin, inside": (plain, (async_passing, Passing)),
    "process_view": (plain, (async_passing, Viewing)),
    "process_exception": (sync_view, (async_passing, Catching)),
}


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("case", LIMITED)
def test_past_the_limit_the_answer_is_503(case: str, ginger: Site, caplog: pytest.LogCaptureFixture) -> None:
    view, stack = LIMITED[case]

    async def main() -> Client:
        application = ginger.application(view, *stack)
        taken = Taken()
        client = await get(application)
        taken.back()
        assert (await get(application)).status == 200, "once there is a thread again"
        return client

    with caplog.at_level(logging.WARNING, "django.request"):
        client = run(main())
    assert client.status == 503
    assert b"yes" in dict(client.sent[0]["headers"]).values() or async_passing not in stack
    (message,) = (record.getMessage() for record in caplog.records)
    assert message.startswith("Service Unavailable: /: ")
    assert "GINGER_THREADS_LIMIT is 1" in message


@pytest.mark.usefixtures("one_thread")
def test_past_the_limit_with_receivers_of_the_project(ginger: Site, caplog: pytest.LogCaptureFixture) -> None:
    """They need a thread before there is a request."""

    def receiver(**_: Any) -> None:
        pass

    async def main() -> Client:
        application = ginger.application(plain)
        taken = Taken()
        client = await get(application)
        taken.back()
        return client

    for signal in (request_started, request_finished):
        signal.connect(receiver)
    try:
        assert run(main()).status == 503
    finally:
        for signal in (request_started, request_finished):
            signal.disconnect(receiver)
    assert "GINGER_THREADS_LIMIT" in caplog.text


@pytest.mark.usefixtures("one_thread")
def test_past_the_limit_a_response_that_was_sent_is_closed(ginger: Site, caplog: pytest.LogCaptureFixture) -> None:
    finished = []

    def receiver(**_: Any) -> None:
        finished.append(where())

    async def main() -> Client:
        application = ginger.application(plain)
        taken = Taken()
        client = await get(application)
        taken.back()
        return client

    request_finished.connect(receiver)
    try:
        assert run(main()).status == 200
    finally:
        request_finished.disconnect(receiver)
    assert finished == ["thread"]
    assert not caplog.records


def test_the_limit_is_a_setting(ginger: Site) -> None:
    async def main() -> None:
        application = ginger.application(sync_view)
        with override_settings(GINGER_THREADS_LIMIT=0):
            threads.pool.cache_clear()
            assert (await get(application)).status == 503

    run(main())


# Connections


async def aquery(_: Any) -> HttpResponse:
    return HttpResponse(str(await visits().acount()))


def query(_: Any) -> HttpResponse:
    return HttpResponse(str(visits().count()))


@pytest.mark.parametrize("outside", [(), (sync_only,), (Passing, Passing)], ids=["", "sync-only", "neighbours"])
def test_requests_after_each_other_share_a_connection(
    outside: tuple[Any, ...], ginger: Site, database: Database
) -> None:
    """Django's own handler opens one for each request, whatever CONN_MAX_AGE says."""
    database.keep(60)

    async def main() -> None:
        application = ginger.application(aquery, *outside, sync=query)
        for number in range(50):
            assert (await get(application, ["/", "/sync/"][number % 2])).body == "0"

    run(main())
    assert (len(database.made), database.open) == (1, 1)


@pytest.mark.parametrize("outside", [(), (sync_only,), (Passing, Passing)], ids=["", "sync-only", "neighbours"])
def test_without_an_age_no_connection_outlives_its_request(
    outside: tuple[Any, ...], site: Site, database: Database
) -> None:
    async def main() -> None:
        application = site.application(aquery, *outside, sync=query)
        for number in range(6):
            assert (await get(application, ["/", "/sync/"][number % 2])).body == "0"
            assert (len(database.made), database.open) == (number + 1, 0)

    run(main())


def test_a_task_that_outlives_its_request_leaves_no_connection_open(ginger: Site, database: Database) -> None:
    tasks: list[asyncio.Task[int]] = []
    go = asyncio.Event()

    async def background() -> int:
        await go.wait()
        return int(await visits().acount())

    async def view(_: Any) -> HttpResponse:
        tasks.append(asyncio.create_task(background()))
        return HttpResponse()

    async def main() -> None:
        await get(ginger.application(view))
        go.set()
        assert await tasks[0] == 0
        assert database.open == 1, "as long as the task is there, it may go on"
        tasks.clear()
        worker = await worker_of_the_lease()
        gc.collect()
        await asyncio.wrap_future(worker.submit(int))  # after what closes it
        assert database.open == 0

    async def worker_of_the_lease() -> threads.Worker:
        """The worker that is leased, once it has let go of its last call."""
        (worker,) = (found.worker for found in gc.get_objects() if type(found) is threads.Lease and found.worker)
        await asyncio.wrap_future(worker.executor.submit(int))
        return worker

    run(main())


def test_an_idle_thread_closes_what_is_past_its_age(
    ginger: Site, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.keep(60)
    closed = asyncio.Event()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        timers: list[tuple[float, Any]] = []
        call_later = loop.call_later

        def noted(delay: float, call: Any, *args: Any, **named: Any) -> Any:
            if getattr(call, "__func__", None) is threads.Pool.expire:
                timers.append((delay, (call, args)))
            return call_later(delay, call, *args, **named)

        monkeypatch.setattr(loop, "call_later", noted)
        await get(ginger.application(aquery))
        await asyncio.sleep(0)
        assert database.open == 1
        ((delay, (call, arguments)),) = timers
        assert 59 < delay <= 60
        (connection,) = database.made
        connection.close_at = 0.0
        (worker,) = threads.pool().idle
        worker.expiry = 0.0
        keep = threads.Pool.keep

        def kept(*args: Any) -> None:
            keep(*args)
            loop.call_soon_threadsafe(closed.set)

        monkeypatch.setattr(threads.Pool, "keep", kept)
        call(*arguments)
        await closed.wait()
        assert database.open == 0
        assert list(threads.pool().idle) == [worker]

    run(main())


def test_a_transaction_that_nobody_ended_is_nobody_elses(site: Site, database: Database) -> None:
    """As of a task that a request leaves in the middle of one."""
    database.keep(60)

    async def begin(_: Any) -> HttpResponse:
        await sync_to_async(transaction.Atomic("default", savepoint=True, durable=False).__enter__)()
        await visits().acreate(name="never committed")
        return HttpResponse()

    async def main() -> None:
        application = site.application(begin, count=aquery)
        await get(application)
        client = await get(application, "/count/")
        assert (client.status, client.body) == (200, "0")

    run(main())


def test_a_client_that_leaves_gives_its_thread_back(ginger: Site, pool: threads.Pool, database: Database) -> None:
    waiting = asyncio.Event()

    async def view(_: Any) -> HttpResponse:
        await visits().acount()
        waiting.set()
        await asyncio.Event().wait()
        return HttpResponse()

    async def main() -> None:
        client = Client(ginger.application(view))
        task = client.task()
        await waiting.wait()
        assert pool.busy == 1
        client.gone.set()
        await task
        assert (pool.busy, database.open) == (0, 0)

    run(main())


def test_a_request_that_a_view_makes_leaves_it_its_thread(site: Site, pool: threads.Pool, database: Database) -> None:
    """The inner request is over, and may not give back what the outer one goes on with."""
    database.keep(60)

    async def view(_: Any) -> HttpResponse:
        before = await sync_to_async(identity)()
        client = Client(application, "/inner/")
        await client.visit()
        taken = pool.take()  # by another request
        after = await sync_to_async(identity)()
        pool.give(taken, asyncio.get_running_loop())
        return HttpResponse(f"{client.body} {before == after}")

    application = site.application(view, inner=aquery)
    assert visit(application).body == "0 True"
