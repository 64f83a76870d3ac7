"""What static hosts want beside the pages: `_headers`, which Pages-type hosts read, and `.nojekyll`.

Such a host joins the values of a header that several of its rules give with a comma, so no two rules with
Cache-Control may match the same address. It sees the path of an address, not its query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from _ext import policy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEADERS = "_headers"
NO_JEKYLL = ".nojekyll"
REVALIDATE = "no-cache"
"""Keep it, and ask with its ETag each time whether it is still the same."""
IMMUTABLE = "public, max-age=31536000, immutable"
"""Keep it for a year and do not ask."""

VERSIONED = frozenset({"site.css", "site.js"})
"""The files of `_static` whose checksum stands in the query of every link to them, as Sphinx writes it."""
HASHED_FOLDERS = frozenset({"fragment", "index"})
"""Pagefind names each file in these by its content,"""
HASHED_SUFFIX = ".pf_meta"
"""and each of these."""


def write(site: Path) -> None:
    """Write both files into a site that is complete but for them."""
    rules = {"/*": policy.HEADERS, **{pattern: {"Cache-Control": value} for pattern, value in caching(site).items()}}
    blocks = (
        "\n".join((pattern, *(f"  {name}: {value}" for name, value in rules[pattern].items()))) for pattern in rules
    )
    (site / HEADERS).write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
    # Without it, a host that runs Jekyll leaves out all folders that begin with an underscore.
    (site / NO_JEKYLL).touch()


def caching(site: Path) -> dict[str, str]:
    """Return Cache-Control by pattern: each address of the site matches exactly one of them."""
    return {pattern: IMMUTABLE if lasts else REVALIDATE for pattern, lasts in patterns(site, site)}


def patterns(site: Path, folder: Path) -> Iterator[tuple[str, bool]]:
    """Yield the patterns for a folder, and whether what they match never changes: one where all of it is alike."""
    files = {path: immutable(site, path) for path in sorted(folder.rglob("*")) if path.is_file()}
    if folder != site and len(set(files.values())) == 1:
        yield f"{address(site, folder)}/*", next(iter(files.values()))
        return
    for path, lasts in files.items():
        if path.parent == folder and path.name not in (HEADERS, NO_JEKYLL):
            yield address(site, path), lasts
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield from patterns(site, path)


def immutable(site: Path, path: Path) -> bool:
    """Return whether a file's content belongs to its address for ever: another content gets another address."""
    top, *_ = path.relative_to(site).parts
    if top == "pagefind":
        return path.parent.name in HASHED_FOLDERS or path.suffix == HASHED_SUFFIX
    return path.parent.name == "_static" and path.name in VERSIONED


def address(site: Path, path: Path) -> str:
    """Return where a file or folder is asked for, from the root of what is uploaded."""
    return f"/{path.relative_to(site).as_posix()}".removesuffix("index.html")
