"""What the member's own pages share: who sees them, the places at the side, how a page is shown."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import SignInNeeded
from core.base.i18n import lazy_gettext as _
from core.web.console.places import Place
from core.web.member import Member, current_member, ensure_member
from core.web.pages import render_page

blueprint = Blueprint("account", __name__, url_prefix="/member")

_PLACES: tuple[tuple[Any, str, str], ...] = (
    (_("Your account"), "/member/", "user"),
    (_("Organisations"), "/member/organisations", "home"),
    (_("Verification"), "/member/verification", "shield"),
    (_("Your data"), "/member/data", "download"),
    (_("Security"), "/member/security", "lock"),
)


@blueprint.before_request
def _only_members() -> WerkzeugResponse | None:
    """All of it is for who is signed in on the platform's host."""
    return ensure_member(merchant=False)


def account_places(member: Member) -> list[Place]:
    """The links at the side of the member's own pages."""
    path = request.path
    found = [
        Place(label, url, icon, path == url or (url != "/member/" and path.startswith(url)))
        for label, url, icon in _PLACES
    ]
    if member.merchant_id is not None:
        found.append(Place(_("Console"), "/console/", "box", False))
    if member.is_staff:
        found.append(Place(_("Office"), "/office/", "shield", False))
    return found


@blueprint.context_processor
def _desk() -> dict[str, Any]:
    member = current_member() if g.get("face") == "platform" else None
    return {"user": member, "nav": account_places(member)} if member is not None else {}


def the_member() -> Member:
    """Who makes this request. Raises SignInNeeded."""
    member = current_member()
    if member is None:
        raise SignInNeeded(_("You have been signed out. Sign in and try again."))
    return member


def show(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page of the account; none of them is kept by a browser or a proxy."""
    response = render_page(f"account/{template}.html", status=status, **context)
    response.headers["Cache-Control"] = "no-store"
    return response


def here(endpoint: str, **values: Any) -> str:
    """The address of a page of the account."""
    return url_for(f"account.{endpoint}", **values)
