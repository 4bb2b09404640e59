"""The merchants: found, looked at, suspended and taken back in; their fee."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import lazy_gettext as _
from core.control.queries import approvals_page
from core.parties.looking import start_looking
from core.parties.team import team_of
from core.shops.fees import propose_fee
from core.shops.standing import STANDINGS, reinstate_merchant, suspend_merchant
from core.web.console.forms import Form
from core.web.console.page import Errors, argument, attempt, posted, words_of
from core.web.member import flash_member
from core.web.office import queries
from core.web.office.page import blueprint, show, staff_id, staff_page, the_member


@blueprint.get("/merchants")
@staff_page("merchants.view")
def merchants() -> Response:
    """The merchants, the newest first; found by name, address or id."""
    text, standing = argument("q", 80), argument("standing", 20)
    rows, next_before = queries.merchants(argument("before", 40) or None, text=text, standing=standing)
    return show("merchants", rows=rows, next_before=next_before, text=text, standing=standing, standings=STANDINGS)


@blueprint.get("/merchants/<merchant_id>")
@staff_page("merchants.view")
def merchant(merchant_id: str) -> Response:
    """One merchant: standing, money, people, plugins, what is proposed."""
    return _page(merchant_id)


def _page(merchant_id: str, *, status: int = 200, errors: Errors | None = None, message: object = "") -> Response:
    found = queries.merchant(merchant_id)
    if found is None:
        raise NotFound(_("There is no such merchant."))
    proposals, _next = approvals_page(state="", merchant_id=merchant_id, limit=10)
    return show(
        "merchant",
        status=status,
        merchant=found,
        team=team_of(merchant_id),
        balances=queries.balances_of(merchant_id),
        orders=queries.order_counts_of(merchant_id),
        plugins=queries.plugins_of(merchant_id),
        proposals=proposals,
        standings=STANDINGS,
        errors=errors or {},
        message=message,
        values=request.form,
    )


@blueprint.post("/merchants/<merchant_id>/look")
@staff_page("members.look_as")
def look(merchant_id: str) -> WerkzeugResponse:
    """Look at the merchant's console in the place of one of its people; nothing can be changed there."""
    try:
        start_looking(
            the_member().token,
            staff_id=staff_id(),
            person_id=posted("person_id", 40),
            merchant_id=merchant_id,
            reason=posted("reason", 400),
        )
    except (Invalid, Refused) as error:
        return _page(merchant_id, status=error.status, errors=error.fields, message=words_of(error))
    return redirect("/console/", 303)


@blueprint.post("/merchants/<merchant_id>")
@staff_page("merchants.view")
def change_merchant(merchant_id: str) -> WerkzeugResponse:
    """Suspend, reinstate, or propose another fee."""
    here, reason = url_for("office.merchant", merchant_id=merchant_id), posted("reason", 500)
    do = posted("do", 20)
    if do == "suspend":
        return attempt(
            lambda: suspend_merchant(merchant_id, actor_id=staff_id(), reason=reason),
            _("Suspended: the shop answers no more."),
            to=here,
        )
    if do == "reinstate":
        return attempt(
            lambda: reinstate_merchant(merchant_id, actor_id=staff_id(), reason=reason),
            _("The merchant trades again."),
            to=here,
        )
    form = Form(request.form)
    fee_ppm = form.percent("fee")
    try:
        form.check()
        propose_fee(merchant_id, fee_ppm, maker_id=staff_id(), reason=reason)
    except (Invalid, Refused) as error:
        return _page(merchant_id, status=error.status, errors=error.fields, message=words_of(error))
    flash_member(_("Proposed. It stands as soon as somebody else approves it."))
    return redirect(here, 303)
