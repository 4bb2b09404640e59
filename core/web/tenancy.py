"""Which face answers a request: the platform's host, a shop's host, or none (a plain 404)."""

from __future__ import annotations

import ipaddress
from typing import Literal, cast
from urllib.parse import urlsplit, urlunsplit

from flask import Flask, Response, current_app, g, redirect, request
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Response as WerkzeugResponse

from core.audit.service import looking_as
from core.base.acting import only_looking
from core.base.config import Config
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.parties.factors import acting_session
from core.shops.context import ShopContext
from core.shops.hosts import plain_host
from core.shops.queries import Moved, resolve_host

FaceName = Literal["shop", "platform", "machine", "none"]
_MACHINE_PATHS = ("/hooks/", "/internal/", "/healthz", "/readyz", "/metrics")
_NEVER_MOVED = ("/hooks/", "/.well-known/", "/media/", "/static/")
_PER_REQUEST = (
    "visitor",
    "locale",
    "member",
    "member_shop",
    "member_flashes",
    "cookie_to_set",
    "preview_subject",
    "previewed_look",
)
SHOP_BODY_BYTES_MAX = 256 * 1024
PICTURES_BODY_BYTES_MAX = 32 * 1024 * 1024
"""Buyers show what is wrong with their goods in a few pictures."""
PLATFORM_BODY_BYTES_MAX = 32 * 1024 * 1024


def the_config() -> Config:
    """The settings of this process."""
    return cast(Config, current_app.config["TONGBAO"])


def init_app(app: Flask) -> None:
    """Pick the face before anything else looks at the request."""
    app.before_request(pick_face)


def pick_face() -> WerkzeugResponse | None:
    """Set `g.face` and, on a shop's host, `g.shop`. Unknown hosts get a plain 404, old names of a shop a redirect."""
    # An outer application context (a test's, a command's) may have served a request before.
    for attribute in _PER_REQUEST:
        g.pop(attribute, None)
    g.face, g.shop = "none", None
    acting_session.set(None)
    looking_as.set(None)
    only_looking.set(False)
    if request.path.startswith("/static/"):
        g.face = "machine"
        return None
    host = request.host
    name = plain_host(host)
    if name == the_config().platform_host:
        g.face = "platform"
        request.max_content_length = PLATFORM_BODY_BYTES_MAX
        return None
    pictures = request.path.startswith("/orders/") and request.path.endswith("/return")
    request.max_content_length = PICTURES_BODY_BYTES_MAX if pictures else SHOP_BODY_BYTES_MAX
    if request.path.startswith(_MACHINE_PATHS) and _is_loopback(host):
        g.face = "machine"
        return None
    found = resolve_host(host)
    if found is None:
        return plain_not_found()
    if isinstance(found, Moved):
        if not request.path.startswith(_NEVER_MOVED):
            return redirect(moved_url(found.primary_host), 301 if request.method in {"GET", "HEAD"} else 308)
        found = resolve_host(found.primary_host)
        if not isinstance(found, ShopContext):
            return plain_not_found()
    g.face, g.shop = "shop", found
    return None


def moved_url(primary_host: str) -> str:
    """The address of this request at the shop's primary name: same scheme, port, path and query."""
    parts = urlsplit(iri_to_uri(request.url))
    port = parts.port
    return urlunsplit(parts._replace(netloc=f"{primary_host}:{port}" if port else primary_host))


def plain_not_found() -> Response:
    """What a host gets that is none of ours: nothing that tells what runs here."""
    return Response("Not found\n", status=404, mimetype="text/plain")


def current_shop() -> ShopContext:
    """The shop of this request. Raises NotFound where there is none."""
    shop = g.get("shop")
    if shop is None:
        raise NotFound(_l("This page does not exist."))
    return cast(ShopContext, shop)


def require_face(*faces: FaceName) -> None:
    """A page of another face does not exist here. Raises NotFound."""
    if g.get("face", "none") not in faces:
        raise NotFound(_l("This page does not exist."))


def _is_loopback(host: str) -> bool:
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False
