"""How a block looks in HTML: a bar that says what it is, the text itself, and what it left behind."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from docutils import nodes

from _ext import evidence, interface

if TYPE_CHECKING:
    from sphinx.writers.html5 import HTML5Translator


class Block(nodes.General, nodes.Element):
    """A block that runs: its literal text, unless it is empty, then the reason if it does not run."""


class Measured(nodes.Inline, nodes.TextElement):
    """A value in prose that a run must have measured under `key`."""


def title(node: Block, translate: interface.Translate) -> str:
    """Return what the bar of a block says, as HTML."""
    _ = translate
    match node["kind"]:
        case "file":
            return f'<code class="block-path" translate="no">{escape(node["path"])}</code>'
        case "python":
            return "Python"
        case "pycon":
            return escape(_("Python session"))
    return escape(_terminal(node["options"], translate, starts=node["copy"] is not None))


def _terminal(options: dict[str, str], translate: interface.Translate, *, starts: bool) -> str:
    _ = translate
    if options.get("signal") == "none":
        return _("Terminal “%(name)s”, ended by itself") % {"name": options["stop"]}
    if "stop" in options:
        names = {"name": options["stop"], "stop": f"SIG{options.get('signal', 'TERM')}"}
        return _("Terminal “%(name)s”, stopped with %(stop)s") % names
    if "name" not in options:
        return _("Terminal")
    pattern = _("Terminal “%(name)s”, left running") if starts else _("Terminal “%(name)s” goes on")
    return pattern % {"name": options["name"]}


def notes(node: Block, translate: interface.Translate) -> list[str]:
    """Return what stands under a block, sentence by sentence."""
    _ = translate
    options: dict[str, str] = node["options"]
    found = []
    if "exit" in options:
        found.append(_("Exit status %(status)s") % {"status": options["exit"]})
    if "unordered" in options:
        found.append(_("These lines may come in another order"))
    return found


def visit_block(self: HTML5Translator, node: Block) -> None:
    """Open the figure and write its bar."""
    _ = interface.words(self.config).gettext
    data = {f"data-{name}": str(node[name]) for name in ("kind", "sha256", "edition") if node[name]}
    data["data-line"] = str(node.line)
    if node["copy"] is not None:
        # What the button copies is in the page itself, so that the ledger can hold it against what ran.
        data["data-copy"] = node["copy"]
    # Not docutils' starttag(): it would turn the newlines of a command into spaces.
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in data.items())
    self.body.append(f'<figure id="{node["ids"][0]}" class="block block-{node["kind"]}"{attributes}>')
    self.body.append(
        f'<figcaption class="block-bar"{_spoken(self)}>'
        f'<span class="block-title">{title(node, _)}</span>'
        f'<div class="block-tools">{evidence.mark(self.builder, node)}</div></figcaption>\n'
    )


def depart_block(self: HTML5Translator, node: Block) -> None:
    """Write what the block left behind and close the figure."""
    _ = interface.words(self.config).gettext
    if found := notes(node, _):
        self.body.append(f'<p class="block-notes"{_spoken(self)}>{escape(" · ".join(found))}</p>\n')
    self.body.append("</figure>\n")


def _spoken(self: HTML5Translator) -> str:
    """Return the attribute of words that are not in the language of the page."""
    tag = interface.tag(self.config)
    return f' lang="{tag}"' if tag else ""


def visit_measured(self: HTML5Translator, node: Measured) -> None:
    """Open a measured value."""
    self.body.append(self.starttag(node, "span", "", CLASS="measured", **{"data-measured": node["key"]}))


def depart_measured(self: HTML5Translator, node: Measured) -> None:
    """Close a measured value."""
    self.body.append("</span>")
