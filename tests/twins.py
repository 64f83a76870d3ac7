"""One request through Django's own chain and through the same chain with twins, and all that can be seen of it.

What comes from outside the request is the same for both: time stands still, and chance begins anew each time.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import io
import logging
import pickle
import random
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Mapping
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from unittest import mock

import django
from asgiref.sync import sync_to_async
from django.apps import apps
from django.conf import settings
from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.sessions.backends import file
from django.contrib.sessions.backends.base import CreateError
from django.core import mail
from django.core.cache.backends import locmem
from django.core.handlers import base
from django.core.handlers.asgi import ASGIRequest
from django.core.signals import got_request_exception
from django.db import connection, connections
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.utils import translation
from django.utils.module_loading import import_string

from gingerdj.middleware import native
from tests import twins_project as project
from tests.project import settings as small
from tests.project.stack import MIDDLEWARE as DEFAULT
from tests.twins_project import Script

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from pathlib import Path

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
KEY = "k" * 32
"""Of the session that is there."""
HASH = "!"
"""Of the password that nobody has."""
SECRET = "s" * 32
"""Of its user against forgery."""

APPS = [
    "django.contrib.admindocs",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.flatpages",
    "django.contrib.messages",
    "django.contrib.redirects",
    "django.contrib.sessions",
    "django.contrib.sites",
    "gingerdj",
]
SETTINGS: dict[str, Any] = {
    "ALLOWED_HOSTS": ["testserver", "www.testserver"],
    "CACHES": {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "twins"},
        "own": {"BACKEND": "tests.twins_project.Cache", "LOCATION": "own"},
    },
    "CSRF_TRUSTED_ORIGINS": ["https://trusted.example", "https://*.friends.example"],
    "DEBUG": False,
    "INSTALLED_APPS": APPS,
    "LANGUAGES": [("en", "English"), ("pt-br", "Português"), ("zh-hans", "简体中文")],
    "LOGIN_URL": "/login/",
    "MANAGERS": ["manager@testserver"],
    "MIDDLEWARE": DEFAULT,
    "ROOT_URLCONF": project.PLAIN,
    "SECRET_KEY": "for tests only",
    "SITE_ID": 1,
    "TEMPLATES": [
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.locmem.Loader",
                        {"page": "{{ content }}", "flatpages/default.html": "{{ flatpage.content }}"},
                    )
                ]
            },
        }
    ],
    "USE_TZ": True,
}
if hasattr(mail, "mailers"):
    SETTINGS["MAILERS"] = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
else:
    SETTINGS["EMAIL_BACKEND"] = "django.core.mail.backends.locmem.EmailBackend"
    SETTINGS["MANAGERS"] = [("Manager", "manager@testserver")]


class Loop(asyncio.SelectorEventLoop):
    """An event loop that counts the calls handed to executors."""

    hops = 0

    def run_in_executor(self, executor: Any, function: Any, *args: Any) -> Any:  # type: ignore[override]  # less exact
        """Count, and do it."""
        self.hops += 1
        return super().run_in_executor(executor, function, *args)


@dataclass(frozen=True)
class Request:
    """A request, as the tests write it."""

    path: str = "/apage/"
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    spooled: bool = False
    """Whether the body is in a file that may be on disk, as Django's own handler has it."""
    secure: bool = False

    def made(self) -> ASGIRequest:
        """Return Django's request."""
        headers = {"host": "testserver", **self.headers}
        if self.cookies:
            headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if self.body:
            headers.setdefault("content-type", "application/x-www-form-urlencoded")
            headers["content-length"] = str(len(self.body))
        path, _, query = self.path.partition("?")
        scope = {
            "type": "http",
            "method": self.method,
            "scheme": "https" if self.secure else "http",
            "path": path,
            "query_string": query.encode(),
            "client": ("127.0.0.1", 40000),
            "server": ("testserver", 443 if self.secure else 80),
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
        }
        stream: Any = tempfile.SpooledTemporaryFile() if self.spooled else io.BytesIO()  # noqa: SIM115 - closed below
        stream.write(self.body)
        stream.seek(0)
        return ASGIRequest(scope, stream)


@dataclass(frozen=True)
class Case:
    """A request to a project of some kind."""

    request: Request = Request()
    script: Script = field(default_factory=Script)
    settings: Mapping[str, Any] = field(default_factory=dict)
    sync: bool = False
    """Whether the chain is synchronous, as under WSGI."""
    before: int = 0
    """How many times the same is asked before, of the same chain."""


@dataclass
class Outcome:
    """All that can be seen of a request."""

    response: Any
    request: Any
    meta: Any
    session: Any
    stored: Any
    seen: Sequence[object]
    logged: Sequence[object]
    errors: int
    mails: Sequence[object]
    language: str | None
    on_loop: Sequence[str]
    hops: int


class Opened:
    """Notes files that are opened, and databases, on the thread of the event loop."""

    def __init__(self) -> None:
        self.thread: int | None = None
        sys.addaudithook(self.hook)  # for ever: it does nothing while no thread is watched

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        """Look at an event of Python's."""
        if self.thread is None or event not in {"open", "sqlite3.connect", "socket.connect", "os.listdir"}:
            return
        if threading.get_ident() == self.thread and not str(args[0]).endswith((".py", ".pyc", "/dev/null")):
            project.ON_LOOP.append(f"{event} {args[0]}")

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Watch this thread."""
        self.thread = threading.get_ident()
        try:
            yield
        finally:
            self.thread = None


opened = Opened()


class Records(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.kept: list[object] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what does not depend on where it was logged."""
        error = record.exc_info[0] if record.exc_info else None
        status = getattr(record, "status_code", None)
        self.kept.append((record.name, record.levelname, record.getMessage(), status, error))

    def __enter__(self) -> Self:
        logging.getLogger("django").addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger("django").removeHandler(self)


class Stage:
    """A database, a folder for sessions, and an event loop, for many requests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "sessions"
        self.folder.mkdir()
        self.runner = asyncio.Runner(loop_factory=Loop)
        self.database = {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": folder / "db.sqlite3",
            "OPTIONS": {"init_command": "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY"},
        }

    @contextlib.contextmanager
    def open(self) -> Iterator[Self]:
        """Set the project up, for a while."""
        if not settings.configured:
            settings.configure(**{name: getattr(small, name) for name in dir(small) if name.isupper()})
            django.setup(set_prefix=False)
        databases = connections.configure_settings({"default": self.database})
        with (
            override_settings(**SETTINGS, SESSION_FILE_PATH=str(self.folder)),
            mock.patch.dict(connections.settings, databases),
            mock.patch.dict(vars(mail), outbox=[]),
        ):
            self.forget()
            try:
                self.prepare()
                yield self
            finally:
                self.forget()
                self.runner.close()

    def forget(self) -> None:
        """Have the next use of the database, on either thread, and of the folder, look where they are."""
        forget_connection()
        self.runner.run(sync_to_async(forget_connection)())
        with contextlib.suppress(AttributeError):
            del file.SessionStore._storage_path  # type: ignore[attr-defined]  # set on the class when first used

    def prepare(self) -> None:
        """Make the tables, and what stays in them."""
        from django.contrib.auth.models import User  # noqa: PLC0415 - the app is installed only now
        from django.contrib.flatpages.models import FlatPage  # noqa: PLC0415 - once Django is set up
        from django.contrib.redirects.models import Redirect  # noqa: PLC0415 - once Django is set up
        from django.contrib.sites.models import Site  # noqa: PLC0415 - once Django is set up

        with connection.schema_editor() as editor:
            for app in APPS[:-1]:
                for model in apps.get_app_config(app.rpartition(".")[2]).get_models():
                    editor.create_model(model)
        site = Site.objects.create(pk=1, domain="testserver", name="testserver")
        User.objects.create(username="ana", password=HASH, is_staff=True)
        page = FlatPage(url="/flat/", content="flat")
        page.save()
        page.sites.add(site)
        Redirect(site=site, old_path="/moved/", new_path="/page/").save()
        Redirect(site=site, old_path="/over/", new_path="").save()

    # One request.

    def compare(self, case: Case) -> tuple[Outcome, Outcome]:
        """Send a request through both chains, and assert that nothing differs. Returns both outcomes."""
        theirs, ours = self.run(case, twins=False), self.run(case, twins=True)
        for name in Outcome.__dataclass_fields__:
            if name not in {"hops", "on_loop"}:
                assert getattr(ours, name) == getattr(theirs, name), name
        # Django itself resolves the URL of a request on the event loop.
        assert Counter(ours.on_loop) <= Counter(theirs.on_loop)
        assert not case.sync or ours.hops == theirs.hops
        return theirs, ours

    def run(self, case: Case, *, twins: bool) -> Outcome:
        """Send a request through one of the chains, some times over; returns the last outcome."""
        with override_settings(**case.settings), chosen(twins=twins):
            handler: Any = base.BaseHandler()
            handler.load_middleware(is_async=not case.sync)
            for _ in range(case.before):
                self.send(case, handler)
            return self.send(case, handler)

    def send(self, case: Case, handler: Any) -> Outcome:
        """Send a request, and look at all there is to see."""
        with frozen(), Records() as records:
            self.reset()
            request = case.request.made()
            errors: list[object] = []

            def note(**_: object) -> None:
                errors.append(1)

            got_request_exception.connect(note)
            project.script = case.script
            try:
                outcome = self.respond(case, handler, request)
            finally:
                got_request_exception.disconnect(note)
                request.close()
            outcome.logged, outcome.errors = records.kept, len(errors)
            return outcome

    def respond(self, case: Case, handler: Any, request: Any) -> Outcome:
        """Get the response, and look at what there is then."""
        loop: Any = self.runner.get_loop()
        before = loop.hops
        context = copy_context()
        if case.sync:
            response: Any = context.run(handler.get_response, request)
        else:
            with opened.watching():
                response = self.runner.run(handler.get_response_async(request), context=context)
        return Outcome(
            hops=loop.hops - before,
            response=self.facts(response),
            request=described(vars(request)),
            meta={name: value for name, value in request.META.items() if not name.startswith("wsgi.")},
            session=session_facts(getattr(request, "session", None)),
            stored=self.stored(),
            seen=list(project.SEEN),
            mails=[(message.subject, message.body) for message in mail.outbox],
            language=context.run(translation.get_language),
            on_loop=list(project.ON_LOOP),
            logged=(),
            errors=0,
        )

    def facts(self, response: Any) -> object:
        """What a client gets."""
        if not response.streaming:
            content = response.content
        elif response.is_async:
            content = self.runner.run(gathered(response))
        else:
            content = b"".join(response.streaming_content)
        headers = list(response.items())
        if settings.DEBUG and response.status_code in {400, 404, 500}:
            # Django's page for developers shows the stack, where the twins are.
            content, headers = b"", [item for item in headers if item[0] not in {"Content-Length", "ETag"}]
        cookies = [cookie.OutputString() for cookie in response.cookies.values()]
        return type(response).__name__, response.status_code, response.reason_phrase, headers, cookies, content

    def reset(self) -> None:
        """Put everything back to where each request begins: one session, nothing in the caches."""
        from django.contrib.sessions.models import Session  # noqa: PLC0415 - the app is installed only then
        from django.contrib.sites.models import SITE_CACHE, Site  # noqa: PLC0415 - once Django is set up

        project.SEEN.clear()
        project.ON_LOOP.clear()
        mail.outbox.clear()
        Session.objects.all().delete()
        for store in locmem._caches.values():  # type: ignore[attr-defined]  # all of this backend's data
            store.clear()
        for expiry in locmem._expire_info.values():  # type: ignore[attr-defined]  # Django's own store
            expiry.clear()
        for entry in self.folder.iterdir():
            entry.unlink()
        SITE_CACHE[1] = Site(pk=1, domain="testserver", name="testserver")
        begin_session()
        project.ON_LOOP.clear()
        project.SEEN.clear()

    def stored(self) -> object:
        """What is in the database and the caches."""
        from django.contrib.sessions.models import Session  # noqa: PLC0415 - the app is installed only then

        rows = list(Session.objects.order_by("pk").values_list())
        files = {entry.name: entry.read_bytes() for entry in self.folder.iterdir()}
        caches = {
            (name, key): cached(pickle.loads(value))  # noqa: S301 - written by this process
            for name, store in locmem._caches.items()  # type: ignore[attr-defined]  # Django's own store
            for key, value in store.items()
        }
        return rows, files, caches


def forget_connection() -> None:
    """Close this thread's connection, if it has one, and forget what it was connected to."""
    connections.close_all()
    with contextlib.suppress(AttributeError):
        del connections["default"]


def begin_session() -> None:
    """Store the session that is there, in the engine of the settings."""
    store = stored_session()
    with contextlib.suppress(CreateError):
        store.save(must_create=True)
    # `must_create` stores no data.
    store._session_cache = session_data()
    store.save()


def session_data() -> dict[str, Any]:
    """What the session holds: a user, a number, a secret, a message."""
    from django.contrib.auth.models import User  # noqa: PLC0415 - the app is installed only then

    user = User(pk=1, password=HASH)
    return {
        "_auth_user_id": "1",
        "_auth_user_backend": "django.contrib.auth.backends.ModelBackend",
        "_auth_user_hash": user.get_session_auth_hash(),
        "_csrftoken": SECRET,
        "seen": 1,
    }


def stored_session() -> Any:
    """The session that is there, or will be."""
    store: Any = import_string(f"{settings.SESSION_ENGINE}.SessionStore")(KEY)
    store._session_cache = session_data()
    return store


def session_cookie(engine: str = "django.contrib.sessions.backends.db") -> str:
    """The cookie of the session that is there."""
    if not engine.endswith("signed_cookies"):
        return KEY
    with override_settings(SESSION_ENGINE=engine), frozen():
        key: str = stored_session()._get_session_key()
        return key


def message_cookie() -> str:
    """The cookie of a message that waits."""

    with frozen():
        storage: Any = CookieStorage(HttpRequest())
        encoded: str = storage._encode([Message(20, "waiting")])
        return '"' + encoded.replace('"', '\\"').replace(",", "\\054") + '"'


async def gathered(response: Any) -> bytes:
    """The content of an asynchronous stream."""
    return b"".join([piece async for piece in response.streaming_content])


def cached(value: Any) -> object:
    """What is in a cache, in comparable form."""
    if isinstance(value, HttpResponse):
        return value.status_code, list(value.items()), value.content
    return value


def session_facts(session: Any) -> object:
    """What is known of a session, without loading it."""
    if session is None:
        return None
    data = vars(session).get("_session_cache", "not loaded")
    return type(session), session._session_key, session.accessed, session.modified, data


PLAIN_TYPES = (str, bytes, int, float, bool, type(None), set)


def described(value: Any) -> object:
    """Attributes in comparable form: plain data as it is, other objects by their class."""
    kind = type(value)  # not isinstance, which would look a lazy user up
    if issubclass(kind, Mapping):
        return {str(name): described(item) for name, item in value.items()}
    if issubclass(kind, list | tuple):
        return [described(item) for item in value]
    return value if issubclass(kind, PLAIN_TYPES) else kind.__name__


@contextlib.contextmanager
def chosen(*, twins: bool) -> Generator[None]:
    """Have Django load its middleware, or the twins."""

    def load(path: str) -> Any:
        return native(import_string(path))

    with mock.patch.object(base, "import_string", load) if twins else contextlib.nullcontext():
        yield


@contextlib.contextmanager
def frozen() -> Generator[None]:
    """Stop the clock, and begin chance anew."""
    chance = random.Random(1)  # noqa: S311 - the point is that it can be foreseen
    replaced: dict[str, Callable[..., Any]] = {
        "time.time": NOW.timestamp,
        "django.utils.timezone.now": lambda: NOW,
        "secrets.choice": chance.choice,
        "secrets.randbelow": chance.randrange,
        "secrets.token_bytes": lambda size=32: chance.randbytes(size),
        "secrets.token_urlsafe": lambda size=32: chance.randbytes(size).hex(),
    }
    with contextlib.ExitStack() as stack:
        for name, replacement in replaced.items():
            stack.enter_context(mock.patch(name, replacement))
        yield
