"""Requests and projects, generated: what Hypothesis draws from, for the tests of middleware."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.middleware import csrf
from hypothesis import strategies as st

from tests import twins_project as project
from tests.project.stack import MIDDLEWARE as DEFAULT
from tests.twins import SECRET, Case, Request, frozen, message_cookie, session_cookie

if TYPE_CHECKING:
    from collections.abc import Sequence

BACKENDS = "django.contrib.sessions.backends."
CACHE = [
    "django.middleware.cache.UpdateCacheMiddleware",
    *DEFAULT,
    "django.middleware.cache.FetchFromCacheMiddleware",
]
STACKS: dict[str, list[str]] = {
    "default": DEFAULT,
    "locale": [*DEFAULT[:2], "django.middleware.locale.LocaleMiddleware", *DEFAULT[2:]],
    "content": ["django.middleware.http.ConditionalGetMiddleware", "django.middleware.gzip.GZipMiddleware", *DEFAULT],
    "cache": CACHE,
    "cache in one": [*DEFAULT, "django.middleware.cache.CacheMiddleware"],
    "login": [*DEFAULT, "django.contrib.auth.middleware.LoginRequiredMiddleware"],
    "login, first": [*DEFAULT[:3], DEFAULT[4], "django.contrib.auth.middleware.LoginRequiredMiddleware", DEFAULT[3]],
    "fallbacks": [
        "django.middleware.common.BrokenLinkEmailsMiddleware",
        *DEFAULT,
        "django.contrib.sites.middleware.CurrentSiteMiddleware",
        "django.contrib.flatpages.middleware.FlatpageFallbackMiddleware",
        "django.contrib.redirects.middleware.RedirectFallbackMiddleware",
    ],
    "admindocs": [*DEFAULT, "django.contrib.admindocs.middleware.XViewMiddleware"],
    "remote user": [*DEFAULT, "django.contrib.auth.middleware.RemoteUserMiddleware"],
    "others' between": [*DEFAULT[:3], "tests.twins_project.Quiet", *DEFAULT[3:], "tests.twins_project.other_urls"],
    "synchronous inside": [*DEFAULT, "tests.twins_project.sync_only"],
    "synchronous between": [*DEFAULT[:4], "tests.twins_project.sync_only", *DEFAULT[4:]],
    "out of order": [DEFAULT[4], DEFAULT[5], *DEFAULT[:4]],
}
try:
    import django.middleware.csp  # noqa: F401 - Django has it since 6.0
except ImportError:
    pass
else:
    STACKS["policy"] = [*DEFAULT, "django.middleware.csp.ContentSecurityPolicyMiddleware"]
STACKS["all"] = [
    *STACKS["content"][:2],
    CACHE[0],
    *STACKS["fallbacks"][:1],
    *STACKS["locale"],
    *STACKS["fallbacks"][-3:],
    STACKS["admindocs"][-1],
    *STACKS.get("policy", [])[-1:],
    CACHE[-1],
]

PATHS = [
    "/page/",
    "/apage/",
    "/page",
    "/apage/?q=1&page=2",
    "/exempt/",
    "/public/",
    "/fixed",
    "/bare",
    "/bare/",
    "/nothing/",
    "/nothing",
    "//evil.example/page",
    "/archive/2026/a-slug",
    "/archive/2026/a-slug/",
    "/old/7",
    "/nested/7/",
    "/nested/uuid/00000000-0000-0000-0000-000000000001",
    "/even/2/",
    "/even/2",
    "/even/3",
    "/today/",
    "/today",
    "/flat/",
    "/moved/",
    "/over/",
    "/en/welcome/",
    "/EN/welcome/",
    "/pt-br/welcome/",
    "/pt-br/welcome",
    "/xx/welcome/",
    "/welcome/",
    "/welcome",
    "/pt/even/3",
    "/en/even/2",
]


def few(*values: Any) -> st.SearchStrategy[Any]:
    """One of these, the first one most of all when a case is made small."""
    return st.sampled_from(values)


@st.composite
def some(draw: st.DrawFn, /, **values: st.SearchStrategy[Any]) -> dict[str, Any]:
    """A few of these, or none: with many at once, a request seldom gets far."""
    return {name: draw(values[name]) for name in draw(st.lists(few(*values), max_size=4, unique=True))}


def masked(secret: str) -> str:
    """A token for a form."""
    with frozen():
        token: str = csrf._mask_cipher_secret(secret)  # type: ignore[attr-defined]  # what get_token returns
        return token


TOKENS = [SECRET, "masked", "o" * 32, "o" * 64, "short", "!" * 32, ""]

headers = some(
    **{
        "accept-encoding": few("gzip", "br, gzip;q=0.5", "identity", "gzipped"),
        "accept-language": few("pt-br", "zh-CN,zh;q=0.9", "xx", "fr, en;q=0.1", "*", "PT", ";;"),
        "authorization": few("Basic x"),
        "host": few("testserver", "testserver", "www.testserver", "elsewhere", "testserver:8000", "bad host"),
        "if-modified-since": few("Sat, 21 Nov 2026 12:00:00 GMT", "Sat, 21 Nov 2020 12:00:00 GMT", "yesterday"),
        "if-none-match": few('"one"', 'W/"one"', "*", '"other"', "garbage"),
        "origin": few(
            "https://testserver",
            "http://testserver",
            "null",
            "https://evil.example",
            "https://trusted.example",
            "https://best.friends.example",
            "http://[",
        ),
        "referer": few(
            "https://testserver/page/",
            "http://testserver/page/",
            "https://evil.example/?q=1",
            "https://trusted.example/",
            "https://[",
            "/page",
            "",
        ),
        "remote-user": few("ana", "new"),
        "user-agent": few("Firefox", "BadBot/1.0"),
        "x-csrftoken": few(*TOKENS),
        "x-forwarded-proto": few("https", "http"),
        "x-urlconf": few(project.CONVERTERS, project.PREFIXED, project.TRANSLATED),
    }
)

ENGINES = [
    *(BACKENDS + name for name in ("db", "db", "cache", "cached_db", "file", "signed_cookies")),
    *project.ENGINES.values(),
]

variants = some(
    APPEND_SLASH=few(False),
    CACHE_MIDDLEWARE_ALIAS=few("own"),
    CSRF_COOKIE_DOMAIN=few("testserver"),
    CSRF_FAILURE_VIEW=few("tests.twins_project.refused"),
    CSRF_USE_SESSIONS=few(True),
    DEBUG=few(True),
    INTERNAL_IPS=few(["127.0.0.1"], project.Addresses(), project.Addresses(["127.0.0.1"])),
    LANGUAGE_CODE=few("pt-br", "zh-hans"),
    MESSAGE_STORAGE=few(
        "django.contrib.messages.storage.session.SessionStorage",
        "django.contrib.messages.storage.cookie.CookieStorage",
        "tests.twins_project.Storage",
    ),
    PREPEND_WWW=few(True),
    ROOT_URLCONF=few(project.CONVERTERS, project.PREFIXED, project.UNPREFIXED, project.TRANSLATED),
    SECURE_HSTS_SECONDS=few(60),
    SECURE_PROXY_SSL_HEADER=few(("HTTP_X_FORWARDED_PROTO", "https")),
    SECURE_REFERRER_POLICY=few(None, "origin, same-origin"),
    SECURE_SSL_REDIRECT=few(True),
    SESSION_CACHE_ALIAS=few("own"),
    SESSION_ENGINE=few(*ENGINES),
    SESSION_EXPIRE_AT_BROWSER_CLOSE=few(True),
    SESSION_SAVE_EVERY_REQUEST=few(True),
    SIGNING_BACKEND=few("tests.twins_project.Signer"),
    SITE_ID=few(2),
    USE_I18N=few(False),
    X_FRAME_OPTIONS=few("SAMEORIGIN"),
)

ACTS = [
    "session get",
    "session set",
    "session set",
    "session flush",
    "session expiry",
    "session lost",
    "user",
    "token",
    "rotate",
    "message",
    "messages",
    "form",
    "site",
    "language",
]

scripts = st.builds(
    project.Script,
    acts=st.lists(few(*ACTS), max_size=4),
    status=few(200, 200, 200, 204, 304, 404, 500),
    headers=st.lists(
        few(
            ("ETag", '"one"'),
            ("Last-Modified", "Sat, 21 Nov 2026 12:00:00 GMT"),
            ("Cache-Control", "private"),
            ("Cache-Control", "max-age=0, no-store"),
            ("Cache-Control", "max-age=60, public"),
            ("Vary", "Cookie"),
            ("Vary", "*"),
            ("Content-Encoding", "br"),
            ("Content-Length", "3"),
            ("X-Frame-Options", "SAMEORIGIN"),
            ("X-Content-Type-Options", "sniff"),
            ("Content-Language", "la"),
        ),
        max_size=3,
    ),
    cookie=st.booleans(),
    kind=few("plain", "plain", "lazy", "template", "stream", "astream"),
    size=few(10, 300, 20_000, 70_000),
    error=few(None, None, None, "404", "403", "400", "500"),
)


def form(token: str, length: int, *, multipart: bool) -> tuple[str, bytes]:
    """The content type and the body of a form."""
    fields = {"csrfmiddlewaretoken": token, "text": "x" * length}
    if not multipart:
        return "application/x-www-form-urlencoded", "&".join(f"{k}={v}" for k, v in fields.items()).encode()
    parts = [f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items()]
    parts.append('--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\ndata\r\n')
    return "multipart/form-data; boundary=b", ("".join(parts) + "--b--\r\n").encode()


@st.composite
def requests(draw: st.DrawFn, engine: str) -> Request:
    """A request, with cookies that fit the project."""
    given = draw(headers)
    cookies = draw(
        some(
            csrftoken=few(*TOKENS),
            django_language=few("pt-br", "PT-BR", "xx", "zh-hans"),
            messages=few("waiting", "forged"),
            sessionid=few("valid", "valid", "valid", "u" * 32, "short"),
        )
    )
    if cookies.get("sessionid") == "valid":
        cookies["sessionid"] = session_cookie(engine)
    if cookies.get("messages") == "waiting":
        cookies["messages"] = message_cookie()
    for holder, name in ((cookies, "csrftoken"), (given, "x-csrftoken")):
        if holder.get(name) == "masked":
            holder[name] = masked(SECRET)
    method = draw(few("GET", "GET", "POST", "POST", "HEAD", "PUT", "OPTIONS"))
    body = b""
    if method == "POST":
        token = draw(few(*TOKENS))
        given["content-type"], body = form(
            {"masked": masked(SECRET)}.get(token, token), draw(few(1, 20_000)), multipart=draw(st.booleans())
        )
    return Request(
        path=draw(few(*PATHS)),
        method=method,
        headers=given,
        cookies=cookies,
        body=body,
        spooled=draw(st.booleans()),
        secure=draw(st.booleans()),
    )


@st.composite
def cases(draw: st.DrawFn, stack: Sequence[str]) -> Case:
    """A request to a project with this middleware."""
    changed = draw(variants)
    engine = changed.get("SESSION_ENGINE", settings.SESSION_ENGINE)
    request = draw(requests(engine))
    return Case(
        request=request,
        script=draw(scripts),
        settings={**changed, "MIDDLEWARE": list(stack)},
        sync=draw(few(False, False, False, True)),
        before=draw(few(1, 0)),
    )
