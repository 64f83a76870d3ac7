"""What all twins share: the asynchronous call, which asks where to run each hook of Django's class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.utils.deprecation import MiddlewareMixin

from gingerdj.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

T = TypeVar("T", bound="type[Twin]")

TWINS: dict[type, type[Twin]] = {}
"""The twin of each class of Django whose module has been imported here."""


def twin_of(original: type) -> Callable[[T], T]:
    """Return a decorator that registers the twin of a class, under the names that log messages show."""

    def register(twin: T) -> T:
        twin.__name__ = original.__name__
        twin.__qualname__ = original.__qualname__
        twin.__module__ = original.__module__
        TWINS[original] = twin
        return twin

    return register


class Twin(MiddlewareMixin):
    """One of Django's middleware classes, whose hooks run on the event loop unless the twin asks for a thread.

    In synchronous mode nothing differs from Django's class.
    """

    process_request: Any
    process_response: Any
    has_request = has_response = False
    """Whether the class has such a hook."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.has_request, cls.has_response = hasattr(cls, "process_request"), hasattr(cls, "process_response")

    def request_hops(self, request: HttpRequest) -> bool:
        """Whether process_request may do more than compute."""
        return False

    def response_hops(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Whether process_response may do more than compute."""
        return False

    async def __acall__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response, as MiddlewareMixin does, with the hops that are needed."""
        response: Any = None
        if self.has_request:
            if self.request_hops(request):
                response = await in_thread(self.process_request, request)
            else:
                response = self.process_request(request)
        if not response:
            get_response: Any = self.get_response
            response = await get_response(request)
        if self.has_response:
            if self.response_hops(request, response):
                response = await in_thread(self.process_response, request, response)
            else:
                response = self.process_response(request, response)
        return response  # type: ignore[no-any-return]  # whatever the layers inside return


class ViewTwin(Twin):
    """A twin of a class with process_view, which is a coroutine function when the chain is asynchronous.

    ``aprocess_view`` is there in both modes, for a chain that is asynchronous around synchronous middleware.
    """

    process_view: Any

    def __init__(self, get_response: Any, **options: Any) -> None:
        super().__init__(get_response, **options)
        if self.async_mode:
            self.process_view = self.aprocess_view

    def view_hops(self, request: HttpRequest, view: Callable[..., Any]) -> bool:
        """Whether process_view may do more than compute."""
        raise NotImplementedError

    async def aprocess_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Return what process_view of Django's class returns."""
        process_view: Callable[..., HttpResponseBase | None] = type(self).process_view
        if self.view_hops(request, view):
            return await in_thread(process_view, self, request, view, args, kwargs)
        return process_view(self, request, view, args, kwargs)
