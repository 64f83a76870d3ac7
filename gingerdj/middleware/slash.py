"""Addresses that lack a slash or a "www.", and links that lead nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.middleware.common import BrokenLinkEmailsMiddleware, CommonMiddleware

from gingerdj.middleware import body
from gingerdj.middleware.twin import Twin, twin_of
from gingerdj.middleware.urlconf import slash_is_looked_up

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


@twin_of(CommonMiddleware)
class Common(Twin, CommonMiddleware):
    """Redirects to the address that was meant, and Content-Length."""

    def request_hops(self, request: HttpRequest) -> bool:
        """Whether URL converters of the project may be asked."""
        return settings.PREPEND_WWW and slash_is_looked_up(request)

    def response_hops(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Whether URL converters of the project may be asked, or a response that makes its content as it is read."""
        return (response.status_code == 404 and slash_is_looked_up(request)) or not body.at_hand(response)


@twin_of(BrokenLinkEmailsMiddleware)
class BrokenLinkEmails(Twin, BrokenLinkEmailsMiddleware):
    """Mail to the managers about links that lead nowhere."""

    def response_hops(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Whether a mail may be sent."""
        return response.status_code == 404 and not settings.DEBUG
