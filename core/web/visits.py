"""Counts who comes into a shop, without keeping who it was.

A visit is a page of the catalogue that somebody opened from outside the shop (by a link elsewhere, a bookmark, by
typing). Steps within the shop are none; programs that say they are one, and pages loaded ahead, are left out. No
cookie is set for it and nothing about the visitor is kept: only the host that a link stood on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request

from core.figures.service import add_visits
from core.figures.visits import Counted, Visits
from core.web.tenancy import current_shop

_PLACES = ("/products/", "/categories/", "/pages/", "/search", "/tags/")
_PROGRAMS = re.compile(r"bot|crawl|spider|slurp|preview|monitor|curl|wget|python|headless|scan|feed|http-client", re.I)


def is_visit(environ: dict[str, Any]) -> bool:
    """Whether a request is somebody's first step into the shop."""
    path = environ.get("PATH_INFO", "")
    if environ.get("REQUEST_METHOD") != "GET" or not (path == "/" or path.startswith(_PLACES)):
        return False
    if "preview=" in environ.get("QUERY_STRING", ""):
        return False
    if environ.get("HTTP_SEC_FETCH_DEST", "document") != "document" or "HTTP_SEC_PURPOSE" in environ:
        return False
    came_from = environ.get("HTTP_SEC_FETCH_SITE")
    if came_from == "same-origin" or (came_from is None and referrer_host(environ) == _own_host(environ)):
        return False
    agent = environ.get("HTTP_USER_AGENT", "")
    return bool(agent) and _PROGRAMS.search(agent) is None


def referrer_host(environ: dict[str, Any]) -> str:
    """The host that the link stood on, without its port and `www.`; empty where the browser does not say."""
    try:
        host = urlsplit(environ.get("HTTP_REFERER", "")[:500]).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.") if host.isprintable() else ""


def _own_host(environ: dict[str, Any]) -> str:
    try:
        return (urlsplit("//" + environ.get("HTTP_HOST", "")).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def note_visit(visits: Visits, merchant_id: str, environ: dict[str, Any]) -> None:
    """Count a page that is about to be shown, if it is a visit."""
    if is_visit(environ):
        host = referrer_host(environ)
        visits.visited(merchant_id, "" if host == _own_host(environ) else host)


def count_step(kind: str, once: str) -> None:
    """Count a step on the way to an order (`cart`, `checkout`) in the shop of this request, once for each cart."""
    the_visits().count(current_shop().merchant_id, kind, once=once)


def the_visits() -> Visits:
    """The counts of this process."""
    return cast(Visits, current_app.extensions["tongbao.visits"])


def init_app(app: Flask) -> None:
    """Count what the application shows; the kept pages in front of it count for themselves."""

    def write(counted: Sequence[Counted]) -> None:
        with app.app_context():
            add_visits(counted)

    # Tests write by hand: a thread of its own would look into a database that is being emptied.
    app.extensions["tongbao.visits"] = Visits(write, on_its_own=lambda: not app.testing)
    app.after_request(_note)


def _note(response: Response) -> Response:
    if g.get("face") == "shop" and response.status_code in (200, 304) and response.mimetype == "text/html":
        note_visit(the_visits(), current_shop().merchant_id, request.environ)
    return response
