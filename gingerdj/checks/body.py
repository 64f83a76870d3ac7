"""How much of a body is received, and for how long."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import Warning as Caution
from django.core.checks import register

from gingerdj.body import TIMEOUT
from gingerdj.checks.values import valid


@register("gingerdj", deploy=True)
def check_body(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[Caution]:
    """Return gingerdj.W009, W010 and W011 for a body without end, a limit without effect, a wait without end."""
    found = []
    own: Any = settings  # whose type does not know is_overridden
    limit, form = getattr(settings, "GINGER_BODY_LIMIT", None), own.DATA_UPLOAD_MAX_MEMORY_SIZE
    if limit is None:
        found.append(
            Caution(
                "GINGER_BODY_LIMIT is not set: a body of any size is received, and fills the disk for temporary files.",
                hint="Set it to a little more than your largest upload, in bytes: GINGER_BODY_LIMIT = 10_000_000.",
                id="gingerdj.W009",
            )
        )
    # Django's default says nothing about what the project wants.
    elif own.is_overridden("DATA_UPLOAD_MAX_MEMORY_SIZE") and valid("GINGER_BODY_LIMIT") and (form or 0) > limit:
        found.append(
            Caution(
                f"DATA_UPLOAD_MAX_MEMORY_SIZE is {form}, but no form can be so long: GINGER_BODY_LIMIT is {limit}.",
                hint="Raise GINGER_BODY_LIMIT, which counts files too, or lower DATA_UPLOAD_MAX_MEMORY_SIZE.",
                id="gingerdj.W010",
            )
        )
    if getattr(settings, "GINGER_BODY_TIMEOUT", TIMEOUT) is None:
        found.append(
            Caution(
                "GINGER_BODY_TIMEOUT is None: a client that stops in the middle of a body is waited for, for ever.",
                hint=f"Give it a number of seconds, or leave it out for {TIMEOUT:g}.",
                id="gingerdj.W011",
            )
        )
    return found
