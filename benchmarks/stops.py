"""What becomes of requests, streams and WebSocket connections when a server is stopped under load, or clients leave.

    python -m benchmarks.stops [--server NAME]... [--times 100]

Each time a server is started, loaded by clients that keep asking, and told to stop by SIGTERM. Prints a table: how
many requests, streams and connections had begun, how many of them have run their clean-up to its end, and how many of
the requests that a view had begun were not answered whole. Then, under one server that stays, as many clients leave in
the middle of a stream or a connection.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from benchmarks.server import ASGI, LIMIT, SERVED, Server, running
from benchmarks.table import markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

APPLICATION = "benchmarks.stopped:application"
BIND = ("--bind", "127.0.0.1:{port}", "--log-level", "warning")
SETUPS = {
    **{name: [APPLICATION if part == SERVED else part for part in command] for name, command in ASGI.items()},
    "gunicorn": ["gunicorn", *BIND, "--worker-class", "asgi", APPLICATION],
    "gunicorn, uvicorn-worker": ["gunicorn", *BIND, "--worker-class", "uvicorn_worker.UvicornWorker", APPLICATION],
    "daphne": ["daphne", "-b", "127.0.0.1", "-p", "{port}", "-v", "0", APPLICATION],
}
KINDS = ("request", "stream", "WebSocket")
CLIENTS = 4
"""Of each kind at once."""
WARM = 20
"""Requests that are answered before the server is told to stop."""


@dataclass
class Notes:
    """What the views have noted, and the clients have seen."""

    begun: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    """Requests that a view had begun, and whose client did not get the whole answer."""
    stuck: int = 0
    """Servers that did not stop in time."""

    def add(self, file: Path, answered: set[int]) -> None:
        """Count the lines of a file."""
        numbers = set()
        for line in file.read_text().splitlines():
            word, kind, number = line.split()
            (self.begun if word == "begin" else self.ended)[kind] += 1
            if (word, kind) == ("begin", "request"):
                numbers.add(int(number))
        self.lost += len(numbers - answered)

    def row(self, name: str) -> list[str]:
        """A row of the table."""
        cells = [f"{self.ended[kind]} of {self.begun[kind]}" for kind in KINDS]
        return [name, *cells, str(self.lost), str(self.stuck)]


class Load:
    """The clients of one server."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.number = 0
        self.answered: set[int] = set()
        self.first = 0
        """Streams and connections that have sent something."""
        self.ready = asyncio.Event()
        """Is set once the server has enough to do."""

    def look(self) -> None:
        """Say when there is enough to do."""
        if len(self.answered) >= WARM and self.first >= 2 * CLIENTS:
            self.ready.set()

    async def requests(self) -> None:
        """Ask, on one connection after the other, until there is no server."""
        while True:
            self.number += 1
            number = self.number
            try:
                body = await asyncio.wait_for(self.get(f"/request/{number}"), LIMIT)
            except OSError:
                return
            if body.endswith(f"done {number}\n".encode()):
                self.answered.add(number)
            self.look()

    async def get(self, path: str) -> bytes:
        """All that the server sends. Raises OSError where it does not take the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        found = b""
        with suppress(ConnectionError):
            while part := await reader.read(65536):
                found += part.removesuffix(b"0\r\n\r\n").removesuffix(b"\r\n")
        writer.close()
        return found

    async def stream(self, number: int, *, leave: bool = False) -> None:
        """Read a stream to its end, or to its first part."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"GET /stream/{number} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"tick")
            self.began()
            while not leave and await reader.read(65536):
                pass
        writer.transport.abort()

    async def socket(self, number: int, *, leave: bool = False) -> None:
        """Send and receive until the end, or until something has come back."""
        with suppress(WebSocketException, OSError):
            async with connect(f"ws://127.0.0.1:{self.port}/socket/{number}", proxy=None) as socket:
                await socket.send("hello")
                await socket.recv()
                self.began()
                if leave:
                    socket.transport.abort()
                while True:
                    await socket.send("hello")
                    await socket.recv()
                    await asyncio.sleep(0.01)

    def began(self) -> None:
        """A stream or a connection has sent something."""
        self.first += 1
        self.look()


async def stop(server: Server) -> tuple[set[int], bool]:
    """Load a server and tell it to stop. Returns the requests that were answered, and whether it ended in time."""
    load = Load(server.port)
    tasks = [asyncio.ensure_future(load.requests()) for _ in range(CLIENTS)]
    tasks += [asyncio.ensure_future(load.stream(number)) for number in range(CLIENTS)]
    tasks += [asyncio.ensure_future(load.socket(number)) for number in range(CLIENTS)]
    await asyncio.wait_for(load.ready.wait(), LIMIT)
    os.kill(server.pid, signal.SIGTERM)
    ended = await asyncio.to_thread(ends, server.pid)
    await asyncio.wait(tasks, timeout=LIMIT)
    for task in tasks:
        task.cancel()
    return load.answered, ended


def ends(pid: int) -> bool:
    """Wait until a child has ended, which is then a zombie; whether it has, in time."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


async def leave(server: Server, times: int) -> None:
    """Have as many clients leave."""
    load = Load(server.port)
    for number in range(times):
        await asyncio.wait_for(load.stream(number, leave=True), LIMIT)
        await asyncio.wait_for(load.socket(number, leave=True), LIMIT)


def noticed(file: Path) -> None:
    """Wait until the views have noticed that all clients have left, or for some seconds."""
    for _ in range(LIMIT * 10):
        words = Counter(line.split()[0] for line in file.read_text().splitlines())
        if words["begin"] == words["end"]:
            return
        time.sleep(0.1)


def measure(name: str, times: int) -> tuple[Notes, Notes]:
    """What is noted when a server is stopped so many times, and when so many clients leave."""
    stops, leaves = Notes(), Notes()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "notes"
        environment = {**os.environ, "STOPS_NOTES": str(file)}
        for _ in range(times):
            file.write_text("")
            with running(SETUPS[name], environment, file, Path(folder)) as server:
                answered, ended = asyncio.run(stop(server))
            stops.add(file, answered)
            stops.stuck += not ended
        file.write_text("")
        with running(SETUPS[name], environment, file, Path(folder)) as server:
            asyncio.run(leave(server, times))
            noticed(file)
            leaves.add(file, set())
    return stops, leaves


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print the table; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stops", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--server", choices=SETUPS, action="append", help="may be repeated (all)")
    parser.add_argument("--times", type=int, default=100, help="that a server is stopped, and that clients leave (100)")
    options = parser.parse_args(arguments)
    rows = []
    for name in options.server or SETUPS:
        stops, leaves = measure(name, options.times)
        rows.append(stops.row(f"{name}: SIGTERM × {options.times}"))
        rows.append(leaves.row(f"{name}: clients leave × {options.times}"))
    print(markdown(["", *(f"{kind}s, ended of begun" for kind in KINDS), "requests lost", "stuck"], rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
