"""Verification, step by step: for oneself and for the organisations that one owns."""

from __future__ import annotations

from flask import Response, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from core.base.errors import Invalid, NotFound, Refused, TongbaoError
from core.base.i18n import lazy_gettext as _
from core.identity.models import IdentityCase
from core.identity.numbers import NUMBER_KINDS, Subject, kinds_for
from core.identity.papers import BYTES_MAX, PAPER_LABELS
from core.identity.queries import papers_of, steps_of, subject_name
from core.identity.service import (
    add_paper,
    authorise_subject,
    begin_case,
    paper_for_owner,
    papers_needed,
    submit_case,
    withdraw_case,
)
from core.parties.roles import posts_of
from core.web.account.page import blueprint, here, show, the_member
from core.web.console.page import Errors, posted, words_of
from core.web.headers import PICTURE_POLICY
from core.web.i18n import current_locale
from core.web.member import flash_member
from core.web.storefront.countries import country_choices

_TYPED = ("number_kind", "country", "name", "number")


def _subject(kind: str, subject_id: str) -> Subject:
    """Whose verification it is, when this member may see to it. Raises NotFound, RoleNotEnough."""
    authorise_subject(kind, subject_id, the_member().person_id)
    return "organisation" if kind == "organisation" else "person"


@blueprint.get("/verification")
def verification() -> Response:
    """How far oneself and one's organisations are verified, and what comes next."""
    member = the_member()
    level, steps = steps_of("person", member.person_id)
    subjects = [("person", member.person_id, member.name, level, steps)]
    for post in posts_of(member.person_id):
        if post.role == "owner" and len(subjects) < 4:
            subjects.append(("organisation", post.merchant_id, post.name, *steps_of("organisation", post.merchant_id)))
    return show("verification", subjects=subjects)


@blueprint.get("/verification/<kind>/<subject_id>/<int:level>")
def step(kind: str, subject_id: str, level: int) -> WerkzeugResponse:
    """One step: what it needs, what is there already, how it stands."""
    return _step_page(_subject(kind, subject_id), subject_id, level)


def _step_page(
    kind: Subject, subject_id: str, level: int, *, status: int = 200, errors: Errors | None = None, message: object = ""
) -> WerkzeugResponse:
    _reached, steps = steps_of(kind, subject_id)
    if level not in (2, 3):
        return redirect(here("verification"), 303)
    now = steps[level - 1]
    if now.state == "locked":
        flash_member(_("Another step comes first."), "info")
        return redirect(here("verification"), 303)
    chosen = request.values.get("number_kind") or _last_kind(now.case, kind)
    papers = (
        {paper.kind: paper for paper in papers_of(now.case.id)}
        if now.case is not None and now.state != "rejected"
        else {}
    )
    return show(
        "step",
        status=status,
        kind=kind,
        subject_id=subject_id,
        name=subject_name(kind, subject_id),
        step=now,
        number_kinds=kinds_for(kind),
        chosen=NUMBER_KINDS.get(chosen, kinds_for(kind)[0]),
        needed=papers_needed(kind, level, chosen),
        papers=papers,
        labels=PAPER_LABELS,
        countries=country_choices(current_locale()),
        errors=errors or {},
        message=message,
        values=request.form,
    )


def _last_kind(case: IdentityCase | None, kind: Subject) -> str:
    if case is not None and case.number_kind:
        return case.number_kind
    return "cn_uscc" if kind == "organisation" else kinds_for(kind)[0].name


@blueprint.post("/verification/<kind>/<subject_id>/<int:level>")
def hand_in(kind: str, subject_id: str, level: int) -> WerkzeugResponse:
    """Keep the documents that came along, then hand everything in. What is there stays when something is wrong."""
    subject, actor_id = _subject(kind, subject_id), the_member().person_id
    problems: dict[str, object] = {}
    try:
        case_id = begin_case(subject, subject_id, level, actor_id=actor_id)
    except Refused as error:
        flash_member(words_of(error), "info")
        return redirect(here("step", kind=kind, subject_id=subject_id, level=level), 303)
    for paper in papers_needed(subject, level, posted("number_kind", 30)):
        sent = request.files.get(paper)
        if sent is None or not sent.filename:
            continue
        try:
            add_paper(case_id, paper, sent.stream.read(BYTES_MAX + 1), actor_id=actor_id)
        except Invalid as error:
            problems |= error.fields
    try:
        if problems:
            raise Invalid(_("Please correct the marked fields."), fields=problems)
        submit_case(case_id, actor_id=actor_id, **{name: posted(name, 200) for name in _TYPED})
    except TongbaoError as error:
        return _step_page(
            subject, subject_id, level, status=error.status, errors={**error.fields, **problems}, message=error.message
        )
    flash_member(_("Your papers are handed in. You will be told as soon as they have been looked at."))
    return redirect(here("verification"), 303)


@blueprint.post("/verification/<kind>/<subject_id>/<int:level>/withdraw")
def withdraw(kind: str, subject_id: str, level: int) -> WerkzeugResponse:
    """Take papers back; the documents are deleted."""
    now = steps_of(_subject(kind, subject_id), subject_id)[1][max(1, min(level, 3)) - 1]
    if now.case is None:
        raise NotFound(_("There are no such papers."))
    try:
        withdraw_case(now.case.id, actor_id=the_member().person_id)
    except Refused as error:
        flash_member(words_of(error), "danger")
    else:
        flash_member(_("Taken back. The documents are deleted."))
    return redirect(here("step", kind=kind, subject_id=subject_id, level=level), 303)


@blueprint.get("/papers/<paper_id>")
def paper(paper_id: str) -> Response:
    """A document, for whoever handed it in."""
    return paper_response(*paper_for_owner(paper_id, actor_id=the_member().person_id))


def paper_response(media_type: str, content: bytes) -> Response:
    """A document as it may leave: no browser takes it for anything else, nothing keeps it, PDFs are downloaded."""
    response = Response(content, mimetype=media_type)
    response.headers["Content-Security-Policy"] = PICTURE_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    ending = media_type.partition("/")[2].replace("jpeg", "jpg")
    manner = "attachment" if media_type == "application/pdf" else "inline"
    response.headers["Content-Disposition"] = f'{manner}; filename="document.{ending}"'
    return response
