"""What Lighthouse says of one page, and the median of what it says several times."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


@dataclass(frozen=True)
class Report:
    """One run, or the median of several."""

    scores: dict[str, float]
    """Of each category, 0 to 100."""
    first_paint: float
    """First contentful paint, in milliseconds."""
    failed: frozenset[str] = frozenset()
    """The audits that cost something, except those of the clock."""

    @classmethod
    def read(cls, answer: dict[str, Any]) -> Report:
        """Return what counts in Lighthouse's own answer; raises LookupError when a category was not judged."""
        categories = {name: answer["categories"][name] for name in CATEGORIES}
        return cls(
            scores={name: round(category["score"] * 100) for name, category in categories.items()},
            first_paint=answer["audits"]["first-contentful-paint"]["numericValue"],
            failed=frozenset(
                audit["id"]
                for name, category in categories.items()
                for audit in category["auditRefs"]
                if name != "performance" and audit["weight"] and fails(answer["audits"][audit["id"]])
            ),
        )


def fails(audit: dict[str, Any]) -> bool:
    """Tell whether an audit says anything of this page, and it is not good."""
    return audit["scoreDisplayMode"] in {"binary", "numeric", "metricSavings", "error"} and audit["score"] != 1


def middle(reports: Sequence[Report]) -> Report:
    """Return the median of several runs of one page; raises StatisticsError when there is none."""
    return Report(
        scores={name: median(report.scores[name] for report in reports) for name in CATEGORIES},
        first_paint=median(report.first_paint for report in reports),
        failed=frozenset().union(*(report.failed for report in reports)),
    )
