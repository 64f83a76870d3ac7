"""gingerdj.W001: the number of hops is the one that is counted when a request passes the middleware."""

from __future__ import annotations

import asyncio
import random
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpResponse
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.test import override_settings
from django.urls import path
from django.utils.decorators import async_only_middleware, sync_and_async_middleware, sync_only_middleware
from django.utils.deprecation import MiddlewareMixin

from gingerdj.checks.middleware import alone, check_middleware, hops
from gingerdj.handler import ASGIHandler
from tests import cost
from tests.cost_project.request import Request
from tests.project.server import configure
from tests.promises.stack import Recorder, around, mixin, plain
from tests.slow import slow_after

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SEEDS = 100
QUICK = 25
MODULE = "generated_middleware"
DJANGOS = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
HOOKS = ("process_request", "process_view", "process_template_response", "process_exception", "process_response")


async def view(request: Any) -> HttpResponse:
    """An asynchronous view."""
    return HttpResponse()


@pytest.fixture(autouse=True)
def settings() -> Iterator[None]:
    """Those of a project that needs no database."""
    configure()
    with override_settings(
        ROOT_URLCONF=(path("", view),),
        SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
        SECURE_SSL_REDIRECT=False,
    ):
        yield


def measured(paths: list[str]) -> int:
    """The hops of a request through this middleware."""

    async def scenario() -> int:
        cost.fill(asyncio.get_running_loop())
        return (await cost.measure(ASGIHandler(), Request("/"))).hops

    with override_settings(MIDDLEWARE=paths):
        return asyncio.run(scenario())


def calls_itself(name: str) -> type:
    """A class that does something of its own before MiddlewareMixin's call."""

    def call(self: Any, request: Any) -> Any:
        request.seen = name
        return MiddlewareMixin.__call__(self, request)

    return mixin(Recorder(), name, ("process_request", "process_response"), __call__=call)


def asynchronous_call(name: str) -> type:
    """A class on the mixin whose asynchronous call is its own."""

    async def acall(self: Any, request: Any) -> Any:
        return await self.get_response(request)

    return mixin(Recorder(), name, HOOKS, __acall__=acall)


def unused(get_response: Any) -> Any:
    """Middleware that says it is not needed."""
    raise MiddlewareNotUsed


def async_view_hook(name: str) -> type:
    """A class on the mixin whose process_view is asynchronous."""

    async def process_view(self: Any, request: Any, view: Any, args: Any, kwargs: Any) -> None:
        """Nothing."""

    return mixin(Recorder(), name, ("process_request",), process_view=process_view)


def some(chance: random.Random, name: str) -> Any:
    """A class on the mixin with some of the hooks."""
    return mixin(Recorder(), name, tuple(hook for hook in HOOKS if chance.random() < 0.5))


def function(name: str) -> Any:
    """A middleware function that is of the kind of what it calls."""

    def middleware(get_response: Any) -> Any:
        return around(Recorder(), name, get_response)

    return middleware


KINDS: dict[str, Callable[[random.Random, str], Any]] = {
    "some hooks": some,
    "more hooks": some,
    "sync function": lambda _, name: sync_only_middleware(function(name)),
    "undecorated": lambda _, name: function(name),
    "async function": lambda _, name: async_only_middleware(function(name)),
    "function of both": lambda _, name: sync_and_async_middleware(function(name)),
    "sync class": lambda _, name: plain(Recorder(), name, asynchronous=False),
    "async class": lambda _, name: plain(Recorder(), name, asynchronous=True),
    "calls itself": lambda _, name: calls_itself(name),
    "asynchronous call": lambda _, name: asynchronous_call(name),
    "async view hook": lambda _, name: async_view_hook(name),
    "sync mixin": lambda _, name: mixin(Recorder(), name, HOOKS, async_capable=False),
    "async mixin": lambda _, name: mixin(Recorder(), name, HOOKS, sync_capable=False),
    "of Django's": lambda _, name: type(name, (CommonMiddleware,), {}),
    "of Django's, with a view hook": lambda _, name: type(name, (CsrfViewMiddleware,), {}),
    "unused": lambda *_: unused,
}


def stack(seed: int) -> list[str]:
    """Lines of MIDDLEWARE, in a module that can be imported."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    module = sys.modules[MODULE]
    paths = []
    for index in range(chance.randint(1, 7)):
        if chance.random() < 0.4:
            paths.append(chance.choice(DJANGOS))
        else:
            name = f"m{index}"
            setattr(module, name, KINDS[chance.choice(list(KINDS))](chance, name))
            paths.append(f"{MODULE}.{name}")
    return paths


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Where the generated middleware is."""
    made = ModuleType(MODULE)
    monkeypatch.setitem(sys.modules, MODULE, made)
    return made


@pytest.mark.usefixtures("module")
@pytest.mark.parametrize("seed", slow_after(QUICK, map(pytest.param, range(SEEDS))))
def test_generated_stacks_cost_what_is_counted(seed: int) -> None:
    paths = stack(seed)
    assert hops(paths) == measured(paths)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.slow
def test_each_kind_costs_what_is_counted_alone_and_among_djangos(kind: str, module: ModuleType) -> None:
    chance = random.Random(kind)  # noqa: S311 - not for secrets
    vars(module)["m"] = KINDS[kind](chance, "m")
    middle = [*DJANGOS[:4], f"{MODULE}.m", *DJANGOS[4:]]
    for paths in ([f"{MODULE}.m"], [f"{MODULE}.m", *DJANGOS], middle, [*DJANGOS, f"{MODULE}.m"]):
        number = measured(paths)
        assert hops(paths) == number
        assert alone(paths) == ([(f"{MODULE}.m", number)] if number else [])


def test_djangos_own_costs_nothing() -> None:
    assert measured(DJANGOS) == hops(DJANGOS) == 0
    with override_settings(MIDDLEWARE=DJANGOS):
        assert check_middleware(None) == []


def test_names_each_class_and_what_they_cost_together(module: ModuleType) -> None:
    first, second = (mixin(Recorder(), name, ("process_request", "process_response")) for name in ("a", "b"))
    vars(module).update(first=first, second=second, third=sync_only_middleware(function("c")))
    paths = [f"{MODULE}.third", *DJANGOS[:2], f"{MODULE}.first", f"{MODULE}.second", *DJANGOS[2:]]
    assert measured(paths) == 3
    with override_settings(MIDDLEWARE=paths):
        (warning,) = check_middleware(None)
    assert warning.id == "gingerdj.W001"
    assert not warning.is_serious()
    assert warning.msg == (
        "The synchronous middleware in MIDDLEWARE costs each request hops to a thread: 3. Each one by itself: "
        f"'{MODULE}.third' 1, '{MODULE}.first' 2, '{MODULE}.second' 2."
    )
    assert warning.hint


def test_the_cures_of_the_hint(module: ModuleType) -> None:
    """Neighbours share; what is not on the mixin costs least at the top."""
    vars(module).update(
        {name: mixin(Recorder(), name, ("process_request", "process_response")) for name in ("a", "b")},
        c=sync_only_middleware(function("c")),
    )
    a, b, c = (f"{MODULE}.{name}" for name in "abc")
    assert (hops([a, *DJANGOS, b]), hops([*DJANGOS, a, b])) == (4, 2)
    assert (hops([*DJANGOS, c]), hops([c, *DJANGOS])) == (2, 1)


def test_a_class_that_cannot_be_imported_passes_its_error() -> None:
    with override_settings(MIDDLEWARE=["tests.absent.Middleware"]), pytest.raises(ModuleNotFoundError):
        check_middleware(None)
