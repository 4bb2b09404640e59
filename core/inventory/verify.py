"""What must be true of stock, asked of a live database."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import case, func, select

from core.base.database import db
from core.inventory.models import Reservation, Stock, StockMovement


def verify_stock() -> Iterator[str]:
    """Reserved equals open reservations; on hand equals the sum of movements; nothing is oversold."""
    open_sum = func.coalesce(func.sum(case((Reservation.state == "open", Reservation.quantity), else_=0)), 0)
    promised = (
        select(Reservation.merchant_id, Reservation.variant_id, open_sum.label("promised"))
        .group_by(Reservation.merchant_id, Reservation.variant_id)
        .subquery()
    )
    found = func.coalesce(promised.c.promised, 0)
    for row in db.session.execute(
        select(Stock.merchant_id, Stock.variant_id, Stock.reserved, found)
        .outerjoin(
            promised,
            (promised.c.merchant_id == Stock.merchant_id) & (promised.c.variant_id == Stock.variant_id),
        )
        .where(Stock.reserved != found)
    ):
        yield (
            f"stock of variant {row[1]} (merchant {row[0]}): {row[2]} reserved, "
            f"but open reservations add up to {row[3]}"
        )
    moved = (
        select(StockMovement.merchant_id, StockMovement.variant_id, func.sum(StockMovement.delta).label("moved"))
        .group_by(StockMovement.merchant_id, StockMovement.variant_id)
        .subquery()
    )
    total = func.coalesce(moved.c.moved, 0)
    for row in db.session.execute(
        select(Stock.merchant_id, Stock.variant_id, Stock.on_hand, total)
        .outerjoin(moved, (moved.c.merchant_id == Stock.merchant_id) & (moved.c.variant_id == Stock.variant_id))
        .where(Stock.on_hand != total)
    ):
        yield (f"stock of variant {row[1]} (merchant {row[0]}): {row[2]} on hand, but its movements add up to {row[3]}")
    for row in db.session.execute(
        select(Stock.merchant_id, Stock.variant_id, Stock.on_hand, Stock.reserved).where(
            Stock.tracked, Stock.on_hand < Stock.reserved
        )
    ):
        yield f"stock of variant {row[1]} (merchant {row[0]}): oversold, {row[2]} on hand and {row[3]} reserved"
