"""`make preview LANG=pt_BR PAGE=servers/uvicorn`: a page beside the English one, built again each time a file is saved.

Each paragraph says where it stands in the catalogue, and what `make check` would say of it. The browser loads the page
again by itself.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread

from watchfiles import DefaultFilter, watch

from _ext import beside, serve
from _ext.build import ROOT
from _ext.languages import LANGUAGES, SOURCE, Language, find
from _l10n.catalogue import CatalogueError

WATCHED = ("docs", "locale", "conf.py")
OWN = Path(__file__).resolve().parents[1] / "_preview"
"""The style sheet and the script of the page that shows both languages."""
EVENTS = "/events"


class Sources(DefaultFilter):
    """Only what a page is made of: Sphinx itself writes .mo files beside the catalogues."""

    def __call__(self, change: object, path: str) -> bool:
        """Tell whether a saved file changes a page."""
        return Path(path).suffix in {".md", ".po", ".py", ".html", ".css", ".js", ".svg"}


class News:
    """What browsers are told: a queue for each that listens."""

    def __init__(self) -> None:
        self._listeners: set[SimpleQueue[bytes]] = set()
        self._lock = Lock()

    @property
    def listened(self) -> bool:
        """Whether a browser listens."""
        return bool(self._listeners)

    def tell(self, event: str, text: str = "") -> None:
        """Send a server-sent event to every browser."""
        data = "".join(f"data: {line}\n" for line in text.splitlines() or [""])
        with self._lock:
            for listener in self._listeners:
                listener.put(f"event: {event}\n{data}\n".encode())

    def follow(self) -> SimpleQueue[bytes]:
        """Return a queue that gets every event from now on."""
        queue: SimpleQueue[bytes] = SimpleQueue()
        with self._lock:
            self._listeners.add(queue)
        return queue

    def leave(self, queue: SimpleQueue[bytes]) -> None:
        """Send nothing more to this queue."""
        with self._lock:
            self._listeners.discard(queue)


class Handler(serve.Handler):
    """The built pages, the files of the page that shows both, and the events."""

    news: News

    def do_GET(self) -> None:  # noqa: N802  # the base class names it so
        """Answer with a file, or with events until the browser leaves."""
        if self.path == EVENTS:
            self.tell_events()
        else:
            super().do_GET()

    def translate_path(self, path: str) -> str:
        """Return the file that a path names."""
        name = path.removeprefix("/")
        return str(OWN / name) if name in {"beside.css", "beside.js"} else super().translate_path(path)

    def tell_events(self) -> None:
        """Send events as they come."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        queue = self.news.follow()
        try:
            while True:
                self.wfile.write(queue.get())
                self.wfile.flush()
        except ConnectionError:
            pass  # the browser has left
        finally:
            self.news.leave(queue)


def language(code: str) -> Language:
    """Return the language that `code` names, as LANG writes it: `pt_BR`, `pt_BR.UTF-8`."""
    try:
        found = find(code.partition(".")[0])
    except LookupError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if found is SOURCE:
        raise argparse.ArgumentTypeError(f"{found.name} is what is translated: choose another language")
    return found


def rebuild(preview: beside.Preview, news: News, *languages: Language) -> None:
    """Build the page in these languages and put them side by side; what fails is told, and the last good page stays."""
    try:
        preview.build(*languages)
        preview.write()
    except (beside.BuildError, CatalogueError) as error:
        said, event = str(error), "failed"
    else:
        said, event = f"{preview.stem}: built", "built"
    sys.stdout.write(f"{said}\n")
    sys.stdout.flush()
    news.tell(event, said)


def main(arguments: list[str] | None = None) -> int:
    """Serve one page and build it as it changes, until Ctrl+C; return an exit status."""
    parser = argparse.ArgumentParser(prog="make preview", description=__doc__)
    names = ", ".join(each.code for each in LANGUAGES if each is not SOURCE)
    parser.add_argument("--language", type=language, default="pt_BR", metavar="CODE", help=names)
    parser.add_argument("--page", default="index", help="the stem of a page, as servers/uvicorn")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args(arguments)
    # Ended like Ctrl+C, so that the processes that wait for a build end with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logging.getLogger("watchfiles").setLevel(logging.ERROR)
    if not (ROOT / "docs" / f"{options.page}.md").exists():
        parser.error(f"no page docs/{options.page}.md")
    work = ROOT / "build" / "preview"
    work.mkdir(parents=True, exist_ok=True)
    preview, news = beside.Preview(ROOT, options.language, options.page, work), News()
    rebuild(preview, news, SOURCE, options.language)
    handler = type("PreviewHandler", (Handler,), {"news": news})
    try:
        listening = serve.Server((serve.HOST, options.port), partial(handler, directory=str(work)))
    except OSError as error:
        parser.error(f"port {options.port}: {error.strerror}")
    Thread(target=listening.serve_forever, daemon=True).start()
    place = preview.page(options.language).with_name(beside.NAME).relative_to(work).as_posix()
    sys.stdout.write(f"http://{serve.HOST}:{options.port}/{place} (Ctrl+C ends it)\n")
    sys.stdout.flush()
    with closing(preview):
        for _changes in watch(
            *(ROOT / name for name in WATCHED), watch_filter=Sources(), raise_interrupt=False, debounce=200
        ):
            rebuild(preview, news, SOURCE, options.language)
    return 0


if __name__ == "__main__":
    sys.exit(main())
