"""The sockets that listen, found without a connection: a server would write one into the log that the page shows."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def listeners(ready: str, folder: str) -> set[str]:
    """The sockets that listen on a TCP port or on the path of a Unix socket, by a name that no two of them share."""
    if not Path("/proc/net").exists():
        return from_lsof(int(ready)) if ready.isdecimal() else from_file(Path(folder, ready))
    if ready.isdecimal():
        return {inode for port, inode in tcp_listeners() if port == int(ready)}
    return {inode for path, inode in unix_listeners() if Path(folder, path) == Path(folder, ready)}


def tcp_listeners() -> Iterator[tuple[int, str]]:
    """Port and inode of every TCP socket that listens."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(FileNotFoundError):  # a kernel without IPv6
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A":  # TCP_LISTEN
                    yield int(fields[1].rpartition(":")[2], 16), fields[9]


def unix_listeners() -> Iterator[tuple[str, str]]:
    """Path, as it was bound, and inode of every Unix socket that listens."""
    for line in Path("/proc/net/unix").read_text(errors="replace").splitlines()[1:]:
        fields = line.split(maxsplit=7)
        if len(fields) == 8 and int(fields[3], 16) & 0x10000:  # __SO_ACCEPTCON
            yield fields[7], fields[6]


def from_lsof(port: int) -> set[str]:
    """The processes that listen on a TCP port, where there is no /proc."""
    command = ("lsof", "-nP", "-t", f"-iTCP:{port}", "-sTCP:LISTEN")
    return set(subprocess.run(command, capture_output=True, text=True, check=False).stdout.split())


def from_file(path: Path) -> set[str]:
    """The Unix socket of a path, where there is no /proc; it is there a moment before it listens."""
    return {str(path.stat().st_ino)} if path.is_socket() else set()
