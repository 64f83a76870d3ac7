"""GingerDJ: Django, ASGI first."""

__version__ = "0.1.0"
