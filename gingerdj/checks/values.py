"""Settings that have to be numbers: what a variable of the environment gives is none."""

from collections.abc import Callable, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import Error, register

Fits = Callable[[Any], bool]


def whole(least: int) -> Fits:
    """Whether a value is a whole number, no less than this one; a bool is none."""
    return lambda value: type(value) is int and value >= least


NUMBERS: dict[str, tuple[str, Fits]] = {
    "GINGER_THREADS": ("a number of threads, 0 or more", whole(0)),
    "GINGER_THREADS_LIMIT": ("a number of threads, 1 or more", whole(1)),
    "GINGER_BODY_LIMIT": ("a number of bytes, 0 or more, or None", lambda value: value is None or whole(0)(value)),
    "GINGER_BODY_TIMEOUT": (
        "a number of seconds, more than 0, or None",
        lambda value: value is None or (type(value) in {int, float} and value > 0),
    ),
}


@register("gingerdj")
def check_values(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[Error]:
    """Return gingerdj.E004 for each setting of GingerDJ that has to be a number and is not, or is out of range."""
    return [
        Error(
            f"{name} is {getattr(settings, name)!r}, not {wanted}.",
            hint="Convert what comes from the environment, as in int(os.environ['NAME']).",
            id="gingerdj.E004",
        )
        for name, (wanted, _) in NUMBERS.items()
        if not valid(name)
    ]


def valid(name: str) -> bool:
    """Whether one of these settings is left out, or is what it has to be: others can reckon with it."""
    return not hasattr(settings, name) or NUMBERS[name][1](getattr(settings, name))
