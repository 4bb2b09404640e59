"""Packing slips and statements as PDF."""

from __future__ import annotations

from flask import Response

from core.base import clock
from core.base.days import bounds_of
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _
from core.base.transactions import end_read
from core.documents.drawing.slip import slip_pdf
from core.documents.drawing.statement import statement_pdf
from core.documents.queries import file_name
from core.orders.queries import order_detail
from core.shops.zones import local_day
from core.web.console.invoices import pdf_response
from core.web.console.page import argument, blueprint, merchant_id, the_shop
from core.web.i18n import current_locale
from core.web.member import require_member


@blueprint.get("/orders/<order_id>/slip.pdf")
@require_member("orders.view")
def packing_slip(order_id: str) -> Response:
    """What lies in a parcel (`parcel`), or in the whole order."""
    shop, detail = the_shop(), order_detail(merchant_id(), order_id)
    parcel_id = argument("parcel", 40)
    if parcel_id and parcel_id not in detail.contents:
        raise NotFound(_("There is no such parcel."))
    end_read()
    return pdf_response(slip_pdf(shop, detail, parcel_id=parcel_id), file_name(f"slip-{detail.order.code}"))


@blueprint.get("/money/statement.pdf")
@require_member("money.view")
def statement_file() -> Response:
    """The statement of some days; of the month under way without any."""
    shop = the_shop()
    first, last = bounds_of({name: argument(name, 10) for name in ("from", "to")})
    last = last or local_day(shop, clock.now())
    first = first or last.replace(day=1)
    content = statement_pdf(shop, first, last, locale=current_locale())
    end_read()
    return pdf_response(content, f"statement-{first.isoformat()}.pdf")
