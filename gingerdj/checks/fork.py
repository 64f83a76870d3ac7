"""The earlier GingerDJ, under the same import name."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.apps import AppConfig
from django.core.checks import Error, register

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
