"""What staff may change about the work that runs by itself: try events again, or give them up. Audited."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import update

from core.audit import record
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.i18n import lazy_gettext as _
from core.base.outbox import OutboxDelivery
from core.base.transactions import transactional
from core.parties.staff import require_staff

RETRIED_MAX = 1000


@transactional
def retry_delivery(event_id: int, subscriber: str, *, actor_id: str) -> None:
    """Have the worker deliver an event once more that is dead or waits. Raises RoleNotEnough, NotFound."""
    require_staff(actor_id, "work.retry")
    found = db.session.execute(
        update(OutboxDelivery)
        .where(
            OutboxDelivery.event_id == event_id,
            OutboxDelivery.subscriber == subscriber,
            OutboxDelivery.state.in_(["dead", "waiting"]),
        )
        .values(state="waiting", attempts=0, next_attempt_at=clock.now())
        .returning(OutboxDelivery.event_id)
        .execution_options(synchronize_session=False)
    ).first()
    if found is None:
        raise NotFound(_("There is no such delivery."))
    _record("event.retried", actor_id, f"event:{event_id}", {"subscriber": subscriber})


@transactional
def retry_dead(*, actor_id: str) -> int:
    """Have all dead deliveries tried again; gives how many. Raises RoleNotEnough."""
    require_staff(actor_id, "work.retry")
    changed = db.session.execute(
        update(OutboxDelivery)
        .where(OutboxDelivery.state == "dead")
        .values(state="waiting", attempts=0, next_attempt_at=clock.now())
        .returning(OutboxDelivery.event_id)
        .execution_options(synchronize_session=False)
    ).all()
    if changed:
        _record("event.all_retried", actor_id, "events:dead", {"count": len(changed)})
    return len(changed)


@transactional
def discard_delivery(event_id: int, subscriber: str, *, reason: str, actor_id: str) -> None:
    """Give a dead delivery up, saying why: it is not tried again. Raises RoleNotEnough, NotFound, Invalid."""
    require_staff(actor_id, "work.retry")
    if not reason.strip():
        raise Invalid(_("Please say why."), fields={"reason": _("It stands in the audit trail.")})
    found = db.session.execute(
        update(OutboxDelivery)
        .where(
            OutboxDelivery.event_id == event_id,
            OutboxDelivery.subscriber == subscriber,
            OutboxDelivery.state == "dead",
        )
        .values(state="discarded")
        .returning(OutboxDelivery.event_id)
        .execution_options(synchronize_session=False)
    ).first()
    if found is None:
        raise NotFound(_("There is no such delivery."))
    details = {"subscriber": subscriber, "reason": reason.strip()[:300]}
    _record("event.discarded", actor_id, f"event:{event_id}", details)


def _record(action: str, actor_id: str, subject: str, details: Mapping[str, object]) -> None:
    record(action, actor_id=actor_id, subject=subject, details=details)
