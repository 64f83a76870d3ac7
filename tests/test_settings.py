"""Which settings module wins, for every entry point file and every environment; and what the errors say."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.project.commands import ROOT, python

GINGER = "GINGER_SETTINGS_MODULE"
DJANGO = "DJANGO_SETTINGS_MODULE"

# Entry point files. "own" is the module that the project names.
FILES = {
    # Our template; projects of ginger-dj have the same lines.
    "ours": f"""
import os
from gingerdj.core.asgi import get_asgi_application
os.environ.setdefault("{GINGER}", "own")
application = get_asgi_application()
""",
    # Django's template, with the one import changed.
    "django": f"""
import os
from gingerdj.core.asgi import get_asgi_application
os.environ.setdefault("{DJANGO}", "own")
application = get_asgi_application()
""",
    "django wsgi": f"""
import os
from gingerdj.core.wsgi import get_wsgi_application
os.environ.setdefault("{DJANGO}", "own")
application = get_wsgi_application()
""",
    # Written by hand, the default before the import: nothing can tell it from what the environment said.
    "ours, default first": f"""
import os
os.environ.setdefault("{GINGER}", "own")
from gingerdj.core.asgi import get_asgi_application
application = get_asgi_application()
""",
    "django, default first": f"""
import os
os.environ.setdefault("{DJANGO}", "own")
from gingerdj.core.asgi import get_asgi_application
application = get_asgi_application()
""",
    # What Django's pages advise for several sites in one process of mod_wsgi: no default, an order.
    "order": f"""
import os
from gingerdj.core.asgi import get_asgi_application
os.environ["{DJANGO}"] = "own"
application = get_asgi_application()
""",
    "nothing": """
from gingerdj.core.asgi import get_asgi_application
application = get_asgi_application()
""",
    # Settings are read before the application is made.
    "early": f"""
import os
from gingerdj.core.asgi import get_asgi_application
os.environ.setdefault("{DJANGO}", "own")
from django.conf import settings
settings.DEBUG
application = get_asgi_application()
""",
    # Both entry points in one process.
    "both": f"""
import os
from gingerdj.core.asgi import get_asgi_application
from gingerdj.core.wsgi import get_wsgi_application
os.environ.setdefault("{DJANGO}", "own")
application = get_asgi_application()
os.environ.setdefault("{GINGER}", "own")
application = get_wsgi_application()
""",
    # What a command line with --settings=own does.
    "option": """
from gingerdj import settings
from gingerdj.core.asgi import get_asgi_application
settings.select("own")
application = get_asgi_application()
""",
    # Settings without a module: no variable is needed, none is written.
    "configured": """
from django.conf import settings
settings.configure()
from gingerdj.core.asgi import get_asgi_application
application = get_asgi_application()
""",
}

ENVIRONMENTS = {
    "none": {},
    "ginger": {GINGER: "staging"},
    "django": {DJANGO: "staging"},
    "same": {GINGER: "staging", DJANGO: "staging"},
    "different": {GINGER: "staging", DJANGO: "production"},
    "ginger empty": {GINGER: ""},
    "django empty": {DJANGO: ""},
}

# The decision table: the module that is used, or the error.
# fmt: off
TABLE = {
    #                          none     ginger       django       same         different    ginger empty  django empty
    "ours":                   ("own",   "staging",   "staging",   "staging",   "different", "unset",      "own"),
    "django":                 ("own",   "staging",   "staging",   "staging",   "different", "own",        "unset"),
    "django wsgi":            ("own",   "staging",   "staging",   "staging",   "different", "own",        "unset"),
    "ours, default first":    ("own",   "staging",   "different", "staging",   "different", "unset",      "own"),
    "django, default first":  ("own",   "different", "staging",   "staging",   "different", "own",        "unset"),
    "order":                  ("own",   "different", "own",       "different", "different", "own",        "own"),
    "nothing":                ("unset", "staging",   "staging",   "staging",   "different", "unset",      "unset"),
    "early":                  ("own",   "staging",   "staging",   "staging",   "different", "own",        "broken"),
    "both":                   ("own",   "staging",   "staging",   "staging",   "different", "own",        "unset"),
    "option":                 ("own",   "own",       "own",       "own",       "own",       "own",        "own"),
    "configured":             (None,    None,        None,        None,        "different", None,         None),
}
# fmt: on
CASES = [
    pytest.param(file, environment, expected, id=f"{file}-{environment}")
    for file, row in TABLE.items()
    for environment, expected in zip(ENVIRONMENTS, row, strict=True)
]

# Values that name no module, and what Python says of them.
NO_MODULES = {
    "absent": "No module named 'absent'",
    "absent.settings": "No module named 'absent'",
    "package.absent": "No module named 'package.absent'",
    "own.py": "No module named 'own.py'; 'own' is not a package",
    "package/settings.py": "No module named 'package/settings'",
    ".settings": "a path that starts with a dot is relative to nothing here",
}

# Modules that import what is not there, under names much like their own: the error is theirs, and has to be seen.
BROKEN_MODULES = {
    "package.settings": "ModuleNotFoundError: No module named 'package.local'",
    "broken.settings": "ModuleNotFoundError: No module named 'brok'",
}

Outcomes = Mapping[tuple[str, str], Mapping[str, Any]]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    """How each file ended in each environment, and our template with each of the other values."""
    folder = tmp_path_factory.mktemp("entry-points")
    for module in ("own", "staging", "production", "package/__init__", "broken/settings"):
        path = folder / f"{module}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("SECRET_KEY = 'x'\n")
    (folder / "package" / "settings.py").write_text("from package.local import *\n")
    (folder / "broken" / "__init__.py").write_text("import brok\n")
    for name, text in FILES.items():
        (folder / f"{name}.entry").write_text(text)
    runs = {(file, name): variables for file in FILES for name, variables in ENVIRONMENTS.items()}
    runs |= {("ours", value): {GINGER: value} for value in (*NO_MODULES, *BROKEN_MODULES)}
    runs |= {("nothing", value): {DJANGO: value} for value in NO_MODULES}
    cases = [{"file": str(folder / f"{file}.entry"), "environment": runs[file, name]} for file, name in runs]
    ended = python("-m", "tests.project.forks", folder=folder, given=json.dumps(cases), PYTHONPATH=f"{ROOT}:{folder}")
    assert ended.stderr == ""
    return dict(zip(runs, json.loads(ended.stdout), strict=True))


@pytest.mark.parametrize(("file", "environment", "expected"), CASES)
@pytest.mark.slow
def test_which_module(file: str, environment: str, expected: str | None, outcomes: Outcomes) -> None:
    outcome = outcomes[file, environment]
    match expected:
        case "different":
            assert outcome["error"].startswith(f"SettingsError: {GINGER} is '")
            assert f" and {DJANGO} is '" in outcome["error"]
        case "unset":
            assert outcome["error"].startswith("SettingsError: No settings module")
        case "broken":
            assert outcome["error"].startswith("ImproperlyConfigured: Requested setting DEBUG")
        case None:
            assert outcome == {"module": None, "variables": outcome["variables"]}
        case module:
            assert outcome == {"module": module, "variables": {GINGER: module, DJANGO: module}}


@pytest.mark.parametrize(("file", "variable"), [("ours", GINGER), ("nothing", DJANGO)])
@pytest.mark.parametrize("value", NO_MODULES)
@pytest.mark.slow
def test_missing_module(file: str, variable: str, value: str, outcomes: Outcomes) -> None:
    error = outcomes[file, value]["error"]
    assert error.startswith(f"SettingsError: {variable} is {value!r}, which Python does not find: {NO_MODULES[value]}.")
    assert "Give the dotted path of a settings module, such as mysite.settings" in error
    assert f"set PYTHONPATH to the folder that holds {value.partition('.')[0]!r}." in error


@pytest.mark.parametrize("value", BROKEN_MODULES)
@pytest.mark.slow
def test_error_inside_the_module_is_not_hidden(value: str, outcomes: Outcomes) -> None:
    assert outcomes["ours", value] == {"error": BROKEN_MODULES[value]}


@pytest.mark.slow
def test_errors_name_variables_values_and_cure(outcomes: Outcomes) -> None:
    different = outcomes["ours", "different"]["error"]
    assert f"{GINGER} is 'staging' and {DJANGO} is 'production'" in different
    assert "Unset one of the two variables, or give both the same value." in different
    unset = outcomes["nothing", "none"]["error"]
    assert f"{GINGER} and {DJANGO} are both unset or empty" in unset
    assert f"{GINGER}=mysite.settings" in unset
