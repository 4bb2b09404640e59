"""Tax by period: what was invoiced less what was credited, by rate, country and month. From issued papers only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select

from core.base.database import db
from core.base.days import starts_of_day
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


def tax_by_month(merchant_id: str, currency: str, *, last: date, zone: tzinfo, months: int = 12) -> list[MonthSum]:
    """Tax of each of the months up to that of a day, the oldest first; months without any are 0. One statement."""
    month = last.year * 12 + last.month - 1
    firsts = [date(index // 12, index % 12 + 1, 1) for index in range(month - months + 1, month + 2)]
    edges = [starts_of_day(first, zone) for first in firsts]
    # A paper's month is how many of the months' beginnings lie before it: they follow the shop's time zone.
    place: Any = sum(case((Invoice.issued_at >= edge, 1), else_=0) for edge in edges[1:-1])
    numbered = (
        select(place.label("place"), _SIGN.label("sign"), InvoiceTax.base_minor, InvoiceTax.tax_minor)
        .join(InvoiceTax, _JOINED)
        .where(*_mine(merchant_id, edges[0], edges[-1]), Invoice.currency == currency)
        .subquery()
    )
    rows = db.session.execute(
        select(
            numbered.c.place,
            func.sum(numbered.c.sign * numbered.c.base_minor),
            func.sum(numbered.c.sign * numbered.c.tax_minor),
        ).group_by(numbered.c.place)
    )
    found = {int(row[0]): (int(row[1]), int(row[2])) for row in rows}
    return [MonthSum(first, *found.get(index, (0, 0))) for index, first in enumerate(firsts[:-1])]
