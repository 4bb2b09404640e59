"""Queues of what staff look at before it takes effect."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base import clock
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _
from core.contract.runtime import registry
from core.control import queries
from core.control.reviews import decide_review, give_back_review, take_review
from core.web.console.page import argument, attempt, posted
from core.web.office.page import blueprint, show, staff_id, staff_page, the_member

STATES = {
    "waiting": _("Waiting"),
    "accepted": _("Accepted"),
    "refused": _("Refused"),
    "withdrawn": _("Withdrawn"),
}


@blueprint.get("/reviews")
@staff_page("office.view")
def reviews() -> Response:
    """What waits, the oldest first; by queue."""
    state, kind = argument("state", 12) or "waiting", argument("kind", 60)
    rows, next_after = queries.reviews_page(
        kind=kind, state=state if state in STATES else "", after=argument("after", 40)
    )
    return show(
        "reviews",
        rows=rows,
        next_after=next_after,
        state=state,
        states=STATES,
        kind=kind,
        kinds=registry().review_kinds,
        now=clock.now(),
    )


@blueprint.get("/reviews/<review_id>")
@staff_page("office.view")
def review(review_id: str) -> Response:
    """One thing to look at, with what was decided on it before."""
    found = queries.review(review_id)
    if found is None:
        raise NotFound(_("There is no such review."))
    kind = registry().review_kinds.get(found.kind)
    member = the_member()
    taken = found.taken_by if found.taken_until is not None and found.taken_until > clock.now() else None
    may_decide = kind is not None and member.may_in_office(kind.permission)
    return show(
        "review",
        review=found,
        kind=kind,
        states=STATES,
        facts=kind.describe(found.payload) if kind and may_decide else (),
        earlier=[one for one in queries.earlier_reviews(found.kind, found.subject) if one.id != found.id],
        mine=taken == member.person_id,
        taken=taken is not None and taken != member.person_id,
        may_decide=may_decide,
    )


@blueprint.post("/reviews/<review_id>")
@staff_page("office.view")
def decide(review_id: str) -> WerkzeugResponse:
    """Take it, leave it to the others, accept or refuse it."""
    do, who = posted("do", 20), staff_id()
    here = url_for("office.review", review_id=review_id)
    if do == "take":
        return attempt(lambda: take_review(review_id, reviewer_id=who), _("It is yours for half an hour."), to=here)
    if do == "leave":
        back = url_for("office.reviews")
        return attempt(lambda: give_back_review(review_id, reviewer_id=who), _("It is left to the others."), to=back)
    found = queries.review(review_id)
    queue = found.kind if found is not None else ""
    accepted = do == "accept"
    reasons = [] if accepted else [reason[:60] for reason in request.form.getlist("reasons")][:20]
    answer = attempt(
        lambda: decide_review(review_id, reviewer_id=who, accepted=accepted, reasons=reasons, note=posted("note")),
        _("Accepted.") if accepted else _("Refused; the person concerned is told why."),
        to=here,
    )
    return answer if not _was_decided(review_id) else redirect(url_for("office.reviews", kind=queue), 303)


def _was_decided(review_id: str) -> bool:
    found = queries.review(review_id)
    return found is not None and found.state in ("accepted", "refused") and found.reviewer_id == staff_id()
