"""The same scripts of events, played to GingerDJ, Starlette and Channels: the same comes back, but where we say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import URLRouter
from django.core.exceptions import PermissionDenied
from django.urls import path
from starlette.websockets import WebSocket as StarletteSocket

from tests.project.server import run
from tests.project.socket import Peer, data, left, routed, socket, text

if TYPE_CHECKING:
    from tests.project.driver import Event

SCRIPTS: dict[str, list[Event]] = {
    "echo": [text("one"), data(b"two"), left(1001)],
    "closes": [left(4001, "enough")],
    "ends": [left(1000)],
    "refuses": [left(1006)],
    "fails early": [],
    "fails late": [],
    "subprotocol": [left(1000)],
    "header": [left(1000)],
}
"""What the client does while an application does what the name says."""


class Ginger:
    """GingerDJ's views, one for each script."""

    async def __call__(self, socket: Any, name: str) -> None:
        await getattr(self, name.replace(" ", "_"))(socket)

    async def echo(self, socket: Any) -> None:
        await socket.accept()
        async for message in socket:
            await socket.send(message)

    async def closes(self, socket: Any) -> None:
        await socket.accept()
        await socket.close(4001, "enough")

    async def ends(self, socket: Any) -> None:
        await socket.accept()

    async def refuses(self, socket: Any) -> None:
        await socket.close()

    async def fails_early(self, _: Any) -> None:
        raise PermissionDenied

    async def fails_late(self, socket: Any) -> None:
        await socket.accept()
        raise PermissionDenied

    async def subprotocol(self, socket: Any) -> None:
        await socket.accept("chat")
        await socket.close()

    async def header(self, socket: Any) -> None:
        await socket.accept(headers={"X-Room": "7"})
        await socket.close()


class Starlette(Ginger):
    """The same with Starlette's connection, which has other names."""

    async def echo(self, socket: Any) -> None:
        await socket.accept()
        while (event := await socket.receive())["type"] != "websocket.disconnect":
            await socket.send({**event, "type": "websocket.send"})

    async def header(self, socket: Any) -> None:
        await socket.accept(headers=[(b"x-room", b"7")])
        await socket.close()


class Consumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # Channels ships no types
    """The same as a consumer of Channels."""

    @property
    def name(self) -> str:
        """The script."""
        return str(self.scope["url_route"]["kwargs"]["name"])

    async def connect(self) -> None:
        """Do what the script says."""
        match self.name:
            case "refuses":
                await self.close()
                return
            case "fails early":
                raise PermissionDenied
            case "subprotocol":
                await self.accept("chat")
            case "header":
                await self.accept(headers=[(b"x-room", b"7")])
            case _:
                await self.accept()
        match self.name:
            case "closes":
                await self.close(4001, "enough")
            case "fails late":
                raise PermissionDenied
            case "subprotocol" | "header":
                await self.close()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Send it back."""
        await self.send(text_data=text_data, bytes_data=bytes_data)


async def starlette(scope: Any, receive: Any, send: Any) -> None:
    """Starlette's connection, without its routes."""
    await Starlette()(StarletteSocket(scope, receive, send), scope["path"].strip("/"))


def plain(event: Event) -> dict[str, Any]:
    """An event without what means nothing."""
    found = {name: value for name, value in event.items() if value not in (None, "", [])}
    if event["type"] == "websocket.close" and found.get("code") == 1000:
        del found["code"]
    return found


def play(application: Any, name: str) -> list[dict[str, Any]]:
    """What an application sends, and what comes out of it."""

    async def scenario() -> list[dict[str, Any]]:
        peer = Peer(*SCRIPTS[name])
        sent = peer.sent
        try:
            await application(
                socket(f"/{name}/", subprotocols=["chat"], extensions={}, raw_path=b""), peer.receive, peer.send
            )
        except Exception as error:
            sent.append({"type": type(error).__name__})
        return [plain(event) for event in sent]

    return run(scenario())


def gingerdj(name: str) -> list[dict[str, Any]]:
    """What GingerDJ sends."""
    with routed(Ginger(), "<str:name>/") as application:
        return play(application, name)


ACCEPT, CLOSE = {"type": "websocket.accept"}, {"type": "websocket.close"}
DIFFERENT = {
    # The exception is logged, and the client told; with the others it is the server that logs and closes.
    "fails early": ([CLOSE], [{"type": "PermissionDenied"}]),
    "fails late": ([ACCEPT, {**CLOSE, "code": 1011}], [ACCEPT, {"type": "PermissionDenied"}]),
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_same_events(name: str) -> None:
    ours = gingerdj(name)
    consumer = URLRouter([path("<str:name>/", Consumer.as_asgi())])
    others = {"Starlette": play(starlette, name), "Channels": play(consumer, name)}
    if name == "ends":
        # A function that returns has nothing more to say, so we close; a consumer stays until its client leaves.
        assert (ours, others) == ([ACCEPT, CLOSE], {"Starlette": [ACCEPT], "Channels": [ACCEPT]})
        return
    expected, theirs = DIFFERENT.get(name, (ours, ours))
    assert ours == expected
    assert others == {"Starlette": theirs, "Channels": theirs}


def test_connections_may_go_to_another_application() -> None:
    consumer = URLRouter([path("<str:name>/", Consumer.as_asgi())])
    with routed(Ginger(), "<str:name>/") as application:
        application.websocket = consumer
        assert play(application, "echo") == gingerdj("echo")
