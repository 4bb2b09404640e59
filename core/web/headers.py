"""Security headers of every response."""

from __future__ import annotations

from flask import Flask, Response, request

from core.web.tenancy import the_config

CONTENT_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'self'; object-src 'none'"
)
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""For files that merchants uploaded: an SVG may style itself and do nothing else."""
TRANSPORT = "max-age=31536000"


def security_headers(production: bool) -> dict[str, str]:
    """The headers that every page carries."""
    found = {
        "Content-Security-Policy": CONTENT_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Frame-Options": "DENY",
    }
    if production:
        found["Strict-Transport-Security"] = TRANSPORT
    return found


def init_app(app: Flask) -> None:
    """Add them to every response; a view may have set a stricter one."""
    app.after_request(_add)


def _add(response: Response) -> Response:
    for name, value in security_headers(the_config().production).items():
        response.headers.setdefault(name, value)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store" if request.method != "GET" else "private, no-cache"
    return response
