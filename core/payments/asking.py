"""Rows whose outcome outside is not known for good are asked about again, by one worker at a time, with back-off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, tuple_, update

from core.base import clock
from core.base.database import db
from core.base.transactions import transactional
from core.contract.health import CallResult
from core.contract.providers import PaymentOutcome, PayoutOutcome, RefundOutcome
from core.payments.models import Payment, Payout, Refund

BATCH = 50
_LEASE = timedelta(minutes=2)
_LONGEST = timedelta(hours=6)


def next_ask(attempts: int) -> datetime:
    """When to ask again: 5 seconds after the first try, doubling up to 6 hours."""
    return clock.now() + min(timedelta(seconds=5 * 2 ** min(attempts, 20)), _LONGEST)


@transactional
def claim_due(table: type[Payment] | type[Refund] | type[Payout], limit: int = BATCH) -> Sequence[tuple[str, str]]:
    """Take rows that are due to be asked about; others cannot take them for two minutes. Returns (merchant, id)."""
    moment = clock.now()
    due = (
        select(table.merchant_id, table.id)
        .where(table.ask_again_at <= moment)
        .order_by(table.ask_again_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    keys = [(row.merchant_id, row.id) for row in db.session.execute(due)]
    if keys:
        db.session.execute(
            update(table)
            .where(tuple_(table.merchant_id, table.id).in_(keys))
            .values(ask_again_at=moment + _LEASE, attempts=table.attempts + 1)
            .execution_options(synchronize_session=False)
        )
    return keys


def judged(outcome: PaymentOutcome | RefundOutcome | PayoutOutcome) -> CallResult:
    """What an outcome says of the plugin's health: no answer from the other side, a refusal, or all well."""
    state = str(outcome.state)
    return "lost" if state == "unknown" else "refused" if state == "failed" else "ok"
