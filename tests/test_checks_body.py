"""gingerdj.W009, W010 and W011: bodies."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from gingerdj.checks.body import check_body
from tests.project.server import configure


def found(**changes: Any) -> dict[str | None, str]:
    """The messages with these settings, by id."""
    configure()
    with override_settings(**changes):
        messages = check_body(None)
    assert all(message.hint and not message.is_serious() for message in messages)
    return {message.id: message.msg for message in messages}


@pytest.mark.parametrize("changes", [{}, {"GINGER_BODY_LIMIT": None}])
def test_no_limit(changes: dict[str, Any]) -> None:
    assert found(**changes) == {
        "gingerdj.W009": "GINGER_BODY_LIMIT is not set: a body of any size is received, and fills the disk for "
        "temporary files."
    }


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"DATA_UPLOAD_MAX_MEMORY_SIZE": 1000},
        {"DATA_UPLOAD_MAX_MEMORY_SIZE": None},
        {"GINGER_BODY_TIMEOUT": 5},
        {"GINGER_BODY_LIMIT": 10_000_000, "DATA_UPLOAD_MAX_MEMORY_SIZE": 5_000_000},
    ],
)
def test_a_limit(changes: dict[str, Any]) -> None:
    assert found(**{"GINGER_BODY_LIMIT": 1000, **changes}) == {}


def test_a_form_that_may_be_longer_than_a_body() -> None:
    (message,) = found(GINGER_BODY_LIMIT=1000, DATA_UPLOAD_MAX_MEMORY_SIZE=1001).items()
    assert message == (
        "gingerdj.W010",
        "DATA_UPLOAD_MAX_MEMORY_SIZE is 1001, but no form can be so long: GINGER_BODY_LIMIT is 1000.",
    )


def test_djangos_default_is_no_wish_of_the_project() -> None:
    configure()
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE > 1000
    assert found(GINGER_BODY_LIMIT=1000) == {}


def test_a_limit_that_is_no_number_is_for_another_check() -> None:
    assert found(GINGER_BODY_LIMIT="1000", DATA_UPLOAD_MAX_MEMORY_SIZE=2000) == {}


def test_a_wait_without_end() -> None:
    (message,) = found(GINGER_BODY_LIMIT=1000, GINGER_BODY_TIMEOUT=None).items()
    assert message[0] == "gingerdj.W011"
    assert message[1].startswith("GINGER_BODY_TIMEOUT is None:")
