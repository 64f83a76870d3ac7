"""Compares an outcome with the differences that are accepted: ``accepted.toml``."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.django_suite.runs import within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.django_suite.runs import Outcome

ACCEPTED = Path(__file__).with_name("accepted.toml")
CONDITIONS = {"root": lambda: os.geteuid() == 0}
"""What an entry may name as ``when``: something of the machine that Django's tests trip over."""


@dataclass(frozen=True)
class Accepted:
    """Tests that fail for one reason."""

    reason: str
    tests: tuple[str, ...]
    modes: tuple[str, ...]
    django: tuple[str, ...] = ()
    """The series of Django whose test it is, such as ``5.2``; empty: all."""
    when: str = ""

    def holds(self, mode: str, version: str) -> bool:
        """Whether the entry is about this run."""
        series = ".".join(version.split(".")[:2])
        return (
            mode in self.modes
            and (not self.django or series in self.django)
            and (not self.when or CONDITIONS[self.when]())
        )


def accepted(text: str) -> list[Accepted]:
    """The entries of an ``accepted.toml``; raises ValueError for one without a reason or with a repeated test."""
    entries = [
        Accepted(
            entry["reason"],
            tuple(entry["tests"]),
            tuple(entry["modes"]),
            tuple(entry.get("django", ())),
            entry.get("when", ""),
        )
        for entry in tomllib.loads(text)["accepted"]
    ]
    for entry in entries:
        if not entry.reason.strip() or not entry.tests or not entry.modes:
            raise ValueError(f"an accepted difference needs a reason, tests and modes: {entry}")
    return entries


def problems(
    outcome: Outcome, entries: Sequence[Accepted], mode: str, version: str, labels: Sequence[str]
) -> dict[str, str]:
    """What is wrong with a run, by test: an unlisted failure, or a listed test that passes or does not exist."""
    listed = {test: entry for entry in entries if entry.holds(mode, version) for test in entry.tests}
    found = {test: text for test, text in outcome.failed.items() if test not in listed}
    for test, entry in listed.items():
        if test in outcome.passed:
            found[test] = f"passes, and is listed as an accepted difference: {entry.reason}\n"
        elif test not in outcome.ran and test not in outcome.failed and any(within(test, label) for label in labels):
            found[test] = f"does not exist, and is listed as an accepted difference: {entry.reason}\n"
    return found


def cause(text: str) -> str:
    """The line of a traceback that names the exception; it is the first after the frames, which are indented."""
    lines = text.rpartition("Traceback (most recent call last):")[2].strip("\n").splitlines()
    return next((line for line in lines if line.strip() and not line.startswith(" ")), text)[:200]


def grouped(found: dict[str, str]) -> str:
    """Problems for people: one traceback for each cause, and the tests that it fails."""
    causes: dict[str, list[str]] = {}
    for test, text in sorted(found.items()):
        causes.setdefault(cause(text), []).append(test)
    parts = []
    for line, tests in sorted(causes.items(), key=lambda item: -len(item[1])):
        shown = "\n".join(found[tests[0]].rstrip().splitlines()[-14:])
        parts.append(f"== {len(tests)} × {line}\n" + "\n".join(f"   {test}" for test in tests) + f"\n{shown}\n")
    return "\n".join(parts)
