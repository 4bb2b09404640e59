"""Handing papers in, having them decided on, and showing a number in the clear to whoever may see it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select

from core.audit import record
from core.base import clock
from core.base.crypto import blind_index, decrypt, decrypt_bytes, encrypt, encrypt_bytes
from core.base.database import db
from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import lazy_gettext as _l
from core.base.ids import new_id
from core.base.transactions import end_read, transactional
from core.contract.providers import IdentityCheck, IdentityDocument, IdentityOutcome, IdentityRequest, IdentityState
from core.contract.runtime import health, registry
from core.control.reviews import open_review, withdraw_review
from core.identity.checks import ManualReview
from core.identity.errors import CaseClosed
from core.identity.levels import level_of, raise_level
from core.identity.models import IdentityCase, IdentityPaper
from core.identity.numbers import INDEX, NUMBER_KINDS, Subject, checked_number, masked
from core.identity.papers import PAPER_LABELS, media_type_of
from core.identity.reasons import REASONS
from core.messages.service import send
from core.parties.factors import require_recent_factor
from core.parties.models import Person
from core.parties.organisations import checked_country
from core.parties.roles import require_permission
from core.parties.staff import require_staff

log = logging.getLogger("tongbao.identity")

REVIEW_KIND = "identity"
NAME_CHARACTERS_MAX = 120
ASKS_MAX = 8
_ASK_AGAIN = timedelta(minutes=1)
_ASKED_AT_ONCE = 20
REASON_CHARACTERS_MIN = 8
_OPEN = ("draft", "checking", "waiting")


def papers_needed(kind: Subject, level: int, number_kind: str) -> tuple[str, ...]:
    """The documents that a level needs."""
    if level == 3:
        return ("address",) if kind == "person" else ("address", "authority")
    known = NUMBER_KINDS.get(number_kind)
    return known.documents if known is not None else ()


@transactional
def begin_case(kind: Subject, subject_id: str, level: int, *, actor_id: str) -> str:
    """Begin to gather papers for a level, or go on where one stopped; returns the case's id.

    People do it for themselves, owners for their organisation. Raises RoleNotEnough, NotFound, Refused (another level
    comes first, or this one is reached), CaseClosed (the papers are being looked at).
    """
    authorise_subject(kind, subject_id, actor_id)
    if level not in (2, 3):
        raise NotFound(_l("There is no such level."))
    if kind == "organisation" and level_of("person", actor_id) >= 1:
        raise_level(kind, subject_id, 1)
    reached = level_of(kind, subject_id)
    if reached >= level:
        raise Refused(_l("This is verified already."), code="verified_already")
    if reached < level - 1:
        raise Refused(_l("Another step comes first."), code="step_missing")
    found = db.session.scalar(
        select(IdentityCase)
        .where(
            IdentityCase.subject_kind == kind,
            IdentityCase.subject_id == subject_id,
            IdentityCase.level == level,
            IdentityCase.state.in_(_OPEN),
        )
        .with_for_update()
    )
    if found is not None:
        if found.state != "draft":
            raise CaseClosed(_l("Your papers are being looked at. You will be told when it is done."))
        return found.id
    case = IdentityCase(
        id=new_id("idc"),
        subject_kind=kind,
        subject_id=subject_id,
        level=level,
        begun_by=actor_id,
        begun_at=clock.now(),
    )
    db.session.add(case)
    db.session.flush()
    return case.id


def add_paper(case_id: str, paper: str, content: bytes, *, actor_id: str) -> str:
    """Put a document into a case that is not handed in yet; another one of the same kind is replaced.

    Raises Invalid (`fields.<paper>`: no picture or PDF, too large, too small), NotFound, RoleNotEnough, CaseClosed.
    """
    if paper not in PAPER_LABELS:
        raise NotFound(_l("There is no such document."))
    media_type = media_type_of(content, paper)
    return _store_paper(case_id, paper, media_type, len(content), encrypt_bytes(content), actor_id)


@transactional
def _store_paper(case_id: str, paper: str, media_type: str, size: int, sealed: bytes, actor_id: str) -> str:
    _draft(case_id, actor_id)
    db.session.execute(delete(IdentityPaper).where(IdentityPaper.case_id == case_id, IdentityPaper.kind == paper))
    paper_id = new_id("idp")
    db.session.add(
        IdentityPaper(
            id=paper_id,
            case_id=case_id,
            kind=paper,
            media_type=media_type,
            size_bytes=size,
            content_encrypted=sealed,
            added_at=clock.now(),
        )
    )
    return paper_id


@transactional
def submit_case(
    case_id: str, *, actor_id: str, number_kind: str = "", country: str = "", name: str = "", number: str = ""
) -> None:
    """Hand the papers in. Where a check can tell of this kind of number it is asked, else people look at it.

    Raises Invalid (`fields` by name of the input or the document that is missing), NotFound, RoleNotEnough, CaseClosed.
    """
    case = _draft(case_id, actor_id)
    fields: dict[str, object] = {}
    kind: Subject = "person" if case.subject_kind == "person" else "organisation"
    if case.level == 2:
        case.number_kind, case.country, plain = _checked(kind, number_kind, country, number, fields)
        name = " ".join(name.replace("\x00", "").split())
        if not 0 < len(name) <= NAME_CHARACTERS_MAX:
            fields["name"] = _l("Write the name as it stands on the document.")
        case.name_encrypted = encrypt(name)
        if plain:
            case.number_encrypted, case.number_index = encrypt(plain), blind_index(INDEX, plain)
            case.number_masked = masked(plain)
    there = set(db.session.scalars(select(IdentityPaper.kind).where(IdentityPaper.case_id == case_id)))
    needed = papers_needed(kind, case.level, case.number_kind)
    fields |= {paper: _l("This document is missing.") for paper in needed if paper not in there}
    if fields:
        raise Invalid(_l("Please correct the marked fields."), fields=fields)
    db.session.execute(delete(IdentityPaper).where(IdentityPaper.case_id == case_id, IdentityPaper.kind.not_in(needed)))
    check = _check_for(case.number_kind)
    case.provider_id, case.submitted_at, case.begun_by = check.id, clock.now(), actor_id
    if isinstance(check, ManualReview):
        _to_people(case)
    else:
        case.state, case.ask_at, case.asks = "checking", clock.now(), 0
    _record("identity.submitted", actor_id, case, {"level": case.level, "number_kind": case.number_kind})


def _checked(
    kind: Subject, number_kind: str, country: str, number: str, fields: dict[str, object]
) -> tuple[str, str, str]:
    """Kind, country and number as they are stored; what is wrong goes into `fields`."""
    known = NUMBER_KINDS.get(number_kind)
    if known is None or kind not in known.subjects:
        fields["number_kind"] = _l("Choose the kind of document.")
        return "", "", ""
    try:
        country = known.country or checked_country(country)
    except Invalid as wrong:
        fields |= wrong.fields
    if not country:
        fields["country"] = _l("Choose a country or region.")
    try:
        return number_kind, country[:2], checked_number(number_kind, number)
    except Invalid as wrong:
        fields |= wrong.fields
        return number_kind, country[:2], ""


@transactional
def withdraw_case(case_id: str, *, actor_id: str) -> None:
    """Take papers back, whether handed in or not; the documents are deleted. Raises NotFound, CaseClosed."""
    case = _mine(case_id, actor_id)
    if case.state not in _OPEN:
        raise CaseClosed(_l("This has been decided already."))
    if case.state == "waiting":
        withdraw_review(REVIEW_KIND, _subject(case))
    case.state, case.decided_at = "withdrawn", clock.now()
    case.name_encrypted = case.number_encrypted = case.number_index = case.number_masked = ""
    db.session.execute(delete(IdentityPaper).where(IdentityPaper.case_id == case_id))
    _record("identity.withdrawn", actor_id, case, {"level": case.level})


@transactional
def conclude(case_id: str, *, accepted: bool, reasons: Sequence[str], note: str, decided_by: str | None) -> None:
    """Accept or reject papers: the level is reached, or the reasons are told. Does nothing to what is decided.

    Raises NotFound.
    """
    case = db.session.get(IdentityCase, case_id, with_for_update=True)
    if case is None:
        raise NotFound(_l("There are no such papers."))
    if case.state not in ("checking", "waiting"):
        return
    case.state, case.decided_at = ("accepted" if accepted else "rejected"), clock.now()
    case.reasons, case.note, case.ask_at = [reason for reason in reasons if reason in REASONS], note[:1000], None
    if accepted:
        raise_level("person" if case.subject_kind == "person" else "organisation", case.subject_id, case.level)
    _record(f"identity.{case.state}", decided_by, case, {"level": case.level, "reasons": case.reasons})
    person = db.session.get(Person, case.begun_by)
    if person is not None:
        values = {"accepted": accepted, "level": case.level, "reasons": case.reasons, "note": case.note}
        send("identity.decided", to=person.email, locale=person.locale, values=values, key=f"identity:{case.id}")


def ask_checks() -> int:
    """Ask the checks about papers that wait for them (job); returns how many were asked."""
    due = db.session.scalars(
        select(IdentityCase.id)
        .where(IdentityCase.state == "checking", IdentityCase.ask_at <= clock.now())
        .order_by(IdentityCase.ask_at)
        .limit(_ASKED_AT_ONCE)
    ).all()
    end_read()
    for case_id in due:
        _ask(case_id)
    return len(due)


def _ask(case_id: str) -> None:
    request, provider_id = _request(case_id)
    check = registry().find_provider(IdentityCheck, provider_id)
    end_read()
    outcome = IdentityOutcome(IdentityState.MANUAL)
    if check is not None:
        try:
            outcome = health().ask("", check.plugin_id, "check", lambda: check.check(request))
        except Exception:
            log.warning("identity check %s gave no answer for %s", provider_id, case_id)
            outcome = IdentityOutcome(IdentityState.UNKNOWN)
    _record_outcome(case_id, outcome)


def _request(case_id: str) -> tuple[IdentityRequest, str]:
    case = db.session.get(IdentityCase, case_id)
    if case is None:
        raise NotFound(_l("There are no such papers."))
    documents = tuple(
        IdentityDocument(row.kind, row.media_type, decrypt_bytes(row.content_encrypted))
        for row in db.session.execute(
            select(IdentityPaper.kind, IdentityPaper.media_type, IdentityPaper.content_encrypted)
            .where(IdentityPaper.case_id == case_id)
            .order_by(IdentityPaper.kind)
        )
    )
    request = IdentityRequest(
        case.id,
        "person" if case.subject_kind == "person" else "organisation",
        case.level,
        case.number_kind,
        case.country,
        decrypt(case.name_encrypted) if case.name_encrypted else "",
        decrypt(case.number_encrypted) if case.number_encrypted else "",
        documents,
    )
    return request, case.provider_id


@transactional
def _record_outcome(case_id: str, outcome: IdentityOutcome) -> None:
    case = db.session.get(IdentityCase, case_id, with_for_update=True)
    if case is None or case.state != "checking":
        return
    case.external_id, case.asks = outcome.external_id[:120], case.asks + 1
    if outcome.state in (IdentityState.CONFIRMED, IdentityState.REFUSED):
        accepted = outcome.state == IdentityState.CONFIRMED
        conclude(case_id, accepted=accepted, reasons=outcome.reasons, note="", decided_by=None)
    elif outcome.state == IdentityState.MANUAL or case.asks >= ASKS_MAX:
        _to_people(case)
    else:
        case.ask_at = clock.now() + _ASK_AGAIN * 2**case.asks


def _to_people(case: IdentityCase) -> None:
    case.state, case.ask_at = "waiting", None
    db.session.flush()
    open_review(REVIEW_KIND, _subject(case), payload={"case_id": case.id}, submitted_by=case.begun_by)


@transactional
def unmask_number(case_id: str, *, actor_id: str, reason: str) -> str:
    """The number of these papers in the clear, for staff who need it; who looked and why is on the audit trail.

    Raises RoleNotEnough, FactorNeeded, NotFound, Invalid (`fields.reason`).
    """
    require_staff(actor_id, "identity.unmask")
    require_recent_factor(actor_id)
    case = db.session.get(IdentityCase, case_id)
    if case is None or not case.number_encrypted:
        raise NotFound(_l("There are no such papers."))
    reason = " ".join(reason.replace("\x00", "").split())
    if len(reason) < REASON_CHARACTERS_MIN:
        words = _l("Say why you need to see it, in a few words. It is written down.")
        raise Invalid(words, fields={"reason": words})
    _record("identity.unmasked", actor_id, case, {"case_id": case_id, "reason": reason[:300]})
    return decrypt(case.number_encrypted)


@transactional
def paper_for_staff(paper_id: str, *, actor_id: str) -> tuple[str, bytes]:
    """A document's media type and content, for a reviewer; who looked is on the audit trail.

    Raises RoleNotEnough, NotFound.
    """
    require_staff(actor_id, "reviews.decide")
    media_type, sealed, case = _paper(paper_id)
    _record("identity.document_viewed", actor_id, case, {"case_id": case.id, "paper": paper_id})
    return media_type, decrypt_bytes(sealed)


def paper_for_owner(paper_id: str, *, actor_id: str) -> tuple[str, bytes]:
    """A document's media type and content, for whoever it belongs to. Raises NotFound."""
    media_type, sealed, case = _paper(paper_id)
    _mine(case.id, actor_id)
    return media_type, decrypt_bytes(sealed)


def _paper(paper_id: str) -> tuple[str, bytes, IdentityCase]:
    row = db.session.execute(
        select(IdentityPaper.media_type, IdentityPaper.content_encrypted, IdentityCase)
        .join(IdentityCase, IdentityCase.id == IdentityPaper.case_id)
        .where(IdentityPaper.id == paper_id)
    ).first()
    if row is None:
        raise NotFound(_l("There is no such document."))
    return row[0], row[1], row[2]


def authorise_subject(kind: str, subject_id: str, actor_id: str) -> None:
    """People act for themselves, and for organisations whose team they may change. Raises NotFound, RoleNotEnough."""
    if kind == "organisation":
        require_permission(actor_id, subject_id, "people.edit")
    elif kind != "person" or subject_id != actor_id:
        raise NotFound(_l("There is no such person."))


def _mine(case_id: str, actor_id: str) -> IdentityCase:
    case = db.session.get(IdentityCase, case_id)
    if case is None:
        raise NotFound(_l("There are no such papers."))
    authorise_subject(case.subject_kind, case.subject_id, actor_id)
    return case


def _draft(case_id: str, actor_id: str) -> IdentityCase:
    _mine(case_id, actor_id)
    case = db.session.get(IdentityCase, case_id, with_for_update=True, populate_existing=True)
    if case is None or case.state != "draft":
        raise CaseClosed(_l("These papers were handed in already."))
    return case


def _check_for(number_kind: str) -> IdentityCheck:
    checks = registry().providers(IdentityCheck)
    manual = next(check for check in checks if isinstance(check, ManualReview))
    return next((check for check in checks if number_kind and number_kind in check.number_kinds), manual)


def _subject(case: IdentityCase) -> str:
    return f"{case.subject_kind}:{case.subject_id}"


def _record(action: str, actor_id: str | None, case: IdentityCase, details: dict[str, object]) -> None:
    chain = case.subject_id if case.subject_kind == "organisation" else None
    record(action, actor_id=actor_id, subject=_subject(case), merchant_id=chain, details=details)
