"""What synchronous middleware costs each request: its way to a thread and back, counted on the chain itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asgiref.sync import SyncToAsync
from django.conf import settings
from django.core.checks import Warning as Caution
from django.core.checks import register
from django.core.handlers.base import BaseHandler
from django.utils.deprecation import MiddlewareMixin
from django.utils.module_loading import import_string

from gingerdj import chain
from gingerdj.middleware import native

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.apps import AppConfig


@register("gingerdj", deploy=True)
def check_middleware(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[Caution]:
    """Return gingerdj.W001 when middleware costs hops, with their number, and that of each one by itself.

    It makes the middleware, as a server does when it starts; what that raises, passes.
    """
    paths = list(settings.MIDDLEWARE)
    total = hops(paths)
    if total == 0:
        return []
    costs = ", ".join(f"'{path}' {cost}" for path, cost in alone(paths))
    return [
        Caution(
            f"The synchronous middleware in MIDDLEWARE costs each request hops to a thread: {total}. "
            f"Each one by itself: {costs}.",
            hint="Write it for async too, or put it where it costs less: neighbours on Django's MiddlewareMixin share "
            "their hops, and any other synchronous class or function costs least at the top of the list, as it makes "
            "all above it synchronous.",
            id="gingerdj.W001",
        )
    ]


def alone(paths: Sequence[str]) -> list[tuple[str, int]]:
    """Each line of MIDDLEWARE that costs hops among Django's own, with their number."""
    foreign = {path for path in paths if native(imported := import_string(path)) is imported}
    costs = [
        (path, hops(other for place, other in enumerate(paths) if place == index or other not in foreign))
        for index, path in enumerate(paths)
        if path in foreign
    ]
    return [(path, cost) for path, cost in costs if cost]


def hops(paths: Iterable[str]) -> int:
    """The hops that these lines of MIDDLEWARE cost a request on its way to an asynchronous view and back.

    Those of every request: where Django's own class goes to a thread to load or save something, that is not counted,
    nor are the hooks for an exception or a template response.
    """
    counter = Counter(BaseHandler())
    for path in reversed(list(paths)):
        counter.add(path)
    return counter.total()


class Counter(chain.Loader):
    """Builds the chain, and counts where it leaves the event loop."""

    def __init__(self, handler: Any) -> None:
        super().__init__(handler)
        self.left = 0
        """Times that asynchronous code calls synchronous code."""
        self.groups: list[chain.Neighbours] = []

    def wrap(self, instance: Any, inner: Any, mode: bool) -> None:
        """Make a middleware the outer end of the chain, alone or in a group."""
        before, asynchronous = self.neighbours, self.asynchronous
        super().wrap(instance, inner, mode)
        if self.neighbours is not None:
            self.groups = [group for group in self.groups if group is not before] + [self.neighbours]
        elif mode:
            self.left += wrapped(instance)
        self.left += mode and not asynchronous

    def total(self) -> int:
        """The hops of the chain as it is."""
        shared = sum(any(group.requests) + any(group.responses) for group in self.groups)
        views = sum(isinstance(method, SyncToAsync) for method in chain.together(self.view))
        return self.left + shared + views + (not self.asynchronous)


def wrapped(instance: Any) -> int:
    """The hooks that MiddlewareMixin's own asynchronous call takes to a thread one by one."""
    if not isinstance(instance, MiddlewareMixin) or type(instance).__acall__ is not MiddlewareMixin.__acall__:
        return 0
    return hasattr(instance, "process_request") + hasattr(instance, "process_response")
