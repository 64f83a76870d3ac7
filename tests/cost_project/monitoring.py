"""Sentry, as a project sets it up, with a trace of each request; what it reports goes nowhere."""

from __future__ import annotations

from typing import Any


def begin() -> None:
    """Let Sentry patch Django."""
    import sentry_sdk  # noqa: PLC0415 - only where a project asks for it: it patches what is imported
    from sentry_sdk.transport import Transport  # noqa: PLC0415 - as above

    class Nowhere(Transport):
        def capture_envelope(self, envelope: Any) -> None:
            pass

    sentry_sdk.init(dsn="http://key@127.0.0.1/1", transport=Nowhere, traces_sample_rate=1.0)
