"""The files for static hosts in the built site: what the headers say of which address, and that it holds."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest

from _ext import hosting, policy
from tests.built import attribute, pages, read

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ("tests.site_fixtures",)
pytestmark = pytest.mark.site

RULES = 100
"""How many a host of this kind takes,"""
LINE = 2000
"""and how many characters in a line."""
HASHED = re.compile(r"/(?:pagefind\.)?[a-z-]+_[0-9a-f]{7,}\.pf_[a-z]+")


@pytest.fixture(scope="module")
def rules(real_site: Path) -> dict[str, dict[str, str]]:
    """The headers by pattern, read as a host reads them; each pattern and each name in it stands once."""
    found: dict[str, dict[str, str]] = {}
    for line in (real_site / "_headers").read_text(encoding="utf-8").splitlines():
        assert len(line) <= LINE
        if line.startswith("/"):
            assert line not in found
            found[line] = headers = {}
        elif line:
            assert line.startswith("  ")
            name, separator, value = line.strip().partition(": ")
            assert separator
            assert value
            assert name not in headers
            headers[name] = value
    return found


def matches(pattern: str, address: str) -> bool:
    """Return whether a rule is for an address: a `*` stands for anything at the pattern's end."""
    return address.startswith(pattern[:-1]) if pattern.endswith("*") else address == pattern


def addresses(site: Path) -> dict[str, Path]:
    """Return the files of a site by the address they are asked for."""
    own = {site / hosting.HEADERS, site / hosting.NO_JEKYLL}
    files = (path for path in site.rglob("*") if path.is_file() and path not in own)
    return {f"/{path.relative_to(site).as_posix()}".removesuffix("index.html"): path for path in files}


def caching(rules: dict[str, dict[str, str]], address: str) -> list[str]:
    """Return every Cache-Control that an address gets: a host joins them."""
    found = (headers for pattern, headers in rules.items() if matches(pattern, address))
    return [headers["Cache-Control"] for headers in found if "Cache-Control" in headers]


def test_every_address_gets_the_policy(rules: dict[str, dict[str, str]]) -> None:
    assert rules["/*"] == policy.HEADERS
    assert policy.HEADERS["Content-Security-Policy"] == policy.CONTENT_SECURITY_POLICY
    assert all(list(headers) == ["Cache-Control"] for pattern, headers in rules.items() if pattern != "/*")


def test_a_host_takes_all_rules(rules: dict[str, dict[str, str]]) -> None:
    assert len(rules) <= RULES
    assert all(pattern.count("*") <= 1 and "*" not in pattern[:-1] for pattern in rules)


def test_every_pattern_is_for_a_file_that_exists(real_site: Path, rules: dict[str, dict[str, str]]) -> None:
    known = addresses(real_site)
    assert [pattern for pattern in rules if not any(matches(pattern, each) for each in known)] == []


def test_every_address_is_told_once_how_to_be_kept(real_site: Path, rules: dict[str, dict[str, str]]) -> None:
    allowed = ([hosting.REVALIDATE], [hosting.IMMUTABLE])
    assert [each for each in addresses(real_site) if caching(rules, each) not in allowed] == []


def test_pages_are_asked_for_each_time(real_site: Path, rules: dict[str, dict[str, str]]) -> None:
    known = addresses(real_site)
    assert {each for each in known if each.endswith((".html", "/"))} >= {
        "/",
        "/404.html",
        "/en/",
        "/pt-br/servers/uvicorn/",
    }
    assert all(caching(rules, each) == [hosting.REVALIDATE] for each in known if each.endswith((".html", "/", ".md")))


def test_what_is_kept_for_a_year_has_its_content_in_its_address(
    real_site: Path, rules: dict[str, dict[str, str]]
) -> None:
    kept = {each: path for each, path in addresses(real_site).items() if caching(rules, each) == [hosting.IMMUTABLE]}
    versioned = {each for each in kept if "/_static/" in each}
    assert {each for each in kept if not HASHED.search(each)} == versioned
    assert kept.keys() > versioned > set()
    linked = set()
    for page in pages(real_site):
        for element in read(page).select("link[href], script[src], img[src]"):
            target = urljoin(f"/{page.relative_to(real_site)}", attribute(element, "href") or attribute(element, "src"))
            address = urlsplit(target)
            if address.path in versioned:
                content = kept[address.path].read_bytes().replace(b"\r", b"")
                assert parse_qs(address.query) == {"v": [f"{zlib.crc32(content):08x}"]}, f"{page}: {target}"
                linked.add(address.path)
    assert linked == versioned


def test_jekyll_leaves_the_static_files_alone(real_site: Path) -> None:
    assert (real_site / hosting.NO_JEKYLL).read_bytes() == b""
