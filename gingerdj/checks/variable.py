"""The variable that names the settings module, where the commands are Django's own."""

import os
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import Warning as Caution
from django.core.checks import register


@register("gingerdj")
def check_variable(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[Caution]:
    """Return gingerdj.W012 when GINGER_SETTINGS_MODULE names another module than the one in use.

    GingerDJ's commands and entry points never let that happen; Django's do not read the variable.
    """
    named, used = os.environ.get("GINGER_SETTINGS_MODULE"), getattr(settings, "SETTINGS_MODULE", None)
    if not named or not used or named == used:
        return []
    return [
        Caution(
            f"GINGER_SETTINGS_MODULE is '{named}' in the environment, but the settings in use are '{used}': "
            "Django's own commands do not read that variable.",
            hint="In manage.py, import execute_from_command_line from gingerdj.management, before "
            "os.environ.setdefault() is called.",
            id="gingerdj.W012",
        )
    ]
