"""What the page says beside what came.

Expected output is literal. What really varies stands as one of five typed words, each a narrow pattern; nothing else
is a wildcard, so that none can hide an error. Only the standard library: the doctest runner imports this module inside
the sandbox.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WEEKDAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
MONTH_NAME = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
CLOCK = r"\d{2}:\d{2}:\d{2}"
DATES = (
    rf"{WEEKDAY}, \d{{2}} {MONTH} \d{{4}} {CLOCK} GMT",  # RFC 9110, section 5.6.7
    rf"\d{{4}}-\d{{2}}-\d{{2}}(?:[ T]{CLOCK}(?:[.,]\d{{1,6}})?(?: ?[+-]\d{{2}}:?\d{{2}}|Z)?)?",  # ISO 8601
    rf"\d{{2}}/{MONTH}/\d{{4}}[: ]{CLOCK}(?: [+-]\d{{4}})?",  # the common log format
    rf"{MONTH_NAME} \d{{2}}, \d{{4}} - {CLOCK}",  # Django's runserver
)
WILDCARDS = {
    "<date>": "(?:" + "|".join(DATES) + ")",
    "<duration>": r"\d+(?:\.\d+)?",  # a number; its unit is literal
    "<pid>": r"[1-9]\d{0,6}",
    "<port>": r"[1-9]\d{3,4}",
    "<version>": r"\d+(?:\.\d+){1,3}(?:(?:a|b|rc|\.post|\.dev)\d+)?",
}
WILDCARD = re.compile("(" + "|".join(WILDCARDS) + ")")


def pattern(line: str) -> re.Pattern[str]:
    """The pattern of an expected line: literal but for its wildcards."""
    return re.compile("".join(WILDCARDS.get(piece) or re.escape(piece) for piece in WILDCARD.split(line)))


def lines_of(output: str) -> list[str]:
    """Output as a terminal shows it: CRLF ends a line; white space at line ends, blank lines at the end do not show."""
    lines = [line.rstrip() for line in output.replace("\r\n", "\n").split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def matches(expected: Sequence[str], actual: Sequence[str], *, unordered: bool = False) -> bool:
    """Whether the lines are those expected; ``unordered`` takes them in any order, each as often as it stands."""
    if len(expected) != len(actual):
        return False
    if not unordered:
        return all(pattern(line.rstrip()).fullmatch(came) for line, came in zip(expected, actual, strict=True))
    return len(paired(expected, actual)) == len(expected)


def paired(expected: Sequence[str], actual: Sequence[str]) -> dict[int, int]:
    """For lines in any order: the place of each expected line that came, with the place of the line that it matches."""
    left = dict(enumerate(actual))
    pairs = {}
    # The narrowest lines first: a literal line never loses its partner to a wildcard.
    for place in sorted(range(len(expected)), key=lambda place: wildcards(expected[place])):
        line = pattern(expected[place].rstrip())
        partner = next((number for number, text in left.items() if line.fullmatch(text)), None)
        if partner is not None:
            pairs[place] = partner
            del left[partner]
    return pairs


def wildcards(line: str) -> int:
    """How many wildcards a line holds."""
    return len(WILDCARD.findall(line))


def generalise(line: str) -> str:
    """A line of real output with its dates as wildcards: all that can be told from the text alone."""
    return re.sub(WILDCARDS["<date>"], "<date>", line)
