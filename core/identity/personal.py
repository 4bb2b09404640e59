"""Papers of somebody: which were handed in is told; documents and numbers are erased."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select, update

from core.base.crypto import decrypt
from core.base.database import db
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.contract.contributions import DataSubject, Kept, PersonalData
from core.control.reviews import withdraw_review
from core.identity.levels import level_of, lower_level
from core.identity.models import ContactCode, IdentityCase, IdentityPaper
from core.identity.queries import papers_of
from core.identity.service import REVIEW_KIND


def _mine(subject: DataSubject) -> tuple[Any, ...]:
    return (IdentityCase.subject_kind == "person", IdentityCase.subject_id == subject.id)


def _collect(subject: DataSubject) -> Any:
    if subject.kind != "person":
        return None
    cases = db.session.scalars(select(IdentityCase).where(*_mine(subject)).order_by(IdentityCase.begun_at)).all()
    return {
        "level": level_of("person", subject.id),
        "papers": [
            {
                "level": case.level,
                "state": case.state,
                "document": case.number_kind,
                "country": case.country,
                "name": decrypt(case.name_encrypted) if case.name_encrypted else "",
                "number": decrypt(case.number_encrypted) if case.number_encrypted else "",
                "reasons": case.reasons,
                "handed_in_at": case.submitted_at,
                "decided_at": case.decided_at,
                "documents": [{"kind": one.kind, "bytes": one.size_bytes} for one in papers_of(case.id)],
            }
            for case in cases
        ],
    }


@transactional
def _erase(subject: DataSubject) -> None:
    if subject.kind != "person":
        return
    ids = db.session.scalars(select(IdentityCase.id).where(*_mine(subject))).all()
    withdraw_review(REVIEW_KIND, f"person:{subject.id}")
    db.session.execute(delete(IdentityPaper).where(IdentityPaper.case_id.in_(ids)))
    db.session.execute(
        update(IdentityCase)
        .where(*_mine(subject))
        .values(name_encrypted="", number_encrypted="", number_index="", number_masked="", note="")
    )
    db.session.execute(
        update(IdentityCase)
        .where(*_mine(subject), IdentityCase.state.in_(("draft", "checking", "waiting")))
        .values(state="withdrawn", ask_at=None)
    )
    db.session.execute(delete(ContactCode).where(ContactCode.person_id == subject.id))
    lower_level("person", subject.id, 0)


def _kept(subject: DataSubject) -> Sequence[Kept]:
    if subject.kind != "person":
        return ()
    count = db.session.scalar(
        select(func.count()).select_from(IdentityCase).where(*_mine(subject), IdentityCase.state == "accepted")
    )
    if not count:
        return ()
    return (
        Kept(
            _l("That papers were accepted, and when; not the papers, not the number"),
            _l("It shows that the platform did what the law asks of it."),
            count,
        ),
    )


PERSONAL_DATA = PersonalData("identity", _l("Verification"), _collect, _erase, _kept, frozenset({"person"}))
