"""Pages that must pass and pages that must fail, through the real sandbox: each failure at its line, with its cause.

The pages are small and written here. What a failure looks like is tested beside it, in ``tests/test_report.py``.
"""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Protocol

import pytest

from tests.slow import slow_after
from tests.snippets.journal import Step
from tests.snippets.page import EDITIONS, PageError
from tests.snippets.parse import parse
from tests.snippets.report import report
from tests.snippets.sandbox import Sandbox
from tests.snippets.scenario import Limits, Result, Scenario
from tests.snippets.stage import stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.snippets.page import Edition

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(sys.prefix)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(Sandbox.available() is not None, reason=f"no sandbox on this host: {Sandbox.available()}"),
]

QUICK = Limits(command=20, ready=10)
SERVER = """\
```{file} server.py

import http.server
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print("asked for", self.path, file=sys.stderr)
        self.send_response_only(204)
        self.end_headers()


print("starting")
server = http.server.HTTPServer(("127.0.0.1", 8000), Handler)
print("waiting")
try:
    server.serve_forever()
except KeyboardInterrupt:
    print("leaving")
    sys.exit(4)
```

"""
START = """\
```{terminal}
:name: server
:ready: 8000

$ python server.py
starting
waiting
```

"""


MORTAL = """\
```{file} server.py

import os
import signal
import socket

open("pid", "w").write(str(os.getpid()))
server = socket.create_server(("", 8000))
signal.pause()
```

"""
KILL = """\
```{terminal}

$ kill -USR1 $(cat pid); while kill -0 $(cat pid) 2> /dev/null; do true; done
```

"""


class Run(Protocol):
    """Runs a text as a page."""

    def __call__(
        self, text: str, *, edition: Edition = ..., until: int | None = ..., limits: Limits = ..., record: bool = ...
    ) -> Result:
        """The result of its run."""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one tiny wheel."""
    folder = tmp_path_factory.mktemp("wheels")
    folder.chmod(0o755)  # the sandbox reads it as another user
    with zipfile.ZipFile(folder / "tiny-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tiny.py", "SIZE = 1\n")
        wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        wheel.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("tiny-1.0.dist-info/RECORD", "")
    return folder


@pytest.fixture
def run(tmp_path: Path, wheels: Path) -> Run:
    """Run a text as a page, through the real sandbox."""

    def ran(
        text: str,
        *,
        edition: Edition = "gingerdj",
        until: int | None = None,
        limits: Limits = QUICK,
        record: bool = False,
    ) -> Result:
        path = tmp_path / "page.md"
        path.write_bytes(dedent(text).encode())
        page = parse(path, "page")
        with stage(page, wheels=wheels, venv=VENV, root=ROOT) as sandbox:
            return Scenario(page, edition, sandbox, record=record, limits=limits).run(until)

    return ran


@pytest.fixture
def green(run: Run) -> Callable[..., Result]:
    """Run a text as a page, which must pass."""

    def passed(text: str, edition: Edition = "gingerdj") -> Result:
        result = run(text, edition=edition)
        assert result.failure is None, report(result, "docs/page.md")
        assert set(result.outcomes.values()) <= {"passed", "not run"}
        return result

    return passed


@pytest.fixture
def red(run: Run) -> Callable[..., str]:
    """Run a text as a page, which must fail at the last line that reads ``at``; returns what its reader is told."""

    def failed(text: str, at: str, *words: str, edition: Edition = "gingerdj", limits: Limits = QUICK) -> str:
        result = run(text, edition=edition, limits=limits)
        assert result.failure is not None
        told = report(result, "docs/page.md")
        lines = [line.strip() for line in dedent(text).splitlines()]
        assert told.startswith(f"docs/page.md:{len(lines) - lines[::-1].index(at)}: "), told
        for word in words:
            assert word in told, told
        return told

    return failed


# Terminals


def test_output_status_and_order(green: Callable[..., Result]) -> None:
    result = green("""\
    ```{terminal}
    :exit: 3

    $ echo one; echo two >&2
    one
    two
    $ cd /opt
    $ pwd; exit_status() { return 3; }
    /opt
    $ cat <<END
    > three
    > END
    three
    $ exit_status
    ```
    """)
    assert [recorded.actual for recorded in result.recorded] == [["one", "two"], [], ["/opt"], ["three"], []]
    assert result.versions["python"] == sys.version.split()[0]


WRONG = [
    pytest.param(
        "```{terminal}\n\n$ echo hello\nhallo\n```\n",
        "hallo",
        ["output differs", "  $ echo hello", "  - hallo", "  + hello", "exit status 0"],
        id="output",
    ),
    pytest.param(
        "```{terminal}\n\n$ echo a; echo b\na\n```\n", "a", ["output differs", "  + b"], id="output that is not shown"
    ),
    pytest.param("```{terminal}\n\n$ true\na\n```\n", "a", ["output differs", "  - a"], id="output that does not come"),
    pytest.param(
        "```{terminal}\n\n$ echo a\na\n$ (echo no; exit 4)\nno\n$ echo b\nb\n```\n",
        "$ (echo no; exit 4)",
        ["exit status 4, the page says 0", "exit status 4", "no"],
        id="exit status in the middle",
    ),
    pytest.param(
        "```{terminal}\n:exit: 2\n\n$ (exit 3)\n```\n",
        "$ (exit 3)",
        ["exit status 3, the page says 2"],
        id="exit status",
    ),
    pytest.param(
        "```{terminal}\n:exit: 2\n\n$ (echo a; exit 3)\nb\n```\n",
        "$ (echo a; exit 3)",
        ["exit status 3, the page says 2", "  - b", "  + a"],
        id="exit status and output",
    ),
    pytest.param(
        "```{terminal}\n\n$ echo 'pid 12 failed'\npid <pid>\n```\n",
        "pid <pid>",
        ["  - pid <pid>", "  + pid 12 failed"],
        id="output hidden beside a wildcard",
    ),
    pytest.param(
        "```{terminal}\n\n$ echo error\n...\n```\n", "...", ["output differs"], id="an ellipsis is no wildcard"
    ),
    pytest.param(
        "```{terminal}\n:limit: 1\n\n$ echo soon; sleep 1000\nsoon\n```\n",
        "$ echo soon; sleep 1000",
        ["ended by its limit of 1 s", "soon"],
        id="a hang",
    ),
    pytest.param(
        "```{terminal}\n\n$ echo bye; exit\nbye\n```\n",
        "$ echo bye; exit",
        ["the command ended the terminal's shell", "bye"],
        id="exit",
    ),
    pytest.param(
        "```{terminal}\n\n$ setsid -f sleep 1234\n```\n\n```{terminal}\n\n$ echo last\nlast\n```\n\nText.\n",
        "```{terminal}",
        ["still running after the last block", "sleep 1234"],
        id="a leftover daemon",
    ),
    pytest.param(
        "```{terminal}\n:unordered:\n\n$ echo a; echo b; echo b\nb\na\na\n```\n",
        "a",
        ["output differs", "    a\n", "    b\n", "  - a", "  + b"],
        id="unordered lines are counted",
    ),
    pytest.param(
        "```{terminal}\n\n$ mkdir x\n```\n\n```{file} x\n\na\n```\n",
        "```{file} x",
        ["Is a directory"],
        id="a file where a folder is",
    ),
    pytest.param(
        "```{terminal}\n\n$ mkdir a/b\n```\n",
        "$ mkdir a/b",
        ["exit status 1", "mkdir: cannot create directory", "No such file or directory"],
        id="an error",
    ),
]


@pytest.mark.parametrize(("text", "at", "words"), slow_after(6, WRONG))
def test_a_wrong_terminal(red: Callable[..., str], text: str, at: str, words: list[str]) -> None:
    told = red(text, at, *words)
    assert "Traceback" not in told


def test_unordered_lines(green: Callable[..., Result]) -> None:
    green("```{terminal}\n:unordered:\n\n$ echo b; echo 12 x; echo a\na\n<pid> x\nb\n```\n")


def test_a_page_sees_neither_home_nor_network(red: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret\n")
    read = f"$ cat {tmp_path}/secret {Path.home()}/.bashrc {ROOT}/README.md"
    told = red(f"```{{terminal}}\n\n{read}\nsecret\n```\n", read, "No such file or directory")
    assert "+ secret" not in told
    ask = "$ curl -sS --max-time 5 http://192.0.2.1/"
    red(f"```{{terminal}}\n\n{ask}\n```\n", ask, "exit status 7")


# Where a block stands


FRAMES = [
    "{}",
    "- a list\n\n  {}",
    "1. a list\n   - in a list\n\n     {}",
    "> {}",
    ":::{{note}}\n{}\n:::",
    "::::{{warning}}\n:::{{tip}}\n{}\n:::\n::::",
    "````{{note}}\n{}\n````",
    "A term\n: {}",
]


@pytest.mark.parametrize("frame", slow_after(3, map(pytest.param, FRAMES)))
def test_a_block_anywhere_is_run(red: Callable[..., str], green: Callable[..., Result], frame: str) -> None:
    opening, _, closing = frame.format("|").partition("|")
    start = opening.rpartition("\n")[2]
    indent = start if start.strip() == ">" else " " * len(start)
    block = ["```{terminal}", "", "$ echo 1", "1", "$ echo other", "2", "```"]
    text = f"# A page\n\n{opening}" + f"\n{indent}".join(block) + f"{closing}\n"
    at = (indent + "2").strip()
    red(text, at, "output differs", "  - 2", "  + other")
    green(text.replace("echo other", "echo 2"))


TABS = """\
::::{tab-set}
:sync-group: framework

:::{tab-item} GingerDJ
:sync: gingerdj

```{terminal}

$ echo gingerdj
gingerdj
```
:::

:::{tab-item} Django
:sync: django

```{terminal}

$ echo wrong
django
```
:::
::::

```{terminal}

$ echo both
both
```
"""


def test_a_failure_in_one_edition(red: Callable[..., str], green: Callable[..., Result]) -> None:
    result = green(TABS, edition="gingerdj")
    assert sorted(result.outcomes) == [7, 25]
    red(TABS, "django", "(edition django)", "  - django", "  + wrong", edition="django")
    for edition in EDITIONS:
        green(TABS.replace("echo wrong", "echo django"), edition=edition)


def test_a_late_block_alone_replays_what_comes_before(run: Run) -> None:
    text = "```{file} a\n\none\n```\n\n```{terminal}\n\n$ cat a\none\n```\n\n```{terminal}\n\n$ false\n```\n"
    text += "\n{measured}`1 <a>`\n"
    result = run(text, until=8)
    assert result.failure is None
    assert list(result.outcomes.values()) == ["passed", "passed", "not reached"]
    failed = run(text)
    assert failed.failure is not None
    assert list(failed.outcomes.values()) == ["passed", "passed", "failed"]


def test_content_is_taken_literally(green: Callable[..., Result]) -> None:
    green("```{file} a\n\n:8000 {\n```\n\n```{terminal}\n\n$ cat a\n:8000 {\n```\n")
    green("```{file} a\n\n---\nb: c\n---\n```\n\n```{terminal}\n\n$ cat a\n---\nb: c\n---\n```\n")
    green("````{file} a.md\n\n```{terminal}\n\n$ false\n```\n````\n\n````{terminal}\n\n$ tail -n 1 a.md\n```\n````\n")


def test_crlf(red: Callable[..., str], green: Callable[..., Result]) -> None:
    text = "```{file} a\n\none\ntwo\n```\n\n```{terminal}\n\n$ wc -c a\n8 a\n```\n".replace("\n", "\r\n")
    green(text)
    red(text.replace("8 a", "10 a"), "10 a", "  - 10 a", "  + 8 a")


def test_a_block_that_cannot_run(green: Callable[..., Result]) -> None:
    result = green("```{terminal}\n:norun: it needs a second machine\n\n$ false\n```\n")
    assert result.outcomes == {1: "not run"}
    assert result.page.blocks[0].options["norun"] == "it needs a second machine"


# Servers


def test_a_server(green: Callable[..., Result]) -> None:
    result = green(f"""\
{SERVER}{START}
```{{terminal}}

$ curl -s http://127.0.0.1:8000/a
$ curl -s http://127.0.0.1:8000/b
```

```{{terminal}}
:name: server

asked for /a
asked for /b
```

```{{terminal}}
:stop: server
:signal: INT
:exit: 4
:measure: stop

leaving
```

It says {{measured}}`leaving <stop>` and exits with {{measured}}`4 <stop.exit>`.
""")
    assert result.measured == {"stop": "leaving", "stop.exit": "4"}
    assert [recorded.terminal for recorded in result.recorded] == ["server", None, None, "server", "server"]
    assert [recorded.moment for recorded in result.recorded] == ["start", "end", "end", "running", "end"]


def test_a_server_that_ends_by_itself(green: Callable[..., Result]) -> None:
    start = "```{terminal}\n:name: server\n:ready: 8000\n\n$ python server.py\n```\n\n"
    green(f"{MORTAL}{start}{KILL}```{{terminal}}\n:stop: server\n:signal: none\n:exit: 138\n```\n")


SERVERS = [
    pytest.param(
        "```{terminal}\n:name: server\n:ready: 8000\n\n$ echo no such port; (exit 3)\nfine\n```\n",
        "$ echo no such port; (exit 3)",
        ["ended before it listened on 8000", "  - fine", "  + no such port", "exit status 3"],
        id="dies before it is ready",
    ),
    pytest.param(
        "```{terminal}\n:name: server\n:ready: 8000\n:limit: 1\n\n$ echo trying; sleep 1000\ntrying\n```\n",
        "$ echo trying; sleep 1000",
        ["not listening on 8000 after 1 s", "log of terminal 'server':", "    trying"],
        id="never gets ready",
    ),
    pytest.param(
        "```{terminal}\n:stop: server\n```\n",
        "```{terminal}",
        ["terminal 'server' is not running here"],
        id="stop of none",
    ),
    pytest.param(
        f"{SERVER}{START}```{{terminal}}\n:name: server\n\nasked for /\n```\n",
        "asked for /",
        ["output differs", "  - asked for /", "log of terminal 'server'"],
        id="output that does not come",
    ),
    pytest.param(
        f"{SERVER}{START.replace('waiting', 'ready')}",
        "ready",
        ["  - ready", "  + waiting"],
        id="another line at the start",
    ),
    pytest.param(
        f"{SERVER}```{{terminal}}\n:name: server\n:ready: 8000\n\n$ python server.py\n~~~\n```\n",
        "~~~",
        ["output differs", "  - ~~~", "  + starting"],
        id="lines that nobody shows at the start",
    ),
    pytest.param(
        f"{SERVER}{START}```{{terminal}}\n\n$ curl -s http://127.0.0.1:8000/a\n$ curl -s http://127.0.0.1:8000/b\n```\n\n"
        "```{terminal}\n:stop: server\n:exit: 143\n\nasked for /b\n```\n",
        "asked for /b",
        ["output differs", "  + asked for /a"],
        id="a line that nobody shows, caught by the next block",
    ),
    pytest.param(
        f"{SERVER}{START}~~~{{terminal}}\n:stop: server\n:exit: 0\n~~~\n",
        "~~~{terminal}",
        ["exit status 143 after SIGTERM, the page says 0"],
        id="another exit status",
    ),
    pytest.param(
        f"{SERVER}{START}~~~{{terminal}}\n:stop: server\n:signal: HUMBUG\n~~~\n",
        "~~~{terminal}",
        ["there is no signal SIGHUMBUG"],
        id="a signal that does not exist",
    ),
    pytest.param(
        f"{SERVER}{START}~~~{{terminal}}\n:name: server\n:ready: 8001\n\n$ true\n~~~\n",
        "~~~{terminal}",
        ["terminal 'server' is already running - stop it first"],
        id="the same name twice",
    ),
    pytest.param(
        f"{SERVER}## One\n\n{START}## Two\n\n~~~{{terminal}}\n:name: server\n\na\n~~~\n",
        "~~~{terminal}",
        ["terminal 'server' is not running here"],
        id="the end of its section stops it",
    ),
    pytest.param(
        f"{SERVER}{START}~~~{{terminal}}\n\n$ curl -s http://127.0.0.1:8000/a\n~~~\n",
        "```{terminal}",
        ["terminal 'server' printed what the page does not show", "    asked for /a"],
        id="lines that nobody shows at the end",
    ),
    pytest.param(
        "```{file} server.py\n\nimport signal\nimport socket\n"
        'signal.signal(signal.SIGTERM, lambda *_: 1 / 0)\nserver = socket.create_server(("", 8000))\nsignal.pause()\n'
        "```\n\n~~~{terminal}\n:name: server\n:ready: 8000\n\n$ python server.py\n~~~\n",
        "~~~{terminal}",
        ["printed a traceback that the page does not show", "    Traceback (most recent call last):"],
        id="a traceback that nobody shows",
    ),
    pytest.param(
        f"{MORTAL}~~~{{terminal}}\n:name: server\n:ready: 8000\n\n$ python server.py\n~~~\n\n{KILL}",
        "~~~{terminal}",
        ["terminal 'server' had ended by itself", "exit status 138"],
        id="ends by itself",
    ),
    pytest.param(
        f"{MORTAL}```{{terminal}}\n:name: server\n:ready: 8000\n\n$ python server.py\n```\n\n{KILL}"
        "~~~{terminal}\n:stop: server\n:exit: 138\n~~~\n",
        "~~~{terminal}",
        ["terminal 'server' had ended by itself - say so with :signal: none", "exit status 138"],
        id="ended by itself before it is stopped",
    ),
    pytest.param(
        "```{file} server.py\n\nimport signal\nimport socket\nsignal.signal(15, signal.SIG_IGN)\n"
        'server = socket.create_server(("", 8000))\nsignal.pause()\n```\n\n'
        "````{terminal}\n:name: server\n:ready: 8000\n\n$ python server.py\n````\n",
        "````{terminal}",
        ["ended by its limit of 2 s", "kill -TERM"],
        id="does not stop",
    ),
]


@pytest.mark.parametrize(("text", "at", "words"), slow_after(3, SERVERS))
def test_a_wrong_server(red: Callable[..., str], text: str, at: str, words: list[str]) -> None:
    red(text, at, *words, limits=Limits(command=20, ready=2))


# Python


def test_a_snippet_and_what_it_prints(green: Callable[..., Result]) -> None:
    green("""\
    - in a list

      ```python
      import sys

      for number in range(2):
          print("number", number)
          #> number 0
          #> number 1
      print(sys.argv[1:], __name__)
      #> [] __main__
      ```
    """)


PYTHON = [
    pytest.param('print("a")\n#> b\n', "#> b", ["output differs", "  - #> b", "  + #> a"], id="a wrong line"),
    pytest.param(
        'if False:\n    print("a")\n    #> a\n',
        "#> a",
        ["output differs", "  - ", "#> a"],
        id="under a print that never ran",
    ),
    pytest.param('print("a")\n', 'print("a")', ["output differs", "  + #> a"], id="a line that is not shown"),
    pytest.param("a = 1\n\nb = a / 0\n", "b = a / 0", ["ZeroDivisionError: division by zero"], id="an exception"),
    pytest.param(
        'print("a")\n#> a\n\n\ndef fails():\n    raise ValueError("first\\nsecond")\n\n\nfails()\n',
        'raise ValueError("first\\nsecond")',
        ["ValueError: first", "    second"],
        id="an exception below a #> line",
    ),
    pytest.param('print("a")\n#> a\nif:\n', "if:", ["SyntaxError: "], id="a syntax error"),
    pytest.param("import sys\n\nsys.exit(0)\n", "sys.exit(0)", ["SystemExit: 0"], id="an exit"),
    pytest.param(
        "import os\n\nos._exit(7)\n", "```python", ["ended its interpreter", "exit status 7"], id="a hard exit"
    ),
    pytest.param(
        'import os\n\nos.system("echo hidden")\n',
        "```python",
        ["wrote to the terminal what it does not show", "    hidden"],
        id="output past the prints",
    ),
    pytest.param(
        'import warnings\n\nwarnings.warn("old")\n', "```python", ["does not show", "UserWarning: old"], id="a warning"
    ),
    pytest.param("import pytest\n", "import pytest", ["ModuleNotFoundError: No module named 'pytest'"], id="our tools"),
    pytest.param("import click\n", "import click", ["ModuleNotFoundError"], id="what our tools need"),
    pytest.param("import sphinx\n", "import sphinx", ["ModuleNotFoundError"], id="the host's packages"),
    pytest.param("import tiny\n", "import tiny", ["ModuleNotFoundError"], id="a package that is not installed"),
]


@pytest.mark.parametrize(("content", "at", "words"), slow_after(2, PYTHON))
def test_a_wrong_snippet(red: Callable[..., str], content: str, at: str, words: list[str]) -> None:
    told = red(f"A page.\n\n```python\n{content}```\n", at, *words)
    assert "Traceback" not in told


def test_python_sees_the_project_of_the_page(green: Callable[..., Result], red: Callable[..., str]) -> None:
    text = """\
    ```{terminal}

    $ python -m pip install --quiet tiny
    $ mkdir shop
    $ cd shop
    $ export COLOR=blue
    ```

    ```{file} stock.py

    COUNT = 7
    ```

    ```python
    import os

    import stock
    import tiny

    print(stock.COUNT, tiny.SIZE, os.environ["COLOR"])
    #> 7 1 blue
    ```

    ```pycon
    >>> import os, stock, tiny
    >>> stock.COUNT, tiny.SIZE, os.environ["COLOR"]
    (7, 1, 'blue')
    ```
    """
    green(text)
    noisy = text.replace("COUNT = 7", "COUNT = 7\n    print('loaded')")
    red(noisy, "```python", "wrote to the terminal what it does not show", "    loaded")


def test_a_session(green: Callable[..., Result]) -> None:
    green("""\
    ```pycon
    >>> import os, sys
    >>> def twice(text):
    ...     return 2 * text
    >>> twice("ab")
    'abab'
    >>> os.getpid()
    <pid>
    >>> print("a\\n\\nb", file=sys.stderr)
    a
    <BLANKLINE>
    b
    >>> 1 / 0
    Traceback (most recent call last):
        ...
    ZeroDivisionError: division by zero

    >>> # A blank line ends what is shown.
    ```
    """)


SESSIONS = [
    pytest.param(">>> 1 + 1\n3\n", "3", ["output differs", "  - 3", "  + 2"], id="a wrong value"),
    pytest.param(">>> 1 + 1\n", ">>> 1 + 1", ["  + 2"], id="a value that is not shown"),
    pytest.param(">>> a = 1\n1\n", "1", ["  - 1"], id="a value that does not come"),
    pytest.param(">>> True\n1\n", "1", ["  + True"], id="true is not one"),
    pytest.param(">>> 'a b'\n'a  b'\n", "'a  b'", ["  + 'a b'"], id="white space"),
    pytest.param(">>> 'abc'\n'...'\n", "'...'", ["  + 'abc'"], id="an ellipsis is no wildcard"),
    pytest.param(
        ">>> 1 / 0\n0\n", "0", ["  - 0", "  + ZeroDivisionError: division by zero"], id="an exception that is not shown"
    ),
    pytest.param(
        '>>> int("x")\nTraceback (most recent call last):\n    ...\nValueError: y\n',
        "ValueError: y",
        ["  + ValueError: invalid literal"],
        id="another message",
    ),
    pytest.param(
        '>>> int("x")\nTraceback (most recent call last):\n    hidden\nValueError: y\n',
        "hidden",
        ["  -     hidden", "  +     ..."],
        id="frames of a traceback",
    ),
    pytest.param(
        '>>> print("a") or 1 / 0\nTraceback (most recent call last):\n    ...\nZeroDivisionError: division by zero\n',
        "Traceback (most recent call last):",
        ["  + a"],
        id="output before an exception",
    ),
    pytest.param(
        '>>> import os\n>>> _ = os.system("echo hidden")\n',
        "```pycon",
        ["wrote to the terminal what it does not show", "    hidden"],
        id="output past the prints",
    ),
    pytest.param(">>> import pytest\n", ">>> import pytest", ["ModuleNotFoundError"], id="our tools"),
]


@pytest.mark.parametrize(("content", "at", "words"), slow_after(2, SESSIONS))
def test_a_wrong_session(red: Callable[..., str], content: str, at: str, words: list[str]) -> None:
    red(f"A page.\n\n```pycon\n{content}```\n", at, *words)


@pytest.mark.parametrize(
    ("content", "line", "problem"),
    [
        (">>> 1\n1\n\nnever compared\n", 6, "'never compared' belongs to no example"),
        (">>> # a comment\nnever compared\n", 4, "'never compared' belongs to no example"),
        (">>> 1\n1\n>>> 'abc'  # doctest: +ELLIPSIS\n'a...'\n", 5, "an option of doctest hides what differs"),
        (">>> 1\n1\n>>> fails()  # doctest: +SKIP\n", 5, "an option of doctest hides what differs"),
        (">>> 1\n1\n>>>2\n", 5, "no doctest session: line 3"),
    ],
)
def test_a_session_that_hides_something(run: Run, content: str, line: int, problem: str) -> None:
    with pytest.raises(PageError, match=re.escape(f"page.md:{line}: {problem}")):
        run(f"A page.\n```pycon\n{content}```\n")


# Claims


def test_a_claim_that_nobody_would_check(run: Run) -> None:
    with pytest.raises(PageError, match=r"page\.md:1: a \{measured\} claim in a title is not checked"):
        run(":::{admonition} Exits with {measured}`1 <a>`\nText.\n:::\n")


def test_claims(green: Callable[..., Result], red: Callable[..., str]) -> None:
    text = """\
    It exits with {measured}`3 <end.exit>`, says {measured}`so it is <end>` and lists
    {measured}`two <list>`.

    ```{terminal}
    :exit: 3
    :measure: end

    $ echo not this one
    not this one
    $ echo so it is; (exit 3)
    so it is
    ```

    ```{terminal}
    :measure: list

    $ echo two
    two
    ```
    """
    assert green(text).measured == {"end": "so it is", "end.exit": "3", "list": "two", "list.exit": "0"}
    wrong = text.replace("`two <list>`", "`three <list>`")
    red(wrong, "{measured}`three <list>`.", "'list' is two, the page says three")
    missing = text.replace("`two <list>`", "`two <lost>`")
    red(missing, "{measured}`two <lost>`.", "no block of this page measures 'lost'")


# What is kept for readers of the site


def test_what_was_typed_and_came_is_kept(green: Callable[..., Result]) -> None:
    result = green(
        f"""\
{SERVER}{START}\
```{{terminal}}

$ curl -s http://127.0.0.1:8000/a
$ echo $((1 + 1)) && \\
>     echo <pid>
<pid>
<pid>
```

```{{terminal}}
:name: server

asked for /a
```

```pycon
>>> 1 + 1
2
```

```{{terminal}}
:name: other
:ready: 8001

$ python -m http.server 8001 --bind 127.0.0.1
Serving HTTP on 127.0.0.1 port 8001 (http://127.0.0.1:8001/) ...
```

```{{terminal}}
:stop: server
:signal: INT
:exit: 4

leaving
```
""".replace("echo <pid>", "echo 7")
    )
    file, start, commands, shown, session, other, stop = result.steps.get(1), *result.steps.values()
    assert file is None
    assert start == [Step("starting\nwaiting\n", "python server.py")]
    assert commands == [
        Step("", "curl -s http://127.0.0.1:8000/a", 0),
        Step("2\n7\n", "echo $((1 + 1)) && \\\n    echo 7", 0),
    ]
    assert shown == [Step("asked for /a\n")]
    assert session == [Step(">>> 1 + 1\n2\n")]
    assert stop == [Step("leaving\n", None, 4, "INT")]
    # The end of the page stops what still runs: how it ended belongs to where it began.
    begun, ended = other
    assert begun.command == "python -m http.server 8001 --bind 127.0.0.1"
    assert begun.status is None
    assert (ended.output, ended.status, ended.signal) == ("", 143, "TERM")


def test_what_a_failed_command_printed_is_kept(run: Run) -> None:
    result = run("""\
    ```{terminal}

    $ echo "not enough" && false
    enough
    $ echo never
    never
    ```
    """)
    assert result.failure is not None
    assert result.steps == {1: [Step("not enough\n", 'echo "not enough" && false', 1)]}


def test_an_error_of_a_snippet_is_kept(run: Run) -> None:
    result = run("```python\n1 / 0\n```\n")
    assert result.steps == {1: [Step("ZeroDivisionError: division by zero\n")]}
