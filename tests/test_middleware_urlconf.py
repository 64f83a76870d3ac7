"""Whether resolving a path runs code of the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.http import HttpRequest
from django.test import override_settings
from django.urls import get_resolver, path, re_path, set_urlconf
from django.urls.resolvers import URLPattern, URLResolver
from django.utils.functional import lazy

from gingerdj.middleware import urlconf
from tests import twins_project as project
from tests.twins import Stage

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The project, with its settings."""
    with Stage(tmp_path_factory.mktemp("urlconf")).open() as stage:
        yield stage


class OwnPattern(URLPattern):
    """A pattern of the project."""


class OwnResolver(URLResolver):
    """A resolver of the project."""


def looked_at(*patterns: object) -> str:
    """The name of a URLconf with these patterns, which a request has led to already."""
    name = project.module("looked_at", urlpatterns=[*project.plain_urls, *patterns])
    assert get_resolver(name).url_patterns
    return name


@pytest.fixture(autouse=True)
def no_resolvers_are_kept() -> Iterator[None]:
    """Each test has its own URLconf, under one name."""
    with override_settings(ROOT_URLCONF=project.PLAIN):
        yield


def test_djangos_patterns_and_converters() -> None:
    assert urlconf.plain(looked_at(*project.prefixed(path("welcome/", project.view))))


even = path("<even:number>/", project.view)
OWN: dict[str, Any] = {
    "converter": even,
    "converter inside": URLResolver(path("a/", project.view).pattern, [even]),
    "pattern": OwnPattern(path("b/", project.view).pattern, project.view),
    "resolver": OwnResolver(path("c/", project.view).pattern, [path("d/", project.view)]),
    "lazy route": path(lazy(project.today, str)(), project.view),
    "lazy expression": re_path(lazy(project.today, str)(), project.view),
    "module inside that nobody has imported": URLResolver(path("e/", project.view).pattern, project.PLAIN),
}


@pytest.mark.parametrize("pattern", OWN.values(), ids=OWN)
def test_what_may_run_code_of_the_project(pattern: object) -> None:
    assert not urlconf.plain(looked_at(pattern))


def test_module_that_nobody_has_imported() -> None:
    name = project.module("not_looked_at", urlpatterns=project.plain_urls)
    assert not urlconf.plain(name)
    assert get_resolver(name).url_patterns
    assert urlconf.plain(name)


def test_urlconf_that_cannot_be_hashed() -> None:
    assert not urlconf.plain([])


def test_none_is_the_active_one() -> None:
    set_urlconf(looked_at(even))
    try:
        assert not urlconf.plain(None)
        set_urlconf(None)
        assert get_resolver().url_patterns
        assert urlconf.plain(None)
    finally:
        set_urlconf(None)


@pytest.mark.parametrize(("given", "append", "asked"), [("/a", True, True), ("/a/", True, False), ("/a", False, False)])
def test_only_a_path_without_a_slash_is_looked_up(given: str, append: bool, asked: bool) -> None:
    request: Any = HttpRequest()
    request.path_info, request.urlconf = given, looked_at(even)
    with override_settings(APPEND_SLASH=append):
        assert urlconf.slash_is_looked_up(request) == asked
