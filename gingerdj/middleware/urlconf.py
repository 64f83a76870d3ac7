"""Whether resolving a path runs code of the project: URL converters may, and they may use the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from django.conf import settings
from django.urls import converters, get_resolver, get_urlconf
from django.urls.resolvers import LocalePrefixPattern, RegexPattern, RoutePattern, URLPattern, URLResolver

if TYPE_CHECKING:
    from django.http import HttpRequest

TO_PYTHON = {
    getattr(converter.to_python, "__func__", None)  # two of them share one
    for converter in converters.DEFAULT_CONVERTERS.values()
}

_plain: WeakKeyDictionary[URLResolver, bool] = WeakKeyDictionary()


def slash_is_looked_up(request: HttpRequest) -> bool:
    """Whether to look for the path with a slash appended may run code of the project."""
    if not settings.APPEND_SLASH or request.path_info.endswith("/"):
        return False
    return not plain(getattr(request, "urlconf", None))


def resolver_of(urlconf: Any) -> URLResolver | None:
    """The resolver of a URLconf, None being the active one; None if nobody has imported that URLconf yet."""
    try:
        resolver = get_resolver(get_urlconf() if urlconf is None else urlconf)
    except TypeError:  # it cannot be hashed: Django will say so
        return None
    return resolver if "url_patterns" in vars(resolver) else None


def plain(urlconf: Any) -> bool:
    """Whether a path can be resolved against this URLconf by Django's own code alone."""
    resolver = resolver_of(urlconf)
    if resolver is None:
        return False
    if resolver not in _plain:
        _plain[resolver] = walk(resolver)
    return _plain[resolver]


def walk(resolver: URLResolver) -> bool:
    """Whether all patterns of a tree, and their converters, are Django's."""
    entries: list[Any] = [resolver]
    while entries:
        entry = entries.pop()
        if not computes(entry.pattern):
            return False
        if type(entry) is URLResolver:
            if "url_patterns" not in vars(entry) and isinstance(entry.urlconf_name, str):
                return False  # its module is imported when a path first leads there
            entries += entry.url_patterns
        elif type(entry) is not URLPattern:
            return False
    return True


def computes(pattern: Any) -> bool:
    """Whether matching a pattern only computes. One that is translated, or otherwise lazy, may do anything."""
    if type(pattern) is LocalePrefixPattern:
        return True
    if type(pattern) is RegexPattern:
        return isinstance(vars(pattern).get("_regex"), str)
    if type(pattern) is not RoutePattern or not isinstance(vars(pattern).get("_route"), str):
        return False
    return all(getattr(converter.to_python, "__func__", None) in TO_PYTHON for converter in pattern.converters.values())
