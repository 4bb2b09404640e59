"""Refunds and withdrawals as the merchant sees them, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from core.base.database import db
from core.payments.models import BankAccount, Payment, Payout, Refund


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """A withdrawal with the account that it goes to."""

    id: str
    amount_minor: int
    currency: str
    state: str
    message: str
    account: str
    created_at: datetime
    settled_at: datetime | None


def payouts_page(merchant_id: str, *, before: str = "", state: str = "", limit: int = 30) -> list[PayoutRow]:
    """Withdrawals, the newest first, from below an id on."""
    query = (
        select(Payout, BankAccount.bank_name, BankAccount.masked)
        .join(
            BankAccount,
            (BankAccount.merchant_id == Payout.merchant_id) & (BankAccount.id == Payout.bank_account_id),
        )
        .where(Payout.merchant_id == merchant_id)
        .order_by(Payout.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(Payout.id < before)
    if state:
        query = query.where(Payout.state == state)
    return [
        PayoutRow(
            payout.id,
            payout.amount_minor,
            payout.currency,
            payout.state,
            payout.message,
            f"{bank_name} {masked}".strip(),
            payout.created_at,
            payout.settled_at,
        )
        for payout, bank_name, masked in db.session.execute(query)
    ]


@dataclass(frozen=True, slots=True)
class RefundRow:
    """Money on its way back to a buyer; `subject_id` is the order that it was paid for."""

    id: str
    subject_id: str
    amount_minor: int
    currency: str
    state: str
    reason: str
    message: str
    created_at: datetime
    settled_at: datetime | None


def refunds_page(merchant_id: str, *, before: str = "", limit: int = 30) -> Sequence[RefundRow]:
    """Refunds, the newest first, from below an id on."""
    query = (
        select(
            *(Refund.id, Payment.subject_id, Refund.amount_minor, Refund.currency, Refund.state),
            *(Refund.reason, Refund.message, Refund.created_at, Refund.settled_at),
        )
        .join(Payment, (Payment.merchant_id == Refund.merchant_id) & (Payment.id == Refund.payment_id))
        .where(Refund.merchant_id == merchant_id)
        .order_by(Refund.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(Refund.id < before)
    return [RefundRow(*row) for row in db.session.execute(query)]
