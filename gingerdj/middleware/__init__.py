"""Django's own middleware, run on the event loop where it only computes.

A *twin* is a subclass of one of Django's middleware classes that adds nothing but the choice of where each hook runs:
inline where Django's code only computes, in a thread (one hop) where code of the project, I/O or heavy computing may
come. The hooks themselves are Django's, in both places, so a response cannot differ.

Each module here holds the twins of neighbours: ``native`` imports it when a project names one of its classes, because
some of Django's modules can only be imported when their app is installed.
"""

from __future__ import annotations

from importlib import import_module
from types import FunctionType
from typing import Any

from gingerdj.middleware.twin import TWINS

MODULES = {
    "django.contrib.admindocs.middleware.XViewMiddleware": "admindocs",
    "django.contrib.auth.middleware.AuthenticationMiddleware": "auth",
    "django.contrib.auth.middleware.LoginRequiredMiddleware": "auth",
    "django.contrib.flatpages.middleware.FlatpageFallbackMiddleware": "flatpage",
    "django.contrib.messages.middleware.MessageMiddleware": "message",
    "django.contrib.redirects.middleware.RedirectFallbackMiddleware": "redirect",
    "django.contrib.sessions.middleware.SessionMiddleware": "session",
    "django.contrib.sites.middleware.CurrentSiteMiddleware": "site",
    "django.middleware.cache.CacheMiddleware": "cache",
    "django.middleware.cache.FetchFromCacheMiddleware": "cache",
    "django.middleware.cache.UpdateCacheMiddleware": "cache",
    "django.middleware.clickjacking.XFrameOptionsMiddleware": "header",
    "django.middleware.common.BrokenLinkEmailsMiddleware": "slash",
    "django.middleware.common.CommonMiddleware": "slash",
    "django.middleware.csp.ContentSecurityPolicyMiddleware": "policy",
    "django.middleware.csrf.CsrfViewMiddleware": "csrf",
    "django.middleware.gzip.GZipMiddleware": "content",
    "django.middleware.http.ConditionalGetMiddleware": "content",
    "django.middleware.locale.LocaleMiddleware": "locale",
    "django.middleware.security.SecurityMiddleware": "header",
}
"""Where the twin of each of Django's classes is."""


def native(imported: Any) -> Any:
    """Return the twin of what a line of MIDDLEWARE names, or the argument where it has none.

    Only the very classes of Django have one: a subclass, or a class whose methods somebody has replaced, may block.
    """
    if not isinstance(imported, type):
        return imported
    module = MODULES.get(f"{imported.__module__}.{imported.__qualname__}")
    if module is None:
        return imported
    import_module(f"{__name__}.{module}")
    twin = TWINS.get(imported)
    return imported if twin is None or patched(imported) else twin


def patched(middleware: type) -> bool:
    """Whether a method of one of Django's classes is not Django's any more."""
    methods = [
        value
        for kind in middleware.__mro__[:-1]
        for value in vars(kind).values()
        if callable(value) and not isinstance(value, type)
    ]
    # The globals tell where a function was written, even if it wears the name of what it wraps.
    return any(
        not isinstance(method, FunctionType) or not method.__globals__["__name__"].startswith("django.")
        for method in methods
    )
