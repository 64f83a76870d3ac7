"""The entry point for WSGI servers, and for `runserver`."""

import django
from django.core.handlers.wsgi import WSGIHandler

from gingerdj import settings, unserved


def get_wsgi_application() -> WSGIHandler:
    """Set Django up and return the WSGI application: Django's own.

    Raises gingerdj.settings.SettingsError when no settings module, a missing one or two different ones are named.
    """
    settings.load()
    django.setup(set_prefix=False)
    unserved.warn()
    return WSGIHandler()
