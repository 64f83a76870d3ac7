"""`make serve`: the built site on this machine, as a static host would serve it."""

from __future__ import annotations

import argparse
import errno
import sys
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"


class Handler(SimpleHTTPRequestHandler):
    """Files of one folder; what is not there gets the site's own 404 page."""

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
        body = page.read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def end_headers(self) -> None:
        """Ask the browser to look again each time: the site changes under it."""
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

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
