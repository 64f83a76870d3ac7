"""Work on the content of a response: a little of it on the event loop, much of it in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.middleware.gzip import GZipMiddleware, re_accepts_gzip
from django.middleware.http import ConditionalGetMiddleware

from gingerdj.middleware import body
from gingerdj.middleware.twin import Twin, twin_of

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


@twin_of(GZipMiddleware)
class GZip(Twin, GZipMiddleware):
    """Compresses the content. A stream is compressed as it is sent, wherever it is read."""

    def response_hops(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Whether there is much to compress."""
        if not body.at_hand(response):
            return True
        if body.size(response) <= body.COMPRESSED or response.has_header("Content-Encoding"):
            return False
        return bool(re_accepts_gzip.search(request.META.get("HTTP_ACCEPT_ENCODING", "")))


@twin_of(ConditionalGetMiddleware)
class ConditionalGet(Twin, ConditionalGetMiddleware):
    """Answers 304 to a client that has the content, for which a digest of it may be made."""

    def response_hops(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Whether there is much to make a digest of."""
        if request.method != "GET":
            return False
        return not body.at_hand(response) or (body.size(response) > body.DIGESTED and not response.has_header("ETag"))
