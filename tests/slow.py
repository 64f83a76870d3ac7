"""What of a long list of cases `make check` runs; `make test` runs all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable


def slow_after(quick: int, cases: Iterable[pytest.ParameterSet]) -> list[pytest.ParameterSet]:
    """The cases of a parametrized test: the first ``quick`` ones as they are, the others marked as slow."""
    given = list(cases)
    return [
        *given[:quick],
        *(pytest.param(*case.values, id=case.id, marks=(*case.marks, pytest.mark.slow)) for case in given[quick:]),
    ]
