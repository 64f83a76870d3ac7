"""The lifespan protocol, event by event."""

import pytest

from gingerdj import lifespan
from tests.project.driver import AskedForMore, play

STARTUP = {"type": "lifespan.startup"}
SHUTDOWN = {"type": "lifespan.shutdown"}
STARTUP_COMPLETE = {"type": "lifespan.startup.complete"}
SHUTDOWN_COMPLETE = {"type": "lifespan.shutdown.complete"}


def test_answers_each_event_once_and_ends_after_shutdown() -> None:
    assert play(lifespan.answer, [STARTUP, SHUTDOWN]) == [STARTUP_COMPLETE, SHUTDOWN_COMPLETE]


def test_lasts_until_shutdown() -> None:
    with pytest.raises(AskedForMore) as asked:
        play(lifespan.answer, [STARTUP])
    assert asked.value.sent == [STARTUP_COMPLETE]


def test_says_nothing_unasked() -> None:
    with pytest.raises(AskedForMore) as asked:
        play(lifespan.answer, [])
    assert asked.value.sent == []


def test_shutdown_without_startup() -> None:
    """A server that gave up before it asked for start-up is let go too."""
    assert play(lifespan.answer, [SHUTDOWN]) == [SHUTDOWN_COMPLETE]


def test_unknown_event() -> None:
    with pytest.raises(ValueError, match=r"no event 'lifespan\.pause'"):
        play(lifespan.answer, [{"type": "lifespan.pause"}])
