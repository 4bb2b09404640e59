"""What the pages of security share."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import SignInNeeded
from core.base.i18n import lazy_gettext as _
from core.web.account.page import account_places
from core.web.member import Member, current_member, ensure_member
from core.web.pages import render_page
from core.web.tenancy import require_face

blueprint = Blueprint("security", __name__)
ACCOUNT = "/member/security"


@blueprint.before_request
def _only_here() -> WerkzeugResponse | None:
    """All on the platform's host; the account's own pages for who is signed in."""
    require_face("platform")
    return ensure_member(merchant=False) if request.path.startswith(ACCOUNT) else None


@blueprint.context_processor
def _desk() -> dict[str, Any]:
    member = current_member() if g.get("face") == "platform" else None
    if member is None:
        return {}
    return {"user": member, "nav": account_places(member)}


def the_member() -> Member:
    """Who makes this request. Raises SignInNeeded."""
    member = current_member()
    if member is None:
        raise SignInNeeded(_("You have been signed out. Sign in and try again."))
    return member


def show(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page of security; none of them is ever kept by a browser or a proxy."""
    response = render_page(f"security/{template}.html", status=status, **context)
    response.headers["Cache-Control"] = "no-store"
    return response


def address() -> str:
    """The network address that the request comes from."""
    return request.remote_addr or ""


def origin() -> str:
    """What a browser calls the origin of this page; passkeys sign it."""
    return f"{request.scheme}://{request.host}"


def base_url() -> str:
    """The address of this host, for links in messages. The host has been checked to be ours."""
    return origin()
