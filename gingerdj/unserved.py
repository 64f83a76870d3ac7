"""What a WSGI server leaves out of a project: said once, in the log, where it is certain that one serves it.

No system check can know: the settings are the same for both kinds of server.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.urls import get_resolver

from gingerdj.handshake import routes
from gingerdj.lifespan import named
from gingerdj.routes import below

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger("gingerdj.wsgi")
"""Not below "django", whose default handlers print nothing where DEBUG is False."""


def warn() -> None:
    """Log a warning when there is anything to say. A URLconf that fails is left to the first request, as in Django."""
    lost = []
    with suppress(Exception):
        lost = list(unserved())
    if lost:
        logger.warning(
            "This is a WSGI server: %s. An ASGI server takes get_asgi_application() from gingerdj.core.asgi.",
            "; ".join(lost),
        )


def unserved() -> Iterator[str]:
    """What is not served, or not as it is meant. Raises what the URLconf raises when it is imported."""
    if named() is not None:
        yield f"GINGER_LIFESPAN, {named()!r}, is not entered"
    urlconf = getattr(settings, "ROOT_URLCONF", None)
    if urlconf is None:
        return
    if number := len(list(below(routes(urlconf).url_patterns))):
        yield f"the routes of websocket_urlpatterns in {urlconf}, {number}, are not served"
    # In development, they work as well as they have to.
    asynchronous = sum(iscoroutinefunction(view) for _, view in below(get_resolver(urlconf).url_patterns))
    if asynchronous and not settings.DEBUG:
        yield f"each asynchronous view, of which there are {asynchronous}, occupies a thread as long as it runs"
