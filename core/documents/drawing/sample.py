"""An invoice of nothing, to see how it looks before the first one is issued."""

from __future__ import annotations

from core.base import clock
from core.base.i18n import gettext as _
from core.base.i18n import in_locale
from core.documents.content import PaperContent, PaperLine, PaperSum, PaperTax, Party
from core.documents.drawing.invoice import invoice_pdf
from core.documents.freezing import prefix_of, seller_of
from core.documents.models import Invoice
from core.documents.numbering import code_of
from core.shops.context import ShopContext
from core.shops.letterhead import letterhead


def sample_pdf(shop: ShopContext, locale: str) -> bytes:
    """The PDF of a made-up invoice with the shop's settings."""
    moment = clock.now()
    head = letterhead(shop.merchant_id)
    with in_locale(locale):
        content = PaperContent(
            seller=seller_of(shop),
            buyer=Party(_("A buyer"), ("1 West Lake Road", "310000 Hangzhou", "buyer@example.com")),
            lines=(PaperLine(_("Something from the shop"), "SKU-1", 2, 5650, 11_300),),
            sums=(PaperSum(_("Goods"), 11_300), PaperSum(_("Delivery"), 1130)),
            taxes=(PaperTax(str(shop.options.get("tax_name") or _("Tax")), 130_000, 11_000, 1430),),
            issued_on=moment.date().isoformat(),
            placed_at=moment.isoformat(),
            paid_at=moment.isoformat(),
            url=f"{head.url}/orders/SAMPLE",
            payment_note=str(shop.options.get("invoice_payment_note") or ""),
            footer=str(shop.options.get("invoice_footer") or ""),
            accent=head.accent,
        )
        invoice = Invoice(
            merchant_id=shop.merchant_id,
            series="invoice",
            code=code_of(prefix_of(shop, "invoice"), moment.year, 1),
            order_code="SAMPLE",
            currency=shop.currency,
            total_minor=12_430,
            tax_minor=1430,
            locale=locale,
            content=content.as_json(),
            issued_at=moment,
        )
        return invoice_pdf(invoice)
