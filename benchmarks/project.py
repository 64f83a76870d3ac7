"""The project behind a benchmark, with a database of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tests.cost_project.request import Request
from tests.cost_project.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent
STACKS = ("default", "third parties", "none")
"""The middleware: what `startproject` writes, the same with WhiteNoise and Sentry, or none at all."""
WITH_SESSION = frozenset({"session read"})
"""The rows that make no sense without middleware."""
UPLOAD = 3_000_000
"""Bytes: past FILE_UPLOAD_MAX_MEMORY_SIZE."""


@dataclass(frozen=True)
class Project:
    """A project whose database is in this folder."""

    folder: Path
    stack: str
    age: int = 0
    """CONN_MAX_AGE, in seconds."""

    @property
    def database(self) -> Path:
        """The file of the database."""
        return self.folder / "db.sqlite3"

    def environment(self, **more: str) -> Mapping[str, str]:
        """Return the environment of a process that works in this project."""
        inherited = {name: value for name, value in os.environ.items() if name != "GINGER_SETTINGS_MODULE"}
        own = {
            "DJANGO_SETTINGS_MODULE": "tests.cost_project.settings",
            "PYTHONPATH": str(ROOT),
            "COST_DATABASE": str(self.database),
            "COST_MIDDLEWARE": self.stack,
            "COST_CONN_MAX_AGE": str(self.age),
            # Sessions are signed with it: every process of the run needs the same one.
            "COST_SECRET_KEY": "for one benchmark",
        }
        return {**inherited, **own, **more}

    def run(self, code: str) -> str:
        """Return what this code prints in a process of the project. Raises CalledProcessError."""
        command = [sys.executable, "-W", "ignore", "-c", code]
        environment = self.environment()
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout

    @cached_property
    def visitor(self) -> Visitor:
        """Who sends the requests. The first use makes the database, in a process of its own."""
        code = "import django; django.setup(); from tests.cost_project import visitor; print(visitor.prepare().session)"
        return Visitor(self.run(code).strip())


def rows(stack: str, visitor: Visitor) -> dict[str, Request]:
    """Return the requests of a benchmark by name, in order."""
    requests = {
        "async view": Request("/async/nothing/"),
        "sync view": Request("/sync/nothing/"),
        "session read": Request("/async/session/", headers=visitor.headers),
        "ORM query": Request("/async/orm/"),
        "template": Request("/async/page/"),
        "404": Request("/none/", status=404),
        "stream": Request("/async/alines/"),
        "form POST": visitor.form("/async/form/"),
        "upload of 3 MB": visitor.upload("/async/upload/", UPLOAD),
    }
    return {name: request for name, request in requests.items() if stack != "none" or name not in WITH_SESSION}


ROWS = tuple(rows("default", Visitor("")))
"""The names of all rows."""


def to_wsgi(request: Request) -> Request:
    """Return the same request to the sync view: what a project under WSGI would have."""
    path = request.path.replace("/async/", "/sync/").replace("/alines/", "/lines/")
    return Request(path, request.method, request.headers, request.body, request.status)
