"""Goods that come back, as pages show them: what may, what is under way, what it is worth."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from core.base import clock
from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _
from core.catalog.models import Variant
from core.orders.models import Order, OrderLine
from core.orders.return_models import GoodsReturn, GoodsReturnLine, ReturnPicture
from core.orders.return_states import OPEN, ReturnState
from core.orders.states import OrderState
from core.shops.queries import shop_context
from core.shops.trading import return_days

RETURNABLE = frozenset({OrderState.PARTLY_SHIPPED, OrderState.SHIPPED, OrderState.COMPLETED})
_ON_THE_WAY = (ReturnState.REQUESTED, ReturnState.APPROVED)


@dataclass(frozen=True, slots=True)
class ReturnDetail:
    """A return with its lines and the ids of its pictures."""

    found: GoodsReturn
    lines: Sequence[GoodsReturnLine]
    pictures: Sequence[str]

    @property
    def is_open(self) -> bool:
        return self.found.state in OPEN


@dataclass(frozen=True, slots=True)
class ListedReturn:
    """A return in a list."""

    id: str
    order_id: str
    code: str
    number: int
    state: str
    wish: str
    reason: str
    pieces: int
    created_at: datetime


def returnable(order: Order, lines: Sequence[OrderLine], *, by_buyer: bool) -> dict[str, int]:
    """How many pieces of each line can come back: shipped, not back yet, and in no other return under way.

    Buyers may ask for so many days after the last parcel left as the shop says; staff may open a return at any time.
    """
    if order.state not in RETURNABLE or (by_buyer and _too_late(order)):
        return {}
    rows = db.session.execute(
        select(GoodsReturnLine.order_line_id, func.sum(GoodsReturnLine.quantity))
        .join(
            GoodsReturn,
            (GoodsReturn.merchant_id == GoodsReturnLine.merchant_id) & (GoodsReturn.id == GoodsReturnLine.return_id),
        )
        .where(
            GoodsReturn.merchant_id == order.merchant_id,
            GoodsReturn.order_id == order.id,
            GoodsReturn.state.in_(_ON_THE_WAY),
        )
        .group_by(GoodsReturnLine.order_line_id)
    )
    under_way = {line_id: int(count) for line_id, count in rows}
    left = {line.id: line.shipped_quantity - line.returned_quantity - under_way.get(line.id, 0) for line in lines}
    return {line_id: count for line_id, count in left.items() if count > 0}


def _too_late(order: Order) -> bool:
    if order.shipped_at is None:
        return True
    days = return_days(shop_context(order.merchant_id).options)
    return not days or order.shipped_at + timedelta(days=days) < clock.now()


def owed(found: GoodsReturn, with_delivery: bool) -> int:
    """What the goods that arrived are worth and has not been paid back yet, in minor units."""
    beside = found.beside_minor if with_delivery or found.beside_minor < 0 else 0
    return max(0, found.value_minor + beside - found.refunded_minor)


def return_lines(merchant_id: str, return_id: str) -> Sequence[GoodsReturnLine]:
    """The lines of a return."""
    return db.session.scalars(
        select(GoodsReturnLine)
        .where(GoodsReturnLine.merchant_id == merchant_id, GoodsReturnLine.return_id == return_id)
        .order_by(GoodsReturnLine.order_line_id)
        .execution_options(populate_existing=True)
    ).all()


def returns_of(merchant_id: str, order_id: str) -> list[ReturnDetail]:
    """An order's returns, the newest first; three statements, one where there are none."""
    found = db.session.scalars(
        select(GoodsReturn)
        .where(GoodsReturn.merchant_id == merchant_id, GoodsReturn.order_id == order_id)
        .order_by(GoodsReturn.number.desc())
    ).all()
    return _details(merchant_id, found)


def brief_returns(merchant_id: str, order_id: str) -> Sequence[tuple[str, int, str]]:
    """(id, number, state) of an order's returns, the newest first; one statement."""
    rows = db.session.execute(
        select(GoodsReturn.id, GoodsReturn.number, GoodsReturn.state)
        .where(GoodsReturn.merchant_id == merchant_id, GoodsReturn.order_id == order_id)
        .order_by(GoodsReturn.number.desc())
    )
    return [(row[0], row[1], row[2]) for row in rows]


def return_detail(merchant_id: str, return_id: str) -> ReturnDetail:
    """One return. Raises NotFound."""
    found = db.session.get(GoodsReturn, (merchant_id, return_id), populate_existing=True)
    if found is None:
        raise NotFound(_("There is no such return."))
    return _details(merchant_id, [found])[0]


def _details(merchant_id: str, found: Sequence[GoodsReturn]) -> list[ReturnDetail]:
    if not found:
        return []
    ids = [one.id for one in found]
    lines: dict[str, list[GoodsReturnLine]] = {}
    for line in db.session.scalars(
        select(GoodsReturnLine)
        .where(GoodsReturnLine.merchant_id == merchant_id, GoodsReturnLine.return_id.in_(ids))
        .order_by(GoodsReturnLine.return_id, GoodsReturnLine.order_line_id)
    ):
        lines.setdefault(line.return_id, []).append(line)
    pictures: dict[str, list[str]] = {}
    for return_id, picture_id in db.session.execute(
        select(ReturnPicture.return_id, ReturnPicture.id)
        .where(ReturnPicture.merchant_id == merchant_id, ReturnPicture.return_id.in_(ids))
        .order_by(ReturnPicture.return_id, ReturnPicture.position)
    ):
        pictures.setdefault(return_id, []).append(picture_id)
    return [ReturnDetail(one, lines.get(one.id, []), pictures.get(one.id, [])) for one in found]


def picture_of(merchant_id: str, order_id: str, picture_id: str) -> bytes:
    """A picture of a return of this order. Raises NotFound."""
    content = db.session.scalar(
        select(ReturnPicture.content)
        .join(
            GoodsReturn,
            (GoodsReturn.merchant_id == ReturnPicture.merchant_id) & (GoodsReturn.id == ReturnPicture.return_id),
        )
        .where(
            ReturnPicture.merchant_id == merchant_id, ReturnPicture.id == picture_id, GoodsReturn.order_id == order_id
        )
    )
    if content is None:
        raise NotFound(_("There is no such picture."))
    return content


def list_returns(
    merchant_id: str, *, state: str = "", before: str = "", limit: int = 50
) -> tuple[list[ListedReturn], str | None]:
    """A page of the merchant's returns, the newest first, and where the next begins. `state` open: all open ones."""
    query = (
        select(
            *(GoodsReturn.id, GoodsReturn.order_id, Order.code, GoodsReturn.number, GoodsReturn.state),
            *(GoodsReturn.wish, GoodsReturn.reason, _PIECES, GoodsReturn.created_at),
        )
        .join(Order, (Order.merchant_id == GoodsReturn.merchant_id) & (Order.id == GoodsReturn.order_id))
        .where(GoodsReturn.merchant_id == merchant_id)
        .order_by(GoodsReturn.id.desc())
        .limit(limit + 1)
    )
    if state == "open":
        query = query.where(GoodsReturn.state.in_([str(one) for one in OPEN]))
    elif state:
        query = query.where(GoodsReturn.state == state)
    if before:
        query = query.where(GoodsReturn.id < before)
    rows = [ListedReturn(*row) for row in db.session.execute(query)]
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


_PIECES = (
    select(func.sum(GoodsReturnLine.quantity))
    .where(GoodsReturnLine.merchant_id == GoodsReturn.merchant_id, GoodsReturnLine.return_id == GoodsReturn.id)
    .scalar_subquery()
)


def open_returns(merchant_id: str) -> int:
    """How many returns wait for the shop or for their goods."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(GoodsReturn)
            .where(GoodsReturn.merchant_id == merchant_id, GoodsReturn.state.in_([str(one) for one in OPEN]))
        )
        or 0
    )


def variants_beside(merchant_id: str, product_ids: Collection[str]) -> dict[str, list[tuple[str, str, int]]]:
    """What products may be exchanged for: (variant id, its words, price in minor units) by product; one statement."""
    found: dict[str, list[tuple[str, str, int]]] = {}
    for product_id, variant_id, label, price_minor in db.session.execute(
        select(Variant.product_id, Variant.id, Variant.label, Variant.price_minor)
        .where(Variant.merchant_id == merchant_id, Variant.product_id.in_(sorted(product_ids)), Variant.active)
        .order_by(Variant.product_id, Variant.position, Variant.id)
    ):
        found.setdefault(product_id, []).append((variant_id, label, price_minor))
    return found
