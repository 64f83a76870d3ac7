"""The servers of a benchmark: one process each that serves, with its own defaults and no access log."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.snippets.listeners import listeners
from tests.snippets.processes import processes, tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SERVED = "benchmarks.served:application"
LIMIT = 20
"""Seconds for a server to start, and to stop."""

ASGI = {
    "uvicorn": [
        "uvicorn",
        "--host",
        "127.0.0.1",
        "--port",
        "{port}",
        "--no-access-log",
        "--log-level",
        "warning",
        SERVED,
    ],
    "hypercorn": ["hypercorn", "--bind", "127.0.0.1:{port}", "--log-level", "warning", SERVED],
    "granian": [
        "granian",
        "--interface",
        "asgi",
        "--host",
        "127.0.0.1",
        "--port",
        "{port}",
        "--log-level",
        "warning",
        SERVED,
    ],
    "gunicorn": [
        *("gunicorn", "--bind", "127.0.0.1:{port}", "--log-level", "warning"),
        *("--worker-class", "uvicorn_worker.UvicornWorker", SERVED),
    ],
}
WSGI = ["gunicorn", "--bind", "127.0.0.1:{port}", "--log-level", "warning", "--threads", "8", SERVED]
"""Django under WSGI as it is deployed most: threads of Gunicorn."""


class ServerError(Exception):
    """A server did not start."""


@dataclass(frozen=True)
class State:
    """What the processes of a server hold."""

    memory: int
    """Resident, in KiB, all processes together."""
    threads: int
    connections: int
    """Database connections: open files that are the database."""


@dataclass(frozen=True)
class Server:
    """A server that listens."""

    port: int
    pid: int
    database: Path

    def processor(self) -> float:
        """Return the seconds that its processes have spent on the processor, see proc(5)."""
        times = 0
        for pid in tree(self.pid, processes()):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            times += int(fields[11]) + int(fields[12])  # utime and stime
        return times / os.sysconf("SC_CLK_TCK")

    def state(self) -> State:
        """Return what it holds now."""
        pids = tree(self.pid, processes())
        statuses = [status(pid) for pid in pids]
        return State(
            sum(int(fields["VmRSS"].split()[0]) for fields in statuses),
            sum(int(fields["Threads"]) for fields in statuses),
            sum(open_files(pid).count(self.database) for pid in pids),
        )


def status(pid: int | str) -> dict[str, str]:
    """Return the fields of /proc/PID/status, see proc(5); those of this process for "self"."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def open_files(pid: int) -> list[Path]:
    """Return the paths behind the descriptors of a process."""
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            found.append(link.readlink())
    return found


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(arguments: list[str], environment: Mapping[str, str], database: Path, folder: Path) -> Iterator[Server]:
    """Run a server until the end of the block. Raises ServerError when it does not listen in time."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", *(argument.format(port=port) for argument in arguments)]
    # Gunicorn keeps a socket in the home folder.
    own = {**environment, "HOME": str(folder)}
    with (folder / f"server-{port}.log").open("w+") as log:
        process = subprocess.Popen(command, env=own, stdout=log, stderr=log)
        try:
            wait(process, port, Path(log.name))
            yield Server(port, process.pid, database)
        finally:
            stop(process)


def wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Return once the port listens. Raises ServerError when the process ends first, or too much time passes."""
    deadline = time.monotonic() + LIMIT
    while not listeners(str(port), ""):
        if process.poll() is not None or time.monotonic() > deadline:
            raise ServerError(f"{process.args!r} does not listen on {port}:\n{log.read_text()}")
        time.sleep(0.02)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server and what it started."""
    pids = tree(process.pid, processes())
    process.terminate()
    try:
        process.wait(LIMIT)
    except subprocess.TimeoutExpired:
        for pid in pids & processes().keys():
            subprocess.run(["kill", "-KILL", str(pid)], check=False)
        process.wait()
