"""A WebSocket connection, event by event."""

import pytest

from gingerdj import websocket
from tests.project.driver import AskedForMore, play


def test_closes_before_accepting() -> None:
    assert play(websocket.refuse, [{"type": "websocket.connect"}]) == [{"type": "websocket.close"}]


def test_says_nothing_before_the_handshake() -> None:
    with pytest.raises(AskedForMore) as asked:
        play(websocket.refuse, [])
    assert asked.value.sent == []


def test_client_that_has_left_gets_no_answer() -> None:
    assert play(websocket.refuse, [{"type": "websocket.disconnect", "code": 1006}]) == []


def test_unknown_event() -> None:
    with pytest.raises(ValueError, match=r"not 'websocket\.receive'"):
        play(websocket.refuse, [{"type": "websocket.receive", "text": "hello"}])
