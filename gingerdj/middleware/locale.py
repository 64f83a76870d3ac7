"""The language of a request. Catalogs are read from disk when a language is first asked for: in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.conf.urls.i18n import is_language_prefix_patterns_used
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.translation import trans_real

from gingerdj.middleware import urlconf
from gingerdj.middleware.twin import Twin, twin_of

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


@twin_of(LocaleMiddleware)
class Locale(Twin, LocaleMiddleware):
    """Activates the language, and redirects to the path that starts with it."""

    def __init__(self, get_response: Any) -> None:
        super().__init__(get_response)
        self.searched = False
        """Whether Django knows, and has cached, which of the languages have a catalog at all."""

    def process_request(self, request: HttpRequest) -> None:
        """Activate the language; the first time, in a thread, look for the catalogs of all."""
        if self.async_mode and not self.searched:
            for language, _ in settings.LANGUAGES:
                translation.check_for_language(language)
            self.searched = True
        super().process_request(request)

    def request_hops(self, request: HttpRequest) -> bool:
        """Whether files are looked for or read, or the URLconf is imported."""
        patterns = getattr(request, "urlconf", settings.ROOT_URLCONF)
        if not self.searched or oddly_written(request) or urlconf.resolver_of(patterns) is None:
            return True
        prefixes, default_prefixed = is_language_prefix_patterns_used(patterns)
        language = translation.get_language_from_request(request, check_path=prefixes)
        if prefixes and not default_prefixed and not translation.get_language_from_path(request.path_info):
            language = settings.LANGUAGE_CODE
        return settings.USE_I18N and language not in vars(trans_real).get("_translations", ())

    def response_hops(self, request: HttpRequest, response: HttpResponseBase) -> bool:
        """Whether URL converters of the project may be asked for the path with a language."""
        patterns = getattr(request, "urlconf", settings.ROOT_URLCONF)
        return response.status_code == 404 and not urlconf.plain(patterns)


def oddly_written(request: HttpRequest) -> bool:
    """Whether a language is asked for in capitals: Django looks for a catalog of each such name by itself."""
    cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    path = request.path_info
    return cookie != cookie.lower() or (
        path != path.lower() and translation.get_language_from_path(path.lower()) is not None
    )
