"""When a file last changed, as git knows it: one call for all of them; and when each line of one did."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path


def read(*folders: Path) -> dict[Path, datetime]:
    """Return the time of the last commit on each file below the folders, in UTC.

    Nothing is known of a folder that git does not keep, as in a tarball, nor of a file that has not changed since the
    first commit of a shallow clone: that commit only looks as if it had made every file.
    """
    kept = [folder for folder in folders if folder.is_dir()]
    if not kept:
        return {}
    where = _git(kept[0], "rev-parse", "--show-toplevel", "--git-path", "shallow").splitlines()
    if not where:
        return {}
    root, cut = Path(where[0]), _cut(kept[0] / where[1])
    log = _git(root, "-c", "core.quotePath=off", "log", "--format=%x00%H %ct", "--name-only", "--", *map(str, kept))
    found: dict[Path, datetime] = {}
    for commit in log.split("\0")[1:]:
        head, *names = commit.splitlines()
        digest, seconds = head.split()
        if digest not in cut:
            time = datetime.fromtimestamp(int(seconds), UTC)
            for name in filter(None, names):
                found.setdefault(root / name, time)
    return found


def lines(path: Path) -> list[datetime | None]:
    """Return the time of the last commit on each line of a file, in UTC.

    Nothing is known of a line that is not committed, nor where `read` knows nothing.
    """
    folder = path.parent
    shallow = _git(folder, "rev-parse", "--git-path", "shallow").strip()
    cut = _cut(folder / shallow) if shallow else set()
    found: list[datetime | None] = []
    digest, seconds = "", "0"
    for line in _git(folder, "blame", "--line-porcelain", "--", path.name).split("\n"):
        name, _, value = line.partition(" ")
        if line.startswith("\t"):
            known = digest.strip("0") and digest not in cut
            found.append(datetime.fromtimestamp(int(seconds), UTC) if known else None)
        elif name == "committer-time":
            seconds = value
        elif len(name) == 40:
            digest = name
    return found


def _cut(shallow: Path) -> set[str]:
    return set(shallow.read_text(encoding="ascii").split()) if shallow.exists() else set()


def _git(folder: Path, *arguments: str) -> str:
    try:
        run = subprocess.run(("git", "-C", str(folder), *arguments), check=False, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return run.stdout if run.returncode == 0 else ""
