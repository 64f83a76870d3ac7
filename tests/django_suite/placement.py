"""Puts a handler where Django, and Django's tests, look for theirs."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync, sync_to_async
from django.core import asgi as entry_point
from django.core.handlers import asgi
from django.middleware.common import CommonMiddleware
from django.test import client
from django.utils.deprecation import MiddlewareMixin
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.core.handlers.base import BaseHandler
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

DJANGO = asgi.ASGIHandler
# Subclasses of Django's handler that Django makes while it is imported: too late for a replacement.
TOO_LATE = ("django.contrib.staticfiles.handlers",)


def place(handler_class: type[asgi.ASGIHandler]) -> None:
    """Make ``handler_class`` and its request class the ones that Django's modules name.

    The asynchronous test client then sends its requests through the middleware chain of that handler too.
    Raises RuntimeError where a module of Django already stands on the class that is replaced.
    """
    if late := [name for name in TOO_LATE if name in sys.modules]:
        raise RuntimeError(f"imported before the handler was put in place: {', '.join(late)}")
    for module, name, replacement in (
        (asgi, "ASGIHandler", handler_class),
        (asgi, "ASGIRequest", handler_class.request_class),
        (entry_point, "ASGIHandler", handler_class),
        (client, "ASGIRequest", handler_class.request_class),
        (client, "AsyncClientHandler", asynchronous(handler_class)),
    ):
        setattr(module, name, replacement)


def place_chain(handler_class: type[asgi.ASGIHandler]) -> None:
    """Send the requests of the synchronous test client, too, through the asynchronous chain of ``handler_class``.

    A middleware that a test makes and calls by hand runs asynchronously as well: GingerDJ's twin of it, or for
    Django's own handler the middleware itself.
    """
    native: Callable[[Any], Any] = itself
    if handler_class is not DJANGO:
        from gingerdj.middleware import native  # noqa: PLC0415 - plain Django is run without it
    setattr(client, "ClientHandler", synchronous(handler_class))  # noqa: B010 - mypy refuses to assign to a class
    # A property is no method: GingerDJ has no twin for a class one of whose methods is somebody else's.
    call = through_twin(MiddlewareMixin.__call__, native)
    setattr(MiddlewareMixin, "__call__", property(lambda self: partial(call, self)))  # noqa: B010 - as above
    if handler_class is not DJANGO and native(CommonMiddleware) is CommonMiddleware:
        raise RuntimeError("no native twin is used any more: what replaces MiddlewareMixin.__call__ is noticed")


class Front:
    """The loaded handler behind a handler of the test client; what both kinds of client share."""

    handler_class: type[asgi.ASGIHandler]
    front: BaseHandler
    _middleware_chain: Any

    def load_middleware(self, is_async: bool = False) -> None:
        """Load the asynchronous chain, whatever kind the client asked for."""
        self.front = self.handler_class()
        self._middleware_chain = self.front.get_response_async  # only read as: the middleware is loaded


def asynchronous(front_class: type[asgi.ASGIHandler]) -> type[client.AsyncClientHandler]:
    """A handler for the asynchronous test client which answers through ``front_class``."""

    class AsyncClientHandler(Front, client.AsyncClientHandler):
        handler_class = front_class

        async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
            return await self.front.get_response_async(request)

    return AsyncClientHandler


def synchronous(front_class: type[asgi.ASGIHandler]) -> type[client.ClientHandler]:
    """A handler for the synchronous test client which answers through the asynchronous chain of ``front_class``."""

    class ClientHandler(Front, client.ClientHandler):
        handler_class = front_class

        def get_response(self, request: HttpRequest) -> HttpResponseBase:
            return async_to_sync(self.front.get_response_async)(request)

    return ClientHandler


def through_twin(original: Callable[..., Any], native: Callable[[Any], Any]) -> Callable[..., Any]:
    """``MiddlewareMixin.__call__`` which hands a synchronous call to the asynchronous path of the native twin.

    A middleware that is called from a coroutine stays as it is: there is a loop already, which must not wait.
    The twin is made from the instance as it is: tests set attributes on theirs after they made it.
    """

    def call(self: Any, request: HttpRequest) -> Any:
        if self.async_mode or asyncio._get_running_loop():
            return original(self, request)
        twin: Any = object.__new__(native(type(self)))
        vars(twin).update(vars(self))
        twin.get_response = sync_to_async(self.get_response)
        twin.async_mode = True
        response = async_to_sync(twin.__acall__)(request)
        for name, value in vars(twin).items():
            if name not in {"get_response", "async_mode"}:
                setattr(self, name, value)
        return response

    return call


def itself(middleware: type) -> type:
    """The class, as where there are no twins."""
    return middleware


def imported(handler: str) -> type[asgi.ASGIHandler]:
    """The handler class of a dotted path."""
    found: type[asgi.ASGIHandler] = import_string(handler)
    return found
