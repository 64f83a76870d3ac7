"""`make serve`: the built site on this machine, as a static host would serve it."""

from __future__ import annotations

import argparse
import errno
import gzip
import sys
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from _ext import policy

if TYPE_CHECKING:
    from os import PathLike
    from typing import BinaryIO

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"
# What hosts use unless they are told otherwise.
COMPRESSION = 6
# Text by another name, beside all that is text/*.
TEXT = frozenset({"application/javascript", "application/json", "application/xml", "image/svg+xml"})


class Handler(SimpleHTTPRequestHandler):
    """Files of one folder under the site's own policy; what is not there gets the site's own 404 page."""

    protocol_version = "HTTP/1.1"
    # A browser keeps its connections open; a thread waits for each of them.
    timeout = 30

    def send_head(self) -> BinaryIO | None:
        """Answer with text, gzipped for who takes it; all else as the standard library does."""
        path = Path(self.translate_path(self.path))
        if path.is_dir() and urlsplit(self.path).path.endswith("/"):
            path /= "index.html"
        if path.is_file() and self._is_text(path):
            return self._text(HTTPStatus.OK, path)
        return super().send_head()

    # Without a charset a browser guesses, and shows Chinese as something else.
    extensions_map = {  # noqa: RUF012  # the base class declares it
        **SimpleHTTPRequestHandler.extensions_map,
        ".md": "text/markdown; charset=utf-8",
        ".txt": "text/plain; charset=utf-8",
    }

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a wrong address with 404.html, every other error as the standard library does."""
        page = Path(self.directory, "404.html")
        if code != HTTPStatus.NOT_FOUND or not page.exists():
            super().send_error(code, message, explain)
            return
        body = self._text(HTTPStatus.NOT_FOUND, page)
        if self.command != "HEAD":
            self.wfile.write(body.read())

    def guess_type(self, path: str | PathLike[str]) -> str:
        """Name the encoding of text as well: what is no HTML cannot say it itself."""
        kind = super().guess_type(path)
        return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind

    def end_headers(self) -> None:
        """Add what holds for every answer."""
        # A stamped address changes with its content; about all others the browser asks each time.
        stamped = "v" in parse_qs(urlsplit(getattr(self, "path", "")).query)
        self.send_header("Cache-Control", "public, max-age=31536000, immutable" if stamped else "no-cache")
        for name, value in policy.HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def _is_text(self, path: Path) -> bool:
        kind = self.guess_type(path).partition(";")[0]
        return kind.startswith("text/") or kind in TEXT

    def _text(self, status: HTTPStatus, path: Path) -> BytesIO:
        body = path.read_bytes()
        zipped = "gzip" in self.headers.get("Accept-Encoding", "")
        if zipped:
            body = gzip.compress(body, COMPRESSION, mtime=0)
        self.send_response(status)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Vary", "Accept-Encoding")
        if zipped:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        return BytesIO(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Keep the terminal for what matters."""


class Server(ThreadingHTTPServer):
    """A server with room for all the connections that a browser opens at once."""

    request_queue_size = 128


def server(folder: Path, port: int) -> Server:
    """Return a server that listens already, on the loopback only; raises OSError when the port is taken."""
    return Server((HOST, port), partial(Handler, directory=str(folder)))


def main(arguments: list[str] | None = None) -> int:
    """Serve until Ctrl+C; return an exit status."""
    parser = argparse.ArgumentParser(prog="make serve", description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "site")
    options = parser.parse_args(arguments)
    if not (options.folder / "index.html").exists():
        sys.stderr.write(f"{options.folder} holds no site: `make site` builds it\n")
        return 1
    try:
        listening = server(options.folder, options.port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        sys.stderr.write(
            f"port {options.port} is in use: choose another one, as in `make serve PORT={options.port + 1}`\n"
        )
        return 1
    # Who reads the line may press Ctrl+C at once.
    with suppress(KeyboardInterrupt), listening:
        sys.stdout.write(f"The guide is at http://{HOST}:{listening.server_address[1]}/ (Ctrl+C ends it)\n")
        sys.stdout.flush()
        listening.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
