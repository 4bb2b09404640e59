"""A shop's customers as a list to take away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, select

from core.base.i18n import lazy_gettext as _
from core.contract.exports import ExportList
from core.parties.models import Customer

_ADDRESS = ("name", "line1", "line2", "postal_code", "city", "region", "country")


def _query(merchant_id: str, filters: Mapping[str, str]) -> Select[*tuple[Any, ...]]:
    return (
        select(*(Customer.name, Customer.email, Customer.phone, Customer.locale, Customer.address, Customer.created_at))
        .where(Customer.merchant_id == merchant_id)
        .order_by(Customer.created_at, Customer.id)
    )


def _row(found: Any) -> list[object]:
    address = found.address or {}
    return [
        found.name,
        found.email,
        found.phone,
        found.locale,
        *(str(address.get(key) or "") for key in _ADDRESS),
        found.created_at,
    ]


CUSTOMERS = ExportList(
    name="parties.customers",
    label=_("Customers"),
    permission="reports.view",
    columns=(
        *(_("Name"), _("E-mail"), _("Phone"), _("Language"), _("Address: name"), _("Street"), _("More of the address")),
        *(_("Postal code"), _("City"), _("Region"), _("Country"), _("Since")),
    ),
    query=_query,
    row=_row,
    order=40,
)
