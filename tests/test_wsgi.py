"""`gingerdj.core.wsgi`: the entry point, in the project that `startproject` makes."""

from pathlib import Path

import pytest

from tests.project.commands import python

SERVER = """
from wsgiref.util import setup_testing_defaults
from django.core.handlers.wsgi import WSGIHandler
from mysite.wsgi import application

environ = {"PATH_INFO": "/admin/", "HTTP_HOST": "localhost"}
setup_testing_defaults(environ)
response = application(environ, lambda status, headers: print(status))
response.close()
print(type(application) is WSGIHandler)
"""


@pytest.mark.slow
def test_application_of_a_new_project_answers(new_project: Path) -> None:
    ended = python("-c", SERVER, folder=new_project)
    assert (ended.stderr, ended.stdout) == ("", "302 Found\nTrue\n")
