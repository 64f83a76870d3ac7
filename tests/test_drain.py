"""What tells a process to stop, and how what waits for it ends."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest
from django.http import HttpResponse, StreamingHttpResponse

from gingerdj import drain
from gingerdj.drain import Stopping, stopping
from tests.project.cycle import Cycle, get
from tests.project.server import Server, http, run, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from django.http import HttpRequest

TERM, INT, QUIT = signal.SIGTERM, signal.SIGINT, signal.SIGQUIT
held = ContextVar("held", default="nothing")


def loops() -> list[Callable[[], asyncio.AbstractEventLoop]]:
    """Those that servers run on."""
    try:
        import uvloop  # noqa: PLC0415 - has no wheel for each Python
    except ImportError:
        return [asyncio.new_event_loop]
    return [asyncio.new_event_loop, uvloop.new_event_loop]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Leave no handler, and no word of a stop."""
    before = {number: signal.getsignal(number) for number in (TERM, INT, QUIT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
    stopping.looked = stopping.told = False


@pytest.fixture
def handled() -> list[int]:
    """The signals that a server has handled."""
    got: list[int] = []
    for number in (TERM, INT, QUIT):
        signal.signal(number, lambda number, _: got.append(number))
    return got


class Source:
    """An endless source of events: those that are put in."""

    def __init__(self, *events: str) -> None:
        self.events: asyncio.Queue[str] = asyncio.Queue()
        for event in events:
            self.events.put_nowait(event)
        self.waiting = asyncio.Event()
        """Is set when there is nothing left to take."""
        self.told: list[str] = []

    async def __aiter__(self) -> AsyncIterator[str]:
        """Take them."""
        try:
            while True:
                if self.events.empty():
                    self.waiting.set()
                yield await self.events.get()
        except asyncio.CancelledError:
            self.told.append("cancelled")
            raise
        finally:
            self.told.append(f"closed with {held.get()}")


async def stop(told: Stopping, source: Source) -> None:
    """Say it when all of the source is taken."""
    await source.waiting.wait()
    told.set()


async def collect(told: Stopping, source: Any) -> list[str]:
    """What there is of a source until the stop."""
    return [event async for event in told.until(source)]


# The event


def test_it_is_an_event() -> None:
    async def scenario() -> None:
        told = Stopping()
        assert (told.is_set(), repr(told)) == (False, "<Stopping: not set>")
        waits = [asyncio.create_task(told.wait()) for _ in range(3)]
        await asyncio.sleep(0)
        assert len(told.calls) == 3
        told.set()
        assert (told.is_set(), repr(told)) == (True, "<Stopping: set>")
        await asyncio.gather(*waits)
        await told.wait()
        assert not told.calls
        told.clear()
        assert not told.is_set()

    run(scenario())


def test_one_that_does_not_wait_any_more(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        told = Stopping()
        first, second = asyncio.create_task(told.wait()), asyncio.create_task(told.wait())
        await asyncio.sleep(0)
        told.set()  # its call is on the way
        first.cancel()
        await second
        assert first.cancelled()
        assert not told.calls

    run(scenario())
    assert caplog.text == ""  # where the loop says what a call of its has raised


def test_a_thread_tells_several_loops() -> None:
    told = Stopping()
    threads = [threading.Thread(target=run, args=(told.wait(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    while len(told.calls) < 2:
        pass
    told.set()
    for thread in threads:
        thread.join()


def test_a_loop_that_is_closed() -> None:
    told = Stopping()
    loop = asyncio.new_event_loop()
    loop.close()
    told.calls.add((loop, told.clear))
    told.set()
    assert told.is_set()


# Until


def test_until_the_stop() -> None:
    """What waits is cancelled, in its own task and context, and closed before the stream goes on."""

    async def scenario() -> None:
        told, source = Stopping(), Source("one", "two")
        held.set("something")
        telling = asyncio.create_task(stop(told, source))
        assert await collect(told, source) == ["one", "two"]
        assert source.told == ["cancelled", "closed with something"]
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        await asyncio.sleep(0)  # nothing is left to be raised
        assert not told.calls
        await telling

    run(scenario())


def test_until_the_end() -> None:
    async def events() -> AsyncIterator[str]:
        yield "one"

    async def scenario() -> None:
        told = Stopping()
        assert await collect(told, events()) == ["one"]
        assert not told.is_set()
        assert not told.calls

    run(scenario())


def test_after_the_stop_there_is_nothing() -> None:
    async def scenario() -> None:
        told, source = Stopping(), Source("one")
        told.set()
        assert await collect(told, source) == []

    run(scenario())


def test_who_works_is_not_interrupted() -> None:
    async def scenario() -> None:
        told, source = Stopping(), Source("one", "two")
        taken = []
        async for event in told.until(source):
            told.set()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            taken.append(event)
        assert taken == ["one"]
        assert source.told == ["closed with nothing"]

    run(scenario())


def test_an_iterator_that_is_no_generator() -> None:
    class Events:
        def __aiter__(self) -> Events:
            return self

        async def __anext__(self) -> str:
            await asyncio.Event().wait()
            raise AssertionError

    async def scenario() -> None:
        told = Stopping()
        task = asyncio.create_task(collect(told, Events()))
        await asyncio.sleep(0)
        told.set()
        assert await task == []

    run(scenario())


def test_a_source_that_goes_on_when_it_is_cancelled() -> None:
    async def stubborn() -> AsyncIterator[str]:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            yield "last"
            yield "never taken"

    async def scenario() -> None:
        told = Stopping()
        task = asyncio.create_task(collect(told, stubborn()))
        await asyncio.sleep(0)
        told.set()
        assert await task == ["last"]
        assert task.cancelling() == 0

    run(scenario())


def test_an_error_of_the_source() -> None:
    async def breaks() -> AsyncIterator[str]:
        try:
            yield "one"
            await asyncio.Event().wait()
        finally:
            raise ConnectionResetError

    async def scenario() -> None:
        told = Stopping()
        task = asyncio.create_task(collect(told, breaks()))
        await asyncio.sleep(0)
        told.set()
        with pytest.raises(ConnectionResetError):
            await task
        assert task.cancelling() == 0

    run(scenario())


@pytest.mark.parametrize("also_stops", [False, True])
def test_a_client_that_leaves(also_stops: bool) -> None:
    """It is no stop, also when both come at once."""

    async def scenario() -> None:
        told, source = Stopping(), Source()
        task = asyncio.create_task(collect(told, source))
        await source.waiting.wait()
        if also_stops:
            asyncio.get_running_loop().call_soon(task.cancel)
            told.set()
        else:
            task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert source.told == ["cancelled", "closed with nothing"]

    run(scenario())


# Signals


@pytest.mark.parametrize("factory", loops())
@pytest.mark.parametrize("number", [TERM, INT, QUIT])
def test_a_handler_of_the_server(
    number: signal.Signals, factory: Callable[[], asyncio.AbstractEventLoop], handled: list[int]
) -> None:
    """It gets each signal, as often as it comes."""
    told = Stopping()

    async def scenario() -> None:
        wait = asyncio.create_task(told.wait())
        await asyncio.sleep(0)
        signal.raise_signal(number)
        await wait
        signal.raise_signal(number)
        assert handled == [number, number]

    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(scenario())


@pytest.mark.parametrize("factory", loops())
def test_a_handler_of_the_loop(factory: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """It is called by the loop, which finds the signal in its file descriptor."""
    told = Stopping()

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        called = asyncio.Semaphore(0)
        loop.add_signal_handler(TERM, called.release)
        wait = asyncio.create_task(told.wait())
        await asyncio.sleep(0)
        for _ in range(2):
            signal.raise_signal(TERM)
            await called.acquire()
        await wait
        assert isinstance(signal.getsignal(TERM), drain.Handler)
        assert loop.remove_signal_handler(TERM)

    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(scenario())
    assert signal.getsignal(TERM) == signal.SIG_DFL


def test_what_the_handler_raises(handled: list[int]) -> None:
    def raises(*_: object) -> None:
        raise KeyboardInterrupt

    told = Stopping()
    signal.signal(TERM, raises)
    told.look()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(TERM)
    assert told.is_set()
    assert handled == []


def test_where_nothing_handles_sigterm() -> None:
    """There the process ends at once, and Ctrl+C is not ours either."""
    signal.signal(TERM, signal.SIG_DFL)
    before = [signal.getsignal(number) for number in (INT, QUIT)]
    Stopping().look()
    assert signal.getsignal(TERM) == signal.SIG_DFL
    assert [signal.getsignal(number) for number in (INT, QUIT)] == before


def test_a_signal_that_is_ignored(handled: list[int]) -> None:
    signal.signal(INT, signal.SIG_IGN)
    told = Stopping()
    told.look()
    signal.raise_signal(INT)
    assert not told.is_set()
    signal.raise_signal(TERM)
    assert told.is_set()
    assert handled == [TERM]


def test_another_thread(handled: list[int]) -> None:
    """Python lets only the main one handle signals."""
    before = signal.getsignal(TERM)
    with Stopping().watched():
        pass
    thread = threading.Thread(target=Stopping().look)
    thread.start()
    thread.join()
    assert signal.getsignal(TERM) is before


def test_one_look(handled: list[int]) -> None:
    told = Stopping()
    told.look()
    installed = signal.getsignal(TERM)
    told.look()
    Stopping().look()
    assert signal.getsignal(TERM) is installed
    other = signal.signal(TERM, signal.default_int_handler)
    told.look()
    assert other is installed
    assert signal.getsignal(TERM) is signal.default_int_handler


def test_what_was_there_comes_back(handled: list[int]) -> None:
    before = signal.getsignal(TERM), signal.getsignal(INT)
    told = Stopping()
    with told.watched():
        with told.watched():
            signal.raise_signal(TERM)
        assert isinstance(signal.getsignal(TERM), drain.Handler)
        assert told.is_set()
    assert (signal.getsignal(TERM), signal.getsignal(INT)) == before
    with told.watched():
        assert not told.is_set()
        assert isinstance(signal.getsignal(TERM), drain.Handler)


def test_a_handler_of_somebody_else(handled: list[int]) -> None:
    def other(*_: object) -> None:
        raise AssertionError

    with Stopping().watched():
        signal.signal(TERM, other)
    assert signal.getsignal(TERM) is other


# Other ways


def test_an_event_of_the_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hypercorn's workers get no signal."""
    shared = multiprocessing.get_context("spawn").Event()
    monkeypatch.setattr(multiprocessing.current_process(), "_kwargs", {"shutdown_event": shared}, raising=False)

    async def scenario() -> None:
        told = Stopping()
        waits = [asyncio.create_task(told.wait()) for _ in range(2)]
        await asyncio.sleep(0)
        assert told.polled
        assert not told.is_set()
        shared.set()
        assert told.is_set()
        await asyncio.gather(*waits)
        assert not told.polled

    run(scenario())


def test_a_parents_event_that_nobody_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = threading.Event()
    monkeypatch.setattr(multiprocessing.current_process(), "_kwargs", {"shutdown_event": shared}, raising=False)

    async def scenario() -> None:
        told = Stopping()
        task = asyncio.create_task(told.wait())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        told.poll(asyncio.get_running_loop())
        assert not told.polled
        assert not told.is_set()
        again = asyncio.create_task(told.wait())
        await asyncio.sleep(0)
        shared.set()
        await again

    run(scenario())


@pytest.mark.parametrize("arguments", [{}, {"shutdown_event": None}, {"shutdown_event": "something else"}])
def test_other_arguments_of_a_process(arguments: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocessing.current_process(), "_kwargs", arguments, raising=False)
    assert drain.parents_event() is None


async def answered(request: HttpRequest) -> HttpResponse:
    """A view that says whether the server is stopping."""
    return HttpResponse(str(stopping.is_set()))


def test_the_lifespan(handled: list[int]) -> None:
    before = signal.getsignal(TERM)

    async def scenario() -> None:
        for _ in range(2):  # a second server in the same process starts anew
            cycle = Cycle(application)
            await cycle.start()
            assert isinstance(signal.getsignal(TERM), drain.Handler)
            assert (await cycle.get()).body == b"False"
            await cycle.stop()
            assert stopping.is_set()
            assert signal.getsignal(TERM) is before

    with serving(answered) as application:
        run(scenario())


def test_a_lifespan_that_is_cancelled(handled: list[int]) -> None:
    before = signal.getsignal(TERM)

    async def scenario() -> None:
        cycle = Cycle(application)
        await cycle.start()
        cycle.task.cancel()
        await asyncio.wait([cycle.task])
        assert signal.getsignal(TERM) is before

    with serving(answered) as application:
        run(scenario())


def test_the_first_request_where_there_is_no_lifespan(handled: list[int]) -> None:
    async def scenario() -> None:
        assert (await get(application)).body == b"False"
        signal.raise_signal(TERM)
        assert (await get(application)).body == b"True"

    with serving(answered) as application:
        run(scenario())
    assert handled == [TERM]


def test_a_stream(handled: list[int]) -> None:
    """The response is whole, and its generators are closed."""

    async def scenario() -> None:
        source = Source("one")

        async def parts() -> AsyncIterator[str]:
            async for event in stopping.until(source):
                yield event
            yield "bye"

        async def view(request: HttpRequest) -> StreamingHttpResponse:
            return StreamingHttpResponse(parts())

        with serving(view) as application:
            server = Server()
            task = asyncio.create_task(application(http(), server.receive, server.send))
            await source.waiting.wait()
            signal.raise_signal(TERM)
            await task
        assert [event.get("body") for event in server.sent[1:]] == [b"one", b"bye", b""]
        assert source.told == ["cancelled", "closed with nothing"]
        assert not server.told

    run(scenario())
    assert handled == [TERM]
