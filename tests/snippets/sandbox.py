"""The outside half of the sandbox: an empty host with loopback only, in which a page runs.

``Sandbox`` makes it of namespaces (sandbox.sh) and talks to the agent inside it (agent.py). ``HostSandbox`` has the
same interface where namespaces are not allowed: the same agent, in a temporary folder of this host, one page at a time.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import json
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Self

HERE = Path(__file__).resolve().parent
WHEELS = "/srv/wheels"
HOME = "/home/reader"
ENGINE = "/opt"
"""Where the sandbox has this package, for the agent."""
PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
GRACE = 30.0
"""Seconds that the agent may take beyond the limit it was given."""
OUTSIDER = 61000
"""As whom the commands run, seen from outside, where root starts them: a number that Debian gives to nobody."""
NAMESPACES = ("--net", "--pid", "--mount", "--uts", "--ipc", "--fork", "--kill-child")
PROGRAMS = ("bash", "hostname", "ip", "mount", "pivot_root", "setpriv", "unshare")


class SandboxError(Exception):
    """The sandbox fails, or is asked for what it cannot do: no verdict on a page."""


@dataclass(frozen=True)
class Ran:
    """A command that came to its end, or was brought to it."""

    output: str
    """Standard output and standard error in the order of a terminal; what is not UTF-8 is replaced."""
    status: int | None
    """As a shell gives it, 128 and the number of the signal for a death by signal; None where it did not finish."""
    ended: Literal["exited", "limit", "shell exited"]


@dataclass(frozen=True)
class Started:
    """A terminal left running, as it is at one moment."""

    state: Literal["ready", "exited", "limit"]
    status: int | None
    """As a shell gives it, where the command exited."""
    output: str
    """What it printed since the last look: no character comes twice."""


class Sandbox:
    """A host of its own for one run of a page. Leaving it ends all that runs inside and removes all that was written.

    ``wheels`` is the folder that pip installs from; ``layers`` keeps the empty virtual environment from run to run; the
    page sees it activated in ``folder``. ``start_from`` is the folder of another one to start from, which stays as it
    is; an empty one keeps what is made in its place. ``binds`` are files and folders of the host by the path at which
    they are seen inside, read-only. ``limit`` is how many seconds a command may take where its call says nothing else.

    Every method raises SandboxError where the sandbox itself fails.
    """

    def __init__(
        self,
        *,
        wheels: Path,
        layers: Path,
        folder: str = "/srv/mysite",
        binds: Mapping[str, Path] | None = None,
        limit: float = 60,
        start_from: Path | None = None,
    ) -> None:
        self.wheels = wheels.resolve()
        self.layers = layers.resolve()
        self.folder = folder
        self.binds = {inside: source.resolve() for inside, source in (binds or {}).items()}
        self.limit = limit
        self.start_from = start_from
        self.cleanup = ExitStack()
        self.control: socket.socket | None = None
        self.errors: IO[bytes] | None = None

    @staticmethod
    def available() -> str | None:
        """Why there is no sandbox on this host, or None. SNIPPETS_SANDBOX=host in the environment asks for none."""
        if os.environ.get("SNIPPETS_SANDBOX") == "host":
            return "SNIPPETS_SANDBOX=host asks for none"
        return refusal()

    def __enter__(self) -> Self:
        """Make the sandbox, and open its main terminal."""
        with ExitStack() as stack:
            self.launch(stack)
            self.cleanup = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """End all that runs in it."""
        self.cleanup.close()

    def launch(self, stack: ExitStack) -> None:
        """Start the agent; ``stack`` is to end it again."""
        made = self.start_from or virtual_environment(self.layers, self.folder)
        binds = {WHEELS: self.wheels, f"{ENGINE}/{HERE.name}": HERE, **self.binds}
        self.open(stack, stage_one(self.layers, made, self.folder, binds, agent(ENGINE)))
        self.ask("open", folder=self.folder, environ=environment(self.folder, HOME, WHEELS, PATH))

    def open(self, stack: ExitStack, command: Sequence[str], *keep: int) -> None:
        """Start the agent by a command, to which the numbers of its descriptors are added: its socket, and ``keep``."""
        self.errors = errors = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack is its `with`
        ours, theirs = socket.socketpair()
        with theirs:
            descriptors = (theirs.fileno(), *keep)
            process = subprocess.Popen(
                (*command, *map(str, descriptors)),
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                env={"PATH": PATH},
                pass_fds=descriptors,
                start_new_session=True,  # a Ctrl+C is for pytest, which then leaves the sandbox
            )
        stack.callback(ended, process)
        self.control = stack.enter_context(ours)
        stack.callback(setattr, self, "control", None)

    def ask(self, request: str, *, limit: float | None = None, **arguments: object) -> dict[str, Any]:
        """Send the agent a request; returns its answer."""
        if self.control is None:
            raise SandboxError(f"{request}: the sandbox is not open")
        if limit is not None:
            arguments["limit"] = limit
        self.control.settimeout((limit or 0) + GRACE)
        answer = bytearray()
        try:
            self.control.sendall(json.dumps({"do": request, **arguments}).encode() + b"\n")
            while not answer.endswith(b"\n"):
                answer += self.control.recv(1 << 16) or self.lost(request)
        except OSError:
            self.lost(request)
        found: dict[str, Any] = json.loads(answer)
        if "error" in found:
            raise SandboxError(f"{request}: {found['error']}")
        return found

    def lost(self, request: str) -> NoReturn:
        """Raise for an agent that does not answer, with what it said last."""
        assert self.errors is not None
        self.errors.seek(0)
        said = self.errors.read().decode(errors="replace").strip()
        raise SandboxError(f"{request}: the sandbox does not answer; it said: {said or 'nothing'}") from None

    def path(self, inside: str) -> str:
        """Where a path of the sandbox really is for what runs in it."""
        return inside

    # The main terminal

    def run(self, command: str, *, limit: float | None = None) -> Ran:
        """Run a command, of one or several lines, in the one bash that all commands of the main terminal share.

        Its standard input is empty. What runs into its limit is killed, and the bash with it.
        """
        return Ran(**self.ask("run", command=command, limit=self.limit if limit is None else limit))

    def write(self, path: str, text: str) -> None:
        """Write a file below the current folder of the main terminal, and make the folders that it needs."""
        self.ask("write", path=path, text=text)

    def environment(self) -> dict[str, str]:
        """The environment of the main terminal; its current folder is ``PWD``."""
        found: dict[str, str] = self.ask("environment")["environment"]
        return found

    # Terminals left running

    def start(self, name: str, command: str, *, ready: str, limit: float | None = None) -> Started:
        """Open a terminal with a command, in the current folder and environment of the main terminal.

        Waits until a new socket listens, on the TCP port or on the path of a Unix socket that ``ready`` says, without
        connecting to it. Where one does, the output is empty: the first ``read`` returns it. The command runs on when
        none does within the limit.
        """
        limit = self.limit if limit is None else limit
        return Started(**self.ask("start", name=name, command=command, ready=ready, limit=limit))

    def read(self, name: str, *, lines: int, limit: float) -> Started:
        """What a terminal printed since the last look, complete lines only unless it has exited.

        Waits until it is at least so many lines, or the command exited, or the limit.
        """
        return Started(**self.ask("read", name=name, lines=lines, limit=limit))

    def listens(self, ready: str, *, limit: float) -> bool:
        """Wait until somebody listens on a port or a Unix socket; false when nobody does within the limit."""
        found: bool = self.ask("listens", ready=ready, limit=limit)["listens"]
        return found

    def stop(self, name: str, *, signal: str | None = "TERM", limit: float) -> Ran:
        """Send a signal to the command of a terminal, and to no other process, and wait for it to exit.

        Without a signal, only wait: the command ends by itself.
        Returns what was printed since the last look. At the limit, all that the command started is killed with it.
        """
        return Ran(**self.ask("stop", name=name, signal_name=signal, limit=limit))

    def log(self, name: str) -> str:
        """All that a terminal has printed, running or not."""
        text: str = self.ask("log", name=name)["output"]
        return text

    def leftovers(self) -> list[str]:
        """Command lines of what runs that is neither the main terminal's bash nor part of a terminal left running."""
        commands: list[str] = self.ask("leftovers")["commands"]
        return commands


class HostSandbox(Sandbox):
    """The same where there are no namespaces: a page writes into a temporary folder, and runs on this host.

    One at a time on a host, as pages share its ports. The paths of a sandbox become those of the folder in commands and
    files, and the other way round in output.
    """

    places: Mapping[str, str]

    def launch(self, stack: ExitStack) -> None:
        """Start the agent in a temporary folder; ``stack`` is to end it again."""
        lock = stack.enter_context(locked(Path(tempfile.gettempdir())))
        root = Path(tempfile.mkdtemp(prefix="snippets-")).resolve()
        stack.callback(shutil.rmtree, root, ignore_errors=True)
        self.places = {inside: str(source) for inside, source in self.binds.items()}
        self.places |= {HOME: str(root / "reader"), WHEELS: str(self.wheels), self.folder: str(root / "mysite")}
        home, folder = self.path(HOME), self.path(self.folder)
        for made in (home, folder):
            Path(made).mkdir()
        subprocess.run((interpreter(), "-m", "venv", f"{folder}/.venv"), check=True, env={"PATH": os.environ["PATH"]})
        self.open(stack, agent(str(HERE.parent)), lock)
        environ = environment(folder, home, str(self.wheels), os.environ["PATH"])
        self.ask("open", folder=folder, environ=environ, rubbish=str(root))

    def path(self, inside: str) -> str:
        """Where a path of the sandbox really is for what runs in it."""
        return replaced(inside, self.places)

    def ask(self, request: str, *, limit: float | None = None, **arguments: object) -> dict[str, Any]:
        """Send the agent a request; returns its answer. Paths are replaced in both."""
        texts = {name: self.path(text) for name, text in arguments.items() if isinstance(text, str)}
        answer = super().ask(request, limit=limit, **(arguments | texts))
        back = {place: inside for inside, place in self.places.items()}
        return answer | {name: replaced(text, back) for name, text in answer.items() if isinstance(text, str)}


def replaced(text: str, words: Mapping[str, str]) -> str:
    """The text with each word replaced by what stands for it, in one pass, longer words first."""
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.sub(pattern, lambda match: words[match[0]], text)


def interpreter() -> str:
    """The Python outside of any virtual environment on which this one stands."""
    return str((Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}").resolve())


def agent(folder: str) -> tuple[str, ...]:
    """The command that starts the agent where this package is in a folder."""
    start = f"import sys; sys.path.insert(0, {folder!r}); from {HERE.name}.agent import main; main()"
    return (interpreter(), "-I", "-S", "-c", start)


def environment(folder: str, home: str, wheels: str, path: str) -> dict[str, str]:
    """The environment of the main terminal: an activated virtual environment, offline, and nothing of the host's."""
    return {
        "HOME": home,
        "LANG": "C.UTF-8",
        "PATH": f"{folder}/.venv/bin:{path}",
        "PIP_COMPILE": "0",  # Python compiles what is imported, a small part of what is installed
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_FIND_LINKS": wheels,
        "PIP_NO_INDEX": "1",
        "PYTHONUNBUFFERED": "1",
        "SHELL": "/bin/bash",
        "TERM": "dumb",
        "USER": "reader",
        "VIRTUAL_ENV": f"{folder}/.venv",
    }


def is_root() -> bool:
    """Whether this is the root of the host, and not one of a user namespace, who is nobody outside."""
    return os.geteuid() == 0 and Path("/proc/self/uid_map").read_text().split() == ["0", "0", "4294967295"]


@functools.cache
def overlay() -> bool:
    """Whether memory can hold the upper layer of an overlay, which marks folders made again by attributes of theirs."""
    try:
        descriptor = os.memfd_create("overlay")
        with os.fdopen(descriptor):
            os.setxattr(descriptor, "user.overlay", b"")
    except OSError:
        return False
    return True


def stage_one(
    layers: Path, venv: Path, folder: str, binds: Mapping[str, Path], command: Sequence[str]
) -> tuple[str, ...]:
    """The command that runs ``command`` as a user without rights in fresh namespaces, see sandbox.sh.

    ``layers`` must exist. ``binds`` are seen inside by their keys.
    """
    root = layers / "root"
    root.mkdir(exist_ok=True)
    prefix = Path(sys.base_prefix).resolve()
    if not prefix.is_relative_to("/usr"):
        binds = {str(prefix): prefix, **binds}
    owner, first, drop = 0, ["--user", "--map-root-user"], []
    if is_root():
        for source in binds.values():
            readable(source)
        # Had the commands root's number outside, what belongs to root would be theirs: /proc/sys, for one.
        owner, first, drop = OUTSIDER, [], ["setpriv", f"--reuid={OUTSIDER}", f"--regid={OUTSIDER}", "--clear-groups"]
    return (
        *("env", "-i", f"PATH={PATH}", f"ROOT={root}", f"FOLDER={folder}", f"OWNER={owner}", f"VENV={venv}"),
        f"OVERLAY={'yes' if overlay() else ''}",
        *("unshare", *first, *NAMESPACES, "sh", str(HERE / "sandbox.sh")),
        *(text for inside, source in binds.items() for text in (str(source), inside)),
        *("--", *drop, "unshare", "--user", "--map-user=1000", "--map-group=1000", *command),
    )


def readable(path: Path) -> None:
    """Refuse a path that OUTSIDER may not read: pip would only say that it finds nothing."""
    mode = path.stat().st_mode
    needed = 0o005 if stat.S_ISDIR(mode) else 0o004
    if mode & needed != needed:
        raise SandboxError(
            f"{path} has mode {stat.S_IMODE(mode):o}: started by root, the sandbox reads it as another user; chmod o+rX"
        )


@functools.cache
def refusal() -> str | None:
    """What this host says when it is asked for a sandbox; None where it makes one."""
    if sys.platform != "linux":
        return f"{sys.platform} has no namespaces"
    missing = [name for name in PROGRAMS if not shutil.which(name, path=PATH)]
    if missing:
        return f"not installed: {', '.join(missing)}"
    with tempfile.TemporaryDirectory() as folder:
        command = stage_one(Path(folder), empty(Path(folder, "venv")), "/srv/mysite", {}, ["true"])
        tried = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return tried.stdout.strip() if tried.returncode else None


def virtual_environment(layers: Path, folder: str) -> Path:
    """An empty virtual environment of this Python that was made in a sandbox, in ``folder``; made once."""
    layers.mkdir(parents=True, exist_ok=True)
    python = interpreter()
    identity = (python, Path(python).stat().st_mtime_ns, folder, is_root(), os.geteuid())
    made = layers / f"venv-{hashlib.sha256(repr(identity).encode()).hexdigest()[:16]}"
    with locked(layers):
        if not made.exists():
            part = empty(layers / "part")
            command = stage_one(layers, part, folder, {}, [python, "-m", "venv", f"{folder}/.venv"])
            tried = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            if tried.returncode:
                raise SandboxError(f"no virtual environment could be made in a sandbox: {tried.stdout.strip()}")
            part.rename(made)
    return made


def empty(folder: Path) -> Path:
    """An empty folder for the user that the commands run as."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    if is_root():
        os.chown(folder, OUTSIDER, OUTSIDER)
    return folder


@contextmanager
def locked(folder: Path) -> Iterator[int]:
    """Keep others that lock the folder waiting, in any process; its descriptor, which carries the lock."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def ended(process: subprocess.Popen[bytes]) -> None:
    """Wait for the agent, which ends by itself when its socket does."""
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
