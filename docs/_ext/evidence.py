"""What the last run of the snippets saw, shown as a quiet mark at each block.

`build/evidence.json` is written by the run and only read here: the build executes nothing, and works without it.
A page that changed since says so; a green mark is never older than the text beside it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from babel.dates import format_date
from sphinx.errors import ExtensionError

from _ext import interface, languages

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx
    from sphinx.builders.html import StandaloneHTMLBuilder
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

    from _ext.figure import Block

FORMAT = 1
# Stand in front of the others, in this order; the page's own server follows.
PLATFORM = ("python", "django", "gingerdj")
NAMES = {"asgiref": "asgiref", "gingerdj": "GingerDJ", "uvicorn-worker": "uvicorn-worker"}

ICONS = {
    state: f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="{path}"/></svg>'
    for state, path in {
        "passed": "M5 13l4.5 4.5L19 7",
        "changed": "M12 6v6l4 2.5M12 3a9 9 0 1 0 0 18a9 9 0 0 0 0-18z",
        "failed": "M6 6l12 12M18 6L6 18",
    }.items()
}


class BlockRun(TypedDict):
    """What a run saw of one block."""

    line: int
    kind: str
    sha256: str
    outcome: str


class PageRun(TypedDict):
    """One page, run in one edition."""

    page: str
    edition: str
    sha256: str
    started: str
    versions: dict[str, str]
    blocks: list[BlockRun]


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


@cache
def _load(path: Path, digest: str) -> dict[str, list[PageRun]]:
    data = json.loads(path.read_bytes())
    if data.get("format") != FORMAT:
        raise ExtensionError(f"{path}: format {data.get('format')!r}, not {FORMAT}: run the snippets again")
    runs: dict[str, list[PageRun]] = {}
    for run in data["runs"]:
        runs.setdefault(run["page"], []).append(run)
    return runs


def load(path: Path) -> dict[str, list[PageRun]]:
    """Return the runs of each page; raises ExtensionError for a file of another format."""
    if not path.is_file():
        return {}
    return _load(path, hashlib.sha256(path.read_bytes()).hexdigest())


def mark(builder: StandaloneHTMLBuilder, node: Block) -> str:
    """Return the mark of a block as HTML; nothing when no run is known."""
    page = builder.current_docname
    runs = load(Path(builder.config.evidence_file)).get(page, [])
    seen = [Seen(run, _find(run, node)) for run in runs if node["edition"] in {"", run["edition"]}]
    if not seen:
        return ""
    source = Path(builder.env.doc2path(page)).read_bytes()
    changed = any(each.run["sha256"] != hashlib.sha256(source).hexdigest() for each in seen)
    state, summary = _summary(seen, builder.config, changed=changed)
    rows = "".join(_row(each, builder.config) for each in seen)
    return (
        f'<details class="evidence evidence-{state}"><summary title="{escape(summary)}">{ICONS[state]}'
        f'<span class="evidence-summary">{escape(summary)}</span></summary>'
        f'<div class="evidence-runs">{rows}</div></details>'
    )


def _find(run: PageRun, node: Block) -> BlockRun | None:
    same = [block for block in run["blocks"] if (block["kind"], block["sha256"]) == (node["kind"], node["sha256"])]
    here = [block for block in same if block["line"] == node.line]
    return next(iter(here or same), None)


def _summary(seen: list[Seen], config: Config, *, changed: bool) -> tuple[str, str]:
    _ = interface.words(config).gettext
    date = {"date": _date(min(each.run["started"] for each in seen), config)}
    outcomes = {each.outcome for each in seen}
    if changed or "unknown" in outcomes:
        return "changed", _("Changed since its last run, %(date)s") % date
    if "failed" in outcomes:
        return "failed", _("Failed on %(date)s") % date
    if "not reached" in outcomes:
        return "failed", _("Not reached on %(date)s") % date
    return "passed", _("Ran on %(date)s") % date


def _row(seen: Seen, config: Config) -> str:
    _ = interface.words(config).gettext
    outcome = {
        "passed": _("ran"),
        "failed": _("failed"),
        "not reached": _("not reached"),
        "unknown": _("not in that run"),
    }[seen.outcome]
    edition = {"gingerdj": "GingerDJ", "django": "Django"}[seen.run["edition"]]
    started = seen.run["started"]
    versions = ", ".join(f"{_name(package)} {version}" for package, version in _ordered(seen.run["versions"]))
    # Middle dots, because commas and colons differ from language to language.
    return (
        f"<p><strong>{escape(edition)}</strong> · {escape(outcome)} · "
        f'<time datetime="{escape(started)}">{escape(_date(started, config))}</time><br>'
        f'<span translate="no">{escape(versions)}</span></p>'
    )


def _date(started: str, config: Config) -> str:
    language = languages.find(config.language)
    return format_date(datetime.fromisoformat(started), language.date_format, locale=language.sphinx)


def _name(package: str) -> str:
    return NAMES.get(package, package.capitalize())


def _ordered(versions: dict[str, str]) -> list[tuple[str, str]]:
    first = [(name, versions[name]) for name in PLATFORM if name in versions]
    return first + sorted((name, version) for name, version in versions.items() if name not in PLATFORM)


def _changed_pages(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Return the pages whose evidence is not what it was when they were last written."""
    runs = load(Path(app.config.evidence_file))
    now = {page: hashlib.sha256(json.dumps(runs[page], sort_keys=True).encode()).hexdigest() for page in runs}
    before: dict[str, str] = getattr(env, "evidence_digests", {})
    env.evidence_digests = now  # type: ignore[attr-defined]  # an extension's own state, kept with the environment
    return sorted(page for page in env.found_docs if now.get(page) != before.get(page))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Write a page again when its evidence changed."""
    app.add_config_value("evidence_file", "", "html", types=(str,))
    app.connect("env-updated", _changed_pages)
    return {"env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
