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


def flag(value: str) -> bool:
    """Accept an option that has no value."""
    return not value


def text(value: str) -> bool:
    """Accept any value."""
    return bool(value)


def exit_status(value: str) -> bool:
    """Accept an exit status as a shell reports it: 0 to 255."""
    return value.isascii() and value.isdigit() and int(value) <= 255


def terminal_name(value: str) -> bool:
    """Accept the name of a terminal: one lower-case word."""
    return re.fullmatch(r"[a-z][a-z0-9-]*", value) is not None


def readiness(value: str) -> bool:
    """Accept a TCP port or the path of a Unix socket."""
    if value.isascii() and value.isdigit():
        return 0 < int(value) < 65536
    return value.endswith(".sock")


def signal_name(value: str) -> bool:
    """Accept a signal's name without SIG."""
    return f"SIG{value}" in signal.Signals.__members__


def measurement(value: str) -> bool:
    """Accept the key of a measurement: words joined by dots."""
    return re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", value) is not None


def seconds(value: str) -> bool:
    """Accept a limit: whole seconds above zero."""
    return value.isascii() and value.isdigit() and int(value) > 0


FILE: dict[str, Callable[[str], bool]] = {"norun": text}
TERMINAL: dict[str, Callable[[str], bool]] = {
    "exit": exit_status,
    "limit": seconds,
    "measure": measurement,
    "name": terminal_name,
    "norun": text,
    "ready": readiness,
    "signal": signal_name,
    "stop": terminal_name,
    "unordered": flag,
}
NEEDS = {"ready": "name", "signal": "stop"}


def parse(body: str, allowed: dict[str, Callable[[str], bool]]) -> Block:
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


def _option(entry: str, line: int, allowed: dict[str, Callable[[str], bool]]) -> tuple[str, str]:
    match = OPTION.fullmatch(entry.rstrip())
    if match is None:
        raise OptionError(f"{entry!r} is no option, and content starts after a blank line", line)
    name, value = match["name"], (match["value"] or "").strip()
    if name not in allowed:
        raise OptionError(f"no option :{name}: (there are {', '.join(sorted(allowed))})", line)
    if not allowed[name](value):
        raise OptionError(f":{name}: can't be {value!r}: {allowed[name].__doc__}", line)
    return name, value
