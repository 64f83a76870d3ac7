"""Real output written back into the page (``--update-examples``).

A line of the page that still matches what came, wildcards included, stays as it is; other lines are replaced. Dates
are written as ``<date>``; every other wildcard is the author's decision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .match import generalise, lines_of, matches

if TYPE_CHECKING:
    from .scenario import Recorded, Result


def rewrite(result: Result) -> bool:
    """Write what the run recorded into its page; returns whether the page changed."""
    path = result.page.path
    source = path.read_bytes().decode()
    ending = "\r\n" if "\r\n" in source else "\n"
    lines = source.replace("\r\n", "\n").split("\n")
    # From the bottom up, so that the line numbers above stay true.
    for recorded in sorted(result.recorded, key=lambda each: each.line, reverse=True):
        shown = lines_of("\n".join(recorded.expected))
        if matches(shown, recorded.actual, unordered=recorded.unordered):
            continue
        first = recorded.line - 1
        lines[first : first + len(recorded.expected)] = [
            (recorded.indent + line).rstrip() for line in merged(shown, recorded)
        ]
    text = ending.join(lines)
    if text == source:
        return False
    path.write_bytes(text.encode())
    return True


def merged(shown: list[str], recorded: Recorded) -> list[str]:
    """The new lines: the page's own where one matches, else what came."""
    left = list(shown)
    new = []
    for came in recorded.actual:
        kept = next((line for line in left if matches([line], [came])), None)
        if kept is not None:
            left.remove(kept)
        new.append(generalise(came) if kept is None else kept)
    return new
