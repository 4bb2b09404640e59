"""Answers for machines: is this process well, and may a reverse proxy get a certificate for a name?"""

from __future__ import annotations

import ipaddress

from flask import Blueprint, Response, request
from sqlalchemy import text

from core.base.crypto import same, signature
from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.shops.queries import may_serve
from core.web.tenancy import require_face

blueprint = Blueprint("internal", __name__)


def internal_token() -> str:
    """The token with which a proxy on another machine may ask (derived from the installation's secret)."""
    return signature("internal", "may-serve")


@blueprint.get("/internal/may-serve")
def may_serve_name() -> Response:
    """Caddy's on-demand TLS asks here: 200 when the name is one of ours, 404 otherwise.

    Answers the same machine only, or who brings `?token=`.
    """
    require_face("platform", "machine")
    if not asked_by_us():
        raise NotFound(_l("This page does not exist."))
    domain = request.args.get("domain", "")
    known = len(domain) <= 260 and may_serve(domain)
    return Response("yes\n" if known else "no\n", status=200 if known else 404, mimetype="text/plain")


def asked_by_us() -> bool:
    """Whether this machine asks, or somebody who brings the installation's own token."""
    if same(request.args.get("token", ""), internal_token()):
        return True
    # A forwarded request was made by somebody else, whatever machine it came through.
    if request.headers.get("X-Forwarded-For") or request.headers.get("Forwarded"):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


@blueprint.get("/healthz")
def health() -> Response:
    """200 while this process can answer and reach its database."""
    require_face("platform", "machine")
    db.session.execute(text("SELECT 1"))
    return Response("ok\n", mimetype="text/plain")
