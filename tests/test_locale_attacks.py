"""Attacks on the level of the file: refused by the check, and harmless in a build that nobody checked."""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from _l10n.check import Guide
from _l10n.extract import Message
from _l10n.layout import Layout
from benchmarks import attackers
from benchmarks.message import Message as Sentence
from benchmarks.mistakes import quoted

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = tomllib.loads((ROOT / "tests" / "locale_attacks.toml").read_text(encoding="utf-8"))
PAGE = "pt_BR/LC_MESSAGES/index.po"
# Tolerated by the check: what a build reads as before.
HARMLESS: dict[str, str] = {}
SENTENCES = (
    ("The server answers each request.", "O servidor responde a cada requisição."),
    ("Read [the handbook](https://docs.djangoproject.com/en/stable/), then run `uvicorn`.",
     "Leia [o manual](https://docs.djangoproject.com/en/stable/) e depois execute `uvicorn`."),
)  # fmt: skip
CONF = """\
from pathlib import Path
import sys

sys.path.insert(0, {docs!r})
extensions = ["myst_parser", "_l10n.closed"]
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "fieldlist"]
myst_disable_syntax = ["html_block", "html_inline"]
locale_dirs = [str(Path(__file__).parent / "locale")]
gettext_compact = False
html_theme = "basic"
language = "pt_BR"
html_copy_source = False
"""


def written(root: Path, attack: dict[str, Any]) -> None:
    """The tiny guide with one attack in its locale folder."""
    path = root / "locale" / attack.get("path", PAGE)
    path.parent.mkdir(parents=True, exist_ok=True)
    if "link" in attack:
        path.unlink(missing_ok=True)
        path.symlink_to(attack["link"])
        return
    entry = "".join(
        attack.get("entry", "").replace("{n}", str(number)).replace("{long}", "x" * 100_000)
        for number in range(attack.get("repeat", 1))
    )
    text = attack["text"].lstrip("\n") if "text" in attack else CATALOGUE["good"].lstrip("\n") + entry
    data = text.replace("\n", attack.get("newline", "\n")).encode(attack.get("encoding", "utf-8"))
    path.write_bytes((b"\xef\xbb\xbf" if attack.get("bom") else b"") + data + bytes.fromhex(attack.get("bytes", "")))


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    root = tmp_path / "guide"
    (root / "docs").mkdir(parents=True)
    (root / "docs" / "index.md").write_text(CATALOGUE["guide"].lstrip("\n"), encoding="utf-8")
    (root / "conf.py").write_text(CONF.format(docs=str(ROOT / "docs")), encoding="utf-8")
    shutil.copy(ROOT / "docutils.conf", root)
    (root / "locale").mkdir()
    shutil.copy(ROOT / "locale" / "words_pt_BR.txt", root / "locale")
    written(root, {})
    return root


def problems(root: Path) -> Iterator[str]:
    """What the check says of the files and of the Portuguese page, the messages being known."""
    guide = Guide(Layout(root))
    msgids = ["The tiny guide", "The server answers.", CATALOGUE["guide"].strip().split("\n")[-1]]
    found = guide.files_and_catalogues({"index": [Message(msgid, "") for msgid in msgids]})
    yield from (str(problem) for problem in found if not problem.hint and "zh_Hans" not in str(problem.path))


def test_no_alarm_on_the_tiny_guide(guide: Path) -> None:
    assert [problem for problem in problems(guide) if "glossary" not in problem] == []


@pytest.mark.parametrize("attack", CATALOGUE["attack"], ids=lambda attack: attack["name"].replace(" ", "-"))
def test_an_attack_is_refused(guide: Path, attack: dict[str, Any]) -> None:
    written(guide, attack)
    assert list(problems(guide)) != []


def build(root: Path) -> subprocess.CompletedProcess[str]:
    """Sphinx alone, without a check before it; warnings do not end it."""
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-b",
        "html",
        "-c",
        str(root),
        str(root / "docs"),
        str(root / "out"),
    ]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=120)


def harmless(out: Path, root: Path) -> list[str]:
    """What a built page must not hold."""
    found = [str(path) for path in root.rglob("SEEDED")]
    for page in out.glob("[ip]*.html"):
        body = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").select_one("div.body")
        if body is None:
            continue
        found += [
            str(tag)
            for tag in body(["script", "iframe", "object", "embed", "form", "style", "base", "meta", "link", "svg"])
        ]
        for tag in body(True):
            found += [f"{tag.name} {name}" for name in tag.attrs if name.startswith("on") or name == "style"]
            source = str(tag.get("src", ""))
            found += [source] if ":" in source or source.startswith("/") or ".." in source else []
            if str(tag.get("href", "")).partition(":")[0].strip().lower() in ("javascript", "data", "vbscript", "file"):
                found.append(str(tag["href"]))
    downloads = out / "_downloads"
    return [*found, *(str(path) for path in downloads.rglob("*") if path.is_file())]


@pytest.mark.slow
def test_a_build_without_the_check_is_harmless(guide: Path) -> None:
    """Each attack as the catalogue of a page of its own, all pages in one build; those on other files beside them."""
    for number, attack in enumerate(CATALOGUE["attack"]):
        if attack.get("link", "/etc/passwd") == "/etc/passwd":  # a link to nowhere ends the build
            shutil.copy(guide / "docs" / "index.md", guide / "docs" / f"page{number}.md")
            written(guide, {"path": f"pt_BR/LC_MESSAGES/page{number}.po", **attack})
    run = build(guide)
    pages = list((guide / "out").glob("page*.html"))
    assert len(pages) == len(
        [each for each in CATALOGUE["attack"] if each.get("link", "/etc/passwd") == "/etc/passwd"]
    ), run.stderr[-2000:]
    assert harmless(guide / "out", guide) == []
    assert not [path for path in (guide / "out").rglob("*.html") if "root:" in path.read_text(encoding="utf-8")]


@pytest.mark.slow
def test_a_build_without_the_check_publishes_no_payload(guide: Path) -> None:
    """Each attacker's kind in paragraphs of one page, several choices of each."""
    page, text = ["# The tiny guide"], CATALOGUE["good"].lstrip("\n").partition("#: ")[0]
    skipped = {"nested deeply", "very long", attackers.NO_PAGE, "line in the header", "context added"}
    for number in range(6):
        for kind in attackers.KINDS:
            english, portuguese = SENTENCES[number % 2]
            before = Sentence("pt_BR", "index", f"{english} {kind.name} {number}", portuguese)
            after = kind.mistake(before) if kind.name not in skipped else None
            if after is not None and "\r" not in after.msgstr:
                page.append(before.msgid)
                text += f"msgid {quoted(before.msgid)}\nmsgstr {quoted(after.msgstr)}\n\n"
    (guide / "docs" / "index.md").write_text("\n\n".join(page), encoding="utf-8")
    (guide / "locale" / PAGE).write_text(text, encoding="utf-8", newline="")
    run = build(guide)
    assert (guide / "out" / "index.html").exists(), run.stderr[-2000:]
    assert harmless(guide / "out", guide) == []
