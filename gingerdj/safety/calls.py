"""The calls that block: those that blockbuster knows, and those that it misses; when each of them does, and the cure.

blockbuster puts a function of its own in the place of each call, which asks a predicate, on the thread of an event loop
that runs, whether this call can block. ``Calls`` gives it a predicate that asks us. Python's own names are replaced,
and those under which modules have imported them: ``from time import sleep``.

Not seen: calls that are made in C (psycopg's, ``with lock:``), and computation.
"""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from types import ModuleType
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

from gingerdj.safety.stack import Owner, owner

if TYPE_CHECKING:
    from collections.abc import Callable
    from subprocess import Popen
    from threading import Thread

    from blockbuster import BlockBusterFunction

    Harmless = Callable[..., bool]
    Decide = Callable[[str], None]


class GuardError(ImproperlyConfigured):
    """The guard cannot begin: GINGER_GUARD says nothing that it knows, or blockbuster is not installed."""


def never(*_: object, **__: object) -> bool:
    """It always can block."""
    return False


def numeric(host: object = None, *_: object, **__: object) -> bool:
    """An address needs nobody who resolves it."""
    if isinstance(host, bytes):
        host = host.decode(errors="replace")
    try:
        return not host or bool(ip_address(str(host).partition("%")[0]))
    except ValueError:
        return False


def numeric_pair(pair: tuple[object, ...], flags: int) -> bool:
    """Nobody is asked for the name where it is not wanted."""
    return bool(flags & socket.NI_NUMERICHOST)


def opened(file: object = None, *_: object, **__: object) -> bool:
    """A descriptor is open already."""
    return isinstance(file, int) or file == os.devnull


def at_once(*arguments: object, **_: object) -> bool:
    """``os.waitpid`` with WNOHANG does not wait."""
    return isinstance(arguments[-1], int) and bool(arguments[-1] & getattr(os, "WNOHANG", 0))


def exited(process: Popen[Any], *_: object, **__: object) -> bool:
    """A process has ended, and its status is known."""
    return process.returncode is not None


def ended(thread: Thread, timeout: float | None = None) -> bool:
    """A thread has ended, or nobody waits for that."""
    return timeout == 0 or not thread.is_alive()


def polled(*arguments: object) -> bool:
    """``select`` with a timeout of zero does not wait."""
    return len(arguments) > 3 and arguments[3] == 0


@dataclass(frozen=True)
class Missed:
    """A call that blockbuster does not know."""

    target: str
    """What is replaced."""
    harmless: Harmless = never
    """Whether a call with these arguments cannot block."""


MISSED = {
    "socket.getaddrinfo": Missed("socket.getaddrinfo", numeric),
    "socket.gethostbyname": Missed("socket.gethostbyname", numeric),
    "socket.gethostbyname_ex": Missed("socket.gethostbyname_ex", numeric),
    "socket.gethostbyaddr": Missed("socket.gethostbyaddr"),
    "socket.getnameinfo": Missed("socket.getnameinfo", numeric_pair),
    "open": Missed("builtins.open", opened),
    "io.open": Missed("io.open", opened),
    "os.open": Missed("os.open", opened),
    "os.fsync": Missed("os.fsync"),
    "os.fdatasync": Missed("os.fdatasync"),
    "os.sync": Missed("os.sync"),
    "os.system": Missed("os.system"),
    "os.waitpid": Missed("os.waitpid", at_once),
    "subprocess.Popen": Missed("subprocess.Popen.__init__"),
    "subprocess.Popen.wait": Missed("subprocess.Popen.wait", exited),
    "subprocess.Popen.communicate": Missed("subprocess.Popen.communicate", exited),
    "threading.Thread.join": Missed("threading.Thread.join", ended),
    "select.select": Missed("select.select", polled),
}
"""By the name that is reported. ``io.open`` is what pathlib opens files with."""

ALLOWED: dict[str, set[str]] = {
    # What is read once, and kept: modules, translations, types of files, time zones, templates, names of static files.
    "<frozen importlib._bootstrap>": {"_find_and_load"},
    "gettext.py": {"translation", "find"},
    "mimetypes.py": {"init"},
    "zoneinfo/_common.py": {"load_tzdata", "load_data"},
    "zoneinfo/_tzpath.py": {"find_tzfile"},
    "django/utils/translation/trans_real.py": {"translation", "all_locale_paths"},
    "django/template/utils.py": {"__getitem__"},
    "django/template/engine.py": {"get_template", "find_template"},
    "django/template/backends/jinja2.py": {"get_template"},
    "django/contrib/staticfiles/storage.py": {"read_manifest"},
    # What tells of an error: a lost record, or an error in a debugger, would hide more than it shows.
    "logging/__init__.py": {"emit"},  # of streams and files
    "logging/handlers.py": {"shouldRollover", "doRollover", "reopenIfNeeded"},
    "pdb.py": {"interaction"},
}
"""Functions in which a call is no hit, besides those that blockbuster allows."""

PROCESS = "await asyncio.create_subprocess_exec(...)"
CURES = {
    "time.sleep": "await asyncio.sleep(...)",
    "subprocess": PROCESS,
    "os.system": PROCESS,
    "os.waitpid": PROCESS,
}
"""What to write instead, by the name of a call or of its module."""


def cure(call: str) -> str:
    """What to write instead of a call."""
    return CURES.get(call) or CURES.get(call.partition(".")[0]) or "await sync_to_async(...)(...)"


class Calls:
    """All of them, replaced by what asks first."""

    def __init__(self, decide: Decide) -> None:
        """Find them. ``decide`` is called, with the name, for a call that can block; it may raise.

        Raises GuardError where blockbuster is not installed.
        """
        try:
            from blockbuster import BlockBuster, BlockBusterFunction  # noqa: PLC0415 - an extra, for development
        except ModuleNotFoundError as error:
            raise GuardError(
                f"The guard stands on a package that is not installed: {error}. "
                'Install it with python -m pip install "gingerdj[guard]", or unset GINGER_GUARD.'
            ) from None
        self.decide = decide
        self.functions: dict[str, BlockBusterFunction] = dict(BlockBuster().functions)
        for name, missed in MISSED.items():
            self.functions[name] = BlockBusterFunction(None, missed.target, can_block_predicate=missed.harmless)
        self.allowed = {end: set(functions) for end, functions in ALLOWED.items()}
        for name, function in self.functions.items():
            for end, functions in function.can_block_functions:
                self.allowed.setdefault(end, set()).update(functions)
            harmless = function.can_block_predicate
            function.can_block_predicate = partial(self.ask, name.removeprefix("builtins."), harmless)
        self.replaced: list[tuple[dict[str, Any], str, Any]] = []
        """Names of modules that have imported a call."""

    def ask(self, name: str, harmless: Harmless, *arguments: Any, **named: Any) -> bool:
        """Decide on a call. Returns that it may be made."""
        if not harmless(*arguments, **named):
            self.decide(name)
        return True

    def replace(self) -> None:
        """Put what asks in the place of each call."""
        wrappers = {}
        for function in self.functions.values():
            function.activate()
            if function.activated and isinstance(function.module, ModuleType):
                wrappers[id(function.original_func)] = getattr(function.module, function.func_name)
        for names in importers():
            for name, value in list(names.items()):
                if id(value) in wrappers:
                    self.replaced.append((names, name, value))
                    names[name] = wrappers[id(value)]

    def restore(self) -> None:
        """Put the calls back, but where others have replaced them again."""
        for names, name, value in self.replaced:
            names[name] = value
        self.replaced.clear()
        for function in self.functions.values():
            function.deactivate()


def importers() -> list[dict[str, Any]]:
    """The names of each module that may have imported a call: of projects and packages."""
    found = []
    for module in list(sys.modules.values()):
        if issubclass(type(module), ModuleType):  # what is put in a module's place may say that it is one
            names = object.__getattribute__(module, "__dict__")  # a lazy one would load itself
            file = names.get("__file__")
            if isinstance(file, str) and owner(file, "<module>") in {Owner.PROJECT, Owner.PACKAGE}:
                found.append(names)
    return found
