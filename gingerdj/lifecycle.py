"""The signals around a request, sent as Django sends them, without a hop where there is nothing to do in a thread.

Django's own receivers look after what belongs to a thread: database connections above all. Where nobody else listens,
and a request has leased no thread, or has no connection open on it, they would find nothing to do. In all other cases
the signal is sent, on the thread of the request.
"""

from __future__ import annotations

from functools import lru_cache, partial
from io import BytesIO
from types import MethodType
from typing import TYPE_CHECKING

from asgiref.sync import sync_to_async
from django.core import signals
from django.core.cache import caches, close_caches
from django.core.cache.backends.base import BaseCache
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.base import reset_urlconf
from django.db import close_old_connections, reset_queries
from django.dispatch import Signal, dispatcher
from django.http.response import HttpResponseBase
from django.urls import set_urlconf
from django.utils.module_loading import import_string

from gingerdj.body import Incoming
from gingerdj.threads import ThreadLimit, in_thread

if TYPE_CHECKING:
    from gingerdj.threads import Lease
    from gingerdj.types import Scope

OWN = frozenset({close_caches, close_old_connections, reset_queries, reset_urlconf})
"""Django's receivers of request_started and request_finished."""
_own: dict[Signal, tuple[object, ...]] = {}
"""The receivers of each signal, and the way to them, as they were when all of it was Django's."""


async def started(sender: type, lease: Lease | None, scope: Scope) -> None:
    """Send request_started: where only Django listens, on the thread that the request leases, once it does."""
    if lease is not None and only_django_listens(signals.request_started):
        lease.first = partial(signals.request_started.send, sender=sender, scope=scope)
    else:
        await signals.request_started.asend(sender=sender, scope=scope)


def sent(lease: Lease | None) -> None:
    """Give the thread back before the client can ask again, where request_finished will not need it."""
    if lease is not None and only_django_listens(signals.request_finished):
        lease.release()


async def finished(
    sender: type, lease: Lease | None, request: ASGIRequest | None, response: HttpResponseBase | None
) -> None:
    """Close the response, which sends request_finished; without a response, as after a disconnect, send that alone."""
    if response is None:
        await signals.request_finished.asend(sender=sender)
    elif request is None or not plain(request, response) or not only_django_listens(signals.request_finished):
        await close(response)
    elif lease is not None and not lease.used and caches_need_no_closing():
        request.close()
        response._resource_closers.clear()  # type: ignore[attr-defined]  # as its close does
        response.closed = True
        set_urlconf(None)
    else:
        if lease is not None:
            lease.leave()
        await close(response)


async def close(response: HttpResponseBase) -> None:
    """Close a response, on the thread of the request; on any other one where the limit leaves none: it is sent."""
    try:
        await in_thread(response.close)
    except ThreadLimit:
        await sync_to_async(response.close, thread_sensitive=False)()


def plain(request: ASGIRequest, response: HttpResponseBase) -> bool:
    """Whether closing the response closes nothing but a request that is in memory."""
    closers = response._resource_closers  # type: ignore[attr-defined]  # Django's own list
    return (
        type(response).close is HttpResponseBase.close
        and type(request).close is ASGIRequest.close
        and all(closer == request.close for closer in closers)
        and not getattr(request, "_files", None)
        and isinstance(request._stream, BytesIO | Incoming)
    )


def caches_need_no_closing() -> bool:
    """Whether no cache that the request has used holds a connection to close."""
    return not connect(tuple(cache["BACKEND"] for cache in caches.settings.values())) or all(
        type(cache).close is BaseCache.close for cache in caches.all(initialized_only=True)
    )


@lru_cache(maxsize=8)
def connect(backends: tuple[str, ...]) -> bool:
    """Whether one of these cache backends may have something to close."""
    return any(import_string(backend).close is not BaseCache.close for backend in backends)


def only_django_listens(signal: Signal) -> bool:
    """Whether all receivers of a signal are Django's own, and nobody has replaced the way to them."""
    # Monitoring puts functions of its own on the way from a signal to its receivers.
    way = (signal.send, signal.asend, signal._live_receivers)
    if (signal.receivers, *way) == _own.get(signal):
        return True
    sync, asynchronous = signal._live_receivers(None)
    if asynchronous or not OWN.issuperset(sync) or len(sync) != len(signal.receivers):
        return False
    if not all(type(method) is MethodType and method.__func__.__globals__ is vars(dispatcher) for method in way):
        return False
    _own[signal] = (list(signal.receivers), *way)
    return True
