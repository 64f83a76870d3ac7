"""The entry point for ASGI servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django

from gingerdj import settings
from gingerdj.handler import ASGIHandler

if TYPE_CHECKING:
    from gingerdj.types import Application


def get_asgi_application(*, websocket: Application | None = None) -> ASGIHandler:
    """Set Django up and return the ASGI application.

    ``websocket`` takes all WebSocket connections, in place of the ``websocket_urlpatterns``: any ASGI application, as
    the ``URLRouter`` of Channels.

    Raises gingerdj.settings.SettingsError when no settings module, a missing one or two different ones are named.
    """
    settings.load()
    django.setup(set_prefix=False)
    return ASGIHandler(websocket=websocket)
