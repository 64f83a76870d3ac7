"""The middleware chain: whatever it groups, everything happens as in Django's."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import ImproperlyConfigured, MiddlewareNotUsed
from django.core.handlers import asgi, base
from django.core.signals import got_request_exception
from django.http import Http404, HttpResponse
from django.test import override_settings
from django.utils.decorators import async_only_middleware, sync_and_async_middleware, sync_only_middleware
from django.utils.deprecation import MiddlewareMixin

from gingerdj import threads
from tests.promises import stack
from tests.promises.client import Client, get, run, visit
from tests.promises.site import HANDLERS, where
from tests.slow import slow_after

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.promises.site import Site

pytest_plugins = ("tests.promises.fixtures",)

SEEDS = 60
QUICK = 10
"""How many of them `make check` tries."""
FAULTS = 6
"""Requests to each stack in which something goes wrong."""


class Outcome:
    """All that can be seen of one request."""

    def __init__(self, client: Client | None, error: BaseException | None, given: stack.Recorder) -> None:
        self.events = list(given.events)
        self.error = type(error).__name__
        self.sent = [
            {**event, "headers": sorted((name.lower(), value) for name, value in event.get("headers", ()))}
            for event in (client.sent if client else ())
        ]


async def outcome(application: Any, given: stack.Recorder) -> Outcome:
    """Make one request."""
    given.events.clear()
    client = Client(application)
    error = None
    try:
        await client.task()
    except Exception as raised:
        error = raised
    return Outcome(client, error, given)


class Log(logging.Handler):
    """What was logged, and which exceptions were signalled."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = f" {record.exc_info[1]!r}" if record.exc_info else ""
        self.lines.append(f"{record.levelname} {record.getMessage()}{error}")

    def signalled(self, sender: Any, **_: Any) -> None:
        self.lines.append(f"got_request_exception from {sender} in a {where()}")


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    logger = logging.getLogger("django.request")
    level = logger.level
    logger.addHandler(log)
    logger.setLevel(logging.DEBUG)
    got_request_exception.connect(log.signalled)
    yield log
    got_request_exception.disconnect(log.signalled)
    logger.removeHandler(log)
    logger.setLevel(level)


@pytest.fixture
def closed_bodies(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close the bodies that Django leaves open after an error: collected later, they would turn another test red."""
    bodies: list[tempfile.SpooledTemporaryFile[bytes]] = []

    def kept(**arguments: Any) -> tempfile.SpooledTemporaryFile[bytes]:
        bodies.append(tempfile.SpooledTemporaryFile(**arguments))  # noqa: SIM115 - closed below
        return bodies[-1]

    monkeypatch.setattr(asgi, "tempfile", SimpleNamespace(SpooledTemporaryFile=kept))
    yield
    for body in bodies:
        body.close()


@pytest.mark.usefixtures("closed_bodies")
@pytest.mark.parametrize("debug", [False, True], ids=["", "DEBUG"])
@pytest.mark.parametrize("seed", slow_after(QUICK, map(pytest.param, range(SEEDS))))
def test_generated_stacks_behave_as_in_django(seed: int, debug: bool, made: Callable[[str], Site], log: Log) -> None:
    with override_settings(DEBUG=debug):
        found = {handler: outcomes(made(handler), seed, log) for handler in HANDLERS}
    for django, ginger in zip(found["Django"], found["GingerDJ"], strict=True):
        assert ginger == django


def outcomes(site: Site, seed: int, log: Log) -> list[dict[str, Any]]:
    """What is logged while the stack of this seed is loaded; then, for each request, all that can be seen of it."""
    made = stack.stack(seed)
    log.lines.clear()
    application = site.application(made.view, *made.middleware)
    found: list[dict[str, Any]] = [{"logged": list(log.lines)}]

    async def main() -> None:
        first = await outcome(application, made.recorder)
        assert first.events, "something is there to go wrong"
        for faults in stack.faults(seed, first.events, FAULTS):
            log.lines.clear()
            made.recorder.faults = faults
            seen = await outcome(application, made.recorder)
            body = [event.get("body") for event in seen.sent] if not site_page(seen) else []
            found.append(
                {
                    "faults": faults,
                    "events": seen.events,
                    "logged": list(log.lines),
                    "raised": seen.error,
                    "start": [] if site_page(seen) else seen.sent[:1],
                    "body": body,
                }
            )

    run(main())
    return found


def site_page(seen: Outcome) -> bool:
    """Whether the body is Django's page on an error: in debug mode it shows the frames of the handler."""
    return any(len(event.get("body", b"")) > 2000 for event in seen.sent)


# What a stack costs


class Counter:
    """Counts the calls to the threads of requests."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        submit = threads.Worker.submit

        def counted(worker: threads.Worker, call: Any) -> Any:
            self.count += 1
            return submit(worker, call)

        monkeypatch.setattr(threads.Worker, "submit", counted)


class Both(MiddlewareMixin):
    """A neighbour with two hooks."""

    def process_request(self, request: Any) -> None:
        pass

    def process_response(self, request: Any, response: Any) -> Any:
        return response


class Viewing(MiddlewareMixin):
    """Middleware that only looks at views: no neighbour, and in nobody's way."""

    def process_view(self, *_: Any) -> None:
        pass


class Requesting(MiddlewareMixin):
    def process_request(self, request: Any) -> None:
        pass


class Responding(MiddlewareMixin):
    def process_response(self, request: Any, response: Any) -> Any:
        return response


@sync_and_async_middleware
def passing(get_response: Any) -> Any:
    """Middleware that is asynchronous where it can be."""
    if iscoroutinefunction(get_response):

        async def asynchronous(request: Any) -> Any:
            return await get_response(request)

        return asynchronous

    def synchronous(request: Any) -> Any:
        return get_response(request)

    return synchronous


@sync_only_middleware
def sync_only(get_response: Any) -> Any:
    def middleware(request: Any) -> Any:
        return get_response(request)

    return middleware


@async_only_middleware
def async_only(get_response: Any) -> Any:
    async def middleware(request: Any) -> Any:
        return await get_response(request)

    return middleware


async def async_view(_: Any) -> HttpResponse:
    return HttpResponse(where())


def sync_view(_: Any) -> HttpResponse:
    return HttpResponse(where())


@pytest.mark.parametrize(
    ("middleware", "hops"),
    [
        ((), 0),
        ((passing, passing), 0),
        ((async_only,), 0),
        ((Both,), 2),
        ((Both, Both, Both), 2),
        ((Requesting, Requesting), 1),
        ((Responding, Responding), 1),
        ((Requesting, Responding), 2),
        ((Both, passing, Both), 4),
        ((Both, Both, passing, Both, Both), 4),
        ((Viewing, Viewing), 1),
        ((Viewing, Both, Viewing), 3),
        ((sync_only,), 1),
        ((sync_only, sync_only), 1),
        ((sync_only, Both, sync_only), 1),
        ((Both, sync_only), 1),  # one whole call, as in Django: above synchronous code, Both is synchronous
        ((passing, sync_only), 1),
        ((sync_only, async_only), 1),
    ],
    ids=lambda value: "-".join(one.__name__ for one in value) if isinstance(value, tuple) else "",
)
def test_hops(middleware: tuple[Any, ...], hops: int, ginger: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    application = ginger.application(async_view, *middleware)
    counter = Counter(monkeypatch)
    assert visit(application).body == "loop"
    assert counter.count == hops


# The rules of Django, one by one


@pytest.mark.parametrize("view", [sync_view, async_view], ids=["sync", "async"])
@pytest.mark.parametrize("outside", [sync_only, async_only, passing], ids=lambda made: made.__name__)
def test_decorated_functions(outside: Any, view: Any, site: Site) -> None:
    seen: list[str] = []

    @sync_and_async_middleware
    def inside(get_response: Any) -> Any:
        seen.append("async" if iscoroutinefunction(get_response) else "sync")
        return passing(get_response)

    assert visit(site.application(view, outside, inside)).body == {sync_view: "thread", async_view: "loop"}[view]
    assert seen == ["async"], "the chain is asynchronous from the view on"
    assert visit(site.application(view, inside, outside)).status == 200
    assert seen == ["async", "sync" if outside is sync_only else "async"]


def test_middleware_that_is_neither(site: Site) -> None:
    class Neither(MiddlewareMixin):
        sync_capable = async_capable = False

    with pytest.raises(RuntimeError, match="must have at least one of sync_capable/async_capable set to True"):
        site.application(async_view, Neither)


def test_a_factory_that_returns_none(site: Site) -> None:
    def factory(_: Any) -> None:
        return None

    with pytest.raises(ImproperlyConfigured, match=r"Middleware factory \w+\.middleware_0 returned None"):
        site.application(async_view, factory)


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("reason", ["", "no need"])
def test_middleware_that_is_not_used(debug: bool, reason: str, site: Site, log: Log) -> None:
    called: list[str] = []

    class Unused(MiddlewareMixin):
        def __init__(self, get_response: Any) -> None:
            super().__init__(get_response)
            raise MiddlewareNotUsed(*filter(None, [reason]))

        def process_request(self, _: Any) -> None:
            called.append("process_request")

        def process_view(self, *_: Any) -> None:
            called.append("process_view")

    with override_settings(DEBUG=debug):
        application = site.application(async_view, Both, Unused, Both)
    name = "'tests_promises_site.middleware_1'"
    expected = f"DEBUG MiddlewareNotUsed({name}): {reason}" if reason else f"DEBUG MiddlewareNotUsed: {name}"
    assert [line for line in log.lines if "NotUsed" in line] == [expected] * debug
    assert visit(application).status == 200
    assert called == []


def test_middleware_that_is_not_used_does_not_part_neighbours(ginger: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def unused(_: Any) -> Any:
        raise MiddlewareNotUsed

    application = ginger.application(async_view, Both, unused, Both)
    counter = Counter(monkeypatch)
    visit(application)
    assert counter.count == 2


def test_middleware_is_imported_by_the_name_that_monitoring_replaces(
    ginger: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported: list[str] = []
    original = base.import_string  # type: ignore[attr-defined]  # Django's import of it

    def replaced(name: str) -> Any:
        imported.append(name)
        return original(name)

    monkeypatch.setattr(base, "import_string", replaced)
    ginger.application(async_view, Both, passing)
    assert imported == ["tests_promises_site.middleware_1", "tests_promises_site.middleware_0"]


def test_the_synchronous_chain_is_djangos(ginger: Site) -> None:
    application: Any = ginger.application(async_view, Both, passing)
    with override_settings(MIDDLEWARE=["tests_promises_site.middleware_0"]):
        application.load_middleware()
    assert not iscoroutinefunction(application._middleware_chain)


class Raising:
    """Middleware of three kinds that raises an exception."""

    def __init__(self, error: type[Exception]) -> None:
        def synchronous(request: Any) -> Any:
            raise error

        async def asynchronous(request: Any) -> Any:
            raise error

        class Mixin(MiddlewareMixin):
            def process_request(self, request: Any) -> None:
                raise error

        self.kinds = {
            "sync": sync_only_middleware(lambda _: synchronous),
            "async": async_only_middleware(lambda _: asynchronous),
            "mixin": Mixin,
        }


class Noting:
    """Middleware of three kinds that notes the status of what it gets."""

    def __init__(self) -> None:
        self.seen: list[int] = []
        noting = self

        class Mixin(MiddlewareMixin):
            def process_response(self, _: Any, response: Any) -> Any:
                return noting.note(response)

        self.kinds = {
            # The decorators set attributes, which methods do not have.
            "sync": sync_only_middleware(partial(self.synchronous)),
            "async": async_only_middleware(partial(self.asynchronous)),
            "mixin": Mixin,
        }

    def note(self, response: Any) -> Any:
        self.seen.append(response.status_code)
        return response

    def synchronous(self, get_response: Any) -> Any:
        return lambda request: self.note(get_response(request))

    def asynchronous(self, get_response: Any) -> Any:
        async def middleware(request: Any) -> Any:
            return self.note(await get_response(request))

        return middleware


@pytest.mark.parametrize("error", [LookupError, Http404], ids=["500", "404"])
@pytest.mark.parametrize("inner", ["sync", "async", "mixin"])
@pytest.mark.parametrize("outer", ["sync", "async", "mixin"])
def test_every_layer_gets_a_response(outer: str, inner: str, error: type[Exception], site: Site) -> None:
    """Whatever is raised further in, and by whatever kind of middleware."""
    noting = Noting()
    status = 404 if error is Http404 else 500
    assert visit(site.application(async_view, noting.kinds[outer], Raising(error).kinds[inner])).status == status
    assert noting.seen == [status]


def test_a_coroutine_that_is_no_coroutine_function(ginger: Site) -> None:
    """Middleware that forgot markcoroutinefunction. Django lets its exceptions pass by the next layer."""

    class Unmarked:
        sync_capable, async_capable = False, True

        def __init__(self, get_response: Any) -> None:
            self.get_response = get_response

        async def __call__(self, request: Any) -> Any:
            raise LookupError

    noting = Noting()
    assert visit(ginger.application(async_view, noting.kinds["mixin"], Unmarked)).status == 500
    assert noting.seen == [500]


def test_a_marked_class_is_asynchronous(site: Site) -> None:
    class Marked:
        sync_capable = async_capable = True

        def __init__(self, get_response: Any) -> None:
            self.get_response = get_response
            if iscoroutinefunction(get_response):
                markcoroutinefunction(self)

        def __call__(self, request: Any) -> Any:
            return self.asynchronous(request) if iscoroutinefunction(self) else self.get_response(request)

        async def asynchronous(self, request: Any) -> Any:
            response = await self.get_response(request)
            response["X-On"] = where()
            return response

    client = visit(site.application(sync_view, Marked))
    assert (b"loop") in dict(client.sent[0]["headers"]).values()


def test_concurrent_requests_in_one_group(ginger: Site) -> None:
    """A group holds nothing of a request."""

    class Numbered(MiddlewareMixin):
        def process_request(self, request: Any) -> None:
            request.number = request.headers["X-Number"]

        def process_response(self, request: Any, response: Any) -> Any:
            response["X-Number"] = request.number
            return response

    async def main() -> None:
        gate = asyncio.Barrier(20)

        async def view(request: Any) -> HttpResponse:
            await gate.wait()
            return HttpResponse(request.number)

        application = ginger.application(view, Both, Numbered, Both)
        clients = await asyncio.gather(
            *(get(application, headers=[(b"host", b"testserver"), (b"x-number", b"%d" % n)]) for n in range(20))
        )
        for number, client in enumerate(clients):
            assert client.body == str(number)
            assert (b"x-number", b"%d" % number) in client.sent[0]["headers"]

    run(main())


@pytest.mark.parametrize("name", ["__call__", "__acall__"])
def test_a_class_that_overrides_what_calls_its_hooks(name: str, site: Site) -> None:
    """Its own method is called, and calls the hooks or does not."""
    called: list[str] = []

    class Hooked(MiddlewareMixin):
        def process_request(self, _: Any) -> None:
            called.append("process_request")

    async def acall(self: Any, request: Any) -> Any:
        called.append(name)
        return await self.get_response(request)

    middleware = type("Own", (Hooked,), {name: acall})
    assert visit(site.application(async_view, Both, middleware, Both)).status == 200
    assert called == [name]
