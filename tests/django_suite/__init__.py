"""Runs Django's own tests against GingerDJ's handler: ``python -m tests.django_suite --help``."""
