"""What waits for a decision, and how earlier decisions went. Reads only; a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from core.base import clock
from core.base.database import db
from core.control.models import Approval, Review
from core.parties.models import Person

PAGE = 50
_maker, _checker = aliased(Person), aliased(Person)


def approvals_page(
    *, state: str = "waiting", kind: str = "", merchant_id: str = "", before: str = "", limit: int = PAGE
) -> tuple[Sequence[Any], str | None]:
    """Rows of (Approval, the maker's name, the checker's name), the newest first, and where the next page begins."""
    query = (
        select(Approval, _maker.name, _checker.name)
        .join(_maker, _maker.id == Approval.maker_id)
        .outerjoin(_checker, _checker.id == Approval.checker_id)
    )
    if state:
        query = query.where(Approval.state == state)
    if kind:
        query = query.where(Approval.kind == kind)
    if merchant_id:
        query = query.where(Approval.merchant_id == merchant_id)
    if before:
        query = query.where(Approval.id < before)
    rows = db.session.execute(query.order_by(Approval.id.desc()).limit(limit + 1)).all()
    return rows[:limit], rows[limit - 1][0].id if len(rows) > limit else None


def approval(approval_id: str) -> Any | None:
    """One row as `approvals_page` gives them, or None."""
    rows = db.session.execute(
        select(Approval, _maker.name, _checker.name)
        .join(_maker, _maker.id == Approval.maker_id)
        .outerjoin(_checker, _checker.id == Approval.checker_id)
        .where(Approval.id == approval_id)
    )
    return rows.first()


def reviews_page(
    *, kind: str = "", state: str = "waiting", after: str = "", limit: int = PAGE
) -> tuple[Sequence[Any], str | None]:
    """Rows of (Review, the name of who has taken it now), the oldest first, and where the next page begins."""
    taker = aliased(Person)
    query = select(Review, taker.name).outerjoin(
        taker, (taker.id == Review.taken_by) & (Review.taken_until > clock.now())
    )
    if state:
        query = query.where(Review.state == state)
    if kind:
        query = query.where(Review.kind == kind)
    if after:
        query = query.where(Review.id > after)
    rows = db.session.execute(query.order_by(Review.id).limit(limit + 1)).all()
    return rows[:limit], rows[limit - 1][0].id if len(rows) > limit else None


def review(review_id: str) -> Review | None:
    """One review."""
    return db.session.get(Review, review_id)


def last_review(kind: str, subject: str) -> Review | None:
    """The newest review of a subject, however it ended."""
    return db.session.scalar(
        select(Review).where(Review.kind == kind, Review.subject == subject).order_by(Review.id.desc()).limit(1)
    )


def earlier_reviews(kind: str, subject: str) -> Sequence[Review]:
    """All reviews of a subject, the newest first."""
    return db.session.scalars(
        select(Review).where(Review.kind == kind, Review.subject == subject).order_by(Review.id.desc()).limit(PAGE)
    ).all()


def waiting_counts() -> dict[str, int]:
    """How many reviews wait in each queue, and under `approvals` how many proposals."""
    rows = db.session.execute(select(Review.kind, func.count()).where(Review.state == "waiting").group_by(Review.kind))
    counts = {str(kind): count for kind, count in rows}
    counts["approvals"] = (
        db.session.scalar(select(func.count()).select_from(Approval).where(Approval.state == "waiting")) or 0
    )
    return counts
