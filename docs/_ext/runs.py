"""The page of a run: what each block of a guide page really did and printed, and the whole page as one script.

It stands below the guide page (`servers/uvicorn/run/gingerdj/`), in every language, and no search finds it. What
programs print is anybody's text: it is escaped here and in run.html, whose templates escape nothing by themselves.
"""

from __future__ import annotations

import shutil
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.numbers import format_decimal
from sphinx.builders.html import StandaloneHTMLBuilder

from _ext import evidence, figure, interface, languages

if TYPE_CHECKING:
    from docutils.nodes import document
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata

    from _ext.evidence import BlockRun, PageRun, Step


RUN = "run"
"""The folder of a page's runs, seen from the page."""


def folder(page: str, root: str) -> str:
    """Return the folder of a page's runs, as the names of pages have it."""
    return RUN if page == root else f"{page}/{RUN}"


def script_name(run: PageRun) -> str:
    """Return what the script of a run is called, wherever it is saved."""
    return f"{run['page'].replace('/', '-')}.{run['edition']}.sh"


def _write(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: document | None) -> None:
    builder = app.builder
    if doctree is None or not isinstance(builder, StandaloneHTMLBuilder):
        return
    runs = evidence.runs(app.config, pagename)
    where = folder(pagename, app.config.root_doc)
    shutil.rmtree(Path(app.outdir, where), ignore_errors=True)
    links = [
        {
            "name": evidence.EDITIONS[run["edition"]],
            "log": f"run/{run['edition']}/",
            "script": _save_script(app, run),
            "file": script_name(run),
        }
        for run in runs
    ]
    _ = interface.words(app.config).gettext
    for run, link in zip(runs, links, strict=True):
        page = {
            "title": escape(_("Log of “%(page)s” with %(edition)s"))
            % {"page": context["title"], "edition": link["name"]},
            "metatags": '<meta name="robots" content="noindex">',
            "unindexed": True,
            "run": _context(app.config, run, doctree),
            "link": link,
            "others": [other for other in links if other is not link],
        }
        builder.handle_page(f"{where}/{run['edition']}", page, "run.html")
    context["runs"] = links


def _save_script(app: Sphinx, run: PageRun) -> str:
    """Write the script of a run; return its address as the guide page sees it, or nothing where there is none."""
    text = run.get("script")
    if not text:
        return ""
    path = Path(app.outdir, folder(run["page"], app.config.root_doc), script_name(run))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return f"run/{script_name(run)}"


def _context(config: Config, run: PageRun, doctree: document) -> dict[str, Any]:
    nodes = list(doctree.findall(figure.Block))
    return {
        "source": f"docs/{run['page']}.md",
        "edition": evidence.EDITIONS[run["edition"]],
        "outcome": evidence.outcomes(config)[run["outcome"]],
        "started": run["started"],
        "date": evidence.date(run["started"], config),
        "seconds": _seconds(run["seconds"], config),
        "versions": evidence.versions(run),
        "changed": evidence.changed(run, doctree),
        "again": evidence.again(run["page"], edition=run["edition"]),
        "blocks": [_block(config, each, nodes) for each in run["blocks"]],
    }


def _block(config: Config, seen: BlockRun, nodes: list[figure.Block]) -> dict[str, Any]:
    """Return a block of a run as run.html shows it, with the name that it has in the guide page while it is there."""
    _ = interface.words(config).gettext
    same = [node for node in nodes if (node["kind"], node["sha256"]) == (seen["kind"], seen["sha256"])]
    node = next((each for each in same if each.line == seen["line"]), same[0] if same else None)
    return {
        "line": seen["line"],
        "title": figure.title(node, _) if node else "",
        "href": f"../../#{node['ids'][0]}" if node else "",
        "parts": _parts(config, seen.get("steps", [])),
        "notes": " · ".join(_notes(config, seen)),
    }


def _notes(config: Config, seen: BlockRun) -> list[str]:
    """Return what stands under a block: how it went, how it ended, how long it took."""
    _ = interface.words(config).gettext
    found = [] if seen["outcome"] == "passed" else [evidence.outcomes(config)[seen["outcome"]]]
    steps = seen.get("steps", [])
    # What a terminal did when its section was over stands beside its own text.
    ended = [step for number, step in enumerate(steps) if "status" in step and not (number and "signal" in step)]
    if ended:
        found.append(_("Exit status %(status)s") % {"status": ended[-1]["status"]})
    elif seen["kind"] == "file" and seen["outcome"] == "passed":
        found.append(_("Written"))
    if cut := sum(step.get("cut", 0) for step in steps):
        found.append(_("Not shown: %(count)s more characters") % {"count": cut})
    return [*found, _seconds(seen["seconds"], config)]


def _parts(config: Config, steps: list[Step]) -> list[dict[str, str]]:
    """Return what came, as HTML, in parts: the second is what a terminal printed when its section was over."""
    _ = interface.words(config).gettext
    found: list[dict[str, str]] = []
    for step in steps:
        text = escape(step["output"])
        if "command" in step:
            text = f"{_typed(step['command'])}\n{text}"
        if found and "signal" in step:
            end = {"signal": f"SIG{step['signal']}", "status": step["status"]}
            said = _("At the end of its section, after %(signal)s: exit status %(status)s") % end
            found.append({"said": said, "text": text})
        elif found:
            found[-1]["text"] += text
        else:
            found.append({"said": "", "text": text})
    return found


def _typed(command: str) -> str:
    first, *others = command.split("\n")
    lines = [("$ ", first), *(("> ", line) for line in others)]
    return "\n".join(f'<span class="gp">{prompt}</span>{escape(line)}' for prompt, line in lines)


def _seconds(seconds: float, config: Config) -> str:
    conventions = languages.find(config.language).conventions
    return f"{format_decimal(seconds, '0.0', locale=conventions)}\N{NO-BREAK SPACE}s"


def setup(app: Sphinx) -> ExtensionMetadata:
    """Write the pages of the runs whenever their guide page is written, after its context is complete."""
    app.connect("html-page-context", _write, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
