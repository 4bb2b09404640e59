"""Reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, select

from core.sdk import ExportList, SearchHit, SearchSource, db
from core.sdk import lazy_gettext as _
from tongbao_giftwrap.models import WrappedOrder


def orders_to_wrap(merchant_id: str, *, limit: int = 100) -> Sequence[WrappedOrder]:
    """A merchant's orders with gift wrap: those still to be wrapped first, then the latest."""
    return db.session.scalars(
        select(WrappedOrder)
        .where(WrappedOrder.merchant_id == merchant_id)
        .order_by(WrappedOrder.wrapped_at.is_not(None), WrappedOrder.created_at.desc())
        .limit(limit)
    ).all()


def _wishes(merchant_id: str, filters: Mapping[str, str]) -> Select[*tuple[Any, ...]]:
    return (
        select(WrappedOrder.order_code, WrappedOrder.words, WrappedOrder.created_at, WrappedOrder.wrapped_at)
        .where(WrappedOrder.merchant_id == merchant_id)
        .order_by(WrappedOrder.created_at)
    )


WISHES = ExportList(
    name="giftwrap.orders",
    label=_("Gift wrap"),
    permission="giftwrap.view",
    columns=(_("Order"), _("Card"), _("Ordered"), _("Wrapped")),
    query=_wishes,
    row=tuple,
)


def _wrapped_orders(text: str, limit: int) -> Sequence[SearchHit]:
    rows = db.session.scalars(select(WrappedOrder).where(WrappedOrder.order_code == text.upper()).limit(limit))
    return [
        SearchHit(
            row.order_code,
            row.words[:60],
            "office.order",
            {"merchant_id": row.merchant_id, "order_id": row.order_id},
            row.created_at,
        )
        for row in rows
    ]


WRAPPED_ORDERS = SearchSource("giftwrap.orders", _("Gift wrap"), "search", _wrapped_orders)
