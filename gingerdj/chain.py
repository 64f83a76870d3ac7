"""``MIDDLEWARE`` → one asynchronous callable: Django's rules, with as few hops as the classes in it allow.

Django's own middleware runs on the event loop where it only computes (``gingerdj.middleware``). Neighbours among the
rest that would each go to a thread and back go together: one hop for the requests of all, one for their responses.
"""

from __future__ import annotations

import logging
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol, cast

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, MiddlewareNotUsed, RequestAborted
from django.core.handlers import base, exception
from django.utils.deprecation import MiddlewareMixin

from gingerdj.body import BodyRefused
from gingerdj.middleware import native
from gingerdj.response import refusal
from gingerdj.threads import ThreadLimit, in_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    Respond = Callable[[HttpRequest], Awaitable[HttpResponseBase]]

logger = logging.getLogger("django.request")


def load(handler: Any) -> None:
    """Build the chain of a handler, and its lists of other hooks, from settings.MIDDLEWARE.

    Raises what Django's handler raises: RuntimeError for middleware that is neither synchronous nor asynchronous,
    ImproperlyConfigured for a factory that returns None.
    """
    Loader(handler).load()


class Loader:
    """Builds the chain from its inner end."""

    def __init__(self, handler: Any) -> None:
        self.handler = handler
        """A BaseHandler of Django; its stubs leave out the attributes that are set here."""
        self.view: list[Any] = []
        self.template: list[Any] = []
        self.exception: list[Any] = []
        self.respond: Any = converted(handler._get_response_async)
        """What the next middleware calls."""
        self.asynchronous = True
        self.neighbours: Neighbours | None = None
        """The group at the outer end of the chain so far."""

    def load(self) -> None:
        """Add all middleware, and give the handler the result."""
        handler = self.handler
        for path in reversed(settings.MIDDLEWARE):
            self.add(path)
        adapt = handler.adapt_method_mode
        handler._view_middleware = together(self.view)
        handler._template_response_middleware = [adapt(True, method) for method in self.template]
        handler._exception_middleware = [adapt(False, method) for method in self.exception]
        handler._middleware_chain = self.respond if self.asynchronous else converted(adapt(True, self.respond, False))

    def add(self, path: str) -> None:
        """Put one more middleware around the chain."""
        imported = base.import_string(path)  # type: ignore[attr-defined]  # by the name that monitoring replaces
        middleware = native(imported)
        sync, asynchronous = getattr(imported, "sync_capable", True), getattr(imported, "async_capable", False)
        if not sync and not asynchronous:
            raise RuntimeError(f"Middleware {path} must have at least one of sync_capable/async_capable set to True.")
        mode = asynchronous if self.asynchronous or not sync else False
        inner = self.handler.adapt_method_mode(
            mode, self.respond, self.asynchronous, debug=settings.DEBUG, name=f"middleware {path}"
        )
        if mode and not self.asynchronous:
            inner = converted(inner)  # there may be no thread for it
        try:
            instance = middleware(inner)
        except MiddlewareNotUsed as error:
            if settings.DEBUG:
                if str(error):
                    logger.debug("MiddlewareNotUsed(%r): %s", path, error)
                else:
                    logger.debug("MiddlewareNotUsed: %r", path)
            return
        if instance is None:
            raise ImproperlyConfigured(f"Middleware factory {path} returned None.")
        self.hooks(instance)
        self.wrap(instance, inner, mode)

    def hooks(self, instance: Any) -> None:
        """Note the other hooks of a middleware."""
        if hasattr(instance, "process_view"):
            self.view.insert(0, instance.process_view)
        if hasattr(instance, "process_template_response"):
            self.template.append(instance.process_template_response)
        if hasattr(instance, "process_exception"):
            self.exception.append(instance.process_exception)

    def wrap(self, instance: Any, inner: Any, mode: bool) -> None:
        """Make a middleware the outer end of the chain, alone or in a group."""
        if mode and hops(instance):
            members = [instance, *(self.neighbours.members if self.neighbours else ())]
            innermost = self.neighbours.inner if self.neighbours else inner
            self.neighbours = Neighbours(members, innermost)
            self.respond = converted(self.neighbours.respond)
        else:
            self.neighbours = None
            self.respond = converted(called(instance)) if mode else exception.convert_exception_to_response(instance)
        self.asynchronous = mode


def called(instance: Any) -> Respond:
    """What calling a middleware comes to: one frame less where MiddlewareMixin would only pass the call on."""
    if isinstance(instance, MiddlewareMixin) and type(instance).__call__ is MiddlewareMixin.__call__:
        return instance.__acall__
    return cast("Respond", instance)


def converted(respond: Respond) -> Respond:
    """The same callable, with a response for each exception, as all middleware may expect."""

    @wraps(respond)
    async def inner(request: HttpRequest) -> HttpResponseBase:
        try:
            return await respond(request)
        except RequestAborted:  # there is nobody to respond to
            raise
        except Exception as error:
            return await response_for(request, error)

    return inner


async def response_for(request: HttpRequest, error: Exception) -> HttpResponseBase:
    """Django's response for an exception, made in a thread, as error handlers are the project's.

    What this handler itself refuses needs no error handler.
    """
    if isinstance(error, ThreadLimit):
        return refusal(503, request.path, error, logging.ERROR)
    if isinstance(error, BodyRefused):
        return refusal(error.status, request.path, error)
    return await sync_to_async(exception.response_for_exception, thread_sensitive=False)(request, error)


def hops(instance: Any) -> bool:
    """Whether a middleware is synchronous code in MiddlewareMixin's asynchronous wrapping, and nothing else."""
    kind = type(instance)
    return (
        isinstance(instance, MiddlewareMixin)
        and kind.__call__ is MiddlewareMixin.__call__
        and kind.__acall__ is MiddlewareMixin.__acall__
        and (hasattr(instance, "process_request") or hasattr(instance, "process_response"))
        and not iscoroutinefunction(getattr(instance, "process_request", None))
        and not iscoroutinefunction(getattr(instance, "process_response", None))
    )


class Neighbours:
    """Middleware classes next to each other, from the outer one to the inner one, all of them synchronous."""

    def __init__(self, members: Sequence[Any], inner: Respond) -> None:
        self.members = members
        self.inner = inner
        self.requests = [hasattr(member, "process_request") for member in members]
        self.responses = [hasattr(member, "process_response") for member in members]

    async def respond(self, request: HttpRequest) -> HttpResponseBase:
        """The response that the outermost one gives."""
        outer = len(self.members)
        response: HttpResponseBase | None = None
        error: Exception | None = None
        if any(self.requests):
            response, error, outer = await in_thread(self.process_requests, request)
        if response is None and error is None:
            response = await self.inner(request)
        while error is not None or outer:
            if error is not None:
                try:
                    # Error pages and receivers of got_request_exception ask sys.exc_info().
                    raise error  # noqa: TRY301 - raised again only to be handled
                except Exception as raised:
                    response, error = await response_for(request, raised), None
            else:
                if not any(self.responses[:outer]):
                    break
                response, error, outer = await in_thread(self.process_responses, request, response, outer)
        return cast("HttpResponseBase", response)  # or whatever the middleware returned

    def process_requests(self, request: HttpRequest) -> tuple[HttpResponseBase | None, Exception | None, int]:
        """Ask each for a response; returns the first one, or error, and how many members it passes on its way out."""
        for index, member in enumerate(self.members):
            if self.requests[index]:
                try:
                    response = member.process_request(request)
                except Exception as error:
                    return None, error, index
                if response:
                    return response, None, index + 1
        return None, None, len(self.members)

    def process_responses(
        self, request: HttpRequest, response: HttpResponseBase | None, outer: int
    ) -> tuple[HttpResponseBase | None, Exception | None, int]:
        """Give the response to the outer members, up to the first error; returns how many are left."""
        for index in reversed(range(outer)):
            if self.responses[index]:
                try:
                    response = self.members[index].process_response(request, response)
                except Exception as error:
                    return None, error, index
        return response, None, 0


def together(methods: Sequence[Any]) -> list[Any]:
    """process_view methods for the event loop: neighbours that are synchronous take one hop."""
    runs: list[list[Any]] = []
    for method in methods:
        if runs and not iscoroutinefunction(method) and not iscoroutinefunction(runs[-1][0]):
            runs[-1].append(method)
        else:
            runs.append([method])
    return [run[0] if iscoroutinefunction(run[0]) else sync_to_async(first_of(run)) for run in runs]


class ProcessView(Protocol):
    """A hook that is called before the view."""

    def __call__(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        """A response, or None to go on."""


def first_of(methods: Sequence[ProcessView]) -> ProcessView:
    """A hook that calls several, and returns the first response."""
    if len(methods) == 1:
        return methods[0]

    def process_view(request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        for method in methods:
            response = method(request, view, args, kwargs)
            if response:
                return response
        return None

    return process_view
