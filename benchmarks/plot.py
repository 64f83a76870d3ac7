"""The plots of a benchmark, as SVG files: no script, no font and no address in them but the namespace's."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pygal
from pygal.style import Style

from benchmarks.ratio import ratio
from benchmarks.table import BASE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from benchmarks.growth import Point
    from benchmarks.table import Speeds

# pygal adds a finder that only has the method which Python 3.12 dropped; 3.11 warns of it at each import that fails.
sys.meta_path[:] = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]

COLOURS = {
    "Django ASGI": "#9a6700",
    "GingerDJ": "#0a7d4f",
    "Django WSGI": "#5b5fc7",
    "Starlette": "#a0439c",
    "bare ASGI callable": "#6e7781",
}


def style(names: Sequence[str]) -> Style:
    """Return the look of a plot with these contenders: each has one colour in all plots."""
    return Style(
        background="#ffffff",
        plot_background="#ffffff",
        font_family="sans-serif",
        colors=tuple(COLOURS[name] for name in names),
    )


def bars(speeds: Speeds, title: str, path: Path) -> None:
    """Draw how many times as fast as Django's own handler each contender is, row by row, on a logarithmic scale."""
    names = [name for name in COLOURS if name != BASE and any(name in row for row in speeds.values())]
    chart = pygal.HorizontalBar(
        disable_xml_declaration=True,
        js=[],
        style=style(names),
        logarithmic=True,
        title=title,
        x_title=f"times {BASE}",
        height=110 + 70 * len(speeds),
    )
    chart.x_labels = list(speeds)
    for name in names:
        chart.add(name, [ratio(row[name], row[BASE]).median if name in row else None for row in speeds.values()])
    write(chart, path)


def curves(found: Mapping[str, Sequence[Point]], title: str, path: Path) -> None:
    """Draw the requests per second of each contender over the number of clients, both on a logarithmic scale."""
    names = [name for name in COLOURS if name in found]
    chart = pygal.Line(
        disable_xml_declaration=True,
        js=[],
        style=style(names),
        logarithmic=True,
        title=title,
        x_title="clients",
        y_title="requests per second",
    )
    chart.x_labels = [str(point.clients) for point in found[names[0]]]
    for name in names:
        chart.add(name, [point.load.speed or None for point in found[name]])
    write(chart, path)


def write(chart: Any, path: Path) -> None:
    """Write a plot without the script that pygal puts into each, which nothing here needs."""
    chart.add_xml_filter(without_script)
    chart.render_to_file(str(path))


def without_script(root: Any) -> Any:
    """Return the tree of an SVG file without its scripts."""
    for parent in list(root.iter()):
        for script in parent.findall("script"):
            parent.remove(script)
    return root
