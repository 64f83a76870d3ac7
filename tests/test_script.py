"""A page as one script: what it holds, and how it behaves when it is really run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.snippets.parse import parse
from tests.snippets.script import Script, heredoc, name, script

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.snippets.page import Page

SERVER = """\
# A page

```{file} mysite/server.py

import signal
import socket
import sys

with socket.socket(socket.AF_UNIX) as server:
    server.bind("here.sock")
    server.listen()
    print("listening")
    print("END_OF_BLOCK")
    try:
        signal.pause()
    except KeyboardInterrupt:
        sys.exit(4)
```

```{terminal}
:name: server
:ready: here.sock

$ python mysite/server.py
listening
END_OF_BLOCK
```

"""
STOP = """\
```{terminal}
:stop: server
:signal: INT
:exit: 4
```

"""


@pytest.fixture
def page(tmp_path: Path) -> Callable[[str], Page]:
    """Parse a text as a page."""

    def parsed(text: str) -> Page:
        path = tmp_path / "page.md"
        path.write_text(text, encoding="utf-8")
        return parse(path, "servers/page")

    return parsed


@pytest.fixture
def run(page: Callable[[str], Page], tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a page's script in a folder of its own, with the Python of the tests."""

    def ran(text: str, *, empty: bool = True) -> subprocess.CompletedProcess[str]:
        content = script(page(text), "django", versions={})
        assert content is not None
        folder = tmp_path / "folder"
        folder.mkdir()
        (folder / "page.sh").write_text(content, encoding="utf-8")
        if not empty:
            (folder / "mine.txt").write_text("precious", encoding="utf-8")
        # A short path for its sockets, and nothing of this environment but the interpreter.
        environment = {
            "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "VIRTUAL_ENV": sys.prefix,
            "TMPDIR": str(tmp_path),
        }
        return subprocess.run(
            ("bash", "page.sh"), cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    return ran


def test_it_holds_the_blocks_of_its_edition_in_their_order(page: Callable[[str], Page]) -> None:
    tabs = "::::{tab-set}\n:sync-group: framework\n\n"
    for edition in ("gingerdj", "django"):
        tabs += f":::{{tab-item}} {edition}\n:sync: {edition}\n\n```{{terminal}}\n\n$ echo {edition}\n```\n:::\n"
    found = page(f"{SERVER}{tabs}::::\n\n# Next\n\n```{{terminal}}\n:exit: 3\n\n$ true\n$ cat << A\n> x\n> A\nx\n```\n")
    lines = list(Script(found, "django").lines())
    assert [line for line in lines if line.startswith("step")] == [
        "step docs/servers/page.md:3",
        "step docs/servers/page.md:20",
        "step docs/servers/page.md:43",
        "step docs/servers/page.md:52",
    ]
    start = lines.index("step docs/servers/page.md:20")
    assert lines[start + 1 :] == [
        "open_terminal server 'python mysite/server.py'",
        "ready server here.sock",
        "printed server 2",
        "",
        "step docs/servers/page.md:43",
        "echo django",
        "ended 0",
        "close_terminal server TERM",
        "",
        "step docs/servers/page.md:52",
        "true",
        "ended 0",
        "cat << A\nx\nA",
        "ended 3",
        "",
        "echo 'Every command ended as the page says.'",
    ]


def test_it_says_what_it_is_and_what_it_ran_with(page: Callable[[str], Page]) -> None:
    found = script(page(SERVER), "gingerdj", versions={"python": "3.13.0", "django": "6.1.3"})
    assert found is not None
    assert found.startswith(
        "#!/usr/bin/env bash\n"
        "# docs/servers/page.md for GingerDJ: every step of the page, in its order.\n"
        "# Run it in an empty folder: bash servers-page.gingerdj.sh\n"
        "# It last ran with python 3.13.0, django 6.1.3.\n"
    )
    assert name(page(SERVER), "gingerdj") == "servers-page.gingerdj.sh"


def test_a_page_about_this_project_has_none(page: Callable[[str], Page]) -> None:
    assert script(page(f"---\ncheckout: true\n---\n\n{SERVER}"), "django", versions={}) is None


def test_no_content_closes_its_heredoc() -> None:
    assert list(heredoc("cat", "a\nEND_OF_BLOCK\nEND_OF_BLOCK_\n")) == [
        "cat <<'END_OF_BLOCK__'",
        "a",
        "END_OF_BLOCK",
        "END_OF_BLOCK_",
        "END_OF_BLOCK__",
    ]


def test_it_runs_to_its_end(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    python = "```python\nimport mysite\n\nprint(1)\n#> 1\n```\n\n"
    session = (
        "```pycon\n>>> 1 + 1\n2\n>>> 1 / 0\nTraceback (most recent call last):\n    ...\nZeroDivisionError: x\n```\n"
    )
    commands = "```{terminal}\n:exit: 3\n\n$ export A=kept\n$ cat mysite/server.py &\n$ wait\n$ (exit 3)\n```\n\n"
    after = '```{terminal}\n\n$ [ "$? $A" = "3 kept" ]\n```\n\n'
    done = run(f"{SERVER}{commands}{after}{STOP}{python}{session}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("Every command ended as the page says.\n")
    assert "-- terminal 'server' has printed:\nlistening\nEND_OF_BLOCK\n" in done.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            "```{terminal}\n\n$ false\n```\n", "docs/servers/page.md:3: exit status 1, the page says 0", id="command"
        ),
        pytest.param("```{terminal}\n:exit: 3\n\n$ true\n```\n", "exit status 0, the page says 3", id="expected"),
        pytest.param("```python\n1 / 0\n```\n", "exit status 1, the page says 0", id="python"),
        pytest.param("```pycon\n>>> 1 / 0\n```\n", "exit status 1, the page says 0", id="pycon"),
    ],
)
def test_it_ends_at_what_the_page_does_not_say(
    run: Callable[..., subprocess.CompletedProcess[str]], text: str, said: str
) -> None:
    done = run(f"# A page\n\n{text}\n```{{terminal}}\n\n$ touch reached\n```\n")
    assert done.returncode == 1
    assert said in done.stderr
    assert "docs/servers/page.md:3: " in done.stderr


def test_how_a_terminal_ends_is_looked_at(run: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    done = run(SERVER + STOP.replace("4", "0"))
    assert done.returncode == 1
    assert "docs/servers/page.md:29: terminal 'server' ended with 4, the page says 0" in done.stderr


def test_a_server_that_does_not_start_is_an_error(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = run(SERVER.replace("server.listen()", "sys.exit('no luck')"))
    assert done.returncode == 1
    assert "no luck" in done.stderr
    assert "terminal 'server' does not listen on here.sock" in done.stderr


def test_nothing_is_left_behind(run: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    done = run(f"{SERVER}```{{terminal}}\n\n$ false\n```\n")
    assert done.returncode == 1
    # Its scratch folder is gone, and nobody listens on the socket any more.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "page.md"]
    listening = subprocess.run(
        (sys.executable, "-c", "import socket; socket.socket(socket.AF_UNIX).connect('here.sock')"),
        cwd=tmp_path / "folder",
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ConnectionRefusedError" in listening.stderr


def test_a_folder_with_something_in_it_is_left_alone(run: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = run("# A page\n\n```{file} mine.txt\n\noverwritten\n```\n", empty=False)
    assert done.returncode == 1
    assert "'mine.txt' is here already: run this in an empty folder" in done.stderr
