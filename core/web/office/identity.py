"""Papers as the staff see them: documents on request, the number in the clear only with a reason, search by number."""

from __future__ import annotations

from flask import Response
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.crypto import decrypt
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _
from core.identity.levels import LEVEL_LABELS, level_of
from core.identity.models import IdentityCase
from core.identity.numbers import NUMBER_KINDS
from core.identity.queries import case_by_id, find_by_number, others_with_number, papers_of, subject_name
from core.identity.reasons import REASONS
from core.identity.service import paper_for_staff, unmask_number
from core.web.account.verification import paper_response
from core.web.console.page import Errors, posted
from core.web.office.page import blueprint, show, staff_id, staff_page, the_member

STATES = {
    "draft": _("Begun"),
    "checking": _("Being checked"),
    "waiting": _("Waiting for review"),
    "accepted": _("Accepted"),
    "rejected": _("Rejected"),
    "withdrawn": _("Taken back"),
}


@blueprint.get("/identity/<case_id>")
@staff_page("reviews.decide")
def identity_case(case_id: str) -> Response:
    """One set of papers."""
    return _page(case_by_id(case_id))


def _page(case: IdentityCase, *, status: int = 200, errors: Errors | None = None, number: str = "") -> Response:
    known = NUMBER_KINDS.get(case.number_kind)
    response = show(
        "identity_case",
        status=status,
        case=case,
        state=STATES[case.state],
        who=subject_name(case.subject_kind, case.subject_id),
        level=LEVEL_LABELS[level_of("person" if case.subject_kind == "person" else "organisation", case.subject_id)],
        step=LEVEL_LABELS[case.level],
        number_label=known.label if known is not None else "",
        name=decrypt(case.name_encrypted) if case.name_encrypted else "",
        papers=papers_of(case.id),
        others=others_with_number(case),
        reasons=[REASONS[code] for code in case.reasons if code in REASONS],
        may_unmask=the_member().may_in_office("identity.unmask"),
        number=number,
        errors=errors or {},
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/identity/<case_id>/number")
@staff_page("identity.unmask")
def identity_number(case_id: str) -> WerkzeugResponse:
    """Show the number this once; who looked, and why, is written down."""
    try:
        number = unmask_number(case_id, actor_id=staff_id(), reason=posted("reason", 300))
    except Invalid as error:
        return _page(case_by_id(case_id), status=error.status, errors=error.fields)
    return _page(case_by_id(case_id), number=number)


@blueprint.get("/identity/papers/<paper_id>")
@staff_page("reviews.decide")
def identity_paper(paper_id: str) -> Response:
    """A document; who looked is written down."""
    return paper_response(*paper_for_staff(paper_id, actor_id=staff_id()))


@blueprint.post("/identity")
@staff_page("identity.unmask")
def identity_search() -> Response:
    """Papers that show exactly this number; it travels in the form, so that no log keeps it."""
    number = posted("number", 60)
    found = find_by_number(number, actor_id=staff_id()) if number else []
    return _results(found, searched=True)


@blueprint.get("/identity")
@staff_page("identity.unmask")
def identity() -> Response:
    """Search by a number."""
    return _results([], searched=False)


def _results(found: list[IdentityCase], *, searched: bool) -> Response:
    rows = [
        {"case": case, "who": subject_name(case.subject_kind, case.subject_id), "state": STATES[case.state]}
        for case in found
    ]
    return show("identity_search", rows=rows, searched=searched)
