"""Directives and the role: what they become, and what they refuse, with page and line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polib
import pytest

from _ext.scenario import lexer_for
from tests.built import attribute, one

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.ext.conftest import Built

    Build = Callable[..., Built]

PLACES = """\
# A page

```{file} a.py

x = 1
```

- In a list:

  ```python
  print("a list")
  #> a list
  ```

:::{warning}
In an admonition:

````{terminal}
:name: web
:ready: 8000

$ serve
```
````
:::

::::{tab-set}
:sync-group: framework

:::{tab-item} GingerDJ
:sync: gingerdj

```{terminal}

$ one
```
:::
:::{tab-item} Django
:sync: django

> ```pycon
> >>> 2
> 2
> ```
:::
::::
"""


def test_blocks_know_their_line_kind_and_edition(build: Build) -> None:
    built = build(PLACES)
    assert built.warnings == ""
    names = ("id", "data-line", "data-kind", "data-edition")
    assert [tuple(attribute(block, name) for name in names) for block in built.page.select("figure.block")] == [
        ("block-1", "3", "file", ""),
        ("block-2", "10", "python", ""),
        ("block-3", "18", "terminal", ""),
        ("block-4", "33", "terminal", "gingerdj"),
        ("block-5", "41", "pycon", "django"),
    ]


@pytest.mark.parametrize("head", [":8000 {", "---", ":exit: 3", ":::{note}", "::", "```{terminal}"])
def test_content_that_looks_like_an_option_survives(build: Build, head: str) -> None:
    content = f"{head}\n  rest: 1\n"
    page = build(f"# A page\n\n````{{file}} Caddyfile\n\n{content}````\n").page
    assert one(page, "pre").get_text() == content


def test_carriage_returns_are_line_ends(build: Build) -> None:
    markdown = "# A page\r\n\r\n```{terminal}\r\n:exit: 3\r\n\r\n$ one\r\ntwo\r\n```\r\n"
    built = build(markdown)
    assert built.warnings == ""
    assert one(built.page, "pre").get_text() == "$ one\ntwo\n"


@pytest.mark.parametrize(
    ("block", "title", "note"),
    [
        ("```{file} a/b.conf\n\nx\n```", "a/b.conf", ""),
        ("```{terminal}\n\n$ x\n```", "Terminal", ""),
        ("```{terminal}\n:exit: 3\n\n$ x\n```", "Terminal", "Exit status 3"),
        ("```{terminal}\n:name: web\n:ready: 80\n\n$ x\n```", "Terminal “web”, left running", ""),
        (
            "```{terminal}\n:name: web\n:unordered:\n\nx\n```",
            "Terminal “web” goes on",
            "These lines may come in another order",
        ),
        ("```{terminal}\n:stop: web\n\nx\n```", "Terminal “web”, stopped with SIGTERM", ""),
        (
            "```{terminal}\n:stop: web\n:signal: INT\n:exit: 0\n```",
            "Terminal “web”, stopped with SIGINT",
            "Exit status 0",
        ),
        ("```{terminal}\n:norun: needs a *second* host\n\n$ x\n```", "Terminal", "needs a second host"),
        ("```python\nx\n```", "Python", ""),
        ("```pycon\n>>> 1\n1\n```", "Python session", ""),
    ],
)
def test_the_bar_says_what_a_block_is(build: Build, block: str, title: str, note: str) -> None:
    built = build(f"# A page\n\n{block}\n")
    assert built.warnings == ""
    assert one(built.page, ".block-title").get_text() == title
    assert "".join(each.get_text() for each in built.page.select(".block-notes, .block-norun")) == note


@pytest.mark.parametrize(
    ("markdown", "line", "said"),
    [
        ("```{terminal}\n$ true\n```", 4, "is no option"),
        ("```{terminal}\n:exit: 3\n:exitt: 3\n\n$ true\n```", 5, "no option :exitt:"),
        ("- a\n\n  ```{terminal}\n  :exit: many\n\n  $ true\n  ```", 6, "'many'"),
        (":::{note}\n```{terminal}\n:exit: many\n\n$ true\n```\n:::", 5, "'many'"),
        ("```{terminal} argument\n\n$ true\n```", 3, "'argument'"),
        ("```{file}\n\nx\n```", 3, "1 argument"),
        ("```bash\ntrue\n```", 3, "'bash'"),
        ("```\ntrue\n```", 3, "'none'"),
        ("```{code-block} python\nx = 1\n```", 3, "'code-block'"),
        ("A {measured}`143`.", 3, "write the value, then its key"),
        ("A {measured}`143 <Not a key>`.", 3, "write the value, then its key"),
    ],
)
def test_what_cannot_run_is_refused_with_its_line(build: Build, markdown: str, line: int, said: str) -> None:
    warnings = build(f"# A page\n\n{markdown}\n").warnings
    assert said in warnings
    assert f"index.md:{line}: " in warnings


def test_a_measured_value_is_marked(build: Build) -> None:
    built = build("# A page\n\nIt ends with {measured}`143 (a *signal*) <stop.exit>`.\n")
    assert built.warnings == ""
    value = one(built.page, ".measured")
    assert (value.get_text(), attribute(value, "data-measured")) == ("143 (a *signal*)", "stop.exit")


def test_code_paths_and_tabs_are_not_translatable(build: Build) -> None:
    folder = build(PLACES, builder="gettext").folder
    assert [entry.msgid for entry in polib.pofile(str(folder / "index.pot"))] == [
        "A page",
        "In a list:",
        "In an admonition:",
    ]


def test_a_reason_not_to_run_is_translatable(build: Build) -> None:
    folder = build("# A page\n\n```{terminal}\n:norun: no *host*\n\n$ x\n```\n", builder="gettext").folder
    assert "no *host*" in [entry.msgid for entry in polib.pofile(str(folder / "index.pot"))]


@pytest.mark.parametrize(
    ("path", "lexer"),
    [
        ("mysite/urls.py", "python"),
        ("deploy/nginx.conf", "nginx"),
        ("gunicorn.service", "systemd"),
        ("Dockerfile", "docker"),
        ("compose.yaml", "yaml"),
        ("what.is-this", "text"),
    ],
)
def test_a_file_is_coloured_by_its_name(path: str, lexer: str) -> None:
    assert lexer_for(path) == lexer


@pytest.mark.parametrize(
    "markdown",
    [
        "<script>alert(1)</script>",
        'Text <b onclick="alert(1)">bold</b>',
        "```{include} /etc/hostname\n```",
        "```{literalinclude} /etc/hostname\n```",
        "```{raw} html\n<script>alert(1)</script>\n```",
        "{{ 7 * 7 }}",
    ],
)
def test_a_page_cannot_insert_html_or_files(build: Build, markdown: str) -> None:
    page = build(f"# A page\n\n{markdown}\n").page
    article = one(page, "article")
    assert article.select("script, b, pre") == []
    assert "49" not in article.get_text()
