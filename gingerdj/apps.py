"""The app that a project installs as "gingerdj"."""

from django.apps import AppConfig


class GingerDJConfig(AppConfig):
    """Registers the system checks."""

    name = "gingerdj"
    verbose_name = "GingerDJ"

    def ready(self) -> None:
        """Register the checks: importing them does."""
        from gingerdj import checks  # noqa: F401, PLC0415 - the import is the registration, once apps are loaded
