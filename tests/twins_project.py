"""The project that the tests of middleware ask: views that follow a script, and all that a project may replace."""

from __future__ import annotations

import asyncio
import sys
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.sessions.backends import cache, db
from django.contrib.sessions.serializers import JSONSerializer
from django.core.cache.backends.locmem import LocMemCache
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.signing import TimestampSigner
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.middleware import csrf
from django.middleware.common import CommonMiddleware
from django.template.response import TemplateResponse
from django.urls import converters, include, path, re_path, register_converter
from django.urls.resolvers import LocalePrefixPattern, URLPattern, URLResolver
from django.utils import translation
from django.utils.decorators import async_only_middleware, sync_only_middleware
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

ON_LOOP: list[str] = []
"""Synchronous code of the project that ran on an event loop, where it must not."""
SEEN: list[object] = []
"""What the views saw."""


def off_loop(name: str) -> None:
    """Note where code of the project runs."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    ON_LOOP.append(name)


# The views.

ERRORS: Mapping[str, Callable[[], Exception]] = {
    "404": lambda: Http404("gone"),
    "403": lambda: PermissionDenied("no"),
    "400": lambda: SuspiciousOperation("odd"),
    "500": lambda: ValueError("broken"),
}


@dataclass(frozen=True)
class Script:
    """What a view does, in this order, and what it returns."""

    acts: Sequence[str] = ()
    status: int = 200
    headers: Sequence[tuple[str, str]] = ()
    cookie: bool = False
    kind: str = "plain"
    """Of response: plain, lazy, template, stream, astream."""
    size: int = 10
    error: str | None = None


script = Script()
"""What the next view does."""


class LazyResponse(HttpResponse):
    """A response that makes its content when it is read, as a project may write it."""

    @property
    def content(self) -> bytes:
        """The content; not on the event loop."""
        off_loop("LazyResponse.content")
        return b"".join(self._container)  # type: ignore[attr-defined]  # where Django keeps it

    @content.setter
    def content(self, value: Any) -> None:
        HttpResponse.content.fset(self, value)  # type: ignore[attr-defined]  # a property


def count(request: Any) -> None:
    """Change the session."""
    request.session["seen"] = request.session.get("seen", 0) + 1


def lose(request: Any) -> None:
    """Delete the stored session, as another request may do meanwhile."""
    type(request.session)(request.session.session_key).delete()


ACTS: Mapping[str, Callable[[Any], object]] = {
    "session get": lambda request: SEEN.append(request.session.get("seen")),
    "session set": count,
    "session flush": lambda request: request.session.flush(),
    "session expiry": lambda request: request.session.set_expiry(0),
    "session lost": lose,
    "user": lambda request: SEEN.append(str(request.user)),
    "token": lambda request: SEEN.append(csrf.get_token(request)),
    "rotate": csrf.rotate_token,
    "message": lambda request: messages.info(request, "hello"),
    "messages": lambda request: SEEN.append([str(message) for message in messages.get_messages(request)]),
    "form": lambda request: SEEN.append((request.POST.dict(), sorted(request.FILES))),
    "site": lambda request: SEEN.append(str(request.site)),
    "language": lambda request: SEEN.append((translation.get_language(), str(gettext_lazy("Yes")))),
}
"""What a view may do with the request, synchronously."""


def respond(request: HttpRequest) -> HttpResponseBase:
    """Return, or raise, what the script says."""
    if script.error:
        error = ERRORS[script.error]()
        raise error
    content = (b"<p>some text, over and over</p>" * (script.size // 30 + 1))[: script.size]
    response: HttpResponseBase
    if script.kind == "stream":
        response = StreamingHttpResponse(pieces(content), status=script.status)
    elif script.kind == "astream":
        response = StreamingHttpResponse(apieces(content), status=script.status)
    elif script.kind == "template":
        response = TemplateResponse(request, "page", {"content": content.decode()}, status=script.status)
    else:
        response = {"plain": HttpResponse, "lazy": LazyResponse}[script.kind](content, status=script.status)
    for name, value in script.headers:
        response[name] = value
    if script.cookie:
        response.set_cookie("taste", "sweet")
    return response


def pieces(content: bytes) -> Iterator[bytes]:
    """The content in two pieces."""
    yield content[:100]
    yield content[100:]


async def apieces(content: bytes) -> AsyncIterator[bytes]:
    """The content in two pieces."""
    for piece in pieces(content):
        yield piece


def view(request: HttpRequest, **captured: object) -> HttpResponseBase:
    """Follow the script."""
    off_loop("view")
    SEEN.append(captured)
    for name in script.acts:
        ACTS[name](request)
    return respond(request)


async def aview(request: Any, **captured: object) -> HttpResponseBase:
    """Follow the script, with the asynchronous methods where Django has one."""
    SEEN.append(captured)
    for name in script.acts:
        match name:
            case "user":
                SEEN.append(str(await request.auser()))
            case "session get":
                SEEN.append(await request.session.aget("seen"))
            case "session set":
                await request.session.aset("seen", await request.session.aget("seen", 0) + 1)
            case _:
                await sync_to_async(ACTS[name])(request)
    return respond(request)


@csrf_exempt
def exempt(request: HttpRequest) -> HttpResponseBase:
    """Follow the script, whoever asks."""
    return view(request)


@login_not_required
def public(request: HttpRequest) -> HttpResponseBase:
    """Follow the script, without a user."""
    return view(request)


def no_slash(request: HttpRequest) -> HttpResponseBase:
    """Follow the script; nobody is sent here from the path without the slash."""
    return view(request)


no_slash.should_append_slash = False  # type: ignore[attr-defined]  # what Django's decorator no_append_slash sets


def refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The project's answer to a forged request."""
    off_loop("CSRF_FAILURE_VIEW")
    return HttpResponse(f"refused: {reason}", status=403)


def error_view(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The project's page for errors."""
    off_loop("error handler")
    return HttpResponse(
        f"error: {exception}", status={"Http404": 404, "Resolver404": 404}.get(type(exception).__name__, 500)
    )


# The URLs.


class Even(converters.IntConverter):
    """A converter of the project, which looks the value up, so to speak."""

    def to_python(self, value: str) -> int:
        """The number, if it is even."""
        off_loop("converter")
        number = int(value)
        if number % 2:
            raise ValueError(value)
        return number


class Year(converters.IntConverter):
    """A converter of the project with nothing but an expression of its own."""

    regex = "[0-9]{4}"


register_converter(Even, "even")
register_converter(Year, "year")

plain_urls = [
    path("page/", view),
    path("apage/", aview),
    path("exempt/", exempt),
    path("public/", public),
    path("fixed/", no_slash),
    path("bare", view),
    path("archive/<year:year>/<slug:slug>/", aview),
    re_path(r"^old/(?P<number>[0-9]+)/$", view),
    path("nested/", include([path("<int:number>/", view), path("uuid/<uuid:key>/", aview)])),
]


def module(name: str, **content: object) -> str:
    """Make a module of this name; returns its name."""
    made = types.ModuleType(f"tests_twins_{name}")
    vars(made).update(content)
    sys.modules[made.__name__] = made
    return made.__name__


def urlconf(name: str, urlpatterns: Sequence[object]) -> str:
    """Make a URLconf of this name."""
    handlers = dict.fromkeys(["handler400", "handler403", "handler404", "handler500"], error_view)
    return module(name, urlpatterns=[*plain_urls, *urlpatterns], **handlers)


def today() -> str:
    """A route that is made when it is asked for."""
    off_loop("lazy route")
    return "today/"


def prefixed(*urls: URLPattern, default: bool = True) -> list[URLResolver]:
    """What i18n_patterns returns, which asks for settings."""
    return [URLResolver(LocalePrefixPattern(prefix_default_language=default), list(urls))]


# What a project may replace.


class SavedHere(db.SessionStore):
    """An engine with an own way to save, which Django's asave would pass by."""

    def save(self, must_create: bool = False) -> None:
        """Save, with a mark."""
        off_loop("SessionStore.save")
        SEEN.append("saved")
        super().save(must_create)


class NeverEmpty(cache.SessionStore):
    """An engine that decides by itself what is empty."""

    def is_empty(self) -> bool:
        """False, after a long look."""
        off_loop("SessionStore.is_empty")
        return super().is_empty()


class Prepared(db.SessionStore):
    """An engine that does more than remember the key."""

    def __init__(self, session_key: str | None = None) -> None:
        off_loop("SessionStore.__init__")
        super().__init__(session_key)

    def _get_session(self, no_load: bool = False) -> Any:
        off_loop("SessionStore._get_session")
        return super()._get_session(no_load)  # type: ignore[misc]  # the stubs leave it out

    _session = property(_get_session)


class Storage(FallbackStorage):
    """A storage of messages."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        off_loop("MESSAGE_STORAGE")
        super().__init__(*args, **kwargs)

    def update(self, response: HttpResponseBase) -> Any:
        """Store, and count."""
        off_loop("MESSAGE_STORAGE.update")
        SEEN.append(len(self))
        return super().update(response)


class Signer(TimestampSigner):
    """A signer of cookies."""

    def __init__(self, **options: Any) -> None:
        off_loop("SIGNING_BACKEND")
        super().__init__(**options)


class Serializer(JSONSerializer):
    """A serializer of sessions."""


class Cache(LocMemCache):
    """A cache backend."""

    def __init__(self, name: str, params: dict[str, Any]) -> None:
        off_loop("cache backend")
        super().__init__(name, params)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        """Get, off the event loop."""
        off_loop("cache.get")
        return super().get(key, default, version)


class Addresses(list[str]):
    """INTERNAL_IPS as a project may write it: with networks."""

    def __contains__(self, address: object) -> bool:
        off_loop("INTERNAL_IPS")
        return super().__contains__(address)


@async_only_middleware
def other_urls(get_response: Any) -> Any:
    """Middleware that gives some requests other URLs; asynchronous, so that it costs no hop."""

    async def middleware(request: Any) -> Any:
        if "HTTP_X_URLCONF" in request.META:
            request.urlconf = request.META["HTTP_X_URLCONF"]
        return await get_response(request)

    return middleware


@sync_only_middleware
def sync_only(get_response: Any) -> Any:
    """Middleware that puts what is outside of it into synchronous mode."""

    def middleware(request: Any) -> Any:
        off_loop("sync-only middleware")
        return get_response(request)

    return middleware


class Quiet(CommonMiddleware):
    """A middleware of the project, derived from Django's."""

    def process_request(self, request: HttpRequest) -> Any:
        """Do as Django does."""
        off_loop("Quiet.process_request")
        return super().process_request(request)


PLAIN = urlconf("plain", [])
CONVERTERS = urlconf("converters", [path("even/<even:number>/", view)])
PREFIXED = urlconf("prefixed", prefixed(path("welcome/", view), path("even/<even:number>/", aview)))
UNPREFIXED = urlconf("unprefixed", prefixed(path("welcome/", view), default=False))
TRANSLATED = urlconf("translated", [path(lazy(today, str)(), view)])
ENGINES = {
    name: module(name, SessionStore=store)
    for name, store in {"saved_here": SavedHere, "never_empty": NeverEmpty, "prepared": Prepared}.items()
}
