"""The guard: reports each call that blocks an event loop, with the line of the project that makes it.

For development and tests: it replaces functions of Python, and looks at the stack at each call of them on the loop.
A call that is made while no event loop runs on its thread is none of its business, nor is one in a thread.
"""

from __future__ import annotations

import logging
import sys
from collections import deque
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from django.conf import settings

from gingerdj.safety.calls import Calls, GuardError, cure
from gingerdj.safety.stack import read, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableSequence
    from traceback import FrameSummary

logger = logging.getLogger("gingerdj.safety")
"""Not below "django", whose default handlers print nothing where DEBUG is False."""

KEPT = 1000
"""Hits that a process keeps: the last ones."""
permitted: ContextVar[bool] = ContextVar("permitted", default=False)
"""Whether calls are allowed to block here."""


@dataclass(frozen=True)
class Hit:
    """A call that has blocked an event loop, or would have. As text, it is the line of the log.

    ``call`` is the name of the function, such as ``time.sleep``. ``place`` is the line of the project that leads to
    the call, or of a package where a request has none, as a ``traceback.FrameSummary``; ``stack`` is the way to the
    call, a tuple of them.
    """

    call: str
    place: FrameSummary
    stack: tuple[FrameSummary, ...]

    def __str__(self) -> str:
        return (
            f"{shown(self.place)}: {self.call} blocks the event loop, in {self.place.name}: "
            f"nothing else is served meanwhile. Write {cure(self.call)}."
        )


class BlockingCall(Exception):  # noqa: N818 - it is the call
    """A call that would block the event loop, and is not made: the attribute ``hit`` is its ``gingerdj.safety.Hit``.

    ``except Exception`` catches it, and the guard has recorded it all the same.
    """

    # No RuntimeError, which code around event loops catches for other reasons.

    def __init__(self, hit: Hit) -> None:
        super().__init__(str(hit))
        self.hit = hit


class Mode(Enum):
    """What happens at a hit, besides that it is recorded."""

    OFF = None
    WARN = "warn"
    """It is logged, once for each place."""
    RAISE = "raise"
    """It is logged, and raised each time."""
    TEST = "test"
    """It is raised: who tests looks at the record."""


class Guard:
    """The guard of a process, ``guard``."""

    def __init__(self) -> None:
        self.mode = Mode.OFF
        self.hits: MutableSequence[Hit] = deque(maxlen=KEPT)
        self.logged: set[tuple[str, int | None]] = set()
        """The places that the log has named."""
        self.calls: Calls | None = None

    def start(self, mode: Mode) -> None:
        """Watch from now on. Raises GuardError."""
        if self.calls is None:
            calls = Calls(self.decide)
            calls.replace()
            self.calls = calls
        self.mode = mode

    def stop(self) -> None:
        """Watch no more. What modules have imported meanwhile stays, and lets all calls pass."""
        self.mode = Mode.OFF
        if self.calls is not None:
            self.calls.restore()
            self.calls = None

    def decide(self, call: str) -> None:
        """Report a call that can block, unless it may. Raises BlockingCall where that is wanted."""
        if self.calls is None or permitted.get():
            return
        stack = read(sys._getframe())
        if stack.place is None or stack.passes(self.calls.allowed):
            return
        hit = Hit(call, stack.place, stack.frames)
        self.hits.append(hit)
        if self.mode is not Mode.TEST:
            self.log(hit)
        if self.mode is not Mode.WARN:
            raise BlockingCall(hit)

    def log(self, hit: Hit) -> None:
        """Log a hit, if its place is a new one: a line that reads a file also opens it."""
        place = (hit.place.filename, hit.place.lineno)
        if place not in self.logged:
            self.logged.add(place)
            logger.warning("%s", hit)


guard = Guard()


def start() -> None:
    """Start the guard where GINGER_GUARD says so; a process keeps it. Raises GuardError for what it cannot be."""
    named = getattr(settings, "GINGER_GUARD", None)
    try:
        mode = {None: Mode.OFF, "warn": Mode.WARN, "raise": Mode.RAISE}[named]
    except (KeyError, TypeError):
        raise GuardError(f'GINGER_GUARD is {named!r}. Give it "warn" or "raise", or leave it out.') from None
    if mode is not Mode.OFF:
        guard.start(mode)


def hits() -> list[Hit]:
    """The hits of this process, oldest first, the last 1000: also those whose error the code has swallowed."""
    return list(guard.hits)


@contextmanager
def guarded() -> Iterator[list[Hit]]:
    """Raise BlockingCall for each call of the block that blocks an event loop, whatever GINGER_GUARD is: for tests.

    What the code has swallowed is raised at the end of the block. Yields the list of the hits, and a test that expects
    one clears it. Raises GuardError where blockbuster is not installed.
    """
    before = guard.mode, guard.hits
    guard.start(Mode.TEST)
    found: list[Hit] = []
    guard.hits = found
    try:
        yield found
    finally:
        guard.mode, guard.hits = before
        if guard.mode is Mode.OFF:
            guard.stop()
    if found:
        raise BlockingCall(found[0])


@contextmanager
def allowed() -> Iterator[None]:
    """Let the calls of the block, and of the tasks that it starts, pass the guard: for known ones that are short."""
    token = permitted.set(True)
    try:
        yield
    finally:
        permitted.reset(token)
