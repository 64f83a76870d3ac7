"""Stacks of middleware of every kind, made from a seed, with something going wrong at a place that the seed says."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import MiddlewareNotUsed, PermissionDenied
from django.http import Http404, HttpResponse
from django.utils.decorators import async_only_middleware, sync_and_async_middleware, sync_only_middleware
from django.utils.deprecation import MiddlewareMixin

from tests.promises.site import where

if TYPE_CHECKING:
    from collections.abc import Callable

HOOKS = ("process_request", "process_view", "process_template_response", "process_exception", "process_response")
FAULTS = ("error", "missing", "denied", "response", "template", "none")
Event = tuple[str, str, str, str]
"""Layer, place, what it ran on, what it was given."""


class Fault(Exception):  # noqa: N818 - no error: it is what the test asks for
    """What a layer raises."""


class Rendered(HttpResponse):
    """A response that is rendered later, as a TemplateResponse."""

    def __init__(self, recorder: Recorder, name: str) -> None:
        super().__init__(f"{name}, not rendered")
        self.recorder = recorder
        self.name = name

    def render(self) -> Any:
        """The response. Raises what the fault says."""
        self.recorder.note(self.name, "render", "")
        self.content = f"{self.name}, rendered".encode()
        outcome = self.recorder.fault(self.name, "render")
        return self if outcome is None else outcome


@dataclass
class Recorder:
    """What happened in one request, and what is to go wrong."""

    events: list[Event] = field(default_factory=list)
    faults: dict[tuple[str, str], str] = field(default_factory=dict)
    """By layer and place, one of FAULTS."""

    def note(self, name: str, place: str, given: Any) -> None:
        """Note that a place was reached."""
        self.events.append((name, place, where(), described(given)))

    def fault(self, name: str, place: str) -> Any:
        """What the place returns, where that is not the usual thing. Raises what is to be raised there."""
        match self.faults.get((name, place)):
            case "error":
                raise Fault(f"{name} {place}")
            case "missing":
                raise Http404(f"{name} {place}")
            case "denied":
                raise PermissionDenied(f"{name} {place}")
            case "response":
                return HttpResponse(f"of {name} {place}", status=299)
            case "template":
                return Rendered(self, f"of {name} {place}")
        return None


def described(given: Any) -> str:
    """Something that a place was given, in words that are the same in each run."""
    if isinstance(given, HttpResponse):
        return f"{given.status_code} {given.content.decode()[:60]} {given.get('X-Seen', '')}"
    if isinstance(given, BaseException):
        return f"{type(given).__name__} {given}"
    return str(given)


def passed(recorder: Recorder, name: str, place: str, response: Any) -> Any:
    """What a layer makes of a response that it sees on its way out."""
    recorder.note(name, place, response)
    if recorder.faults.get((name, place)) == "none":
        return None
    other = recorder.fault(name, place)
    response = response if other is None else other
    response["X-Seen"] = f"{response.get('X-Seen', '')}{name}"
    return response


def mixin(recorder: Recorder, name: str, hooks: tuple[str, ...], **more: Any) -> type:
    """A class on Django's mixin that has these hooks."""

    def process_request(_: Any, request: Any) -> Any:
        recorder.note(name, "process_request", "")
        return recorder.fault(name, "process_request")

    def process_view(_: Any, request: Any, view: Any, args: Any, kwargs: Any) -> Any:
        recorder.note(name, "process_view", view.__name__)
        return recorder.fault(name, "process_view")

    def process_exception(_: Any, request: Any, error: Exception) -> Any:
        recorder.note(name, "process_exception", error)
        return recorder.fault(name, "process_exception")

    def process_template_response(_: Any, request: Any, response: Any) -> Any:
        return passed(recorder, name, "process_template_response", response)

    def process_response(_: Any, request: Any, response: Any) -> Any:
        return passed(recorder, name, "process_response", response)

    known = locals()
    return type(f"Mixin{name}", (MiddlewareMixin,), {**{hook: known[hook] for hook in hooks}, **more})


def around(recorder: Recorder, name: str, get_response: Any) -> Any:
    """A middleware function, of the kind that get_response is."""
    if iscoroutinefunction(get_response):

        async def asynchronous(request: Any) -> Any:
            recorder.note(name, "request", "")
            early = recorder.fault(name, "request")
            return passed(recorder, name, "response", await get_response(request) if early is None else early)

        return asynchronous

    def synchronous(request: Any) -> Any:
        recorder.note(name, "request", "")
        early = recorder.fault(name, "request")
        return passed(recorder, name, "response", get_response(request) if early is None else early)

    return synchronous


def overriding(recorder: Recorder, name: str) -> type:
    """A class on Django's mixin that calls its hooks itself."""

    def call(self: Any, request: Any) -> Any:
        return self.__acall__(request) if self.async_mode else self.respond(request)

    def init(self: Any, get_response: Any) -> None:
        MiddlewareMixin.__init__(self, get_response)
        self.respond = around(recorder, name, get_response)

    async def acall(self: Any, request: Any) -> Any:
        return await self.respond(request)

    own = {"__init__": init, "__call__": call, "__acall__": acall}
    return mixin(recorder, name, HOOKS, **own)


def plain(recorder: Recorder, name: str, asynchronous: bool) -> type:
    """A class that is on no mixin, and either synchronous or asynchronous, never both."""

    def init(self: Any, get_response: Any) -> None:
        self.respond = around(recorder, name, get_response)
        if asynchronous:
            markcoroutinefunction(self)

    hooks = vars(mixin(recorder, name, HOOKS))
    own = {hook: hooks[hook] for hook in ("process_view", "process_exception")}
    own |= {"__init__": init, "__call__": lambda self, request: self.respond(request)}
    return type(f"Plain{name}", (), {**own, "sync_capable": not asynchronous, "async_capable": asynchronous})


def async_view_hooks(recorder: Recorder, name: str) -> type:
    """A class on Django's mixin whose process_view is asynchronous."""

    async def process_view(_: Any, request: Any, view: Any, args: Any, kwargs: Any) -> Any:
        recorder.note(name, "process_view", view.__name__)
        return recorder.fault(name, "process_view")

    async def process_template_response(_: Any, request: Any, response: Any) -> Any:
        return passed(recorder, name, "process_template_response", response)

    own = {"process_view": process_view, "process_template_response": process_template_response}
    return mixin(recorder, name, HOOKS, **own)


def unused(name: str) -> Callable[[Any], Any]:
    """Middleware that says it is not needed."""

    def middleware(_: Any) -> Any:
        raise MiddlewareNotUsed(*([name] if name in "ACEG" else []))

    return middleware


def layer(chance: random.Random, recorder: Recorder, name: str) -> Any:
    """One middleware of any kind; those that GingerDJ groups, more often."""
    function = async_only_middleware(lambda get_response: around(recorder, name, get_response))
    kinds: dict[str, Callable[[], Any]] = {
        "sync function": lambda: sync_only_middleware(lambda get_response: around(recorder, name, get_response)),
        "async function": lambda: function,
        "both function": lambda: sync_and_async_middleware(lambda get_response: around(recorder, name, get_response)),
        "undecorated": lambda: lambda get_response: around(recorder, name, get_response),
        "sync class": lambda: plain(recorder, name, asynchronous=False),
        "async class": lambda: plain(recorder, name, asynchronous=True),
        "overriding": lambda: overriding(recorder, name),
        "async hooks": lambda: async_view_hooks(recorder, name),
        "sync mixin": lambda: mixin(recorder, name, HOOKS, async_capable=False),
        "async mixin": lambda: mixin(recorder, name, HOOKS, sync_capable=False),
        "unused": lambda: unused(name),
    }
    if chance.random() < 0.6:
        return mixin(recorder, name, tuple(hook for hook in HOOKS if chance.random() < 0.6))
    return kinds[chance.choice(list(kinds))]()


def view(recorder: Recorder, kind: str, *, template: bool) -> Any:
    """A view that returns a response, rendered at once or later."""

    def answer() -> Any:
        recorder.note("view", "call", "")
        if recorder.faults.get(("view", "call")) == "none":
            return None
        other = recorder.fault("view", "call")
        if other is not None:
            return other
        return Rendered(recorder, "view") if template else HttpResponse("view")

    def sync_view(_: Any) -> Any:
        return answer()

    async def async_view(_: Any) -> Any:
        return answer()

    return sync_view if kind == "sync" else async_view


@dataclass
class Stack:
    """A view with middleware around it."""

    middleware: list[Any]
    view: Any
    recorder: Recorder
    names: str


def stack(seed: int) -> Stack:
    """The stack of this seed: the same each time."""
    chance = random.Random(seed)  # noqa: S311 - a test that is the same each time
    recorder = Recorder()
    names = "ABCDEFGH"[: chance.randint(1, 8)]
    middleware = [layer(chance, recorder, name) for name in names]
    return Stack(
        middleware, view(recorder, chance.choice(["sync", "async"]), template=chance.random() < 0.5), recorder, names
    )


def faults(seed: int, events: list[Event], count: int) -> list[dict[tuple[str, str], str]]:
    """What is to go wrong in turn: nothing, then something at places that were reached; sometimes at two."""
    chance = random.Random(seed)  # noqa: S311 - as above
    reached = [(name, place) for name, place, *_ in events]
    places = [*reached, *((name, "process_exception") for name, _ in reached)]
    found: list[dict[tuple[str, str], str]] = [{}]
    for _ in range(count):
        chosen = chance.sample(places, min(len(places), chance.choice([1, 1, 2, 3])))
        found.append({place: chance.choice(FAULTS) for place in chosen})
    return found
