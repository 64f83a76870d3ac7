"""Lifespans of the small project that fail."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager


def refuses() -> AbstractAsyncContextManager[None]:
    """One that cannot be entered. Raises ConnectionRefusedError."""
    raise ConnectionRefusedError("no broker")


@asynccontextmanager
async def breaks() -> AsyncIterator[None]:
    """One that fails when it is left."""
    yield
    raise ConnectionResetError("broker gone")
