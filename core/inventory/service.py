"""What can be done to stock. Every change is one conditional statement; the database refuses an oversold row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Case, ColumnElement, and_, bindparam, case, not_, or_, select, update

from core.base import clock
from core.base.database import db, table_of
from core.base.errors import Invalid, NotFound
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.rows import connection, insert_rows
from core.base.transactions import transactional
from core.catalog.models import Variant
from core.inventory.errors import StockGone, StockPromised
from core.inventory.levels import Part, allocate_order, close_allocations, spread, take_shipped
from core.inventory.models import Reservation, Stock, StockMovement

QUANTITY_MAX = 10_000_000


@transactional
def reserve(merchant_id: str, order_id: str, wanted: Mapping[str, int]) -> None:
    """Promise stock to an order, all of it or none: one conditional statement, rows locked in their order.

    `wanted` maps variant ids to quantities. Raises StockGone with what is left of each that is short.
    """
    ids = sorted(wanted)
    given: dict[str, Any] = {"merchant": merchant_id}
    for number, variant_id in enumerate(ids):
        given |= {f"variant{number}": variant_id, f"quantity{number}": wanted[variant_id]}
    taken = connection().execute(_reserving(len(ids)), given).scalars()
    missing = set(ids) - set(taken)
    if missing:
        raise StockGone(available(merchant_id, missing))
    moment = clock.now()
    insert_rows(
        table_of(Reservation),
        [
            {
                "merchant_id": merchant_id,
                "id": new_id("rsv"),
                "variant_id": variant_id,
                "order_id": order_id,
                "quantity": wanted[variant_id],
                "state": "open",
                "created_at": moment,
            }
            for variant_id in ids
        ],
    )


@lru_cache(maxsize=256)
def _reserving(count: int) -> Any:
    """The statement that takes so many variants, each in its own quantity: built once for each number of them."""
    table = table_of(Stock)
    stock = table.c
    pairs = [
        (bindparam(f"variant{n}", type_=stock.variant_id.type), bindparam(f"quantity{n}", type_=stock.on_hand.type))
        for n in range(count)
    ]
    locked = (
        select(stock.variant_id)
        .where(stock.merchant_id == bindparam("merchant"), stock.variant_id.in_([variant for variant, _ in pairs]))
        .order_by(stock.variant_id)
        .with_for_update()
        .cte("locked")
    )
    enough = or_(
        *(
            and_(stock.variant_id == variant, or_(not_(stock.tracked), stock.on_hand - stock.reserved >= quantity))
            for variant, quantity in pairs
        )
    )
    more = case(*((stock.variant_id == variant, quantity) for variant, quantity in pairs), else_=0)
    return (
        update(table)
        .where(stock.merchant_id == bindparam("merchant"), stock.variant_id.in_(select(locked.c.variant_id)), enough)
        .values(reserved=stock.reserved + more, version=stock.version + 1)
        .returning(stock.variant_id)
    )


def _by_variant(quantities: Mapping[str, int]) -> Case[int]:
    return case(*((Stock.variant_id == key, value) for key, value in quantities.items()), else_=0)


def available(merchant_id: str, variant_ids: set[str]) -> dict[str, int]:
    """What could still be sold of each tracked variant; variants without a stock row have nothing."""
    rows = db.session.execute(
        select(Stock.variant_id, Stock.on_hand - Stock.reserved).where(
            Stock.merchant_id == merchant_id, Stock.variant_id.in_(variant_ids), Stock.tracked
        )
    )
    found = {variant_id: max(0, left) for variant_id, left in rows}
    return {variant_id: found.get(variant_id, 0) for variant_id in variant_ids}


def _close_reservations(
    merchant_id: str, order_id: str, state: str, quantities: Mapping[str, int] | None = None
) -> dict[str, int]:
    """End what was promised to an order, all of it or so many of each variant; gives how many."""
    own = (Reservation.merchant_id == merchant_id, Reservation.order_id == order_id, Reservation.state == "open")
    if quantities is not None:
        return _close_parts(own, state, quantities)
    rows = db.session.execute(
        update(Reservation)
        .where(*own)
        .values(state=state)
        .returning(Reservation.variant_id, Reservation.quantity)
        .execution_options(synchronize_session=False)
    )
    closed: dict[str, int] = {}
    for variant_id, quantity in rows:
        # An order may have been promised a variant more than once.
        closed[variant_id] = closed.get(variant_id, 0) + quantity
    return dict(sorted(closed.items()))


def _close_parts(own: Sequence[ColumnElement[bool]], state: str, quantities: Mapping[str, int]) -> dict[str, int]:
    """What is taken of a reservation becomes a closed one beside it."""
    taken: dict[str, int] = {}
    rows = db.session.scalars(
        select(Reservation)
        .where(*own, Reservation.variant_id.in_(list(quantities)))
        .order_by(Reservation.variant_id, Reservation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        part = min(row.quantity, quantities[row.variant_id] - taken.get(row.variant_id, 0))
        if part <= 0:
            continue
        taken[row.variant_id] = taken.get(row.variant_id, 0) + part
        if part == row.quantity:
            row.state = state
            continue
        row.quantity -= part
        db.session.add(
            Reservation(
                merchant_id=row.merchant_id,
                id=new_id("rsv"),
                variant_id=row.variant_id,
                order_id=row.order_id,
                quantity=part,
                state=state,
                created_at=row.created_at,
            )
        )
    db.session.flush()
    return taken


@transactional
def release(merchant_id: str, order_id: str, quantities: Mapping[str, int] | None = None) -> None:
    """Give back what was promised to an order that will not be shipped, all of it or so many of each variant.

    Again without numbers: nothing happens.
    """
    given = _close_reservations(merchant_id, order_id, "released", quantities)
    if given:
        db.session.execute(
            update(Stock)
            .where(Stock.merchant_id == merchant_id, Stock.variant_id.in_(given))
            .values(reserved=Stock.reserved - _by_variant(given), version=Stock.version + 1)
            .execution_options(synchronize_session=False)
        )
        close_allocations(merchant_id, order_id, "released", given if quantities is not None else None)


@transactional
def consume(
    merchant_id: str,
    order_id: str,
    quantities: Mapping[str, int] | None = None,
    *,
    location_id: str | None = None,
    actor_id: str | None = None,
) -> None:
    """Take what was promised to an order out of the stock: it has been shipped, all of it or so many of each variant.

    The goods come from the place that is named, or from where they were allocated. Again without numbers: nothing
    happens. Raises LocationShort.
    """
    taken = _close_reservations(merchant_id, order_id, "consumed", quantities)
    if not taken:
        return
    rows = db.session.execute(
        update(Stock)
        .where(Stock.merchant_id == merchant_id, Stock.variant_id.in_(taken))
        .values(
            reserved=Stock.reserved - _by_variant(taken),
            on_hand=Stock.on_hand - case((Stock.tracked, _by_variant(taken)), else_=0),
            version=Stock.version + 1,
        )
        .returning(Stock.variant_id, Stock.tracked)
        .execution_options(synchronize_session=False)
    )
    moves = {variant_id: -taken[variant_id] for variant_id, tracked in rows if tracked}
    parts = take_shipped(merchant_id, order_id, moves, location_id)
    write_movements(merchant_id, parts, reason="ship", reference=order_id, note="", actor_id=actor_id)


@transactional
def set_stock_many(
    merchant_id: str,
    counts: Mapping[str, int],
    *,
    reason: str,
    reference: str = "",
    note: str = "",
    actor_id: str | None = None,
    location_id: str | None = None,
) -> int:
    """Set what is on hand of many variants; rows that are missing are made. Returns how many changed.

    The number is that of all places together. What comes or goes does so in `location_id`, or in the places in their
    order. Raises LocationShort when a place has not enough, StockPromised when a count is below what open orders are
    promised, Invalid when it is out of range.
    """
    if any(not 0 <= count <= QUANTITY_MAX for count in counts.values()):
        raise Invalid(_("A stock count lies between 0 and %(most)s.", most=QUANTITY_MAX))
    rows = {
        stock.variant_id: stock
        for stock in db.session.execute(
            select(Stock.variant_id, Stock.on_hand, Stock.reserved, Stock.tracked)
            .where(Stock.merchant_id == merchant_id, Stock.variant_id.in_(counts))
            .order_by(Stock.variant_id)
            .with_for_update()
        )
    }
    moves: dict[str, int] = {}
    for variant_id, count in counts.items():
        stock = rows.get(variant_id)
        if stock and stock.tracked and count < stock.reserved:
            raise StockPromised(stock.reserved)
        moves[variant_id] = count - (stock.on_hand if stock else 0)
    missing = [variant_id for variant_id in counts if variant_id not in rows]
    if missing:
        _make_rows(merchant_id, missing)
    changed = {variant_id: delta for variant_id, delta in moves.items() if delta}
    if changed:
        db.session.execute(
            update(Stock)
            .where(Stock.merchant_id == merchant_id, Stock.variant_id.in_(changed))
            .values(on_hand=Stock.on_hand + _by_variant(changed), version=Stock.version + 1)
            .execution_options(synchronize_session=False)
        )
    parts = spread(merchant_id, changed, location_id)
    write_movements(merchant_id, parts, reason=reason, reference=reference, note=note, actor_id=actor_id)
    return len(changed)


def _make_rows(merchant_id: str, variant_ids: list[str]) -> None:
    products = dict(
        db.session.execute(
            select(Variant.id, Variant.product_id).where(
                Variant.merchant_id == merchant_id, Variant.id.in_(variant_ids)
            )
        ).all()
    )
    if len(products) != len(variant_ids):
        raise NotFound(_("This variant is not in the catalogue."))
    insert_rows(
        table_of(Stock),
        [
            {
                "merchant_id": merchant_id,
                "variant_id": variant_id,
                "product_id": products[variant_id],
                "on_hand": 0,
                "reserved": 0,
                "tracked": True,
                "version": 1,
            }
            for variant_id in variant_ids
        ],
    )


def write_movements(
    merchant_id: str, parts: Sequence[Part], *, reason: str, reference: str, note: str, actor_id: str | None
) -> None:
    """Write changes of what is on hand into the journal, in the caller's use case."""
    if not parts:
        return
    moment = clock.now()
    insert_rows(
        table_of(StockMovement),
        [
            {
                "merchant_id": merchant_id,
                "variant_id": part.variant_id,
                "location_id": part.location_id,
                "delta": part.delta,
                "reason": reason,
                "reference": reference,
                "note": note[:200],
                "actor_id": actor_id,
                "created_at": moment,
            }
            for part in parts
        ],
    )


@transactional
def set_stock(
    merchant_id: str,
    variant_id: str,
    on_hand: int,
    *,
    reason: str = "count",
    note: str = "",
    actor_id: str | None = None,
    location_id: str | None = None,
) -> None:
    """Set what is on hand of one variant, in all places together, after counting. Raises as set_stock_many does."""
    set_stock_many(
        merchant_id, {variant_id: on_hand}, reason=reason, note=note, actor_id=actor_id, location_id=location_id
    )


@transactional
def set_low_at(merchant_id: str, variant_id: str, low_at: int | None) -> None:
    """Say at how many available units a variant counts as low; None: as usual, 0: only when gone. Raises NotFound."""
    if low_at is not None and not 0 <= low_at <= QUANTITY_MAX:
        raise Invalid(_("A stock count lies between 0 and %(most)s.", most=QUANTITY_MAX))
    stock = db.session.get(Stock, (merchant_id, variant_id), with_for_update=True)
    if stock is None:
        raise NotFound(_("This variant is not in the catalogue."))
    stock.low_at = low_at


@transactional
def allocate(merchant_id: str, order_id: str) -> None:
    """Say from where an order's goods are taken, as far as that is not said yet. Again: nothing happens."""
    allocate_order(merchant_id, order_id)


@transactional
def adjust_stock(
    merchant_id: str,
    variant_id: str,
    delta: int,
    *,
    reason: str = "adjust",
    note: str = "",
    actor_id: str | None = None,
    location_id: str | None = None,
) -> None:
    """Add to (or take from) what is on hand, in a place. Raises NotFound, Invalid, StockPromised, LocationShort."""
    stock = db.session.execute(
        select(Stock.on_hand).where(Stock.merchant_id == merchant_id, Stock.variant_id == variant_id).with_for_update()
    ).scalar_one_or_none()
    set_stock_many(
        merchant_id,
        {variant_id: (stock or 0) + delta},
        reason=reason,
        note=note,
        actor_id=actor_id,
        location_id=location_id,
    )


@transactional
def set_tracked_many(merchant_id: str, tracked: Mapping[str, bool]) -> None:
    """Say for many variants whether their stock is counted; rows that are missing are made.

    The database refuses (IntegrityError) to count what is promised beyond what is there.
    """
    have = set(
        db.session.scalars(
            select(Stock.variant_id).where(Stock.merchant_id == merchant_id, Stock.variant_id.in_(tracked))
        )
    )
    if missing := [variant_id for variant_id in tracked if variant_id not in have]:
        _make_rows(merchant_id, missing)
    for value in (True, False):
        if ids := [variant_id for variant_id, wanted in tracked.items() if wanted is value]:
            db.session.execute(
                update(Stock)
                .where(Stock.merchant_id == merchant_id, Stock.variant_id.in_(ids), Stock.tracked.is_not(value))
                .values(tracked=value, version=Stock.version + 1)
                .execution_options(synchronize_session=False)
            )


@transactional
def set_tracked(merchant_id: str, variant_id: str, tracked: bool) -> None:
    """Say whether a variant's stock is counted; one that is not is always available. Raises StockPromised."""
    stock = db.session.get(Stock, (merchant_id, variant_id), with_for_update=True)
    if stock is None:
        raise NotFound(_("This variant is not in the catalogue."))
    if tracked and stock.on_hand < stock.reserved:
        raise StockPromised(stock.reserved)
    stock.tracked = tracked
    stock.version += 1
