"""Django's own tests pass with GingerDJ's handler in place, but for the differences that ``accepted.toml`` explains."""

from __future__ import annotations

import io
import os
import tarfile
from dataclasses import replace
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from tests.django_suite import runs, source, verdict
from tests.django_suite.__main__ import labels
from tests.django_suite.runs import MODES, Outcome
from tests.django_suite.verdict import Accepted, problems

if TYPE_CHECKING:
    from pathlib import Path

ENTRIES = verdict.accepted(verdict.ACCEPTED.read_text(encoding="utf-8"))
# Two modes that pytest runs side by side share the processors.
WORKERS = 1 if "PYTEST_XDIST_WORKER" in os.environ else 2
LISTED = Accepted("because", ("asgi.tests.A.test_listed",), ("asgi",))


@pytest.fixture(scope="session")
def suite() -> Path:
    """The folder of Django's tests, or a skip that says why there is none."""
    try:
        return source.tests_folder()
    except source.SourceUnavailableError as problem:
        pytest.skip(str(problem))


@pytest.mark.slow
@pytest.mark.usefixtures("suite")
@pytest.mark.parametrize("mode", ["asgi", "chain"])
def test_djangos_tests_pass(mode: str) -> None:
    chosen = labels(every=False)
    outcome = runs.run(MODES[mode], chosen, workers=WORKERS, limit=900)
    found = problems(outcome, ENTRIES, mode, metadata.version("django"), chosen)
    assert not found, verdict.grouped(found)


@pytest.mark.slow
@pytest.mark.usefixtures("suite")
@pytest.mark.parametrize(
    ("mode", "test"),
    [
        ("asgi", "asgi.tests.ASGITest.test_post_body"),  # an ASGI application
        ("asgi", "handlers.tests.AsyncHandlerRequestTests.test_async_view"),  # the asynchronous client
        ("chain", "handlers.tests.HandlerRequestTests.test_async_view"),  # the synchronous client
    ],
)
def test_a_fault_is_found(mode: str, test: str) -> None:
    broken = replace(MODES[mode], handler="tests.django_suite.broken.ASGIHandler")
    outcome = runs.run(broken, [test], workers=1, limit=120)
    assert outcome.failed.keys() == {test}
    assert "418" in outcome.failed[test]


@pytest.mark.slow
@pytest.mark.usefixtures("suite")
def test_a_run_that_can_not_start_is_an_error() -> None:
    with pytest.raises(runs.RunEndedError, match="no_such_tests"):
        runs.run(MODES["plain"], ["no_such_tests"], workers=1, limit=120)


@pytest.mark.slow
@pytest.mark.usefixtures("suite")
def test_a_run_that_does_not_end_is_ended() -> None:
    with pytest.raises(runs.RunEndedError, match=r"not finished after 0\.1 seconds"):
        runs.run(MODES["plain"], ["asgi"], workers=1, limit=0.1)


def outcome(*, failed: tuple[str, ...] = (), passed: tuple[str, ...] = (), skipped: tuple[str, ...] = ()) -> Outcome:
    return Outcome(
        frozenset(failed + passed + skipped), dict.fromkeys(failed, "Traceback"), dict.fromkeys(skipped, "reason")
    )


def judged(result: Outcome, mode: str = "asgi", version: str = "6.1.3", entry: Accepted = LISTED) -> set[str]:
    return set(problems(result, [entry], mode, version, ["asgi"]))


def test_an_unlisted_failure_is_a_problem() -> None:
    assert judged(outcome(failed=("asgi.tests.A.test_listed", "asgi.tests.A.test_b"))) == {"asgi.tests.A.test_b"}


def test_a_listed_failure_is_none() -> None:
    assert judged(outcome(failed=("asgi.tests.A.test_listed",), passed=("asgi.tests.A.test_b",))) == set()


def test_a_failure_listed_for_another_mode_or_django_is_a_problem() -> None:
    result = outcome(failed=("asgi.tests.A.test_listed",))
    assert judged(result, mode="chain") == {"asgi.tests.A.test_listed"}
    assert judged(result, entry=replace(LISTED, django=("5.2",))) == {"asgi.tests.A.test_listed"}
    assert judged(result, entry=replace(LISTED, django=("6.1",))) == set()


def test_a_listed_test_that_passes_or_is_gone_is_a_problem() -> None:
    assert judged(outcome(passed=("asgi.tests.A.test_listed",))) == {"asgi.tests.A.test_listed"}
    assert judged(outcome(passed=("asgi.tests.A.test_b",))) == {"asgi.tests.A.test_listed"}


def test_a_listed_test_that_was_not_asked_for_or_is_skipped_is_none() -> None:
    assert problems(outcome(passed=("csrf_tests.tests.A.test_b",)), [LISTED], "asgi", "6.1.3", ["csrf_tests"]) == {}
    assert judged(outcome(skipped=("asgi.tests.A.test_listed",))) == set()


def test_a_class_whose_set_up_fails_is_a_problem() -> None:
    assert judged(
        Outcome(frozenset({"asgi.tests.B.test_b"}), {"asgi.tests.B": "Traceback"}, {}), entry=replace(LISTED, modes=())
    ) == {"asgi.tests.B"}


@pytest.mark.parametrize(
    "missing", ['reason = ""\ntests = ["a"]\nmodes = ["asgi"]', 'reason = "why"\ntests = []\nmodes = ["asgi"]']
)
def test_an_accepted_difference_says_what_and_why(missing: str) -> None:
    with pytest.raises(ValueError, match="needs a reason, tests and modes"):
        verdict.accepted(f"[[accepted]]\n{missing}\n")


def test_no_test_is_listed_twice() -> None:
    for mode in MODES:
        for version in ("5.2.1", "6.1.1"):
            listed = [test for entry in ENTRIES if entry.holds(mode, version) for test in entry.tests]
            assert len(listed) == len(set(listed))


def test_problems_are_shown_by_cause() -> None:
    text = "Traceback (most recent call last):\n  File x, line 1\n    call()\nValueError: {}\nmore\n"
    shown = verdict.grouped(
        {"a.A.one": text.format("first"), "a.A.two": text.format("first"), "b": text.format("other")}
    )
    assert "== 2 × ValueError: first\n   a.A.one\n   a.A.two\n" in shown
    assert "== 1 × ValueError: other\n   b\n" in shown


def test_the_fast_labels_are_a_part_of_all() -> None:
    every = labels(every=True)
    assert all(any(runs.within(label, wider) for wider in every) for label in labels(every=False))


def test_the_lock_holds_the_source_distribution_of_django_only() -> None:
    entry = source.entry(source.LOCK.read_text(encoding="utf-8"), "django")
    pins = [line for line in entry.splitlines() if line[:1].isalnum()]
    assert pins
    assert all(pin.startswith("django==") for pin in pins)
    assert entry.count("--hash=sha256:") == 2 * len(pins)  # the wheel and the source distribution


def test_only_the_tests_are_unpacked(tmp_path: Path) -> None:
    archive = tmp_path / "django-1.tar.gz"
    with tarfile.open(archive, "w:gz") as written:
        for name in ("django-1/tests/asgi/tests.py", "django-1/django/__init__.py", "django-1/setup.py"):
            content = name.encode()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            written.addfile(member, io.BytesIO(content))
    source.unpack(archive, tmp_path / "unpacked")
    files = [path.relative_to(tmp_path / "unpacked") for path in (tmp_path / "unpacked").rglob("*") if path.is_file()]
    assert [str(file) for file in files] == ["asgi/tests.py"]


@pytest.mark.slow
def test_pip_says_why_there_is_no_source_distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "dev.txt").write_text("django==5.2 \\\n    --hash=sha256:" + 64 * "0" + "\n", encoding="utf-8")
    (tmp_path / "wheels").mkdir()
    monkeypatch.setattr(source, "LOCK", tmp_path / "dev.txt")
    monkeypatch.setattr(source, "CACHE", tmp_path / "cache")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    with pytest.raises(source.SourceUnavailableError, match="No matching distribution found for django"):
        source.tests_folder()
    assert list((tmp_path / "cache").iterdir()) == []
