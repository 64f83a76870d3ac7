"""The routes of a URLconf, one after another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import URLPattern, URLResolver

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def below(patterns: Iterable[URLPattern | URLResolver], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Each route below these patterns, with its view. Raises what a URLconf raises that they include."""
    for pattern in patterns:
        route = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from below(pattern.url_patterns, route)
        else:
            yield route, pattern.callback
