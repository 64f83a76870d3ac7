"""The shape of a message: all of it that is not prose, as MyST's own parser sees it.

A translation says the same thing in other words, so the shapes of both sides must be equal:
the same literals, roles and targets, links, images, emphasis and blocks.
The parser here reads more than the site's does (raw HTML, substitutions): what the build is closed against is
refused by name instead of being printed to the reader as `<script>`.
"""

import re
import runpy
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from markdown_it.renderer import RendererHTML
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser
from sphinx.util.docutils import ReferenceRole

if TYPE_CHECKING:
    from markdown_it.token import Token

# Stands in the prose for what is not prose: a literal, a role without a title, an address.
OBJECT = "\ufffc"
# Roles whose text is prose: nothing in them is looked up.
PROSE_ROLES = frozenset({"abbr", "dfn", "sub", "sup", "strong", "emphasis"})
# Roles that show a title of one's own: `` {doc}`the entry page <index>` ``. What other roles hold stays as it is.
TITLED_ROLES = frozenset({"any", "doc", "numref", "ref", "term"})
# The fields of the interface's strings: %(count)s, %s, {name}.
PLACEHOLDER = re.compile(r"%\([^)]*\)[a-z]|%[a-z](?![a-z])|\{[a-z_0-9]*\}")
# What an address of each kind is written as in a token.
ADDRESSES = {"link_open": "href", "image": "src"}
# Attributes that Markdown itself writes, compared on their own; others come from `{.class #id}`.
OWN_ATTRIBUTES = frozenset({"alt", "href", "src", "title"})


@dataclass
class Shape:
    """What a message holds besides its prose, counted, and its prose.

    `prose` has `OBJECT` for each literal; `words` has the literals' own text instead, for the terms that hold one
    (a message about the `application` object).
    """

    literals: Counter[str] = field(default_factory=Counter)
    roles: Counter[str] = field(default_factory=Counter)
    links: Counter[str] = field(default_factory=Counter)
    images: Counter[str] = field(default_factory=Counter)
    html: Counter[str] = field(default_factory=Counter)
    substitutions: Counter[str] = field(default_factory=Counter)
    footnotes: Counter[str] = field(default_factory=Counter)
    emphasis: Counter[str] = field(default_factory=Counter)
    attributes: Counter[str] = field(default_factory=Counter)
    blocks: Counter[str] = field(default_factory=Counter)
    entities: Counter[str] = field(default_factory=Counter)
    marked: list[str] = field(default_factory=list)
    """Literals and roles, in their order."""
    targets: list[str] = field(default_factory=list)
    """Where the links lead, in their order."""
    link_texts: list[str] = field(default_factory=list)
    prose: str = ""
    words: str = ""

    def add(self, prose: str, words: str | None = None) -> None:
        """Append text."""
        self.prose += prose
        self.words += prose if words is None else words


class Markup:
    """MyST's parser with the extensions that the site enables."""

    def __init__(self, extensions: Iterable[str] = ()) -> None:
        config = MdParserConfig(enable_extensions={*extensions, "substitution"})
        # Entities and escapes stay tokens of their own: `&#106;avascript:` is not to be read as plain text.
        self.parser = create_md_parser(config, RendererHTML).disable("text_join")
        self.shape = lru_cache(maxsize=4096)(self._shape)

    def tokens(self, text: str) -> "tuple[list[Token], dict[str, object]]":
        """Return the tokens of a Markdown text, and the parser's environment (its link definitions)."""
        environment: dict[str, object] = {}
        return self.parser.parse(text, environment), environment

    def _shape(self, text: str) -> Shape:
        tokens, environment = self.tokens(text)
        shape = Shape()
        for token in tokens:
            _block(shape, token)
        for label in _definitions(environment):
            shape.blocks[f"the link definition [{label}]"] += 1
        return shape


def of_site(root: Path) -> Markup:
    """Return the parser for the site whose conf.py is at `root`; conf.py holds values only, so reading it is cheap."""
    conf = root / "conf.py"
    settings = runpy.run_path(str(conf)) if conf.exists() else {}
    return Markup(settings.get("myst_enable_extensions", ()))


def _definitions(environment: dict[str, object]) -> list[str]:
    found = environment.get("references")
    return list(found) if isinstance(found, dict) else []


def _block(shape: Shape, token: "Token") -> None:
    if token.type == "inline":
        _children(shape, token)
        shape.add("\n")
    elif token.type == "html_block":
        shape.html[token.content.strip()] += 1
    elif token.type.startswith("substitution"):
        shape.substitutions[token.content.strip()] += 1
    elif not token.type.endswith("_close"):
        # The text of a fence or a directive is part of what must not differ.
        text = " ".join(f"{token.info} {token.content}".split())
        shape.blocks[f"{token.type.removesuffix('_open').replace('_', ' ')} {text}".strip()] += 1


def _children(shape: Shape, token: "Token") -> None:
    previous = ""
    text_starts: list[int] = []
    for child in token.children or []:
        if child.type == "link_open":
            text_starts.append(len(shape.words))
        elif child.type == "link_close" and text_starts:
            shape.link_texts.append(shape.words[text_starts.pop() :])
        if previous == "autolink" and child.type == "text":
            # `<https://…>` shows its address, which is no prose.
            shape.add(OBJECT, child.content)
        else:
            _inline(shape, child)
        if previous == "link_open" and child.type == "link_close":
            # `[](page.md)` shows the title of its target.
            shape.add(OBJECT, "")
        previous = child.markup or child.type


def _inline(shape: Shape, token: "Token") -> None:
    kind = token.type
    _attributes(shape, token)
    if kind in ("text", "softbreak"):
        shape.add(PLACEHOLDER.sub(OBJECT, token.content) or "\n", PLACEHOLDER.sub("", token.content))
    elif kind == "text_special":
        if token.info == "entity":
            shape.entities[token.markup] += 1
        shape.add(token.content)
    elif kind == "code_inline":
        shape.literals[token.content] += 1
        shape.marked.append(token.content)
        shape.add(OBJECT, token.content)
    elif kind == "myst_role":
        _role(shape, str(token.meta["name"]), token.content)
    elif kind in ADDRESSES:
        _address(shape, token)
    elif kind.startswith("substitution"):
        shape.substitutions[token.content.strip()] += 1
    elif not kind.endswith("_close"):
        _other(shape, token)


def _other(shape: Shape, token: "Token") -> None:
    """Count what only has to be as often there: emphasis, HTML, footnotes, and anything unforeseen."""
    kind = token.type
    if kind in ("strong_open", "em_open", "s_open"):
        shape.emphasis[kind.removesuffix("_open")] += 1
    elif kind == "html_inline":
        shape.html[token.content] += 1
    elif kind == "footnote_ref":
        shape.footnotes[str(token.meta["label"])] += 1
    else:
        shape.blocks[f"{kind.replace('_', ' ')} {token.content}".strip()] += 1


def _attributes(shape: Shape, token: "Token") -> None:
    if not token.type.startswith("substitution"):
        for name, value in token.attrs.items():
            if name not in OWN_ATTRIBUTES:
                shape.attributes[f"{name}={value}"] += 1


def _address(shape: Shape, token: "Token") -> None:
    address = str(token.attrs.get(ADDRESSES[token.type], ""))
    if token.type == "image":
        shape.images[address] += 1
    else:
        shape.links[address] += 1
        shape.targets.append(address)
    _children(shape, token)
    if title := token.attrs.get("title"):
        shape.add(f" {title}")


def _role(shape: Shape, name: str, content: str) -> None:
    title, target = role_parts(name, content)
    shape.roles[f"{{{name}}}`{target}`" if target else f"{{{name}}}"] += 1
    shape.marked.append(f"{{{name}}}`{target}`")
    shape.add(title or OBJECT, title or content)


def role_parts(name: str, content: str) -> tuple[str, str]:
    """Return the title that a role shows (empty when it is not prose) and its target (empty when it is all prose)."""
    if name in PROSE_ROLES:
        return content, ""
    explicit = ReferenceRole.explicit_title_re.match(content) if name in TITLED_ROLES else None
    return (explicit.group(1), explicit.group(2)) if explicit else ("", content)
