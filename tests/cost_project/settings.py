"""What `startproject` writes, without what only development needs; the environment says where the database is."""

import os
from pathlib import Path

from django.utils.crypto import get_random_string

from tests.cost_project import monitoring
from tests.project.stack import MIDDLEWARE as DEFAULT_STACK

FOLDER = Path(__file__).parent

SECRET_KEY = os.environ.get("COST_SECRET_KEY") or get_random_string(50)
DEBUG = False
ALLOWED_HOSTS = ["testserver", "127.0.0.1"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

STACK = os.environ.get("COST_MIDDLEWARE", "default")
MIDDLEWARE = [] if STACK == "none" else list(DEFAULT_STACK)
if STACK == "third parties":
    MIDDLEWARE.insert(1, "whitenoise.middleware.WhiteNoiseMiddleware")  # where its documentation wants it
    monitoring.begin()

ROOT_URLCONF = "tests.cost_project.urls"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [FOLDER / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
if not MIDDLEWARE:
    # The other two need the session.
    TEMPLATES[0]["OPTIONS"] = {"context_processors": ["django.template.context_processors.request"]}

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("COST_DATABASE", FOLDER / "db.sqlite3"),
        "CONN_MAX_AGE": int(os.environ.get("COST_CONN_MAX_AGE", "0")),
    }
}

STATIC_URL = "static/"
USE_TZ = True
