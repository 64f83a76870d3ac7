"""The list of all pages that stands beside each page.

Sphinx makes it anew for each page, from the tables of contents of all of them. Ours is made by Sphinx once, as the
first page has it; what differs on another page is where its links lead from there, and what is marked as current.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LINK = re.compile(r'<a class="reference internal" href="([^"]*)">')
TAG = re.compile(rf'({LINK.pattern.replace("(", "(?:")}|</?(?:ul|li)(?: class="[^"]*")?>)')


class Navigation:
    """The list, ready to be shown on any page."""

    def __init__(self, html: str, pages: Mapping[str, str]) -> None:
        """Take the list apart as the first page has it; `pages` are their names by the addresses in it."""
        self._parts = TAG.split(html)
        self._links: dict[int, str] = {}
        self._around: dict[str, list[int]] = {}
        opened: list[int] = []
        for number, part in enumerate(self._parts):
            if link := LINK.fullmatch(part):
                self._links[number] = pages[link[1]]
                self._around[pages[link[1]]] = [*opened, number]
            elif part in {"</ul>", "</li>"}:
                opened.pop()
            elif part.startswith(("<ul", "<li")):
                opened.append(number)

    def seen_from(self, page: str, address: Callable[[str], str]) -> str:
        """Return the list as HTML for a page, from which `address` tells the way to each other."""
        parts = [*self._parts]
        for number, other in self._links.items():
            parts[number] = f'<a class="reference internal" href="{address(other) or "#"}">'
        for number in self._around.get(page, []):
            parts[number] = _current(parts[number])
        return "".join(parts)


def _current(tag: str) -> str:
    """Return the tag of what is, or holds, the page itself, with its classes in Sphinx's order."""
    if tag.startswith("<a"):
        return tag.replace('class="', 'class="current ', 1)
    return tag.replace('">', ' current">') if "class" in tag else tag.replace(">", ' class="current">')
