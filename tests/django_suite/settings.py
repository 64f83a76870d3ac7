"""The settings of the run: Django's own for SQLite, and our test runner.

``test_sqlite`` stands beside ``runtests.py``; it exists only where Django's tests are on the path.
"""

from test_sqlite import *  # type: ignore[import-not-found] # noqa: F403 - settings are meant to be taken over whole

TEST_RUNNER = "tests.django_suite.runner.Runner"
