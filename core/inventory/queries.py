"""Stock as the merchant sees it: what is there, what is promised, what moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, tuple_

from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _
from core.catalog.models import Product, Variant
from core.catalog.paging import read_cursor, write_cursor
from core.catalog.search import matches
from core.inventory.models import Location, Reservation, Stock, StockMovement
from core.parties.models import Person

LOW_AT = 5
"""Available units at which stock counts as low."""
Only = Literal["", "low", "out", "reserved"]


@dataclass(frozen=True, slots=True)
class StockRow:
    """A variant's stock; `available` None: not counted."""

    variant_id: str
    product_id: str
    name: str
    label: str
    sku: str
    image_url: str
    on_hand: int
    reserved: int
    tracked: bool
    low_at: int | None = None

    @property
    def available(self) -> int | None:
        return self.on_hand - self.reserved if self.tracked else None

    @property
    def low(self) -> bool:
        return self.tracked and self.on_hand - self.reserved <= (LOW_AT if self.low_at is None else self.low_at)


@dataclass(frozen=True, slots=True)
class StockPage:
    rows: tuple[StockRow, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class MovementRow:
    id: int
    delta: int
    reason: str
    reference: str
    note: str
    actor: str
    created_at: datetime
    location: str = ""


def stock_page(
    merchant_id: str, *, text: str = "", only: Only = "", cursor: str | None = None, limit: int = 50
) -> StockPage:
    """The stock of every variant for sale, by name; one statement. Raises Invalid for a cursor of another list."""
    query = _rows(merchant_id).where(Variant.active, Product.archived.is_(False))
    condition = matches(text)
    if condition is not None:
        query = query.where(condition)
    elif text.strip():
        return StockPage(())
    available = func.coalesce(Stock.on_hand - Stock.reserved, 0)
    if only in ("low", "out"):
        query = query.where(func.coalesce(Stock.tracked, True), available <= (_low_at() if only == "low" else 0))
    elif only == "reserved":
        query = query.where(Stock.reserved > 0)
    at = read_cursor(cursor, str, str)
    if at is not None:
        query = query.where(tuple_(Product.name, Variant.id) > tuple_(literal(at[0]), literal(at[1])))
    rows = [_row(row) for row in db.session.execute(query.order_by(Product.name, Variant.id).limit(limit + 1))]
    more = len(rows) > limit
    return StockPage(
        tuple(rows[:limit]), write_cursor(rows[limit - 1].name, rows[limit - 1].variant_id) if more else None
    )


def stock_of(merchant_id: str, variant_id: str) -> StockRow:
    """One variant's stock. Raises NotFound."""
    row = db.session.execute(_rows(merchant_id).where(Variant.id == variant_id)).first()
    if row is None:
        raise NotFound(_("This variant is not in the catalogue."))
    return _row(row)


def low_stock_count(merchant_id: str) -> int:
    """How many counted variants for sale are low or gone."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Stock)
            .join(Variant, and_(Variant.merchant_id == Stock.merchant_id, Variant.id == Stock.variant_id))
            .join(Product, and_(Product.merchant_id == Variant.merchant_id, Product.id == Variant.product_id))
            .where(
                Stock.merchant_id == merchant_id,
                Variant.active,
                Stock.tracked,
                Stock.on_hand - Stock.reserved <= _low_at(),
                Product.archived.is_(False),
            )
        )
        or 0
    )


def movements(
    merchant_id: str, variant_id: str, *, before: int | None = None, limit: int = 50
) -> tuple[list[MovementRow], int | None]:
    """What changed a variant's stock, the newest first, and where the next page begins."""
    query = (
        select(StockMovement, Person.name, Location.name)
        .outerjoin(
            Location,
            and_(Location.merchant_id == StockMovement.merchant_id, Location.id == StockMovement.location_id),
        )
        .outerjoin(Person, Person.id == StockMovement.actor_id)
        .where(StockMovement.merchant_id == merchant_id, StockMovement.variant_id == variant_id)
        .order_by(StockMovement.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        query = query.where(StockMovement.id < before)
    rows = [
        MovementRow(
            move.id, move.delta, move.reason, move.reference, move.note, name or "", move.created_at, place or ""
        )
        for move, name, place in db.session.execute(query)
    ]
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def open_promises(merchant_id: str, variant_id: str, limit: int = 50) -> list[tuple[str, int]]:
    """Which orders a variant's reserved units are promised to, with how many."""
    rows = db.session.execute(
        select(Reservation.order_id, Reservation.quantity)
        .where(
            Reservation.merchant_id == merchant_id, Reservation.variant_id == variant_id, Reservation.state == "open"
        )
        .order_by(Reservation.created_at)
        .limit(limit)
    )
    return [(order_id, quantity) for order_id, quantity in rows]


def _low_at() -> ColumnElement[int]:
    """At how many available units a row counts as low."""
    return func.coalesce(Stock.low_at, LOW_AT)


def _rows(merchant_id: str) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Variant.id,
            Variant.product_id,
            Product.name,
            Variant.label,
            Variant.sku,
            Product.image_url,
            Stock.on_hand,
            Stock.reserved,
            Stock.tracked,
            Stock.low_at,
        )
        .join(Product, and_(Product.merchant_id == Variant.merchant_id, Product.id == Variant.product_id))
        .outerjoin(Stock, and_(Stock.merchant_id == Variant.merchant_id, Stock.variant_id == Variant.id))
        .where(Variant.merchant_id == merchant_id)
    )


def _row(row: Any) -> StockRow:
    return StockRow(
        variant_id=row.id,
        product_id=row.product_id,
        name=row.name,
        label=row.label,
        sku=row.sku or "",
        image_url=row.image_url,
        on_hand=row.on_hand or 0,
        reserved=row.reserved or 0,
        tracked=row.tracked is not False,
        low_at=row.low_at,
    )
