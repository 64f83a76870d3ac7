"""The parts of the benchmarks that only compute, and the two programs that they talk to."""

from __future__ import annotations

import asyncio
import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from bs4 import BeautifulSoup

from benchmarks import crowd, growth, handlers, in_process, plot, project
from benchmarks.applications import CONTENDERS, bare
from benchmarks.growth import Point
from benchmarks.load import Load, LoadError, checked, quoted, script
from benchmarks.ratio import Ratio, number, ratio, spread
from benchmarks.server import ASGI, WSGI, State, open_files, status
from benchmarks.table import compare, markdown
from benchmarks.target import TARGETS, Target, verdicts
from benchmarks.under_server import Run, states
from tests.cost_project.request import Request
from tests.cost_project.visitor import Visitor

if TYPE_CHECKING:
    from pathlib import Path

VISITOR = Visitor("key")


def test_spread_is_median_and_quartiles() -> None:
    assert spread([5, 1, 4, 2, 3]) == Ratio(3, 2, 4)
    assert spread([7]) == Ratio(7, 7, 7)


def test_spread_of_nothing() -> None:
    with pytest.raises(ValueError, match="No round was measured"):
        spread([])


def test_ratio_is_taken_round_by_round() -> None:
    """A round in which the machine is slow slows both: the ratio stays."""
    assert ratio([20, 2, 40], [10, 1, 20]) == Ratio(2, 2, 2)


def test_ratio_of_rounds_that_do_not_match() -> None:
    with pytest.raises(ValueError, match="shorter"):
        ratio([1, 2], [1])


@pytest.mark.parametrize(
    ("value", "text"), [(0.123, "0.12"), (9.876, "9.88"), (12.34, "12.3"), (99.94, "99.9"), (1234.5, "1234")]
)
def test_number(value: float, text: str) -> None:
    assert number(value) == text


def test_ratio_reads_median_then_quartiles() -> None:
    assert str(Ratio(31.23, 9.5, 120)) == "31.2 (9.50–120)"


def test_markdown() -> None:
    assert markdown(["a", "b"], [["x", "1"]]) == "| a | b |\n| --- | ---: |\n| x | 1 |\n"


def test_compare_is_relative_to_django_asgi() -> None:
    speeds = {
        "fast": {"Django ASGI": [10.0, 10.0], "GingerDJ": [20.0, 40.0], "Starlette": [5.0, 5.0]},
        "slow": {"Django ASGI": [100.0], "GingerDJ": [90.0]},
    }
    assert compare(speeds, "requests/s").splitlines() == [
        "| request | Django ASGI, requests/s | GingerDJ | Starlette |",
        "| --- | ---: | ---: | ---: |",
        "| fast | 10.0 | × 3.00 (2.50–3.50) | × 0.50 (0.50–0.50) |",
        # What gains nothing is printed as well, and what does not run has a dash.
        "| slow | 100 | × 0.90 (0.90–0.90) | – |",
    ]


def test_verdicts() -> None:
    targets = [
        Target("here", "default", "row", 2),
        Target("here", "default", "row", 4, "Starlette"),
        Target("here", "none", "row", 1),
        Target("elsewhere", "default", "row", 1),
    ]
    speeds = {"default": {"row": {"Django ASGI": [1.0], "GingerDJ": [2.0], "Starlette": [1.0]}}}
    assert verdicts("here", speeds, targets).splitlines()[2:] == [
        "| row, middleware: default, against Django ASGI | ≥ 2.00 | 2.00 (2.00–2.00) | met |",
        "| row, middleware: default, against Starlette | ≥ 4.00 | 2.00 (2.00–2.00) | missed |",
    ]
    assert verdicts("nowhere", speeds, targets) == ""


def test_targets_name_rows_and_contenders_that_exist() -> None:
    for target in TARGETS:
        assert target.row in project.rows(target.stack, VISITOR)
        assert CONTENDERS[target.other].runs(target.row)
        assert target.where == "in process" or target.where in ASGI


def test_rows_that_need_a_session_need_middleware() -> None:
    assert project.rows("default", VISITOR).keys() - project.rows("none", VISITOR).keys() == {"session read"}


def test_wsgi_is_asked_for_the_sync_views() -> None:
    paths = {name: project.to_wsgi(request).path for name, request in project.rows("default", VISITOR).items()}
    assert paths["async view"] == paths["sync view"] == "/sync/nothing/"
    assert paths["stream"] == "/sync/lines/"
    assert paths["404"] == "/none/"
    form = project.rows("default", VISITOR)["form POST"]
    assert project.to_wsgi(form) == replace(form, path="/sync/form/")


def test_environ_of_a_form() -> None:
    form = project.rows("default", VISITOR)["form POST"]
    environ = in_process.environ(form)
    assert environ["REQUEST_METHOD"] == "POST"
    assert environ["CONTENT_TYPE"] == "application/x-www-form-urlencoded"
    assert environ["CONTENT_LENGTH"] == str(len(form.body))
    assert environ["HTTP_COOKIE"].startswith("sessionid=key; ")


def test_asgi_batch_makes_the_number_of_requests() -> None:
    seen: list[Any] = []

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        seen.append((scope["path"], "changed" in scope, await receive()))
        scope["changed"] = True
        await send({"type": "http.response.start", "status": 201, "headers": []})

    request = Request("/x/", "POST", body=b"body")
    with asyncio.Runner() as runner:
        batch = in_process.asgi_batch(application, request, runner)
        assert batch(3) == 201
    assert seen == [("/x/", False, {"type": "http.request", "body": b"body", "more_body": False})] * 3


def test_wsgi_batch_makes_the_number_of_requests() -> None:
    bodies: list[bytes] = []

    class Response(list[bytes]):
        closed = 0

        def close(self) -> None:
            Response.closed += 1

    def application(environ: dict[str, Any], start_response: Any) -> Response:
        bodies.append(environ["wsgi.input"].read())
        start_response("404 Not Found", [])
        return Response([b"x"])

    assert in_process.wsgi_batch(application, Request("/x/", "POST", body=b"body"))(2) == 404
    assert bodies == [b"body"] * 2
    assert Response.closed == 2


def test_bare_callable_answers() -> None:
    with asyncio.Runner() as runner:
        assert in_process.asgi_batch(bare(), Request("/"), runner)(1) == 200


def test_batch_is_large_enough_to_be_timed() -> None:
    made: list[int] = []
    clock = iter(range(100))

    def make(number: int) -> int:
        made.append(number)
        return 200

    assert in_process.timed(make, 5, lambda: next(clock)) == 1
    # Requests so slow that a batch is found in a few tries: before each, all garbage is collected.
    assert in_process.fitting(lambda number: sum(range(number * 50_000))) >= in_process.FEWEST
    assert made == [5]


def test_script_of_wrk() -> None:
    request = Request("/", "POST", ((b"cookie", b'a="\\"'),), b"name=x")
    assert script(request).splitlines()[:3] == [
        'wrk.method = "POST"',
        'wrk.headers["cookie"] = "a=\\"\\\\\\""',
        'wrk.body = "name=x"',
    ]


def test_line_ends_are_escaped_for_lua() -> None:
    assert quoted("a\r\nb") == r'"a\r\nb"'


@pytest.mark.parametrize("text", ["a\0b", "é"])
def test_what_lua_would_not_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not printable ASCII"):
        quoted(text)


FINE = Load(requests=100, microseconds=2_000_000, refused=0, broken=0, p50=1, p99=2)


def test_load_is_requests_per_second() -> None:
    assert FINE.speed == 50


@pytest.mark.parametrize(
    ("load", "status"),
    [
        (replace(FINE, refused=1), 200),
        (replace(FINE, refused=99), 404),
        (replace(FINE, broken=1), 200),
        (replace(FINE, requests=0), 200),
    ],
)
def test_load_that_is_not_what_was_asked_for(load: Load, status: int) -> None:
    with pytest.raises(LoadError, match=f"not every response has status {status}"):
        checked(load, Request("/", status=status))


def test_load_that_is_what_was_asked_for() -> None:
    assert checked(FINE, Request("/")) is FINE
    assert checked(replace(FINE, refused=100), Request("/", status=404)).refused == 100


def test_state_comes_from_proc(tmp_path: Path) -> None:
    fields = status(1)
    assert fields["Pid"] == "1"
    assert int(fields["Threads"]) >= 1
    path = tmp_path / "db"
    with path.open("w"), path.open():
        assert open_files(os.getpid()).count(path) == 2


def test_states() -> None:
    run = Run(before={"GingerDJ": State(1024, 1, 0)}, after={"GingerDJ": State(2048, 2, 3)})
    assert states(run).splitlines()[2] == "| GingerDJ | 1 → 2 | 1 → 2 | 0 → 3 |"


@pytest.mark.parametrize("command", [*ASGI.values(), WSGI])
def test_every_server_stays_on_loopback(command: list[str]) -> None:
    assert any(argument.partition(":")[0] == "127.0.0.1" for argument in command)


@pytest.mark.parametrize("option", ["--row", "--server", "--stack"])
def test_a_name_that_nothing_has_is_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        handlers.parse([option, "nonsense"])
    assert "'nonsense'" in capsys.readouterr().err


POINTS = {
    "Django ASGI": [Point(1, FINE, State(2048, 3, 0)), Point(4, replace(FINE, refused=2, broken=5), State(4096, 7, 0))],
    "Django WSGI": [Point(1, FINE, State(1024, 9, 0)), Point(4, replace(FINE, requests=0), State(1024, 9, 0))],
}


def test_growth_hides_nothing() -> None:
    assert growth.table(POINTS).splitlines()[2:4] == [
        "| Django ASGI | 1 | 50.0 | 0.00 | 0 | 2 | 3 |",
        "| Django ASGI | 4 | 50.0 | 0.00 | 7 | 4 | 7 |",
    ]


def test_plots_name_contenders_and_rows_and_load_nothing(tmp_path: Path) -> None:
    plot.curves(POINTS, "under load", tmp_path / "curves.svg")
    row = {"Django ASGI": [1.0, 1.0], "GingerDJ": [2.0, 3.0]}
    plot.bars({"async view": row, "session read": {**row, "Django WSGI": [4.0, 4.0]}}, "rows", tmp_path / "bars.svg")
    for name, words in {
        "curves.svg": {"Django ASGI", "Django WSGI", "under load", "clients"},
        "bars.svg": {"GingerDJ", "Django WSGI", "async view", "session read", "2.5"},
    }.items():
        drawing = BeautifulSoup((tmp_path / name).read_text(), "html.parser")
        assert words <= set(drawing.stripped_strings)
        assert not drawing.find_all(["script", "image", "foreignobject"])
        assert not [key for element in drawing.find_all() for key in element.attrs if key.endswith(("href", "src"))]


def test_every_contender_has_a_colour() -> None:
    assert plot.COLOURS.keys() == CONTENDERS.keys()


def test_a_crowd_is_answered_and_its_threads_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crowd, "CROWD", 3)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        thread = threading.Thread(target=int)
        thread.start()
        thread.join()
        await send({"type": "http.response.start", "status": 200})

    found = asyncio.run(crowd.visit(application))
    assert (found.answered, found.started) == (3, 3)
    assert crowd.table({"GingerDJ": replace(found, memory=2048)}).splitlines()[2] == "| GingerDJ | 3 | 3 | + 2 |"


@pytest.mark.slow
def test_a_run_in_process(capsys: pytest.CaptureFixture[str]) -> None:
    """The whole way once, in one round of one row: every contender answers as the row expects, or this fails."""
    assert handlers.main(["--rounds", "1", "--stack", "default", "--row", "form POST"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" | ")[0] for line in lines if line.startswith("|")] == ["| request", "| ---", "| form POST"]
