"""How much there is of a request's body, or of a response's, where that can be told by computing alone."""

from __future__ import annotations

from functools import lru_cache
from inspect import getattr_static
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.template.response import SimpleTemplateResponse

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

# How much is done on the event loop: what takes about as long as a hop does, a tenth to a few tenths of a millisecond.
DIGESTED = 64 * 1024
COMPRESSED = 16 * 1024
PARSED = 16 * 1024
PARTS = 10
"""Of a multipart form: whatever their size, each takes as long to parse as many fields of other forms."""
FIELDS = 100
CONTENT = {getattr_static(HttpResponse, "content"), getattr_static(SimpleTemplateResponse, "content")}


@lru_cache(maxsize=64)
def plain(kind: type[HttpResponseBase]) -> bool:
    """Whether responses of this class have their content at hand, as Django's do."""
    return getattr_static(kind, "content", None) in CONTENT


def at_hand(response: HttpResponseBase) -> bool:
    """Whether Django can look at the content, where it would, without running code of the project."""
    kind: Any = type(response)
    return response.streaming or plain(kind)


def size(response: HttpResponseBase) -> int:
    """The bytes of a content that is at hand; 0 for a stream."""
    return 0 if response.streaming else len(response.content)  # type: ignore[attr-defined]  # all but streams have it


def received(request: HttpRequest) -> bytes | None:
    """A small body of a request; None if it is large, not all of it is in memory, or others have read from it."""
    state: dict[str, Any] = vars(request)
    if "_body" in state:
        body: bytes = state["_body"]
        return body if len(body) <= PARSED else None
    stream = state.get("_stream")
    if type(stream) is not BytesIO or stream.closed or stream.getbuffer().nbytes > PARSED:
        return None
    return stream.getvalue()
