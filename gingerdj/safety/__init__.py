"""Finds what blocks the event loop: a guard for development and tests, a watchdog for production."""

from gingerdj.safety.calls import GuardError
from gingerdj.safety.guard import BlockingCall, Hit, allowed, guarded, hits

__all__ = ["BlockingCall", "GuardError", "Hit", "allowed", "guarded", "hits"]
