"""What the platform's staff look at: merchants, the ledger, jobs and the outbox. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select

from core.base import clock
from core.base.database import db
from core.base.ids import first_id
from core.base.jobs import BackgroundTask, JobLease
from core.base.outbox import OutboxDelivery, OutboxEvent
from core.contract.manifest import Manifest
from core.ledger import kinds
from core.ledger.models import LedgerAccount, LedgerBalance, LedgerEntry, LedgerTransfer
from core.orders.models import Order
from core.payments.models import Payment, Payout
from core.shops.models import Merchant, PluginChoice, Shop

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


def merchants(
    before: str | None = None, *, text: str = "", standing: str = ""
) -> tuple[Sequence[MerchantRow], str | None]:
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
    if standing:
        query = query.where(Merchant.status == standing)
    if text:
        wanted = text.replace("\x00", "")
        like = Merchant.name.icontains(wanted, autoescape=True)
        query = query.where(or_(Merchant.id == wanted, Merchant.slug == wanted.lower(), like))
    rows = [MerchantRow(*row) for row in db.session.execute(query.order_by(Merchant.id.desc()).limit(LIMIT + 1))]
    return rows[:LIMIT], rows[LIMIT - 1].id if len(rows) > LIMIT else None


def merchant(merchant_id: str) -> Any | None:
    """One merchant with the shop."""
    return db.session.execute(
        select(
            Merchant.id,
            Merchant.slug,
            Merchant.name,
            Merchant.currency,
            Merchant.fee_ppm,
            Merchant.status,
            Merchant.created_at,
            Shop.name.label("shop_name"),
            Shop.contact_email,
            Shop.open,
        )
        .join(Shop, Shop.merchant_id == Merchant.id)
        .where(Merchant.id == merchant_id)
    ).first()


def balances_of(merchant_id: str) -> Sequence[Any]:
    """What a merchant's accounts hold, in sum by kind and currency."""
    return db.session.execute(
        select(
            LedgerAccount.kind,
            LedgerAccount.currency,
            func.count(),
            func.coalesce(func.sum(LedgerBalance.balance_minor), 0),
            func.coalesce(func.sum(LedgerBalance.held_minor), 0),
        )
        .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .where(LedgerAccount.owner == merchant_id)
        .group_by(LedgerAccount.kind, LedgerAccount.currency)
        .order_by(LedgerAccount.kind, LedgerAccount.currency)
    ).all()


def order_counts_of(merchant_id: str) -> dict[str, int]:
    """How many orders a merchant has in each state."""
    rows = db.session.execute(
        select(Order.state, func.count()).where(Order.merchant_id == merchant_id).group_by(Order.state)
    )
    return {str(state): count for state, count in rows}


def plugins_of(merchant_id: str) -> Sequence[Any]:
    """What a merchant chose about plugins."""
    return db.session.execute(
        select(PluginChoice.plugin_id, PluginChoice.enabled, PluginChoice.changed_at)
        .where(PluginChoice.merchant_id == merchant_id)
        .order_by(PluginChoice.plugin_id)
    ).all()


def merchants_with_plugin(manifests: Iterable[Manifest]) -> dict[str, int]:
    """For how many merchants each plugin is on: chosen, or on by default and not switched off."""
    merchants = db.session.scalar(select(func.count()).select_from(Merchant)) or 0
    chosen = {
        (plugin_id, enabled): count
        for plugin_id, enabled, count in db.session.execute(
            select(PluginChoice.plugin_id, PluginChoice.enabled, func.count()).group_by(
                PluginChoice.plugin_id, PluginChoice.enabled
            )
        )
    }
    return {
        one.id: merchants - chosen.get((one.id, False), 0) if one.on_by_default else chosen.get((one.id, True), 0)
        for one in manifests
    }


def currencies() -> list[str]:
    """The currencies that merchants trade in."""
    return list(db.session.scalars(select(Merchant.currency).distinct().order_by(Merchant.currency)))


def names_of_merchants(merchant_ids: Sequence[str]) -> dict[str, str]:
    """The names of merchants, by id."""
    rows = db.session.execute(select(Merchant.id, Merchant.name).where(Merchant.id.in_(merchant_ids)))
    return {row.id: row.name for row in rows}


def totals() -> Sequence[Any]:
    """What clients' accounts hold in sum, by kind and currency, with how many there are."""
    return db.session.execute(
        select(
            LedgerAccount.kind,
            LedgerAccount.currency,
            func.count(),
            func.sum(LedgerBalance.balance_minor),
            func.sum(LedgerBalance.held_minor),
        )
        .join(LedgerBalance, LedgerBalance.account_id == LedgerAccount.id)
        .group_by(LedgerAccount.kind, LedgerAccount.currency)
        .order_by(LedgerAccount.kind, LedgerAccount.currency)
    ).all()


def account_kind_choices() -> Sequence[tuple[str, Any]]:
    """The kinds of accounts, for a choice."""
    return [(kind.name, kind.label) for kind in kinds.account_kinds()]


def dead_deliveries() -> int:
    """How many events could not be delivered in all their tries."""
    return db.session.scalar(select(func.count()).where(OutboxDelivery.state == "dead")) or 0


def failing_jobs() -> int:
    """How many jobs failed in their last run."""
    return db.session.scalar(select(func.count()).where(JobLease.last_error.is_not(None))) or 0


@dataclass(frozen=True, slots=True)
class Figures:
    merchants: int
    suspended: int
    unknown_payments: int
    unknown_payouts: int


def figures() -> Figures:
    """A few numbers about the whole platform, in one statement."""

    def count(*where: Any) -> Any:
        return select(func.count()).where(*where).scalar_subquery()

    row = db.session.execute(
        select(
            count(Merchant.id.is_not(None)),
            count(Merchant.status != "active"),
            count(Payment.state == "unknown", Payment.ask_again_at.is_not(None)),
            count(Payout.state.in_(["unknown", "created"]), Payout.ask_again_at.is_not(None)),
        )
    ).one()
    return Figures(*row)


def captured_by_day(days: int) -> Sequence[tuple[date, int]]:
    """How many payments came in on each of the last days, days without any included."""
    last = clock.now().date()
    first = last - timedelta(days=days - 1)
    on = func.date(LedgerTransfer.occurred_at)
    rows = db.session.execute(
        select(on, func.count())
        .where(
            LedgerTransfer.kind == "payment_captured",
            LedgerTransfer.id >= first_id("trf", datetime.combine(first, time.min, UTC)),
        )
        .group_by(on)
    )
    counted = {date.fromisoformat(str(when)): count for when, count in rows}
    return [(first + timedelta(days=n), counted.get(first + timedelta(days=n), 0)) for n in range(days)]


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
