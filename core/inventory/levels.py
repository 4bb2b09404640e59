"""What lies where: kept in step with the stock as a whole, always under the lock of the variant's stock row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from core.base import clock
from core.base.database import db, table_of
from core.base.ids import new_id
from core.base.rows import insert_new_rows, insert_rows
from core.inventory.errors import LocationShort
from core.inventory.models import Location, Reservation, Stock, StockAllocation, StockLevel


@dataclass(frozen=True, slots=True)
class Part:
    """A change of a variant in one place."""

    variant_id: str
    location_id: str | None
    delta: int


def location_ids(merchant_id: str) -> list[str]:
    """The merchant's places in the order in which orders are served from them; empty: one place without a name."""
    return list(
        db.session.scalars(
            select(Location.id)
            .where(Location.merchant_id == merchant_id, Location.active)
            .order_by(Location.priority, Location.created_at, Location.id)
        )
    )


def spread(merchant_id: str, moves: Mapping[str, int], location_id: str | None = None) -> list[Part]:
    """Change what lies where by these numbers; gives what changed in which place.

    More goes to the place that is named, or to the first; less is taken from the place that is named, or from those
    in order that have goods not allocated to orders. Raises LocationShort. In a use case that holds the stocks' locks.
    """
    places = location_ids(merchant_id) if moves else []
    if not places:
        return [Part(variant_id, None, delta) for variant_id, delta in moves.items()]
    wanted = [location_id] if location_id else places
    free = _free(merchant_id, list(moves))
    parts: list[Part] = []
    for variant_id, delta in moves.items():
        if delta > 0:
            parts.append(Part(variant_id, wanted[0], delta))
            continue
        missing = -delta
        for place in wanted:
            taken = min(missing, free[variant_id].get(place, 0))
            if taken:
                parts.append(Part(variant_id, place, -taken))
                missing -= taken
        if missing:
            raise LocationShort()
    _write(merchant_id, parts)
    return parts


def _free(merchant_id: str, variant_ids: Sequence[str]) -> dict[str, dict[str, int]]:
    free: dict[str, dict[str, int]] = defaultdict(dict)
    for row in db.session.execute(
        select(StockLevel.variant_id, StockLevel.location_id, StockLevel.on_hand - StockLevel.allocated)
        .where(StockLevel.merchant_id == merchant_id, StockLevel.variant_id.in_(variant_ids))
        .order_by(StockLevel.variant_id, StockLevel.location_id)
        .with_for_update()
    ):
        free[row[0]][row[1]] = row[2]
    return free


def _write(merchant_id: str, parts: Sequence[Part], *, allocated: bool = False) -> None:
    """Add to what lies in places; with `allocated`, to what is to be taken there instead."""
    grow = [part for part in parts if part.delta > 0 and not allocated]
    if grow:
        insert_new_rows(
            table_of(StockLevel),
            [
                {
                    "merchant_id": merchant_id,
                    "variant_id": part.variant_id,
                    "location_id": part.location_id,
                    "on_hand": 0,
                    "allocated": 0,
                }
                for part in grow
            ],
        )
    column = StockLevel.allocated if allocated else StockLevel.on_hand
    for part in parts:
        db.session.execute(
            update(StockLevel)
            .where(
                StockLevel.merchant_id == merchant_id,
                StockLevel.variant_id == part.variant_id,
                StockLevel.location_id == part.location_id,
            )
            .values({column: column + part.delta})
            .execution_options(synchronize_session=False)
        )


def allocate_order(merchant_id: str, order_id: str) -> None:
    """Say from where an order's goods are taken, as far as that is not said yet. In a use case.

    From the first place that has everything; else line by line from the places in their order, split where needed.
    """
    places = location_ids(merchant_id)
    if not places:
        return
    missing = _unallocated(merchant_id, order_id)
    if not missing:
        return
    # The stock rows' locks keep everybody else from these levels.
    db.session.execute(
        select(Stock.variant_id)
        .where(Stock.merchant_id == merchant_id, Stock.variant_id.in_(list(missing)))
        .order_by(Stock.variant_id)
        .with_for_update()
    ).all()
    free = _free(merchant_id, list(missing))
    whole = next(
        (place for place in places if all(free[key].get(place, 0) >= count for key, count in missing.items())), None
    )
    parts: list[Part] = []
    for variant_id, count in sorted(missing.items()):
        left = count
        for place in [whole] if whole else places:
            taken = min(left, free[variant_id].get(place, 0))
            if taken > 0:
                parts.append(Part(variant_id, place, taken))
                left -= taken
    _write(merchant_id, parts, allocated=True)
    moment = clock.now()
    insert_rows(
        table_of(StockAllocation),
        [
            {
                "merchant_id": merchant_id,
                "id": new_id("alc"),
                "order_id": order_id,
                "variant_id": part.variant_id,
                "location_id": part.location_id,
                "quantity": part.delta,
                "state": "open",
                "created_at": moment,
            }
            for part in parts
        ],
    )


def _unallocated(merchant_id: str, order_id: str) -> dict[str, int]:
    """What of an order's counted goods is promised and not yet said from where."""
    wanted: dict[str, int] = defaultdict(int)
    for variant_id, quantity in db.session.execute(
        select(Reservation.variant_id, Reservation.quantity)
        .join(Stock, (Stock.merchant_id == Reservation.merchant_id) & (Stock.variant_id == Reservation.variant_id))
        .where(
            Reservation.merchant_id == merchant_id,
            Reservation.order_id == order_id,
            Reservation.state == "open",
            Stock.tracked,
        )
    ):
        wanted[variant_id] += quantity
    for variant_id, quantity in db.session.execute(
        select(StockAllocation.variant_id, StockAllocation.quantity).where(
            StockAllocation.merchant_id == merchant_id,
            StockAllocation.order_id == order_id,
            StockAllocation.state == "open",
        )
    ):
        wanted[variant_id] -= quantity
    return {variant_id: count for variant_id, count in wanted.items() if count > 0}


def close_allocations(
    merchant_id: str,
    order_id: str,
    state: str,
    quantities: Mapping[str, int] | None = None,
    location_id: str | None = None,
) -> dict[tuple[str, str], int]:
    """End what was said of an order (consumed, released), all of it or so many of each variant; gives how much by
    variant and place. What was said of `location_id` ends first. In a use case.
    """
    open_rows = db.session.scalars(
        select(StockAllocation)
        .where(
            StockAllocation.merchant_id == merchant_id,
            StockAllocation.order_id == order_id,
            StockAllocation.state == "open",
        )
        .order_by(StockAllocation.variant_id, StockAllocation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    found: dict[tuple[str, str], int] = defaultdict(int)
    left = None if quantities is None else dict(quantities)
    for row in sorted(open_rows, key=lambda row: (row.variant_id, row.location_id != location_id)):
        part = row.quantity if left is None else min(row.quantity, left.get(row.variant_id, 0))
        if part <= 0:
            continue
        found[row.variant_id, row.location_id] += part
        if left is not None:
            left[row.variant_id] -= part
        if part == row.quantity:
            row.state = state
        else:
            row.quantity -= part
            db.session.add(_part_of(row, part, state))
    db.session.flush()
    parts = [Part(variant_id, place, -count) for (variant_id, place), count in sorted(found.items())]
    _write(merchant_id, parts, allocated=True)
    return found


def _part_of(row: StockAllocation, quantity: int, state: str) -> StockAllocation:
    return StockAllocation(
        merchant_id=row.merchant_id,
        id=new_id("alc"),
        order_id=row.order_id,
        variant_id=row.variant_id,
        location_id=row.location_id,
        quantity=quantity,
        state=state,
        created_at=row.created_at,
    )


def take_shipped(
    merchant_id: str, order_id: str, moves: Mapping[str, int], location_id: str | None = None
) -> list[Part]:
    """Take shipped goods (negative numbers) from the place that is named, or else from where they were allocated and
    the rest from the places in order. In a use case that holds the stocks' locks. Raises LocationShort.
    """
    if not location_ids(merchant_id):
        return spread(merchant_id, moves)
    wanted = {variant_id: -delta for variant_id, delta in moves.items()}
    said = close_allocations(merchant_id, order_id, "consumed", wanted, location_id)
    if location_id is not None:
        return spread(merchant_id, moves, location_id)
    rest = dict(moves)
    parts: list[Part] = []
    for (variant_id, place), count in sorted(said.items()):
        taken = min(count, -rest.get(variant_id, 0))
        if taken > 0:
            parts.append(Part(variant_id, place, -taken))
            rest[variant_id] += taken
    _write(merchant_id, parts)
    return parts + spread(merchant_id, {key: delta for key, delta in rest.items() if delta})
