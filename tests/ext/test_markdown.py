"""A page as Markdown: what it becomes, and that nothing in it turns into markup."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from _ext.markdown import code, escape, fence

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ext.conftest import Built

MARKDOWN = MarkdownIt("commonmark").enable("table")


def written(build: Callable[..., Built], markdown: str, **settings: object) -> str:
    """Return the Markdown that a page becomes."""
    return (build(markdown, **settings).folder / "index.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text",
    ["a", "`", "``", "`a", "a`b``c", " a ", "a\\b", "a|b", "<b>&amp;"],
)
def test_a_code_span_holds_any_text(text: str) -> None:
    shown = BeautifulSoup(MARKDOWN.render(f"x {code(text)} x"), "html.parser").code
    assert shown is not None
    assert shown.get_text() == text


@pytest.mark.parametrize("text", ["a\n", "```\nfence\n```\n", "````\n", "\n\n  a\n\n", "\ttab   \n"])
@pytest.mark.parametrize("indent", ["", "- ", "10. "])
def test_a_fence_holds_any_text(text: str, indent: str) -> None:
    rest = " " * len(indent)
    lines = fence(text, "text").split("\n")
    shown = BeautifulSoup(
        MARKDOWN.render("\n".join([f"{indent}{lines[0]}", *(rest + line for line in lines[1:])])), "html.parser"
    )
    assert shown.pre is not None
    assert shown.pre.get_text() == text


PROSE = (
    *("*a*", "_a_", "a_b_c", "__init__", "[a](b)", "![a]", "<b>", "<https://a.example>", "&amp; &#9; & b", "\\*"),
    *("# a", "1. a", "1) a", "2026. a", "- a", "+ a", "> a", "===", "~~~", "---", "- ", "-", "a\n# b\n1. c\n- d"),
)


def test_prose_is_never_markup(build: Callable[..., Built]) -> None:
    """The page has all characters escaped; its Markdown has to keep them text."""
    page = "\n\n".join("".join(f"\\{c}" if c in "\\`*_[]<>&#-+.)!=~" else c for c in text) for text in PROSE)
    document = MARKDOWN.render(written(build, f"# Page\n\n{page}\n", smartquotes=False))
    found = BeautifulSoup(document, "html.parser").find_all(recursive=False)
    assert [(part.name, part.decode_contents()) for part in found] == [
        ("h1", "Page"),
        *(("p", text.strip().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")) for text in PROSE),
    ]


def test_words_are_not_escaped_in_vain() -> None:
    assert escape("snake_case & more, 3 > 2, a-b (c)! #1") == "snake_case & more, 3 > 2, a-b (c)! #1"


EDITIONS = """# Page

::::{tab-set}
:sync-group: framework

:::{tab-item} GingerDJ
:sync: gingerdj

```{file} a.py

x = 1
```
:::

:::{tab-item} Django
:sync: django

```{terminal}
:exit: 3

$ false
```
:::
::::

:::{warning}
Never.
:::
"""


def test_blocks_tabs_and_warnings_keep_their_form(build: Callable[..., Built]) -> None:
    assert written(build, EDITIONS) == (
        "# Page\n\n"
        "- **GingerDJ:**\n\n  `a.py`:\n\n  ```python\n  x = 1\n  ```\n\n"
        "- **Django:**\n\n  ```console\n  $ false\n  ```\n\n  Exit status 3\n\n"
        "> **Warning**\n>\n> Never.\n"
    )


def test_a_link_within_the_page_names_its_heading(build: Callable[..., Built]) -> None:
    text = written(build, "# Page\n\nSee [](#there) and [one](https://a.example/(b)).\n\n(there)=\n## There\n\nText.\n")
    assert "See *There* and [one](<https://a.example/(b)>)." in text


def test_what_has_no_form_is_said(build: Callable[..., Built]) -> None:
    built = build("# Page\n\n:field: value\n")
    assert "Markdown has no form for field_list" in built.warnings
