"""Reads."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from core.sdk import db
from tongbao_giftwrap.models import WrappedOrder


def orders_to_wrap(merchant_id: str, *, limit: int = 100) -> Sequence[WrappedOrder]:
    """A merchant's orders with gift wrap: those still to be wrapped first, then the latest."""
    return db.session.scalars(
        select(WrappedOrder)
        .where(WrappedOrder.merchant_id == merchant_id)
        .order_by(WrappedOrder.wrapped_at.is_not(None), WrappedOrder.created_at.desc())
        .limit(limit)
    ).all()
