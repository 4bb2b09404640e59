"""Reads of payments, refunds and payouts, for reconciliation with what happened outside."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Select, select, tuple_

from core.base.database import db
from core.contract.providers import PaymentMethod, PaymentState, PayoutRail, PayoutState, RefundState
from core.contract.providers.payment import MoneyProvider
from core.contract.runtime import registry
from core.payments.models import Payment, Payout, Refund

MovementKind = Literal["payment", "refund", "payout"]
_BATCH = 500


@dataclass(frozen=True, slots=True)
class OutsideMovement:
    """Money that, by our books, moved at a provider. `amount_minor` is positive when it came in."""

    kind: MovementKind
    merchant_id: str
    id: str
    external_id: str | None
    amount_minor: int
    currency: str
    at: datetime


def outside_movements(custody: str) -> Iterator[OutsideMovement]:
    """All money that by our books moved at one account outside (a provider's `custody_id`), in bounded batches."""
    methods = [one.id for one in registry().providers(PaymentMethod) if one.custody_id == custody]
    rails = [one.id for one in registry().providers(PayoutRail) if one.custody_id == custody]
    yield from _pages("payment", _payments(methods))
    yield from _pages("refund", _refunds(methods))
    yield from _pages("payout", _payouts(rails))


def known_outside(custody: str, external_ids: Collection[str]) -> set[str]:
    """Which of these ids of the other side are recorded as having moved money at one account outside."""
    providers = [one.id for one in registry().providers(MoneyProvider) if one.custody_id == custody]
    found: set[str] = set()
    for statement in (_payments(providers), _refunds(providers), _payouts(providers)):
        rows = statement.subquery()
        found.update(db.session.scalars(select(rows.c.external_id).where(rows.c.external_id.in_(external_ids))))
    return found


Rows = Select[str, str, str | None, int, str, datetime | None]


def _payments(providers: Collection[str]) -> Rows:
    return select(
        Payment.merchant_id, Payment.id, Payment.external_id, Payment.received_minor.label("amount_minor"),
        Payment.currency, Payment.captured_at.label("at"),
    ).where(Payment.provider_id.in_(providers), Payment.state == PaymentState.CAPTURED)  # fmt: skip


def _refunds(providers: Collection[str]) -> Rows:
    return (
        select(
            Refund.merchant_id, Refund.id, Refund.external_id, (-Refund.amount_minor).label("amount_minor"),
            Refund.currency, Refund.settled_at.label("at"),
        )
        .join(Payment, (Payment.merchant_id == Refund.merchant_id) & (Payment.id == Refund.payment_id))
        .where(Payment.provider_id.in_(providers), Refund.state == RefundState.SUCCEEDED)
    )  # fmt: skip


def _payouts(providers: Collection[str]) -> Rows:
    return select(
        Payout.merchant_id, Payout.id, Payout.external_id, (-Payout.amount_minor).label("amount_minor"),
        Payout.currency, Payout.settled_at.label("at"),
    ).where(Payout.provider_id.in_(providers), Payout.state == PayoutState.SUCCEEDED)  # fmt: skip


def _pages(kind: MovementKind, statement: Rows) -> Iterator[OutsideMovement]:
    rows = statement.subquery()
    ordered = select(rows).order_by(rows.c.merchant_id, rows.c.id).limit(_BATCH)
    after: tuple[str, str] | None = None
    while True:
        page = ordered if after is None else ordered.where(tuple_(rows.c.merchant_id, rows.c.id) > after)
        found = db.session.execute(page).all()
        for row in found:
            assert row.at is not None
            yield OutsideMovement(kind, *row)
        if len(found) < _BATCH:
            return
        after = (found[-1].merchant_id, found[-1].id)
