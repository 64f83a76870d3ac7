"""Runs of a page that begin in the middle: where nothing was running, the sandbox is kept, and mutants start from it.

A snapshot holds all that a page can have left behind by then: the virtual environment as a layer for an overlay, all
other files in an archive, and the exported variables and current folder of the main terminal. There is none where a
process runs, or where the shell has more to remember (functions, aliases, options, variables of its own). Whether one
is complete is not believed but tried: before a failure counts, the unchanged page must have come past that line from
the same snapshot, or the snapshot is thrown away.
"""

from __future__ import annotations

import math
import re
import shlex
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from tests.snippets.page import Block, digest
from tests.snippets.report import report
from tests.snippets.sandbox import Sandbox, empty, virtual_environment
from tests.snippets.scenario import Limits, Scenario
from tests.snippets.stage import folders, stage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.snippets.page import Claim, Edition, Heading, Page
    from tests.snippets.scenario import Result

FOLDER = "/srv/mysite"
BASE = "/srv/base"
"""Where the empty virtual environment is seen while the one of the page is made from it."""
STATE = "/srv/state"
"""Where the archive of a snapshot is seen."""
PLACES = ("srv/mysite", "home/reader", "tmp", "var/tmp", "run", "dev/shm")
SHELL = "(last=$?; set +o; shopt -p; umask; compgen -A function -A alias -A variable; exit $last)"
"""Prints what a bash has to remember: the names of its variables, its functions, its settings."""
PACKED = ".state"
"""The archive, while it lies in the virtual environment, the only folder that is the host's."""
PACK = (
    f"(last=$?; tar --create --format=posix --warning=no-file-ignored --file={FOLDER}/.venv/{PACKED} --directory=/"
    f" --exclude={FOLDER[1:]}/.venv --exclude=run/mount {' '.join(PLACES)};"  # mount(8) writes there, as another user
    f" find {' '.join('/' + place for place in PLACES)} -path {FOLDER}/.venv -prune -o -type s -print; exit $last)"
)
# A page runs once and compiles what it imports; its mutants are many.
COMPILE = (
    f"(last=$?; python -m compileall -q -x '/pip/' {FOLDER}/.venv/lib/python*/site-packages &> /dev/null; exit $last)"
)
INSTALLED = f"(last=$?; cd {FOLDER}/.venv; ls bin lib/*/site-packages; exit $last)"
# Archives leave sockets out.
BIND = "import socket, sys; [socket.socket(socket.AF_UNIX).bind(path) for path in sys.argv[1:]]"
VOLATILE = {"COLUMNS", "LINES", "OLDPWD", "PIPESTATUS"}
"""Variables that bash itself makes in the course of a session."""
JOB = re.compile(r"(?<![&>|])&(?![&>])")
"""A command sent into the background; more than that, which does no harm."""
WORTH = 0.3
"""Seconds that a run from the snapshot must save."""


@dataclass(eq=False)
class Snapshot:
    """The state of a run between two blocks of a page."""

    after: int
    """The line up to which the page has run."""
    level: int
    """Of the section there."""
    measured: Mapping[str, str]
    venv: Path
    archive: Path
    sockets: tuple[str, ...]
    environ: Mapping[str, str]
    status: int
    """Of the last command."""
    tried: float = 0
    """The line up to which the unchanged page has passed from here."""
    lock: Lock = field(default_factory=Lock)


class Workshop:
    """Runs one page in one edition, whole or from a snapshot. Keeps its snapshots in ``folder``."""

    def __init__(self, page: Page, edition: Edition, folder: Path, *, wheels: Path, venv: Path, root: Path) -> None:
        self.page = page
        self.edition = edition
        self.folder = folder
        self.wheels = wheels
        self.venv = venv
        self.root = root
        self.snapshots: list[Snapshot] = []
        folder.mkdir()
        folder.chmod(0o755)  # the sandbox reads it as another user

    def baseline(self) -> Result:
        """Run the whole page, and take a snapshot at each heading where that is possible."""
        layers = self.venv / "layers"
        live = empty(self.folder / "live")
        binds = {BASE: virtual_environment(layers, FOLDER)}
        with stage(
            self.page, wheels=self.wheels, venv=self.venv, root=self.root, start_from=live, binds=binds
        ) as sandbox:
            copied = sandbox.run(f"cp -a {BASE}/. {FOLDER}/.venv")
            assert copied.status == 0, copied.output
            fresh = shell(sandbox)
            scenario = Scenario(self.page, self.edition, sandbox)
            result, after, kept, waiting = scenario.result, 0, 0.0, False
            for part in self.page.edition(self.edition):
                result = scenario.run(part.line, after=after)
                if result.failure:
                    return result
                after = part.line
                waiting = awaits_job(part, already=waiting)
                if result.seconds > kept + WORTH and not scenario.terminals and not waiting and quiet(sandbox, fresh):
                    self.snapshots.append(self.taken(sandbox, scenario, after))
                    kept = result.seconds
            result = scenario.run(after=after)
        shutil.rmtree(live)
        return result

    def taken(self, sandbox: Sandbox, scenario: Scenario, line: int) -> Snapshot:
        """A snapshot of the sandbox as it is after the part at a line."""
        folder = self.folder / f"after-{line}"
        folder.mkdir()
        packed = sandbox.run(PACK)
        assert packed.status is not None
        shutil.move(self.folder / "live" / PACKED, folder / "archive")
        return Snapshot(
            after=line,
            level=scenario.level,
            measured=dict(scenario.result.measured),
            venv=self.layer(sandbox),
            archive=folder / "archive",
            sockets=tuple(packed.output.splitlines()),
            environ=sandbox.environment(),
            status=packed.status,
        )

    def layer(self, sandbox: Sandbox) -> Path:
        """A copy of the virtual environment, one for each set of packages and programs."""
        layer = self.folder / f"venv-{digest(sandbox.run(INSTALLED).output)[:16]}"
        if not layer.exists():
            sandbox.run(COMPILE)
            subprocess.run(("cp", "--archive", "--link", self.folder / "live", layer), check=True)
        return layer

    def before(self, line: int) -> Snapshot | None:
        """The last snapshot before a line of the page; None where a run starts from nothing."""
        return next((each for each in reversed(self.snapshots) if each.after < line and each.tried >= 0), None)

    def run(self, page: Page, snapshot: Snapshot | None, limits: Limits, until: float = math.inf) -> Result:
        """Run the page, or a mutant of it that is the same up to the snapshot, up to a line or its first failure."""
        last = None if until == math.inf else int(until)
        if snapshot is None:
            with stage(page, wheels=self.wheels, venv=self.venv, root=self.root) as sandbox:
                return Scenario(page, self.edition, sandbox, limits=limits).run(last)
        with self.restored(page, snapshot) as sandbox:
            scenario = Scenario(page, self.edition, sandbox, limits=limits)
            scenario.level = snapshot.level
            scenario.result.measured.update(snapshot.measured)
            return scenario.run(last, after=snapshot.after)

    def holds(self, snapshot: Snapshot, failed: Result) -> bool:
        """Whether the unchanged page comes past the failure of a mutant, from the same snapshot; if not, it is gone."""
        line = self.furthest(failed)
        with snapshot.lock:
            if line > snapshot.tried:
                following = min(
                    (each.after for each in self.snapshots if each.after > snapshot.after), default=math.inf
                )
                until = following if line <= following else math.inf
                result = self.run(self.page, snapshot, Limits(), until)
                snapshot.tried = -math.inf if result.failure else until
                if result.failure:
                    print(f"no snapshot at line {snapshot.after}: {report(result, self.page.key)}", file=sys.stderr)
        return snapshot.tried > 0

    def furthest(self, failed: Result) -> float:
        """The line of the unchanged page's block in which a mutant failed; endless where none comes after it."""
        blocks = [part.line for part in failed.page.edition(self.edition) if isinstance(part, Block)]
        reached = [line for line in blocks if failed.outcomes[line] != "not reached"]
        if not reached or reached[-1] == blocks[-1]:
            return math.inf
        return reached[-1] + self.page.blocks[-1].line - failed.page.blocks[-1].line

    @contextmanager
    def restored(self, page: Page, snapshot: Snapshot) -> Iterator[Sandbox]:
        """A sandbox in the state of the snapshot."""
        binds = {**folders(page, self.venv), STATE: snapshot.archive}
        layers = self.venv / "layers"
        with Sandbox(wheels=self.wheels, layers=layers, binds=binds, start_from=snapshot.venv) as sandbox:
            exported = sandbox.environment()
            commands = [f"tar --extract --file={STATE} --directory=/ --no-overwrite-dir"]
            if snapshot.sockets:
                commands.append(shlex.join(["python", "-c", BIND, *snapshot.sockets]))
            commands += [f"unset {name}" for name in exported if name not in snapshot.environ]
            commands += [f"export {shlex.quote(f'{name}={text}')}" for name, text in snapshot.environ.items()]
            commands += [f"cd {shlex.quote(snapshot.environ['PWD'])}", f"(exit {snapshot.status})"]
            ran = sandbox.run("\n".join(commands))
            assert (ran.output, ran.status) == ("", snapshot.status), ran
            yield sandbox


def quiet(sandbox: Sandbox, fresh: set[str]) -> bool:
    """Whether nothing runs, and the shell remembers nothing but what a fresh one does."""
    return shell(sandbox) == fresh and not sandbox.leftovers()


def shell(sandbox: Sandbox) -> set[str]:
    """What the main terminal has to remember, but for what it exports."""
    return set(sandbox.run(SHELL).output.splitlines()) - set(sandbox.environment()) - VOLATILE


def awaits_job(part: Block | Heading | Claim, *, already: bool) -> bool:
    """Whether the page has a job in the background for which it may wait: bash forgets it once it is asked anything."""
    for command in part.commands if isinstance(part, Block) else ():
        already = already or JOB.search(command.text) is not None
        already = already and not re.search(r"\bwait\b", command.text)
    return already
