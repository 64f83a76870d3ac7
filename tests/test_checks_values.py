"""gingerdj.E004: settings that have to be numbers."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from gingerdj.checks.values import check_values
from tests.project.server import configure

RIGHT = [
    ("GINGER_THREADS", 0),
    ("GINGER_THREADS_LIMIT", 1),
    ("GINGER_BODY_LIMIT", 0),
    ("GINGER_BODY_LIMIT", None),
    ("GINGER_BODY_TIMEOUT", 0.5),
    ("GINGER_BODY_TIMEOUT", 1),
    ("GINGER_BODY_TIMEOUT", None),
]
WRONG = [
    ("GINGER_THREADS", "4", "a number of threads, 0 or more"),
    ("GINGER_THREADS", -1, "a number of threads, 0 or more"),
    ("GINGER_THREADS", None, "a number of threads, 0 or more"),
    ("GINGER_THREADS", True, "a number of threads, 0 or more"),
    ("GINGER_THREADS_LIMIT", 0, "a number of threads, 1 or more"),
    ("GINGER_BODY_LIMIT", "10000000", "a number of bytes, 0 or more, or None"),
    ("GINGER_BODY_LIMIT", 1e7, "a number of bytes, 0 or more, or None"),
    ("GINGER_BODY_TIMEOUT", 0, "a number of seconds, more than 0, or None"),
    ("GINGER_BODY_TIMEOUT", "60", "a number of seconds, more than 0, or None"),
]


def test_defaults() -> None:
    configure()
    assert check_values(None) == []


@pytest.mark.parametrize(("name", "value"), RIGHT)
def test_a_number(name: str, value: Any) -> None:
    configure()
    with override_settings(**{name: value}):
        assert check_values(None) == []


@pytest.mark.parametrize(("name", "value", "wanted"), WRONG)
def test_no_number(name: str, value: Any, wanted: str) -> None:
    configure()
    with override_settings(**{name: value}):
        (error,) = check_values(None)
    assert (error.id, error.msg) == ("gingerdj.E004", f"{name} is {value!r}, not {wanted}.")
    assert error.is_serious()
    assert error.hint
