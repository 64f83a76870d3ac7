"""Runs entry point files, each as in a fresh process: in a fork of one process that has imported Django, not gingerdj.

Standard input: JSON, a list of {"file": path, "environment": {name: value}}.
Standard output: JSON, for each its outcome: {"module", "variables"} or {"error"}.
"""

import json
import os
import runpy
import sys
from typing import Any

# What takes most of the time of a start.
import django.core.handlers.asgi
import django.core.handlers.wsgi  # noqa: F401 - imported for the time it takes
from django.conf import settings


def run(file: str) -> dict[str, Any]:
    """Return what the file ends with: the settings module that Django loaded and the variables, or its error."""
    try:
        runpy.run_path(file)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    variables = {name: value for name, value in os.environ.items() if name.endswith("_SETTINGS_MODULE")}
    return {"module": settings.SETTINGS_MODULE, "variables": variables}


def fork(file: str, environment: dict[str, str]) -> dict[str, Any]:
    """Return the outcome of the file in a fork of this process that has these variables."""
    read, write = os.pipe()
    if not os.fork():
        os.environ.update(environment)
        os.write(write, json.dumps(run(file)).encode())
        os._exit(0)
    os.close(write)
    with open(read, "rb") as outcome:  # noqa: PTH123 - a descriptor, not a path
        text = outcome.read()
    os.wait()
    return dict(json.loads(text))


if __name__ == "__main__":
    assert "gingerdj.settings" not in sys.modules
    json.dump([fork(**case) for case in json.load(sys.stdin)], sys.stdout)
