"""The options of `{file}` and `{terminal}`: the lines before the first blank line of the block.

MyST would read any leading line that starts with `:` or `---` as an option, so a Caddyfile or a YAML file could
lose its head. Our directives declare no options to it and read them here, where the blank line always decides.
"""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

OPTION = re.compile(r":(?P<name>[a-z]+):(?:[ ](?P<value>.*))?$")


class OptionError(ValueError):
    """A wrong option; `line` counts from the block's opening fence."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Block:
    """A directive's text, taken apart."""

    content: str
    """What the reader sees and the engine runs: LF, one newline at the end; or nothing at all."""
    options: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Option:
    """What an option takes."""

    accepts: Callable[[str], bool]
    takes: str
    """The same in words, for whoever wrote something else."""


def is_number(value: str, *, least: int, most: int) -> bool:
    """Tell whether a value is a whole number between two others."""
    return value.isascii() and value.isdigit() and least <= int(value) <= most


def is_terminal(value: str) -> bool:
    """Tell whether a value can name a terminal."""
    return re.fullmatch(r"[a-z][a-z0-9-]*", value) is not None


def is_measurement(value: str) -> bool:
    """Tell whether a value can be the key of a measurement."""
    return re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", value) is not None


REASON = Option(bool, "the reason, which is printed")
NAME = Option(is_terminal, "one lower-case word")
FILE = {"norun": REASON}
TERMINAL = {
    "exit": Option(lambda value: is_number(value, least=0, most=255), "an exit status, 0 to 255"),
    "limit": Option(lambda value: is_number(value, least=1, most=3600), "whole seconds, 1 to 3600"),
    "measure": Option(is_measurement, "a key: lower-case words joined by dots"),
    "name": NAME,
    "norun": REASON,
    "ready": Option(
        lambda value: is_number(value, least=1, most=65535) or value.endswith(".sock"),
        "a port, or the path of a socket that ends in .sock",
    ),
    "signal": Option(
        lambda value: value == "none" or f"SIG{value}" in signal.Signals.__members__,
        "a signal's name without SIG, or none",
    ),
    "stop": NAME,
    "unordered": Option(lambda value: not value, "no value"),
}
NEEDS = {"ready": "name", "signal": "stop"}


def parse(body: str, allowed: dict[str, Option]) -> Block:
    """Take the text between two fences apart.

    Raises OptionError for an option that is unknown, repeated, wrong or without the one it needs, and for a block
    without content: only a terminal that stops may have nothing more to say.
    """
    head, _, content = f"\n{body}".partition("\n\n")
    options: dict[str, str] = {}
    for line, entry in enumerate(head.removesuffix("\n").split("\n")[1:], start=1):
        name, value = _option(entry, line, allowed)
        if name in options:
            raise OptionError(f":{name}: stands twice", line)
        options[name] = value
    if not content.strip() and "stop" not in options:
        raise OptionError("no content after a blank line", 0)
    if content.startswith("\n"):
        raise OptionError("the content starts with a second blank line", 0)
    for name, needed in NEEDS.items():
        if name in options and needed not in options:
            raise OptionError(f":{name}: needs :{needed}:", 0)
    return Block(content.rstrip("\n") + "\n" if content.strip() else "", options)


def _option(entry: str, line: int, allowed: dict[str, Option]) -> tuple[str, str]:
    match = OPTION.fullmatch(entry.rstrip())
    if match is None:
        raise OptionError(f"{entry!r} is no option, and content starts after a blank line", line)
    name, value = match["name"], (match["value"] or "").strip()
    if name not in allowed:
        raise OptionError(f"no option :{name}: (there are {', '.join(sorted(allowed))})", line)
    if not allowed[name].accepts(value):
        raise OptionError(f":{name}: takes {allowed[name].takes}, not {value!r}", line)
    return name, value
