"""Proposals that wait for a second person, and how earlier ones went."""

from __future__ import annotations

from flask import Response, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _
from core.contract.runtime import registry
from core.control import queries
from core.control.approvals import approve, reject, withdraw
from core.web.console.page import argument, attempt, posted
from core.web.office.page import blueprint, show, staff_id, staff_page, the_member

STATES = {
    "waiting": _("Waiting"),
    "approved": _("Approved"),
    "rejected": _("Rejected"),
    "withdrawn": _("Withdrawn"),
    "expired": _("Expired"),
}


@blueprint.get("/approvals")
@staff_page("office.view")
def approvals() -> Response:
    """Proposals, those that wait first of all."""
    state = argument("state", 12) or "waiting"
    rows, next_before = queries.approvals_page(
        state=state if state in STATES else "", kind=argument("kind", 60), before=argument("before", 40)
    )
    return show(
        "approvals", rows=rows, next_before=next_before, state=state, states=STATES, kinds=registry().approval_kinds
    )


@blueprint.get("/approvals/<approval_id>")
@staff_page("office.view")
def approval(approval_id: str) -> Response:
    """One proposal: what would change, who proposed it and why."""
    row = queries.approval(approval_id)
    if row is None:
        raise NotFound(_("There is no such proposal."))
    found, maker, checker = row
    kind = registry().approval_kinds.get(found.kind)
    member = the_member()
    return show(
        "approval",
        approval=found,
        maker=maker,
        checker=checker,
        kind=kind,
        states=STATES,
        facts=kind.describe(found.payload) if kind else (),
        own=found.maker_id == member.person_id,
        may_decide=kind is not None and member.may_in_office(kind.permission),
    )


@blueprint.post("/approvals/<approval_id>")
@staff_page("office.view")
def decide_approval(approval_id: str) -> WerkzeugResponse:
    """Approve, reject, or take back one's own."""
    do, note, who = posted("do", 20), posted("note"), staff_id()
    here = url_for("office.approval", approval_id=approval_id)
    if do == "approve":
        done = _("Approved: it has taken effect.")
        return attempt(lambda: approve(approval_id, checker_id=who, note=note), done, to=url_for("office.approvals"))
    if do == "withdraw":
        done = _("Withdrawn: nothing has changed.")
        return attempt(lambda: withdraw(approval_id, maker_id=who), done, to=here)
    return attempt(lambda: reject(approval_id, checker_id=who, note=note), _("Rejected: nothing has changed."), to=here)
