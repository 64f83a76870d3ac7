"""The site of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.contrib.sites.middleware import CurrentSiteMiddleware

from gingerdj.middleware.twin import Twin, twin_of

if TYPE_CHECKING:
    from django.http import HttpRequest


@twin_of(CurrentSiteMiddleware)
class CurrentSite(Twin, CurrentSiteMiddleware):
    """``request.site``, from Django's cache of sites once it is there."""

    def request_hops(self, request: HttpRequest) -> bool:
        """Whether the database is asked."""
        if not apps.is_installed("django.contrib.sites"):
            return False
        from django.contrib.sites.models import SITE_CACHE  # noqa: PLC0415 - only to be imported when it is installed

        return getattr(settings, "SITE_ID", None) not in SITE_CACHE
