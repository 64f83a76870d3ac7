"""What a host must say about the site, so that a browser loads nothing and runs nothing that is not its own.

`make serve` sends it, the files for hosts are written from it, and the guide prints it.
"""

from __future__ import annotations

# https://www.w3.org/TR/CSP3/ – whatever a page does not need stays refused by the first line.
DIRECTIVES = {
    "default-src": "'none'",
    # The search is a WebAssembly program; nothing else may be compiled from data, and no script is inline.
    "script-src": "'self' 'wasm-unsafe-eval'",
    "style-src": "'self'",
    "img-src": "'self'",
    # The search fetches its index.
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
CONTENT_SECURITY_POLICY = "; ".join(f"{name} {sources}" for name, sources in DIRECTIVES.items())

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
