"""Landing page, sign-in and sign-out of members, the choice of the merchant to act for."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, g, make_response, redirect, request
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.base.database import db
from core.base.i18n import lazy_gettext as _l
from core.parties.organisations import KINDS, organisation
from core.parties.roles import posts_of
from core.parties.service import act_for, sign_out_member
from core.shops.models import Merchant, Shop
from core.web.member import current_member, ensure_member
from core.web.pages import render_page
from core.web.sessions import set_session_cookie
from core.web.tenancy import require_face, the_config

blueprint = Blueprint("platform", __name__)
AFTER_SIGN_IN = "/console/"
SHOPS_SHOWN_MAX = 24


@blueprint.before_request
def _only_here() -> None:
    require_face("platform")


def landing() -> Response:
    """What the platform's host shows at `/`; in development, the shops that are there."""
    shops = []
    if not the_config().production:
        rows = db.session.execute(
            select(Merchant.slug, Shop.name, Shop.tagline)
            .join(Shop, Shop.merchant_id == Merchant.id)
            .order_by(Merchant.created_at)
            .limit(SHOPS_SHOWN_MAX)
        ).all()
        shops = [
            {"name": row.name, "tagline": row.tagline, "url": f"{request.scheme}://{row.slug}.{request.host}/"}
            for row in rows
        ]
    return render_page("platform/landing.html", shops=shops, member=current_member())


def safe_next(target: str | None, default: str = AFTER_SIGN_IN) -> str:
    """Where to go on after a form: a path of this very host and nothing else."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return default
    parts = urlsplit(target)
    return default if parts.scheme or parts.netloc or any(ord(sign) < 32 for sign in target) else target


@blueprint.post("/sign-out")
def sign_out() -> Response:
    """End the member's session."""
    member = current_member()
    if member is not None:
        sign_out_member(member.token)
    response = make_response(redirect("/sign-in", 303))
    set_session_cookie(response, "", lasts_seconds=None)
    return response


@blueprint.get("/choose")
def choose() -> Response:
    """The organisations that this member may act for."""
    sent_away = ensure_member(merchant=False)
    if sent_away is not None:
        return sent_away
    posts = posts_of(g.member.person_id)
    if not posts or all(post.kind != "merchant" for post in posts):
        # Nobody to act for in the console: staff go to the office, others to their own pages.
        return redirect("/office/" if g.member.is_staff else "/member/", 303)
    merchants = [
        {"id": post.merchant_id, "name": post.name, "kind": KINDS[post.kind], "role": post.role}
        for post in sorted(posts, key=lambda post: post.name)
    ]
    return render_page("platform/choose.html", merchants=merchants, member=g.member)


@blueprint.post("/choose")
def choose_submit() -> Response:
    """Act for one of them from now on."""
    sent_away = ensure_member(merchant=False)
    if sent_away is not None:
        return sent_away
    merchant_id = request.form.get("merchant_id", "")[:40]
    act_for(g.member.token, g.member.person_id, merchant_id)
    kind = organisation(merchant_id).kind
    return redirect(AFTER_SIGN_IN if kind == "merchant" else f"/member/organisations/{merchant_id}", 303)


ROLE_NAMES = {"owner": _l("Owner"), "manager": _l("Manager"), "clerk": _l("Clerk")}
