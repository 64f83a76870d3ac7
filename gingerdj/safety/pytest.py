"""The guard as a fixture of pytest: ``pytest_plugins = ["gingerdj.safety.pytest"]`` in conftest.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest

from gingerdj.safety.guard import Hit, guarded

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

R = TypeVar("R")
FOUND = pytest.StashKey["list[Hit]"]()
"""The hits of a test."""


@pytest.fixture
def guard(request: pytest.FixtureRequest) -> Iterator[list[Hit]]:
    """Fail the test when its code blocks the event loop, also where the code swallows the error.

    The fixture is the list of the hits; a test that expects one, clears it. For known calls there is
    ``gingerdj.safety.allowed``. Raises BlockingCall for what other fixtures do after the test.
    """
    with guarded() as hits:
        request.node.stash[FOUND] = hits
        yield hits


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, R, R]:
    """Fail a test that has passed though its code blocks; add to the report of any other one what it has swallowed."""
    hits = item.stash.get(FOUND, [])
    try:
        result = yield
    except BaseException as error:
        if swallowed := [hit for hit in hits if hit is not getattr(error, "hit", None)]:
            item.add_report_section("call", "blocking", told(swallowed))
        hits.clear()
        raise
    if hits:
        message = told(hits)
        hits.clear()
        pytest.fail(message, pytrace=False)
    return result


def told(hits: list[Hit]) -> str:
    """The hits as text, each once."""
    return "\n".join(dict.fromkeys(str(hit) for hit in hits))
