"""What the last run of the snippets saw, shown as a quiet mark at each block.

`build/evidence.json` is written by the run and only read here: the build executes nothing, and works without it.
A page that changed since says so; a green mark is never older than the text beside it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, NotRequired, TypedDict

from sphinx.errors import ExtensionError

from _ext import interface, languages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from docutils.nodes import document
    from sphinx.application import Sphinx
    from sphinx.builders.html import StandaloneHTMLBuilder
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

    from _ext.figure import Block

FORMAT = 1
# Stand in front of the others, in this order; the page's own server follows.
PLATFORM = ("python", "django", "gingerdj")
EDITIONS = {"gingerdj": "GingerDJ", "django": "Django"}
NAMES = {"asgiref": "asgiref", "gingerdj": "GingerDJ", "uvicorn-worker": "uvicorn-worker"}

ICONS = {
    state: f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="{path}"/></svg>'
    for state, path in {
        "passed": "M5 13l4.5 4.5L19 7",
        "changed": "M12 6v6l4 2.5M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18z",
        "failed": "M6 6l12 12M18 6L6 18",
    }.items()
}


class Step(TypedDict):
    """One thing that happened in a block; the text of a stranger."""

    output: str
    command: NotRequired[str]
    status: NotRequired[int]
    signal: NotRequired[str]
    cut: NotRequired[int]


class BlockRun(TypedDict):
    """What a run saw of one block."""

    line: int
    kind: str
    sha256: str
    outcome: str
    seconds: float
    steps: NotRequired[list[Step]]


class PageRun(TypedDict):
    """One page, run in one edition."""

    page: str
    edition: str
    sha256: str
    outcome: str
    started: str
    seconds: float
    versions: dict[str, str]
    blocks: list[BlockRun]
    script: NotRequired[str | None]


@dataclass(frozen=True)
class Seen:
    """A block in one run of its page."""

    run: PageRun
    block: BlockRun | None
    """Nothing when the run knew no such block."""

    @property
    def outcome(self) -> str:
        """Return how it went: passed, failed, not reached, unknown."""
        return self.block["outcome"] if self.block else "unknown"


def read(path: Path) -> list[PageRun]:
    """Return all runs of a file, GingerDJ's first; raises ExtensionError for a file of another format."""
    data = json.loads(path.read_bytes())
    if data.get("format") != FORMAT:
        raise ExtensionError(f"{path}: format {data.get('format')!r}, not {FORMAT}: run the snippets again")
    return sorted(data["runs"], key=lambda run: list(EDITIONS).index(run["edition"]))


@cache
def _load(path: Path, digest: str) -> dict[str, list[PageRun]]:
    found: dict[str, list[PageRun]] = {}
    for run in read(path):
        found.setdefault(run["page"], []).append(run)
    return found


def load(config: Config) -> dict[str, list[PageRun]]:
    """Return the runs of each page; raises ExtensionError for a file of another format."""
    # The file is looked at once in a build: it is large, and every block asks.
    return _load(Path(config.evidence_file), config.evidence_digest) if config.evidence_digest else {}


def runs(config: Config, page: str) -> list[PageRun]:
    """Return the runs of one page, GingerDJ's first."""
    return load(config).get(page, [])


def mark(builder: StandaloneHTMLBuilder, node: Block) -> str:
    """Return the mark of a block as HTML; nothing when no run is known."""
    page = builder.current_docname
    found = [run for run in runs(builder.config, page) if node["edition"] in {"", run["edition"]}]
    seen = [Seen(run, _find(run, node)) for run in found]
    if not seen:
        return ""
    assert node.document is not None
    state, summary = _summary(seen, builder.config, stale=any(changed(each.run, node.document) for each in seen))
    rows = "".join(_row(each, builder.config) for each in seen)
    _ = interface.words(builder.config).gettext
    # In a variable, because Babel does not look into f-strings.
    said = _("Run it again, from a checkout:")
    line = again(page, edition=node["edition"], until=node.line)
    return (
        f'<details class="evidence evidence-{state}"><summary title="{escape(summary)}">{ICONS[state]}'
        f'<span class="evidence-summary">{escape(summary)}</span></summary>'
        f'<div class="evidence-runs">{rows}'
        f'<p>{escape(said)} <code class="again" translate="no">{escape(line)}</code></p>'
        "</div></details>"
    )


def changed(run: PageRun, doctree: document) -> bool:
    """Tell whether a page has changed since a run of it."""
    return run["sha256"] != _digest(Path(doctree["source"]))


def again(page: str, *, edition: str = "", until: int | None = None) -> str:
    """Return the line that runs a page again, in an edition or both, up to the block at a line or to its end."""
    name = f"{page}-{edition}" if edition else page
    stop = f" --until {until}" if until else ""
    return f".venv/bin/python -m pytest -qq -k {name}{stop} tests/test_docs.py"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _find(run: PageRun, node: Block) -> BlockRun | None:
    same = [block for block in run["blocks"] if (block["kind"], block["sha256"]) == (node["kind"], node["sha256"])]
    here = [block for block in same if block["line"] == node.line]
    return next(iter(here or same), None)


def _summary(seen: list[Seen], config: Config, *, stale: bool) -> tuple[str, str]:
    _ = interface.words(config).gettext
    when = {"date": date(min(each.run["started"] for each in seen), config)}
    found = {each.outcome for each in seen}
    if stale or "unknown" in found:
        return "changed", _("Changed since its last run, %(date)s") % when
    if "failed" in found:
        return "failed", _("Failed on %(date)s") % when
    if "not reached" in found:
        return "failed", _("Not reached on %(date)s") % when
    if "not run" in found:
        return "changed", _("Not run on %(date)s") % when
    return "passed", _("Ran on %(date)s") % when


def outcomes(config: Config) -> dict[str, str]:
    """Return the words for how a block went."""
    _ = interface.words(config).gettext
    return {
        "passed": _("ran"),
        "failed": _("failed"),
        "not reached": _("not reached"),
        "not run": _("not run"),
        "unknown": _("not in that run"),
    }


def _row(seen: Seen, config: Config) -> str:
    _ = interface.words(config).gettext
    outcome = outcomes(config)[seen.outcome]
    started = seen.run["started"]
    log = ""
    if seen.block and seen.block.get("steps"):
        # The log is large: it has a page of its own, below this one.
        href = f"run/{seen.run['edition']}/#line-{seen.block['line']}"
        said = _("What it printed")
        log = f' · <a href="{href}">{escape(said)}</a>'
    # Middle dots, because commas and colons differ from language to language.
    return (
        f"<p><strong>{EDITIONS[seen.run['edition']]}</strong> · {escape(outcome)} · "
        f'<time datetime="{escape(started)}">{escape(date(started, config))}</time>{log}<br>'
        f'<span translate="no">{escape(versions(seen.run))}</span></p>'
    )


def date(started: str, config: Config) -> str:
    """Return the day of a time in ISO 8601, as readers of the language write it."""
    return day(dt.datetime.fromisoformat(started), config)


def day(time: dt.date, config: Config) -> str:
    """Return a day as readers of the language write it."""
    return languages.find(config.language).day(time)


def versions(*runs: PageRun) -> str:
    """Return what runs ran on, the platform first; where they differ, all versions of a package."""
    found: dict[str, set[str]] = {}
    for run in runs:
        for package, version in run["versions"].items():
            found.setdefault(package, set()).add(version)
    joined = {package: "/".join(sorted(versions)) for package, versions in found.items()}
    return ", ".join(f"{_name(package)} {version}" for package, version in _ordered(joined))


def _name(package: str) -> str:
    return NAMES.get(package, package.capitalize())


def _ordered(versions: dict[str, str]) -> list[tuple[str, str]]:
    first = [(name, versions[name]) for name in PLATFORM if name in versions]
    return first + sorted((name, version) for name, version in versions.items() if name not in PLATFORM)


def _changed_pages(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Return the pages whose evidence is not what it was when they were last written."""
    found = load(app.config)
    now = {page: hashlib.sha256(json.dumps(found[page], sort_keys=True).encode()).hexdigest() for page in found}
    before: dict[str, str] = getattr(env, "evidence_digests", {})
    env.evidence_digests = now  # type: ignore[attr-defined]  # an extension's own state, kept with the environment
    return sorted(page for page in env.found_docs if now.get(page) != before.get(page))


def _look(app: Sphinx, config: Config) -> None:
    config.evidence_digest = _digest(Path(config.evidence_file))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Write a page again when its evidence changed."""
    app.add_config_value("evidence_file", "", "html", types=(str,))
    app.add_config_value("evidence_digest", "", "", types=(str,))
    app.connect("config-inited", _look)
    app.connect("env-updated", _changed_pages)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
