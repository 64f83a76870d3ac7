"""The user of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.middleware import AuthenticationMiddleware, LoginRequiredMiddleware

from gingerdj.middleware.twin import Twin, ViewTwin, twin_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest


@twin_of(AuthenticationMiddleware)
class Authentication(Twin, AuthenticationMiddleware):
    """``request.user`` and ``request.auser``: neither is looked up before it is used."""


@twin_of(LoginRequiredMiddleware)
class LoginRequired(ViewTwin, LoginRequiredMiddleware):
    """The redirect to the login page, for which the user has to be known."""

    def view_hops(self, request: HttpRequest, view: Callable[..., Any]) -> bool:
        """Whether the user is looked up."""
        return USER_FIRST or getattr(view, "login_required", True)


class Unasked:
    """A request whose user nobody may ask for."""

    user = property()


def asks_user_first() -> bool:
    """Whether LoginRequiredMiddleware looks the user up for views that need no login too, as Django 5.2 does.

    That reads the session, so that the response varies on its cookie.
    """

    def view() -> None:
        pass

    view.login_required = False  # type: ignore[attr-defined]  # as Django's decorator does
    process_view: Any = LoginRequiredMiddleware.process_view
    try:
        process_view(None, Unasked(), view, (), {})
    except AttributeError:
        return True
    return False


USER_FIRST = asks_user_first()
