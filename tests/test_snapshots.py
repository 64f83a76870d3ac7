"""A run that begins at a snapshot is the rest of the run that it was taken from."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks import snapshots
from benchmarks.mutate import tried
from benchmarks.snapshots import Workshop
from tests.snippets.parse import parse
from tests.snippets.sandbox import Sandbox
from tests.snippets.scenario import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
VENV = Path(sys.prefix)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(Sandbox.available() is not None, reason=f"no sandbox on this host: {Sandbox.available()}"),
]

FIRST = """\
# A page

```{terminal}
:measure: first

$ echo one
one
```

```{terminal}

$ mkdir -p shop ~/notes; echo kept > ~/notes/a; export COLOR="light blue"; unset LANG; cd shop
$ python -c 'import socket; socket.socket(socket.AF_UNIX).bind("left.sock")'
$ echo 'SIZE = 1' > $(echo $VIRTUAL_ENV/lib/*/site-packages)/tiny.py
```

"""
SECOND = """\
## Then

```{terminal}

$ echo $PWD $COLOR $LANG; cat ~/notes/a; ls -F
/srv/mysite/shop light blue
kept
left.sock=
```

```python
import tiny

print(tiny.SIZE)
#> 1
```

It said {measured}`one <first>`.
"""


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Workshop]:
    """Make a workshop for a text as a page, which keeps a snapshot however little it saves."""
    monkeypatch.setattr(snapshots, "WORTH", 0)
    (tmp_path / "wheels").mkdir(mode=0o755)

    def made(text: str) -> Workshop:
        path = tmp_path / "page.md"
        path.write_text(text)
        page = parse(path, "page")
        return Workshop(page, "django", tmp_path / "work", wheels=tmp_path / "wheels", venv=VENV, root=ROOT)

    return made


def test_the_rest_of_a_run(workshop: Callable[[str], Workshop], tmp_path: Path) -> None:
    work = workshop(FIRST + SECOND)
    whole = work.baseline()
    assert whole.failure is None
    assert [snapshot.after for snapshot in work.snapshots] == [1, 3, 10, 17, 19, 27, 34]
    snapshot = work.snapshots[2]
    assert work.before(1) is None
    assert work.before(10) is work.snapshots[1]
    assert work.before(11) is snapshot
    rest = work.run(work.page, snapshot, Limits())
    assert rest.failure is None
    assert rest.measured == whole.measured
    assert rest.recorded == whole.recorded[-2:]
    assert set(rest.times) == {19, 27}

    path = tmp_path / "mutant.md"
    for old, new, block, line in (("kept\n", "lost\n", 19, 23), ("#> 1", "#> 2", 27, 31)):
        path.write_text((FIRST + SECOND).replace(old, new))
        failed = tried(work, parse(path, "page"), block)
        assert failed.failure is not None
        assert failed.failure.line == line
    # Each was believed only once the page itself had come past it from there.
    assert [snapshot.tried for snapshot in work.snapshots] == [0, 0, 0, 19, math.inf, 0, 0]
    assert not (work.folder / "live").exists()


@pytest.mark.parametrize("more", ["say() { echo hello; }", "color=blue", "set -u", "sleep 1000 &"])
def test_none_where_more_is_left(workshop: Callable[[str], Workshop], more: str) -> None:
    work = workshop(FIRST + f"```{{terminal}}\n\n$ {more}\n```\n")
    work.baseline()
    assert [snapshot.after for snapshot in work.snapshots] == [1, 3, 10]


def test_a_job_is_not_asked_for_before_the_page_waits_for_it(workshop: Callable[[str], Workshop]) -> None:
    text = "```{terminal}\n\n$ (sleep 0.3; exit 3) &\n[1] <pid>\n```\n\nThen:\n\n```{terminal}\n:exit: 3\n\n$ wait %1\n"
    work = workshop(f"{text}[1]+  Exit 3                  ( sleep 0.3; exit 3 )\n```\n")
    assert work.baseline().failure is None
    assert [snapshot.after for snapshot in work.snapshots] == [9]


def test_one_that_lacks_something_is_no_good(workshop: Callable[[str], Workshop], tmp_path: Path) -> None:
    work = workshop(FIRST + SECOND)
    work.baseline()
    work.snapshots = work.snapshots[1:3]
    snapshot = work.snapshots[-1]
    snapshot.environ = {**snapshot.environ, "COLOR": "red"}
    path = tmp_path / "mutant.md"
    path.write_text((FIRST + SECOND).replace("kept\n", "lost\n"))
    failed = tried(work, parse(path, "page"), 19)
    assert failed.failure is not None
    assert failed.failure.line == 23
    assert failed.failure.actual[0] == "/srv/mysite/shop light blue"
    assert work.before(19) is work.snapshots[0]
