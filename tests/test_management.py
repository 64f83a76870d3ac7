"""`gingerdj-admin`, `python -m gingerdj` and manage.py, each command in a process of its own."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from importlib import import_module
from pathlib import Path

import django
import pytest

import gingerdj
from tests.project.commands import ENVIRONMENT, LIMIT, ROOT, python, start_project

GINGER = "GINGER_SETTINGS_MODULE"
DJANGO = "DJANGO_SETTINGS_MODULE"


@pytest.fixture(scope="module")
def project(started_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project as `startproject` makes it, with a second settings module. Tests only read it."""
    folder = shutil.copytree(started_project, tmp_path_factory.mktemp("project"), dirs_exist_ok=True)
    (folder / "mysite" / "production.py").write_text("from mysite.settings import *\n\nSITE = 'production'\n")
    return folder


# startproject


def test_startproject_writes_the_files_of_a_project(project: Path) -> None:
    files = {str(path.relative_to(project)): path.read_text() for path in project.rglob("*") if path.is_file()}
    assert sorted(files) == [
        "manage.py",
        *(f"mysite/{name}.py" for name in ("__init__", "asgi", "production", "settings", "urls", "wsgi")),
    ]
    for name, text in files.items():
        compile(text, name, "exec")
        assert not re.search(r"{{|{%|project_name|\n\n\n\n|\n\n\Z", text), name
    assert "https://docs.djangoproject.com/en/{}.{}/".format(*django.VERSION) in files["mysite/settings.py"]


def test_startproject_makes_manage_py_executable(project: Path) -> None:
    assert (project / "manage.py").stat().st_mode & 0o111
    assert (project / "manage.py").read_text().startswith("#!/usr/bin/env python\n")


def test_startproject_makes_a_secret_key_for_each_project(project: Path, tmp_path: Path) -> None:
    keys = {
        re.search(r'^SECRET_KEY = "(.{50,})"$', (folder / "mysite" / "settings.py").read_text(), re.MULTILINE)[1]  # type: ignore[index] # no match fails the test
        for folder in (project, start_project(tmp_path))
    }
    assert len(keys) == 2


@pytest.mark.slow
def test_startproject_makes_a_folder_of_the_name(tmp_path: Path) -> None:
    assert python("-m", "gingerdj", "startproject", "mysite", folder=tmp_path).returncode == 0
    assert (tmp_path / "mysite" / "mysite" / "asgi.py").is_file()


@pytest.mark.slow
def test_startproject_from_another_template(tmp_path: Path) -> None:
    (tmp_path / "template").mkdir()
    (tmp_path / "template" / "only.py-tpl").write_text("name = '{{ project_name }}'\n")
    ended = python("-m", "gingerdj", "startproject", "--template=template", "mysite", folder=tmp_path)
    assert ended.returncode == 0
    assert [path.name for path in (tmp_path / "mysite").iterdir()] == ["only.py"]
    assert (tmp_path / "mysite" / "only.py").read_text() == "name = 'mysite'\n"


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("my-site", "'my-site' is not a valid project name"),
        ("json", "'json' conflicts with the name of an existing Python module"),
        ("gingerdj", "'gingerdj' conflicts with the name of an existing Python module"),
    ],
)
def test_startproject_refuses_a_name(name: str, error: str, tmp_path: Path) -> None:
    ended = python("-m", "gingerdj", "startproject", name, ".", folder=tmp_path)
    assert (ended.returncode, list(tmp_path.iterdir())) == (1, [])
    assert ended.stderr.startswith(f"CommandError: {error}")


def test_startproject_overwrites_nothing(project: Path) -> None:
    before = (project / "manage.py").read_text()
    ended = python("-m", "gingerdj", "startproject", "other", ".", folder=project)
    assert ended.returncode == 1
    assert "manage.py already exists" in ended.stderr
    assert (project / "manage.py").read_text() == before


# The project that startproject makes


def test_check_finds_nothing(project: Path) -> None:
    ended = python("manage.py", "check", "--fail-level=DEBUG", folder=project)
    assert (ended.returncode, ended.stdout, ended.stderr) == (
        0,
        "System check identified no issues (0 silenced).\n",
        "",
    )


@pytest.mark.slow
def test_check_deploy_names_what_production_needs(project: Path) -> None:
    """From Django 6.1 on the email of a new project, in the terminal, is an error in production."""
    ended = python("manage.py", "check", "--deploy", folder=project)
    found = set(re.findall(r"\((\w+\.[EW]\d+)\)", ended.stderr))
    assert {name for name in found if ".E" in name} == ({"mail.E001"} if django.VERSION >= (6, 1) else set())
    assert {"security.W009", "security.W018", "security.W020"} <= found


def test_installs_the_app(project: Path) -> None:
    """Django's own command knows the tag of our checks."""
    ended = python("-m", "django", "check", "--list-tags", "--settings=mysite.settings", folder=project)
    assert "gingerdj" in ended.stdout.split()


@pytest.mark.slow
def test_models_are_fine_without_a_choice_of_key(new_project: Path) -> None:
    """Django 5.2 warns of each model of a project that does not set DEFAULT_AUTO_FIELD."""
    mysite = new_project / "mysite"
    (mysite / "models.py").write_text("from django.db.models import Model\n\n\nclass Page(Model):\n    pass\n")
    (mysite / "pages.py").write_text("from mysite.settings import *\n\nINSTALLED_APPS += ['mysite']\n")
    ended = python("manage.py", "check", "--fail-level=WARNING", "--settings=mysite.pages", folder=new_project)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.slow
def test_needs_no_migration(project: Path) -> None:
    ended = python("manage.py", "makemigrations", "--check", folder=project)
    assert (ended.returncode, ended.stdout) == (0, "No changes detected\n")


@pytest.mark.slow
def test_prints_email_where_django_has_mailers(project: Path) -> None:
    """Django 6.1 warns of email without MAILERS, and warnings are errors here; Django 5.2 does not know them."""
    assert ("\nMAILERS = " in (project / "mysite" / "settings.py").read_text()) == (django.VERSION >= (6, 1))
    if django.VERSION >= (6, 1):
        ended = python("manage.py", "sendtestemail", "reader@example.com", folder=project)
        assert ended.returncode == 0
        assert "\nTo: reader@example.com\n" in ended.stdout


VIEW = f"""
import json, os
from django.conf import settings
from django.http import HttpResponse
from django.urls import path

def report(request):
    return HttpResponse(json.dumps([settings.SETTINGS_MODULE, os.environ["{GINGER}"], os.environ["{DJANGO}"]]))

urlpatterns = [path("", report)]
"""


@contextmanager
def runserver(folder: Path, **variables: str) -> Iterator[int]:
    """The port of a `runserver`, which is ended with its children afterwards."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port: int = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "manage.py", "runserver", str(port)],
        cwd=folder,
        env=ENVIRONMENT | variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(LIMIT)
        with suppress(ProcessLookupError):  # its children end with it; none may stay if they did not
            os.killpg(process.pid, signal.SIGKILL)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when something listens on the port; fail when the process that should has ended or the time is up."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        with suppress(subprocess.TimeoutExpired):
            pytest.fail(f"runserver ended with {process.wait(0.05)}")
    pytest.fail(f"nothing listens on port {port} after {LIMIT} seconds")


@pytest.mark.slow
def test_runserver_uses_the_wsgi_application_and_passes_the_settings_on(new_project: Path) -> None:
    """The view runs in a child process: `runserver` starts itself again to reload."""
    mysite = new_project / "mysite"
    (mysite / "asgi.py").write_text("raise AssertionError('runserver does not use the ASGI application')\n")
    (mysite / "urls.py").write_text(VIEW)
    (mysite / "production.py").write_text("from mysite.settings import *\n")
    with runserver(new_project, **{GINGER: "mysite.production"}) as port:
        connection = HTTPConnection("127.0.0.1", port, timeout=LIMIT)
        with closing(connection):
            connection.request("GET", "/")
            assert json.load(connection.getresponse()) == ["mysite.production"] * 3


# Which settings a command gets

REPORT = (
    "import os; from django.conf import settings; print(settings.SETTINGS_MODULE, os.environ[{!r}], os.environ[{!r}])"
)
SHELL = ("shell", "-v0", "-c", REPORT.format(GINGER, DJANGO))


@pytest.mark.parametrize("program", [("manage.py",), ("-m", "gingerdj")])
def test_settings_option_wins(program: tuple[str, ...], project: Path) -> None:
    variables = {GINGER: "one", DJANGO: "other"}
    ended = python(*program, *SHELL, "--settings=mysite.production", folder=project, **variables)
    assert (ended.stderr, ended.stdout.split()) == ("", ["mysite.production"] * 3)


@pytest.mark.slow
def test_variable_wins_over_manage_py(project: Path) -> None:
    ended = python("manage.py", *SHELL, folder=project, **{DJANGO: "mysite.production"})
    assert (ended.stderr, ended.stdout.split()) == ("", ["mysite.production"] * 3)


def test_default_of_manage_py(project: Path) -> None:
    ended = python("manage.py", *SHELL, folder=project)
    assert (ended.stderr, ended.stdout.split()) == ("", ["mysite.settings"] * 3)


@pytest.mark.slow
def test_pythonpath_option(project: Path, tmp_path: Path) -> None:
    command = ("-m", "gingerdj", "check", "--settings=mysite.settings")
    assert python(*command, f"--pythonpath={project}", folder=tmp_path).returncode == 0
    assert "No module named 'mysite'" in python(*command, folder=tmp_path).stderr


@pytest.mark.parametrize(
    ("variables", "error"),
    [
        ({}, f"No settings module: {GINGER} and {DJANGO} are both unset or empty."),
        ({GINGER: "absent"}, f"{GINGER} is 'absent', which Python does not find: No module named 'absent'."),
        ({DJANGO: "absent"}, f"{DJANGO} is 'absent', which Python does not find: No module named 'absent'."),
        ({GINGER: "one", DJANGO: "other"}, f"{GINGER} is 'one' and {DJANGO} is 'other': a process has one settings"),
    ],
)
def test_one_clear_error(variables: dict[str, str], error: str, tmp_path: Path) -> None:
    ended = python("-m", "gingerdj", "runserver", folder=tmp_path, **variables)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"python -m gingerdj: {error}")
    assert ended.stderr.count("\n") == 1


def test_error_names_the_option(project: Path) -> None:
    ended = python("manage.py", "check", "--settings=mysite.absent", folder=project)
    assert ended.returncode == 1
    assert ended.stderr.startswith("manage.py: --settings is 'mysite.absent', which Python does not find")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("import dependency", "ModuleNotFoundError: No module named 'dependency'"),
        ("from json import dependency", "ImportError: cannot import name 'dependency'"),
        (
            "from django.core.exceptions import ImproperlyConfigured as E; raise E('no key')",
            "django.core.exceptions.ImproperlyConfigured: no key",
        ),
    ],
)
def test_error_inside_the_settings_is_not_hidden(text: str, error: str, tmp_path: Path) -> None:
    (tmp_path / "site_settings.py").write_text(f"{text}\n")
    ended = python("-m", "gingerdj", "check", "--settings=site_settings", folder=tmp_path)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Traceback")
    assert 'site_settings.py", line 1' in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith(error)


def test_commands_that_need_no_settings_run_with_wrong_ones(tmp_path: Path) -> None:
    ended = python("-m", "gingerdj", "startproject", "mysite", folder=tmp_path, **{DJANGO: "absent"})
    assert (ended.returncode, ended.stderr) == (0, "")


# The rest of a command line


@pytest.mark.parametrize("arguments", [["--version"], ["version"]])
def test_version(arguments: list[str], tmp_path: Path) -> None:
    ended = python("-m", "gingerdj", *arguments, folder=tmp_path)
    assert ended.stdout == f"GingerDJ {gingerdj.__version__} (Django {django.__version__})\n"


@pytest.mark.slow
def test_help_lists_djangos_commands(tmp_path: Path) -> None:
    ended = python("-m", "gingerdj", "help", "--commands", folder=tmp_path)
    assert {"check", "migrate", "runserver", "startapp", "startproject"} <= set(ended.stdout.split())


def test_help_of_startproject_is_ours(tmp_path: Path) -> None:
    ended = python("-m", "gingerdj", "help", "startproject", folder=tmp_path)
    assert ended.stdout.startswith("usage: python -m gingerdj startproject ")
    assert "Makes a GingerDJ project" in ended.stdout


def test_usage_names_the_program_as_it_was_called(tmp_path: Path) -> None:
    ended = python("-m", "gingerdj", "startproject", folder=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith("usage: python -m gingerdj startproject ")
    assert ended.stderr.endswith("error: You must provide a project name.\n")


def test_unknown_command(project: Path) -> None:
    ended = python("manage.py", "chekc", folder=project)
    assert ended.returncode == 1
    assert ended.stderr == "Unknown command: 'chekc'. Did you mean check?\nType 'manage.py help' for usage.\n"


def test_manage_py_without_gingerdj(project: Path) -> None:
    ended = python("-S", "manage.py", "check", folder=project, PYTHONPATH="")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"GingerDJ is not installed for {sys.executable}: activate the project's virtual environment.\n"
    )


def test_console_script_names_a_function() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert list(scripts) == ["gingerdj-admin"]
    module, _, name = scripts["gingerdj-admin"].partition(":")
    assert callable(getattr(import_module(module), name))
