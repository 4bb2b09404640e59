"""Issuing papers: an invoice when an order is paid, a credit note when money of it has gone back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import exists, insert, select

from core.base import clock
from core.base.database import db, table_of
from core.base.i18n import in_locale
from core.base.ids import new_id
from core.base.outbox import emit
from core.base.transactions import transactional
from core.documents.content import PaperContent, PaperTax
from core.documents.freezing import buyer_name, credit_content, invoice_content, prefix_of
from core.documents.models import Invoice, InvoiceTax
from core.documents.numbering import code_of, next_number
from core.documents.split import TooMuch, left_of, share_of
from core.orders.models import Order
from core.payments.models import Payment, Refund
from core.shops.context import ShopContext
from core.shops.queries import shop_context
from core.shops.zones import local_day

TOPICS: Final = ("order.paid", "refund.ended", "gift_card.returned")
FORGOTTEN_AFTER: Final = timedelta(hours=1)
FORGOTTEN_FROM: Final = timedelta(days=30)


def on_event(topic: str, payload: Mapping[str, Any]) -> None:
    """Issue the paper that goes with what happened (subscription); safe to call again."""
    merchant_id = str(payload["merchant_id"])
    if topic == "order.paid":
        issue_invoice(merchant_id, payload["order_id"])
    elif topic == "refund.ended" and payload.get("succeeded"):
        issue_credit_note(merchant_id, payload["refund_id"])
    elif topic == "gift_card.returned":
        credit(
            merchant_id,
            payload["order_id"],
            payload["return_id"],
            amount_minor=payload["amount_minor"],
            reason=payload["reason"],
        )


@transactional
def issue_invoice(merchant_id: str, order_id: str) -> str | None:
    """Issue the invoice of a paid order, with everything on it as it is now. Gives its id, the same when called again.

    None for an order that is not paid, or costs nothing.
    """
    order = db.session.get(Order, (merchant_id, order_id), with_for_update=True, populate_existing=True)
    if order is None or order.paid_at is None or order.total_minor == 0:
        return None
    before = db.session.scalar(
        select(Invoice.id).where(
            Invoice.merchant_id == merchant_id, Invoice.order_id == order_id, Invoice.series == "invoice"
        )
    )
    if before is not None:
        return before
    shop = shop_context(merchant_id)
    with in_locale(order.locale):
        content = invoice_content(shop, order)
    return _write(shop, order, "invoice", content, order.total_minor)


def issue_forgotten(limit: int = 200) -> int:
    """Job: issue the invoices of orders that were paid a while ago and have none. Returns how many."""
    moment = clock.now()
    due = db.session.execute(
        select(Order.merchant_id, Order.id)
        .where(
            Order.paid_at > moment - FORGOTTEN_FROM,
            Order.paid_at < moment - FORGOTTEN_AFTER,
            Order.total_minor > 0,
            ~exists().where(
                Invoice.merchant_id == Order.merchant_id, Invoice.order_id == Order.id, Invoice.series == "invoice"
            ),
        )
        .order_by(Order.paid_at)
        .limit(limit)
    ).all()
    for merchant_id, order_id in due:
        issue_invoice(merchant_id, order_id)
    return len(due)


@transactional
def issue_credit_note(merchant_id: str, refund_id: str) -> str | None:
    """Issue the credit note of a refund that has left, against the invoice of its order. The same when called again.

    Each credit note takes its share of every tax rate that is left of the invoice; together they take all of it.
    None for money that was never an order's.
    """
    refund = db.session.get(Refund, (merchant_id, refund_id))
    payment = db.session.get(Payment, (merchant_id, refund.payment_id)) if refund is not None else None
    if refund is None or payment is None or payment.purpose != "order" or not payment.accepted:
        return None
    if refund.settled_at is None:
        return None
    return credit(
        merchant_id,
        payment.subject_id,
        refund_id,
        amount_minor=refund.amount_minor,
        reason=refund.reason,
        of_card=refund.gift_card_id is not None,
    )


@transactional
def credit(
    merchant_id: str, order_id: str, refund_id: str, *, amount_minor: int, reason: str, of_card: bool = False
) -> str | None:
    """Issue the credit note for money of an order that went back, by a refund or onto a gift card; once for each
    `refund_id`. None where nothing was invoiced, or more went back than was invoiced.

    What was paid for a gift card (`of_card`) bore no tax, so it takes none back.
    """
    # The lock on the order keeps credit notes of one invoice in line.
    invoice_id = issue_invoice(merchant_id, order_id)
    if invoice_id is None:
        return None
    before = db.session.scalar(
        select(Invoice.id).where(Invoice.merchant_id == merchant_id, Invoice.refund_id == refund_id)
    )
    if before is not None:
        return before
    invoice = db.session.get(Invoice, (merchant_id, invoice_id))
    order = db.session.get(Order, (merchant_id, order_id))
    assert invoice is not None and order is not None
    try:
        left = _left(invoice)
        taxes = share_of([part for part in left if not part.rate_ppm] if of_card else left, amount_minor)
    except TooMuch:
        # More went back than was invoiced (an agreement outside the order): it is no part of the invoice.
        return None
    shop = shop_context(merchant_id)
    with in_locale(invoice.locale):
        content = credit_content(shop, order, invoice, taxes, reason=reason)
    return _write(shop, order, "credit_note", content, amount_minor, invoice=invoice, refund_id=refund_id)


def _left(invoice: Invoice) -> tuple[PaperTax, ...]:
    """What is left of each rate of an invoice after its credit notes."""
    rows = db.session.execute(
        select(Invoice.id, InvoiceTax)
        .join(Invoice, (Invoice.merchant_id == InvoiceTax.merchant_id) & (Invoice.id == InvoiceTax.invoice_id))
        .where(
            InvoiceTax.merchant_id == invoice.merchant_id,
            (Invoice.id == invoice.id) | (Invoice.corrects_id == invoice.id),
        )
        .order_by(Invoice.id, InvoiceTax.position)
    ).all()
    taxes = [(paper_id, PaperTax(row.name, row.rate_ppm, row.base_minor, row.tax_minor)) for paper_id, row in rows]
    return left_of(
        [tax for paper_id, tax in taxes if paper_id == invoice.id],
        [tax for paper_id, tax in taxes if paper_id != invoice.id],
    )


def _write(
    shop: ShopContext,
    order: Order,
    series: str,
    content: PaperContent,
    total_minor: int,
    *,
    invoice: Invoice | None = None,
    refund_id: str | None = None,
) -> str:
    moment, paper_id = clock.now(), new_id("inv")
    year = local_day(shop, moment).year
    number = next_number(shop.merchant_id, series, year)
    code = code_of(prefix_of(shop, series), year, number)
    db.session.execute(
        insert(table_of(Invoice)).values(
            merchant_id=shop.merchant_id,
            id=paper_id,
            issuer=shop.merchant_id,
            series=series,
            year=year,
            number=number,
            code=code,
            order_id=order.id,
            order_code=order.code,
            corrects_id=invoice.id if invoice is not None else None,
            refund_id=refund_id,
            period="",
            currency=order.currency,
            total_minor=total_minor,
            tax_minor=sum(tax.tax_minor for tax in content.taxes),
            buyer_name=(invoice.buyer_name if invoice is not None else buyer_name(order))[:200],
            country=str((order.address or {}).get("country", ""))[:2],
            locale=order.locale,
            content=content.as_json(),
            issued_at=moment,
        )
    )
    write_taxes(shop.merchant_id, paper_id, content.taxes)
    told = {"invoice_id": paper_id, "order_id": order.id, "number": code}
    emit("invoice.issued" if series == "invoice" else "credit_note.issued", told, merchant_id=shop.merchant_id)
    return paper_id


def write_taxes(merchant_id: str, paper_id: str, taxes: Sequence[PaperTax]) -> None:
    """Write the taxes of a paper that is being issued. In a use case."""
    if taxes:
        db.session.execute(
            insert(table_of(InvoiceTax)),
            [
                {
                    "merchant_id": merchant_id,
                    "invoice_id": paper_id,
                    "position": position,
                    "name": tax.name,
                    "rate_ppm": tax.rate_ppm,
                    "base_minor": tax.base_minor,
                    "tax_minor": tax.tax_minor,
                }
                for position, tax in enumerate(taxes)
            ],
        )
