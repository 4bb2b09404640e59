"""Events from the outbox to their subscribers: at least once, retried with back-off, dead after too many tries."""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, delete, func, insert, or_, select, update

from core.base import clock
from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _
from core.base.outbox import OutboxDelivery, OutboxEvent
from core.base.transactions import end_read, transactional
from core.contract.contributions import Subscription

log = logging.getLogger("tongbao.outbox")

BATCH = 100
ATTEMPTS_MAX = 12
LEASE = timedelta(minutes=2)
KEPT = timedelta(days=30)
_LONGEST = timedelta(hours=6)


def wants(subscription: Subscription, topic: str) -> bool:
    """Whether a subscription asks for a topic, by its name or by `area.*`."""
    return any(
        wanted == topic or (wanted.endswith(".*") and topic.startswith(wanted[:-1])) for wanted in subscription.topics
    )


@transactional
def fan_out(subscriptions: Sequence[Subscription], limit: int = BATCH) -> int:
    """Give each waiting event to the subscribers that want it. By a flag, not a cursor: ids commit out of order."""
    events = db.session.execute(
        select(OutboxEvent.id, OutboxEvent.topic)
        .where(~OutboxEvent.fanned_out)
        .order_by(OutboxEvent.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    moment = clock.now()
    rows = [
        {
            "event_id": event_id,
            "subscriber": subscription.name,
            "state": "waiting",
            "attempts": 0,
            "next_attempt_at": moment,
        }
        for event_id, topic in events
        for subscription in subscriptions
        if wants(subscription, topic)
    ]
    if rows:
        db.session.execute(insert(OutboxDelivery), rows)
    if events:
        db.session.execute(
            update(OutboxEvent)
            .where(OutboxEvent.id.in_([event_id for event_id, _topic in events]))
            .values(fanned_out=True)
            .execution_options(synchronize_session=False)
        )
    return len(events)


@transactional
def _claim(limit: int) -> list[tuple[int, str, int]]:
    """Take deliveries that are due; nobody else takes them until the lease is over. (event, subscriber, attempt)."""
    moment = clock.now()
    due = db.session.execute(
        select(OutboxDelivery.event_id, OutboxDelivery.subscriber)
        .where(OutboxDelivery.state == "waiting", OutboxDelivery.next_attempt_at <= moment)
        .order_by(OutboxDelivery.next_attempt_at, OutboxDelivery.event_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not due:
        return []
    taken = db.session.execute(
        update(OutboxDelivery)
        .where(
            or_(
                *(
                    and_(OutboxDelivery.event_id == event_id, OutboxDelivery.subscriber == subscriber)
                    for event_id, subscriber in due
                )
            )
        )
        .values(next_attempt_at=moment + LEASE, attempts=OutboxDelivery.attempts + 1)
        .returning(OutboxDelivery.event_id, OutboxDelivery.subscriber, OutboxDelivery.attempts)
        .execution_options(synchronize_session=False)
    )
    return sorted((event_id, subscriber, attempt) for event_id, subscriber, attempt in taken)


@transactional
def _settle(event_id: int, subscriber: str, attempt: int, error: str | None) -> None:
    """Write down how a delivery went, unless somebody else has taken it over since."""
    values: dict[str, Any] = {"state": "done", "last_error": None}
    if error is not None:
        wait = min(timedelta(seconds=2**attempt), _LONGEST) * random.uniform(0.8, 1.2)
        values = {
            "state": "dead" if attempt >= ATTEMPTS_MAX else "waiting",
            "last_error": error[:2000],
            "next_attempt_at": clock.now() + wait,
        }
    db.session.execute(
        update(OutboxDelivery)
        .where(
            OutboxDelivery.event_id == event_id,
            OutboxDelivery.subscriber == subscriber,
            OutboxDelivery.attempts == attempt,
            OutboxDelivery.state == "waiting",
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def deliver(subscriptions: Sequence[Subscription], limit: int = BATCH) -> int:
    """Fan events out and deliver what is due, each outside any transaction. Returns how much was done."""
    known: Mapping[str, Subscription] = {subscription.name: subscription for subscription in subscriptions}
    fanned = fan_out(subscriptions, limit)
    claimed = _claim(limit)
    events = _events([event_id for event_id, _subscriber, _attempt in claimed])
    for event_id, subscriber, attempt in claimed:
        topic, payload = events[event_id]
        error = None
        try:
            if subscriber not in known:
                raise LookupError(f"the subscriber {subscriber} is not loaded")
            known[subscriber].handle(topic, payload)
        except Exception as failure:
            log.exception("event %s (%s) to %s failed, try %s", event_id, topic, subscriber, attempt)
            error = f"{type(failure).__name__}: {failure}"
        _settle(event_id, subscriber, attempt, error)
    return fanned + len(claimed)


def _events(ids: Sequence[int]) -> dict[int, tuple[str, Mapping[str, Any]]]:
    rows = db.session.execute(
        select(
            OutboxEvent.id,
            OutboxEvent.topic,
            OutboxEvent.merchant_id,
            OutboxEvent.payload,
            OutboxEvent.created_at,
        ).where(OutboxEvent.id.in_(ids))
    ).all()
    end_read()
    return {
        row.id: (
            row.topic,
            {
                **row.payload,
                "merchant_id": row.merchant_id,
                "event_id": row.id,
                "happened_at": row.created_at.isoformat(),
            },
        )
        for row in rows
    }


@transactional
def replay(event_id: int, subscriber: str) -> None:
    """Deliver an event to a subscriber once more, by hand. Raises NotFound."""
    found = db.session.execute(
        update(OutboxDelivery)
        .where(OutboxDelivery.event_id == event_id, OutboxDelivery.subscriber == subscriber)
        .values(state="waiting", attempts=0, next_attempt_at=clock.now())
        .returning(OutboxDelivery.event_id)
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound(_("There is no such delivery."))


@transactional
def tidy(limit: int = 5000) -> int:
    """Job: forget events that were delivered to everybody more than 30 days ago. Returns how many."""
    old = (
        select(OutboxEvent.id)
        .where(
            OutboxEvent.fanned_out,
            OutboxEvent.created_at < clock.now() - KEPT,
            ~select(OutboxDelivery.event_id)
            .where(OutboxDelivery.event_id == OutboxEvent.id, OutboxDelivery.state != "done")
            .exists(),
        )
        .order_by(OutboxEvent.id)
        .limit(limit)
    )
    ids = list(db.session.scalars(old))
    if ids:
        for table, column in ((OutboxDelivery, OutboxDelivery.event_id), (OutboxEvent, OutboxEvent.id)):
            db.session.execute(delete(table).where(column.in_(ids)).execution_options(synchronize_session=False))
    return len(ids)


def counts() -> dict[str, int]:
    """How many deliveries are in each state, and how many events wait to be fanned out."""
    states = db.session.execute(select(OutboxDelivery.state, func.count()).group_by(OutboxDelivery.state))
    found = {row.state: int(row[1]) for row in states}
    waiting = db.session.scalar(select(func.count()).select_from(OutboxEvent).where(~OutboxEvent.fanned_out))
    return {"new": int(waiting or 0), **{state: found.get(state, 0) for state in ("waiting", "done", "dead")}}


def dead_letters(limit: int = 100) -> Sequence[OutboxDelivery]:
    """Deliveries that were given up, the newest first."""
    return db.session.scalars(
        select(OutboxDelivery)
        .where(OutboxDelivery.state == "dead")
        .order_by(OutboxDelivery.event_id.desc())
        .limit(limit)
    ).all()
