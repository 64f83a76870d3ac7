"""A WebSocket connection, event by event: what the view says and gets."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from typing import TYPE_CHECKING, Any

import pytest
from django.http import HttpResponse
from django.http.response import BadHeaderError
from django.utils.safestring import SafeString

from gingerdj.connection import Disconnected
from gingerdj.drain import stopping
from gingerdj.websocket import BadMessage, WebSocket, sendable
from tests.project.server import run
from tests.project.socket import Peer, connect, data, left, routed, socket, text

if TYPE_CHECKING:
    from tests.project.driver import Event

ACCEPT = {"type": "websocket.accept"}


def sent(message: str | bytes) -> dict[str, Any]:
    """A message of the application."""
    return {"type": "websocket.send", ("text" if isinstance(message, str) else "bytes"): message}


def closed(code: int = 1000, reason: str = "") -> dict[str, Any]:
    """The application closes the connection."""
    return {"type": "websocket.close", "code": code, "reason": reason}


async def echo(socket: WebSocket) -> None:
    await socket.accept()
    async for message in socket:
        await socket.send(message)


def test_messages_come_and_go() -> None:
    events = connect(echo, text("one"), data(b"two"), text(""), data(b""), left(1001))
    assert events == [ACCEPT, sent("one"), sent(b"two"), sent(""), sent(b"")]


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ({"type": "websocket.receive", "text": "a", "bytes": None}, "a"),
        ({"type": "websocket.receive", "text": None, "bytes": b"a"}, b"a"),
        ({"type": "websocket.receive", "bytes": b""}, b""),
        ({"type": "websocket.receive", "text": ""}, ""),
    ],
)
def test_either_key_of_a_message_may_be_none_or_missing(event: dict[str, Any], message: str | bytes) -> None:
    assert connect(echo, event, left()) == [ACCEPT, sent(message)]


def test_the_view_closes() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close(4001, "enough")
        await socket.close()
        with pytest.raises(Disconnected, match="4001, enough") as raised:
            await socket.send("more")
        assert (raised.value.code, raised.value.reason) == (4001, "enough")
        with pytest.raises(Disconnected):
            await socket.receive()

    assert connect(view) == [ACCEPT, closed(4001, "enough")]


def test_a_view_that_returns_closes() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()

    assert connect(view) == [ACCEPT, closed(1000)]


def test_a_view_that_returns_when_the_server_stops_says_so() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        async for message in stopping.until(socket):
            assert message == "stop"
            stopping.set()

    try:
        assert connect(view, text("stop")) == [ACCEPT, closed(1001)]
    finally:
        stopping.clear()


def test_the_client_leaves_and_the_view_learns_how() -> None:
    found = []

    async def view(socket: WebSocket) -> None:
        await socket.accept()
        before = socket.closed
        try:
            await socket.receive()
        finally:
            found.append((before, socket.closed and (socket.closed.code, socket.closed.reason)))

    assert connect(view, left(4100, "bye")) == [ACCEPT]
    assert connect(view, {"type": "websocket.disconnect"}) == [ACCEPT]
    assert connect(view, {"type": "websocket.disconnect", "code": 1001, "reason": None}) == [ACCEPT]
    assert found == [(None, (4100, "bye")), (None, (1005, "")), (None, (1001, ""))]


def test_a_view_that_only_sends_learns_that_the_client_has_left_where_the_server_does_not_say_so() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        while True:
            try:
                await socket.send("tick")
            except Disconnected as error:
                found.append(error.code)
                raise
            await asyncio.sleep(0)

    found: list[int] = []
    assert connect(view, left(4100))[:2] == [ACCEPT, sent("tick")]
    assert found == [4100]


def test_a_view_that_answers_each_message_has_nobody_listen_beside_it() -> None:
    """A task that listens would make the view end later when the server stops: Daphne leaves it a few steps."""
    waiting: list[int] = []

    async def view(socket: WebSocket) -> None:
        await socket.accept()
        for _ in range(2):
            await socket.send(await socket.receive())
            await asyncio.sleep(0)
            waiting.append(peer.waiting)
        await socket.send("more")
        await asyncio.sleep(0)
        waiting.append(peer.waiting)

    async def scenario() -> None:
        await application(socket(), peer.receive, peer.send)

    peer = Peer(text("a"), text("b"))
    with routed(view) as application:
        run(scenario())
    assert waiting == [0, 0, 1]
    assert peer.waiting == 0


def test_what_came_while_the_view_sent_is_not_lost() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        for number in range(3):
            await socket.send(str(number))
            await asyncio.sleep(0)
        await socket.send(await socket.receive())
        await socket.send(await socket.receive())

    events = connect(view, text("a"), text("b"), left())
    assert [event.get("text") for event in events[1:]] == ["0", "1", "2", "a", "b", None]


def test_a_message_that_comes_as_the_view_stops_waiting_is_not_lost() -> None:
    async def scenario() -> None:
        peer = Peer()

        async def view(socket: WebSocket) -> None:
            await socket.accept()
            await socket.send("ready")
            await socket.send("go")
            waits = asyncio.create_task(socket.receive())
            await asyncio.sleep(0)
            peer.events.put_nowait(text("a"))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            waits.cancel()
            await asyncio.wait([waits])
            assert waits.cancelled()
            await socket.send(await socket.receive())

        with routed(view) as application:
            await application(socket(), peer.receive, peer.send)
        assert peer.sent == [ACCEPT, sent("ready"), sent("go"), sent("a"), closed()]
        assert peer.waiting == 0

    run(scenario())


def test_a_view_that_waits_is_interrupted_at_once() -> None:
    """Daphne leaves it a few steps of the loop."""

    async def scenario() -> None:
        peer = Peer()

        async def view(socket: WebSocket) -> None:
            await socket.accept()
            await socket.send("ready")
            waits = asyncio.create_task(socket.receive())
            await asyncio.sleep(0)
            waits.cancel()
            await asyncio.sleep(0)
            assert waits.done()

        with routed(view) as application:
            await application(socket(), peer.receive, peer.send)
        assert peer.sent == [ACCEPT, sent("ready"), closed()]

    run(scenario())


def test_a_task_closes_while_the_view_waits_for_a_message() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send("one")
        closing = asyncio.create_task(socket.close(4001))
        assert [message async for message in socket] == []
        assert socket.closed is not None
        assert socket.closed.code == 4001
        await closing
        seen.append("the end")

    seen: list[str] = []
    assert connect(view) == [ACCEPT, sent("one"), closed(4001)]
    assert seen == ["the end"]


def test_nothing_is_waited_for_as_the_view_closes() -> None:
    """Granian does not close otherwise."""

    class Strict(Peer):
        async def send(self, event: Event) -> None:
            assert self.waiting == 0 or event["type"] != "websocket.close"
            await super().send(event)

    async def scenario() -> None:
        peer = Strict()

        async def view(socket: WebSocket) -> None:
            await socket.accept()
            await socket.send("one")
            await socket.send("two")
            await asyncio.sleep(0)
            assert peer.waiting == 1

        with routed(view) as application:
            await application(socket(), peer.receive, peer.send)
        assert peer.sent == [ACCEPT, sent("one"), sent("two"), closed()]

    run(scenario())


@pytest.mark.parametrize("messages", [0, 1, 2])
@pytest.mark.parametrize("iterates", [True, False])
def test_another_task_closes_while_the_view_waits(messages: int, iterates: bool) -> None:
    """Granian does not send a close while an event is waited for, and the view would wait for ever."""

    class Strict(Peer):
        async def send(self, event: Event) -> None:
            assert self.waiting == 0 or event["type"] != "websocket.close"
            await super().send(event)

    async def view(socket: WebSocket) -> None:
        await socket.accept()
        for _ in range(messages):
            await socket.send("tick")
        kick = asyncio.create_task(socket.close(4001, "kicked"))
        if iterates:
            async for _ in socket:
                raise AssertionError("nobody sends")
        else:
            with pytest.raises(Disconnected, match="4001, kicked"):
                await socket.receive()
        await kick

    async def scenario() -> list[Event]:
        peer = Strict()
        await application(socket(), peer.receive, peer.send)
        assert peer.waiting == 0
        return peer.sent

    with routed(view) as application:
        assert run(scenario()) == [ACCEPT, *[sent("tick")] * messages, closed(4001, "kicked")]


def test_the_close_is_sent_though_its_task_is_cancelled() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        kick = asyncio.create_task(socket.close(4001, "kicked"))
        async for _ in socket:
            raise AssertionError("nobody sends")
        kick.cancel()

    assert connect(view) == [ACCEPT, closed(4001, "kicked")]


def test_a_view_that_is_cancelled_as_another_task_closes_is_cancelled() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        waits = asyncio.create_task(socket.receive())
        await asyncio.sleep(0)
        kick = asyncio.create_task(socket.close(4001, "kicked"))
        await asyncio.sleep(0)
        waits.cancel()
        await asyncio.wait([waits])
        assert waits.cancelled()
        await kick

    assert connect(view) == [ACCEPT, closed(4001, "kicked")]


def test_the_server_says_that_the_client_has_left() -> None:
    async def scenario() -> None:
        peer = Peer()

        async def view(socket: WebSocket) -> None:
            await socket.accept()
            peer.gone = True
            with pytest.raises(Disconnected, match="1006"):
                await socket.send("anybody?")

        with routed(view) as application:
            await application(socket(), peer.receive, peer.send)
        assert peer.sent == [ACCEPT]
        assert peer.waiting == 0

    run(scenario())


def test_two_tasks_do_not_receive_at_once() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        first = asyncio.ensure_future(socket.receive())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="/ws/: another task waits"):
            await socket.receive()
        first.cancel()
        await asyncio.wait([first])
        assert socket.closed is None

    assert connect(view) == [ACCEPT, closed()]


@pytest.mark.parametrize("call", ["receive", "receive_text", "receive_json", "send"])
def test_nothing_before_it_is_accepted(call: str) -> None:
    async def view(socket: WebSocket) -> None:
        with pytest.raises(RuntimeError, match=r"/ws/ has not been accepted: await socket\.accept\(\) first"):
            await getattr(socket, call)(*(["hello"] if call == "send" else []))
        await socket.accept()
        with pytest.raises(RuntimeError, match="/ws/ is open"):
            await socket.accept()

    assert connect(view) == [ACCEPT, closed()]


def test_a_subprotocol_is_one_that_the_client_offers() -> None:
    async def view(socket: WebSocket) -> None:
        assert socket.subprotocols == ["chat.v2", "chat.v1"]
        with pytest.raises(ValueError, match=r"offers the subprotocols .*, not 'chat'"):
            await socket.accept("chat")
        await socket.accept("chat.v1")
        assert socket.subprotocol == "chat.v1"

    events = connect(view, scope=socket(subprotocols=["chat.v2", "chat.v1"]))
    assert events[0] == {"type": "websocket.accept", "subprotocol": "chat.v1"}


def test_headers_of_the_handshake() -> None:
    async def view(socket: WebSocket) -> None:
        with pytest.raises(ValueError, match="sec-websocket-protocol"):
            await socket.accept(headers={"Sec-WebSocket-Protocol": "chat"})
        with pytest.raises(BadHeaderError):
            await socket.accept(headers={"X-Room": "7\n"})
        with pytest.raises(BadHeaderError):
            await socket.accept(headers={"X-Room": "7\0"})
        await socket.accept(headers={"X-Room": "7"})

    assert connect(view)[0] == {"type": "websocket.accept", "headers": [(b"x-room", b"7")]}


def test_json() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_json(await socket.receive_json())
        await socket.send_json(await socket.receive_json())
        await socket.send_json({"day": dt.date(2026, 11, 21), "é": 1})
        with pytest.raises(TypeError, match="object"):
            await socket.send_json(object())

    events = connect(view, text('{"a": [1, null]}'), data(b'"b"'))
    assert [event.get("text") for event in events[1:-1]] == [
        '{"a":[1,null]}',
        '"b"',
        '{"day":"2026-11-21","\\u00e9":1}',
    ]


@pytest.mark.parametrize(
    ("call", "event", "code", "problem"),
    [
        ("receive_json", text("{"), 1007, "not JSON"),
        ("receive_json", data(b"\xff"), 1007, "not JSON"),
        ("receive_json", text("[" * 100_000), 1007, "not JSON"),
        ("receive_text", data(b"a"), 1003, "binary, not text"),
        ("receive_bytes", text("a"), 1003, "text, not binary"),
    ],
)
def test_a_message_that_the_view_does_not_take_closes_the_connection(
    call: str, event: dict[str, Any], code: int, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        await getattr(socket, call)()

    with caplog.at_level(logging.WARNING):
        assert connect(view, event) == [ACCEPT, closed(code)]
    assert problem in caplog.text
    assert "Traceback" not in caplog.text


def test_the_view_may_take_a_bad_message_itself() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        try:
            await socket.receive_json()
        except BadMessage as error:
            await socket.send(str(error.code))

    assert connect(view, text("{")) == [ACCEPT, sent("1007"), closed()]


def test_messages_are_plain_strings_and_bytes() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        for message in (SafeString("a"), bytearray(b"b"), memoryview(b"c")):
            await socket.send(message)  # type: ignore[arg-type]  # for mypy these two are no bytes
        with pytest.raises(TypeError, match="not dict; see send_json"):
            await socket.send({})  # type: ignore[arg-type]

    events = connect(view)[1:-1]
    assert [type(event.get("text", event.get("bytes"))) for event in events] == [str, bytes, bytes]


def test_an_exception_of_the_view_closes_and_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        raise LookupError("no such room")

    assert connect(view, failing=True) == [ACCEPT, closed(1011)]
    assert [record.getMessage() for record in caplog.records] == ["WebSocket view failed: /ws/"]
    assert "LookupError: no such room" in caplog.text


def test_tasks_of_a_view_may_learn_that_the_client_has_left(caplog: pytest.LogCaptureFixture) -> None:
    async def view(socket: WebSocket) -> None:
        async def reads() -> None:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(socket.receive())

        await socket.accept()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(reads())

    assert connect(view, left()) == [ACCEPT]
    assert caplog.text == ""


@pytest.mark.parametrize(("other", "code"), [(Disconnected(1006), 1003), (LookupError("no such room"), 1011)])
def test_tasks_of_a_view_may_get_a_bad_message(other: Exception, code: int, caplog: pytest.LogCaptureFixture) -> None:
    async def breaks() -> None:
        raise other

    async def view(socket: WebSocket) -> None:
        await socket.accept()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(socket.receive_text())
            tasks.create_task(breaks())

    assert connect(view, data(b"a"), failing=True) == [ACCEPT, closed(code)]
    assert ("Traceback" in caplog.text) is (code == 1011)


def test_a_response_after_accepting_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    async def view(socket: WebSocket) -> HttpResponse:
        await socket.accept()
        return HttpResponse("too late")

    assert connect(view, failing=True) == [ACCEPT, closed(1011)]
    assert "cannot return" in caplog.text


@pytest.mark.parametrize("code", [999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 0])
def test_a_code_that_is_not_for_applications(code: int) -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        with pytest.raises(ValueError, match=f"not {code}"):
            await socket.close(code)

    assert not sendable(code)
    assert connect(view) == [ACCEPT, closed()]


def test_a_reason_fits_into_a_control_frame() -> None:
    async def view(socket: WebSocket) -> None:
        await socket.accept()
        with pytest.raises(ValueError, match="at most 123 bytes in UTF-8, not 124"):
            await socket.close(1000, "é" * 62)
        await socket.close(3000, "é" * 61 + "!")

    assert connect(view) == [ACCEPT, closed(3000, "é" * 61 + "!")]


def test_unknown_event(caplog: pytest.LogCaptureFixture) -> None:
    assert connect(echo, {"type": "websocket.mystery"}, failing=True) == [ACCEPT, closed(1011)]
    assert "'websocket.mystery'" in caplog.text


def test_it_says_what_it_is() -> None:
    async def view(socket: WebSocket) -> None:
        assert repr(socket) == "<WebSocket /ws/: has not been accepted>"
        await socket.accept()
        assert repr(socket) == "<WebSocket /ws/: is open>"
        await socket.close()
        assert repr(socket) == "<WebSocket /ws/: is closed>"
        with pytest.raises(AttributeError, match="nothing"):
            _ = socket.nothing

    connect(view)
