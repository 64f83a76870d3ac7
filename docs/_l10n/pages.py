"""Lint of the English pages: what dies in translation, before anyone translates it.

`[text][ref]` loses its definition, a hard break becomes a space, `[](#heading)` points at a slug that the translated
heading no longer has, a caption that is a file name gets translated, raw HTML and buttons hold text that is
extracted nowhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it.token import Token

from _l10n.layout import Layout
from _l10n.markup import Markup
from _l10n.problem import Problem, shown

FENCES = ("fence", "colon_fence")
# Directives whose content is not Markdown; every other directive is looked into.
OPAQUE = frozenset(
    {
        "code",
        "code-block",
        "csv-table",
        "file",
        "image",
        "math",
        "mermaid",
        "picture",
        "pycon",
        "python",
        "terminal",
        "toctree",
    }
)
REFUSED_DIRECTIVES = {
    "button-link": "the text of a button is not extracted",
    "button-ref": "the text of a button is not extracted",
    "eval-rst": "reStructuredText is not what translators write",
    "include": "the build is closed against file insertion",
    "literalinclude": "the build is closed against file insertion",
    "raw": "the build is closed against raw HTML",
}


@dataclass
class Page:
    """What the lint gathers from one page."""

    path: Path
    problems: list[Problem] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)
    fragments: list[tuple[int, str]] = field(default_factory=list)

    def refuse(self, line: int, rule: str, message: str, cure: str) -> None:
        """Add a problem."""
        self.problems.append(Problem(self.path, line, rule, message, cure))


def lint(layout: Layout, markup: Markup) -> Iterator[Problem]:
    """Yield the problems of all English pages; links may use the labels of any of them."""
    found = [read(layout.page(stem), markup) for stem in layout.pages()]
    labels = set().union(*(page.labels for page in found))
    for page in found:
        yield from page.problems
        for line, fragment in page.fragments:
            if fragment not in labels:
                message = f"#{fragment} is made from a heading, and changes when the heading is translated"
                yield Problem(page.path, line, "slug", message, f"put the label ({fragment})= above the heading")


def read(path: Path, markup: Markup) -> Page:
    """Return what a page's text gives."""
    page = Page(path)
    _text(page, markup, path.read_text(encoding="utf-8"), 0)
    return page


def _text(page: Page, markup: Markup, text: str, offset: int) -> None:
    tokens, environment = markup.tokens(text)
    references = environment.get("references")
    if isinstance(references, dict):
        for definition in references.values():
            line = offset + (definition.get("map") or [0])[0] + 1
            page.refuse(line, "reference-link", "a link definition is lost in translation", "write [text](address)")
    line = offset + 1
    for token in tokens:
        line = offset + token.map[0] + 1 if token.map else line
        if token.type in FENCES:
            _fence(page, markup, token, line)
        elif token.type == "inline":
            _inline(page, token.children or [], line)
        elif token.type == "myst_target":
            page.labels.add(token.content)
        else:
            _block(page, token, line)


def _block(page: Page, token: Token, line: int) -> None:
    if token.type == "html_block":
        page.refuse(line, "raw-html", f"raw HTML: {shown(token.content)}", "write it in Markdown, or as a directive")
    elif token.type == "substitution_block":
        page.refuse(line, "substitution", "a substitution runs code of a translator", "write the text itself")


def _inline(page: Page, tokens: list[Token], line: int) -> None:
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            if token.type == "hardbreak":
                page.refuse(line, "hard-break", "a hard break is lost in translation", "make two paragraphs")
            line += 1
        elif token.type == "text" and "][" in token.content:
            page.refuse(line, "reference-link", "[text][ref] is lost in translation", "write [text](address)")
        elif token.type == "html_inline":
            page.refuse(line, "raw-html", f"raw HTML: {shown(token.content)}", "write it in Markdown, or as a role")
        elif token.type == "substitution_inline":
            page.refuse(line, "substitution", "a substitution runs code of a translator", "write the text itself")
        elif token.type == "link_open":
            _link(page, token, line)


def _link(page: Page, token: Token, line: int) -> None:
    address = str(token.attrs.get("href", ""))
    target, mark, fragment = address.partition("#")
    if mark and fragment and "://" not in target:
        page.fragments.append((line, fragment))


def _fence(page: Page, markup: Markup, token: Token, line: int) -> None:
    name, _, argument = token.info.strip().partition(" ")
    if not (name.startswith("{") and name.endswith("}")):
        return
    name = name.strip("{}")
    if name in REFUSED_DIRECTIVES:
        page.refuse(line, "directive", f"{{{name}}}: {REFUSED_DIRECTIVES[name]}", "write the text in the page")
    if name in OPAQUE:
        content = token.content.splitlines()
    else:
        options = _options(token.content)
        _text(page, markup, argument, line - 1)
        _text(page, markup, "\n".join(token.content.splitlines()[options:]), line + options)
        content = token.content.splitlines()[:options]
    _caption(page, name, content, line)


def _options(content: str) -> int:
    """Return how many lines of a directive's content are options."""
    count = 0
    for line in content.splitlines():
        if not line.startswith(":") or line.startswith(":::"):
            break
        count += 1
    return count


def _caption(page: Page, name: str, lines: list[str], line: int) -> None:
    for number, text in enumerate(lines, line + 1):
        if not text.startswith(":"):
            return
        option, _, value = text.removeprefix(":").partition(":")
        if option == "caption" and _is_file(value.strip()):
            message = f"the caption of {{{name}}} is a file name, and captions get translated"
            page.refuse(number, "caption", message, "use ```{file} path")


def _is_file(caption: str) -> bool:
    words = caption.strip("`").split()
    return len(words) == 1 and ("/" in words[0] or "." in words[0].strip("."))
