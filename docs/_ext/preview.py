"""`make preview LANG=pt_BR PAGE=servers/uvicorn`: one language, built again each time a file is saved."""

from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path

from watchfiles import DefaultFilter, watch

from _ext import serve
from _ext.build import ROOT, Build, BuildError
from _ext.languages import LANGUAGES, Language, find
from _l10n import check

WATCHED = ("docs", "locale", "conf.py")


class Sources(DefaultFilter):
    """Only what a page is made of: Sphinx itself writes .mo files beside the catalogues."""

    def __call__(self, change: object, path: str) -> bool:
        """Tell whether a saved file changes a page."""
        return Path(path).suffix in {".md", ".po", ".py", ".html", ".css", ".js", ".svg"}


def language(code: str) -> Language:
    """Return the language that `code` names, as LANG writes it: `pt_BR`, `pt_BR.UTF-8`."""
    try:
        return find(code.partition(".")[0])
    except LookupError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def rebuild(build: Build, chosen: Language, page: str) -> None:
    """Say what the checks find on the page, and build: what is half translated may be looked at, not published."""
    files = [ROOT / "docs" / f"{page}.md", ROOT / "locale" / chosen.code / "LC_MESSAGES" / f"{page}.po"]
    for problem in check.check(ROOT, files):
        sys.stdout.write(f"{problem}\n")
    try:
        build.language(chosen)
    except BuildError as error:
        # The last good pages stay.
        sys.stdout.write(f"{error}\n")
    else:
        sys.stdout.write(f"{chosen.name}: built\n")
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> int:
    """Serve one language and build it as it changes, until Ctrl+C; return an exit status."""
    parser = argparse.ArgumentParser(prog="make preview", description=__doc__)
    names = ", ".join(each.code for each in LANGUAGES)
    parser.add_argument("--language", type=language, default="pt_BR", metavar="CODE", help=names)
    parser.add_argument("--page", default="index", help="the stem of a page, as servers/uvicorn")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args(arguments)
    if not (ROOT / "docs" / f"{options.page}.md").exists():
        parser.error(f"no page docs/{options.page}.md")
    build = Build(work=ROOT / "build" / "preview")
    folder = build.pages(options.language).parent
    rebuild(build, options.language, options.page)
    try:
        listening = serve.server(folder, options.port)
    except OSError as error:
        parser.error(f"port {options.port}: {error.strerror}")
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    page = "" if options.page == "index" else f"{options.page}/"
    sys.stdout.write(f"http://{serve.HOST}:{options.port}/{options.language.slug}/{page} (Ctrl+C ends it)\n")
    sys.stdout.flush()
    for _changes in watch(*(ROOT / name for name in WATCHED), watch_filter=Sources(), raise_interrupt=False):
        rebuild(build, options.language, options.page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
