"""The watch that ends a request whose client leaves, alone: without a request around it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from django.core.exceptions import RequestAborted

from gingerdj.disconnect import Watch
from tests.project.server import run

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    Block = Callable[[], Coroutine[Any, Any, None]]


class Client:
    """A client that leaves when it is told to."""

    def __init__(self, reason: BaseException | None = None) -> None:
        self.reason = reason or RequestAborted()
        self.leaves = asyncio.Event()
        self.heard = asyncio.Event()
        """Is set once somebody listens to it."""
        self.calls = 0
        """How often somebody began to listen to it."""
        self.listening = False

    async def listen(self) -> None:
        """Raise the reason once the client leaves."""
        self.calls += 1
        self.listening = True
        self.heard.set()
        try:
            await self.leaves.wait()
            raise self.reason
        finally:
            self.listening = False


def own() -> asyncio.Task[None]:
    """The task that runs."""
    task = asyncio.current_task()
    assert task is not None
    return task


async def turns(number: int = 5) -> None:
    """Let all that is ready run."""
    for _ in range(number):
        await asyncio.sleep(0)


async def forever() -> None:
    """Wait for nothing."""
    await asyncio.Event().wait()


def others() -> set[asyncio.Task[Any]]:
    """The tasks beside this one."""
    return asyncio.all_tasks() - {own()}


def test_a_block_that_never_waits_has_no_listener() -> None:
    async def scenario() -> None:
        client = Client()
        async with Watch(client.listen) as watch:
            pass
        await turns()
        assert (others(), client.calls, watch.listener) == (set(), 0, None)

    run(scenario())


def test_a_block_that_waits_has_one_listener_which_ends_with_it() -> None:
    async def scenario() -> None:
        client = Client()
        async with Watch(client.listen):
            await client.heard.wait()
            assert client.listening
            await client.heard.wait()
        assert (others(), client.calls, client.listening) == (set(), 1, False)
        assert own().cancelling() == 0

    run(scenario())


def test_a_client_that_leaves_ends_the_block_quietly() -> None:
    async def scenario() -> list[str]:
        client, seen = Client(), []
        async with Watch(client.listen):
            try:
                await client.heard.wait()
                client.leaves.set()
                await forever()
            except asyncio.CancelledError:
                seen.append("cancelled")
                raise
        seen.append(f"after it, cancelling {own().cancelling()}")
        await turns()
        return seen

    assert run(scenario()) == ["cancelled", "after it, cancelling 0"]


def test_a_client_that_has_left_before_the_block_waits() -> None:
    async def scenario() -> None:
        client = Client()
        client.leaves.set()
        async with Watch(client.listen):
            await forever()
        assert own().cancelling() == 0

    run(scenario())


def test_an_error_of_the_block_passes() -> None:
    async def scenario() -> None:
        client = Client()

        async def request() -> None:
            async with Watch(client.listen):
                await client.heard.wait()
                raise LookupError("of the view")

        with pytest.raises(LookupError, match="of the view"):
            await request()
        assert (others(), client.listening) == (set(), False)

    run(scenario())


def test_an_error_of_the_block_as_it_is_cancelled_passes() -> None:
    async def scenario() -> None:
        client = Client()

        async def request() -> None:
            async with Watch(client.listen):
                client.leaves.set()
                try:
                    await forever()
                finally:
                    raise LookupError("while it ended")

        with pytest.raises(LookupError, match="while it ended"):
            await request()
        assert own().cancelling() == 0

    run(scenario())


def test_send_may_say_first_that_the_client_has_left() -> None:
    """The Out of a response raises RequestAborted for the OSError of a server."""

    async def scenario() -> None:
        client = Client()
        async with Watch(client.listen):
            await client.heard.wait()
            raise RequestAborted
        assert (others(), client.listening) == (set(), False)

    run(scenario())


def test_receive_and_send_may_both_say_that_the_client_has_left() -> None:
    async def scenario() -> None:
        client = Client()
        async with Watch(client.listen):
            client.leaves.set()
            try:
                await forever()
            except asyncio.CancelledError:
                raise RequestAborted from None  # as send does, in a view that goes on after it was cancelled
        assert own().cancelling() == 0

    run(scenario())


@pytest.mark.parametrize(
    "reason", [ValueError("an unknown event"), AssertionError("http.mistake"), OSError("a socket")]
)
def test_what_else_the_listener_raises_is_raised(reason: Exception) -> None:
    async def scenario() -> None:
        client = Client(reason)

        async def request() -> None:
            async with Watch(client.listen):
                client.leaves.set()
                await forever()

        with pytest.raises(type(reason), match=str(reason)):
            await request()
        assert own().cancelling() == 0
        await turns()

    run(scenario())


def test_an_error_of_the_listener_after_a_swallowed_cancellation_is_raised() -> None:
    async def scenario() -> None:
        client = Client(ValueError("an unknown event"))

        async def request() -> None:
            async with Watch(client.listen):
                client.leaves.set()
                with pytest.raises(asyncio.CancelledError):
                    await forever()

        with pytest.raises(ValueError, match="an unknown event"):
            await request()
        assert own().cancelling() == 0

    run(scenario())


def test_a_block_may_go_on_after_it_was_cancelled() -> None:
    async def scenario() -> str:
        client, seen = Client(), ""
        async with Watch(client.listen):
            client.leaves.set()
            try:
                await forever()
            except asyncio.CancelledError:
                seen = "swallowed"
            await turns()
            seen += " and went on"
        assert own().cancelling() == 0
        await turns()
        return seen

    assert run(scenario()) == "swallowed and went on"


@pytest.mark.parametrize("swallows", [False, True])
def test_cancellation_from_outside_passes(swallows: bool) -> None:
    async def scenario() -> None:
        client = Client()

        async def request() -> None:
            async with Watch(client.listen):
                try:
                    await forever()
                except asyncio.CancelledError:
                    if not swallows:
                        raise

        task = asyncio.create_task(request())
        await client.heard.wait()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled() is not swallows
        assert task.cancelling() == 1, "the watch takes back only what it asked for"
        assert (others(), client.listening) == (set(), False)

    run(scenario())


@pytest.mark.parametrize("first", ["client", "outside"])
@pytest.mark.parametrize("reason", [RequestAborted(), ValueError("an unknown event")])
def test_cancellation_from_outside_wins_where_both_come_at_once(first: str, reason: Exception) -> None:
    async def scenario() -> None:
        client, ended = Client(reason), asyncio.Event()

        async def request() -> None:
            async with Watch(client.listen):
                try:
                    await forever()
                except asyncio.CancelledError:
                    await ended.wait()  # both have come before it ends
                    raise

        task = asyncio.create_task(request())
        await client.heard.wait()
        if first == "outside":
            task.cancel()
            client.leaves.set()
        else:
            client.leaves.set()
            await turns()
            task.cancel()
        await turns()
        ended.set()
        await asyncio.wait([task])
        assert task.cancelled()
        assert task.cancelling() == 1
        assert others() == set()

    run(scenario())


def test_cancellation_that_came_before_the_block_is_not_taken_back() -> None:
    async def scenario() -> None:
        client = Client()

        async def request() -> None:
            with pytest.raises(asyncio.CancelledError):
                await forever()
            async with Watch(client.listen):  # a view that cleans up, say
                client.leaves.set()
                await forever()

        task = asyncio.create_task(request())
        await turns()
        task.cancel()
        await asyncio.wait([task])
        assert (task.exception(), task.cancelling()) == (None, 1)

    run(scenario())


def test_a_timeout_in_the_block_is_its_own() -> None:
    async def scenario() -> None:
        client = Client()
        async with Watch(client.listen):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await forever()
            await turns()
            with anyio.move_on_after(0) as scope:
                await forever()
            assert scope.cancelled_caught
        assert own().cancelling() == 0

    run(scenario())


def test_a_timeout_around_the_block_is_its_own() -> None:
    async def scenario() -> None:
        client = Client()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0), Watch(client.listen):
                await forever()
        assert (others(), own().cancelling()) == (set(), 0)

    run(scenario())


async def in_a_timeout() -> None:
    async with asyncio.timeout(3600):
        await forever()


async def in_a_task_group() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(forever())
        group.create_task(forever())


async def in_a_scope_of_anyio() -> None:
    with anyio.move_on_after(3600):
        await forever()


async def in_a_group_of_anyio() -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(forever)


async def in_a_queue() -> None:
    async with asyncio.timeout(3600), asyncio.TaskGroup() as group:
        await group.create_task(asyncio.Queue[None]().get())


BLOCKS: list[Block] = [in_a_timeout, in_a_task_group, in_a_scope_of_anyio, in_a_group_of_anyio, in_a_queue]


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.__name__)
def test_what_the_view_opens_ends_when_the_client_leaves(block: Block) -> None:
    async def scenario() -> None:
        client, ended = Client(), False
        async with Watch(client.listen):
            await client.heard.wait()
            client.leaves.set()
            await block()
            ended = True
        assert not ended
        assert (others(), own().cancelling()) == (set(), 0)

    run(scenario())


def test_the_listener_and_a_timeout_at_once() -> None:
    """The client leaves in the turn in which the view's own timeout comes: both are taken back."""

    async def scenario() -> None:
        client = Client()
        async with Watch(client.listen):
            await client.heard.wait()
            client.leaves.set()
            with pytest.raises((TimeoutError, asyncio.CancelledError)):
                async with asyncio.timeout(0):
                    await forever()
            await turns()
        assert own().cancelling() == 0

    run(scenario())


def test_a_client_that_leaves_as_the_block_ends() -> None:
    """What the listener has not said by then is of no interest any more."""

    async def scenario() -> None:
        client = Client()
        async with Watch(client.listen):
            await client.heard.wait()
            client.leaves.set()
        assert (others(), own().cancelling()) == (set(), 0)
        await turns()

    run(scenario())


def test_a_listener_that_answers_its_cancellation() -> None:
    """ASGI middleware may wrap receive, and say http.disconnect when it is cancelled."""

    async def scenario() -> None:
        heard = asyncio.Event()

        async def listen() -> None:
            heard.set()
            try:
                await forever()
            except asyncio.CancelledError:
                raise RequestAborted from None

        async with Watch(listen):
            await heard.wait()
        await turns()  # what comes next in the task is not cancelled
        assert own().cancelling() == 0

    run(scenario())


def test_watches_in_one_task_follow_each_other() -> None:
    """As the requests of a connection do in a server that serves them in one task."""

    async def scenario() -> None:
        for leaves in (True, False, True):
            client = Client()
            async with Watch(client.listen):
                await client.heard.wait()
                if leaves:
                    client.leaves.set()
                    await forever()
            assert (others(), own().cancelling(), client.listening) == (set(), 0, False)

    run(scenario())


FACTORIES = list(dict.fromkeys([None, getattr(asyncio, "eager_task_factory", None)]))
"""What makes the tasks of an event loop: from Python 3.12 on, one that begins them at once."""


@pytest.mark.parametrize("factory", FACTORIES)
@pytest.mark.parametrize("reason", [None, RequestAborted(), ValueError("an unknown event")])
def test_with_other_tasks(factory: Any, reason: Exception | None) -> None:
    async def scenario() -> None:
        asyncio.get_running_loop().set_task_factory(factory)
        client = Client(reason)
        if reason is not None:
            client.leaves.set()

        async def request() -> None:
            async with Watch(client.listen):
                await (client.heard.wait() if reason is None else forever())

        task = asyncio.create_task(request())
        await asyncio.wait([task])
        assert task.exception() is (reason if isinstance(reason, ValueError) else None)
        assert (others(), task.cancelling(), client.listening) == (set(), 0, False)

    run(scenario())
