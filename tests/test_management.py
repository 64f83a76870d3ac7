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
from typing import Any

import django
import pytest

import gingerdj
from tests.project.commands import ENVIRONMENT, LIMIT, ROOT, python, start_project

pytestmark = pytest.mark.slow  # each starts a process that sets Django up

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
        *(
            f"mysite/{name}.py"
            for name in ("__init__", "asgi", "production", "settings", "settings_production", "urls", "wsgi")
        ),
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


# Its settings for production

PRODUCTION = {
    GINGER: "mysite.settings_production",
    "SECRET_KEY": "".join(map(chr, range(48, 98))),
    "ALLOWED_HOSTS": "www.example.com, example.com",
}


def setting(folder: Path, *names: str, **variables: str) -> list[Any]:
    """These settings, in production, as JSON has them."""
    script = f"import json; from django.conf import settings as s; print(json.dumps([s.{', s.'.join(names)}]))"
    ended = python("manage.py", "shell", "-v0", "-c", script, folder=folder, **PRODUCTION | variables)
    assert (ended.returncode, ended.stderr) == (0, "")
    return list(json.loads(ended.stdout))


def test_check_deploy_finds_nothing_in_production(project: Path) -> None:
    """Whether browsers may put the domain on their lists for good is not for a template to say."""
    ended = python("manage.py", "check", "--deploy", "--fail-level=DEBUG", folder=project, **PRODUCTION)
    assert (ended.returncode, ended.stdout, ended.stderr) == (
        0,
        "System check identified no issues (1 silenced).\n",
        "",
    )
    assert setting(project, "SILENCED_SYSTEM_CHECKS") == [["security.W021"]]


@pytest.mark.parametrize("missing", [["SECRET_KEY"], ["ALLOWED_HOSTS"], ["SECRET_KEY", "ALLOWED_HOSTS"]])
@pytest.mark.parametrize("how", ["unset", "empty"])
def test_one_error_names_the_variables_that_production_lacks(missing: list[str], how: str, project: Path) -> None:
    variables = {name: value for name, value in PRODUCTION.items() if name not in missing}
    if how == "empty":
        variables |= dict.fromkeys(missing, "")
    ended = python("manage.py", "check", folder=project, **variables)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert ended.stderr.startswith("manage.py: The environment has to set, for mysite.settings_production: ")
    assert re.findall(r"(\w+) \(", ended.stderr.partition("production: ")[2].replace("(50)", "")) == missing


def test_the_error_says_how_to_make_a_key(project: Path) -> None:
    variables = PRODUCTION | {"SECRET_KEY": ""}
    ended = python("manage.py", "check", folder=project, **variables)
    found = re.search(r'python (-c) "(.*)" makes one', ended.stderr)
    assert found
    key = python(*found.groups(), folder=project).stdout.strip()
    ended = python(
        "manage.py", "check", "--deploy", "--fail-level=DEBUG", folder=project, **variables | {"SECRET_KEY": key}
    )
    assert ended.returncode == 0


@pytest.mark.slow
def test_a_server_does_not_start_without_them(project: Path) -> None:
    ended = python("-c", "import mysite.asgi", folder=project, **{GINGER: PRODUCTION[GINGER]})
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("gingerdj.settings.VariableError: The environment has to set, for")


@pytest.mark.parametrize("given", ["SECRET_KEY", "ALLOWED_HOSTS"])
@pytest.mark.parametrize("variable", [None, GINGER, DJANGO])
def test_the_settings_for_development_refuse_the_environment_of_production(
    given: str, variable: str | None, project: Path
) -> None:
    """Whoever has set up all but the settings module would serve error pages with the code."""
    variables = {given: PRODUCTION[given]} | ({variable: "mysite.settings"} if variable else {})
    ended = python("manage.py", "check", folder=project, **variables)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"manage.py: The environment has {given}, as in production, but mysite.settings is for development. "
        f"Set GINGER_SETTINGS_MODULE=mysite.settings_production, or unset {given}.\n"
    )


@pytest.mark.slow
def test_production_takes_lists_from_the_environment(project: Path) -> None:
    names = ("DEBUG", "SECRET_KEY", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "SECURE_PROXY_SSL_HEADER")
    assert setting(project, *names) == [
        False,
        PRODUCTION["SECRET_KEY"],
        ["www.example.com", "example.com"],
        [],
        None,
    ]
    given = {"CSRF_TRUSTED_ORIGINS": "https://a.example.com,https://b.example.com,"}
    given["SECURE_PROXY_SSL_HEADER"] = "X-Forwarded-Proto"
    assert setting(project, *names[3:], **given) == [
        ["https://a.example.com", "https://b.example.com"],
        ["HTTP_X_FORWARDED_PROTO", "https"],
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("user", "tls", "port"), [("", False, 25), ("site", True, 587)])
def test_production_sends_mail(user: str, tls: bool, port: int, project: Path) -> None:
    """With a password only over TLS."""
    if django.VERSION >= (6, 1):
        made = "from django.core.mail import mailers; c = mailers.default"
    else:
        made = "from django.core.mail import get_connection; c = get_connection()"
    script = f"{made}; print(type(c).__module__, c.host, c.port, c.username, c.password, c.use_tls, c.timeout)"
    variables = {"EMAIL_HOST": "mail.example.com", "EMAIL_HOST_USER": user, "EMAIL_HOST_PASSWORD": user and "secret"}
    ended = python("manage.py", "shell", "-v0", "-c", script, folder=project, **PRODUCTION | variables)
    password = user and "secret"
    assert ended.stdout == (f"django.core.mail.backends.smtp mail.example.com {port} {user} {password} {tls} 10\n"), (
        ended.stderr
    )


@pytest.mark.slow
def test_production_keeps_connections_and_limits_bodies(project: Path) -> None:
    database = 'DATABASES["default"]'
    names = (f'{database}["CONN_MAX_AGE"]', f'{database}["CONN_HEALTH_CHECKS"]', "GINGER_BODY_LIMIT")
    assert setting(project, *names, "STATIC_ROOT.as_posix()") == [
        600,
        True,
        10 * 1024 * 1024,
        f"{project.as_posix()}/staticfiles",
    ]


@pytest.mark.slow
def test_production_logs_one_line_to_standard_output(project: Path) -> None:
    script = "import logging; logging.getLogger('mysite.shop').info('sold %s', 3); logging.getLogger('x').debug('no')"
    ended = python("manage.py", "shell", "-v0", "-c", script, folder=project, **PRODUCTION)
    assert (ended.stdout, ended.stderr) == ("INFO mysite.shop: sold 3\n", "")


SECURE = """
from django.test import Client

client = Client(SERVER_NAME="www.example.com")
for response in (
    client.get("/admin/login/"),
    client.get("/admin/login/", secure=True),
    client.get("/admin/login/", secure=True, headers={"host": "evil.example.com"}),
    client.get("/health/alive", headers={"host": "10.0.0.7"}),
):
    cookies = [f"{name} {morsel['secure']}" for name, morsel in response.cookies.items()]
    print("got", response.status_code, response.get("Location"), response.get("Strict-Transport-Security"), *cookies)
"""


@pytest.mark.slow
def test_production_answers(project: Path) -> None:
    ended = python("manage.py", "shell", "-v0", "-c", SECURE, folder=project, **PRODUCTION)
    lines = [line.removeprefix("got ") for line in ended.stdout.splitlines() if line.startswith("got ")]
    assert lines == [
        "301 https://www.example.com/admin/login/ None",
        "200 None max-age=3600; includeSubDomains csrftoken True",
        "400 None max-age=3600; includeSubDomains",
        "200 None None",
    ], ended.stderr


POLICY = """
from django.test import Client

response = Client(SERVER_NAME="www.example.com").get("/admin/login/", secure=True)
print(response.get("Content-Security-Policy"), b"<script>" in response.content, b"style=" in response.content)
"""


@pytest.mark.slow
def test_production_has_a_policy_where_django_has_one(project: Path) -> None:
    """One that the pages of the admin keep."""
    ended = python("manage.py", "shell", "-v0", "-c", POLICY, folder=project, **PRODUCTION)
    policy = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    assert ended.stdout == f"{policy if django.VERSION >= (6, 0) else None} False False\n", ended.stderr


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
def running(folder: Path, *command: str, **variables: str) -> Iterator[int]:
    """The port of a server, `{port}` in its command, which is ended with its children afterwards."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port: int = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, *(part.format(port=port) for part in command)],
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
            pytest.fail(f"the server ended with {process.wait(0.05)}")
    pytest.fail(f"nothing listens on port {port} after {LIMIT} seconds")


@pytest.mark.slow
def test_runserver_uses_the_wsgi_application_and_passes_the_settings_on(new_project: Path) -> None:
    """The view runs in a child process: `runserver` starts itself again to reload."""
    mysite = new_project / "mysite"
    (mysite / "asgi.py").write_text("raise AssertionError('runserver does not use the ASGI application')\n")
    (mysite / "urls.py").write_text(VIEW)
    (mysite / "production.py").write_text("from mysite.settings import *\n")
    with running(new_project, "manage.py", "runserver", "{port}", **{GINGER: "mysite.production"}) as port:
        status, _, body = ask(port, "/")
        assert (status, json.loads(body)) == (200, ["mysite.production"] * 3)


def ask(port: int, path: str, **headers: str) -> tuple[int, str | None, bytes]:
    """Status, Location and body; underscores in the names of headers stand for hyphens."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=LIMIT)) as connection:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.getheader("Location"), response.read()


SERVERS = {
    "uvicorn": ("uvicorn", "--port", "{port}"),
    "hypercorn": ("hypercorn", "--bind", "127.0.0.1:{port}"),
}
PROXY = {"SECURE_PROXY_SSL_HEADER": "X-Forwarded-Proto"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("server", "variables", "status"),
    [("uvicorn", {}, 200), ("hypercorn", {}, 301), ("hypercorn", PROXY, 200)],
    ids=["uvicorn", "hypercorn", "hypercorn, named header"],
)
def test_production_behind_a_proxy(server: str, variables: dict[str, str], status: int, project: Path) -> None:
    """Uvicorn itself believes a proxy on its own host, Hypercorn none; a probe comes without one."""
    command = ("-m", *SERVERS[server], "mysite.asgi:application")
    with running(project, *command, **PRODUCTION | variables) as port:
        login = ("/admin/login/", "https://www.example.com/admin/login/")
        assert ask(port, login[0], Host="www.example.com")[:2] == (301, login[1])
        found = ask(port, login[0], Host="www.example.com", X_Forwarded_Proto="https")
        assert found[:2] == ((200, None) if status == 200 else (301, login[1]))
        assert ask(port, login[0], X_Forwarded_Proto="https")[0] == 400
        for path in ("/health/alive", "/health/ready"):
            assert ask(port, path) == (200, None, b"ok\n")
        too_long = ask(port, "/", Host="www.example.com", Content_Length=str(10 * 1024 * 1024 + 1))
        assert too_long[0] == 413


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
