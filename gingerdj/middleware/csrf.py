"""Protection against cross-site request forgery: checked on the event loop, refused in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http.multipartparser import MultiPartParser
from django.middleware.csrf import CsrfViewMiddleware

from gingerdj.middleware import body, store
from gingerdj.middleware.twin import ViewTwin, twin_of
from gingerdj.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}
MEMORY = "django.core.files.uploadhandler.MemoryFileUploadHandler"
TEMPORARY = "django.core.files.uploadhandler.TemporaryFileUploadHandler"


class Refusal:
    """What a check found wrong."""

    def __init__(self, reason: str) -> None:
        self.reason = reason


class Check(CsrfViewMiddleware):
    """Django's checks, without the response: the view that makes it is the project's."""

    def _reject(self, request: HttpRequest, reason: str) -> Refusal:
        return Refusal(reason)


@twin_of(CsrfViewMiddleware)
class Csrf(ViewTwin, CsrfViewMiddleware):
    """The token of a request, its check before the view, and its cookie."""

    _reject: Any

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self.check: Any = Check(get_response)

    def request_hops(self, request: HttpRequest) -> bool:
        """Whether the token is in a session that has to be loaded."""
        return settings.CSRF_USE_SESSIONS and not store.settled(vars(request).get("session"))

    def response_hops(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Whether the token goes into a session that has to be loaded."""
        return bool(request.META.get("CSRF_COOKIE_NEEDS_UPDATE")) and self.request_hops(request)

    def view_hops(self, request: HttpRequest, view: Callable[..., Any]) -> bool:
        """Whether the check loads a session, or parses a form that is not small."""
        if request.method in SAFE or getattr(view, "csrf_exempt", False):
            return False
        if getattr(request, "csrf_processing_done", False) or getattr(request, "_dont_enforce_csrf_checks", False):
            return False
        return self.request_hops(request) or (request.method == "POST" and not parses_quickly(request))

    async def aprocess_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Return None, or the response to a request that is refused."""
        if self.view_hops(request, view):
            return await in_thread(super().process_view, request, view, args, kwargs)
        result = self.check.process_view(request, view, args, kwargs)
        if isinstance(result, Refusal):
            return await in_thread(self._reject, request, result.reason)
        return None


def parses_quickly(request: HttpRequest) -> bool:
    """Whether ``request.POST`` is there already, or can be parsed from memory, by Django's code, in no time."""
    if "_post" in vars(request):
        return True
    form = body.received(request)
    if form is None:
        return False
    if request.content_type == "multipart/form-data":
        return form.count(b"\n--") <= body.PARTS and uploads_to_memory(request)
    return form.count(b"&") < body.FIELDS


def uploads_to_memory(request: HttpRequest) -> bool:
    """Whether Django's handlers are to take the files, and would not write them to disk: the first one keeps them."""
    state: Any = request
    length = request.META.get("CONTENT_LENGTH") or "0"
    return (
        not state._upload_handlers
        and list(settings.FILE_UPLOAD_HANDLERS) in ([MEMORY], [MEMORY, TEMPORARY])
        and getattr(state, "multipart_parser_class", MultiPartParser) is MultiPartParser
        and length.isdecimal()
        and max(body.PARSED, int(length)) <= settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    )
