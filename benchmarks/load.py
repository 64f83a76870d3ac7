"""A load generator, wrk: it keeps a number of connections busy for some seconds, on loopback."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cost_project.request import Request

LIMIT = 20
"""Seconds after which a response is missing."""
DONE = """
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\\n{"requests": %d, "microseconds": %d, "refused": %d, "broken": %d, "p50": %d, "p99": %d}\\n',
    summary.requests, summary.duration, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


class LoadError(Exception):
    """There is no load generator, or what it got is not what it asked for."""


@dataclass(frozen=True)
class Load:
    """What wrk counted."""

    requests: int
    microseconds: int
    refused: int
    """Responses whose status is 400 or more."""
    broken: int
    """Connections and requests that failed."""
    p50: int
    """The latency that half of the requests stay under, in microseconds."""
    p99: int

    @property
    def speed(self) -> float:
        """Requests per second."""
        return self.requests / self.microseconds * 1_000_000


def script(request: Request) -> str:
    """Return the program of wrk, in Lua, that sends this request and prints its counts as JSON."""
    lines = [f"wrk.method = {quoted(request.method)}"]
    lines += [f"wrk.headers[{quoted(name.decode())}] = {quoted(value.decode())}" for name, value in request.headers]
    lines += [f"wrk.body = {quoted(request.body.decode())}"] if request.body else []
    return "\n".join(lines) + DONE


def quoted(text: str) -> str:
    """Return a string of Lua. Raises ValueError for what this does not write: all but printable ASCII and line ends."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "\\r").replace("\n", "\\n")
    if not (escaped.isascii() and escaped.isprintable()):
        raise ValueError(f"{text[:40]!r} is not printable ASCII.")
    return f'"{escaped}"'


def load(port: int, request: Request, folder: Path, *, connections: int, seconds: int) -> Load:
    """Return what a server on this port achieves. Raises LoadError when wrk is not installed or fails."""
    program = shutil.which("wrk")
    if program is None:
        raise LoadError("wrk is not installed: apt-get install wrk")
    path = folder / "request.lua"
    path.write_text(script(request))
    command = [program, "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", f"{LIMIT}s"]
    command += ["-s", str(path), f"http://127.0.0.1:{port}{request.path}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + LIMIT, check=False)
    if done.returncode:
        raise LoadError(f"wrk failed: {done.stdout}{done.stderr}")
    return Load(**json.loads(done.stdout.splitlines()[-1]))


def checked(counted: Load, request: Request) -> Load:
    """Return what was counted.

    Raises LoadError when responses are missing, or have another kind of status than the request should get.
    """
    expected = counted.requests if request.status >= 400 else 0
    if not counted.requests or counted.broken or counted.refused != expected:
        raise LoadError(f"{request.path}: not every response has status {request.status}: {counted}")
    return counted
