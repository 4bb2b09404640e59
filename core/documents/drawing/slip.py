"""A packing slip: what lies in a parcel, for whoever packs it and whoever opens it. It names no prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.base import clock
from core.base.i18n import gettext as _
from core.base.i18n import in_locale
from core.documents.drawing.invoice import day
from core.documents.drawing.paper import INNER, Cell, Column, Paper
from core.documents.freezing import country_name, seller_of
from core.orders.models import Order, OrderLine
from core.orders.queries import OrderDetail
from core.shops.context import ShopContext
from core.shops.letterhead import letterhead


def slip_pdf(shop: ShopContext, detail: OrderDetail, *, parcel_id: str = "", locale: str | None = None) -> bytes:
    """The slip of one parcel, or of all of an order that has not been taken out; in the buyer's language."""
    order = detail.order
    wanted = _pieces(detail, parcel_id)
    with in_locale(locale or order.locale):
        head, seller = letterhead(shop.merchant_id), seller_of(shop)
        paper = Paper(
            locale=locale or order.locale,
            title=f"{_('Packing slip')} {order.code}",
            made_at=clock.now(),
            author=shop.name,
            foot=(shop.name, " · ".join(seller.lines[-3:])),
            accent=head.accent,
        )
        paper.letterhead(_("Packing slip"), order.code, shop.name, seller.lines)
        paper.facts(_("Goes to"), _address(order), _facts(detail, parcel_id))
        _lines(paper, [line for line in detail.lines if wanted.get(line.id)], wanted)
        paper.y += 6
        if order.note:
            paper.note(_("The buyer wrote: %(note)s", note=order.note))
        paper.code(
            f"{head.url}/orders/{order.code}", _("See the order, tell that it has arrived, or return something:")
        )
        return paper.bytes()


def _pieces(detail: OrderDetail, parcel_id: str) -> Mapping[str, int]:
    if parcel_id:
        return detail.contents.get(parcel_id, {})
    return {line.id: line.quantity - line.cancelled_quantity for line in detail.lines if line.requires_shipping}


def _address(order: Order) -> list[str]:
    address = order.address or {}
    parts = {
        name: str(address.get(name) or "")
        for name in ("name", "company", "phone", "line1", "line2", "region", "country")
    }
    city = " ".join(str(address.get(name) or "") for name in ("postal_code", "city")).strip()
    return [
        parts["name"] or order.email,
        parts["company"],
        parts["line1"],
        parts["line2"],
        ", ".join(filter(None, (city, "" if parts["region"] == address.get("city") else parts["region"]))),
        country_name(parts["country"]),
        parts["phone"],
    ]


def _facts(detail: OrderDetail, parcel_id: str) -> list[tuple[str, str]]:
    parcel = next((one for one in detail.shipments if one.id == parcel_id), None)
    return [
        (_("Order"), detail.order.code),
        (_("Ordered on"), day(detail.order.placed_at)),
        (_("Delivery"), str(detail.order.delivery.get("label") or "")),
        (_("Carrier"), parcel.carrier if parcel is not None else ""),
        (_("Number"), parcel.tracking_number if parcel is not None else ""),
    ]


def _lines(paper: Paper, lines: Sequence[OrderLine], wanted: Mapping[str, int]) -> None:
    columns = [
        Column("", 10),
        Column(_("Goods"), INNER - 70),
        Column(_("SKU"), 40),
        Column(_("Quantity"), 20, "R"),
    ]
    paper.table(
        columns,
        [[Cell("□"), Cell(line.name, line.variant_label), line.sku, f"× {wanted[line.id]}"] for line in lines],
        size=10,
    )
