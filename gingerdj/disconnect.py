"""The end of a request whose client leaves: its task is cancelled where it waits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from django.core.exceptions import RequestAborted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType


class Watch:
    """A context that ends, without an error, when the client leaves.

    The block runs in the task that entered it, like that of ``asyncio.timeout``: what the view opens there (a timeout,
    a task group, a scope of anyio) belongs to it. The watch begins when the task waits for the first time; a request
    that never waits, has none.
    """

    def __init__(self, listen: Callable[[], Awaitable[None]]) -> None:
        self.listen = listen
        """Returns never: raises RequestAborted when the client leaves, something else when the server errs."""
        self.listener: asyncio.Task[None] | None = None
        self.reason: BaseException | None = None
        self.ended = False

    async def __aenter__(self) -> Self:
        task = asyncio.current_task()
        assert task is not None, "an ASGI application runs in a task"
        self.task = task
        self.cancelling = task.cancelling()
        self.handle = asyncio.get_running_loop().call_soon(self.start)
        return self

    def start(self) -> None:
        """The task waits: watch the client."""
        self.listener = asyncio.get_running_loop().create_task(self.watch())

    async def watch(self) -> None:
        """Cancel the task when the client leaves."""
        try:
            await self.listen()
        except asyncio.CancelledError:
            raise
        except BaseException as reason:
            if not self.ended:  # by then it may be the answer to its own cancellation
                self.reason = reason
                self.task.cancel()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        self.handle.cancel()
        if self.reason is not None:
            return self.left(error)
        if self.listener is not None:
            self.ended = True
            self.listener.cancel()
            await asyncio.wait([self.listener])
        return isinstance(error, RequestAborted)

    def left(self, error: BaseException | None) -> bool:
        """Whether the block ended for this reason alone. Raises what else the server said."""
        assert self.reason is not None
        left = error is None or isinstance(error, asyncio.CancelledError | RequestAborted)
        alone = self.task.uncancel() <= self.cancelling and left
        if alone and not isinstance(self.reason, RequestAborted):
            raise self.reason
        return alone
