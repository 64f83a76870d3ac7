"""`startproject`: Django's command with GingerDJ's project template."""

from pathlib import Path
from typing import Any

import django
from django.core.management.commands import startproject

import gingerdj

TEMPLATE = Path(gingerdj.__file__).with_name("project_template")


class Command(startproject.Command):
    """Make the files of a project that is served over ASGI."""

    help = "Makes a GingerDJ project of the given name, in the current folder or in the one given."

    def handle(self, **options: Any) -> None:  # type: ignore[override] # as in the command that this one extends
        """Write the files; the settings differ where versions of Django do."""
        # Django 6.1 warns of email without its setting; 6.0 brought the middleware of the policy.
        super().handle(has_mailers=django.VERSION >= (6, 1), has_csp=django.VERSION >= (6, 0), **options)

    def handle_template(self, template: str | None, subdir: str | None) -> str:
        """Return the folder of the template: the one that `--template` names, or ours."""
        return str(TEMPLATE) if template is None else super().handle_template(template, subdir)
