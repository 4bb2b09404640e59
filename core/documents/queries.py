"""Issued papers as pages show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select

from core.base.database import db
from core.base.i18n import lazy_gettext as _
from core.documents.errors import InvoiceNotFound
from core.documents.models import PLATFORM, Invoice
from core.shops.models import Merchant

SERIES: Final = ("invoice", "credit_note", "fee")
_SHOWN = (
    *(Invoice.id, Invoice.series, Invoice.code, Invoice.order_id, Invoice.order_code, Invoice.buyer_name),
    *(Invoice.currency, Invoice.total_minor, Invoice.tax_minor, Invoice.issued_at, Invoice.corrects_id, Invoice.period),
)


@dataclass(frozen=True, slots=True)
class PaperFilter:
    """Which papers are wanted: a series, words (number, order, buyer), days of issue (`until` is the moment after)."""

    series: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaperRow:
    """A paper in a list."""

    id: str
    series: str
    code: str
    order_id: str | None
    order_code: str
    buyer_name: str
    currency: str
    total_minor: int
    tax_minor: int
    issued_at: datetime
    corrects_id: str | None
    period: str

    @property
    def signed_minor(self) -> int:
        """The total; below zero for what was given back."""
        return -self.total_minor if self.series == "credit_note" else self.total_minor


def conditions(merchant_id: str, wanted: PaperFilter) -> list[ColumnElement[bool]]:
    """The conditions of a filter, the merchant first."""
    found: list[ColumnElement[bool]] = [Invoice.merchant_id == merchant_id]
    found.append(Invoice.issuer == (PLATFORM if wanted.series == "fee" else merchant_id))
    if wanted.series in SERIES:
        found.append(Invoice.series == wanted.series)
    if wanted.since is not None:
        found.append(Invoice.issued_at >= wanted.since)
    if wanted.until is not None:
        found.append(Invoice.issued_at < wanted.until)
    if wanted.text.strip():
        word = wanted.text.strip()[:100]
        like = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        found.append(
            or_(
                Invoice.code.ilike(f"%{like}%", escape="\\"),
                Invoice.order_code == word.upper(),
                Invoice.buyer_name.ilike(f"%{like}%", escape="\\"),
            )
        )
    return found


def papers_page(
    merchant_id: str, wanted: PaperFilter, *, before: str = "", limit: int = 50
) -> tuple[list[PaperRow], str | None]:
    """A page of papers, the newest first, and where the next one begins."""
    query = (
        select(*_SHOWN).where(*conditions(merchant_id, wanted)).order_by(Invoice.issued_at.desc(), Invoice.id.desc())
    )
    if before:
        edge = select(Invoice.issued_at).where(Invoice.merchant_id == merchant_id, Invoice.id == before)
        moment = db.session.scalar(edge)
        if moment is not None:
            query = query.where(or_(Invoice.issued_at < moment, and_(Invoice.issued_at == moment, Invoice.id < before)))
    rows = [row_of(row) for row in db.session.execute(query.limit(limit + 1))]
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def papers_count(merchant_id: str, wanted: PaperFilter, most: int = 5_000) -> int:
    """How many papers fit, counted up to `most`."""
    found = select(Invoice.id).where(*conditions(merchant_id, wanted)).limit(most).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


def papers_of_order(merchant_id: str, order_id: str) -> Sequence[PaperRow]:
    """The invoice of an order and its credit notes, in the order of their issue."""
    rows = db.session.execute(
        select(*_SHOWN)
        .where(Invoice.merchant_id == merchant_id, Invoice.order_id == order_id)
        .order_by(Invoice.issued_at, Invoice.id)
    )
    return [row_of(row) for row in rows]


def paper(merchant_id: str, paper_id: str) -> Invoice:
    """An issued paper of a merchant. Raises InvoiceNotFound."""
    found = db.session.get(Invoice, (merchant_id, paper_id))
    if found is None:
        raise InvoiceNotFound(_("There is no such paper."))
    return found


def paper_of_order(merchant_id: str, order_id: str, code: str = "") -> Invoice | None:
    """A paper of an order by its number, or the invoice itself; None where there is none."""
    query = select(Invoice).where(Invoice.merchant_id == merchant_id, Invoice.order_id == order_id)
    query = query.where(Invoice.code == code) if code else query.where(Invoice.series == "invoice")
    return db.session.scalars(query.limit(1)).one_or_none()


def file_name(code: str) -> str:
    """The name of a paper's file: letters, digits and hyphens only."""
    return "".join(char if char.isascii() and (char.isalnum() or char in "-_") else "-" for char in code) + ".pdf"


def row_of(found: Any) -> PaperRow:
    """A paper in a list, from its whole row."""
    return PaperRow(*(getattr(found, name) for name in PaperRow.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class FeeRow:
    """One of the platform's own invoices, with the merchant that it went to."""

    id: str
    merchant_id: str
    merchant: str
    code: str
    period: str
    currency: str
    total_minor: int
    tax_minor: int
    issued_at: datetime


def fee_papers(*, period: str = "", before: str = "", limit: int = 50) -> tuple[list[FeeRow], str | None]:
    """A page of the platform's invoices to merchants, the newest number first, and where the next one begins."""
    mine = (Invoice.issuer == PLATFORM, Invoice.series == "fee")
    query = (
        select(
            *(Invoice.id, Invoice.merchant_id, Merchant.name, Invoice.code, Invoice.period, Invoice.currency),
            *(Invoice.total_minor, Invoice.tax_minor, Invoice.issued_at, Invoice.year, Invoice.number),
        )
        .join(Merchant, Merchant.id == Invoice.merchant_id)
        .where(*mine)
        .order_by(Invoice.year.desc(), Invoice.number.desc())
    )
    if period:
        query = query.where(Invoice.period == period)
    year, _dash, number = before.partition("-")
    if year.isdecimal() and number.isdecimal() and len(before) < 20:
        query = query.where(
            or_(Invoice.year < int(year), and_(Invoice.year == int(year), Invoice.number < int(number)))
        )
    rows = db.session.execute(query.limit(limit + 1)).all()
    shown = [FeeRow(*row[:9]) for row in rows[:limit]]
    return shown, f"{rows[limit - 1].year}-{rows[limit - 1].number}" if len(rows) > limit else None


def fee_totals() -> list[tuple[str, str, int, int, int]]:
    """What the platform invoiced: (month, currency, papers, total, tax), the newest month first."""
    rows = db.session.execute(
        select(
            *(Invoice.period, Invoice.currency),
            *(func.count(), func.sum(Invoice.total_minor), func.sum(Invoice.tax_minor)),
        )
        .where(Invoice.issuer == PLATFORM, Invoice.series == "fee")
        .group_by(Invoice.period, Invoice.currency)
        .order_by(Invoice.period.desc(), Invoice.currency)
        .limit(24)
    )
    return [(row[0], row[1], row[2], int(row[3]), int(row[4])) for row in rows]


def fee_paper(paper_id: str) -> Invoice:
    """One of the platform's own invoices. Raises InvoiceNotFound."""
    found = db.session.scalars(select(Invoice).where(Invoice.id == paper_id, Invoice.issuer == PLATFORM)).one_or_none()
    if found is None:
        raise InvoiceNotFound(_("There is no such paper."))
    return found
