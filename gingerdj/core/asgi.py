"""The entry point for ASGI servers."""

import django

from gingerdj import settings
from gingerdj.handler import ASGIHandler


def get_asgi_application() -> ASGIHandler:
    """Set Django up and return the ASGI application.

    Raises gingerdj.settings.SettingsError when no settings module, a missing one or two different ones are named.
    """
    settings.load()
    django.setup(set_prefix=False)
    return ASGIHandler()
