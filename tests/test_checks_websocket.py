"""gingerdj.E003: routes whose view the handler cannot call."""

from __future__ import annotations

import asyncio
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from django.http import HttpResponse
from django.test import AsyncRequestFactory, override_settings
from django.urls import include, path, re_path
from django.views import View

from gingerdj.checks.websocket import check_websocket
from gingerdj.handshake import Opening
from tests.project.server import configure

if TYPE_CHECKING:
    from collections.abc import Callable


async def asynchronous(socket: Any) -> Any:
    """A view."""


def synchronous(socket: Any) -> None:
    """A view that is none."""


class Called:
    """A view that is an object."""

    async def __call__(self, socket: Any) -> None:
        """Serve a connection."""


class Page(View):
    """A view of a class, of Django's kind."""

    async def get(self, request: Any) -> HttpResponse:
        """Answer."""
        return HttpResponse()


class SyncPage(View):
    """The same, synchronous."""

    def get(self, request: Any) -> HttpResponse:
        """Answer."""
        return HttpResponse()


RIGHT: list[Callable[..., Any]] = [asynchronous, Called(), partial(asynchronous), Page.as_view()]
WRONG: list[Callable[..., Any]] = [synchronous, partial(synchronous), SyncPage.as_view()]


def found(*patterns: Any) -> list[tuple[str | None, str]]:
    """The ids and messages with these routes."""
    configure()
    urlconf = ModuleType("sockets")
    vars(urlconf)["websocket_urlpatterns"] = list(patterns)
    with override_settings(ROOT_URLCONF=urlconf):
        messages = check_websocket(None)
    assert all(message.hint and message.is_serious() for message in messages)
    return [(message.id, message.msg) for message in messages]


def test_no_routes() -> None:
    assert found() == []
    with override_settings():
        configure()
        assert check_websocket(None) == []


@pytest.mark.parametrize("view", RIGHT)
def test_an_asynchronous_view(view: Any) -> None:
    assert found(path("chat/", view)) == []


@pytest.mark.parametrize(
    ("view", "name"),
    [
        (synchronous, f"{__name__}.synchronous"),
        (WRONG[1], repr(WRONG[1])),
        (WRONG[2], f"{__name__}.View.as_view.<locals>.view"),
    ],
    ids=["function", "partial", "class"],
)
def test_a_synchronous_view_is_named_with_its_route(view: Any, name: str) -> None:
    ((identity, message),) = found(path("chat/", asynchronous), path("rooms/", include([re_path(r"^(\d+)/$", view)])))
    assert identity == "gingerdj.E003"
    assert message.startswith(r"The view of 'rooms/^(\d+)/$' in websocket_urlpatterns of ")
    assert message.endswith(f"is not asynchronous: {name}.")


@pytest.mark.parametrize(("views", "refused"), [(RIGHT, False), (WRONG, True)])
def test_the_handler_refuses_the_same_views(views: list[Any], refused: bool) -> None:
    configure()

    async def begin(view: Any) -> bool:
        async def never() -> Any:
            return await asyncio.get_running_loop().create_future()

        async def send(event: Any) -> None:
            pass

        request: Any = AsyncRequestFactory().get("/")
        opening = Opening(request, never, send)
        try:
            await opening.begin(view, request)
        except TypeError as error:
            return "is no asynchronous function" in str(error)
        finally:
            await opening.abandon()
        return False

    for view in views:
        assert asyncio.run(begin(view)) is refused
