"""Reading papers: how a subject stands step by step, documents, whoever else has the same number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from core.audit import record
from core.base.crypto import blind_indexes
from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.identity.levels import LEVEL_LABELS, level_of
from core.identity.models import IdentityCase, IdentityPaper
from core.identity.numbers import INDEX, Subject
from core.identity.papers import PAPER_LABELS
from core.identity.reasons import REASONS
from core.parties.models import Organisation, Person
from core.parties.staff import require_staff

FOUND_MAX = 50


@dataclass(frozen=True, slots=True)
class PaperView:
    """A document of a case, without its content."""

    id: str
    kind: str
    label: Any
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Step:
    """One level for a subject: `done`, `open` (may be begun), `draft`, `checking`, `waiting`, `rejected`, `locked`."""

    level: int
    label: Any
    state: str
    case: IdentityCase | None
    reasons: tuple[Any, ...]


def steps_of(kind: Subject, subject_id: str) -> tuple[int, list[Step]]:
    """The level that was reached, and each step to take from nothing to the last level."""
    reached = level_of(kind, subject_id)
    newest: dict[int, IdentityCase] = {}
    for case in db.session.scalars(
        select(IdentityCase)
        .where(IdentityCase.subject_kind == kind, IdentityCase.subject_id == subject_id)
        .order_by(IdentityCase.begun_at, IdentityCase.id)
    ):
        newest[case.level] = case
    return reached, [_step(level, reached, newest.get(level)) for level in (1, 2, 3)]


def _step(level: int, reached: int, case: IdentityCase | None) -> Step:
    reasons: tuple[Any, ...] = ()
    if reached >= level:
        state = "done"
    elif reached < level - 1:
        state = "locked"
    elif case is not None and case.state in ("draft", "checking", "waiting"):
        state = case.state
    elif case is not None and case.state == "rejected":
        state, reasons = "rejected", tuple(REASONS[code] for code in case.reasons if code in REASONS)
    else:
        state = "open"
    return Step(level, LEVEL_LABELS[level], state, case, reasons)


def case_by_id(case_id: str) -> IdentityCase:
    """Papers by their id, for staff. Raises NotFound."""
    case = db.session.get(IdentityCase, case_id)
    if case is None:
        raise NotFound(_l("There are no such papers."))
    return case


def papers_of(case_id: str) -> Sequence[PaperView]:
    """The documents of a case."""
    rows = db.session.execute(
        select(IdentityPaper.id, IdentityPaper.kind, IdentityPaper.media_type, IdentityPaper.size_bytes)
        .where(IdentityPaper.case_id == case_id)
        .order_by(IdentityPaper.kind)
    )
    return [PaperView(row.id, row.kind, PAPER_LABELS[row.kind], row.media_type, row.size_bytes) for row in rows]


def subject_name(kind: str, subject_id: str) -> str:
    """The name of a person or an organisation, as they wrote it."""
    model = Person if kind == "person" else Organisation
    return db.session.scalar(select(model.name).where(model.id == subject_id)) or subject_id


def others_with_number(case: IdentityCase) -> list[str]:
    """Names of others whose papers show the same number."""
    if not case.number_index:
        return []
    rows = db.session.execute(
        select(IdentityCase.subject_kind, IdentityCase.subject_id)
        .where(
            IdentityCase.number_index == case.number_index,
            IdentityCase.subject_id != case.subject_id,
            IdentityCase.state.in_(("checking", "waiting", "accepted")),
        )
        .distinct()
        .limit(FOUND_MAX)
    ).all()
    return [subject_name(row.subject_kind, row.subject_id) for row in rows]


@transactional
def find_by_number(number: str, *, actor_id: str) -> list[IdentityCase]:
    """Papers that show exactly this number, the newest first; who searched is on the trail. Raises RoleNotEnough."""
    require_staff(actor_id, "identity.unmask")
    wanted = "".join(number.split()).upper()[:40]
    found = list(
        db.session.scalars(
            select(IdentityCase)
            .where(IdentityCase.number_index.in_(blind_indexes(INDEX, wanted)))
            .order_by(IdentityCase.begun_at.desc())
            .limit(FOUND_MAX)
        )
    )
    record("identity.searched", actor_id=actor_id, subject="identity:number", details={"found": len(found)})
    return found
