"""The table of published vulnerabilities, and the order of versions."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from gingerdj.advisories import ADVISORIES, applying, bound, order

RELEASES = st.lists(st.integers(0, 12), min_size=1, max_size=4).map(lambda parts: ".".join(map(str, parts)))
BEFORE = st.sampled_from(["", "a1", "b2", "rc1", ".dev3"])


@given(RELEASES, RELEASES, BEFORE)
def test_versions_are_ordered_as_packaging_orders_them(known: str, release: str, before: str) -> None:
    """The table names releases only; what is installed may be a pre-release."""
    installed = release + before
    found = order(installed)
    assert found is not None
    assert (found < bound(known)) is (Version(installed) < Version(known))


@given(RELEASES, st.sampled_from([".post1", "+local.1", "-1"]))
def test_what_comes_after_a_release_counts_as_the_release(release: str, after: str) -> None:
    assert order(release + after) == order(release)


def test_no_version() -> None:
    assert order("unknown") is None
    assert applying("Django", "unknown") == []
    with pytest.raises(ValueError, match="'unknown' in the table"):
        bound("unknown")


@pytest.mark.parametrize(("name", "advisories"), ADVISORIES.items())
def test_the_table_can_be_read(name: str, advisories: tuple[object, ...]) -> None:
    for advisory in ADVISORIES[name]:
        assert bound(advisory.since) < bound(advisory.fixed)
        assert advisory.names
        assert all(re.fullmatch(r"CVE-20\d\d-\d{4,6}", cve) for cve in advisory.names)
    for since in {advisory.since for advisory in ADVISORIES[name]}:
        fixed = [bound(advisory.fixed) for advisory in ADVISORIES[name] if advisory.since == since]
        assert fixed == sorted(fixed)


@pytest.mark.parametrize(
    ("distribution", "version", "first", "last"),
    [
        ("h11", "0.14.0", "0.16.0", "0.16.0"),
        ("h11", "0.16.0rc1", "0.16.0", "0.16.0"),
        ("h11", "0.16", None, None),
        ("Django", "5.2", "5.2.1", "5.2.18"),
        ("Django", "5.2.17", "5.2.18", "5.2.18"),
        ("Django", "5.2.18", None, None),
        ("Django", "6.0", "6.0.2", "6.0.9"),
        ("Django", "6.1.1", "6.1.2", "6.1.2"),
        ("Django", "6.2", None, None),
        ("granian", "1.0.0", "2.7.4", "2.7.4"),
        ("hypercorn", "0.1", None, None),
    ],
)
def test_what_applies(distribution: str, version: str, first: str | None, last: str | None) -> None:
    found = [advisory.fixed for advisory in applying(distribution, version)]
    assert (found[0], found[-1]) == (first, last) if found else first is None
