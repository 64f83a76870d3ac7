"""Published vulnerabilities of servers, parsers and Django, for gingerdj.W005.

A reminder, no scanner: it holds what public sources told when they were read, on 2026-11-21, of which the newest were
those of Django's releases of 2026-10-06. Each entry is from the release notes of the project itself, its announcement,
GitHub's advisory database (the GHSA behind each CVE) or PyPA's. What was repaired before 2020, or in a Django older
than the ones that GingerDJ runs on, is left out. Nothing was found for hypercorn and wsproto.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

READ = "October 2026"
"""The month of the newest advisory that was found."""
VERSION = re.compile(r"v?(?:\d+!)?(?P<release>\d+(?:\.\d+)*)[-_.]?(?P<before>a|b|c|rc|alpha|beta|pre|preview|dev)?")


@dataclass(frozen=True)
class Advisory:
    """What one release has repaired."""

    fixed: str
    """The first version that is not vulnerable."""
    names: tuple[str, ...]
    since: str = "0"
    """The first version that this is about."""


def series(since: str, *releases: tuple[str, str]) -> tuple[Advisory, ...]:
    """The advisories of a series of releases: the version that repairs, and the vulnerabilities."""
    return tuple(Advisory(fixed, tuple(f"CVE-{name}" for name in names.split()), since) for fixed, names in releases)


FEBRUARY = "2025-13473 2025-14550 2026-1207 2026-1285 2026-1287 2026-1312"
MARCH = "2026-25673 2026-25674"
APRIL = "2026-3902 2026-4277 2026-4292 2026-33033 2026-33034"
MAY = "2026-5766 2026-6907 2026-35192"
JUNE = "2026-6873 2026-7666 2026-8404 2026-35193 2026-48587"
JULY = "2026-48588 2026-53877 2026-53878"
AUGUST = "2026-15307 2026-15337 2026-15830 2026-15920"
OCTOBER = "2026-77050 2026-84429 2026-87890 2026-87975"
"""Django's announcements of 2026, each for all series of that time."""

ADVISORIES: dict[str, tuple[Advisory, ...]] = {
    "asgiref": series("0", ("3.11.1", "2025-14550")),
    "autobahn": series("0", ("20.12.3", "2020-35678")),
    "daphne": series("0", ("4.2.2", "2026-44545 2026-44546")),
    "Django": (
        *series(
            "5.2",
            ("5.2.1", "2025-32873"),
            ("5.2.3", "2025-48432"),
            ("5.2.6", "2025-57833"),
            ("5.2.7", "2025-59681 2025-59682"),
            ("5.2.8", "2025-64458 2025-64459"),
            ("5.2.9", "2025-13372 2025-64460"),
            ("5.2.11", FEBRUARY),
            ("5.2.12", MARCH),
            ("5.2.13", APRIL),
            ("5.2.14", MAY),
            ("5.2.15", JUNE),
            ("5.2.16", JULY),
            ("5.2.17", AUGUST),
            ("5.2.18", OCTOBER),
        ),
        *series(
            "6.0",
            ("6.0.2", FEBRUARY),
            ("6.0.3", MARCH),
            ("6.0.4", APRIL),
            ("6.0.5", MAY),
            ("6.0.6", JUNE),
            ("6.0.7", JULY),
            ("6.0.8", AUGUST),
            ("6.0.9", OCTOBER),
        ),
        *series("6.1", ("6.1.2", OCTOBER)),
    ),
    "granian": (*series("0.2.0", ("2.7.4", "2026-42545")), *series("1.2.0", ("2.7.4", "2026-42544"))),
    "gunicorn": series("0", ("22.0.0", "2024-1135 2024-6827")),
    "h11": series("0", ("0.16.0", "2025-43859")),
    "h2": series("0", ("4.3.0", "2025-57804"), ("4.4.1", "2026-71554")),
    "httptools": series(
        "0", ("0.5.0", "2022-32213 2022-32214 2022-32215"), ("0.6.0", "2023-30589"), ("0.6.3", "2024-27982")
    ),
    "twisted": series(
        "0",
        ("22.4.0", "2022-24801"),
        ("22.10.0", "2022-39348"),
        ("23.10.0", "2023-46137"),
        ("24.7.0", "2024-41671 2024-41810"),
        ("26.4.0", "2026-42304"),
    ),
    "uvicorn": series("0", ("0.11.7", "2020-7694 2020-7695")),
    "websockets": series("0", ("9.1", "2021-33880")),
}
"""By distribution; the last one that applies to a version is repaired by the latest release."""


def applying(distribution: str, version: str) -> list[Advisory]:
    """The advisories that are about this version, in the order of the releases that repair it; [] for no version."""
    this = order(version)
    return [
        advisory
        for advisory in ADVISORIES.get(distribution, ())
        if this is not None and bound(advisory.since) <= this < bound(advisory.fixed)
    ]


def bound(version: str) -> tuple[list[int], bool]:
    """The order of a version of the table."""
    found = order(version)
    if found is None:
        raise ValueError(f"{version!r} in the table of advisories is no version.")
    return found


def order(version: str) -> tuple[list[int], bool] | None:
    """What sorts a version among others: its release, and after that whether it is no pre-release of it.

    None for what is no version. Of post-releases and local versions only the release counts.
    Specification: https://packaging.python.org/en/latest/specifications/version-specifiers/
    """
    found = VERSION.match(version)
    if found is None:
        return None
    release = [int(number) for number in found["release"].split(".")]
    while len(release) > 1 and release[-1] == 0:
        release.pop()
    return release, found["before"] is None
