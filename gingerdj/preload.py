"""What a process loads once, and the first request would have to wait for: urls with their views, templates, languages.

A URLconf that cannot be imported fails the start: no request can be served without it, and a process that does not
start leaves the release before in its place, where one that starts answers each request with 500. What only some
requests need is logged as an error and left to them, as a page that cannot be translated does not stop the others.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

from django.conf import global_settings, settings
from django.core.exceptions import ImproperlyConfigured
from django.template import engines
from django.template.backends.django import DjangoTemplates
from django.urls import get_resolver
from django.utils.translation import trans_real

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger("gingerdj.lifespan")


class URLconfError(ImproperlyConfigured):
    """The URLconf cannot be loaded."""


def load() -> None:
    """Load all of it, in the thread that calls. Raises URLconfError."""
    load_urls()
    for setting, call in {"TEMPLATES": load_templates, "LANGUAGES": load_languages}.items():
        attempt(setting, call)


def attempt(setting: str, call: Callable[[], None]) -> None:
    """Make a call, and log what it raises."""
    try:
        call()
    except Exception:
        logger.exception("%s cannot be loaded at startup: requests that need it are going to fail", setting)


def cold() -> bool:
    """Whether the URLconf of the project is still to be imported: no server has asked for startup before."""
    name = getattr(settings, "ROOT_URLCONF", None)
    return isinstance(name, str) and name not in sys.modules


def load_urls() -> None:
    """Import the URLconf and all that it includes, and build what ``reverse`` looks up. Raises URLconfError."""
    name = getattr(settings, "ROOT_URLCONF", None)
    if name is None:  # middleware sets it for each request
        return
    try:
        get_resolver(name).reverse_dict  # noqa: B018 - the first look builds it
    except Exception as error:
        raise URLconfError(f"ROOT_URLCONF is {name!r}, which fails: {type(error).__name__}: {error}") from error


def load_templates() -> None:
    """Make the template engines, with their libraries and loaders. The templates themselves come with their use."""
    for engine in engines.all():
        if isinstance(engine, DjangoTemplates):
            engine.engine.template_loaders  # noqa: B018 - the first look makes them


def load_languages() -> None:
    """Read the catalogues of the language of the site, and of those that the project has chosen for its visitors.

    LANGUAGES names some hundred languages by default, which are none of the project's: a second, and 17 MiB.
    """
    if settings.USE_I18N:
        chosen = [code for code, _ in settings.LANGUAGES] if settings.LANGUAGES != global_settings.LANGUAGES else []
        for code in {settings.LANGUAGE_CODE, *chosen}:
            trans_real.translation(code)
