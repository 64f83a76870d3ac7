"""The context manager around all requests."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import Error, register

from gingerdj.lifespan import CURE, LifespanError, find, named


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
