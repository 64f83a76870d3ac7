"""The test runner that Django's ``runtests.py`` finds in the settings: it writes what became of each test."""

from __future__ import annotations

import json
import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.suite import _ErrorHolder  # type: ignore[attr-defined] # unittest reports a failed setUpClass as one

from django.test.runner import DiscoverRunner, ParallelTestSuite, RemoteTestResult, RemoteTestRunner
from django.test.utils import iter_test_cases  # type: ignore[attr-defined] # the stubs leave it out

if TYPE_CHECKING:
    from unittest import TestCase, TextTestResult
    from unittest.suite import TestSuite

OUTCOME = "DJANGO_SUITE_OUTCOME"
"""The environment variable that names the file to write."""


class ReportedError(Exception):
    """A failure of another process, as text: tracebacks can't be pickled without one more package (tblib)."""


class TextResult(RemoteTestResult):
    """What a worker sends to the process that counts: failures as text."""

    def addError(self, test: Any, err: Any) -> None:  # noqa: N802 - unittest's name
        super().addError(test, as_text(err))

    def addFailure(self, test: Any, err: Any) -> None:  # noqa: N802 - unittest's name
        super().addFailure(test, as_text(err))

    def addSubTest(self, test: Any, subtest: Any, err: Any) -> None:  # noqa: N802 - unittest's name
        # A subtest holds its parameters, which may refuse to be pickled: its test fails in its place.
        if err is not None:
            self.addFailure(test, err)

    def addExpectedFailure(self, test: Any, err: Any) -> None:  # noqa: N802 - unittest's name
        super().addExpectedFailure(test, as_text(err))


class TextRunner(RemoteTestRunner):
    """A worker's runner."""

    resultclass = TextResult


class Suite(ParallelTestSuite):
    """Django's parallel suite, with failures as text."""

    runner_class = TextRunner


class Runner(DiscoverRunner):
    """Runs the tests and writes ``{"ran": [id], "failed": {id: text}, "skipped": {id: reason}}`` as JSON."""

    parallel_test_suite = Suite

    def run_suite(self, suite: TestSuite, **kwargs: Any) -> TextTestResult[Any]:
        """Run the tests; a subtest counts as its test, and an unexpected success as a failure."""
        ran = [test.id() for test in iter_test_cases(suite)]
        result = super().run_suite(suite, **kwargs)
        failed: dict[str, str] = {}
        for test, text in [*result.failures, *result.errors]:
            failed[name(test)] = failed.get(name(test), "") + text
        failed |= {test.id(): "Unexpected success\n" for test in result.unexpectedSuccesses}
        skipped = {name(test): reason for test, reason in result.skipped}
        outcome = {"ran": ran, "failed": failed, "skipped": skipped}
        Path(os.environ[OUTCOME]).write_text(json.dumps(outcome, indent=1), encoding="utf-8")
        return result


def as_text(err: Any) -> Any:
    """The triple of an exception, replaced by one that can be pickled and shows the same traceback."""
    return ReportedError, ReportedError("".join(traceback.format_exception(*err))), None


def name(test: TestCase | Any) -> str:
    """The id of a test, of the test around a subtest, or of the class whose set-up failed."""
    if isinstance(test, _ErrorHolder):
        return str(test.id().partition("(")[2].rstrip(")") or test.id())
    return str(getattr(test, "test_case", test).id())
