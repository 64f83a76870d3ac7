"""The guard: which calls it sees, whom it blames, what it does then."""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import gettext
import io
import logging
import mimetypes
import os
import pdb  # noqa: T100 - it is tried
import select
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
from functools import partial
from logging.handlers import RotatingFileHandler
from pathlib import Path
from queue import Queue
from time import sleep
from types import ModuleType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.http import HttpRequest, HttpResponse
from django.template.backends.django import DjangoTemplates
from django.template.backends.jinja2 import Jinja2
from django.template.utils import EngineHandler
from django.test import override_settings

from gingerdj.handler import ASGIHandler
from gingerdj.safety import BlockingCall, GuardError, allowed, guarded, hits
from gingerdj.safety.calls import ALLOWED, Calls, cure
from gingerdj.safety.guard import Mode, guard, start
from tests.project.server import answer, configure, run, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableSequence

    from gingerdj.safety import Hit

FILE = __file__
OS = {
    "statvfs": ("/",),
    "rename": ("a", "b"),
    "remove": ("a",),
    "rmdir": ("a",),
    "link": ("a", "b"),
    "symlink": ("a", "b"),
    "listdir": ("/",),
    "access": ("/", os.R_OK),
    "getcwd": (),
    "stat": ("/",),
    "mkdir": ("a",),
    "replace": ("a", "b"),
    "readlink": ("a",),
    "sendfile": (1, 0, 0, 1),
    "unlink": ("a",),
    "path.ismount": ("/",),
    "path.samestat": (None, None),
    "path.sameopenfile": (0, 0),
    "path.islink": ("/",),
    "path.abspath": ("a",),
    "open": ("a", os.O_RDONLY),
    "fsync": (0,),
    "fdatasync": (0,),
    "sync": (),
    "system": ("true",),
    "waitpid": (-1, 0),
}
"""Functions of os, with arguments. None of the calls is made."""
SOCKET = ("connect", "accept", "send", "sendall", "sendto", "recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg")
CURSOR = ("execute", "executemany", "executescript", "fetchone", "fetchmany", "fetchall")
CONNECTION = ("execute", "executemany", "executescript", "commit", "rollback")


class Things:
    """What the calls are made with."""

    def __init__(self, folder: Path) -> None:
        self.stack = contextlib.ExitStack()
        one, two = socket.socketpair()
        self.socket = self.stack.enter_context(one)
        self.stack.enter_context(two)
        self.database = self.stack.enter_context(contextlib.closing(sqlite3.connect(":memory:")))
        self.path = folder / "file"
        self.path.write_text("text")
        self.text = self.stack.enter_context(self.path.open("r+"))
        self.random = self.stack.enter_context(self.path.open("r+b"))
        self.reader = self.stack.enter_context(self.path.open("rb"))
        self.writer = self.stack.enter_context(self.path.open("ab"))
        self.lock = threading.Lock()
        self.lock.acquire()
        self.pipe = os.pipe()
        self.stack.callback(os.close, self.pipe[0])
        self.stack.callback(os.close, self.pipe[1])
        self.process = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
        self.stack.enter_context(self.process)
        self.thread = threading.Thread(target=self.lock.acquire)
        self.thread.start()

    def close(self) -> None:
        """End what has been started."""
        self.lock.release()
        self.thread.join()
        self.stack.close()


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Things]:
    """Things to make calls with."""
    made = Things(tmp_path_factory.mktemp("things"))
    yield made
    made.close()


def by_name(name: str, *arguments: Any) -> Callable[[Things], Any]:
    """A call of what a dotted name means at that time."""

    def call(_: Things) -> Any:
        thing: Any = sys.modules[name.partition(".")[0]]
        for part in name.split(".")[1:]:
            thing = getattr(thing, part)
        return thing(*arguments)

    return call


def method(of: Callable[[Things], Any], name: str) -> Callable[[Things], Any]:
    """A call of a method, without arguments."""
    return lambda things: getattr(of(things), name)()


def scan() -> None:
    """Read the first entry of a folder."""
    with os.scandir("/") as entries:
        next(entries)


CALLS: dict[str, Callable[[Things], Any]] = {
    "time.sleep": by_name("time.sleep", 1),
    **{f"os.{name}": by_name(f"os.{name}", *arguments) for name, arguments in OS.items()},
    "os.scandir": lambda _: scan(),
    "os.read": lambda things: os.read(things.pipe[0], 1),
    "os.write": lambda things: os.write(things.pipe[1], b"a"),
    "io.BufferedReader.read": lambda things: things.reader.read(),
    "io.BufferedWriter.write": lambda things: things.writer.write(b"a"),
    "io.BufferedRandom.read": lambda things: things.random.read(),
    "io.BufferedRandom.write": lambda things: things.random.write(b"a"),
    "io.TextIOWrapper.read": lambda things: things.text.read(),
    "io.TextIOWrapper.write": lambda things: things.text.write("a"),
    **{f"socket.socket.{name}": method(lambda things: things.socket, name) for name in SOCKET},
    **{
        f"ssl.SSLSocket.{name}": method(lambda _: ssl.SSLSocket.__new__(ssl.SSLSocket), name)
        for name in ("write", "send", "read", "recv")
    },
    **{f"sqlite3.Cursor.{name}": method(lambda things: things.database.cursor(), name) for name in CURSOR},
    **{f"sqlite3.Connection.{name}": method(lambda things: things.database, name) for name in CONNECTION},
    "threading.Lock.acquire": lambda things: things.lock.acquire(),
    "threading.Lock.acquire_lock": lambda things: things.lock.acquire_lock(),
    "input": lambda _: builtins.input(),
    "socket.getaddrinfo": by_name("socket.getaddrinfo", "localhost", 80),
    "socket.gethostbyname": by_name("socket.gethostbyname", "localhost"),
    "socket.gethostbyname_ex": by_name("socket.gethostbyname_ex", "localhost"),
    "socket.gethostbyaddr": by_name("socket.gethostbyaddr", "127.0.0.1"),
    "socket.getnameinfo": by_name("socket.getnameinfo", ("127.0.0.1", 80), 0),
    "open": lambda things: open(things.path),  # noqa: SIM115, PTH123 - the call is what this is about
    "io.open": lambda things: things.path.read_text(),
    "subprocess.Popen": lambda _: subprocess.run(["true"], check=False),
    "subprocess.Popen.wait": lambda things: things.process.wait(),
    "subprocess.Popen.communicate": lambda things: things.process.communicate(),
    "threading.Thread.join": lambda things: things.thread.join(),
    "select.select": by_name("select.select", [], [], [], 1),
}
"""By the name that the guard reports."""

HARMLESS: dict[str, Callable[[Things], Any]] = {
    "address": lambda _: socket.getaddrinfo("127.0.0.1", 80),
    "address in bytes": lambda _: socket.getaddrinfo(b"::1", 80),
    "address with a zone": lambda _: socket.getaddrinfo("fe80::1%1", 80),
    "no host": lambda _: socket.getaddrinfo(None, 80),
    "no name wanted": lambda _: socket.getnameinfo(("127.0.0.1", 80), socket.NI_NUMERICHOST | socket.NI_NUMERICSERV),
    "descriptor": lambda things: open(things.pipe[0], closefd=False).close(),
    "null device": lambda _: open(os.devnull).close(),  # noqa: PTH123 - as the call before
    "child that runs": lambda things: os.waitpid(things.process.pid, os.WNOHANG),
    "thread not waited for": lambda things: things.thread.join(0),
    "select without waiting": lambda _: select.select([], [], [], 0),
    "lock that is tried": lambda things: things.lock.acquire(blocking=False),
    "memory": lambda _: io.BytesIO(b"a").read(),
    "print": lambda _: print("text"),
}


@contextlib.contextmanager
def noting() -> Iterator[list[Hit]]:
    """Note the hits of a block, which are expected."""
    noted: list[Hit] = []
    with guarded() as found:
        try:
            yield noted
        finally:
            noted.extend(found)
            found.clear()


async def calling(call: Callable[[], Any]) -> Any:
    """Make a call on the event loop."""
    return call()


def test_each_call_is_in_the_table() -> None:
    known = {name.removeprefix("builtins.") for name in Calls(lambda _: None).functions}
    assert known == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.slow
def test_a_call_is_seen_with_its_name_and_place(name: str, things: Things) -> None:
    with noting() as found, pytest.raises(BlockingCall) as raised:
        run(calling(lambda: CALLS[name](things)))
    (hit,) = found
    assert raised.value.hit is hit
    assert (hit.call, hit.place.filename) == (name, FILE)
    assert [frame.name for frame in hit.stack][:3] == ["limited", "calling", "<lambda>"]


@pytest.mark.parametrize("name", HARMLESS)
def test_a_call_that_cannot_block_is_none(name: str, things: Things) -> None:
    with noting() as found, contextlib.suppress(OSError):  # no IPv6 here
        run(calling(lambda: HARMLESS[name](things)))
    assert found == []


def block() -> None:
    """Block, if only for an instant."""
    time.sleep(0)


async def aside() -> None:
    """Block where nobody else waits."""
    await asyncio.to_thread(block)
    await sync_to_async(block)()
    await sync_to_async(block, thread_sensitive=False)()


def test_calls_elsewhere_are_none() -> None:
    with noting() as found:
        block()
        run(aside())
        async_to_sync(aside)()
        block()
    assert found == []


def test_calls_are_made_again_as_before() -> None:
    before = {name: getattr(time, name) for name in ("sleep",)}, builtins.open, os.stat, socket.socket.recv
    with guarded():
        assert builtins.open is not before[1]
    assert ({"sleep": time.sleep}, builtins.open, os.stat, socket.socket.recv) == before
    assert sleep is time.sleep
    run(calling(block))


# Whom it blames


def test_a_name_that_a_module_has_imported_before() -> None:
    with noting() as found, pytest.raises(BlockingCall):
        run(calling(lambda: sleep(0)))
    assert [hit.call for hit in found] == ["time.sleep"]


def test_what_a_module_imports_meanwhile_is_harmless_afterwards() -> None:
    with guarded():
        kept = time.sleep
    assert kept is not time.sleep
    run(calling(lambda: kept(0)))


def test_what_only_says_that_it_is_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """As libraries of cffi do."""

    library: Any = type("Library", (), {"__slots__": (), "__class__": property(lambda _: ModuleType)})
    monkeypatch.setitem(sys.modules, "library", library())
    assert isinstance(sys.modules["library"], ModuleType)
    with noting() as found, contextlib.suppress(BlockingCall):
        run(calling(block))
    assert len(found) == 1


def located(folder: Path, source: str) -> ModuleType:
    """A module in a file below this folder."""
    file = folder / "code.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source)
    module = ModuleType("code")
    exec(compile(source, str(file), "exec"), vars(module))  # noqa: S102 - it is ours
    return module


BLOCKS = "import time\n\ndef block():\n    time.sleep(0)\n"


def blamed(call: Callable[[], Any]) -> list[tuple[str, int | None]]:
    """The functions that are blamed when a view calls this, each with its line."""

    async def view(_: HttpRequest) -> HttpResponse:
        call()
        return HttpResponse()

    with noting() as found, contextlib.suppress(BlockingCall):
        answer(view)
    return [(hit.place.name, hit.place.lineno) for hit in found]


def test_the_innermost_line_of_the_project(tmp_path: Path) -> None:
    module = located(tmp_path / "mysite", BLOCKS)
    assert blamed(module.block) == [("block", 4)]


def test_the_project_not_the_package_that_it_calls(tmp_path: Path) -> None:
    module = located(tmp_path / "site-packages" / "package", BLOCKS)

    def ours() -> None:
        module.block()

    assert blamed(ours) == [("ours", ours.__code__.co_firstlineno + 1)]


def test_a_package_where_a_request_has_nothing_of_the_project(tmp_path: Path) -> None:
    source = BLOCKS + (
        "\nfrom django.http import HttpResponse\n\nasync def view(request):\n    block()\n    return HttpResponse()\n"
    )
    module = located(tmp_path / "site-packages" / "package", source)
    with noting() as found:
        answer(module.view)
    assert [hit.place.name for hit in found] == ["view"]


def test_no_package_in_a_task_of_its_own(tmp_path: Path) -> None:
    module = located(tmp_path / "site-packages" / "package", BLOCKS + "\nasync def task():\n    block()\n")

    async def scenario() -> None:
        await asyncio.create_task(module.task())

    with noting() as found:
        run(scenario())
    assert found == []


def test_not_who_stands_around_the_handler() -> None:
    """The frames of this test are around the loop, and those of its coroutine around the handler."""

    class Server(ASGIHandler):
        async def handle(self, *_: Any) -> None:
            exec(compile("import time; time.sleep(0)", handler_file(), "exec"))  # noqa: S102 - as if it stood there

    with noting() as found, serving(lambda _: HttpResponse(), Server) as application:
        run(application({"type": "http", "path": "/", "headers": []}, None, None))  # type: ignore[arg-type]  # not asked
    assert found == []


def handler_file() -> str:
    """The file of the handler."""
    return str(sys.modules[ASGIHandler.__module__].__file__)


def test_a_task_of_the_project() -> None:
    async def task() -> None:
        block()

    async def scenario() -> None:
        await asyncio.gather(asyncio.create_task(task()), return_exceptions=True)

    with noting() as found:
        run(scenario())
    assert [(hit.place.name, hit.stack[0].name) for hit in found] == [("block", "task")]


def test_a_callback_of_the_project() -> None:
    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda *_: None)
        loop.call_soon(block)
        await asyncio.sleep(0)

    with noting() as found:
        run(scenario())
    assert [hit.stack[0].name for hit in found] == ["block"]


# What may block


def test_imports_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "reads_at_import.py").write_text("from pathlib import Path\n\nPath(__file__).read_text()\n")
    monkeypatch.syspath_prepend(tmp_path)

    def load() -> None:
        import reads_at_import  # type: ignore[import-not-found]  # noqa: F401, PLC0415 - made above

    with noting() as found:
        run(calling(load))
    assert found == []


def seen(call: Callable[[], Any]) -> list[Hit]:
    """The hits of a call on the event loop."""
    with noting() as found, contextlib.suppress(BlockingCall):
        run(calling(call))
    return list(found)


def rotate(folder: Path) -> Callable[[], Any]:
    """Write to a log that has no room."""
    (folder / "log").write_text("full")
    handler = RotatingFileHandler(folder / "log", maxBytes=1, backupCount=1)

    def write() -> None:
        with contextlib.closing(handler):
            handler.handle(logging.makeLogRecord({"msg": "second"}))

    return write


def templates(folder: Path, backend: Callable[[dict[str, Any]], Any]) -> Callable[[], Any]:
    """Read a template."""
    configure()
    (folder / "page.html").write_text("text")
    options = {"NAME": "t", "DIRS": [folder], "APP_DIRS": False, "OPTIONS": {}}
    return partial(backend(options).get_template, "page.html")


def manifest(folder: Path) -> Callable[[], Any]:
    """Read the names of static files."""
    configure()
    (folder / "staticfiles.json").write_text('{"paths": {}, "version": "1.1"}')
    storage = ManifestStaticFilesStorage(folder, "/static/")

    return storage.read_manifest


def engines(_: Path) -> Callable[[], Any]:
    """Make the engines of templates, which look for tags."""
    configure()
    backend = {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [], "OPTIONS": {}}
    handler = EngineHandler([backend])
    return lambda: handler["django"]


def file_log(folder: Path) -> Callable[[], Any]:
    """Write to a log."""
    handler = logging.FileHandler(folder / "log", delay=True)

    def write() -> None:
        with contextlib.closing(handler):
            handler.emit(logging.makeLogRecord({"msg": "kept"}))

    return write


ONCE: dict[str, Callable[[Path], Callable[[], Any]]] = {
    "gettext.py": lambda _: lambda: gettext.find("django", None, ["de"]),
    "mimetypes.py": lambda _: mimetypes.init,
    "zoneinfo/_tzpath.py": lambda _: lambda: ZoneInfo.no_cache("Asia/Tokyo"),
    "django/template/utils.py": engines,
    "django/template/engine.py": lambda folder: templates(folder, DjangoTemplates),
    "django/template/backends/jinja2.py": lambda folder: templates(folder, Jinja2),
    "django/contrib/staticfiles/storage.py": manifest,
    "logging/__init__.py": file_log,
    "logging/handlers.py": rotate,
}
"""By the file whose function may block: what makes the call there."""


@pytest.mark.parametrize("file", ONCE)
def test_what_is_read_once_may_and_what_logs(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    call = ONCE[file](tmp_path)
    assert seen(call) == []
    monkeypatch.delitem(ALLOWED, file)
    again = tmp_path / "again"
    again.mkdir()
    assert seen(ONCE[file](again)) != []


def test_tracebacks_may() -> None:
    def fail() -> None:
        try:
            int("text")
        except ValueError:
            logging.getLogger("tests").exception("failed")

    import linecache  # noqa: PLC0415 - it is emptied, so that files are read

    linecache.clearcache()
    with noting() as found:
        run(calling(fail))
    assert found == []


def test_a_debugger_may(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answers(*_: object) -> str:
        asked.append("asked")
        return "continue"

    monkeypatch.setattr(builtins, "input", answers)
    with noting() as found:
        run(calling(lambda: pdb.Pdb(nosigint=True, readrc=False).set_trace()))
    assert (found, asked) == ([], ["asked"])


def test_a_process_of_asyncio_may() -> None:
    async def start() -> int | None:
        process = await asyncio.create_subprocess_exec("true", stdin=asyncio.subprocess.DEVNULL)
        return await process.wait()

    with noting() as found:
        assert run(start()) == 0
    assert found == []


def test_a_connection_of_asyncio_may() -> None:
    async def connect() -> bytes:
        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"hello")
            writer.close()

        server = await asyncio.start_server(serve, "localhost", 0)
        async with server:
            reader, writer = await asyncio.open_connection("localhost", server.sockets[0].getsockname()[1])
            text = await reader.read()
            writer.close()
        return text

    with noting() as found:
        assert run(connect()) == b"hello"
    assert found == []


def test_what_is_allowed_may_and_its_tasks() -> None:
    async def scenario() -> None:
        with allowed():
            block()
            await asyncio.create_task(calling(block))
        with contextlib.suppress(BlockingCall):
            block()

    with noting() as found:
        run(scenario())
    assert len(found) == 1


# What happens then


@pytest.fixture
def _as_before() -> Iterator[None]:
    """Leave no guard."""
    yield
    guard.stop()
    guard.hits.clear()
    guard.logged.clear()


async def swallow(_: HttpRequest) -> HttpResponse:
    """A view that swallows what it can."""
    try:
        block()
    except Exception:
        return HttpResponse("swallowed")
    return HttpResponse("blocked")


async def twice(request: HttpRequest) -> HttpResponse:
    """A view that blocks at two places."""
    time.sleep(0)  # noqa: ASYNC251 - the guard is to see it
    return await swallow(request)


@pytest.mark.usefixtures("_as_before")
def test_by_default_there_is_no_guard() -> None:
    assert answer(swallow).body == b"blocked"
    assert (guard.mode, guard.calls, hits()) == (Mode.OFF, None, [])


@pytest.mark.usefixtures("_as_before")
def test_warn(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        assert answer(twice, GINGER_GUARD="warn").body == b"blocked"
    assert [(hit.place.name, hit.call) for hit in hits()] == [("twice", "time.sleep"), ("block", "time.sleep")] * 2
    assert [record.name for record in caplog.records] == ["gingerdj.safety"] * 2
    assert caplog.messages == [str(hit) for hit in hits()[:2]]
    line = hits()[0].place.lineno
    assert caplog.messages[0] == (
        f"{shown(FILE)}:{line}: time.sleep blocks the event loop, in twice: nothing else is served meanwhile. "
        "Write await asyncio.sleep(...)."
    )


def shown(file: str) -> str:
    """A file as the guard names it."""
    return str(Path(file).relative_to(Path.cwd())) if Path(file).is_relative_to(Path.cwd()) else file


@pytest.mark.usefixtures("_as_before")
def test_raise(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(BlockingCall, match=r"test_safety.py:\d+: time.sleep blocks the event loop"):
        answer(twice, GINGER_GUARD="raise", DEBUG_PROPAGATE_EXCEPTIONS=True)
    assert answer(swallow, GINGER_GUARD="raise").body == b"swallowed"
    assert [hit.place.name for hit in hits()] == ["twice", "block"]
    assert [message for message in caplog.messages if "time.sleep blocks" in message] == [str(hit) for hit in hits()]


@pytest.mark.usefixtures("_as_before")
def test_guarded_stands_above_the_setting(caplog: pytest.LogCaptureFixture) -> None:
    with override_settings(GINGER_GUARD="warn"):
        configure()
        start()
    with noting() as found, pytest.raises(BlockingCall):
        run(calling(block))
    assert (len(found), hits(), caplog.messages) == (1, [], [])
    run(calling(block))
    assert (len(hits()), len(caplog.messages)) == (1, 1)


def test_guarded_raises_what_was_swallowed() -> None:
    with pytest.raises(BlockingCall, match="in block") as raised, guarded() as found:  # noqa: PT012 - two are swallowed
        for call in (block, lambda: time.sleep(1)):
            with contextlib.suppress(Exception):
                run(calling(call))
    assert raised.value.hit is found[0]
    assert len(found) == 2


def test_guarded_hides_no_other_error() -> None:
    with pytest.raises(ZeroDivisionError), guarded():  # noqa: PT012 - the error comes after a hit
        with contextlib.suppress(Exception):
            run(calling(block))
        run(calling(lambda: 1 / 0))


@pytest.mark.parametrize("value", ["yes", "test", True, ["warn"]])
def test_a_setting_that_it_does_not_know(value: object) -> None:
    configure()
    with override_settings(GINGER_GUARD=value), pytest.raises(GuardError) as raised:
        ASGIHandler()
    assert str(raised.value) == f'GINGER_GUARD is {value!r}. Give it "warn" or "raise", or leave it out.'


def test_without_blockbuster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "blockbuster", None)
    configure()
    with override_settings(GINGER_GUARD="warn"), pytest.raises(GuardError) as raised:
        ASGIHandler()
    assert 'python -m pip install "gingerdj[guard]"' in str(raised.value)
    assert guard.calls is None


@pytest.mark.parametrize(
    ("call", "written"),
    [
        ("time.sleep", "await asyncio.sleep(...)"),
        ("subprocess.Popen.wait", "await asyncio.create_subprocess_exec(...)"),
        ("os.system", "await asyncio.create_subprocess_exec(...)"),
        ("os.stat", "await sync_to_async(...)(...)"),
    ],
)
def test_the_cure(call: str, written: str) -> None:
    assert cure(call) == written


def test_a_process_keeps_the_last_hits() -> None:
    assert getattr(guard.hits, "maxlen", 0) == 1000


def test_a_queue_and_a_future() -> None:
    """They wait for a lock, in Python."""
    waits: list[Callable[[], Any]] = [Queue[int]().get, threading.Event().wait]
    for wait in waits:
        with noting() as found, contextlib.suppress(BlockingCall):
            run(calling(wait))
        names(found, "threading.Lock.acquire")


def names(found: MutableSequence[Hit], call: str) -> None:
    """Assert that there is one hit, of this call."""
    assert [hit.call for hit in found] == [call]
