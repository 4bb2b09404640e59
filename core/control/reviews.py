"""Queues of what staff look at before it takes effect: taken by one reviewer at a time, accepted or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from core.audit import record
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.i18n import lazy_gettext as _l
from core.base.ids import new_id
from core.base.outbox import emit
from core.base.transactions import transactional
from core.contract.decisions import Decision, ReviewKind
from core.contract.runtime import registry
from core.control.errors import DecidedAlready, SecondPersonNeeded, TakenBySomebody
from core.control.models import Review
from core.parties.staff import require_staff

TAKEN_FOR = timedelta(minutes=30)
NOTE_CHARACTERS_MAX = 1000


def review_kind(name: str) -> ReviewKind:
    """The kind of a review. Raises NotFound when its plugin is not loaded (any more)."""
    kind = registry().review_kinds.get(name)
    if kind is None:
        raise NotFound(_l("Nobody here knows what this review is about: its plugin is not installed."))
    return kind


@transactional
def open_review(
    kind: str,
    subject: str,
    *,
    payload: Mapping[str, Any],
    merchant_id: str | None = None,
    submitted_by: str | None,
) -> str:
    """Put something before the staff; gives the review's id. What waits already for the same subject is replaced:
    the staff look at the newest. `payload` is plain JSON (ids rather than personal data). Raises NotFound."""
    review_kind(kind)
    withdraw_review(kind, subject)
    rounds = db.session.scalar(
        select(func.count())
        .select_from(Review)
        .where(Review.kind == kind, Review.subject == subject, Review.state == "refused")
    )
    review_id = new_id("rev")
    db.session.add(
        Review(
            id=review_id,
            kind=kind,
            subject=subject,
            merchant_id=merchant_id,
            payload=dict(payload),
            submitted_by=submitted_by,
            round=(rounds or 0) + 1,
            created_at=clock.now(),
        )
    )
    db.session.flush()
    _record("review.opened", submitted_by, review_id, kind, merchant_id, {"about": subject})
    emit("review.opened", {"review_id": review_id, "kind": kind}, merchant_id=merchant_id)
    return review_id


@transactional
def withdraw_review(kind: str, subject: str) -> None:
    """Take what waits for a subject out of the queue (it was changed or given up)."""
    waiting = db.session.scalars(
        select(Review)
        .where(Review.kind == kind, Review.subject == subject, Review.state == "waiting")
        .with_for_update()
    ).all()
    for review in waiting:
        review.state, review.decided_at = "withdrawn", clock.now()
    db.session.flush()


@transactional
def take_review(review_id: str, *, reviewer_id: str) -> None:
    """Say that one is looking at it, for half an hour, so that nobody else does the same work.

    Raises NotFound, RoleNotEnough, TakenBySomebody, DecidedAlready, SecondPersonNeeded.
    """
    review = _waiting(review_id, reviewer_id)
    review.taken_by, review.taken_until = reviewer_id, clock.now() + TAKEN_FOR


@transactional
def give_back_review(review_id: str, *, reviewer_id: str) -> None:
    """Leave it to the others again. Raises as `take_review`."""
    review = _waiting(review_id, reviewer_id)
    review.taken_by = review.taken_until = None


@transactional
def decide_review(
    review_id: str, *, reviewer_id: str, accepted: bool, reasons: Sequence[str] = (), note: str = ""
) -> None:
    """Accept or refuse; a refusal needs at least one of the kind's reasons, which the person concerned reads.

    Raises NotFound, RoleNotEnough, TakenBySomebody, DecidedAlready, SecondPersonNeeded, Invalid.
    """
    review = _waiting(review_id, reviewer_id)
    kind = review_kind(review.kind)
    unknown = [reason for reason in reasons if reason not in kind.reasons]
    if unknown or accepted is bool(reasons):
        words = _l("Choose at least one reason for a refusal.") if not accepted else _l("What is accepted needs none.")
        raise Invalid(words, fields={"reasons": words})
    review.state = "accepted" if accepted else "refused"
    review.reviewer_id, review.decided_at = reviewer_id, clock.now()
    review.reasons = list(dict.fromkeys(reasons))
    review.note = note.replace("\x00", "").strip()[:NOTE_CHARACTERS_MAX]
    review.taken_by = review.taken_until = None
    db.session.flush()
    details = {"about": review.subject, "reasons": review.reasons}
    _record(f"review.{review.state}", reviewer_id, review_id, review.kind, review.merchant_id, details)
    emit(f"review.{review.state}", {"review_id": review_id, "kind": review.kind}, merchant_id=review.merchant_id)
    kind.decide(
        Decision(
            review_id,
            review.merchant_id,
            review.subject,
            dict(review.payload),
            accepted,
            tuple(review.reasons),
            review.note,
            reviewer_id,
        )
    )


def _waiting(review_id: str, reviewer_id: str) -> Review:
    review = db.session.get(Review, review_id, with_for_update=True)
    if review is None:
        raise NotFound(_l("There is no such review."))
    require_staff(reviewer_id, review_kind(review.kind).permission)
    if review.state != "waiting":
        raise DecidedAlready(_l("This has been decided already. Load the page again to see how."))
    if review.submitted_by == reviewer_id:
        raise SecondPersonNeeded(_l("You submitted this yourself. Somebody else has to decide."))
    taken = review.taken_until is not None and review.taken_until > clock.now()
    if taken and review.taken_by != reviewer_id:
        raise TakenBySomebody(_l("Another reviewer is looking at this. Take the next one."))
    return review


def _record(
    action: str,
    actor_id: str | None,
    review_id: str,
    kind: str,
    merchant_id: str | None,
    details: Mapping[str, Any],
) -> None:
    record(
        action,
        actor_id=actor_id,
        subject=f"review:{review_id}",
        merchant_id=merchant_id,
        details={"kind": kind, **details},
    )
