"""Places, transfers, counts and what is to be picked, as the merchant sees them. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, literal, select, tuple_
from sqlalchemy.orm import aliased

from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _
from core.catalog.models import Product, Variant
from core.catalog.paging import read_cursor, write_cursor
from core.catalog.search import matches
from core.inventory.models import (
    Location,
    Stock,
    StockAllocation,
    StockCount,
    StockCountLine,
    StockLevel,
    StockTransfer,
    StockTransferLine,
)
from core.parties.models import Person


@dataclass(frozen=True, slots=True)
class LocationRow:
    id: str
    name: str
    address: str
    priority: int
    active: bool
    on_hand: int
    allocated: int


@dataclass(frozen=True, slots=True)
class TransferRow:
    """A transfer; `units` sent, `received` arrived."""

    id: str
    from_name: str
    to_name: str
    state: str
    note: str
    by: str
    created_at: datetime
    units: int
    received: int


@dataclass(frozen=True, slots=True)
class GoodsRow:
    """A variant in a transfer, a count or a picking list; what the numbers mean depends on where it stands."""

    variant_id: str
    name: str
    label: str
    sku: str
    quantity: int | None
    other: int | None = None
    order_id: str = ""


@dataclass(frozen=True, slots=True)
class CountRow:
    id: str
    name: str
    location: str
    location_id: str | None
    state: str
    by: str
    created_at: datetime


def locations_of(merchant_id: str, *, active_only: bool = False) -> list[LocationRow]:
    """The merchant's places in their order, with what lies there; one statement."""
    query = (
        select(
            *(Location.id, Location.name, Location.address, Location.priority, Location.active),
            func.coalesce(func.sum(StockLevel.on_hand), 0),
            func.coalesce(func.sum(StockLevel.allocated), 0),
        )
        .outerjoin(
            StockLevel,
            and_(StockLevel.merchant_id == Location.merchant_id, StockLevel.location_id == Location.id),
        )
        .where(Location.merchant_id == merchant_id)
        .group_by(Location.id, Location.name, Location.address, Location.priority, Location.active, Location.created_at)
        .order_by(Location.priority, Location.created_at, Location.id)
    )
    if active_only:
        query = query.where(Location.active)
    return [LocationRow(*row[:5], int(row[5]), int(row[6])) for row in db.session.execute(query)]


def levels_of(merchant_id: str, variant_id: str) -> list[tuple[str, str, int, int]]:
    """What of a variant lies in each open place: id, name, on hand, allocated; one statement."""
    rows = db.session.execute(
        select(
            Location.id,
            Location.name,
            func.coalesce(StockLevel.on_hand, 0),
            func.coalesce(StockLevel.allocated, 0),
        )
        .outerjoin(
            StockLevel,
            and_(
                StockLevel.merchant_id == Location.merchant_id,
                StockLevel.location_id == Location.id,
                StockLevel.variant_id == variant_id,
            ),
        )
        .where(Location.merchant_id == merchant_id, Location.active)
        .order_by(Location.priority, Location.created_at, Location.id)
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def transfers_of(merchant_id: str, transfer_id: str | None = None, limit: int = 50) -> list[TransferRow]:
    """The newest transfers, or one; one statement."""
    here, there = aliased(Location), aliased(Location)
    query = (
        select(
            *(StockTransfer.id, here.name, there.name, StockTransfer.state, StockTransfer.note),
            *(func.coalesce(Person.name, ""), StockTransfer.created_at),
            func.coalesce(func.sum(StockTransferLine.quantity), 0),
            func.coalesce(func.sum(StockTransferLine.received), 0),
        )
        .join(here, and_(here.merchant_id == StockTransfer.merchant_id, here.id == StockTransfer.from_id))
        .join(there, and_(there.merchant_id == StockTransfer.merchant_id, there.id == StockTransfer.to_id))
        .join(
            StockTransferLine,
            and_(
                StockTransferLine.merchant_id == StockTransfer.merchant_id,
                StockTransferLine.transfer_id == StockTransfer.id,
            ),
        )
        .outerjoin(Person, Person.id == StockTransfer.created_by)
        .where(StockTransfer.merchant_id == merchant_id)
        .group_by(
            *(StockTransfer.id, here.name, there.name, StockTransfer.state, StockTransfer.note, Person.name),
            StockTransfer.created_at,
        )
        .order_by(StockTransfer.created_at.desc(), StockTransfer.id.desc())
        .limit(limit)
    )
    if transfer_id is not None:
        query = query.where(StockTransfer.id == transfer_id)
    return [TransferRow(*row[:7], int(row[7]), int(row[8] or 0)) for row in db.session.execute(query)]


def transfer_of(merchant_id: str, transfer_id: str) -> tuple[TransferRow, list[GoodsRow]]:
    """A transfer with its lines (quantity sent, other: received); two statements. Raises NotFound."""
    found = transfers_of(merchant_id, transfer_id, 1)
    if not found:
        raise NotFound(_("There is no such transfer."))
    rows = db.session.execute(
        select(
            Variant.id, Product.name, Variant.label, Variant.sku, StockTransferLine.quantity, StockTransferLine.received
        )
        .join(
            StockTransferLine,
            and_(StockTransferLine.merchant_id == Variant.merchant_id, StockTransferLine.variant_id == Variant.id),
        )
        .join(Product, and_(Product.merchant_id == Variant.merchant_id, Product.id == Variant.product_id))
        .where(StockTransferLine.merchant_id == merchant_id, StockTransferLine.transfer_id == transfer_id)
        .order_by(Product.name, Variant.position, Variant.id)
    )
    return found[0], [GoodsRow(row[0], row[1], row[2], row[3] or "", row[4], row[5]) for row in rows]


def goods_at(
    merchant_id: str, location_id: str, *, text: str = "", cursor: str | None = None, limit: int = 50
) -> tuple[list[GoodsRow], str | None]:
    """What lies in a place (quantity) and is free (other), by name, and where the next page begins; one statement."""
    query = (
        select(
            *(Variant.id, Product.name, Variant.label, Variant.sku, StockLevel.on_hand),
            (StockLevel.on_hand - StockLevel.allocated).label("free"),
        )
        .join(StockLevel, and_(StockLevel.merchant_id == Variant.merchant_id, StockLevel.variant_id == Variant.id))
        .join(Product, and_(Product.merchant_id == Variant.merchant_id, Product.id == Variant.product_id))
        .where(Variant.merchant_id == merchant_id, StockLevel.location_id == location_id, StockLevel.on_hand > 0)
    )
    condition = matches(text)
    if condition is not None:
        query = query.where(condition)
    at = read_cursor(cursor, str, str)
    if at is not None:
        query = query.where(tuple_(Product.name, Variant.id) > tuple_(literal(at[0]), literal(at[1])))
    found = db.session.execute(query.order_by(Product.name, Variant.id).limit(limit + 1)).all()
    rows = [GoodsRow(row[0], row[1], row[2], row[3] or "", row[4], row[5]) for row in found[:limit]]
    more = len(found) > limit
    return rows, write_cursor(rows[-1].name, rows[-1].variant_id) if more else None


def picking_list(merchant_id: str, location_id: str | None = None, limit: int = 200) -> list[tuple[str, str, GoodsRow]]:
    """What is to be taken where for which order, the oldest first: place id, place, goods; one statement."""
    query = (
        select(
            *(Location.id, Location.name, Variant.id, Product.name, Variant.label, Variant.sku),
            *(StockAllocation.quantity, StockAllocation.order_id),
        )
        .select_from(StockAllocation)
        .join(
            Location,
            and_(Location.merchant_id == StockAllocation.merchant_id, Location.id == StockAllocation.location_id),
        )
        .join(
            Variant,
            and_(Variant.merchant_id == StockAllocation.merchant_id, Variant.id == StockAllocation.variant_id),
        )
        .join(Product, and_(Product.merchant_id == Variant.merchant_id, Product.id == Variant.product_id))
        .where(StockAllocation.merchant_id == merchant_id, StockAllocation.state == "open")
        .order_by(Location.priority, Location.id, StockAllocation.created_at, StockAllocation.id)
        .limit(limit)
    )
    if location_id:
        query = query.where(StockAllocation.location_id == location_id)
    return [
        (row[0], row[1], GoodsRow(row[2], row[3], row[4], row[5] or "", row[6], None, row[7]))
        for row in db.session.execute(query)
    ]


def counts_of(merchant_id: str, count_id: str | None = None, limit: int = 50) -> list[CountRow]:
    """The newest counts, or one; one statement."""
    query = (
        select(
            *(StockCount.id, StockCount.name, func.coalesce(Location.name, ""), StockCount.location_id),
            *(StockCount.state, func.coalesce(Person.name, ""), StockCount.created_at),
        )
        .outerjoin(
            Location, and_(Location.merchant_id == StockCount.merchant_id, Location.id == StockCount.location_id)
        )
        .outerjoin(Person, Person.id == StockCount.created_by)
        .where(StockCount.merchant_id == merchant_id)
        .order_by(StockCount.created_at.desc(), StockCount.id.desc())
        .limit(limit)
    )
    if count_id is not None:
        query = query.where(StockCount.id == count_id)
    return [CountRow(*row) for row in db.session.execute(query)]


def count_of(merchant_id: str, count_id: str) -> CountRow:
    """One count. Raises NotFound."""
    found = counts_of(merchant_id, count_id, 1)
    if not found:
        raise NotFound(_("There is no such count."))
    return found[0]


def count_lines(
    merchant_id: str, count_id: str, *, text: str = "", only: str = "", cursor: str | None = None, limit: int = 50
) -> tuple[list[GoodsRow], str | None]:
    """Lines of a count (quantity counted, other: expected), by name; `only` open or different. One statement."""
    query = (
        select(*(Variant.id, Product.name, Variant.label, Variant.sku, StockCountLine.counted, StockCountLine.expected))
        .join(
            StockCountLine,
            and_(StockCountLine.merchant_id == Variant.merchant_id, StockCountLine.variant_id == Variant.id),
        )
        .join(Product, and_(Product.merchant_id == Variant.merchant_id, Product.id == Variant.product_id))
        .where(StockCountLine.merchant_id == merchant_id, StockCountLine.count_id == count_id)
    )
    condition = matches(text)
    if condition is not None:
        query = query.where(condition)
    if only == "open":
        query = query.where(StockCountLine.counted.is_(None))
    elif only == "different":
        query = query.where(StockCountLine.counted != StockCountLine.expected)
    at = read_cursor(cursor, str, str)
    if at is not None:
        query = query.where(tuple_(Product.name, Variant.id) > tuple_(literal(at[0]), literal(at[1])))
    found = db.session.execute(query.order_by(Product.name, Variant.id).limit(limit + 1)).all()
    rows = [GoodsRow(row[0], row[1], row[2], row[3] or "", row[4], row[5]) for row in found[:limit]]
    return rows, write_cursor(rows[-1].name, rows[-1].variant_id) if len(found) > limit else None


def low_rows(merchant_id: str, low_default: int, limit: int = 50) -> list[GoodsRow]:
    """Counted variants for sale that are low (quantity: available), the scarcest first; one statement."""
    available = Stock.on_hand - Stock.reserved
    rows = db.session.execute(
        select(Variant.id, Product.name, Variant.label, Variant.sku, available)
        .join(Stock, and_(Stock.merchant_id == Variant.merchant_id, Stock.variant_id == Variant.id))
        .join(Product, and_(Product.merchant_id == Variant.merchant_id, Product.id == Variant.product_id))
        .where(
            Variant.merchant_id == merchant_id,
            Variant.active,
            Product.archived.is_(False),
            Stock.tracked,
            available <= func.coalesce(Stock.low_at, low_default),
        )
        .order_by(available, Product.name, Variant.id)
        .limit(limit)
    )
    return [GoodsRow(row[0], row[1], row[2], row[3] or "", row[4]) for row in rows]
