"""Settings of the project that tests run in: no database, two views."""

SECRET_KEY = "for tests only"  # noqa: S105 - signs nothing that outlives a test
ALLOWED_HOSTS = ["testserver"]
INSTALLED_APPS = ["gingerdj"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "tests.project.urls"
