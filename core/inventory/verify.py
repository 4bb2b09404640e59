"""What must be true of stock, asked of a live database."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import case, func, select

from core.base.database import db
from core.inventory.models import Location, Reservation, Stock, StockAllocation, StockLevel, StockMovement


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
    yield from _verify_levels()


def _verify_levels() -> Iterator[str]:
    """What lies in places adds up to the stock as a whole; what is allocated there equals open allocations."""
    lying = (
        select(StockLevel.merchant_id, StockLevel.variant_id, func.sum(StockLevel.on_hand).label("lying"))
        .group_by(StockLevel.merchant_id, StockLevel.variant_id)
        .subquery()
    )
    total = func.coalesce(lying.c.lying, 0)
    placed = select(Location.merchant_id).distinct()
    for row in db.session.execute(
        select(Stock.merchant_id, Stock.variant_id, Stock.on_hand, total)
        .outerjoin(lying, (lying.c.merchant_id == Stock.merchant_id) & (lying.c.variant_id == Stock.variant_id))
        .where(Stock.merchant_id.in_(placed), Stock.on_hand != total)
    ):
        yield f"stock of variant {row[1]} (merchant {row[0]}): {row[2]} on hand, but its locations hold {row[3]}"
    said = (
        select(
            StockAllocation.merchant_id,
            StockAllocation.variant_id,
            StockAllocation.location_id,
            func.sum(StockAllocation.quantity).label("said"),
        )
        .where(StockAllocation.state == "open")
        .group_by(StockAllocation.merchant_id, StockAllocation.variant_id, StockAllocation.location_id)
        .subquery()
    )
    open_sum = func.coalesce(said.c.said, 0)
    for row in db.session.execute(
        select(StockLevel.merchant_id, StockLevel.variant_id, StockLevel.location_id, StockLevel.allocated, open_sum)
        .outerjoin(
            said,
            (said.c.merchant_id == StockLevel.merchant_id)
            & (said.c.variant_id == StockLevel.variant_id)
            & (said.c.location_id == StockLevel.location_id),
        )
        .where(StockLevel.allocated != open_sum)
    ):
        yield (
            f"stock of variant {row[1]} (merchant {row[0]}) in location {row[2]}: {row[3]} allocated, "
            f"but open allocations add up to {row[4]}"
        )
