"""The few things that staff may change."""

from __future__ import annotations

from sqlalchemy import update

from core.base import clock
from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _
from core.base.outbox import OutboxDelivery
from core.base.transactions import transactional


@transactional
def retry_delivery(event_id: int, subscriber: str) -> None:
    """Have the worker deliver an event once more that is dead or waits for a later try. Raises NotFound."""
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
