"""The inside half of the sandbox: keeps the terminals of a page, and does what it is asked, one request at a time.

It is given the number of an inherited Unix socket, and those of descriptors to keep open. A request is a line of JSON
(``{"do": "run", "command": "ls", "limit": 60}``), its answer another (``{"output": …}`` or ``{"error": …}``). When the
socket ends, so does everything that the agent started.

It imports nothing but the standard library and its neighbours, and has one thread: when the exit status of a command
arrives, all that it printed is in its pipe, so reading the pipe empty then is reading all of it.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import math
import os
import resource
import selectors
import shlex
import shutil
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from .listeners import listeners
from .processes import processes, tree
from .terminal import SETUP, STATUS, Main, Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SETTLE = 1.0
"""Seconds for processes to go that were told to, before they count as left over."""
POLL = 0.01
"""Seconds between two looks at what the kernel announces by no event."""

LISTED = 20
"""Leftovers that are named; more of them are counted."""
LIMITS = {resource.RLIMIT_CORE: 0, resource.RLIMIT_DATA: 4 << 30, resource.RLIMIT_NOFILE: 4096}
PROCESSES = 1024
"""Processes and threads of a sandbox: its user namespace counts its own."""
# prctl(2)
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 1, 4, 36

Answer = dict[str, Any]


class RefusedError(Exception):
    """A request that cannot be done; its text is the answer."""


class Agent:
    """Answers requests that come through ``control``. The method of a request is ``do_`` and its name."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.inbox = bytearray()
        self.shell: Main | None = None
        self.terminals: dict[str, Terminal] = {}
        self.rubbish: str | None = None
        self.selector = selectors.DefaultSelector()
        self.selector.register(control, selectors.EVENT_READ, self.receive)
        self.wakeup, wakeup = os.pipe()
        for end in (self.wakeup, wakeup):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wakeup, warn_on_full_buffer=False)
        self.selector.register(self.wakeup, selectors.EVENT_READ, self.reap)

    # Events

    def serve(self) -> NoReturn:
        """Answer requests until the socket ends."""
        while True:
            self.until(lambda: b"\n" in self.inbox, math.inf)
            line, _, self.inbox = self.inbox.partition(b"\n")
            request: dict[str, Any] = json.loads(line)
            try:
                answer: Answer = getattr(self, "do_" + request.pop("do"))(**request)
            except (RefusedError, OSError) as error:
                answer = {"error": str(error)}
            self.control.sendall(json.dumps(answer).encode() + b"\n")

    def until(self, done: Callable[[], object], limit: float, step: float = math.inf) -> bool:
        """Handle events until ``done``; false when that takes more than ``limit`` seconds."""
        deadline = time.monotonic() + limit
        while not done():
            wait = min(deadline - time.monotonic(), step)
            if wait <= 0:
                return False
            for key, _ in self.selector.select(None if wait == math.inf else wait):
                key.data()
        return True

    def receive(self) -> None:
        """Keep what has arrived of the next request."""
        try:
            chunk = self.control.recv(1 << 16)
        except ConnectionResetError:
            chunk = b""
        if not chunk:
            self.end()
        self.inbox += chunk

    def reap(self) -> None:
        """Collect every child that exited, orphans included."""
        with contextlib.suppress(BlockingIOError):
            os.read(self.wakeup, 1 << 16)
        known = {terminal.pid: terminal for terminal in (*self.terminals.values(), self.shell) if terminal}
        with contextlib.suppress(ChildProcessError):
            while (child := os.waitpid(-1, os.WNOHANG))[0]:
                if child[0] in known:
                    code = os.waitstatus_to_exitcode(child[1])
                    known[child[0]].status = code if code >= 0 else 128 - code

    def end(self) -> NoReturn:
        """Leave nothing behind. With process 1 of a namespace, the kernel kills all others in it."""
        if os.getpid() != 1:
            self.selector.unregister(self.control)
            self.kill(lambda: tree(os.getpid(), processes()) - {os.getpid()})
            if self.rubbish:
                shutil.rmtree(self.rubbish, ignore_errors=True)
        os._exit(0)

    # Processes

    def watch(self, terminal: Terminal) -> None:
        """Read what a terminal prints as it comes, so that it never waits for a reader."""
        self.selector.register(terminal.output.source, selectors.EVENT_READ, terminal.output.drain)

    def main(self) -> Main:
        """The main terminal, which must be alive."""
        if self.shell is None or self.shell.status is not None:
            raise RefusedError("the shell of the main terminal has exited")
        return self.shell

    def terminal(self, name: str) -> Terminal:
        """A named terminal, running or not."""
        if name not in self.terminals:
            raise RefusedError(f"there is no terminal '{name}'")
        return self.terminals[name]

    def strangers(self) -> dict[int, str]:
        """Command lines of all that belongs to no terminal left running and is not the main terminal's bash."""
        table = processes()
        rest = tree(os.getpid(), table) - {os.getpid()}
        if self.shell:
            rest.discard(self.shell.pid)
        for terminal in self.terminals.values():
            if terminal.status is None:
                rest -= tree(terminal.pid, table)
        return {pid: table[pid].command for pid in sorted(rest)}

    def kill(self, which: Callable[[], Iterable[int]]) -> None:
        """Kill until nothing is left. All are stopped first, parents before children, so that none starts another."""

        def gone() -> bool:
            victims = list(which())
            for number in (signal.SIGSTOP, signal.SIGKILL):
                for pid in victims:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, number)
            return not victims

        self.until(gone, 10 * SETTLE, step=POLL)

    def target(self, terminal: Terminal) -> int:
        """Whom a signal to a terminal is for: its command, which bash becomes if it is a simple one, or waits for."""
        table = processes()
        if terminal.pid in table and table[terminal.pid].command == " ".join(terminal.command):
            return min((pid for pid, process in table.items() if process.parent == terminal.pid), default=terminal.pid)
        return terminal.pid

    def surroundings(self) -> tuple[str, dict[str, str]]:
        """The current folder and the environment of the main terminal."""
        main = self.main()
        # The next command of the page may ask for $?, the status of its last one.
        main.type(f"/usr/bin/env -0 >&{STATUS}; (exit {main.last})")
        if not self.until(main.ended, 10 * SETTLE):
            raise RefusedError("the main terminal does not say what its environment is")
        environ = dict(text.split("=", 1) for text in main.reply() if "=" in text)
        for name in ("_", "SHLVL"):  # of that command, and of that bash
            environ.pop(name, None)
        return environ["PWD"], environ

    # Requests

    def do_open(self, folder: str, environ: dict[str, str], rubbish: str | None = None) -> Answer:
        """Open the main terminal. ``rubbish`` is a folder to remove in the end."""
        self.rubbish = rubbish
        self.shell = Main(folder, environ)
        self.watch(self.shell)
        self.selector.register(self.shell.reports, selectors.EVENT_READ, self.shell.listen)
        self.shell.type(SETUP)
        self.until(self.shell.ended, 10 * SETTLE)
        output = self.shell.output.take(whole=True)
        self.shell.output.forget()
        if len(self.shell.statuses()) < 2:
            raise RefusedError(f"bash does not start: {output}")
        return {}

    def do_environment(self) -> Answer:
        """The environment of the main terminal, its current folder in PWD."""
        return {"environment": self.surroundings()[1]}

    def do_write(self, path: str, text: str) -> Answer:
        """Write a file, below the main terminal's current folder where its path is relative."""
        file = Path(self.surroundings()[0], path)
        before = file.stat().st_mtime if file.exists() else 0
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
        if int(file.stat().st_mtime) <= int(before):
            # Python takes a module for unchanged whose size and time, in whole seconds, are those of its bytecode.
            os.utime(file, (before + 1, before + 1))
        return {}

    def do_run(self, command: str, limit: float) -> Answer:
        """Run a command in the main terminal."""
        main = self.main()
        main.type(f"eval {shlex.quote(command)} </dev/null {STATUS}>&-")
        finished = self.until(main.ended, limit)
        if not finished:
            self.kill(lambda: (*([main.pid] if main.status is None else []), *self.strangers()))
        main.output.drain()
        output = main.output.take(whole=True)
        main.output.forget()
        if not finished:
            return {"output": output, "status": None, "ended": "limit"}
        if main.status is not None:
            return {"output": output, "status": main.status, "ended": "shell exited"}
        main.last = main.statuses()[0]
        return {"output": output, "status": main.last, "ended": "exited"}

    def do_start(self, name: str, command: str, ready: str, limit: float) -> Answer:
        """Open a terminal with a command, and wait until it listens on a socket that was not there before."""
        if name in self.terminals:
            if self.terminals[name].status is None:
                raise RefusedError(f"terminal '{name}' is running already")
            self.selector.unregister(self.terminals[name].output.source)
            self.terminals.pop(name).close()
        folder, environ = self.surroundings()
        before = listeners(ready, folder)
        terminal = self.terminals[name] = Terminal(("-c", command), folder, environ)
        self.watch(terminal)

        def settled() -> bool:
            return terminal.status is not None or bool(listeners(ready, folder) - before)

        if self.until(settled, limit, step=POLL) and terminal.status is None:
            return {"output": "", "status": None, "state": "ready"}  # all of it is left to the first look
        terminal.output.drain()
        state = "limit" if terminal.status is None else "exited"
        return {"output": terminal.output.take(whole=True), "status": terminal.status, "state": state}

    def do_read(self, name: str, lines: int, limit: float) -> Answer:
        """Wait until a terminal has printed so many lines since the last look, or has exited."""
        terminal = self.terminal(name)
        enough = self.until(lambda: terminal.output.lines() >= lines or terminal.status is not None, limit)
        terminal.output.drain()
        if terminal.status is None:
            state = "ready" if enough else "limit"
            return {"output": terminal.output.take(whole=False), "status": None, "state": state}
        return {"output": terminal.output.take(whole=True), "status": terminal.status, "state": "exited"}

    def do_listens(self, ready: str, limit: float) -> Answer:
        """Wait until somebody listens on a port or a Unix socket."""
        folder = self.surroundings()[0]
        return {"listens": self.until(lambda: listeners(ready, folder), limit, step=POLL)}

    def do_stop(self, name: str, signal_name: str | None, limit: float) -> Answer:
        """Send a signal, if any, to what a terminal runs, and to nothing that this started, and wait for it to exit."""
        terminal = self.terminal(name)
        if signal_name and f"SIG{signal_name}" not in signal.Signals.__members__:
            raise RefusedError(f"there is no signal SIG{signal_name}")
        if signal_name and terminal.status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.target(terminal), signal.Signals[f"SIG{signal_name}"])
        finished = self.until(lambda: terminal.status is not None, limit)
        if not finished:
            self.kill(lambda: sorted(tree(terminal.pid, processes())) if terminal.status is None else ())
        terminal.output.drain()
        output = terminal.output.take(whole=True)
        if finished:
            return {"output": output, "status": terminal.status, "ended": "exited"}
        return {"output": output, "status": None, "ended": "limit"}

    def do_log(self, name: str) -> Answer:
        """All that a terminal has printed."""
        output = self.terminal(name).output
        return {"output": output.text(0, len(output.kept))}

    def do_leftovers(self) -> Answer:
        """Command lines of what runs and should not; what is just going is given a moment."""
        self.until(lambda: not self.strangers(), SETTLE, step=POLL)
        commands = list(self.strangers().values())
        more = [f"and {len(commands) - LISTED} more"] if len(commands) > LISTED else []
        return {"commands": commands[:LISTED] + more}


def main() -> NoReturn:
    """Set the limits of everything that will run, then serve."""
    for descriptor in map(int, sys.argv[1:]):
        os.set_inheritable(descriptor, False)
    for limit, value in LIMITS.items():
        hard = resource.getrlimit(limit)[1]
        resource.setrlimit(limit, (value, value) if hard == resource.RLIM_INFINITY else (min(value, hard), hard))
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None).prctl
        if os.getpid() == 1:
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            # Where memory runs out, the kernel ends a sandbox first.
            Path("/proc/self/oom_score_adj").write_text("1000")
            prctl(PR_SET_DUMPABLE, 0)  # a page that could trace the agent could stop it, and live on
            resource.setrlimit(resource.RLIMIT_NPROC, (PROCESSES, PROCESSES))
        else:
            prctl(PR_SET_CHILD_SUBREAPER, 1)
    Agent(socket.socket(fileno=int(sys.argv[1]))).serve()
