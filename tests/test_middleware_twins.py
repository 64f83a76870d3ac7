"""Each twin against Django's own class: whatever a request asks, nothing but the hops may differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.twins import Case, Stage
from tests.twins_cases import STACKS, cases

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The project that the requests go to."""
    with Stage(tmp_path_factory.mktemp("twins")).open() as stage:
        yield stage


@pytest.mark.parametrize("name", STACKS)
@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # to make a case smaller takes minutes, and it has few parts anyway
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_nothing_differs(name: str, data: st.DataObject, stage: Stage) -> None:
    case: Case = data.draw(cases(STACKS[name]))
    theirs, ours = stage.compare(case)
    assert ours.hops <= theirs.hops
