"""A request, as Django makes it from an ASGI scope, in the cases that Django's own leaves out too."""

from __future__ import annotations

from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, cast

from asgiref.sync import sync_to_async
from django.core.handlers import asgi

from gingerdj import lifespan
from gingerdj.body import Incoming, read

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping
    from io import BytesIO

    from django.core.files.uploadedfile import UploadedFile
    from django.http import QueryDict
    from django.utils.datastructures import MultiValueDict

    from gingerdj.handshake import Opening
    from gingerdj.types import Scope
    from gingerdj.websocket import WebSocket

PART = 2**16
"""Bytes of a part of a body that has been received whole."""


class Request(asgi.ASGIRequest):
    """Django's request, open to header names in any case, several cookie headers, and forms without Content-Length."""

    opening: Opening | None = None
    """The WebSocket connection that this request opens."""

    def __init__(self, scope: Scope, body_file: IO[bytes] | Incoming) -> None:
        headers = scope["headers"]
        names = [name for name, _ in headers]
        if names.count(b"cookie") > 1 or any(name != name.lower() for name in names):
            scope = {**scope, "headers": normal(headers)}
        super().__init__(scope, cast("IO[bytes]", body_file))

    @property
    def websocket(self) -> WebSocket | None:
        """The connection that this request opens, for middleware that treats such requests differently.

        None for any other request.
        """
        return None if self.opening is None else self.opening.socket

    @cached_property
    def state(self) -> dict[str, Any]:
        """What the lifespan has yielded, a shallow copy for this request. May be set, as by a test.

        Raises gingerdj.lifespan.StateError, an AttributeError, where no lifespan stands around the request.
        """
        return lifespan.state(self.scope)

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield the body in parts: as they come where the view is ``gingerdj.body.streamed``, else from memory or disk.

        Raises RequestAborted when the client leaves, gingerdj.body.BodyRefused when the body exceeds a limit, and
        RuntimeError where a streamed view reads its body for a second time.
        """
        if isinstance(self._stream, Incoming):
            async for part in self._stream.parts():
                yield part
        else:
            following = sync_to_async(self.read, thread_sensitive=False)
            while part := await following(PART):
                yield part

    async def settle(self, view: object) -> None:
        """Receive the body after all where the view is another one than the scope's path promised."""
        incoming = self._stream
        if isinstance(incoming, Incoming) and not getattr(view, "streams_body", False):
            self._stream = cast("BytesIO", await read(incoming.receive))
            incoming.ended.set()

    def parse_file_upload(  # type: ignore[override]  # as Django calls it
        self, meta: Mapping[str, Any], post_data: IO[bytes]
    ) -> tuple[QueryDict, MultiValueDict[str, UploadedFile[Any]]]:
        """The fields and files of a form.

        A form that came in chunks has no Content-Length, which Django's parser takes for an empty one.
        """
        if "CONTENT_LENGTH" not in meta:
            # Django hands over the request itself where nobody has read the body yet.
            stream = self._stream if cast("object", post_data) is self else post_data
            meta = {**meta, "CONTENT_LENGTH": str(size(stream))}
        return super().parse_file_upload(meta, cast("BytesIO", post_data))


def normal(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The same headers with names in lower case, and with one cookie header.

    HTTP/2 lets a client split it (RFC 9113, 8.2.3), and Django 5.2 joins the parts with a comma.
    """
    lower = [(name.lower(), value) for name, value in headers]
    cookies = [value.rstrip(b"; ") for name, value in lower if name == b"cookie"]
    others = [(name, value) for name, value in lower if name != b"cookie"]
    return [*others, (b"cookie", b"; ".join(cookies))] if cookies else others


def size(stream: IO[bytes]) -> int:
    """How many bytes a stream holds from where it is."""
    here = stream.tell()
    end = stream.seek(0, 2)
    stream.seek(here)
    return end - here
