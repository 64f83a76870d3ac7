"""The cache of whole pages: asked in a thread, left alone on the event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.middleware.cache import CacheMiddleware, FetchFromCacheMiddleware, UpdateCacheMiddleware
from django.utils.cache import has_vary_header

from gingerdj.middleware.twin import Twin, twin_of

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

NEVER = {"no-cache", "no-store", "private"}


def fetches(request: HttpRequest) -> bool:
    """Whether the page is looked for in the cache."""
    return request.method in {"GET", "HEAD"}


def stores(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether the page may be put into the cache; it is, unless Django finds another reason against it."""
    if not getattr(request, "_cache_update_cache", False) or response.streaming or response.status_code != 200:
        return False
    if response.cookies and has_vary_header(response, "Cookie"):
        return False
    directives = {directive.strip().lower() for directive in response.get("Cache-Control", "").split(",")}
    return directives.isdisjoint(NEVER)


@twin_of(UpdateCacheMiddleware)
class UpdateCache(Twin, UpdateCacheMiddleware):
    """Puts pages into the cache."""

    def response_hops(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Whether the cache is written."""
        return stores(request, response)


@twin_of(FetchFromCacheMiddleware)
class FetchFromCache(Twin, FetchFromCacheMiddleware):
    """Answers with pages from the cache."""

    def request_hops(self, request: HttpRequest) -> bool:
        """Whether the cache is read."""
        return fetches(request)


@twin_of(CacheMiddleware)
class Cache(Twin, CacheMiddleware):
    """Both."""

    def request_hops(self, request: HttpRequest) -> bool:
        """Whether the cache is read."""
        return fetches(request)

    def response_hops(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Whether the cache is written."""
        return stores(request, response)
