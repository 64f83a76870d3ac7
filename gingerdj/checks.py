"""System checks of GingerDJ."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.apps import AppConfig
from django.core.checks import Error, register

from gingerdj.lifespan import CURE, LifespanError, find, named

FORK = "ginger-dj"


@register("gingerdj")
def check_fork(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[Error]:
    """Return gingerdj.E001 when the distribution ginger-dj is installed beside gingerdj.

    It is an earlier GingerDJ, a whole fork of Django under the same import name: each overwrites files of the other.
    """
    try:
        fork = version(FORK)
    except PackageNotFoundError:
        return []
    return [
        Error(
            f"Two distributions own the package 'gingerdj': gingerdj and {FORK} {fork}, an earlier fork of Django. "
            "Each has overwritten files of the other.",
            hint=f"Run 'python -m pip uninstall {FORK} gingerdj', then 'python -m pip install gingerdj'.",
            id="gingerdj.E001",
        )
    ]


@register("gingerdj")
def check_lifespan(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[Error]:
    """Return gingerdj.E002 when GINGER_LIFESPAN names nothing that can be called. What its module raises, passes."""
    path = named()
    if path is not None:
        try:
            find(path)
        except LifespanError as error:
            return [Error(str(error).removesuffix(CURE).strip(), hint=CURE, id="gingerdj.E002")]
    return []
