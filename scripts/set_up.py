"""Make the virtual environment that every target of the Makefile uses: ``python3 scripts/set_up.py .venv``.

Written so that any Python 3 in use can read it: an old one gets a sentence and not a traceback. Nothing but the
standard library.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FLOOR = (3, 11)
NETWORK = "The package index must be reachable for this step; then run the same command again."


def stop(problem: str, cure: str) -> None:
    """End with what is missing and how to get it."""
    sys.exit("set-up: {}\n        {}".format(problem, cure))


def run(step: str, command: "list[str]", cure: str) -> None:
    """Run one step quietly; where it fails, show the end of what it said, and the cure."""
    print("set-up: " + step, flush=True)
    result = subprocess.run(command, cwd=str(ROOT), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if result.returncode:
        sys.stderr.write(result.stdout.decode(errors="replace")[-4000:])
        stop("failed at: " + step, cure)


def main(venv: str) -> None:
    """Make ``venv`` with the locked tools, this project, and the wheels that the pages install."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < FLOOR:
        stop(
            "{} is Python {}; 3.11 or newer is needed".format(sys.executable, version),
            "Name another one, for example: make PYTHON=python3.13 serve",
        )
    try:
        import ensurepip  # noqa: F401, PLC0415 - imported only to see whether it is there: Debian splits it off
    except ImportError:
        stop(
            "this Python cannot make virtual environments (it has no ensurepip)",
            "On Debian and Ubuntu: sudo apt-get install python3-venv",
        )
    folder = ROOT / venv
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    run(
        "virtual environment in {} (Python {})".format(venv, version),
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        "Is the disk full, or the folder not yours?",
    )
    for name, content in (("build", "what builds packages"), ("dev", "tools")):
        lock = "requirements/{}.txt".format(name)
        locked = ["--require-hashes", "--no-build-isolation", "--requirement", lock]
        run("{}, from {}, each checked by its hash".format(content, lock), [*pip, "install", *locked], NETWORK)
    run(
        "gingerdj itself",
        [*pip, "install", "--no-deps", "--no-build-isolation", "--editable", "."],
        "Is the checkout complete?",
    )
    locked = ["--require-hashes", "--no-deps", "--no-build-isolation", "--requirement", "requirements/servers.txt"]
    run(
        "servers for the pages, from requirements/servers.txt",
        [*pip, "wheel", *locked, "--wheel-dir", str(folder / "wheels")],
        NETWORK,
    )
    run(
        "Django's own tests, from its source distribution",
        [str(folder / "bin" / "python"), "-m", "tests.django_suite.source"],
        NETWORK,
    )
    (folder / ".ready").touch()


if __name__ == "__main__":
    main(sys.argv[1])
