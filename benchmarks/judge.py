"""Mutants that change only what a page expects: judged by what really came, without another run.

What a page expects is never shown to the sandbox: the commands, files and options of such a mutant are those of the
page, so a run of it would get what the page's own runs got, and hold it against the changed lines. That is done here,
with the engine's own comparison. There is one exception: the number of lines expected says how long the engine waits
for a terminal left running. So a mutant of such a terminal is red only if it is red however late the lines come:
also when each block gets no more lines than it shows, and what is left over comes in the next block, or at the end
of the section, where it is refused.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.snippets.match import lines_of, matches
from tests.snippets.page import Block, Claim

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.snippets.scenario import Recorded, Result

    from .mutants import Mutant


def is_red(mutant: Mutant, runs: Iterable[Result]) -> bool:
    """Whether the mutant turns its page red, by the green runs of that page."""
    return any(is_red_in(mutant, run) for run in runs if mutant.edition in {None, run.edition})


def is_red_in(mutant: Mutant, run: Result) -> bool:
    """Whether the mutant would have been red in one run. A run may have begun after the mutant's line."""
    if isinstance(mutant.part, Claim):
        value = run.measured.get(mutant.part.key)
        return value is not None and not matches([mutant.value], [value])
    if mutant.kind == "option":
        return option_is_red(mutant, mutant.part, run)
    for index, each in enumerate(run.recorded):
        if each.line <= mutant.line < each.line + len(each.expected):
            changed = list(each.expected)
            changed[mutant.line - each.line : mutant.line - each.line + 1] = (
                [] if mutant.after is None else [mutant.after]
            )
            return stretch_is_red(mutant.part, [replace(each, expected=tuple(changed)), *run.recorded[index + 1 :]])
    return False


def option_is_red(mutant: Mutant, block: Block, run: Result) -> bool:
    """The same for ``:measure:`` under another key, and for ``:unordered:`` left out."""
    if "measure" in mutant.before:
        parts = run.page.edition(run.edition)
        key = block.options["measure"]
        others = [
            part for part in parts if isinstance(part, Block) and part != block and part.options.get("measure") == key
        ]
        return not others and any(isinstance(part, Claim) and part.key in {key, f"{key}.exit"} for part in parts)
    lines = range(block.line, block.content_line + block.content.count("\n") + 1)
    return any(not equal(replace(each, unordered=False)) for each in run.recorded if each.line in lines)


def stretch_is_red(block: Block, recorded: Sequence[Recorded]) -> bool:
    """Whether the first stretch, which is changed, differs from what came, whenever its lines came."""
    first, *later = recorded
    if not lines_of("\n".join(first.expected)) and not block.commands and "stop" not in block.options:
        return True  # a block without content is refused
    if equal(first):
        return False
    if first.moment == "end":
        return True
    stream = [first]
    for each in later:
        if each.terminal == first.terminal:
            if each.moment == "start":
                break
            stream.append(each)
    return lines_are_late(stream)


def lines_are_late(stream: Sequence[Recorded]) -> bool:
    """Whether a block of a terminal differs when each gets as many lines as it shows, or lines are left in the end."""
    printed = [line for each in stream for line in each.actual]
    for each in stream:
        shown = len(printed) if each.moment == "end" else len(each.expected)
        if not equal(replace(each, actual=printed[:shown])):
            return True
        del printed[:shown]
    return bool(printed)


def equal(recorded: Recorded) -> bool:
    """Whether what came is what is expected, as the engine compares it."""
    return matches(lines_of("\n".join(recorded.expected)), recorded.actual, unordered=recorded.unordered)
