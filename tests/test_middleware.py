"""The twins of Django's middleware: which classes have one, what they are, and where they run."""

from __future__ import annotations

import ast
import inspect
import logging
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import django
import pytest
from django.http import HttpResponse
from django.urls import get_resolver
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import trans_real

from gingerdj.middleware import MODULES, csrf, native
from gingerdj.middleware.twin import Twin
from tests import twins_project as project
from tests.project.stack import MIDDLEWARE as DEFAULT
from tests.twins import KEY, SECRET, Case, Request, Stage, message_cookie
from tests.twins_project import Script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.core.handlers.asgi import ASGIRequest

DJANGO = Path(django.__file__).parent
WITHOUT = {
    "django.contrib.admin.tests.CSPMiddleware": "for Django's own browser tests",
    "django.contrib.auth.middleware.PersistentRemoteUserMiddleware": "asynchronous itself",
    "django.contrib.auth.middleware.RemoteUserMiddleware": "asynchronous itself",
}
"""Django's middleware without a twin, and why."""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The project that the requests go to."""
    with Stage(tmp_path_factory.mktemp("middleware")).open() as stage:
        yield stage


@cache
def shipped() -> set[str]:
    """Every middleware class in Django's source."""
    return {
        ".".join([*file.relative_to(DJANGO.parent).with_suffix("").parts, node.name])
        for file in DJANGO.rglob("*.py")
        if b"Middleware" in file.read_bytes()
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, ast.ClassDef) and node.name.endswith("Middleware")
    }


THERE = sorted(MODULES.keys() & shipped())


# Which classes.


def test_each_class_of_django_has_a_twin_or_a_reason() -> None:
    assert shipped() - MODULES.keys() - WITHOUT.keys() == set()


def test_every_twin_is_of_a_class_of_some_django() -> None:
    newer = {"django.middleware.csp.ContentSecurityPolicyMiddleware"} if django.VERSION < (6, 0) else set()
    assert MODULES.keys() - shipped() == newer


@pytest.mark.parametrize("path", sorted(WITHOUT.keys() & shipped()))
@pytest.mark.usefixtures("stage")
def test_a_class_without_a_twin_stays(path: str) -> None:
    original = import_string(path)
    assert native(original) is original


# What a twin is.


@pytest.mark.parametrize("path", THERE)
@pytest.mark.usefixtures("stage")
def test_a_twin_is_djangos_class_by_all_its_names(path: str) -> None:
    original = import_string(path)
    twin = native(original)
    assert twin is not original
    assert issubclass(twin, Twin)
    assert issubclass(twin, original)
    names = ("__module__", "__name__", "__qualname__")
    assert [getattr(twin, name) for name in names] == [getattr(original, name) for name in names]
    assert repr(twin(respond)) == repr(original(respond))


@pytest.mark.parametrize("path", THERE)
@pytest.mark.usefixtures("stage")
def test_a_twin_has_djangos_hooks_and_modes(path: str) -> None:
    """A chain may look at what a class has, before it makes one."""
    original = import_string(path)
    for name in ("process_request", "process_view", "process_response", "process_exception", "sync_capable"):
        assert hasattr(native(original), name) == hasattr(original, name)
    assert inspect.iscoroutinefunction(native(original)(arespond)) == inspect.iscoroutinefunction(original(arespond))


@pytest.mark.parametrize("path", THERE)
@pytest.mark.usefixtures("stage")
def test_in_synchronous_mode_all_is_synchronous(path: str) -> None:
    middleware = native(import_string(path))(respond)
    hooks = [
        getattr(middleware, name)
        for name in ("process_request", "process_view", "process_response")
        if hasattr(middleware, name)
    ]
    assert hooks
    assert not any(inspect.iscoroutinefunction(hook) for hook in [middleware, *hooks])


@pytest.mark.usefixtures("stage")
def test_a_subclass_stays() -> None:
    assert native(project.Quiet) is project.Quiet


@pytest.mark.usefixtures("stage")
def test_a_function_stays() -> None:
    assert native(project.sync_only) is project.sync_only


@pytest.mark.usefixtures("stage")
def test_a_class_that_only_bears_the_name_stays() -> None:
    """As monitoring makes them: it wraps what Django imports."""
    original = import_string(DEFAULT[2])
    other = type(original.__name__, (original,), {"__module__": original.__module__})
    assert native(other) is other


@pytest.mark.usefixtures("stage")
def test_a_class_with_a_method_that_is_not_djangos_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    original = import_string(DEFAULT[2])
    assert native(original) is not original
    monkeypatch.setattr(original, "should_redirect_with_slash", lambda _self, _request: False)
    assert native(original) is original


@pytest.mark.usefixtures("stage")
def test_names_in_the_log_are_djangos(caplog: pytest.LogCaptureFixture) -> None:
    """What Django's chain logs of a middleware that it has to adapt."""
    from django.core.handlers import base  # noqa: PLC0415 - beside its use

    middleware = native(import_string(DEFAULT[3]))(respond)
    handler: Any = base.BaseHandler()
    with caplog.at_level(logging.DEBUG, "django.request"):
        handler.adapt_method_mode(True, middleware.process_view, debug=True)
    assert "for method CsrfViewMiddleware.process_view()" in caplog.text


def respond(request: ASGIRequest) -> HttpResponse:
    """A synchronous inner end of a chain."""
    return HttpResponse(request.path)


async def arespond(request: ASGIRequest) -> HttpResponse:
    """An asynchronous one."""
    return HttpResponse(request.path)


# Where they run: hops in Django's own chain → hops in the same chain with twins.


def engine(name: str) -> dict[str, str]:
    """Settings for one of Django's session engines."""
    return {"SESSION_ENGINE": f"django.contrib.sessions.backends.{name}"}


SIGNED_IN = {"sessionid": KEY}
FORM = {"csrftoken": SECRET}
POST = Request("/apage/", "POST", cookies=FORM, body=f"csrfmiddlewaretoken={SECRET}".encode())
PARTS = "".join(f'--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\nx\r\n' for n in range(20)) + "--b--\r\n"
CONVERTERS = {"ROOT_URLCONF": project.CONVERTERS}
WWW = {"PREPEND_WWW": True}


def posted(body: str, content_type: str = "application/x-www-form-urlencoded", *, spooled: bool = False) -> Request:
    """A form whose token is in a header."""
    headers = {"content-type": content_type, "x-csrftoken": SECRET}
    return Request("/apage/", "POST", headers, FORM, body.encode(), spooled)


def contrib(app: str, name: str) -> str:
    """The path of a class in one of Django's apps."""
    return f"django.contrib.{app}.middleware.{name}Middleware"


def middleware(module: str, name: str) -> str:
    """The path of a class in django.middleware."""
    return f"django.middleware.{module}.{name}Middleware"


SESSION, COMMON, CSRF = DEFAULT[1:4]
SECURITY, AUTH, MESSAGE, FRAME = DEFAULT[0], *DEFAULT[4:]
LOGIN = contrib("auth", "LoginRequired")
LOCALE = middleware("locale", "Locale")
GZIP, GET = middleware("gzip", "GZip"), middleware("http", "ConditionalGet")
UPDATE, FETCH = middleware("cache", "UpdateCache"), middleware("cache", "FetchFromCache")
COMPRESSED = {"accept-encoding": "gzip"}

HOPS: list[tuple[str, list[str], Case, int, int]] = [
    ("the default stack", DEFAULT, Case(), 13, 0),
    ("the default stack, synchronous view", DEFAULT, Case(Request("/page/")), 14, 1),
    ("the default stack, a form", DEFAULT, Case(POST), 13, 0),
    ("security", [SECURITY], Case(), 2, 0),
    ("security, redirected", [SECURITY], Case(settings={"SECURE_SSL_REDIRECT": True}), 2, 0),
    ("frame", [FRAME], Case(), 1, 0),
    ("session, untouched", [SESSION], Case(Request(cookies=SIGNED_IN)), 2, 0),
    ("session, read", [SESSION], Case(Request(cookies=SIGNED_IN), Script(["session get"])), 3, 1),
    ("session, written", [SESSION], Case(Request(cookies=SIGNED_IN), Script(["session set"])), 3, 2),
    ("session, begun", [SESSION], Case(script=Script(["session set"])), 2, 1),
    (
        "session, saved each time",
        [SESSION],
        Case(Request(cookies=SIGNED_IN), settings={"SESSION_SAVE_EVERY_REQUEST": True}),
        2,
        1,
    ),
    ("session, unknown", [SESSION], Case(Request(cookies={"sessionid": "u" * 32}), Script(["session get"])), 3, 1),
    (
        "session, engine that saves otherwise",
        [SESSION],
        Case(Request(cookies=SIGNED_IN), settings={"SESSION_ENGINE": project.ENGINES["saved_here"]}),
        2,
        0,
    ),
    (
        "session, engine with an own is_empty",
        [SESSION],
        Case(Request(cookies=SIGNED_IN), settings={"SESSION_ENGINE": project.ENGINES["never_empty"]}),
        2,
        1,
    ),
    (
        "session, engine that prepares itself",
        [SESSION],
        Case(Request(cookies=SIGNED_IN), settings={"SESSION_ENGINE": project.ENGINES["prepared"]}),
        2,
        1,
    ),
    (
        "session in a signed cookie",
        [SESSION],
        Case(script=Script(["session set"]), settings=engine("signed_cookies")),
        2,
        0,
    ),
    ("session in a file", [SESSION], Case(script=Script(["session set"]), settings=engine("file")), 2, 1),
    ("session in a cache", [SESSION], Case(Request(cookies=SIGNED_IN), settings=engine("cache")), 2, 0),
    (
        "session in the project's own cache",
        [SESSION],
        Case(settings={**engine("cache"), "SESSION_CACHE_ALIAS": "own"}),
        2,
        1,
    ),
    ("common, found", [COMMON], Case(), 2, 0),
    ("common, not found", [COMMON], Case(Request("/nothing/")), 4, 2),
    ("common, slash appended", [COMMON], Case(Request("/apage")), 3, 1),
    ("common, not found with a slash either", [COMMON], Case(Request("/nothing")), 4, 2),
    ("common, slash asked of a converter", [COMMON], Case(Request("/even/2"), settings=CONVERTERS), 3, 2),
    ("common, slash, no converter asked", [COMMON], Case(Request("/nothing/"), settings=CONVERTERS), 4, 2),
    ("common, www", [COMMON], Case(Request("/apage"), settings=WWW), 2, 0),
    (
        "common, www, slash asked of a converter",
        [COMMON],
        Case(Request("/even/2"), settings={**WWW, **CONVERTERS}),
        2,
        1,
    ),
    ("common, lazy content", [COMMON], Case(script=Script(kind="lazy")), 2, 1),
    ("common, stream", [COMMON], Case(script=Script(kind="astream")), 2, 0),
    ("csrf, safe", [CSRF], Case(), 3, 0),
    ("csrf, token shown", [CSRF], Case(script=Script(["token"])), 4, 1),
    ("csrf, exempt", [CSRF], Case(Request("/exempt/", "POST", body=b"x" * 100_000)), 4, 1),
    ("csrf, form", [CSRF], Case(POST), 3, 0),
    ("csrf, large form", [CSRF], Case(posted("a=" + "x" * 20_000)), 3, 1),
    ("csrf, form of many fields", [CSRF], Case(posted("a=&" * 200)), 3, 1),
    ("csrf, form in a file", [CSRF], Case(posted("a=b", spooled=True)), 3, 1),
    ("csrf, form of few parts", [CSRF], Case(posted(PARTS[-200:], "multipart/form-data; boundary=b")), 3, 0),
    ("csrf, form of many parts", [CSRF], Case(posted(PARTS, "multipart/form-data; boundary=b")), 3, 1),
    (
        "csrf, own upload handler",
        [CSRF],
        Case(
            posted(PARTS[-200:], "multipart/form-data; boundary=b"), settings={"FILE_UPLOAD_HANDLERS": [csrf.TEMPORARY]}
        ),
        3,
        1,
    ),
    ("csrf, PUT", [CSRF], Case(Request(method="PUT", headers={"x-csrftoken": SECRET}, cookies=FORM)), 3, 0),
    ("csrf, refused", [CSRF], Case(Request(method="POST")), 4, 2),
    ("csrf, refused, large form", [CSRF], Case(Request(method="POST", body=b"x" * 20_000, cookies=FORM)), 4, 2),
    ("csrf in sessions", [SESSION, CSRF], Case(Request(cookies=SIGNED_IN), settings={"CSRF_USE_SESSIONS": True}), 5, 1),
    ("csrf in sessions, no session", [SESSION, CSRF], Case(settings={"CSRF_USE_SESSIONS": True}), 5, 0),
    (
        "csrf in sessions of an own engine",
        [SESSION, CSRF],
        Case(
            Request(cookies=SIGNED_IN),
            Script(["token"]),
            {"CSRF_USE_SESSIONS": True, "SESSION_ENGINE": project.ENGINES["prepared"]},
        ),
        6,
        4,
    ),
    ("auth, anonymous", [SESSION, AUTH], Case(), 3, 0),
    ("auth, user asked for", [SESSION, AUTH], Case(Request(cookies=SIGNED_IN), Script(["user"])), 5, 2),
    ("messages, none", [SESSION, MESSAGE], Case(), 4, 0),
    ("messages, asked for, none", [SESSION, MESSAGE], Case(Request("/page/"), Script(["messages"])), 5, 1),
    ("messages, added", [SESSION, MESSAGE], Case(Request("/page/"), Script(["message"])), 5, 2),
    (
        "messages, own storage",
        [SESSION, MESSAGE],
        Case(settings={"MESSAGE_STORAGE": "tests.twins_project.Storage"}),
        4,
        2,
    ),
    (
        "messages, own signer",
        [SESSION, MESSAGE],
        Case(settings={"SIGNING_BACKEND": "tests.twins_project.Signer"}),
        4,
        1,
    ),
    ("login required", [SESSION, AUTH, LOGIN], Case(Request(cookies=SIGNED_IN)), 4, 1),
    ("login not required", [SESSION, AUTH, LOGIN], Case(Request("/public/")), 5, 2 if django.VERSION < (6, 0) else 1),
    ("locale", [LOCALE], Case(Request(headers={"accept-language": "pt-br"})), 2, 0),
    ("locale, capitals", [LOCALE], Case(Request(cookies={"django_language": "PT-BR"})), 2, 1),
    (
        "locale, no prefix for the default language",
        [LOCALE],
        Case(Request("/welcome/"), settings={"ROOT_URLCONF": project.UNPREFIXED}),
        3,
        1,
    ),
    (
        "locale, path asked of a converter",
        [LOCALE],
        Case(Request("/even/2/"), settings={"ROOT_URLCONF": project.PREFIXED}),
        3,
        2,
    ),
    ("gzip, small", [GZIP], Case(Request(headers=COMPRESSED), Script(size=5_000)), 1, 0),
    ("gzip, large", [GZIP], Case(Request(headers=COMPRESSED), Script(size=100_000)), 1, 1),
    ("gzip, large, not wanted", [GZIP], Case(script=Script(size=100_000)), 1, 0),
    ("gzip, stream", [GZIP], Case(Request(headers=COMPRESSED), Script(kind="astream", size=100_000)), 1, 0),
    ("conditional get, small", [GET], Case(script=Script(size=5_000)), 1, 0),
    ("conditional get, large", [GET], Case(script=Script(size=100_000)), 1, 1),
    (
        "conditional get, large, with an ETag",
        [GET],
        Case(script=Script(size=100_000, headers=[("ETag", '"one"')])),
        1,
        0,
    ),
    ("conditional get, HEAD", [GET], Case(Request(method="HEAD"), Script(size=100_000)), 1, 0),
    ("cache, missed and stored", [UPDATE, FETCH], Case(), 2, 2),
    ("cache, private", [UPDATE, FETCH], Case(script=Script(headers=[("Cache-Control", "private")])), 2, 1),
    ("cache, cookie", [UPDATE, FETCH], Case(script=Script(headers=[("Vary", "Cookie")], cookie=True)), 2, 1),
    ("cache, POST", [UPDATE, FETCH], Case(Request(method="POST")), 2, 0),
    ("cache, stream", [UPDATE, FETCH], Case(script=Script(kind="astream")), 2, 1),
    ("cache in one", [middleware("cache", "Cache")], Case(), 2, 2),
    ("broken links, found", [middleware("common", "BrokenLinkEmails")], Case(), 1, 0),
    ("broken links, not found", [middleware("common", "BrokenLinkEmails")], Case(Request("/nothing/")), 3, 3),
    ("site, known", [contrib("sites", "CurrentSite")], Case(), 1, 0),
    ("site, unknown", [contrib("sites", "CurrentSite")], Case(settings={"SITE_ID": 2}), 3, 3),
    ("flat pages, found", [contrib("flatpages", "FlatpageFallback")], Case(), 1, 0),
    ("flat pages, not found", [contrib("flatpages", "FlatpageFallback")], Case(Request("/flat/")), 2, 2),
    ("redirects, found", [contrib("redirects", "RedirectFallback")], Case(), 1, 0),
    ("redirects, not found", [contrib("redirects", "RedirectFallback")], Case(Request("/moved/")), 2, 2),
    ("admindocs, GET", [SESSION, AUTH, contrib("admindocs", "XView")], Case(), 4, 0),
    ("admindocs, HEAD", [SESSION, AUTH, contrib("admindocs", "XView")], Case(Request(method="HEAD")), 4, 1),
]
if django.VERSION >= (6, 0):
    HOPS.append(("policy", [middleware("csp", "ContentSecurityPolicy")], Case(), 2, 0))


@pytest.mark.parametrize(("stack", "case", "theirs", "ours"), [row[1:] for row in HOPS], ids=[row[0] for row in HOPS])
def test_hops(stack: list[str], case: Case, theirs: int, ours: int, stage: Stage) -> None:
    case = Case(case.request, case.script, {**case.settings, "MIDDLEWARE": stack}, before=1)
    outcomes = stage.compare(case)
    assert [outcome.hops for outcome in outcomes] == [theirs, ours]


def test_messages_that_were_read_are_deleted_in_a_thread(stage: Stage) -> None:
    """The storage that holds them may be the session, whose engine is the project's choice."""
    request = Request("/page/", cookies={"messages": message_cookie()})
    case = Case(request, Script(["messages"]), {"MIDDLEWARE": [SESSION, MESSAGE]})
    assert [outcome.hops for outcome in stage.compare(case)] == [5, 2]


@pytest.mark.usefixtures("stage")
def test_a_catalog_is_read_in_a_thread() -> None:
    """That of each language the first time that somebody asks for it."""
    locale: Any = native(import_string(LOCALE))(arespond)
    brazilian, chinese = (Request(headers={"accept-language": code}).made() for code in ("pt-br", "zh-hans"))
    assert get_resolver().url_patterns
    with translation.override("en"), mock.patch.dict(vars(trans_real)["_translations"], clear=True):
        assert locale.request_hops(brazilian)
        locale.process_request(brazilian)
        assert not locale.request_hops(brazilian)
        assert locale.request_hops(chinese)


def test_every_twin_is_in_the_table() -> None:
    assert {path for row in HOPS for path in row[1]} == set(THERE)
