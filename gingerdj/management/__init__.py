"""Django's commands with GingerDJ's settings variable and `startproject`: gingerdj-admin and manage.py."""

import sys

import django
from django.conf import settings as django_settings
from django.core import management
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand
from django.core.management.utils import get_command_line_option

import gingerdj
from gingerdj import (
    checks,  # noqa: F401 - registers the checks, for projects that do not install the app too
    settings,
)


class ManagementUtility(management.ManagementUtility):
    """Finds and runs one command."""

    def __init__(self, argv: list[str]) -> None:
        super().__init__(argv)
        if self.prog_name == "python -m django":
            self.prog_name = "python -m gingerdj"
            self.argv = [self.prog_name, *self.argv[1:]]

    def execute(self) -> None:
        """Run the command that the arguments name.

        Raises gingerdj.settings.SettingsError when the command needs settings and cannot have them.
        """
        if self.argv[1:] in (["--version"], ["version"]):
            sys.stdout.write(f"GingerDJ {gingerdj.__version__} (Django {django.get_version()})\n")
            return
        choice = settings.select(get_command_line_option(self.argv, "--settings"))
        try:
            super().execute()
        except ModuleNotFoundError as error:
            if choice is None or django_settings.configured or not settings.is_missing(choice, error):
                raise
            raise settings.missing(choice, error) from None
        except ImproperlyConfigured:
            if choice is not None or django_settings.configured:
                raise
            raise settings.unset() from None

    def fetch_command(self, subcommand: str) -> BaseCommand:
        """Return the command of that name; `startproject` is ours, also where no app of that name is installed."""
        if management.get_commands().get(subcommand) == "django.core" and subcommand == "startproject":
            return management.load_command_class("gingerdj", subcommand)
        return super().fetch_command(subcommand)


def execute_from_command_line(argv: list[str] | None = None) -> None:
    """Run the command that `argv` (by default sys.argv) names; exit with status 1 when it cannot have its settings."""
    utility = ManagementUtility(argv or sys.argv[:])
    try:
        utility.execute()
    except settings.SettingsError as error:
        sys.exit(f"{utility.prog_name}: {error}")


def main() -> None:
    """Run `gingerdj-admin` or `python -m gingerdj`."""
    execute_from_command_line()
