"""A page and a sandbox → outcomes, block by block, stopping at the first failure."""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, NoReturn

from .journal import Step
from .match import lines_of, matches, paired, wildcards
from .page import Block, Claim, Command, Edition, Heading, Page
from .sandbox import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .sandbox import Ran, Sandbox

Outcome = Literal["passed", "failed", "not reached", "not run"]

SAVED_AFTER = 1.0
"""Seconds from when a terminal has printed its first block to the first file saved beside it.

A server that reloads looks at its files for the first time some 0.25 s after that and announces it in no way, so there
is no event to wait for. A reader never saves that early.
"""
UNSHOWN = 0.3
"""Seconds that a terminal has, at the end of its section, to print a line that no block shows.

Nothing announces that a program will print no more. A slow machine may let one pass; it makes none up.
"""
TRACEBACK = "Traceback (most recent call last):"
ENGINE = "/srv/engine"
"""Where the sandbox shows this folder, for the runners of python and pycon blocks."""
TOOLS = "/srv/tools"
"""Where the sandbox shows the packages that those runners stand on."""
VERSIONS = (
    "import importlib.metadata as m, json, platform;"
    "print(json.dumps({'python': platform.python_version()} | {d.name.lower(): d.version for d in m.distributions()}))"
)
REPORTED = ("python", "django", "gingerdj", "asgiref", "daphne", "granian", "gunicorn", "hypercorn", "uvicorn")
"""The versions that a reader asks about."""


@dataclass(frozen=True)
class Limits:
    """Seconds that something may take where its block has no ``:limit:``."""

    command: float = 120.0
    """A command; a cold pip install on a busy machine fits."""
    ready: float = 30.0
    """A terminal left running: to listen, to print the lines shown, to stop."""


@dataclass(frozen=True)
class Failure:
    """Why a page is red."""

    line: int
    problem: str
    command: str = ""
    expected: Sequence[str] | None = None
    """The lines that the page says, where output differs."""
    expected_line: int = 0
    actual: Sequence[str] = ()
    unordered: bool = False
    """Whether the lines may come in any order."""
    status: int | None = None
    logs: dict[str, str] = field(default_factory=dict)
    """What each terminal left running had printed."""


@dataclass
class Recorded:
    """What really came for a stretch of expected lines: what a rewrite needs, and what the mutation score compares."""

    line: int
    expected: tuple[str, ...]
    actual: list[str]
    unordered: bool
    indent: str
    terminal: str | None = None
    """The terminal left running that printed it; None for what ran to its end."""
    moment: Literal["start", "running", "end"] = "end"
    """When the terminal printed it: what comes later, a later block shows."""


@dataclass
class Result:
    """What a run of one page in one edition came to."""

    page: Page
    edition: Edition
    started: datetime
    seconds: float = 0.0
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    """By the line of the block."""
    times: dict[int, float] = field(default_factory=dict)
    failure: Failure | None = None
    measured: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    recorded: list[Recorded] = field(default_factory=list)
    steps: dict[int, list[Step]] = field(default_factory=dict)
    """What happened in each block, by its line."""
    wildcards: int = 0


class Stopped(Exception):  # noqa: N818 - it ends a scenario; the failure it carries is the error
    """Carries the failure that ends a scenario."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.problem)
        self.failure = failure


@dataclass
class Terminal:
    """A named terminal that is running."""

    block: Block
    level: int
    """Of the section it was started in; the next heading that high ends it."""
    started: float = 0.0
    """When it had printed its first block, on the monotonic clock."""


class Scenario:
    """One run of one page in one edition.

    With ``record`` a difference in output is kept in the result and does not end the run: for rewriting a page.
    """

    def __init__(
        self,
        page: Page,
        edition: Edition,
        sandbox: Sandbox,
        *,
        record: bool = False,
        limits: Limits = Limits(),
    ) -> None:
        self.page = page
        self.edition = edition
        self.sandbox = sandbox
        self.record = record
        self.limits = limits
        self.result = Result(page, edition, datetime.now(UTC))
        self.terminals: dict[str, Terminal] = {}
        self.level = 1

    def run(self, until: int | None = None, *, after: int = 0) -> Result:
        """Run the blocks in order, up to the one that holds line ``until`` where given. Never raises for a red page.

        Those up to line ``after`` have run: by an earlier call, or in a sandbox whose state this one has.
        """
        parts = self.page.edition(self.edition)
        outcomes = self.result.outcomes
        for part in parts:
            if isinstance(part, Block):
                outcomes.setdefault(part.line, "not reached")
        clock = time.monotonic()
        try:
            for part in parts:
                if after < part.line and (until is None or part.line <= until):
                    self.step(part)
            if until is None:
                self.finish([part for part in parts if isinstance(part, Claim)])
        except Stopped as stopped:
            self.result.failure = stopped.failure
            if stopped.failure.line in outcomes:
                outcomes[stopped.failure.line] = "failed"
        self.result.seconds += time.monotonic() - clock
        return self.result

    def step(self, part: Block | Heading | Claim) -> None:
        """One part of the page. What the sandbox refuses, such as a file where a folder is, the page cannot ask for."""
        try:
            self.part(part)
        except SandboxError as error:
            raise Stopped(Failure(part.line, str(error))) from None

    def part(self, part: Block | Heading | Claim) -> None:
        """One part of the page, by its kind."""
        if isinstance(part, Heading):
            self.end_section(part)
        elif isinstance(part, Block):
            clock = time.monotonic()
            self.result.outcomes[part.line] = "failed"
            if "norun" in part.options:
                self.result.outcomes[part.line] = "not run"
                return
            runners: dict[str, Callable[[Block], None]] = {
                "file": self.file,
                "terminal": self.terminal,
                "python": self.python,
                "pycon": self.pycon,
            }
            runners[part.kind](part)
            self.result.outcomes[part.line] = "passed"
            self.result.times[part.line] = time.monotonic() - clock

    # Blocks

    def file(self, block: Block) -> None:
        """Write a file below the main terminal's folder."""
        if self.terminals:
            newest = max(terminal.started for terminal in self.terminals.values())
            time.sleep(max(0.0, newest + SAVED_AFTER - time.monotonic()))
        self.sandbox.write(block.path, block.content)

    def terminal(self, block: Block) -> None:
        """Commands in the main terminal, or what happens in a named one."""
        if "stop" in block.options:
            self.stop(block)
        elif block.terminal is None:
            for command in block.commands:
                self.command(block, command, last=command is block.commands[-1])
        elif block.commands:
            self.start(block, block.commands[0])
        else:
            self.go_on(block)

    def command(self, block: Block, command: Command, *, last: bool) -> None:
        """One command of the main terminal: its exit status, then its output."""
        limit = limit_of(block, self.limits.command)
        ran = self.sandbox.run(command.text, limit=limit)
        self.note(block, ran.output, command=command.text, status=ran.status)
        self.check_end(ran, command.line, command.text, limit)
        expected_status = int(block.options.get("exit", "0")) if last else 0
        if last and "measure" in block.options:
            self.measure(block.options["measure"], ran)
        if ran.status != expected_status:
            self.fail(
                command.line,
                f"exit status {ran.status}, the page says {expected_status}",
                command=command.text,
                expected=command.expected or None,
                expected_line=command.expected_line,
                actual=lines_of(ran.output),
                status=ran.status,
            )
        self.compare(
            block, command.expected, command.expected_line, ran.output, command=command.text, status=ran.status
        )

    def start(self, block: Block, command: Command) -> None:
        """Start a named terminal and wait until it listens and has printed what the page shows."""
        name = block.options["name"]
        if name in self.terminals:
            self.fail(block.line, f"terminal '{name}' is already running - stop it first", command=command.text)
        limit = limit_of(block, self.limits.ready)
        started = self.sandbox.start(name, command.text, ready=block.options["ready"], limit=limit)
        self.note(block, started.output, command=command.text, status=started.status)
        if started.state == "exited":
            self.fail(
                command.line,
                f"ended before it listened on {block.options['ready']}",
                command=command.text,
                expected=command.expected or None,
                expected_line=command.expected_line,
                actual=lines_of(started.output),
                status=started.status,
            )
        self.terminals[name] = Terminal(block, self.level)
        if started.state == "limit":
            self.fail(
                command.line,
                f"not listening on {block.options['ready']} after {limit:g} s",
                command=command.text,
                actual=lines_of(started.output),
            )
        self.shown(block, command.expected, command.expected_line)
        self.terminals[name].started = time.monotonic()

    def go_on(self, block: Block) -> None:
        """What a named terminal printed since its last block."""
        command = self.running(block).block.commands[0].text
        self.shown(block, block.shown, block.content_line)
        ready = block.options.get("ready")
        limit = limit_of(block, self.limits.ready)
        if ready and not self.sandbox.listens(ready, limit=limit):
            self.fail(block.line, f"not listening on {ready} after {limit:g} s", command=command)

    def shown(self, block: Block, expected: tuple[str, ...], line: int) -> None:
        """Wait until a terminal has printed as many lines as the page shows, then compare all that it has printed."""
        name = block.options["name"]
        lines, limit = len(expected), limit_of(block, self.limits.ready)
        if self.record:
            lines, limit = 10_000, 2.0  # as much as comes
        output = self.sandbox.read(name, lines=lines, limit=limit).output
        self.note(block, output)
        command = self.terminals[name].block.commands[0].text
        self.compare(block, expected, line, output, command=command)

    def stop(self, block: Block) -> None:
        """End a named terminal by a signal, and compare what it printed and how it exited."""
        name = block.options["stop"]
        command = self.running(block).block.commands[0].text
        limit = limit_of(block, self.limits.ready)
        signal = block.options.get("signal", "TERM")
        how = "by itself" if signal == "none" else f"after SIG{signal}"
        before = self.sandbox.read(name, lines=0, limit=0)
        ran = self.sandbox.stop(name, signal=None if signal == "none" else signal, limit=limit)
        ran = replace(ran, output=before.output + ran.output)
        self.note(block, ran.output, status=ran.status, signal=signal)
        del self.terminals[name]
        if before.state == "exited" and signal != "none":
            self.fail(
                block.line,
                f"terminal '{name}' had ended by itself - say so with :signal: none",
                command=command,
                actual=lines_of(ran.output),
                status=ran.status,
            )
        self.check_end(ran, block.line, f"{command} (terminal '{name}', {how})", limit)
        if "measure" in block.options:
            self.measure(block.options["measure"], ran)
        expected_status = int(block.options.get("exit", "0"))
        if ran.status != expected_status:
            self.fail(
                block.line,
                f"exit status {ran.status} {how}, the page says {expected_status}",
                command=command,
                expected=block.shown or None,
                expected_line=block.content_line,
                actual=lines_of(ran.output),
                status=ran.status,
            )
        self.compare(block, block.shown, block.content_line, ran.output, command=command, status=ran.status)

    def python(self, block: Block) -> None:
        """A snippet, run by pytest-examples inside the sandbox; what it prints stands in its ``#>`` lines."""
        self.inside(block, "run_python.py")

    def pycon(self, block: Block) -> None:
        """A doctest session inside the sandbox."""
        self.inside(block, "run_pycon.py")

    def inside(self, block: Block, runner: str) -> None:
        """Hand a block to a runner in the sandbox, in the folder and environment of the main terminal.

        Its answer follows a word that no page can know; what comes around it, the block wrote to the terminal.
        """
        word = secrets.token_hex()
        payload = {"content": block.content, "line": block.content_line, "tools": TOOLS, "word": word}
        argument = base64.b64encode(json.dumps(payload).encode()).decode()
        limit = limit_of(block, self.limits.command)
        ran = self.sandbox.run(f"python {ENGINE}/{runner} {argument}", limit=limit)
        self.check_end(ran, block.line, block.kind, limit)
        before, found, rest = ran.output.rpartition(word)
        if not found:
            self.note(block, ran.output, status=ran.status)
            problem = f"the {block.kind} block ended its interpreter"
            self.fail(block.line, problem, actual=lines_of(ran.output), status=ran.status)
        answer, end = json.JSONDecoder().raw_decode(rest)
        written = lines_of(before + rest[end:])
        self.note(block, answer.get("error") or answer["content"])
        if "error" in answer:
            first, *more = lines_of(answer["error"])
            self.fail(answer["line"], first, actual=[*more, *written])
        if written:
            self.fail(block.line, f"the {block.kind} block wrote to the terminal what it does not show", actual=written)
        expected = tuple(block.content.splitlines())
        self.compare(block, expected, block.content_line, answer["content"], command=block.kind)

    # Sections and the end

    def end_section(self, heading: Heading) -> None:
        """A heading ends the terminals started in the sections that it closes."""
        for name, terminal in list(self.terminals.items()):
            if terminal.level >= heading.level:
                self.end_terminal(name, terminal)
        self.level = heading.level

    def end_terminal(self, name: str, terminal: Terminal) -> None:
        """Stop a terminal that the page left running: it must be running still, with all that it printed shown.

        What it prints when it is stopped may go unseen, but for a traceback.
        """
        before = self.sandbox.read(name, lines=1, limit=UNSHOWN)
        ran = self.sandbox.stop(name, signal="TERM", limit=self.limits.ready)
        self.note(terminal.block, before.output + ran.output, status=ran.status, signal="TERM")
        del self.terminals[name]
        line, command = terminal.block.line, terminal.block.commands[0].text
        self.check_end(ran, line, f"kill -TERM (terminal '{name}': {command})", self.limits.ready)
        problem = ""
        if before.state == "exited":
            problem = f"terminal '{name}' had ended by itself - show how, with :stop: {name} and :signal: none"
        elif before.output:
            problem = f"terminal '{name}' printed what the page does not show"
        elif TRACEBACK in ran.output:
            problem = f"terminal '{name}' printed a traceback that the page does not show"
        if problem:
            actual = lines_of(before.output + ran.output)
            self.fail(line, problem, command=command, actual=actual, status=ran.status)

    def finish(self, claims: list[Claim]) -> None:
        """Stop what runs, look for what was left behind, check the claims, and ask for the versions."""
        for name, terminal in list(self.terminals.items()):
            self.end_terminal(name, terminal)
        left = self.sandbox.leftovers()
        if left:
            self.fail(max(self.result.outcomes, default=1), "still running after the last block", actual=left)
        for claim in claims:
            value = self.result.measured.get(claim.key)
            if value is None:
                self.fail(claim.line, f"no block of this page measures '{claim.key}' (:measure: {claim.key})")
            if not matches([claim.value], [str(value)]):
                self.fail(claim.line, f"'{claim.key}' is {value}, the page says {claim.value}")
        ran = self.sandbox.run(f'python -c "{VERSIONS}"', limit=self.limits.command)
        if ran.status == 0:
            found = json.loads(ran.output)
            self.result.versions = {name: found[name] for name in REPORTED if name in found}

    def note(
        self,
        block: Block,
        output: str,
        *,
        command: str | None = None,
        status: int | None = None,
        signal: str | None = None,
    ) -> None:
        """Keep what happened in a block; what a terminal prints on belongs to what it printed before."""
        steps = self.result.steps.setdefault(block.line, [])
        if steps and command is None and signal is None and steps[-1].status is None:
            steps[-1] = replace(steps[-1], output=steps[-1].output + output, status=status)
        else:
            steps.append(Step(output, command, status, signal))

    # Checks

    def running(self, block: Block) -> Terminal:
        """The terminal that a block is about; it must be running."""
        name = block.terminal
        assert name is not None
        if name not in self.terminals:
            self.fail(block.line, f"terminal '{name}' is not running here")
        return self.terminals[name]

    def check_end(self, ran: Ran, line: int, command: str, limit: float) -> None:
        """A command must come to its end by itself."""
        if ran.ended == "limit":
            self.fail(line, f"ended by its limit of {limit:g} s", command=command, actual=lines_of(ran.output))
        if ran.ended == "shell exited":
            self.fail(line, "the command ended the terminal's shell", command=command, actual=lines_of(ran.output))

    def measure(self, key: str, ran: Ran) -> None:
        """Keep the output and the exit status of a command under a key of the page."""
        self.result.measured[key] = "\n".join(lines_of(ran.output))
        self.result.measured[f"{key}.exit"] = str(ran.status)

    def compare(
        self,
        block: Block,
        expected: tuple[str, ...],
        line: int,
        output: str,
        *,
        command: str,
        status: int | None = None,
    ) -> None:
        """Hold the output against what the page shows."""
        actual = lines_of(output)
        shown = tuple(lines_of("\n".join(expected)))
        unordered = "unordered" in block.options
        recorded = Recorded(line, expected, actual, unordered, block.indent, block.terminal, moment_of(block))
        self.result.recorded.append(recorded)
        self.result.wildcards += sum(map(wildcards, shown))
        if self.record or matches(shown, actual, unordered=unordered):
            return
        self.fail(
            line + first_difference(shown, actual, unordered=unordered),
            "output differs",
            command=command,
            expected=shown,
            expected_line=line,
            actual=actual,
            unordered=unordered,
            status=status,
        )

    def fail(
        self,
        line: int,
        problem: str,
        *,
        command: str = "",
        expected: Sequence[str] | None = None,
        expected_line: int = 0,
        actual: Sequence[str] = (),
        unordered: bool = False,
        status: int | None = None,
    ) -> NoReturn:
        """End the scenario with a failure that carries the log of every terminal still running."""
        logs = {name: self.sandbox.log(name) for name in self.terminals}
        raise Stopped(Failure(line, problem, command, expected, expected_line, actual, unordered, status, logs))


def limit_of(block: Block, default: float) -> float:
    """Seconds that the block allows."""
    return float(block.options.get("limit", default))


def moment_of(block: Block) -> Literal["start", "running", "end"]:
    """When a terminal printed what the block shows."""
    if "name" in block.options:
        return "start" if block.commands else "running"
    return "end"


def first_difference(expected: Sequence[str], actual: Sequence[str], *, unordered: bool) -> int:
    """The place of the first expected line that did not come; the last one where all came, and more."""
    came = set(paired(expected, actual)) if unordered else ()
    for place, text in enumerate(expected):
        if place not in came if unordered else not matches([text], actual[place : place + 1]):
            return place
    return max(0, len(expected) - 1)
