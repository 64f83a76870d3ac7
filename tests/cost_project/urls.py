"""A sync and an async view for each thing to count."""

from django.urls import path

from . import async_views, sync_views

NAMES = [
    "nothing",
    "session",
    "save",
    "user",
    "orm",
    "missing",
    "broken",
    "page",
    "lines",
    "alines",
    "form",
    "upload",
    "sleep",
]

urlpatterns = [
    path(f"{kind}/{name}/", getattr(views, name))
    for kind, views in (("async", async_views), ("sync", sync_views))
    for name in NAMES
]
