"""What must be true of papers in a live database; each finding is a sentence that names the record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import and_, exists, func, select

from core.base.database import db
from core.documents.models import DocumentCounter, Invoice, InvoiceTax
from core.orders.models import Order


def verify_documents() -> Iterator[str]:
    """Numbers have no gap, papers add up, credit notes stay within their invoices, and no paid order is forgotten."""
    yield from _numbers()
    yield from _sums()
    yield from _credits()
    yield from _forgotten()


def _numbers() -> Iterator[str]:
    given = {
        (issuer, series, year): (count, least, most)
        for issuer, series, year, count, least, most in db.session.execute(
            select(
                *(Invoice.issuer, Invoice.series, Invoice.year),
                *(func.count(), func.min(Invoice.number), func.max(Invoice.number)),
            ).group_by(Invoice.issuer, Invoice.series, Invoice.year)
        )
    }
    counted = {
        (issuer, series, year): last
        for issuer, series, year, last in db.session.execute(
            select(DocumentCounter.issuer, DocumentCounter.series, DocumentCounter.year, DocumentCounter.last)
        )
    }
    for key in sorted(given.keys() | counted.keys()):
        count, least, most = given.get(key, (0, 1, 0))
        last = counted.get(key, 0)
        if (least, most, count) != (1, last, last) and last + count:
            name = " ".join(map(str, key))
            yield f"numbers of {name}: {count} papers from {least} to {most}, but {last} numbers were given"


def _sums() -> Iterator[str]:
    base, tax = func.coalesce(func.sum(InvoiceTax.base_minor), 0), func.coalesce(func.sum(InvoiceTax.tax_minor), 0)
    for code, paper_id, total, added in db.session.execute(
        select(Invoice.code, Invoice.id, Invoice.total_minor, base + tax)
        .outerjoin(InvoiceTax, and_(InvoiceTax.merchant_id == Invoice.merchant_id, InvoiceTax.invoice_id == Invoice.id))
        .group_by(Invoice.merchant_id, Invoice.id, Invoice.code, Invoice.total_minor, Invoice.tax_minor)
        .having((base + tax != Invoice.total_minor) | (tax != Invoice.tax_minor))
    ):
        yield f"paper {code} ({paper_id}): its rates add up to {added}, but its total is {total}"
    for code, paper_id, total, due in db.session.execute(
        select(Invoice.code, Invoice.id, Invoice.total_minor, Order.total_minor)
        .join(Order, and_(Order.merchant_id == Invoice.merchant_id, Order.id == Invoice.order_id))
        .where(Invoice.series == "invoice", Order.total_minor != Invoice.total_minor)
    ):
        yield f"invoice {code} ({paper_id}): says {total}, but its order comes to {due}"


def _credits() -> Iterator[str]:
    credited = (
        select(Invoice.merchant_id, Invoice.corrects_id, func.sum(Invoice.total_minor).label("amount"))
        .where(Invoice.corrects_id.is_not(None))
        .group_by(Invoice.merchant_id, Invoice.corrects_id)
        .subquery()
    )
    for code, paper_id, total, amount in db.session.execute(
        select(Invoice.code, Invoice.id, Invoice.total_minor, credited.c.amount)
        .join(credited, and_(credited.c.merchant_id == Invoice.merchant_id, credited.c.corrects_id == Invoice.id))
        .where(credited.c.amount > Invoice.total_minor)
    ):
        yield f"invoice {code} ({paper_id}): credit notes of {amount} stand against {total}"


def _forgotten() -> Iterator[str]:
    """Orders paid between a merchant's first invoice and a day before its last one that have none."""
    span = (
        select(
            Invoice.merchant_id,
            func.min(Invoice.issued_at).label("first"),
            func.max(Invoice.issued_at).label("last"),
        )
        .where(Invoice.series == "invoice")
        .group_by(Invoice.merchant_id)
        .subquery()
    )
    spans = db.session.execute(select(span.c.merchant_id, span.c.first, span.c.last)).all()
    for merchant_id, first, last in spans:
        for code, order_id in db.session.execute(
            select(Order.code, Order.id).where(
                Order.merchant_id == merchant_id,
                Order.paid_at > first,
                Order.paid_at < last - timedelta(days=1),
                Order.total_minor > 0,
                ~exists().where(
                    Invoice.merchant_id == Order.merchant_id, Invoice.order_id == Order.id, Invoice.series == "invoice"
                ),
            )
        ):
            yield f"order {code} ({order_id}): is paid, but has no invoice"
