"""identity.json says what the pages of every language say: the same blocks, link targets and anchors."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from _ext import build, identity
from _ext.head import heads
from _ext.languages import LANGUAGES, SOURCE
from tests.built import SAMPLE, attribute, one, pages, read
from tests.ledger import entry
from tests.snippets.page import digest

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ("tests.site_fixtures",)
pytestmark = pytest.mark.site


@pytest.fixture
def copy(sample_site: Path, tmp_path: Path) -> Path:
    """The sample, which a test may change."""
    return shutil.copytree(sample_site, tmp_path / "site")


def published(site: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((site / "identity.json").read_text(encoding="utf-8"))
    return found


def seen(page: Path) -> dict[str, Any]:
    """Return what a page holds, read by another parser, with the ledger's hashes."""
    article = one(read(page), "article")
    blocks = []
    for figure in article.select("figure.block"):
        shown, copied = entry(figure)
        edition = attribute(figure, "data-edition") or None
        blocks.append(
            {"line": int(attribute(figure, "data-line")), "edition": edition, "sha256": shown, "copied": copied}
        )
    links = sorted(attribute(link, "href") for link in article.select("a[href]"))
    anchors = [attribute(element, "id") for element in article.select("[id]")]
    return {"blocks": blocks, "links": digest("\n".join(links)), "anchors": digest("\n".join(anchors))}


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.code)
def test_the_proof_is_that_of_the_pages(site: Path, language: Any) -> None:
    folder = site / language.slug
    found = {}
    for page in pages(folder):
        name = page.parent.relative_to(folder).as_posix()
        found["index" if name == "." else name] = seen(page)
    assert published(site)["pages"] == found
    assert any(page["blocks"] for page in found.values())


def test_the_proof_names_its_languages(site: Path) -> None:
    data = published(site)
    assert (data["format"], data["hash"], data["languages"]) == (1, "sha256", [each.tag for each in LANGUAGES])


def changed(site: Path, slug: str, old: str, new: str) -> None:
    path = site / slug / "servers" / "sample" / "index.html"
    text = path.read_text(encoding="utf-8")
    before, found, after = text.partition("<article")
    assert old in after
    path.write_text(before + found + after.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("slug", [language.slug for language in LANGUAGES if language is not SOURCE])
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("reverse_proxy", "reverse_proxi", "the block of line", id="a letter of code"),
        pytest.param('data-copy="uvicorn', 'data-copy="curl', "the block of line", id="what is copied"),
        pytest.param('href="#files"', 'href="#file"', "the links differ", id="a link"),
        pytest.param('id="files"', 'id="arquivos"', "the anchors differ", id="an anchor"),
        pytest.param(
            "</article>", '<figure class="block" data-line="9"></figure></article>', "blocks", id="a block more"
        ),
    ],
)
def test_a_site_whose_languages_differ_is_not_published(copy: Path, slug: str, old: str, new: str, said: str) -> None:
    changed(copy, slug, old, new)
    with pytest.raises(identity.DifferenceError, match=f"servers/sample: .*{said}"):
        identity.write(copy, {language: heads(copy / language.slug) for language in LANGUAGES})


def test_links_may_come_in_another_order(copy: Path) -> None:
    two = '<a href="#a">a</a>', '<a href="#b">b</a>'
    for language in LANGUAGES:
        order = two if language is SOURCE else reversed(two)
        changed(copy, language.slug, "</article>", f"{''.join(order)}</article>")
    identity.write(copy, {language: heads(copy / language.slug) for language in LANGUAGES})


def test_the_build_ends_and_the_old_site_stays(sample_site: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    shutil.copytree(sample_site.parent / "html", work / "html")
    (work / "site").mkdir()
    (work / "site" / "old.html").touch()
    guide = build.Build(source=SAMPLE, work=work, site=work / "site", translations=work / "nothing.json")
    changed(work / "html", "pt-br", "reverse_proxy", "reverse_proxi")
    with pytest.raises(build.BuildError, match="pt-BR: servers/sample: the block of line"):
        guide.assemble()
    assert [path.name for path in (work / "site").iterdir()] == ["old.html"]
