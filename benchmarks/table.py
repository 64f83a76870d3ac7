"""The table of a benchmark, in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.ratio import number, ratio, spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Speeds = dict[str, dict[str, list[float]]]
"""Requests per second: by row, by contender, one for each round."""

BASE = "Django ASGI"
"""What the others are compared with."""
NOTHING = "–"


def markdown(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose first column is text and whose others are numbers."""
    ruler = ["---", *["---:"] * (len(header) - 1)]
    return "".join(f"| {' | '.join(line)} |\n" for line in [header, ruler, *lines])


def compare(speeds: Speeds, unit: str) -> str:
    """Return the table of the speeds: Django's own in this unit, the others as multiples of it.

    A contender that does not run a row has a dash there.
    """
    contenders = list(dict.fromkeys(name for row in speeds.values() for name in row if name != BASE))
    header = ["request", f"{BASE}, {unit}", *contenders]
    return markdown(header, [[name, *cells(row, contenders)] for name, row in speeds.items()])


def cells(row: Mapping[str, list[float]], contenders: Sequence[str]) -> list[str]:
    """Return the cells of one row after its name."""
    base = row[BASE]
    multiples = [f"× {ratio(row[name], base)}" if name in row else NOTHING for name in contenders]
    return [f"{number(spread(base).median)}", *multiples]
