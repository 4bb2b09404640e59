"""What stands on a paper at the moment it is issued, from the shop, the order and what was paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from babel import Locale
from babel.numbers import format_decimal
from flask_babel import get_locale
from sqlalchemy import select

from core.base import clock
from core.base.database import db
from core.base.i18n import gettext as _
from core.catalog.models import GIFT_CARD
from core.contract.providers import PaymentMethod
from core.contract.runtime import registry
from core.documents.content import PaperContent, PaperLine, PaperSum, PaperTax, Party, content_of
from core.documents.models import Invoice
from core.documents.numbering import PREFIXES
from core.documents.split import taxes_of
from core.orders.models import Order, OrderCharge, OrderLine
from core.orders.pricing import rate_label
from core.payments.models import Payment
from core.shops.context import ShopContext
from core.shops.letterhead import letterhead
from core.shops.zones import local_day, zone_of
from core.taxes.rules import AppliedTax


def prefix_of(shop: ShopContext, series: str) -> str:
    """What numbers of a series begin with in this shop."""
    option = {"invoice": "invoice_prefix", "credit_note": "credit_note_prefix"}[series]
    return str(shop.options.get(option) or PREFIXES[series])


def seller_of(shop: ShopContext) -> Party:
    """The company behind a shop, as its settings say it."""
    options = shop.options
    legal_id = options.get("legal_id")
    lines = (
        *str(options.get("legal_address") or "").splitlines(),
        _("Registration number %(number)s", number=legal_id) if legal_id else "",
        _("Tax number %(number)s", number=options["tax_id"]) if options.get("tax_id") else "",
        str(options.get("phone") or ""),
        shop.contact_email,
        shop.primary_host,
    )
    name = str(options.get("legal_name") or shop.name)
    return Party(name, tuple(filter(None, lines)), str(options.get("tax_id") or ""))


def buyer_name(order: Order) -> str:
    """Whom the paper is for."""
    return str((order.address or {}).get("name") or order.email)


def _buyer_of(order: Order) -> Party:
    address = order.address or {}
    name = country_name(str(address.get("country", "")))
    city = " ".join(filter(None, (str(address.get(part) or "") for part in ("postal_code", "city"))))
    lines = (
        *(str(address.get(part) or "") for part in ("company", "line1", "line2")),
        ", ".join(filter(None, (city, "" if address.get("region") == address.get("city") else address.get("region")))),
        name,
        order.email,
    )
    tax_id = str(address.get("tax_id") or "")
    if tax_id:
        lines = (*lines, _("Tax number %(number)s", number=tax_id))
    company = str(address.get("company") or "")
    if company and tax_id:
        # A company's invoice is the company's; who takes the parcel stands below.
        return Party(company, tuple(filter(None, (buyer_name(order), *lines[1:]))), tax_id)
    return Party(buyer_name(order), tuple(filter(None, lines)), tax_id)


def country_name(code: str) -> str:
    """A country in the language that is set."""
    return str(Locale.parse(str(get_locale() or "en")).territories.get(code, code)) if code else ""


def _order_parts(order: Order) -> tuple[Sequence[OrderLine], Sequence[OrderCharge]]:
    lines = db.session.scalars(
        select(OrderLine)
        .where(OrderLine.merchant_id == order.merchant_id, OrderLine.order_id == order.id)
        .order_by(OrderLine.position)
    ).all()
    charges = db.session.scalars(
        select(OrderCharge)
        .where(OrderCharge.merchant_id == order.merchant_id, OrderCharge.order_id == order.id)
        .order_by(OrderCharge.position)
    ).all()
    return lines, charges


def taxes_of_order(order: Order, lines: Sequence[OrderLine], charges: Sequence[OrderCharge]) -> tuple[PaperTax, ...]:
    """The taxes of an order by rate, those of 0 too: together with what they are computed on they are its total."""
    included = not any(charge.kind == "tax" for charge in charges)
    bearers = [(_name(line.tax_name, line.tax_ppm), line.tax_ppm, line.total_minor, line.tax_minor) for line in lines]
    off = order.discount_minor - sum(line.discount_minor for line in lines)
    for charge in charges:
        if charge.kind in ("delivery", "fee"):
            # What was taken off beside the goods (free delivery) was taken off these, one after another.
            taken = min(off, charge.amount_minor)
            off -= taken
            name = _name(charge.tax_name, charge.tax_ppm)
            bearers.append((name, charge.tax_ppm, charge.amount_minor - taken, charge.tax_minor))
    return taxes_of(bearers, included=included)


def _name(name: str, ppm: int) -> str:
    return name or (_("Tax") if ppm else "")


def _percent(ppm: int) -> str:
    return f"{format_decimal(Decimal(ppm) / 10_000, format='#,##0.####', locale=get_locale() or 'en')}%"


def invoice_content(shop: ShopContext, order: Order) -> PaperContent:
    """All that an invoice says, in the language that is set."""
    lines, charges = _order_parts(order)
    taxes = taxes_of_order(order, lines, charges)
    head = letterhead(shop.merchant_id)
    several = len([tax for tax in taxes if tax.gross_minor]) > 1
    sums = [PaperSum(_("Goods"), order.goods_minor)]
    sums += [PaperSum(charge.label, charge.amount_minor) for charge in charges]
    return PaperContent(
        seller=seller_of(shop),
        buyer=_buyer_of(order),
        lines=tuple(
            PaperLine(
                name=line.name,
                detail=" · ".join(filter(None, (line.variant_label, line.sku, _voucher(line)))),
                quantity=line.quantity,
                unit_price_minor=line.unit_price_minor,
                total_minor=line.quantity * line.unit_price_minor,
                rate=_percent(line.tax_ppm) if several else "",
            )
            for line in lines
        ),
        sums=tuple(sums) if charges else (),
        taxes=taxes,
        tax_included=not any(charge.kind == "tax" for charge in charges),
        issued_on=local_day(shop, clock.now()).isoformat(),
        placed_at=_local(shop, order.placed_at),
        paid_at=_local(shop, order.paid_at) if order.paid_at else "",
        paid_by=_paid_by(order),
        url=f"{head.url}/orders/{order.code}",
        tax_note=order.tax_note,
        payment_note=str(shop.options.get("invoice_payment_note") or ""),
        footer=str(shop.options.get("invoice_footer") or ""),
        accent=head.accent,
    )


def _voucher(line: OrderLine) -> str:
    return _("Voucher: no tax now, but on what it is spent for") if line.kind == GIFT_CARD else ""


def _local(shop: ShopContext, moment: datetime) -> str:
    return moment.astimezone(zone_of(shop)).isoformat()


def _paid_by(order: Order) -> str:
    provider_id = db.session.scalar(
        select(Payment.provider_id).where(
            Payment.merchant_id == order.merchant_id,
            Payment.purpose == "order",
            Payment.subject_id == order.id,
            Payment.accepted,
        )
    )
    method = registry().find_provider(PaymentMethod, provider_id) if provider_id else None
    return str(method.label) if method is not None else ""


def credit_content(
    shop: ShopContext, order: Order, invoice: Invoice, taxes: tuple[PaperTax, ...], *, reason: str
) -> PaperContent:
    """All that a credit note says. Seller and buyer are as they were on the invoice."""
    original = content_of(invoice.content)
    lines = tuple(
        PaperLine(
            name=_("Given back of order %(code)s", code=order.code),
            detail=rate_label(AppliedTax(tax.name, tax.rate_ppm)),
            quantity=1,
            unit_price_minor=tax.gross_minor,
            total_minor=tax.gross_minor,
        )
        for tax in taxes
    )
    return PaperContent(
        seller=original.seller,
        buyer=original.buyer,
        lines=lines,
        taxes=taxes,
        issued_on=local_day(shop, clock.now()).isoformat(),
        placed_at=original.placed_at,
        url=original.url,
        reason="" if reason == "cancelled" else reason,
        tax_note=original.tax_note,
        corrects=invoice.code,
        footer=str(shop.options.get("invoice_footer") or ""),
        accent=original.accent,
    )
