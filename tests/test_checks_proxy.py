"""gingerdj.W006, W007 and W008: who is believed."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from gingerdj.checks.proxy import VARIABLES, check_proxy
from tests.project.server import configure


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable but those of a test."""
    for variable in (*VARIABLES, "GUNICORN_CMD_ARGS"):
        monkeypatch.delenv(variable, raising=False)


def found(**changes: Any) -> list[tuple[str | None, str]]:
    """The ids and messages with these settings."""
    configure()
    with override_settings(**changes):
        messages = check_proxy(None)
    assert all(message.hint and not message.is_serious() for message in messages)
    return [(message.id, message.msg) for message in messages]


def test_nothing_to_say() -> None:
    assert found(CSRF_TRUSTED_ORIGINS=["https://a.example.com"]) == []


@pytest.mark.parametrize("variable", VARIABLES)
@pytest.mark.parametrize("value", ["*", "127.0.0.1, *", "0.0.0.0/0", "::/0"])
def test_addresses_of_anyone(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    ((identity, message),) = found()
    assert identity == "gingerdj.W006"
    assert message.startswith(f"{variable} is '{value}' in the environment: ")


@pytest.mark.parametrize("value", ["", "127.0.0.1", "10.0.0.0/8,::1"])
def test_addresses_of_proxies(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", value)
    assert found() == []


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        ("--forwarded-allow-ips='*'", 1),
        ("--workers 2 --forwarded-allow-ips '*'", 1),
        ("--forwarded-allow-ips", 0),
        ("--forwarded-allow-ips=10.0.0.1 --bind '*:80'", 0),
        ("--workers=2", 0),
    ],
)
def test_arguments_of_gunicorn(arguments: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUNICORN_CMD_ARGS", arguments)
    messages = found()
    assert len(messages) == count
    assert all(text.startswith("--forwarded-allow-ips of GUNICORN_CMD_ARGS is '*'") for _, text in messages)


def test_a_host_of_anyone() -> None:
    ((identity, message),) = found(USE_X_FORWARDED_HOST=True, ALLOWED_HOSTS=["a.example.com", "*"])
    assert identity == "gingerdj.W007"
    assert message.startswith("USE_X_FORWARDED_HOST is True and ALLOWED_HOSTS has '*': ")


@pytest.mark.parametrize(("used", "hosts"), [(False, ["*"]), (True, [".example.com"])])
def test_a_host_that_is_known(used: bool, hosts: list[str]) -> None:
    assert found(USE_X_FORWARDED_HOST=used, ALLOWED_HOSTS=hosts) == []


def test_origins_over_plain_http() -> None:
    origins = ["https://a.example.com", "http://b.example.com", "http://*.c.example.com"]
    ((identity, message),) = found(CSRF_TRUSTED_ORIGINS=origins)
    assert identity == "gingerdj.W008"
    assert message.startswith("CSRF_TRUSTED_ORIGINS has 'http://b.example.com', 'http://*.c.example.com': ")
