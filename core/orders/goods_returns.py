"""Goods that come back (RMA): asked for by line, approved, received and looked at, then paid back or exchanged.

What comes back is worth exactly what was paid for it (`core.orders.shares`): whatever is returned in whatever steps
adds up to what was paid, and never to more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from core.audit import record
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.i18n import gettext
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.outbox import emit
from core.base.transactions import transactional
from core.catalog.models import Variant
from core.contract.views import AddressView
from core.inventory import service as inventory
from core.inventory.models import Location, Stock
from core.orders.fulfilment import value_of
from core.orders.models import Order, OrderLine
from core.orders.moves import BUYER, SYSTEM, authorise, lock_order, write_event
from core.orders.return_models import GoodsReturn, GoodsReturnLine, ReturnPicture
from core.orders.return_queries import owed, return_lines, returnable
from core.orders.return_states import REASONS, TOPICS, WISHES, ReturnState, require_return_move
from core.orders.returns import refund_order, refundable_of, resume_release
from core.orders.staff_orders import Made, WantedLine, WantedOrder, make_order
from core.orders.states import WrongState
from core.payments.errors import RefundTooMuch
from core.shops.queries import shop_context

PICTURES_MAX = 4
TEXT_MAX = 1000


@dataclass(frozen=True, slots=True)
class Arrived:
    """What became of a returned line: how many pieces arrived, and how many of them can be sold again."""

    received: int
    restocked: int


@transactional
def open_return(
    merchant_id: str,
    order_id: str,
    *,
    lines: Mapping[str, int],
    wish: str,
    reason: str,
    text: str = "",
    variants: Mapping[str, str] | None = None,
    pictures: Sequence[bytes] = (),
    actor: str = BUYER,
) -> str:
    """Ask to send pieces of an order back, for money or for other variants (by line). Returns the return's id.

    While it is open, escrow is not released. One that staff open is approved at once. `pictures` are prepared ones.
    Raises OrderNotFound, NotAllowed, WrongState, Invalid.
    """
    authorise(merchant_id, actor, "orders.fulfil")
    order = lock_order(merchant_id, order_id)
    rows = _lines(order)
    wanted = {line_id: count for line_id, count in lines.items() if count}
    _require_returnable(order, wanted, returnable(order, list(rows.values()), by_buyer=actor == BUYER))
    if wish not in WISHES or reason not in REASONS:
        raise Invalid(_("Please correct the marked fields."), fields={"reason": _("Choose one of these.")})
    if reason == "other" and not text.strip():
        raise Invalid(_("Please say why."), fields={"text": _("The shop needs to know what is wrong.")})
    chosen = {key: value for key, value in (variants or {}).items() if value and key in wanted}
    if wish == "exchange":
        _require_variants(order, {key: rows[key] for key in wanted}, chosen)
    number = db.session.scalar(
        select(func.count())
        .select_from(GoodsReturn)
        .where(GoodsReturn.merchant_id == merchant_id, GoodsReturn.order_id == order_id)
    )
    moment, state = clock.now(), ReturnState.REQUESTED if actor == BUYER else ReturnState.APPROVED
    found = GoodsReturn(
        merchant_id=merchant_id,
        id=new_id("rtn"),
        order_id=order_id,
        number=(number or 0) + 1,
        state=state,
        wish=wish,
        reason=reason,
        text=text.strip()[:TEXT_MAX],
        answer="",
        sent={},
        opened_by=actor,
        created_at=moment,
        changed_at=moment,
    )
    db.session.add(found)
    db.session.flush()
    for line_id, count in wanted.items():
        db.session.add(
            GoodsReturnLine(
                merchant_id=merchant_id,
                return_id=found.id,
                order_line_id=line_id,
                quantity=count,
                exchange_variant_id=chosen.get(line_id) if wish == "exchange" else None,
            )
        )
    for position, content in enumerate(pictures[:PICTURES_MAX]):
        db.session.add(
            ReturnPicture(
                merchant_id=merchant_id, id=new_id("pic"), return_id=found.id, content=content, position=position
            )
        )
    order.release_at = None
    items = [f"{count} × {rows[line_id].name}" for line_id, count in wanted.items()]
    _tell(order, found, actor, {"items": items})
    return found.id


@transactional
def approve_return(merchant_id: str, return_id: str, *, instructions: str, actor: str) -> None:
    """Have the buyer send the goods, with words where to. Raises NotFound, NotAllowed, WrongState, Invalid."""
    authorise(merchant_id, actor, "orders.fulfil")
    order, found = _locked_return(merchant_id, return_id)
    if not instructions.strip():
        words = _("Say where the goods go and how: the buyer reads it.")
        raise Invalid(words, fields={"answer": words})
    found.answer = instructions.strip()[:TEXT_MAX]
    _move(order, found, ReturnState.APPROVED, actor, {"answer": found.answer})


@transactional
def decline_return(merchant_id: str, return_id: str, *, answer: str, actor: str) -> None:
    """Say no, with the reason. Raises NotFound, NotAllowed, WrongState, Invalid."""
    authorise(merchant_id, actor, "orders.fulfil")
    order, found = _locked_return(merchant_id, return_id)
    if not answer.strip():
        raise Invalid(_("Please say why."), fields={"answer": _("The buyer reads this.")})
    found.answer = answer.strip()[:TEXT_MAX]
    _move(order, found, ReturnState.DECLINED, actor, {"answer": found.answer})


@transactional
def withdraw_return(merchant_id: str, return_id: str) -> None:
    """The buyer keeps the goods after all. Raises NotFound, WrongState."""
    order, found = _locked_return(merchant_id, return_id)
    _move(order, found, ReturnState.WITHDRAWN, BUYER)


@transactional
def close_return(merchant_id: str, return_id: str, *, actor: str) -> None:
    """The goods never arrived: the return ends, and the order goes on. Raises NotFound, NotAllowed, WrongState."""
    authorise(merchant_id, actor, "orders.fulfil")
    order, found = _locked_return(merchant_id, return_id)
    _move(order, found, ReturnState.CLOSED, actor)


@transactional
def tell_sent(merchant_id: str, return_id: str, *, carrier: str, number: str, actor: str = BUYER) -> None:
    """Note the parcel by which the goods come. Raises NotFound, NotAllowed, WrongState, Invalid."""
    authorise(merchant_id, actor, "orders.fulfil")
    order, found = _locked_return(merchant_id, return_id)
    if found.state != ReturnState.APPROVED:
        raise WrongState(_("The shop does not wait for these goods."))
    if not number.strip():
        words = _("Write down the number of the parcel.")
        raise Invalid(words, fields={"number": words})
    found.sent = {"carrier": carrier.strip()[:80], "number": number.strip()[:80]}
    told = {"carrier": found.sent["carrier"], "tracking_number": found.sent["number"]}
    write_event(order, "return_sent", actor, told)
    emit("return.sent", _payload(order, found), merchant_id=merchant_id)


@transactional
def receive_return(
    merchant_id: str,
    return_id: str,
    arrived: Mapping[str, Arrived],
    *,
    location_id: str | None = None,
    actor: str,
) -> int:
    """The goods are here and have been looked at: what can be sold again goes into stock, the rest is written off.

    Returns what was paid for them with their share of delivery and fees, in minor units.
    Raises NotFound, NotAllowed, WrongState, Invalid.
    """
    authorise(merchant_id, actor, "orders.fulfil")
    order, found = _locked_return(merchant_id, return_id)
    require_return_move(found.state, ReturnState.RECEIVED)
    if location_id is not None:
        place = db.session.get(Location, (merchant_id, location_id))
        if place is None or not place.active:
            raise NotFound(_("There is no such location."))
    lines = return_lines(merchant_id, return_id)
    _require_arrived(lines, arrived)
    rows = _lines(order)
    counts = {key: one.received for key, one in arrived.items() if one.received}
    found.value_minor = value_of(order, counts, False)
    found.beside_minor = value_of(order, counts, True) - found.value_minor
    back: dict[str, int] = {}
    for line in lines:
        one = arrived.get(line.order_line_id, Arrived(0, 0))
        line.received_quantity, line.restocked_quantity, line.location_id = one.received, one.restocked, location_id
        rows[line.order_line_id].returned_quantity += one.received
        if one.restocked:
            variant_id = rows[line.order_line_id].variant_id
            back[variant_id] = back.get(variant_id, 0) + one.restocked
    db.session.flush()
    _restock(order, back, location_id, actor)
    items = [f"{count} × {rows[line_id].name}" for line_id, count in counts.items()]
    _move(order, found, ReturnState.RECEIVED, actor, {"items": items})
    return found.value_minor + found.beside_minor


@transactional
def settle_with_money(
    merchant_id: str, return_id: str, *, with_delivery: bool = False, amount_minor: int | None = None, actor: str
) -> int:
    """Pay back what the returned goods were worth (with their share of delivery and fees or without), or another
    amount. Returns how much. Raises NotFound, NotAllowed, WrongState, RefundTooMuch, NotEnoughMoney, LimitReached.
    """
    authorise(merchant_id, actor, "orders.refund")
    order, found = _locked_return(merchant_id, return_id)
    require_return_move(found.state, ReturnState.SETTLED)
    if amount_minor is None:
        amount_minor = min(owed(found, with_delivery), refundable_of(order))
    if not 0 <= amount_minor <= refundable_of(order):
        raise RefundTooMuch
    if amount_minor:
        reason = gettext("Return %(code)s", code=f"{order.code}-R{found.number}")
        refund_order(merchant_id, order.id, amount_minor=amount_minor, reason=reason, actor=actor)
        found.refunded_minor += amount_minor
    _move(order, found, ReturnState.SETTLED, actor, {"refunded_minor": amount_minor})
    return amount_minor


@transactional
def settle_with_exchange(
    merchant_id: str, return_id: str, *, variants: Mapping[str, str] | None = None, actor: str
) -> Made:
    """Send other variants for what came back, in an order of its own that the value of the goods pays for.

    `variants` says which, by line; else what the buyer wished. What is dearer is to be paid by the buyer; what is
    cheaper is paid back. Raises NotFound, NotAllowed, WrongState, Invalid, StockGone, NotEnoughMoney, LimitReached.
    """
    authorise(merchant_id, actor, "orders.fulfil")
    order, found = _locked_return(merchant_id, return_id)
    require_return_move(found.state, ReturnState.SETTLED)
    counts: dict[str, int] = {}
    for line in return_lines(merchant_id, return_id):
        if line.received_quantity:
            chosen = (variants or {}).get(line.order_line_id) or line.exchange_variant_id
            if not chosen:
                words = _("Choose what is sent instead.")
                raise Invalid(words, fields={f"variant-{line.order_line_id}": words})
            line.exchange_variant_id = chosen
            counts[chosen] = counts.get(chosen, 0) + line.received_quantity
    credit = owed(found, False)
    wanted = WantedOrder(
        email=order.email,
        locale=order.locale,
        lines=tuple(WantedLine(variant_id, count) for variant_id, count in counts.items()),
        address=AddressView(**order.address) if order.address else None,
        customer_id=order.customer_id,
    )
    label = gettext("Returned goods of order %(code)s", code=order.code)
    made = make_order(shop_context(merchant_id), wanted, actor_id=actor, credit=(label, credit))
    found.exchange_order_id = made.order_id
    exchange = lock_order(merchant_id, made.order_id)
    left = min(credit - made.credit_minor, refundable_of(order))
    if left > 0:
        reason = gettext("Return %(code)s", code=f"{order.code}-R{found.number}")
        refund_order(merchant_id, order.id, amount_minor=left, reason=reason, actor=actor)
        found.refunded_minor += left
    write_event(exchange, "exchange_of", actor, {"order_id": order.id, "code": order.code})
    told = {"exchange_order_id": made.order_id, "code": made.code, "refunded_minor": max(left, 0)}
    _move(order, found, ReturnState.SETTLED, actor, told)
    if order.release_at is not None:
        # The buyer looks at what comes instead before the shop gets the money for the first.
        days = shop_context(merchant_id).auto_release_days
        order.release_at = max(order.release_at, clock.now() + timedelta(days=days))
    return made


def reopen_exchange(exchange: Order) -> None:
    """The order of an exchange is cancelled: what came back is to be settled anew. In a use case."""
    found = db.session.scalars(
        select(GoodsReturn)
        .where(GoodsReturn.merchant_id == exchange.merchant_id, GoodsReturn.exchange_order_id == exchange.id)
        .with_for_update()
    ).one_or_none()
    if found is None or found.state != ReturnState.SETTLED:
        return
    order = lock_order(exchange.merchant_id, found.order_id)
    order.release_at = None
    found.exchange_order_id, found.ended_at = None, None
    found.state, found.changed_at = ReturnState.RECEIVED, clock.now()
    _tell(order, found, SYSTEM, {"reason": exchange.code})


def _locked_return(merchant_id: str, return_id: str) -> tuple[Order, GoodsReturn]:
    order_id = db.session.scalar(
        select(GoodsReturn.order_id).where(GoodsReturn.merchant_id == merchant_id, GoodsReturn.id == return_id)
    )
    if order_id is None:
        raise NotFound(_("There is no such return."))
    order = lock_order(merchant_id, order_id)
    found = db.session.get(GoodsReturn, (merchant_id, return_id), populate_existing=True)
    assert found is not None
    return order, found


def _lines(order: Order) -> dict[str, OrderLine]:
    return {
        line.id: line
        for line in db.session.scalars(
            select(OrderLine)
            .where(OrderLine.merchant_id == order.merchant_id, OrderLine.order_id == order.id)
            .order_by(OrderLine.position)
            .execution_options(populate_existing=True)
        )
    }


def _require_returnable(order: Order, wanted: Mapping[str, int], left: Mapping[str, int]) -> None:
    if not left:
        raise WrongState(_("Nothing of this order can be sent back any more."))
    if not wanted:
        words = _("Choose at least one piece.")
        raise Invalid(words, fields={"lines": words})
    for line_id, count in wanted.items():
        if not 0 < count <= left.get(line_id, 0):
            words = _("At most %(left)s can come back.", left=left.get(line_id, 0))
            raise Invalid(words, fields={f"line-{line_id}": words})


def _require_variants(order: Order, lines: Mapping[str, OrderLine], chosen: Mapping[str, str]) -> None:
    """Each line names a variant of the same product. Raises Invalid."""
    known = dict(
        db.session.execute(
            select(Variant.id, Variant.product_id).where(
                Variant.merchant_id == order.merchant_id, Variant.id.in_(list(chosen.values())), Variant.active
            )
        ).all()
    )
    for line_id, line in lines.items():
        if known.get(chosen.get(line_id, "")) != line.product_id:
            words = _("Choose what you would like instead.")
            raise Invalid(words, fields={f"variant-{line_id}": words})


def _require_arrived(lines: Sequence[GoodsReturnLine], arrived: Mapping[str, Arrived]) -> None:
    asked = {line.order_line_id: line.quantity for line in lines}
    if not any(one.received for one in arrived.values()):
        words = _("Say how many pieces arrived. If nothing ever came, end the return instead.")
        raise Invalid(words, fields={"lines": words})
    for line_id, one in arrived.items():
        if not 0 <= one.restocked <= one.received <= asked.get(line_id, 0):
            words = _("At most as many as were asked for arrive, and at most as many are put back.")
            raise Invalid(words, fields={f"received-{line_id}": words})


def _restock(order: Order, back: Mapping[str, int], location_id: str | None, actor: str) -> None:
    tracked = db.session.scalars(
        select(Stock.variant_id).where(
            Stock.merchant_id == order.merchant_id, Stock.variant_id.in_(list(back)), Stock.tracked
        )
    ).all()
    for variant_id in sorted(tracked):
        inventory.adjust_stock(
            order.merchant_id,
            variant_id,
            back[variant_id],
            reason="return",
            note=order.code,
            actor_id=None if actor in (BUYER, SYSTEM) else actor,
            location_id=location_id,
        )


def _payload(order: Order, found: GoodsReturn) -> dict[str, str]:
    return {"order_id": order.id, "code": order.code, "return_id": found.id}


def _move(
    order: Order, found: GoodsReturn, after: ReturnState, actor: str, told: Mapping[str, object] | None = None
) -> None:
    require_return_move(found.state, after)
    found.state, found.changed_at = after, clock.now()
    if after in (ReturnState.SETTLED, ReturnState.DECLINED, ReturnState.WITHDRAWN, ReturnState.CLOSED):
        found.ended_at = clock.now()
        resume_release(order)
    _tell(order, found, actor, told)


def _tell(order: Order, found: GoodsReturn, actor: str, told: Mapping[str, object] | None = None) -> None:
    """The order's timeline, the event after commit, and for staff the audit trail."""
    write_event(order, f"return_{found.state}", actor, {"return_id": found.id, **(told or {})})
    emit(TOPICS[ReturnState(found.state)], _payload(order, found), merchant_id=order.merchant_id)
    if actor not in (BUYER, SYSTEM):
        record(
            TOPICS[ReturnState(found.state)],
            actor_id=actor,
            subject=f"order:{order.id}",
            merchant_id=order.merchant_id,
            details={"return_id": found.id},
        )
