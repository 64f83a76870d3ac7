"""The terminals of a page, inside the sandbox: each a bash in a session of its own, and what it prints."""

from __future__ import annotations

import contextlib
import math
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KEPT = 1 << 20
"""Bytes kept of what a command or a terminal prints; the rest is read, counted and thrown away."""
STATUS = 9
"""The descriptor on which the main terminal's bash reports. No command inherits it."""
BASH = ("bash", "--noprofile", "--noediting", "--rcfile", str(Path(__file__).with_name("bashrc")), "-i")
SETUP = (
    # Before each prompt: report $?, and blank the prompt, which activating a virtual environment sets.
    f"PS2= PROMPT_COMMAND='{{ printf \"%s\\0\" $? >&{STATUS}; PS1=; }} 2>/dev/null'; "
    # A `!` is no history and no history is kept; what `&` starts can be interrupted, as in a reader's terminal.
    "unset HISTFILE; set +o histexpand -o monitor"
)


class Output:
    """What a terminal prints: standard output and standard error through one pipe, in the order of a terminal."""

    def __init__(self) -> None:
        self.source, self.sink = os.pipe()
        os.set_blocking(self.source, False)
        self.kept = bytearray()
        self.taken = 0
        self.cut = 0

    def drain(self) -> None:
        """Read what is there, without waiting."""
        with contextlib.suppress(BlockingIOError):
            while True:  # it has no end: the agent itself keeps the other side open
                chunk = os.read(self.source, 1 << 16)
                room = KEPT - len(self.kept)
                self.kept += chunk[:room]
                self.cut += len(chunk[room:])

    def lines(self) -> float:
        """How many complete lines have not been taken; endlessly many once some were cut."""
        return math.inf if self.cut else self.kept.count(b"\n", self.taken)

    def take(self, *, whole: bool) -> str:
        """What has not been taken: all of it, or up to the end of the last complete line."""
        end = len(self.kept) if whole or self.cut else max(self.taken, self.kept.rfind(b"\n") + 1)
        start, self.taken = self.taken, end
        return self.text(start, end)

    def text(self, start: int, end: int) -> str:
        """A part of what was kept, and a note where the rest was cut."""
        note = f"\n[{self.cut} bytes more were cut]\n" if self.cut and end == len(self.kept) else ""
        return self.kept[start:end].decode(errors="replace") + note

    def forget(self) -> None:
        """Start again with nothing and as much room as at first."""
        self.kept.clear()
        self.taken = self.cut = 0


class Terminal:
    """A bash in a session of its own, and what it prints."""

    def __init__(self, arguments: Sequence[str], folder: str, environ: Mapping[str, str], **files: int) -> None:
        self.command = (*BASH, *arguments)
        self.output = Output()
        # Unread: it holds the few lines that bashrc speaks of, and is a terminal whose settings bash may restore.
        self.complaints, tty = os.openpty()
        null = os.open(os.devnull, os.O_RDONLY)
        descriptors = [files.get("stdin", null), self.output.sink, tty]
        self.pid = spawn(self.command, folder, environ, descriptors, files.get("status"))
        os.close(null)
        os.close(tty)
        self.status: int | None = None
        """As a shell gives it, once it has exited."""

    def close(self) -> None:
        """Release its descriptors."""
        for descriptor in (self.output.source, self.output.sink, self.complaints):
            os.close(descriptor)


class Main(Terminal):
    """The main terminal: its bash reads commands from a pipe, and reports their exit statuses through another."""

    def __init__(self, folder: str, environ: Mapping[str, str]) -> None:
        commands, self.commands = os.pipe()
        self.reports, reports = os.pipe()
        os.set_blocking(self.reports, False)
        self.reported = bytearray()
        """Texts that end in a NUL, since it was last given a line."""
        self.last = 0
        """The exit status of its last command."""
        super().__init__((), folder, environ, stdin=commands, status=reports)
        os.close(commands)
        os.close(reports)

    def type(self, line: str) -> None:
        """Give it a line, and an empty one: it tells of jobs that ended before it reports on that one."""
        self.reported.clear()
        data = f"{line}\n\n".encode(errors="surrogateescape")
        with contextlib.suppress(BrokenPipeError):  # it has exited, which will be seen as such
            while data:
                data = data[os.write(self.commands, data) :]

    def listen(self) -> None:
        """Read what it reports."""
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self.reports, 1 << 16):
                self.reported += chunk

    def reply(self) -> list[str]:
        """The complete texts it has reported."""
        return [text.decode(errors="surrogateescape") for text in self.reported.split(b"\0")[:-1]]

    def statuses(self) -> list[int]:
        """The exit statuses it has reported: one after each line."""
        return [int(text) for text in self.reply() if text.isdecimal()]

    def ended(self) -> bool:
        """Whether it waits for the next line, or will never do so again."""
        return self.status is not None or len(self.statuses()) == 2


def spawn(
    command: Sequence[str], folder: str, environ: Mapping[str, str], files: Sequence[int], status: int | None
) -> int:
    """Start a command in a session of its own with nothing inherited but these descriptors; returns its number."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        os.chdir(folder)
        for target, source in [*enumerate(files), *([(STATUS, status)] if status is not None else [])]:
            os.dup2(source, target)
            os.set_inheritable(target, True)  # dup2 leaves it as it is where the two are the same
        signal.set_wakeup_fd(-1)
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_DFL)
        os.execvpe(command[0], list(command), environ)  # noqa: S606 - the command is the shell
    except Exception as error:  # whatever it is, this process must not go on as a second agent
        os.write(files[1], f"{command[0]}: {error}\n".encode())
    finally:
        os._exit(127)
