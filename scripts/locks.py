"""Write the locks in ``requirements/`` from ``pyproject.toml``, or check that they still match it.

``python scripts/locks.py`` keeps the versions that still fit, ``--upgrade`` takes the newest, and ``--check`` writes
nothing and returns 1 where a lock does not answer what ``pyproject.toml`` asks for.

The check needs no network: it compares the requirements themselves, as PEP 508 reads them, with the versions pinned.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKS = {name: f"requirements/{name}.txt" for name in ("servers", "build", "dev")}
PYTHONS = ("3.11", "3.12", "3.13")


def write(upgrade: bool) -> None:
    """Compile every lock; the servers' first, because their versions bind the others'."""
    for group, lock in LOCKS.items():
        command = [
            sys.executable,
            "-m",
            "uv",
            "pip",
            "compile",
            "--quiet",
            "--universal",
            "--generate-hashes",
            "--no-header",
        ]
        command += ["--no-emit-index-url", "--python-version", PYTHONS[0], "--group", group]
        command += ["--upgrade"] if upgrade else []
        command += ["--constraint", LOCKS["servers"]] if group != "servers" else []
        subprocess.run([*command, "pyproject.toml", "--output-file", lock], cwd=ROOT, check=True)


def requirements(project: dict[str, Any], group: str) -> list[Requirement]:
    """The requirements of a dependency group, with those of the groups it includes (PEP 735) and of the project."""
    found = [Requirement(text) for text in project["project"]["dependencies"]]
    for entry in project["dependency-groups"][group]:
        if isinstance(entry, dict):
            found += requirements(project, entry["include-group"])
        else:
            found.append(Requirement(entry))
    return found


def pins(lock: Path) -> list[Requirement]:
    """The pinned requirements of a lock, each ``name==version`` with its marker."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    return [Requirement(line.removesuffix("\\")) for line in lines if line[:1].isalnum()]


def problems(root: Path = ROOT) -> list[str]:
    """What does not match: a requirement without a pin, or with one outside its range, for a supported Python."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    found = []
    for group, lock in LOCKS.items():
        pinned = pins(root / lock)
        for python in PYTHONS:
            # This platform, with another version of Python.
            environment = {"python_version": python, "python_full_version": f"{python}.99"}
            here = {
                canonicalize_name(pin.name): pin
                for pin in pinned
                if pin.marker is None or pin.marker.evaluate(environment)
            }
            for wanted in requirements(project, group):
                pin = here.get(canonicalize_name(wanted.name))
                if pin is None or not wanted.specifier.contains(str(pin.specifier).removeprefix("==")):
                    got = pin.specifier if pin else "nothing"
                    found.append(f"{lock}: Python {python}: {wanted} is asked for, {got} is pinned - run 'make locks'")
    return found


def main() -> int:
    """Write or check the locks; returns the exit status."""
    if "--check" in sys.argv[1:]:
        found = problems()
        print("\n".join(found), end="\n" if found else "")
        return 1 if found else 0
    write(upgrade="--upgrade" in sys.argv[1:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
