"""The watchdog: logs what an event loop is doing when it has not answered for too long.

For production: it replaces nothing. A thread for each loop asks it to answer, and asks again GINGER_WATCHDOG seconds
after the answer: while all is well, the loop wakes up for it at most once in that time, and the thread twice.

A block that is twice as long is always noticed, one that is shorter than GINGER_WATCHDOG never. The stack is that of
one moment: of several short calls it shows the one that was running. It cannot see what keeps Python's lock while it
blocks, as some extension modules do, because then this thread does not run either. When the machine sleeps or the
process is stopped, the thread notices that it was late itself, and gives the loop its time again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
import time
from contextlib import contextmanager, suppress
from traceback import StackSummary
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, ref

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from gingerdj.safety.stack import read, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger("gingerdj.safety")


class Watch:
    """The watch over one event loop, made on it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, limit: float) -> None:
        self.loop = ref(loop)  # what its key refers to, a WeakKeyDictionary would keep
        self.limit = limit
        """Seconds without an answer."""
        self.watched = threading.get_ident()
        self.answered = threading.Event()
        self.answer = 0.0
        """When the loop answered, on the monotonic clock."""
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.run, name="gingerdj-watchdog", daemon=True)

    @property
    def over(self) -> bool:
        """Whether there is nothing to watch any more."""
        loop = self.loop()
        return self.ended.is_set() or loop is None or not loop.is_running()

    def end(self) -> None:
        """End the thread, soon."""
        self.ended.set()
        self.answered.set()

    def run(self) -> None:
        """Ask, wait, and tell, until the loop ends."""
        while not self.over:
            asked = time.monotonic()
            self.ask()
            if not self.in_time() and not self.over:
                self.tell(asked)
            self.ended.wait(self.limit)
        self.ended.set()

    def ask(self) -> None:
        """Ask the loop to answer."""
        self.answered.clear()
        loop = self.loop()
        if loop is not None:
            with suppress(RuntimeError):  # it has been closed since
                loop.call_soon_threadsafe(self.beat)

    def beat(self) -> None:
        """Answer, on the loop."""
        self.answer = time.monotonic()
        self.answered.set()

    def in_time(self) -> bool:
        """Whether the loop answers in time, or is over."""
        begun = time.monotonic()
        while not self.answered.wait(self.limit):
            late = time.monotonic() - begun - self.limit
            if late < self.limit / 2:
                return False
            begun = time.monotonic()  # this thread could not run either: the process was stopped
        return True

    def tell(self, asked: float) -> None:
        """Log what the loop is doing; then, once it answers, for how long it has."""
        frame = sys._current_frames().get(self.watched)
        stack = read(frame)
        if self.answered.is_set() or not stack.frames:
            return
        place = shown(stack.place or stack.frames[-1])
        lines = "".join(StackSummary.from_list(stack.frames).format())
        message = "%s: blocks the event loop, which has not answered for %g s\n%s"
        logger.warning(message, place, self.limit, lines.rstrip())
        del frame  # it holds all that the code has in hand
        while not self.answered.wait(self.limit):
            if self.over:
                return
        if self.answer > asked:
            logger.warning("%s: blocked the event loop for %.1f s", place, self.answer - asked)


class Watchdog:
    """The watches over the event loops of an application. Without a limit there are none."""

    def __init__(self, limit: float | None) -> None:
        self.limit = limit
        self.watches: WeakKeyDictionary[asyncio.AbstractEventLoop, Watch] = WeakKeyDictionary()
        self.process = os.getpid()

    def look(self) -> None:
        """Watch the running loop, unless that is done already."""
        if self.limit is None:
            return
        loop = asyncio.get_running_loop()
        watch = self.watches.get(loop)
        if watch is None or watch.ended.is_set() or self.process != os.getpid():
            self.process = os.getpid()  # a child has no thread of its parent
            watch = self.watches[loop] = Watch(loop, self.limit)
            watch.thread.start()

    @contextmanager
    def around(self) -> Iterator[None]:
        """Watch the running loop during a lifespan."""
        self.look()
        try:
            yield
        finally:
            watch = self.watches.pop(asyncio.get_running_loop(), None)
            if watch is not None:
                watch.end()


def limit() -> float | None:
    """The value of GINGER_WATCHDOG, in seconds. Raises ImproperlyConfigured for what is none."""
    found = getattr(settings, "GINGER_WATCHDOG", None)
    if found is not None and (not isinstance(found, int | float) or isinstance(found, bool) or not found > 0):
        raise ImproperlyConfigured(
            f"GINGER_WATCHDOG is {found!r}. Give it a number of seconds above zero, such as 0.5, or leave it out."
        )
    return found
