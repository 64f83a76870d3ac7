"""Three lines, one chunk each, in the two kinds of iterator."""

from collections.abc import AsyncIterator, Iterator


def lines() -> Iterator[bytes]:
    """Yield three chunks."""
    yield from (b"one\n", b"two\n", b"three\n")


async def alines() -> AsyncIterator[bytes]:
    """Yield three chunks."""
    for line in lines():
        yield line
