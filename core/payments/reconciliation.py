"""Where money stands between our books and the outside: what is under way and how long, what the outside says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import Select, and_, case, func, literal, select, union_all

from core.base import clock
from core.base.database import db
from core.contract.providers import PayoutState, RefundState
from core.contract.providers.payment import MoneyProvider, PaymentState, StatementStatus
from core.contract.runtime import registry
from core.ledger.queries import balances
from core.ledger.service import AccountRef
from core.payments.models import Payment, Payout, Refund

ThingKind = Literal["payment", "refund", "payout", "unaccepted"]
AGES: Final = (
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=3),
)
"""Up to how old, group by group; the last group is older."""
FAILED_SHOWN: Final = timedelta(days=30)

Rows = Select[str, str, str, str, int, str, str, str, int, datetime]


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Things of one kind and currency whose end is not known yet, by age as AGES says (one more: older)."""

    kind: ThingKind
    currency: str
    count: int
    amount_minor: int
    oldest_at: datetime
    by_age: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Thing:
    """One payment, refund or withdrawal whose end is not known, or that the other side refused."""

    kind: ThingKind
    merchant_id: str
    id: str
    payment_id: str
    provider_id: str
    amount_minor: int
    currency: str
    state: str
    message: str
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Custody:
    """An account outside: what stands there by our books, and what its own statement says."""

    id: str
    label: object
    currency: str
    books_minor: int
    statements: Sequence[StatementStatus]

    @property
    def outside_minor(self) -> int:
        """What the statements that were read add up to."""
        return sum(one.total_minor for one in self.statements)

    @property
    def difference_minor(self) -> int:
        """Books less statements: zero when all that moved has been read and met."""
        return self.books_minor - self.outside_minor


def _things() -> dict[ThingKind, Rows]:
    """What is under way, by kind. Refunds onto gift cards never leave and are done at once."""
    return {
        "payment": select(
            Payment.merchant_id, Payment.id, Payment.id.label("payment_id"), Payment.provider_id, Payment.amount_minor,
            Payment.currency, Payment.state, Payment.message, Payment.attempts, Payment.created_at,
        ).where(Payment.state == PaymentState.UNKNOWN),
        "refund": select(
            Refund.merchant_id, Refund.id, Refund.payment_id, Payment.provider_id, Refund.amount_minor,
            Refund.currency, Refund.state, Refund.message, Refund.attempts, Refund.created_at,
        )
        .join(Payment, and_(Payment.merchant_id == Refund.merchant_id, Payment.id == Refund.payment_id))
        .where(Refund.state.in_((RefundState.CREATED, RefundState.UNKNOWN))),
        "payout": select(
            Payout.merchant_id, Payout.id, literal("").label("payment_id"), Payout.provider_id, Payout.amount_minor,
            Payout.currency, Payout.state, Payout.message, Payout.attempts, Payout.created_at,
        ).where(Payout.state.in_((PayoutState.CREATED, PayoutState.UNKNOWN))),
        "unaccepted": select(
            Payment.merchant_id, Payment.id, Payment.id.label("payment_id"), Payment.provider_id,
            (Payment.received_minor - Payment.refunded_minor).label("amount_minor"),
            Payment.currency, Payment.state, Payment.message, Payment.attempts, Payment.created_at,
        ).where(
            Payment.state == PaymentState.CAPTURED,
            Payment.accepted.is_(False),
            Payment.refunded_minor < Payment.received_minor,
        ),
    }  # fmt: skip


def under_way(merchant_id: str | None = None) -> list[UnderWay]:
    """What is under way, of one merchant or of all, in one statement."""
    now = clock.now()
    parts = []
    for kind, query in _things().items():
        rows = _of(query, merchant_id).subquery()
        age = case(
            *((rows.c.created_at > now - limit, place) for place, limit in enumerate(AGES)), else_=len(AGES)
        ).label("age")
        parts.append(
            select(
                literal(kind).label("kind"),
                rows.c.currency,
                age,
                func.count().label("number"),
                func.sum(rows.c.amount_minor).label("amount"),
                func.min(rows.c.created_at).label("oldest"),
            ).group_by(rows.c.currency, age)
        )
    grouped: dict[tuple[ThingKind, str], list[tuple[int, int, int, datetime]]] = {}
    for kind, currency, age_group, number, amount, oldest in db.session.execute(union_all(*parts)):
        grouped.setdefault((kind, currency), []).append((age_group, number, int(amount), oldest))
    found = []
    for (kind, currency), groups in sorted(grouped.items()):
        ages = [0] * (len(AGES) + 1)
        for age_group, number, _amount, _oldest in groups:
            ages[age_group] += number
        found.append(
            UnderWay(
                kind,
                currency,
                sum(ages),
                sum(group[2] for group in groups),
                min(group[3] for group in groups),
                tuple(ages),
            )
        )
    return found


def oldest_things(merchant_id: str | None = None, limit: int = 20) -> list[Thing]:
    """What has been under way the longest."""
    parts = []
    for kind, query in _things().items():
        rows = _of(query, merchant_id).subquery()
        first = select(literal(kind).label("kind"), *rows.c).order_by(rows.c.created_at).limit(limit).subquery()
        parts.append(select(first))
    found = [Thing(*row) for row in db.session.execute(union_all(*parts))]
    return sorted(found, key=lambda one: (one.created_at, one.id))[:limit]


def failed_payouts(merchant_id: str | None = None, limit: int = 20) -> list[Thing]:
    """Withdrawals that the other side refused in the last month; their money is back on the balance."""
    query: Rows = select(
        Payout.merchant_id, Payout.id, literal("").label("payment_id"), Payout.provider_id, Payout.amount_minor,
        Payout.currency, Payout.state, Payout.message, Payout.attempts, Payout.created_at,
    ).where(Payout.state == PayoutState.FAILED, Payout.created_at > clock.now() - FAILED_SHOWN)  # fmt: skip
    if merchant_id is not None:
        query = query.where(Payout.merchant_id == merchant_id)
    return [Thing("payout", *row) for row in db.session.execute(query.order_by(Payout.created_at.desc()).limit(limit))]


def custodies(currencies: Sequence[str]) -> list[Custody]:
    """Each account outside with what our books and its statements say; those without either are left out."""
    providers: dict[str, list[MoneyProvider]] = {}
    for provider in registry().providers(MoneyProvider):
        providers.setdefault(provider.custody_id, []).append(provider)
    accounts = {
        AccountRef("custody", custody_id, currency): (custody_id, currency)
        for custody_id in sorted(providers)
        for currency in currencies
    }
    books = balances(accounts)
    found = []
    for account, (custody_id, currency) in accounts.items():
        said = [
            status
            for provider in providers[custody_id]
            for status in provider.statements()
            if status.currency == currency
        ]
        # Custody is the platform's asset: what is there is a debit, which the books keep below zero.
        minor = -books[account].posted_minor
        if minor or said:
            found.append(Custody(custody_id, providers[custody_id][0].label, currency, minor, said))
    return found


def _of(query: Rows, merchant_id: str | None) -> Rows:
    return query if merchant_id is None else query.where(query.selected_columns.merchant_id == merchant_id)
