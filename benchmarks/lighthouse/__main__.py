"""Lighthouse's scores of the built guide, page by page, as a table in Markdown.

    python -m benchmarks.lighthouse [--page STEM]... [--language SLUG]... [--times 5]

Performance, accessibility, best practices and search engines, first contentful paint in ms: the median of all runs,
on a simulated phone and on a desktop. The site is built for it, for search engines want whole addresses, and served
as `make serve` does.
The first score depends on what else the machine does: let it be quiet.
Exits with 1 when a page has less than 100 in accessibility, best practices or search engines.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from _ext.build import Build, BuildError, alone
from _ext.languages import LANGUAGES
from benchmarks.lighthouse.program import FOLDER, FORMS, LighthouseError, install, judge
from benchmarks.lighthouse.report import CATEGORIES, Report, middle
from benchmarks.ratio import number
from benchmarks.table import markdown
from tests.built import ROOT, pages, served

if TYPE_CHECKING:
    from collections.abc import Sequence

SITE = FOLDER / "site"
SLUGS = [language.slug for language in LANGUAGES]


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the arguments."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lighthouse", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--page", action="append", default=[], metavar="STEM", help="as servers/uvicorn; all pages")
    parser.add_argument("--language", action="append", default=[], choices=SLUGS, metavar="SLUG", help=", ".join(SLUGS))
    parser.add_argument("--times", type=int, default=5, help="of which the median is taken (5)")
    options = parser.parse_args(arguments)
    for page in options.page:
        if not (ROOT / "docs" / f"{page}.md").exists():
            parser.error(f"no page docs/{page}.md")
    options.language = options.language or SLUGS
    return options


def build(address: str) -> list[str]:
    """Build the guide for an address, and return the stems of its pages; raises BuildError."""
    guide = Build(work=FOLDER / "work", site=SITE, public=f"{address}/")
    with alone(guide.work):
        guide.languages()
        guide.assemble()
    folder = SITE / SLUGS[0]
    stems = (path.parent.relative_to(folder).as_posix() for path in pages(folder))
    return ["index" if stem == "." else stem for stem in stems]


def line(name: str, reports: dict[str, Report]) -> list[str]:
    """Return the cells of a page."""
    cells = [name]
    for report in reports.values():
        cells += ["/".join(f"{report.scores[category]:.0f}" for category in CATEGORIES), number(report.first_paint)]
    return cells


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table as it grows, then what failed; return an exit status."""
    options = parse(arguments)
    header = ["page", *(cell for form in FORMS for cell in (form, "ms"))]
    failed: set[str] = set()
    try:
        install()
        with served(SITE) as address:
            stems = build(address)
            sys.stdout.write(markdown(header, []))
            for name in (f"{slug}/{page}" for slug in options.language for page in options.page or stems):
                target = f"{address}/{name.removesuffix('index').rstrip('/')}/"
                reports = {form: middle([judge(target, form) for _each in range(options.times)]) for form in FORMS}
                sys.stdout.write(f"| {' | '.join(line(name, reports))} |\n")
                sys.stdout.flush()
                failed |= {f"{name}: {audit}" for report in reports.values() for audit in report.failed}
    except (BuildError, LighthouseError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if failed:
        sys.stderr.write("\n".join(sorted(failed)) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
