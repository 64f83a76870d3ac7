"""The ASGI application: it sends each connection to what serves its type, and serves http itself."""

from __future__ import annotations

import logging
from asyncio import iscoroutine
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, cast

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.core.exceptions import RequestAborted
from django.core.handlers import asgi
from django.urls import Resolver404, get_resolver, set_script_prefix

from gingerdj import body, chain, handshake, lifecycle, lifespan, preload, threads
from gingerdj.body import BodyRefused, Incoming
from gingerdj.disconnect import Watch
from gingerdj.drain import stopping
from gingerdj.handshake import Denial, Opening
from gingerdj.lifespan import Lifespan, LifespanError
from gingerdj.request import Request
from gingerdj.response import Out, refusal, transmit
from gingerdj.safety import guard, watchdog
from gingerdj.threads import Leased, ThreadLimit, in_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase
    from django.urls import ResolverMatch

    from gingerdj.types import Application, Receive, Scope, Send


class ASGIHandler(asgi.ASGIHandler):
    """Django's promises for HTTP, kept with fewer threads, and an answer for the other two types of connection.

    A subclass of Django's, so that what looks for that class (static files, monitoring) finds it here too. Where it
    overrides a method, the method's name, arguments and result stay, because other packages wrap them.
    """

    request_class = Request
    """The class of the requests: a subclass of Request may stand here."""
    # Django's own attributes, which its stubs leave out.
    _view_middleware: list[Any]
    _template_response_middleware: list[Any]
    _exception_middleware: list[Any]

    def __init__(self, *, websocket: Application | None = None) -> None:
        guard.start()
        super().__init__()
        self.lifespan = Lifespan(lifespan.named())
        self.watchdog = watchdog.Watchdog(watchdog.limit())
        self.websocket = websocket
        """What takes the WebSocket connections in place of the project's routes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection.

        Raises ValueError for a type of connection that no part of the specification describes.
        """
        self.watchdog.look()
        match scope["type"]:
            case "http":
                stopping.look()
                with Leased():
                    await super().__call__(scope, receive, send)
            case "lifespan":
                with self.watchdog.around():
                    await self.lifespan.answer(scope, receive, send)
            case "websocket":
                stopping.look()
                await self.connect(scope, receive, send)
            case unknown:
                raise ValueError(f"GingerDJ serves http, lifespan and websocket connections, not {unknown!r}.")

    def load_middleware(self, is_async: bool = False) -> None:
        """Build the chain that settings.MIDDLEWARE names, once, when the handler is made.

        Raises RuntimeError for middleware that is neither synchronous nor asynchronous, ImproperlyConfigured for a
        factory that returns None.
        """
        if is_async:
            chain.load(self)
        else:
            super().load_middleware()

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request: receive its body, call what responds, send the response."""
        if isinstance(scope["headers"], Iterator):  # an iterable, says the specification
            scope = {**scope, "headers": list(scope["headers"])}
        try:
            scope = await self.lifespan.around(scope)
        except LifespanError as error:
            await self.refuse(refusal(503, scope["path"], error, logging.ERROR), Out(scope, send))
            return
        try:
            receive = arriving = body.guarded(scope, receive)
            if arriving.expected and preload.cold():
                await self.warm_up()
            body_file = Incoming(receive) if self.streams(scope) else await self.read_body(receive)
        except RequestAborted:
            return
        except BodyRefused as error:
            await self.refuse(refusal(error.status, scope["path"], error), Out(scope, send))
            return
        with closing(body_file):
            await self.serve(scope, body_file, receive, Out(scope, send))

    async def serve(self, scope: Scope, body_file: IO[bytes] | Incoming, receive: Receive, out: Out) -> None:
        """Respond, and tell those who listen when the request starts and ends."""
        set_script_prefix(asgi.get_script_prefix(scope))
        lease = threads.current()
        try:
            await lifecycle.started(self.__class__, lease, scope)
        except ThreadLimit as error:  # for receivers of the project
            await self.refuse(refusal(503, scope["path"], error, logging.ERROR), out)
            return
        request, response = self.create_request(scope, cast("IO[bytes]", body_file))
        try:
            if request is None:
                await self.send_response(cast("HttpResponseBase", response), out)
            else:
                async with Watch(partial(self.listen, body_file, receive)) as out.watch:
                    response = await self.run_get_response(request)
                    await self.send_response(response, out)
                    lifecycle.sent(lease)
        finally:
            await lifecycle.finished(self.__class__, lease, request, response)

    async def connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one WebSocket connection: the request that opens it, then its view alone."""
        if self.websocket is not None:
            await self.websocket(await self.lifespan.around(scope), receive, send)
        elif await handshake.asked(receive):
            with Leased():
                opening = await self.open(scope, receive, send)
            if opening is not None:
                await opening.end()

    async def open(self, scope: Scope, receive: Receive, send: Send) -> Opening | None:
        """Respond to the request that opens a WebSocket connection; the view may be at work then."""
        out = Denial(scope, send)
        if isinstance(scope["headers"], Iterator):
            scope = {**scope, "headers": list(scope["headers"])}
        set_script_prefix(asgi.get_script_prefix(scope))
        lease = threads.current()
        try:
            scope = await self.lifespan.around(scope)
            await lifecycle.started(self.__class__, lease, scope)
        except (LifespanError, ThreadLimit) as error:
            await self.refuse(refusal(503, scope["path"], error, logging.ERROR), out)
            return None
        request, response = self.create_request(handshake.as_http(scope), BytesIO())
        if not isinstance(request, Request):
            await self.refuse(cast("HttpResponseBase", response), out)
            await lifecycle.finished(self.__class__, lease, request, response)
            return None
        request.opening = opening = Opening(request, receive, send)
        try:
            try:
                response = await self.run_get_response(request)
                with suppress(RequestAborted):
                    await (
                        opening.accept(response) if opening.accepted(response) else self.send_response(response, out)
                    )
            finally:
                await lifecycle.finished(self.__class__, lease, request, response)
        except BaseException:
            await opening.abandon()
            raise
        opening.settle()
        return opening

    async def warm_up(self) -> None:
        """Import the views in a thread before a body comes, as they say how they want to receive it.

        Not in that of the request, whose first call sends request_started. What is wrong with the URLconf is raised
        where the request is resolved, as in Django's handler.
        """
        with suppress(Exception):
            await sync_to_async(preload.load_urls, thread_sensitive=False)()

    async def refuse(self, response: HttpResponseBase, out: Out) -> None:
        """Answer where there is no request."""
        with suppress(RequestAborted):
            await self.send_response(response, out)

    async def read_body(self, receive: Receive) -> IO[bytes]:
        """Receive the body of a request, and return it as a file, at its beginning.

        Not called where the view is ``gingerdj.body.streamed``. Raises RequestAborted when the client leaves,
        gingerdj.body.BodyRefused when the body exceeds a limit.
        """
        return await body.read(receive)

    def streams(self, scope: Scope) -> bool:
        """Whether the view of a request reads the body as it comes."""
        if not Incoming.wanted:
            return False
        prefix = asgi.get_script_prefix(scope)
        try:
            match = get_resolver(settings.ROOT_URLCONF).resolve(scope["path"].removeprefix(prefix))
        except Resolver404:
            return False
        return getattr(match.func, "streams_body", False)

    async def listen(self, body_file: IO[bytes] | Incoming, receive: Receive) -> None:
        """Listen for the client to leave, once the view does not receive any more."""
        if isinstance(body_file, Incoming):
            await body_file.ended.wait()
        await self.listen_for_disconnect(receive)

    async def send_response(self, response: HttpResponseBase, send: Send) -> None:
        """Send the events of a response.

        Raises RequestAborted when the client has left, and BadHeaderError, before anything is sent, for a header that
        HTTP does not allow.
        """
        await transmit(response, send if isinstance(send, Out) else Out({}, send))

    async def _get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """The response of the view, with the hooks of the middleware around it: the inner end of the chain."""
        view, args, kwargs = self.resolve_request(request)
        opening = None
        if isinstance(request, Request):
            await request.settle(view)
            opening = request.opening
        response: Any = opening and opening.foreign(view)
        for process_view in () if response else self._view_middleware:
            response = await process_view(request, view, args, kwargs)
            if response:
                break
        rendered = False
        if response is None:
            atomic = partial(opening.begin, view) if opening else self.make_view_atomic(view)
            try:
                if iscoroutinefunction(atomic):
                    response = await atomic(request, *args, **kwargs)
                else:
                    response, rendered = await in_thread(self.call, atomic, request, *args, **kwargs)
            except Exception as error:
                response = await self.process_exception(error, request)
        self.check_response(response, view)
        if not rendered and callable(getattr(response, "render", None)):
            response = await self.render(request, response)
        if iscoroutine(response):
            raise RuntimeError("Response is still a coroutine.")
        if getattr(response, "is_async", False):
            response._view_iterator = response._iterator  # what middleware wraps, and does not close
        return cast("HttpResponseBase", response)

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """The view of a request, with its arguments. Raises Resolver404, which is answered 404."""
        if isinstance(request, Request) and request.opening is not None:
            return handshake.resolve(request)
        return super().resolve_request(request)

    def call(self, view: Callable[..., Any], request: HttpRequest, /, *args: Any, **kwargs: Any) -> tuple[Any, bool]:
        """What a synchronous view returns, rendered in the same hop where no middleware has a say in that."""
        response = view(request, *args, **kwargs)
        render = getattr(response, "render", None)
        if self._template_response_middleware or not callable(render) or iscoroutinefunction(render):
            return response, False
        return render(), True

    async def render(self, request: HttpRequest, response: Any) -> Any:
        """A response that is rendered once the middleware has seen it."""
        for process_template_response in self._template_response_middleware:
            response = await process_template_response(request, response)
            name = f"{process_template_response.__self__.__class__.__name__}.process_template_response"
            self.check_response(response, process_template_response, name=name)
        try:
            if iscoroutinefunction(response.render):
                return await response.render()
            return await in_thread(response.render)
        except Exception as error:
            return await self.process_exception(error, request)

    async def process_exception(self, error: Exception, request: HttpRequest) -> Any:
        """The response of the middleware to an exception of the view. Raises the exception where there is none."""
        response = None
        if self._exception_middleware and not isinstance(error, RequestAborted | ThreadLimit):
            response = await in_thread(self.process_exception_by_middleware, error, request)
        if response is None:
            raise error
        return response
