"""The watchdog, over loops that are blocked until it barks."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import ReferenceType, ref

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import override_settings

from gingerdj.handler import ASGIHandler
from gingerdj.safety.watchdog import Watch, Watchdog
from tests.project.cycle import Cycle, get
from tests.project.driver import LIMIT
from tests.project.server import configure, run, serving
from tests.test_drain import loops

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHORT = 0.1
"""Seconds that a blocked loop stays silent."""


class Log(logging.Handler):
    """What the watchdog logs."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []
        self.barked = threading.Event()
        """Is set at the first message."""
        self.twice = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Take a message."""
        self.messages.append(record.getMessage())
        (self.twice if self.barked.is_set() else self.barked).set()


@pytest.fixture
def log() -> Iterator[Log]:
    """What the watchdog logs."""
    handler = Log()
    logging.getLogger("gingerdj.safety").addHandler(handler)
    yield handler
    logging.getLogger("gingerdj.safety").removeHandler(handler)


def block(until: threading.Event) -> None:
    """Block the thread."""
    assert until.wait(LIMIT)


def line_of(function: Callable[..., object], offset: int) -> int:
    """A line of a function."""
    return function.__code__.co_firstlineno + offset


def shown() -> str:
    """This file as the log names it."""
    file = Path(__file__)
    return str(file.relative_to(Path.cwd())) if file.is_relative_to(Path.cwd()) else str(file)


async def answered(log: Log) -> None:
    """Wait, without blocking, until the watchdog has logged twice."""
    assert await asyncio.to_thread(log.twice.wait, LIMIT)


@pytest.mark.parametrize("new_loop", loops())
def test_names_the_culprit_and_says_for_how_long(log: Log, new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def view(_: HttpRequest) -> HttpResponse:
        block(log.barked)
        return HttpResponse("done")

    async def scenario() -> None:
        await get(application)
        await answered(log)

    with serving(view, GINGER_WATCHDOG=SHORT) as application, asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(scenario())
    first, second = log.messages
    place = f"{shown()}:{line_of(block, 2)}"
    assert first.splitlines()[:3] == [
        f"{place}: blocks the event loop, which has not answered for 0.1 s",
        f'  File "{__file__}", line {line_of(view, 1)}, in view',
        "    block(log.barked)",
    ]
    assert f'  File "{__file__}", line {line_of(block, 2)}, in block' in first
    assert second.startswith(f"{place}: blocked the event loop for ")
    assert float(second.split()[-2]) >= SHORT


def test_a_loop_that_answers_is_left_in_peace(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    beats = threading.Semaphore(0)
    beat = Watch.beat

    def counted(self: Watch) -> None:
        beat(self)
        beats.release()

    monkeypatch.setattr(Watch, "beat", counted)

    async def scenario() -> None:
        Watchdog(SHORT).look()
        for _ in range(3):
            assert await asyncio.to_thread(beats.acquire, timeout=LIMIT)

    run(scenario())
    assert log.messages == []


def test_each_loop_has_its_own(log: Log) -> None:
    watchdog = Watchdog(SHORT)
    both = threading.Barrier(2)

    async def blocked() -> None:
        watchdog.look()
        block(log.barked)
        await answered(log)

    async def free() -> None:
        watchdog.look()
        await answered(log)

    def serve(scenario: Callable[[], object]) -> None:
        both.wait(LIMIT)
        run(scenario())  # type: ignore[arg-type]  # a coroutine

    thread = threading.Thread(target=serve, args=[free])
    thread.start()
    serve(blocked)
    thread.join(LIMIT)
    assert [message.partition(" the event loop")[0] for message in log.messages] == [
        f"{shown()}:{line_of(block, 2)}: {what}" for what in ("blocks", "blocked")
    ]


def test_is_asked_for_once(log: Log) -> None:
    async def scenario() -> None:
        watchdog = Watchdog(LIMIT)
        watchdog.look()
        (watch,) = watchdog.watches.values()
        watchdog.look()
        assert list(watchdog.watches.values()) == [watch]

    run(scenario())
    assert log.messages == []


def test_ends_with_the_loop() -> None:
    async def scenario() -> Watch:
        watchdog = Watchdog(SHORT)
        watchdog.look()
        return next(iter(watchdog.watches.values()))

    watch = run(scenario())
    watch.thread.join(LIMIT)
    assert not watch.thread.is_alive()


def test_keeps_no_loop() -> None:
    watchdog = Watchdog(SHORT)

    async def scenario() -> tuple[Watch, ReferenceType[asyncio.AbstractEventLoop]]:
        watchdog.look()
        loop = asyncio.get_running_loop()
        return watchdog.watches[loop], ref(loop)

    watch, loop = run(scenario())
    watch.thread.join(LIMIT)
    gc.collect()
    assert (loop(), dict(watchdog.watches)) == (None, {})


def test_a_loop_that_stands_still_is_no_blocked_one(log: Log) -> None:
    watchdog = Watchdog(SHORT)

    async def look() -> Watch:
        watchdog.look()
        return watchdog.watches[asyncio.get_running_loop()]

    with asyncio.Runner() as runner:
        first = runner.run(look())
        first.thread.join(LIMIT)
        second = runner.run(look())
        assert second is not first
    second.thread.join(LIMIT)
    assert (log.messages, first.thread.is_alive(), second.thread.is_alive()) == ([], False, False)


def test_ends_with_the_lifespan() -> None:
    async def scenario() -> None:
        assert isinstance(application, ASGIHandler)
        cycle = Cycle(application)
        await cycle.start()
        (watch,) = application.watchdog.watches.values()
        assert watch.thread.is_alive()
        await cycle.stop()
        await asyncio.to_thread(watch.thread.join, LIMIT)
        assert not watch.thread.is_alive()

    with serving(lambda _: HttpResponse(), GINGER_WATCHDOG=LIMIT) as application:
        run(scenario())


def test_a_block_that_outlasts_the_loop_ends_quietly(log: Log) -> None:
    """The loop is stopped by what blocked it: nobody is going to answer."""
    loop = asyncio.new_event_loop()

    async def scenario() -> Watch:
        watchdog = Watchdog(SHORT)
        watchdog.look()
        block(log.barked)
        loop.stop()
        return next(iter(watchdog.watches.values()))

    with contextlib.closing(loop):
        watch = loop.run_until_complete(scenario())
    watch.thread.join(LIMIT)
    assert not watch.thread.is_alive()


def test_a_child_has_its_own() -> None:
    watchdog = Watchdog(LIMIT)

    async def alive() -> bool:
        watchdog.look()
        return watchdog.watches[asyncio.get_running_loop()].thread.is_alive()

    async def fork() -> int:
        watchdog.look()
        watch = next(iter(watchdog.watches.values()))
        watch.end()  # a fork beside threads warns
        await asyncio.to_thread(watch.thread.join, LIMIT)
        watch.ended.clear()
        return os.getpid()

    with asyncio.Runner() as runner:
        parent = runner.run(fork())
        assert parent == watchdog.process
        watchdog.process = parent + 1  # as it looks to a child, which inherits the loop
        assert runner.run(alive())


def test_a_process_that_was_stopped_is_no_blocked_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [False, False, True]
    times = iter([0.0, 9.0, 9.0, 19.0, 19.0])

    async def scenario() -> Watch:
        return Watch(asyncio.get_running_loop(), 1.0)

    watch = run(scenario())
    monkeypatch.setattr(watch.answered, "wait", lambda _: answers.pop(0))
    monkeypatch.setattr(time, "monotonic", lambda: next(times))
    assert watch.in_time()
    answers[:] = [False]
    times = iter([0.0, 1.1])
    assert not watch.in_time()


def test_without_the_setting_there_is_none() -> None:
    with serving(lambda _: HttpResponse()) as application:
        assert isinstance(application, ASGIHandler)
        run(get(application))
        assert not application.watchdog.watches


@pytest.mark.parametrize("value", [0, -1, "0.5", True, float("nan")])
def test_a_setting_that_is_no_time(value: object) -> None:
    configure()
    with override_settings(GINGER_WATCHDOG=value), pytest.raises(ImproperlyConfigured, match="GINGER_WATCHDOG is "):
        ASGIHandler()
