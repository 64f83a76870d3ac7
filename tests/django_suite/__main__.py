"""``python -m tests.django_suite --mode chain --all``: exits with 1 where a test does what is not accepted."""

from __future__ import annotations

import argparse
import signal
import sys
import tomllib
from dataclasses import replace
from importlib import metadata
from pathlib import Path

from tests.django_suite import runs, verdict


def labels(every: bool) -> list[str]:
    """The labels that ``make test`` runs, or every label."""
    lists = tomllib.loads(Path(__file__).with_name("labels.toml").read_text(encoding="utf-8"))
    found: list[str] = lists["all"] if every else lists["fast"]
    return found


def main() -> int:
    """Run one mode and print what is wrong; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.django_suite", description="Django's tests, our handler.")
    parser.add_argument("labels", nargs="*", help="Django's test labels; the fast list without any")
    parser.add_argument("--mode", choices=runs.MODES, action="append", help="may be repeated; asgi and chain without")
    parser.add_argument("--all", action="store_true", help="every label, as in CI")
    parser.add_argument("--handler", help="another handler class for the mode, by its dotted path")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--limit", type=float, default=3000, help="seconds for each mode")
    options = parser.parse_args()
    # Leave as after Ctrl-C, so that what runs in a session of its own is ended too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    chosen = options.labels or labels(options.all)
    entries = verdict.accepted(verdict.ACCEPTED.read_text(encoding="utf-8"))
    version = metadata.version("django")
    status = 0
    for name in options.mode or ["asgi", "chain"]:
        mode = runs.MODES[name]
        if options.handler:
            mode = replace(mode, handler=options.handler)
        outcome = runs.run(mode, chosen, workers=options.workers, limit=options.limit)
        found = verdict.problems(outcome, entries, name, version, chosen)
        counts = f"{len(outcome.ran)} tests, {len(outcome.skipped)} skipped, {len(outcome.failed)} failed"
        print(f"{name}, Django {version}: {counts}, {len(found)} not as accepted", flush=True)
        print(verdict.grouped(found), end="")
        status |= bool(found)
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
