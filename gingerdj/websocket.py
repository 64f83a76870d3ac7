"""WebSocket connections. None is served yet: each is refused during its handshake.

Specification: https://asgi.readthedocs.io/en/latest/specs/www.html#websocket
"""

from gingerdj.types import Receive, Send


async def refuse(receive: Receive, send: Send) -> None:
    """Close before accepting, which the server tells the client as HTTP 403.

    `websocket.close` may only answer `websocket.connect`; a client that has left already gets no answer.
    Raises ValueError when the connection opens with any other event.
    """
    event = (await receive())["type"]
    if event == "websocket.connect":
        await send({"type": "websocket.close"})
    elif event != "websocket.disconnect":
        raise ValueError(f"A WebSocket connection opens with websocket.connect, not {event!r}.")
