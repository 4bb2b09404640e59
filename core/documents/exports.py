"""Papers and their taxes as lists to take away, and many PDFs in one file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, tzinfo
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, select

from core.base.days import days_of
from core.base.i18n import lazy_gettext as _
from core.base.money import Money
from core.contract.exports import ExportList
from core.documents.drawing.invoice import invoice_pdf, title_of
from core.documents.models import Invoice, InvoiceTax
from core.documents.queries import PaperFilter, conditions, file_name
from core.shops.queries import shop_context
from core.shops.zones import zone_of

FILTERS = frozenset({"from", "to", "series", "q"})


def filter_of(filters: Mapping[str, str], zone: tzinfo) -> PaperFilter:
    """The filter that a form or an address holds, with days of a zone. Raises Invalid for what is not a day."""
    since, until = days_of(filters, zone)
    return PaperFilter(series=filters.get("series", ""), text=filters.get("q", ""), since=since, until=until)


def _conditions(merchant_id: str, filters: Mapping[str, str]) -> list[ColumnElement[bool]]:
    return conditions(merchant_id, filter_of(filters, zone_of(shop_context(merchant_id))))


def _papers(merchant_id: str, filters: Mapping[str, str]) -> Select[*tuple[Any, ...]]:
    return (
        select(*Invoice.__table__.columns)
        .where(*_conditions(merchant_id, filters))
        .order_by(Invoice.issued_at, Invoice.id)
    )


def _paper_row(found: Any) -> list[object]:
    sign = -1 if found.series == "credit_note" else 1
    return [
        found.code,
        title_of(found.series),
        date.fromisoformat(found.content["issued_on"]),
        found.order_code,
        found.buyer_name,
        found.country,
        Money(sign * (found.total_minor - found.tax_minor), found.currency),
        Money(sign * found.tax_minor, found.currency),
        Money(sign * found.total_minor, found.currency),
        found.currency,
    ]


def _file(found: Any) -> tuple[str, bytes]:
    invoice = Invoice(**{column.name: getattr(found, column.name) for column in Invoice.__table__.columns})
    return file_name(invoice.code), invoice_pdf(invoice)


def _taxes(merchant_id: str, filters: Mapping[str, str]) -> Select[*tuple[Any, ...]]:
    sign = case((Invoice.series == "credit_note", -1), else_=1)
    return (
        select(
            *(Invoice.issued_at, Invoice.content, Invoice.code, Invoice.series, Invoice.country, Invoice.currency),
            *(InvoiceTax.name, InvoiceTax.rate_ppm),
            (sign * InvoiceTax.base_minor).label("base_minor"),
            (sign * InvoiceTax.tax_minor).label("tax_minor"),
        )
        .join(Invoice, and_(Invoice.merchant_id == InvoiceTax.merchant_id, Invoice.id == InvoiceTax.invoice_id))
        .where(InvoiceTax.merchant_id == merchant_id, *_conditions(merchant_id, filters))
        .order_by(Invoice.issued_at, Invoice.id, InvoiceTax.position)
    )


def _tax_row(found: Any) -> list[object]:
    return [
        date.fromisoformat(found.content["issued_on"]),
        found.code,
        title_of(found.series),
        found.country,
        found.name,
        Decimal(found.rate_ppm) / 10_000,
        Money(found.base_minor, found.currency),
        Money(found.tax_minor, found.currency),
        found.currency,
    ]


INVOICES = ExportList(
    name="documents.invoices",
    label=_("Invoices and credit notes"),
    permission="orders.view",
    columns=(
        *(_("Number"), _("Kind"), _("Issued on"), _("Order"), _("Buyer"), _("Country")),
        *(_("Without tax"), _("Tax"), _("Total"), _("Currency")),
    ),
    query=_papers,
    row=_paper_row,
    filters=FILTERS,
    order=62,
)
TAXES = ExportList(
    name="documents.taxes",
    label=_("Tax by paper and rate"),
    permission="money.view",
    columns=(
        *(_("Issued on"), _("Number"), _("Kind"), _("Country"), _("Tax"), _("Per cent")),
        *(_("Without tax"), _("Tax amount"), _("Currency")),
    ),
    query=_taxes,
    row=_tax_row,
    filters=FILTERS,
    order=64,
)
FILES = ExportList(
    name="documents.files",
    label=_("Invoices as PDF files"),
    permission="orders.view",
    columns=(),
    query=_papers,
    row=lambda found: (),
    file=_file,
    filters=FILTERS,
    order=66,
)
LISTS = (INVOICES, TAXES, FILES)
