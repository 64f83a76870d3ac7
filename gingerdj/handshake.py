"""The opening of a WebSocket connection: an HTTP request that goes through the project's middleware as any other.

So ``user`` and ``session`` are there, the language is set, and what refuses a request refuses a connection: a
redirection to the login page, an exception of the view, an unknown path. The server sends that response where it can
(the extension `websocket.http.response`), else 403.

The view runs in a task of its own, which begins at the inner end of the middleware. When it accepts, the middleware
gets a response with status 101, whose headers go to the client; from then on the view is alone with its connection,
and nothing of the request is held: neither a thread, nor a database connection, nor middleware that waits.

Specifications: https://asgi.readthedocs.io/en/latest/specs/www.html#websocket, RFC 6455 (4.2 and 10.2),
https://asgi.readthedocs.io/en/latest/extensions.html#websocket-denial-response
"""

from __future__ import annotations

import asyncio
import logging
from contextvars import copy_context
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from asgiref.sync import AsyncToSync, iscoroutinefunction
from django.conf import settings
from django.core import signals
from django.http import Http404, HttpResponseForbidden
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import URLResolver, set_urlconf
from django.urls.resolvers import RegexPattern
from django.utils.log import log_response

from gingerdj.connection import ABNORMAL, Connection, Disconnected, Stage
from gingerdj.drain import stopping
from gingerdj.response import Out, headers
from gingerdj.threads import Leased
from gingerdj.websocket import FAILED, GOING_AWAY, NORMAL, BadMessage, WebSocket

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.urls import ResolverMatch

    from gingerdj.request import Request
    from gingerdj.types import Receive, Scope, Send

logger = logging.getLogger("django.request")

SWITCHING = 101
DENIAL = "websocket.http.response"
SCHEMES = {"ws": "http", "wss": "https"}
CONTENT = (b"content-", b"sec-websocket-", b"connection", b"upgrade", b"transfer-encoding")
"""Headers of middleware that are not for a response that switches protocols."""


async def asked(receive: Receive) -> bool:
    """Whether a client wants to connect; not, where it has left already.

    Raises ValueError where the connection opens with any other event.
    """
    event = (await receive())["type"]
    if event not in {"websocket.connect", "websocket.disconnect"}:
        raise ValueError(f"A WebSocket connection opens with websocket.connect, not {event!r}.")
    return bool(event == "websocket.connect")


def as_http(scope: Scope) -> Scope:
    """The scope of the request that opens a connection."""
    return {**scope, "method": "GET", "scheme": SCHEMES.get(scope.get("scheme", "ws"), "http")}


@cache
def routes(urlconf: Any) -> URLResolver:
    """The ``websocket_urlpatterns`` of a URLconf."""
    module = import_module(urlconf) if isinstance(urlconf, str) else urlconf
    return URLResolver(RegexPattern(r"^/"), getattr(module, "websocket_urlpatterns", []))


def resolve(request: Request) -> ResolverMatch:
    """The view for the path of an opening request. Raises Http404 where there is none."""
    urlconf = getattr(request, "urlconf", settings.ROOT_URLCONF)
    set_urlconf(urlconf)
    resolver = routes(urlconf)
    if not resolver.url_patterns:  # with DEBUG, Django would welcome the client to a new project, with 200
        raise Http404("There are no websocket_urlpatterns.")
    request.resolver_match = match = resolver.resolve(request.path_info)
    return match


class Denial(Out):
    """Where a response goes that refuses a connection: to the client, or, where the server cannot, a bare 403."""

    def __init__(self, scope: Scope, send: Send) -> None:
        # No extension of HTTP's holds here.
        super().__init__({**scope, "extensions": {}}, send)
        self.whole = DENIAL in (scope.get("extensions") or {})
        self.closed = False

    async def __call__(self, message: Mapping[str, Any]) -> None:
        """Send an event."""
        if self.whole:
            await super().__call__({**message, "type": f"websocket.{message['type']}"})
        elif not self.closed:
            self.closed = True
            await super().__call__({"type": "websocket.close"})


def causes(error: Exception) -> list[Exception]:
    """The exceptions of a view, one by one where its tasks have raised some in a group (asyncio.TaskGroup)."""
    if isinstance(error, ExceptionGroup):
        return [cause for one in error.exceptions for cause in causes(one)]
    return [error]


class Opening:
    """A connection from its first event to its last: the view in its task, and what the middleware gets of it."""

    def __init__(self, request: Request, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        self.connection = Connection(request.path, receive, send)
        self.socket = WebSocket(request, self.connection, self.answer)
        self.send = send
        self.decided: asyncio.Future[HttpResponseBase] = loop.create_future()
        """What the view says to the handshake."""
        self.answered: asyncio.Future[None] = loop.create_future()
        """Is done once the server knows."""
        self.task: asyncio.Task[Any] | None = None
        self.executor = getattr(AsyncToSync.executors, "current", None)
        """What runs synchronous code around the whole connection, if anything: a test's own thread."""

    # In the task of the view

    async def answer(self, response: HttpResponseBase) -> None:
        """Give the middleware a response, and wait until the server has it. Raises Disconnected where it is refused."""
        if self.decided.done():
            raise RuntimeError(f"{self.socket!r}: the handshake has its answer already.")
        self.decided.set_result(response)
        await self.answered

    async def run(self, view: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call the view, with threads that it holds for its calls only."""
        # The view began below the middleware, whose thread, if it is synchronous, is gone before the connection is.
        AsyncToSync.executors.current = self.executor
        with Leased(brief=True):
            try:
                return self.last(await view(self.socket, *args, **kwargs))
            except Exception as error:
                if not self.decided.done():  # the middleware waits for it
                    raise
                await self.failed(error)

    def last(self, result: Any) -> Any:
        """What the view returns. Raises TypeError where nobody can get it."""
        if result is not None and self.decided.done():
            raise TypeError(f"The view has answered the handshake of its WebSocket: it cannot return {result!r}, too.")
        return result

    async def failed(self, error: Exception) -> None:
        """Close a connection whose view has raised an exception."""
        request = self.socket.request
        found = [one for one in causes(error) if not isinstance(one, Disconnected)]
        if not found:
            return
        if isinstance(bad := found[0], BadMessage) and len(found) == 1:
            logger.warning("WebSocket closed: %s: %s", request.path, bad, extra={"request": request})
            await self.socket.close(bad.code)
            return
        logger.error("WebSocket view failed: %s", request.path, exc_info=error, extra={"request": request})
        await signals.got_request_exception.asend(sender=None, request=request)
        await self.socket.close(FAILED)

    # In the task of the server

    def foreign(self, view: object) -> HttpResponseBase | None:
        """A response that refuses a connection from a page of another site, or None.

        Browsers send the cookies of this site with it, and let that page read the connection: no rule of theirs holds
        it back (RFC 6455, 10.2). So its Origin is held to Django's rule against CSRF: the scheme and host of the
        request itself, which ALLOWED_HOSTS must have, or one of CSRF_TRUSTED_ORIGINS. ``csrf_exempt`` lets all pages
        connect to a view. A client without an Origin is no browser.
        """
        request = self.socket.request
        origin = request.headers.get("Origin")
        if origin is None or getattr(view, "csrf_exempt", False):
            return None
        rule: Any = CsrfViewMiddleware(lambda _: HttpResponseForbidden())
        if rule._origin_verified(request):
            return None
        response = HttpResponseForbidden("The origin of this page may not connect.", content_type="text/plain")
        log_response(
            "Forbidden (Origin %s is neither that of the request nor in CSRF_TRUSTED_ORIGINS): %s",
            origin,
            request.path,
            response=response,
            request=request,
            logger=logging.getLogger("django.security.csrf"),
        )
        return response

    async def begin(self, view: Callable[..., Any], _: Request, /, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Call the view, and return what it says to the handshake; 403 where it says nothing.

        Raises what the view raises before it says it, and TypeError where it is no asynchronous function.
        """
        if not iscoroutinefunction(view) and not iscoroutinefunction(type(view).__call__):
            raise TypeError(f"{view!r}, in websocket_urlpatterns, is no asynchronous function.")
        coroutine = self.run(view, *args, **kwargs)
        self.task = asyncio.get_running_loop().create_task(coroutine, context=copy_context())
        await asyncio.wait([self.task, self.decided], return_when=asyncio.FIRST_COMPLETED)
        if self.decided.done():
            return self.decided.result()
        response = self.task.result()
        if not isinstance(response, HttpResponseBase | None):
            raise TypeError(f"A WebSocket view that does not accept returns a response or None, not {response!r}.")
        return response or HttpResponseForbidden()

    def accepted(self, response: HttpResponseBase) -> bool:
        """Whether the middleware has let a connection pass that the view accepts."""
        return self.decided.done() and self.decided.result().status_code == response.status_code == SWITCHING

    async def accept(self, response: HttpResponseBase) -> None:
        """Accept the connection. Raises RequestAborted where the client has left."""
        event: dict[str, Any] = {"type": "websocket.accept"}
        if self.socket.subprotocol is not None:
            event["subprotocol"] = self.socket.subprotocol
        if found := [pair for pair in headers(response) if not pair[0].startswith(CONTENT)]:
            event["headers"] = found
        await Out({}, self.send)(event)
        self.connection.stage = Stage.OPEN

    def settle(self) -> None:
        """The handshake is over: let the view go on with what came of it."""
        if self.connection.stage is Stage.OPEN:
            self.answered.set_result(None)
        else:
            self.answered.set_exception(self.connection.end(Disconnected(ABNORMAL)))
            self.answered.exception()  # a view that has not waited for it, need not look

    async def end(self) -> None:
        """Wait for the view, and close what it leaves open. Cancelled, it cancels the view, and waits all the same."""
        if self.task is not None and self.decided.done():
            try:
                await self.task
                await self.socket.close(GOING_AWAY if stopping.is_set() else NORMAL)
            finally:
                await self.connection.ended()

    async def abandon(self) -> None:
        """Cancel the view, and wait for it."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait([self.task])
