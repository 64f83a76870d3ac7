"""The lifespan protocol: a server asks before its first connection and after its last one.

Specification: https://asgi.readthedocs.io/en/latest/specs/lifespan.html
"""

from gingerdj.types import Receive, Send


async def answer(receive: Receive, send: Send) -> None:
    """Say that start-up and shutdown are complete; return after shutdown.

    Raises ValueError for an event that is not part of the protocol.
    """
    while True:
        event = (await receive())["type"]
        if event == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif event == "lifespan.shutdown":
            await send({"type": "lifespan.shutdown.complete"})
            return
        else:
            raise ValueError(f"The lifespan protocol has no event {event!r}.")
