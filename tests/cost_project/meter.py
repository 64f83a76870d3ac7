"""Counts what a request costs besides its work. Counts, unlike times, are the same on every machine."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import threading
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest import mock

from django.db.backends.signals import connection_created

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Cost:
    """What was counted."""

    hops: int
    """Calls handed to an executor: `loop.run_in_executor`."""
    threads: int
    """Threads of the operating system started."""
    files: int
    """Temporary files made; a spooled one counts once in memory, and once more when it moves to disk."""
    connections: int
    """Database connections opened."""
    tasks: int
    """Tasks created."""
    wakeups: int
    """Times that another thread woke the loop: work that a hop hides from the first count shows in this one."""


class Meter:
    """Counts in the whole process, while `running`."""

    def __init__(self) -> None:
        self._seen: list[str] = []  # several threads append; that is atomic

    @property
    def cost(self) -> Cost:
        """What was counted so far."""
        seen = Counter(self._seen)
        return Cost(seen["hop"], seen["thread"], seen["file"], seen["connection"], seen["task"], seen["wakeup"])

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count until the end of the block, which runs in an event loop."""
        loop = asyncio.get_running_loop()
        with ExitStack() as stack:
            stack.enter_context(self._counted(asyncio.BaseEventLoop, "run_in_executor", "hop"))
            stack.enter_context(self._counted(asyncio.BaseEventLoop, "call_soon_threadsafe", "wakeup"))
            stack.enter_context(self._counted(threading.Thread, "start", "thread"))
            stack.enter_context(self._counted(tempfile.SpooledTemporaryFile, "__init__", "file"))
            for name in ("TemporaryFile", "NamedTemporaryFile"):
                for module in holders(getattr(tempfile, name), name):
                    stack.enter_context(self._counted(module, name, "file"))
            connection_created.connect(self._connected)
            stack.callback(connection_created.disconnect, self._connected)
            stack.callback(loop.set_task_factory, loop.get_task_factory())
            loop.set_task_factory(self._task)
            yield

    def _counted(self, owner: object, name: str, thing: str) -> Any:
        """Return the patch of this function: it is counted, then called."""
        original = getattr(owner, name)

        def counted(*args: Any, **options: Any) -> Any:
            self._seen.append(thing)
            return original(*args, **options)

        return mock.patch.object(owner, name, counted)

    def _connected(self, **options: Any) -> None:
        self._seen.append("connection")

    def _task(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        self._seen.append("task")
        return asyncio.Task(coroutine, loop=loop, **options)


def holders(thing: object, name: str) -> list[object]:
    """Return the modules in which this name is this object: `from tempfile import …` makes one more each time."""
    return [module for module in list(sys.modules.values()) if vars(module).get(name) is thing]
