"""The server and what it is made of: releases with published vulnerabilities, missing accelerators."""

import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Info, register
from django.core.checks import Warning as Caution

from gingerdj.advisories import ADVISORIES, READ, applying


def installed(distribution: str) -> str | None:
    """The version of a distribution, or None where it is not installed."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


@register("gingerdj", deploy=True)
def check_advisories(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[Caution]:
    """Return gingerdj.W005 for each distribution that is installed in a version with published vulnerabilities."""
    found = []
    for distribution in ADVISORIES:
        present = installed(distribution)
        if present is not None and (advisories := applying(distribution, present)):
            known = ", ".join(name for advisory in advisories for name in advisory.names)
            found.append(
                Caution(
                    f"{distribution} {present} has published vulnerabilities: {known}.",
                    hint=f"Install {distribution} {advisories[-1].fixed} or a later release. GingerDJ's list ends in "
                    f"{READ}: look for later ones with a tool that asks a database of advisories.",
                    id="gingerdj.W005",
                )
            )
    return found


@register("gingerdj", deploy=True)
def check_accelerators(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Return gingerdj.I001 when uvicorn is installed without what makes it faster on this Python and platform."""
    uvicorn = installed("uvicorn")
    wanted = ["httptools"]
    if sys.implementation.name == "cpython" and sys.platform not in {"win32", "cygwin"}:
        wanted.insert(0, "uvloop")
    missing = [distribution for distribution in wanted if installed(distribution) is None]
    if uvicorn is None or not missing:
        return []
    return [
        Info(
            f"uvicorn {uvicorn} is installed without {' and '.join(missing)}, with which it is faster.",
            hint="If Uvicorn is your server, run 'python -m pip install \"uvicorn[standard]\"'.",
            id="gingerdj.I001",
        )
    ]
