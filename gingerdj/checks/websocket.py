"""The routes of WebSocket connections."""

from collections.abc import Sequence
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import Error, register

from gingerdj.handshake import routes
from gingerdj.routes import below


@register("gingerdj")
def check_websocket(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[Error]:
    """Return gingerdj.E003 for each of websocket_urlpatterns whose view the handler cannot call.

    What the URLconf raises when it is imported, passes, as in Django's checks.
    """
    urlconf = getattr(settings, "ROOT_URLCONF", None)
    return [
        Error(
            f"The view of '{route}' in websocket_urlpatterns of {urlconf} is not asynchronous: {called(view)}.",
            hint="Make it an 'async def': it is at work as long as the connection is open.",
            id="gingerdj.E003",
        )
        for route, view in (below(routes(urlconf).url_patterns) if urlconf else ())
        if not iscoroutinefunction(view) and not iscoroutinefunction(type(view).__call__)
    ]


def called(view: Any) -> str:
    """How a reader finds a view: its path, where it has one."""
    return f"{view.__module__}.{view.__qualname__}" if hasattr(view, "__qualname__") else repr(view)
