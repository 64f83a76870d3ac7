"""The database of the project, and the visitor whom it knows: a user who is signed in, with a session."""

from __future__ import annotations

from dataclasses import dataclass

from tests.cost_project.request import Request

CSRF_SECRET = "cost" * 8
"""The CSRF token of every form: a bare secret of this length is a token that Django takes."""

FORM = f"name=x&csrfmiddlewaretoken={CSRF_SECRET}".encode()
TOKEN_PART = f'--part\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n{CSRF_SECRET}\r\n'.encode()
FILE_PART = b'--part\r\nContent-Disposition: form-data; name="file"; filename="file.bin"\r\n\r\n'


@dataclass(frozen=True)
class Visitor:
    """A signed-in browser."""

    session: str
    """The key of the session."""

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """What it sends with every request."""
        return ((b"cookie", f"sessionid={self.session}; csrftoken={CSRF_SECRET}".encode()),)

    def form(self, path: str) -> Request:
        """Return the request that sends a small form."""
        return Request(path, "POST", (*self.headers, (b"content-type", b"application/x-www-form-urlencoded")), FORM)

    def upload(self, path: str, size: int) -> Request:
        """Return the request that uploads a file of this many bytes."""
        body = TOKEN_PART + FILE_PART + b"x" * size + b"\r\n--part--\r\n"
        return Request(path, "POST", (*self.headers, (b"content-type", b"multipart/form-data; boundary=part")), body)


def prepare() -> Visitor:
    """Make the tables and the visitor; return the visitor. Django is set up, its database empty."""
    # Models and what uses them can be imported after set-up only.
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: PLC0415 - once Django is set up
    from django.contrib.auth.models import User  # noqa: PLC0415 - once Django is set up
    from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415 - once Django is set up
    from django.core.management import call_command  # noqa: PLC0415 - once Django is set up
    from django.db import connections  # noqa: PLC0415 - once Django is set up

    call_command("migrate", verbosity=0)
    user = User.objects.create_user("visitor")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["greeting"] = "welcome back"
    session.create()
    connections.close_all()
    assert session.session_key
    return Visitor(session.session_key)
