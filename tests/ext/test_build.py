"""`make site`: three languages, or an error that is said once; the old site stays until the new one is whole."""

from __future__ import annotations

import shutil

import pytest

from _ext.build import Build, BuildError
from _ext.languages import LANGUAGES
from tests.built import SAMPLE, pages, read

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """The sample guide, built once in a folder where its sources can be changed."""
    folder = tmp_path_factory.mktemp("guide")
    shutil.copytree(SAMPLE, folder / "docs")
    settings = (f"locale_dirs={folder / 'docs' / 'locale'}", f"evidence_file={folder / 'evidence.json'}")
    build = Build(source=folder / "docs", work=folder / "build", site=folder / "build" / "site", settings=settings)
    build.languages()
    build.assemble()
    return build


def test_every_language_has_every_page(guide: Build) -> None:
    found = {path.relative_to(guide.site).as_posix() for path in pages(guide.site)}
    stems = ("index.html", "servers/sample/index.html")
    assert found == {"index.html", "404.html", *(f"{each.slug}/{stem}" for each in LANGUAGES for stem in stems)}


def test_the_site_holds_nothing_that_no_page_asks_for(guide: Build) -> None:
    found = {
        path.relative_to(guide.site / "en").as_posix() for path in (guide.site / "en").rglob("*") if path.is_file()
    }
    machines = ("index.md", "servers/sample.md", "llms.txt", "objects.inv")
    names = ("entry.js", "favicon.svg", "find.js", "search.js", "site.css", "site.js")
    assert found == {"index.html", "servers/sample/index.html", *machines, *(f"_static/{name}" for name in names)}


def test_one_catalogue_changes_one_page(guide: Build) -> None:
    catalogue = guide.source / "locale" / "pt_BR" / "LC_MESSAGES" / "index.po"
    before = {path: path.stat().st_mtime_ns for language in LANGUAGES for path in pages(guide.pages(language))}
    catalogue.write_text(catalogue.read_text(encoding="utf-8").replace("Comece aqui", "Comece já"), encoding="utf-8")
    guide.languages()
    guide.assemble()
    changed = {path for path, time in before.items() if path.stat().st_mtime_ns != time}
    portuguese = guide.work / "html" / "pt-br"
    # The title stands in the navigation of the other page too, so Sphinx may write that one again.
    assert portuguese / "index.html" in changed
    assert all(path.is_relative_to(portuguese) for path in changed)
    assert "Comece já" in read(guide.site / "pt-br" / "index.html").get_text()


def test_an_error_is_said_once_and_the_old_site_stays(guide: Build) -> None:
    page = guide.source / "servers" / "sample.md"
    good = page.read_text(encoding="utf-8")
    page.write_text(f"{good}\n[lost](nowhere.md)\n", encoding="utf-8")
    try:
        with pytest.raises(BuildError) as caught:
            guide.languages()
    finally:
        page.write_text(good, encoding="utf-8")
    lines = [line for line in str(caught.value).splitlines() if "nowhere.md" in line]
    assert len(lines) == 1
    assert f"{page}:{len(good.splitlines()) + 2}: " in lines[0]
    assert (guide.site / "en" / "servers" / "sample" / "index.html").exists()
