"""The fixture, in a suite of its own that another pytest runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.project.commands import python

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.slow

CONFTEST = """
import django
from django.conf import settings

pytest_plugins = ["gingerdj.safety.pytest"]
settings.configure(ALLOWED_HOSTS=["testserver"], ROOT_URLCONF="views")
django.setup()
"""
VIEWS = """
from pathlib import Path
from time import sleep

from django.http import HttpResponse
from django.urls import path


def block():
    sleep(0)
    return HttpResponse("done")


async def blocks(request):
    return block()


async def swallows(request):
    try:
        return block()
    except Exception:
        return HttpResponse("swallowed")


async def keeps(request):
    return HttpResponse("kept")


urlpatterns = [path("blocks/", blocks), path("swallows/", swallows), path("keeps/", keeps)]
"""
TESTS = """
import asyncio
import unittest

import pytest
from django.test import AsyncClient, SimpleTestCase

from gingerdj.safety import BlockingCall, allowed
from views import block


def get(path):
    return asyncio.run(AsyncClient().get(path)).content


def test_without_the_fixture():
    assert get("/swallows/") == b"done"


def test_quiet(guard):
    assert get("/keeps/") == b"kept"


def test_blocks(guard):
    get("/blocks/")


def test_swallows(guard):
    assert get("/swallows/") == b"swallowed"


def test_swallows_and_fails(guard):
    assert get("/swallows/") == b"done"


def test_allowed(guard):
    with allowed():
        assert get("/blocks/") == b"done"


def test_expected(guard):
    with pytest.raises(BlockingCall):
        get("/blocks/")
    assert [hit.call for hit in guard] == ["time.sleep"]
    guard.clear()


@pytest.fixture
def late(guard):
    yield
    get("/swallows/")


def test_in_a_fixture(late):
    pass


@pytest.mark.usefixtures("guard")
class Case(SimpleTestCase):
    async def test_case(self):
        assert (await self.async_client.get("/swallows/")).content == b"swallowed"


class Async(unittest.IsolatedAsyncioTestCase):
    @pytest.fixture(autouse=True)
    def _guard(self, guard):
        pass

    async def test_async(self):
        try:
            block()
        except Exception:
            pass
"""
BLAMED = "views.py:9: time.sleep blocks the event loop, in block: nothing else is served meanwhile."


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What pytest says of that suite."""
    folder = tmp_path_factory.mktemp("suite")
    for name, text in {"conftest.py": CONFTEST, "views.py": VIEWS, "test_site.py": TESTS}.items():
        (folder / name).write_text(text.lstrip())
    ended = python("-m", "pytest", "-v", "-rA", "-p", "no:cacheprovider", folder=folder)
    assert ended.returncode == 1, ended
    return ended.stdout


def outcomes(report: str) -> Mapping[str, str]:
    """How each test ended, by its name."""
    return {name: end for end, name in re.findall(r"^(PASSED|FAILED|ERROR) \S+::(\w+)", report, re.MULTILINE)}


def test_fails_whose_code_blocks(report: str) -> None:
    assert outcomes(report) == {
        "test_without_the_fixture": "PASSED",
        "test_quiet": "PASSED",
        "test_blocks": "FAILED",
        "test_swallows": "FAILED",
        "test_swallows_and_fails": "FAILED",
        "test_allowed": "PASSED",
        "test_expected": "PASSED",
        "test_in_a_fixture": "ERROR",
        "test_case": "FAILED",
        "test_async": "FAILED",
    }


def section(report: str, name: str) -> str:
    """What the report says of one test."""
    parts = re.split(r"^_+ ([^_].*?) _+$", report, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[name]


@pytest.mark.parametrize("name", ["test_swallows", "test_swallows_and_fails", "Case.test_case", "Async.test_async"])
def test_names_the_line_of_what_was_swallowed(report: str, name: str) -> None:
    assert BLAMED in section(report, name)


def test_raises_where_nothing_swallows(report: str) -> None:
    text = section(report, "test_blocks")
    assert f"gingerdj.safety.guard.BlockingCall: {BLAMED}" in text
    assert "Captured blocking" not in text
    assert "Captured blocking" in section(report, "test_swallows_and_fails")


def test_what_a_fixture_does_after_the_test(report: str) -> None:
    assert BLAMED in section(report, "ERROR at teardown of test_in_a_fixture")
