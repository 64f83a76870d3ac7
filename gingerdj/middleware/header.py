"""Middleware that only sets headers, or redirects to HTTPS: all of it is computing."""

from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

from gingerdj.middleware.twin import Twin, twin_of


@twin_of(SecurityMiddleware)
class Security(Twin, SecurityMiddleware):
    """Security headers, and the redirect to HTTPS."""


@twin_of(XFrameOptionsMiddleware)
class XFrameOptions(Twin, XFrameOptionsMiddleware):
    """The X-Frame-Options header."""
