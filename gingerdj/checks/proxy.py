"""Headers that a proxy adds, and who is believed to be the proxy."""

import os
import shlex
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import Warning as Caution
from django.core.checks import register

ANYONE = {"*", "0.0.0.0/0", "::/0"}
OPTION = "--forwarded-allow-ips"
VARIABLES = ("FORWARDED_ALLOW_IPS", "UVICORN_FORWARDED_ALLOW_IPS")
"""What Uvicorn and Gunicorn read."""


@register("gingerdj", deploy=True)
def check_proxy(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[Caution]:
    """Return gingerdj.W006, W007 and W008 for headers of anyone that are believed, and origins that anyone can use."""
    return [*trusted_addresses(), *trusted_host(), *trusted_origins()]


def trusted_addresses() -> Iterator[Caution]:
    """A warning for each variable of the environment that makes the server believe everybody."""
    for place, value in addresses():
        if ANYONE.intersection(part.strip() for part in value.split(",")):
            yield Caution(
                f"{place} is '{value}' in the environment: the server believes the X-Forwarded-* headers of every "
                "client, which so chooses its address and its scheme.",
                hint="List the addresses of your proxies, separated by commas. Where nobody else can connect, as with "
                "a Unix socket, it is right: add 'gingerdj.W006' to SILENCED_SYSTEM_CHECKS.",
                id="gingerdj.W006",
            )


def addresses() -> Iterator[tuple[str, str]]:
    """Where the environment says whom the server believes, and what it says."""
    for variable in VARIABLES:
        if variable in os.environ:
            yield variable, os.environ[variable]
    arguments = shlex.split(os.environ.get("GUNICORN_CMD_ARGS", ""))
    for argument, following in pairwise([*arguments, ""]):
        name, equals, value = argument.partition("=")
        if name == OPTION:
            yield f"{OPTION} of GUNICORN_CMD_ARGS", value if equals else following


def trusted_host() -> Iterator[Caution]:
    """A warning where every host is accepted from a header that passes through proxies."""
    if settings.USE_X_FORWARDED_HOST and "*" in settings.ALLOWED_HOSTS:
        yield Caution(
            "USE_X_FORWARDED_HOST is True and ALLOWED_HOSTS has '*': whoever sends the header X-Forwarded-Host chooses "
            "the host of the links that Django writes, also in a mail for a new password.",
            hint="List the host names of the project in ALLOWED_HOSTS.",
            id="gingerdj.W007",
        )


def trusted_origins() -> Iterator[Caution]:
    """A warning for origins whose pages anyone between them and the browser can write."""
    if plain := [origin for origin in settings.CSRF_TRUSTED_ORIGINS if origin.startswith("http://")]:
        yield Caution(
            f"CSRF_TRUSTED_ORIGINS has {', '.join(map(repr, plain))}: who can change a page on its way over plain HTTP "
            "can post forms, and open WebSocket connections, with the cookies of its readers.",
            hint="Serve those pages over HTTPS, and write https:// there.",
            id="gingerdj.W008",
        )
