"""Messages for the next page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage

from gingerdj.middleware.twin import Twin, twin_of

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

STORAGES = {CookieStorage, FallbackStorage, SessionStorage}
PATHS = {f"{storage.__module__}.{storage.__qualname__}" for storage in STORAGES}
SIGNER = "django.core.signing.TimestampSigner"


@twin_of(MessageMiddleware)
class Message(Twin, MessageMiddleware):
    """The storage of messages: made inline where it is Django's, updated inline where nothing has happened to it."""

    def request_hops(self, request: HttpRequest) -> bool:
        """Whether the storage, or what signs its cookie, is the project's."""
        return settings.MESSAGE_STORAGE not in PATHS or settings.SIGNING_BACKEND != SIGNER

    def response_hops(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Whether there may be messages to store."""
        storage = vars(request).get("_messages")
        if storage is None:
            return hasattr(request, "_messages")
        if type(storage) not in STORAGES or storage.added_new:
            return True
        # A page that asks for messages, and gets none, leaves nothing to delete either.
        return storage.used and (type(storage) is not FallbackStorage or bool(vars(storage)["_used_storages"]))
