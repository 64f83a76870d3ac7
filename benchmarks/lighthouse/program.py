"""Lighthouse itself: installed from the lock beside this file, and run on one address."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

from _ext.browser import HOW_TO_GET_IT, QUIET, program
from benchmarks.lighthouse.report import CATEGORIES, Report

HERE = Path(__file__).parent
FOLDER = HERE.parents[1] / "build" / "lighthouse"
PROGRAM = FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"
FORMS = {"mobile": (), "desktop": ("--preset=desktop",)}
LIMIT = 180
"""Seconds for one run; on a quiet machine it takes ten."""


class LighthouseError(Exception):
    """A program that is not there, or a run that came to nothing."""


def install() -> None:
    """Install what the lock says into build/lighthouse/, unless it is there; raises LighthouseError."""
    lock = FOLDER / "package-lock.json"
    wanted = (HERE / "package-lock.json").read_bytes()
    if PROGRAM.exists() and lock.read_bytes() == wanted:
        return
    if shutil.which("npm") is None:
        raise LighthouseError("npm is not there: Lighthouse needs Node 20 or newer")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, FOLDER / name)
    # Without scripts nothing but files arrives; one of them would download a browser.
    run = subprocess.run(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit-lockfile-registry-resolved"],
        cwd=FOLDER,
        check=False,
        capture_output=True,
        text=True,
    )
    if run.returncode:
        raise LighthouseError(f"npm ci: {run.stderr.strip()}")


def judge(address: str, form: str) -> Report:
    """Return what Lighthouse says of an address on a `mobile` or a `desktop`; raises LighthouseError."""
    browser = program()
    if browser is None:
        raise LighthouseError(HOW_TO_GET_IT)
    command = [
        *("node", str(PROGRAM), address, "--quiet", "--output=json", "--no-enable-error-reporting"),
        *(f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={' '.join(('--headless', *QUIET))}"),
        *FORMS[form],
    ]
    environment = {**os.environ, "CHROME_PATH": browser, "NO_UPDATE_NOTIFIER": "1"}
    try:
        run = subprocess.run(
            command, env=environment, check=False, capture_output=True, text=True, timeout=LIMIT, cwd=FOLDER
        )
    except subprocess.TimeoutExpired:
        raise LighthouseError(f"{address}: no answer in {LIMIT} s") from None
    if run.returncode:
        raise LighthouseError(f"{address}: {run.stderr.strip()}")
    answer = json.loads(run.stdout)
    if "runtimeError" in answer:
        raise LighthouseError(f"{address}: {answer['runtimeError']['message']}")
    return Report.read(answer)
