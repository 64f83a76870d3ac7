"""The arguments of an ASGI application, under the names that the specification gives them."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

Scope: TypeAlias = dict[str, Any]
"""What a connection is: its type, and what belongs to that type."""
Receive: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]
"""Waits for the next event from the client, and returns it."""
Send: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Sends an event to the client."""
Application: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]
"""Serves a connection: called with a ``scope``, a ``receive`` and a ``send``, for which each framework has types of its
own."""
