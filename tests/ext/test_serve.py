"""`make serve`: what it answers, and what it says when it cannot."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from _ext import serve
from tests.built import ROOT, served

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site of two pages."""
    (tmp_path / "index.html").write_text("the entry")
    (tmp_path / "404.html").write_text("nothing here")
    return tmp_path


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [("GET", "/", 200, "the entry"), ("GET", "/en/no/", 404, "nothing here"), ("HEAD", "/en/no/", 404, "")],
)
def test_the_site_is_served_with_its_404_page(site: Path, method: str, path: str, status: int, body: str) -> None:
    with served(site) as address:
        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=5)
        connection.request(method, path)
        response = connection.getresponse()
        assert (response.status, response.read().decode()) == (status, body)
        assert response.headers["Content-Type"].startswith("text/html")
        assert response.headers["Cache-Control"] == "no-cache"
        connection.close()


def test_a_port_in_use_is_one_clear_line(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server((serve.HOST, 0)) as taken:
        port = taken.getsockname()[1]
        assert serve.main(["--port", str(port), "--folder", str(site)]) == 1
    said = capsys.readouterr().err
    assert said == f"port {port} is in use: choose another one, as in `make serve PORT={port + 1}`\n"


def test_a_site_that_is_not_built_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert serve.main(["--folder", str(tmp_path)]) == 1
    assert capsys.readouterr().err == f"{tmp_path} holds no site: `make site` builds it\n"


def test_it_says_where_to_open_and_ends_with_an_interrupt(site: Path) -> None:
    # A run in the background, as of `nohup make test &`, ignores the signal, and its children would.
    command = ["env", "--default-signal=INT", sys.executable, "-m", "_ext.serve", "--port", "0", "--folder", str(site)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "docs")}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        assert said.startswith(f"The guide is at http://{serve.HOST}:")
        process.send_signal(signal.SIGINT)
        try:
            assert process.communicate(timeout=60) == ("", "")
        finally:
            process.kill()  # nothing to one that has ended
    assert process.returncode == 0
