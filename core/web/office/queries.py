"""What the platform's staff look at: merchants, the ledger, jobs and the outbox. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select

from core.base.database import db
from core.base.jobs import BackgroundTask, JobLease
from core.base.outbox import OutboxDelivery, OutboxEvent
from core.ledger.models import LedgerAccount, LedgerBalance, LedgerEntry, LedgerTransfer
from core.orders.models import Order
from core.shops.models import Merchant, Shop

LIMIT = 50


@dataclass(frozen=True, slots=True)
class MerchantRow:
    id: str
    slug: str
    name: str
    currency: str
    status: str
    open: bool
    orders: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TransferView:
    """A transfer with its entries, each with the account it is in."""

    id: str
    kind: str
    merchant_id: str | None
    reference: str
    memo: str
    occurred_at: datetime
    entries: tuple[Any, ...]


def merchants(before: str | None = None) -> tuple[Sequence[MerchantRow], str | None]:
    """The merchants, the newest first, with how many orders each has."""
    orders = (
        select(func.count()).select_from(Order).where(Order.merchant_id == Merchant.id).correlate(Merchant)
    ).scalar_subquery()
    query = select(
        Merchant.id,
        Merchant.slug,
        Merchant.name,
        Merchant.currency,
        Merchant.status,
        Shop.open,
        orders,
        Merchant.created_at,
    ).join(Shop, Shop.merchant_id == Merchant.id)
    if before:
        query = query.where(Merchant.id < before)
    rows = [MerchantRow(*row) for row in db.session.execute(query.order_by(Merchant.id.desc()).limit(LIMIT + 1))]
    return rows[:LIMIT], rows[LIMIT - 1].id if len(rows) > LIMIT else None


def accounts(text: str = "", after: str | None = None) -> tuple[Sequence[Any], str | None]:
    """Ledger accounts by kind, owner or subject, with the balance of those that are clients'."""
    query = select(
        LedgerAccount.id,
        LedgerAccount.kind,
        LedgerAccount.owner,
        LedgerAccount.subject,
        LedgerAccount.currency,
        LedgerAccount.client,
        LedgerBalance.balance_minor,
        LedgerBalance.held_minor,
    ).outerjoin(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
    if text:
        query = query.where(
            or_(
                LedgerAccount.id == text,
                LedgerAccount.kind == text,
                LedgerAccount.owner == text,
                LedgerAccount.subject == text,
            )
        )
    if after:
        query = query.where(LedgerAccount.id > after)
    rows = db.session.execute(query.order_by(LedgerAccount.id).limit(LIMIT + 1)).all()
    return rows[:LIMIT], rows[LIMIT - 1].id if len(rows) > LIMIT else None


def account_entries(account_id: str, before: int | None = None) -> tuple[Sequence[Any], int | None]:
    """The entries of an account, the newest first."""
    query = (
        select(
            LedgerEntry.id,
            LedgerEntry.transfer_id,
            LedgerEntry.amount_minor,
            LedgerEntry.currency,
            LedgerEntry.balance_after,
            LedgerTransfer.kind,
            LedgerTransfer.reference,
            LedgerTransfer.occurred_at,
        )
        .join(LedgerTransfer, LedgerTransfer.id == LedgerEntry.transfer_id)
        .where(LedgerEntry.account_id == account_id)
    )
    if before is not None:
        query = query.where(LedgerEntry.id < before)
    rows = db.session.execute(query.order_by(LedgerEntry.id.desc()).limit(LIMIT + 1)).all()
    return rows[:LIMIT], rows[LIMIT - 1].id if len(rows) > LIMIT else None


def transfer(transfer_id: str) -> TransferView | None:
    """A transfer with its entries; they add up to zero."""
    head = db.session.get(LedgerTransfer, transfer_id)
    if head is None:
        return None
    entries = db.session.execute(
        select(
            LedgerAccount.id,
            LedgerAccount.kind,
            LedgerAccount.owner,
            LedgerAccount.subject,
            LedgerEntry.amount_minor,
            LedgerEntry.currency,
        )
        .join(LedgerAccount, LedgerAccount.id == LedgerEntry.account_id)
        .where(LedgerEntry.transfer_id == transfer_id)
        .order_by(LedgerEntry.id)
    ).all()
    return TransferView(
        head.id, head.kind, head.merchant_id, head.reference, head.memo, head.occurred_at, tuple(entries)
    )


def jobs() -> Sequence[JobLease]:
    """Recurring work and how it went last."""
    return db.session.scalars(select(JobLease).order_by(JobLease.name)).all()


def tasks() -> Sequence[BackgroundTask]:
    """Long tasks that people asked for, the newest first."""
    return db.session.scalars(select(BackgroundTask).order_by(BackgroundTask.created_at.desc()).limit(LIMIT)).all()


def delivery_counts() -> dict[str, int]:
    """How many deliveries of events there are in each state."""
    rows = db.session.execute(select(OutboxDelivery.state, func.count()).group_by(OutboxDelivery.state))
    return {str(state): count for state, count in rows}


def stuck_deliveries() -> Sequence[Any]:
    """Deliveries that are dead or were tried more than once, the newest first."""
    return db.session.execute(
        select(OutboxDelivery, OutboxEvent.topic, OutboxEvent.merchant_id)
        .join(OutboxEvent, OutboxEvent.id == OutboxDelivery.event_id)
        .where(
            or_(OutboxDelivery.state == "dead", and_(OutboxDelivery.state == "waiting", OutboxDelivery.attempts > 1))
        )
        .order_by(OutboxDelivery.event_id.desc())
        .limit(LIMIT)
    ).all()
