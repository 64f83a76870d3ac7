"""The signals around a request: who hears them, in which order, on what; and when they cost a thread."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar
from unittest.mock import Mock

import django
import pytest
from asgiref.sync import sync_to_async
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.core.signals import got_request_exception, request_finished, request_started
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.test import override_settings

from gingerdj import threads
from gingerdj.handler import ASGIHandler
from tests.promises.client import Client, get, run, visit
from tests.promises.site import HANDLERS, where

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence

    from django.dispatch import Signal

    from tests.promises.site import Database, Site

pytest_plugins = ("tests.promises.fixtures",)

SIGNALS = {
    "request_started": request_started,
    "request_finished": request_finished,
    "got_request_exception": got_request_exception,
}


class Receivers:
    """Receivers of the three signals, and what they heard."""

    def __init__(self, *kinds: str) -> None:
        self.heard: list[tuple[str, str, str, str]] = []
        """Signal, sender, kind of the receiver, what it ran on."""
        self.threads: list[int] = []
        """Of the synchronous ones."""
        self.connected: list[tuple[Signal, Any]] = []
        for name, signal in SIGNALS.items():
            for kind in kinds:
                receiver = self.synchronous(name) if kind == "sync" else self.asynchronous(name)
                signal.connect(receiver, weak=False)
                self.connected.append((signal, receiver))

    def note(self, name: str, kind: str, sender: Any) -> None:
        """Note that a receiver was called."""
        known: dict[Any, str] = {None: "None", **dict.fromkeys(HANDLERS.values(), "handler")}
        self.heard.append((name, known.get(sender, repr(sender)), kind, where()))

    def synchronous(self, name: str) -> Callable[..., None]:
        """A receiver."""

        def receiver(sender: Any, **_: Any) -> None:
            self.note(name, "sync", sender)
            self.threads.append(threading.get_ident())

        return receiver

    def asynchronous(self, name: str) -> Callable[..., Any]:
        """A receiver."""

        async def receiver(sender: Any, **_: Any) -> None:
            self.note(name, "async", sender)

        return receiver

    def disconnect(self) -> None:
        """Hear nothing more."""
        for signal, receiver in self.connected:
            signal.disconnect(receiver)

    @property
    def in_order(self) -> list[tuple[str, str, str, str]]:
        """What was heard; of one signal, asynchronous receivers run while synchronous ones do, in any order."""
        names = list(dict.fromkeys(name for name, *_ in self.heard))
        return sorted(self.heard, key=lambda heard: (names.index(heard[0]), heard))


@pytest.fixture
def receivers() -> Iterator[Callable[..., Receivers]]:
    """Connects receivers until the end of the test."""
    made: list[Receivers] = []

    def connect(*kinds: str) -> Receivers:
        made.append(Receivers(*kinds))
        return made[-1]

    yield connect
    for one in made:
        one.disconnect()


# Views that end in each way


def sync_view(_: Any) -> HttpResponse:
    return HttpResponse("sync")


async def async_view(_: Any) -> HttpResponse:
    return HttpResponse("async")


def sync_error(_: Any) -> HttpResponse:
    raise LookupError("of the view")


async def async_error(_: Any) -> HttpResponse:
    raise LookupError("of the view")


async def missing(_: Any) -> HttpResponse:
    raise Http404


async def async_stream(_: Any) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[str]:
        yield "one"
        await asyncio.sleep(0)
        yield "two"

    return StreamingHttpResponse(parts())


def sync_stream(_: Any) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter(["one", "two"]))


async def with_query(_: Any) -> HttpResponse:
    from tests.promises.models import Visit  # noqa: PLC0415 - once Django is set up

    return HttpResponse(str(await Visit.objects.acount()))


VIEWS = [sync_view, async_view, sync_error, async_error, missing, async_stream, sync_stream, with_query]


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
@pytest.mark.parametrize("kinds", [("sync",), ("async",), ("sync", "async")], ids="+".join)
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_receivers_hear_what_they_hear_in_django(
    view: Any, kinds: Sequence[str], made: Callable[[str], Site], receivers: Callable[..., Receivers]
) -> None:
    heard: dict[str, Receivers] = {}
    for handler in HANDLERS:
        application = made(handler).application(view)
        heard[handler] = receivers(*kinds)
        visit(application)
        heard[handler].disconnect()
    assert heard["GingerDJ"].in_order == heard["Django"].in_order
    names = [name for name, *_ in heard["GingerDJ"].heard]
    assert (names[0], names[-1]) == ("request_started", "request_finished")
    assert ("got_request_exception" in names) == view.__name__.endswith("_error")


@pytest.mark.parametrize("view", [sync_view, async_view, async_stream, with_query], ids=lambda view: view.__name__)
def test_synchronous_receivers_run_on_one_thread(view: Any, site: Site, receivers: Callable[..., Receivers]) -> None:
    """Of Django's own suite, test_request_lifecycle_signals_dispatched_with_thread_sensitive."""
    heard = receivers("sync")
    visit(site.application(view))
    assert len(heard.threads) == 2
    assert len({*heard.threads, threading.get_ident()}) == 2


def test_a_client_that_leaves_while_the_view_waits(site: Site, receivers: Callable[..., Receivers]) -> None:
    heard = receivers("sync", "async")
    waiting = asyncio.Event()

    async def view(_: Any) -> HttpResponse:
        waiting.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody sets that event")

    async def main() -> Client:
        client = Client(site.application(view))
        task = client.task()
        await waiting.wait()
        client.gone.set()
        await task
        return client

    assert run(main()).sent == []
    assert [name for name, *_ in heard.in_order] == ["request_started"] * 2 + ["request_finished"] * 2
    assert {on for _, _, kind, on in heard.heard if kind == "sync"} == {"thread"}


def test_a_client_that_leaves_before_its_request_is_whole(site: Site, receivers: Callable[..., Receivers]) -> None:
    heard = receivers("sync", "async")

    async def main() -> None:
        client = Client(site.application(async_view))
        client.asked = True
        client.gone.set()
        await client.task()
        assert client.sent == []

    run(main())
    assert heard.heard == []


def test_a_request_that_is_none(site: Site, receivers: Callable[..., Receivers]) -> None:
    """Django makes no request of a Content-Type that it cannot read: the response has no handler as its sender."""
    heard: list[Any] = []

    def receiver(sender: Any, **_: Any) -> None:
        heard.append(sender)

    application = site.application(async_view)
    request_finished.connect(receiver)
    try:
        client = visit(application, headers=[(b"host", b"testserver"), (b"content-type", b"text/plain; charset=\xff")])
    finally:
        request_finished.disconnect(receiver)
    assert client.status in {200, 400}, "as the version of Django has it"
    assert heard == [site.handler if client.status == 200 else None]


def test_a_receiver_for_another_sender_is_not_called(site: Site) -> None:
    heard: list[Any] = []

    def receiver(sender: Any, **_: Any) -> None:
        heard.append(sender)

    application = site.application(async_view)
    request_started.connect(receiver, sender=Client)
    try:
        visit(application)
    finally:
        request_started.disconnect(receiver, sender=Client)
    assert heard == []


class Wrapper:
    """A callable around another one that has all its attributes, as those of wrapt, which monitoring uses."""

    def __init__(self, wrapped: Any, called: list[str], name: str) -> None:
        self.wrapped = wrapped
        self.called = called
        self.name = name

    def __call__(self, *args: Any, **named: Any) -> Any:
        self.called.append(self.name)
        return self.wrapped(*args, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wrapped, name)


@pytest.mark.parametrize("kind", ["function", "object", "mock"])
def test_who_replaces_the_methods_of_a_signal_hears_it(kind: str, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """As test tools and monitoring do, for one signal."""
    called: list[str] = []
    application = site.application(async_view)
    for signal, name in ((request_started, "asend"), (request_finished, "send")):
        wrapper: Any = Wrapper(getattr(signal, name), called, name)
        if kind == "function":
            wrapper = partial(wrapper)
        elif kind == "mock":
            wrapper = Mock(side_effect=wrapper)
        monkeypatch.setattr(signal, name, wrapper)
    visit(application)
    assert called == ["asend", "send"]


# What costs a thread


class Hops:
    """Counts calls to the threads of requests."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        submit = threads.Worker.submit

        def counted(worker: threads.Worker, call: Any) -> Any:
            self.count += 1
            return submit(worker, call)

        monkeypatch.setattr(threads.Worker, "submit", counted)


@pytest.fixture
def hops(monkeypatch: pytest.MonkeyPatch) -> Hops:
    return Hops(monkeypatch)


def test_no_thread_for_a_request_that_has_used_none(ginger: Site, hops: Hops) -> None:
    visit(ginger.application(async_view))
    assert hops.count == 0


def test_a_thread_without_a_connection_need_not_end_the_request(ginger: Site, hops: Hops) -> None:
    visit(ginger.application(sync_view))
    assert hops.count == 1


def test_a_connection_is_closed_on_its_thread(ginger: Site, hops: Hops, database: Database) -> None:
    visit(ginger.application(with_query))
    assert (hops.count, database.open) == (2, 0)


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_receiver_of_the_project_has_its_thread(
    kind: str, ginger: Site, hops: Hops, receivers: Callable[..., Receivers]
) -> None:
    receivers(kind)
    visit(ginger.application(async_view))
    assert hops.count == 2


def test_what_a_response_closes_is_closed_in_a_thread(site: Site) -> None:
    closed: list[str] = []

    class File:
        def close(self) -> None:
            closed.append(where())

    async def view(_: Any) -> HttpResponse:
        response = HttpResponse()
        response._resource_closers.append(File().close)  # type: ignore[attr-defined]  # Django's list
        return response

    visit(site.application(view))
    assert closed == ["thread"]


def test_a_response_class_that_closes_something_does_so_in_a_thread(site: Site) -> None:
    closed: list[str] = []

    class Response(HttpResponse):
        def close(self) -> None:
            closed.append(where())
            super().close()

    async def view(_: Any) -> HttpResponse:
        return Response()

    visit(site.application(view))
    assert closed == ["thread"]


class ConnectedCache(LocMemCache):
    """A cache backend that has something to close, as those of Memcached and Redis have."""

    closed: ClassVar[list[str]] = []

    def close(self, **_: Any) -> None:
        self.closed.append(where())


@pytest.mark.parametrize("used", [True, False], ids=["used", "unused"])
def test_a_cache_that_closes_something_does_so_in_a_thread(used: bool, site: Site) -> None:
    async def view(_: Any) -> HttpResponse:
        if used:
            await caches["default"].aget("name")
        return HttpResponse()

    ConnectedCache.closed.clear()
    backend = f"{ConnectedCache.__module__}.{ConnectedCache.__qualname__}"
    with override_settings(CACHES={"default": {"BACKEND": backend}}):
        visit(site.application(view))
    # Django before 6.0 looks for it outside of the task that served the request.
    found = used and (site.ginger or django.VERSION >= (6, 0))
    assert ConnectedCache.closed == (["thread"] if found else [])


def test_djangos_receivers_run_on_the_thread_that_is_leased(ginger: Site, database: Database) -> None:
    """A connection of an earlier request that became unusable is closed before this one uses it."""
    database.keep(60)

    async def main() -> None:
        application = ginger.application(with_query)
        await get(application)
        assert database.open == 1
        database.made[0].close_at = 0.0  # it is past its age, and nobody has seen that yet
        await get(application)
        assert len(database.made) == 2
        await get(application)
        assert len(database.made) == 2

    run(main())


def test_queries_are_those_of_the_request(ginger: Site, database: Database) -> None:
    """reset_queries runs on a thread that another request has used."""
    from django.db import connection  # noqa: PLC0415 - once Django is set up
    from django.test import override_settings  # noqa: PLC0415 - once Django is set up

    database.keep(60)

    async def view(_: Any) -> HttpResponse:
        response = await with_query(_)
        queries = await sync_to_async(lambda: len(connection.queries))()
        return HttpResponse(f"{response.content.decode()} {queries}")

    async def main() -> None:
        application = ginger.application(view)
        with override_settings(DEBUG=True):
            assert [(await get(application)).body for _ in range(3)] == ["0 1"] * 3

    run(main())


def test_without_a_lease_receivers_run_as_in_django(ginger: Site, receivers: Callable[..., Receivers]) -> None:
    """As under async_to_sync: the waiting thread is that of synchronous receivers."""
    from asgiref.sync import async_to_sync  # noqa: PLC0415 - once Django is set up

    heard = receivers("sync")
    client = Client(ginger.application(async_view))
    async_to_sync(client.visit)()
    assert client.status == 200
    assert set(heard.threads) == {threading.get_ident()}


def test_the_sender_is_the_class_of_the_application(ginger: Site, receivers: Callable[..., Receivers]) -> None:
    class Mine(ASGIHandler):
        pass

    heard: list[Any] = []

    def receiver(sender: Any, **_: Any) -> None:
        heard.append(sender)

    ginger.handler = Mine
    application = ginger.application(async_view)
    for name in ("request_started", "request_finished"):
        SIGNALS[name].connect(receiver, sender=Mine)
    try:
        visit(application)
    finally:
        for name in ("request_started", "request_finished"):
            SIGNALS[name].disconnect(receiver, sender=Mine)
    assert heard == [Mine, Mine]
