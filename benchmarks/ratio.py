"""How many times faster one thing is than another, from rounds that were measured side by side."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median, quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Ratio:
    """A median, and the quartiles around it: half of the rounds lie between them."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{number(self.median)} ({number(self.low)}–{number(self.high)})"


def number(value: float) -> str:
    """Return a number with three figures, or all of its whole ones."""
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def spread(values: Sequence[float]) -> Ratio:
    """Return the median and the quartiles of the values. Raises ValueError when there is none."""
    if not values:
        raise ValueError("No round was measured.")
    low, _, high = quantiles(values, n=4, method="inclusive") if len(values) > 1 else [values[0]] * 3
    return Ratio(median(values), low, high)


def ratio(speeds: Sequence[float], others: Sequence[float]) -> Ratio:
    """Return how many times the other speed each speed is, round by round: what slows a round slows both.

    Raises ValueError when the numbers of rounds differ.
    """
    return spread([speed / other for speed, other in zip(speeds, others, strict=True)])
