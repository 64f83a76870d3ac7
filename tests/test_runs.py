"""A run of the pages as its caller sees it: what is selected, refused and told, and that nothing is left."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.snippets.listeners import listeners
from tests.snippets.processes import processes
from tests.snippets.sandbox import Sandbox, virtual_environment
from tests.snippets.stage import copy_checkout

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
LAYERS = Path(sys.prefix) / "layers"

needs_namespaces = pytest.mark.skipif(
    Sandbox.available() is not None, reason=f"no sandbox on this host: {Sandbox.available()}"
)

# Runs a command, and waits for its orphans, who become its children; exits with 99 if one of them stays alive.
REAPER = """
import ctypes, os, signal, subprocess, sys
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER
status = subprocess.call(sys.argv[1:])
for _ in range(20):
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        sys.exit(status)
    signal.sigtimedwait({signal.SIGCHLD}, 0.5)
sys.exit(99)
"""
SMALL = """\
# Small

```{file} server.py

import http.server

http.server.test(http.server.SimpleHTTPRequestHandler, port=8123, bind="127.0.0.1")
```

```{terminal}
:name: server
:ready: 8123

$ python server.py MARK > log 2>&1
```

```{terminal}

$ curl -s http://127.0.0.1:8123/ | grep -c server.py
1
$ touch ~/file /tmp/file /dev/shm/file file
```

```python
print(1 + 1)
#> 2
```

```pycon
>>> 1 + 1
2
```
"""
DAEMON = "```{terminal}\n\n$ setsid -f sleep MARK; echo started\nno\n```\n"
BROKEN = "# Broken\n\n```bash\nls\n```\n"
NOWHERE = "```{terminal}\n\n$ mkdir x\n```\n\n```{file} x\n\na\n```\n"


@pytest.fixture(scope="module")
def mark() -> str:
    """A number that stands in the command lines of what the pages here start."""
    return f"71{os.getpid():08}"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory, mark: str) -> Path:
    """A copy of this checkout with small pages in the place of its own, under git."""
    copy = tmp_path_factory.mktemp("runs") / "checkout"
    copy_checkout(ROOT, copy)
    for path in (copy / "docs").rglob("*.md"):
        path.unlink()
    for name, text in {"small": SMALL, "daemon": DAEMON, "broken": BROKEN, "nowhere": NOWHERE}.items():
        (copy / "docs" / f"{name}.md").write_text(text.replace("MARK", mark))
    for command in (("init", "--quiet"), ("add", "--all")):
        subprocess.run(("git", *command), cwd=copy, check=True)
    return copy


@pytest.fixture
def pages(checkout: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the pages of that copy with arguments for pytest, and everything temporary in ``tmp_path``."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        # pytest keeps its folders of the last three sessions; of a green one, nobody needs them.
        keep = ("-o", "tmp_path_retention_policy=failed")
        command = (sys.executable, "-c", REAPER, sys.executable, "-m", "pytest", "-q", *keep, "tests/test_docs.py")
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        return subprocess.run(
            (*command, *arguments),
            cwd=checkout,
            env={**environ, "TMPDIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=100,
        )

    return run


def status(checkout: Path) -> str:
    """What git says of the files of a checkout."""
    return subprocess.run(
        ("git", "status", "--porcelain"), cwd=checkout, check=True, capture_output=True, text=True
    ).stdout


@pytest.mark.slow
@needs_namespaces
def test_nothing_outlives_a_run(
    pages: Callable[..., subprocess.CompletedProcess[str]], checkout: Path, tmp_path: Path, mark: str
) -> None:
    virtual_environment(LAYERS, "/srv/mysite")  # which stays, for the next run
    before = status(checkout), sorted(LAYERS.iterdir())
    ran = pages("-k", "small", "-n", "2")
    assert ran.returncode == 0, ran.stdout
    assert "2 passed" in ran.stdout
    assert not [process for process in processes().values() if mark in process.command]
    assert not listeners("8123", "/")
    # One folder for all of pytest's sessions, empty.
    assert [path.name.partition("-of-")[0] for path in tmp_path.rglob("*")] == ["pytest"]
    assert (status(checkout), sorted(LAYERS.iterdir())) == before
    assert {run["page"] for run in json.loads((checkout / "build/evidence.json").read_text())["runs"]} == {"small"}


@pytest.mark.slow
@needs_namespaces
def test_a_red_run_tells_of_pages_and_leaves_nothing_either(
    pages: Callable[..., subprocess.CompletedProcess[str]], checkout: Path, mark: str
) -> None:
    before = status(checkout)
    ran = pages("-k", "gingerdj and not small")
    assert ran.returncode == 1, ran.stdout
    assert "\ndocs/daemon.md:4: output differs (edition gingerdj)\n" in ran.stdout
    assert "\ndocs/broken.md:3: a fence of 'bash' is never run - " in ran.stdout
    assert "\ndocs/nowhere.md:6: write: " in ran.stdout
    assert "Traceback" not in ran.stdout
    assert not re.search(r"\.py:\d", ran.stdout)
    assert not [process for process in processes().values() if mark in process.command]
    assert status(checkout) == before


@pytest.mark.slow
def test_pages_are_rewritten_by_one_process_only(
    pages: Callable[..., subprocess.CompletedProcess[str]], checkout: Path
) -> None:
    before = status(checkout)
    ran = pages("--update-examples", "-n", "2")
    assert ran.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--update-examples writes pages: run it in one process, without -n" in ran.stdout
    assert status(checkout) == before


@pytest.mark.slow
def test_a_page_is_selected_by_its_stem() -> None:
    command = (sys.executable, "-m", "pytest", "-q", "--collect-only", "-k", "servers/uvicorn", "tests/test_docs.py")
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert listed.splitlines()[:2] == [
        f"tests/test_docs.py::test_page[servers/uvicorn-{edition}]" for edition in ("gingerdj", "django")
    ]
    assert "2/" in listed.splitlines()[3]
