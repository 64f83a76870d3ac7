"""Django's tests, from the source distribution that ``requirements/dev.txt`` pins for this Python.

The wheel that is installed holds no tests; the lock carries the hash of the source distribution as well, so pip
fetches exactly that one. ``python -m tests.django_suite.source`` fetches it beforehand, for runs without a network.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LOCK = ROOT / "requirements" / "dev.txt"
CACHE = ROOT / "build" / "django-suite"


class SourceUnavailableError(Exception):
    """The source distribution can't be had: the message ends with what pip said."""


def entry(lock: str, name: str) -> str:
    """The lines of a lock that pin ``name``, one pin for each range of Pythons; pip picks by the marker."""
    lines = []
    inside = False
    for line in lock.splitlines():
        if line[:1].isalnum():
            inside = line.startswith(f"{name}==")
        if inside and not line.lstrip().startswith("#"):
            lines.append(line)
    return "\n".join(lines) + "\n"


def download(folder: Path) -> Path:
    """Let pip fetch and verify the source distribution into ``folder``; returns the archive.

    pip asks every source distribution for its metadata. Without build isolation it asks the setuptools that the same
    lock has installed; with it, an unpinned one would come from the index.
    """
    requirement = folder / "django.txt"
    requirement.write_text(entry(LOCK.read_text(encoding="utf-8"), "django"), encoding="utf-8")
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download"]
    command += ["--no-deps", "--no-build-isolation", "--no-binary", "django", "--require-hashes"]
    command += ["--requirement", str(requirement), "--dest", str(folder)]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    archives = list(folder.glob("[Dd]jango-*.tar.gz"))
    if result.returncode or len(archives) != 1:
        raise SourceUnavailableError(f"pip could not fetch Django's source distribution: {result.stdout[-1500:]}")
    return archives[0]


def unpack(archive: Path, folder: Path) -> None:
    """Unpack what stands under ``tests/`` in the archive into ``folder``, and nothing else."""
    with tarfile.open(archive) as opened:
        wanted = []
        for member in opened.getmembers():
            _, _, inner = member.name.partition("/")
            if inner.startswith("tests/"):
                wanted.append(member.replace(name=inner.removeprefix("tests/")))
        opened.extractall(folder, members=wanted, filter="data")


def tests_folder() -> Path:
    """The folder of Django's tests for the Django that is installed; fetched on first use.

    Raises SourceUnavailableError where pip can't fetch it, and where another Django than the locked one is installed.
    """
    version = metadata.version("django")
    folder = CACHE / version
    if folder.is_dir():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as temporary:
        archive = download(Path(temporary))
        locked = archive.name.removesuffix(".tar.gz").partition("-")[2]
        if locked != version:
            raise SourceUnavailableError(f"Django {version} is installed and {LOCK.name} pins {locked}: run make setup")
        unpacked = Path(temporary) / "tests"
        unpack(archive, unpacked)
        try:
            unpacked.rename(folder)
        except OSError:  # another process was first
            shutil.rmtree(unpacked)
    return folder


if __name__ == "__main__":
    try:
        print(tests_folder())
    except SourceUnavailableError as problem:
        sys.exit(str(problem))
