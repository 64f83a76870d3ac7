"""What may be asked of a session store on the event loop.

An engine is code that a project may replace, or subclass. Each question here is answered with yes only where the
methods that would run are those of Django's own engines; Django's asynchronous session methods are no way around that,
as they never call an overridden synchronous one, and cost at least the one hop that a thread costs.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from inspect import getattr_static
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.sessions.backends import signed_cookies
from django.contrib.sessions.serializers import JSONSerializer

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase

ENGINES = "django.contrib.sessions.backends."
CACHES = "django.core.cache.backends."

ACCESS = ("__getattribute__", "__getattr__", "__setattr__")
FLAGS = (*ACCESS, "accessed", "modified", "session_key", "_session_key")
STATE = (*FLAGS, "is_empty", "_session_cache")
DATA = (*STATE, "get", "pop", "__getitem__", "__setitem__", "__delitem__", "_session", "_get_session")
MAKING = (
    *FLAGS,
    "__new__",
    "__init__",
    "_get_session_key",
    "_set_session_key",
    "_validate_session_key",
    "_get_storage_path",
)


@lru_cache(maxsize=64)
def inherits(engine: type, names: tuple[str, ...]) -> bool:
    """Whether an engine leaves these attributes as the engine of Django that it is, or is derived from, has them."""
    original = next((kind for kind in engine.__mro__ if kind.__module__.startswith(ENGINES)), None)
    return original is not None and all(
        getattr_static(engine, name, None) is getattr_static(original, name, None) for name in names
    )


@lru_cache(maxsize=64)
def modules(engine: type) -> set[str]:
    """The modules of Django's engines that an engine is derived from."""
    return {kind.__module__.removeprefix(ENGINES) for kind in engine.__mro__}


def built(engine: type[SessionBase]) -> bool:
    """Whether making a store only computes. It loads nothing, but may look for a folder, or import a cache."""
    if not inherits(engine, MAKING) or settings.SESSION_SERIALIZER.rpartition(".")[0] not in sys.modules:
        return False
    ancestors = modules(engine)
    if "file" in ancestors:
        return hasattr(engine, "_storage_path")
    if ancestors & {"cache", "cached_db"}:
        backend: str = settings.CACHES.get(settings.SESSION_CACHE_ALIAS, {}).get("BACKEND", "")
        return backend.startswith(CACHES)
    return True


def known(store: Any) -> bool:
    """Whether the flags of a store, and whether it is empty, can be read without running code of the project."""
    kind: Any = type(store)
    return inherits(kind, STATE)


def settled(store: Any) -> bool:
    """Whether data of this store can be read and changed without I/O: it is loaded, or there is nothing to load."""
    kind: Any = type(store)
    if not inherits(kind, DATA):
        return False
    return "_session_cache" in vars(store) or store.session_key is None or signed(store)


def signed(store: Any) -> bool:
    """Whether the client holds the data: loading and saving only compute then."""
    return type(store) is signed_cookies.SessionStore and store.serializer is JSONSerializer
