"""A failure as its reader sees it: page:line, the command, a diff, the exit status, the logs. No Python traceback."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from .match import matches, paired

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .scenario import Result

LOG_LINES = 60
"""How much of a log is shown: its end is where the cause stands."""


def report(result: Result, shown_path: str) -> str:
    """The text for a red page; ``shown_path`` is the page's path from the project's root."""
    failure = result.failure
    assert failure is not None
    lines = [f"{shown_path}:{failure.line}: {failure.problem} (edition {result.edition})"]
    if failure.command:
        first, *rest = failure.command.split("\n")
        lines += ["", f"  $ {first}", *(f"  > {line}" for line in rest)]
    if failure.expected is not None:
        lines += ["", f"  - the page ({shown_path}:{failure.expected_line})", "  + this run"]
        compared = disorder if failure.unordered else difference
        lines += [f"  {line}" for line in compared(failure.expected, failure.actual)]
    elif failure.actual:
        lines += ["", *(f"    {line}" for line in failure.actual[-LOG_LINES:])]
    if failure.status is not None:
        lines += ["", f"  exit status {failure.status}"]
    for name, log in failure.logs.items():
        lines += ["", f"  log of terminal '{name}':", *(f"    {line}" for line in log.splitlines()[-LOG_LINES:])]
    return "\n".join(lines)


def difference(expected: Sequence[str], actual: Sequence[str]) -> Iterator[str]:
    """A diff in which a line that a wildcard matches is no difference."""
    # Each actual line is renamed to the expected line that it matches, so that SequenceMatcher aligns them.
    named = [next((line for line in expected if matches([line], [came])), came) for came in actual]
    for tag, start, end, actual_start, actual_end in SequenceMatcher(a=expected, b=named, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from (f"  {line}" for line in actual[actual_start:actual_end])
        else:
            yield from (f"- {line}" for line in expected[start:end])
            yield from (f"+ {line}" for line in actual[actual_start:actual_end])


def disorder(expected: Sequence[str], actual: Sequence[str]) -> Iterator[str]:
    """The same for lines in any order: those that came, then those that did not, then those that nobody expected."""
    pairs = paired(expected, actual)
    came = set(pairs.values())
    yield from (f"  {line}" for place, line in enumerate(actual) if place in came)
    yield from (f"- {line}" for place, line in enumerate(expected) if place not in pairs)
    yield from (f"+ {line}" for place, line in enumerate(actual) if place not in came)
