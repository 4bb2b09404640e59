"""The team: who works here, in which post; invitations by a link that works once."""

from __future__ import annotations

from flask import Response, make_response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, NotAllowed, Refused
from core.base.i18n import lazy_gettext as _
from core.parties.letters import send_invitation
from core.parties.organisations import role_labels
from core.parties.roles import ROLES
from core.parties.service import act_for, sign_in_member
from core.parties.sessions import MEMBER_LASTS
from core.parties.team import (
    accept_invitation,
    add_member,
    change_role,
    invite,
    read_invitation,
    team_of,
    transfer_ownership,
)
from core.shops.queries import shop_context
from core.web.console.page import Errors, actor_id, attempt, blueprint, merchant_id, posted, show, words_of
from core.web.i18n import current_locale
from core.web.member import flash_member, require_member
from core.web.sessions import set_session_cookie
from core.web.tenancy import require_face

ROLE_HELP = {
    "owner": _("May do everything, also withdraw money and change the team."),
    "manager": _("Runs the shop: catalogue, orders, refunds, settings. Cannot withdraw money."),
    "clerk": _("Packs and ships orders and counts stock."),
}
assert set(ROLE_HELP) == set(ROLES)


@blueprint.get("/team")
@require_member("people.edit")
def team() -> Response:
    """Everybody who works here."""
    return _page()


def _page(*, status: int = 200, errors: Errors | None = None, message: object = "", link: str = "") -> Response:
    return show(
        "team",
        status=status,
        people=team_of(merchant_id()),
        roles=role_labels(merchant_id()),
        role_help=ROLE_HELP,
        link=link,
        errors=errors or {},
        message=message,
        values=request.form,
    )


@blueprint.post("/team")
@require_member("people.edit")
def add_to_team() -> WerkzeugResponse:
    """Add somebody who has an account; for anybody else show a link to pass on."""
    email, role = posted("email", 300), posted("role", 40)
    try:
        if add_member(merchant_id(), email=email, role=role, actor_id=actor_id()) is None:
            token = invite(merchant_id(), email=email, role=role, actor_id=actor_id())
            link = url_for("console.invitation", token=token, _external=True)
            send_invitation(
                merchant_id(),
                email=email,
                role=str(role_labels(merchant_id()).get(role, role)),
                url=link,
                invited_by=actor_id(),
                locale=current_locale(),
            )
            return _page(link=link)
    except (Invalid, Refused) as error:
        return _page(status=error.status, errors=error.fields, message=words_of(error))
    flash_member(_("Added to the team."))
    return redirect(url_for("console.team"), 303)


@blueprint.post("/team/<person_id>")
@require_member("people.edit")
def change_post(person_id: str) -> WerkzeugResponse:
    """Give somebody another post, or take it away."""
    if request.form.get("do") == "transfer":
        done = _("The shop has a new owner. You are manager now.")
        return attempt(
            lambda: transfer_ownership(merchant_id(), person_id, actor_id=actor_id()), done, to=url_for("console.home")
        )
    role = None if request.form.get("do") == "remove" else posted("role", 40)
    gone = role is None and person_id == actor_id()
    try:
        change_role(merchant_id(), person_id, role, actor_id=actor_id())
    except (Invalid, Refused, NotAllowed) as error:
        return _page(status=error.status, errors=error.fields, message=words_of(error))
    flash_member(_("Removed from the team.") if role is None else _("Saved."))
    return redirect("/choose" if gone else url_for("console.team"), 303)


@blueprint.get("/invitation/<token>")
def invitation(token: str) -> Response:
    """What an invitation offers, with the form to accept it. Needs no sign-in."""
    return _invitation_page(token)


def _invitation_page(token: str, *, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    require_face("platform")
    offered = read_invitation(token)
    return show(
        "invitation",
        status=status,
        offered=offered,
        role=role_labels(offered.merchant_id).get(offered.role, offered.role),
        inviting=shop_context(offered.merchant_id).name,
        errors=errors or {},
        message=message,
        values=request.form,
    )


@blueprint.post("/invitation/<token>")
def accept(token: str) -> WerkzeugResponse:
    """Open the account and go to work."""
    require_face("platform")
    offered = read_invitation(token)
    password = request.form.get("password", "")[:200]
    try:
        person_id = accept_invitation(token, name=posted("name", 200), password=password, locale=current_locale())
    except Invalid as error:
        return _invitation_page(token, status=error.status, errors=error.fields, message=words_of(error))
    session = sign_in_member(email=offered.email, password=password, address=request.remote_addr or "")
    act_for(session, person_id, offered.merchant_id)
    response = make_response(redirect(url_for("console.home"), 303))
    set_session_cookie(response, session, lasts_seconds=int(MEMBER_LASTS.total_seconds()))
    return response
