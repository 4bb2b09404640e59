"""Tax by period: what was invoiced less what was credited, by rate, country and month. From issued papers only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, extract, func, select

from core.base.database import db
from core.documents.models import Invoice, InvoiceTax


@dataclass(frozen=True, slots=True)
class TaxSum:
    """What one rate came to in one country. Credit notes are taken off."""

    country: str
    name: str
    rate_ppm: int
    currency: str
    base_minor: int
    tax_minor: int
    papers: int

    @property
    def gross_minor(self) -> int:
        return self.base_minor + self.tax_minor


@dataclass(frozen=True, slots=True)
class MonthSum:
    """The tax of one month."""

    first: date
    base_minor: int
    tax_minor: int


_SIGN = case((Invoice.series == "credit_note", -1), else_=1)


def _summed(column: Any) -> ColumnElement[int]:
    return func.sum(_SIGN * column)


def _mine(merchant_id: str, since: datetime, until: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Invoice.merchant_id == merchant_id,
        Invoice.issuer == merchant_id,
        Invoice.issued_at >= since,
        Invoice.issued_at < until,
    )


_JOINED = and_(InvoiceTax.merchant_id == Invoice.merchant_id, InvoiceTax.invoice_id == Invoice.id)


def tax_sums(merchant_id: str, since: datetime, until: datetime) -> list[TaxSum]:
    """Tax by country and rate of papers issued from a moment to another (not included); one statement."""
    rows = db.session.execute(
        select(
            *(Invoice.country, InvoiceTax.name, InvoiceTax.rate_ppm, Invoice.currency),
            *(_summed(InvoiceTax.base_minor), _summed(InvoiceTax.tax_minor)),
            func.count(),
        )
        .join(InvoiceTax, _JOINED)
        .where(*_mine(merchant_id, since, until))
        .group_by(Invoice.country, InvoiceTax.name, InvoiceTax.rate_ppm, Invoice.currency)
        .order_by(Invoice.currency, Invoice.country, InvoiceTax.rate_ppm.desc(), InvoiceTax.name)
    )
    return [TaxSum(*row[:4], int(row[4]), int(row[5]), row[6]) for row in rows]


def tax_by_month(merchant_id: str, currency: str, *, until: datetime, months: int = 12) -> list[MonthSum]:
    """Tax of each of the last months before a moment, the oldest first; months without any are 0. One statement."""
    firsts = _months_before(until, months)
    since = datetime(firsts[0].year, firsts[0].month, 1, tzinfo=UTC)
    year, month = extract("year", Invoice.issued_at), extract("month", Invoice.issued_at)
    rows = db.session.execute(
        select(year, month, _summed(InvoiceTax.base_minor), _summed(InvoiceTax.tax_minor))
        .join(InvoiceTax, _JOINED)
        .where(*_mine(merchant_id, since, until), Invoice.currency == currency)
        .group_by(year, month)
    )
    found = {(int(row[0]), int(row[1])): (int(row[2]), int(row[3])) for row in rows}
    return [MonthSum(first, *found.get((first.year, first.month), (0, 0))) for first in firsts]


def _months_before(until: datetime, months: int) -> Sequence[date]:
    last = until.year * 12 + until.month - 1 - (1 if (until.day, until.hour, until.minute) == (1, 0, 0) else 0)
    return [date(index // 12, index % 12 + 1, 1) for index in range(last - months + 1, last + 1)]
