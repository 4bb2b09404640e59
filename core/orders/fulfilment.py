"""Packing and shipping: an order leaves in one parcel or in several, and what does not leave is taken out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select

from core.audit import record
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.outbox import emit
from core.base.transactions import transactional
from core.catalog.models import GOODS
from core.inventory import service as inventory
from core.inventory.models import Location
from core.orders.card_lines import complete_if_only_cards
from core.orders.models import Order, OrderLine, Shipment, ShipmentLine
from core.orders.moves import BUYER, SYSTEM, authorise, lock_order, move, notify_moved, write_event
from core.orders.returns import give_back, refundable_of, waits_for_answer
from core.orders.shares import PaidLine, worth
from core.orders.states import LABELS, OrderState, WrongState, require_move
from core.shops.queries import shop_context

PERMISSION = "orders.fulfil"
OPEN = frozenset({OrderState.PAID, OrderState.PACKED, OrderState.PARTLY_SHIPPED})
"""States in which goods can be packed, shipped and taken out."""


@dataclass(frozen=True, slots=True)
class Tracking:
    """Who carries a parcel, and how it is followed."""

    carrier: str
    tracking_number: str
    tracking_url: str = ""

    def checked(self) -> Tracking:
        """Trimmed and complete. Raises Invalid with `fields`."""
        fields: dict[str, object] = {}
        if not self.carrier.strip():
            fields["carrier"] = _("Who carries it?")
        if not self.tracking_number.strip():
            fields["tracking_number"] = _("The buyer follows the parcel with this number.")
        if self.tracking_url and not self.tracking_url.strip().startswith("https://"):
            fields["tracking_url"] = _("A link begins with https://")
        if fields:
            raise Invalid(_("The parcel could not be saved."), fields=fields)
        return Tracking(self.carrier.strip()[:80], self.tracking_number.strip()[:80], self.tracking_url.strip()[:300])


@transactional
def mark_packed(merchant_id: str, order_id: str, *, actor: str) -> str:
    """All that is left is packed, in one parcel. Returns the parcel's id. Raises as `pack_parcel` does."""
    return pack_parcel(merchant_id, order_id, actor=actor)


@transactional
def pack_parcel(
    merchant_id: str,
    order_id: str,
    *,
    actor: str,
    lines: Mapping[str, int] | None = None,
    location_id: str | None = None,
) -> str:
    """Put goods into a parcel: so many of each line (its id), or all that is neither packed nor shipped.

    `location_id` says from where they are taken. Returns the parcel's id.
    Raises OrderNotFound, NotAllowed, WrongState, Invalid (more than are left), NotFound (the place).
    """
    authorise(merchant_id, actor, PERMISSION)
    order = _locked(merchant_id, order_id)
    if location_id is not None:
        _require_place(merchant_id, location_id)
    unpacked = _unpacked(order)
    if not unpacked:
        raise _moved_on(order)
    wanted = unpacked if lines is None else {key: count for key, count in lines.items() if count}
    _require_pieces(order, wanted, unpacked)
    shipment_id = _write_parcel(order, wanted, location_id, actor)
    write_event(order, "parcel_packed", actor, {"shipment_id": shipment_id, "pieces": sum(wanted.values())})
    if order.state == OrderState.PAID and wanted == unpacked:
        move(order, OrderState.PACKED, actor)
    return shipment_id


@transactional
def unpack_parcel(merchant_id: str, shipment_id: str, *, actor: str) -> None:
    """Take a parcel that has not left apart again. Raises NotFound, NotAllowed, WrongState."""
    authorise(merchant_id, actor, PERMISSION)
    order, parcel = _locked_parcel(merchant_id, shipment_id)
    _drop_parcels(order, [parcel.id])
    if order.state != OrderState.PACKED:
        write_event(order, "parcel_unpacked", actor, {"shipment_id": shipment_id})
        return
    require_move(order.state, OrderState.PAID)
    order.state = OrderState.PAID
    write_event(order, "parcel_unpacked", actor, {"shipment_id": shipment_id})
    notify_moved(order, OrderState.PACKED)
    emit("order.unpacked", {"order_id": order.id, "code": order.code}, merchant_id=merchant_id)


@transactional
def ship_parcel(
    merchant_id: str, shipment_id: str, *, carrier: str, tracking_number: str, tracking_url: str = "", actor: str
) -> None:
    """Hand a packed parcel to a carrier: its goods leave the stock, and with the last one the order is shipped.

    Raises NotFound, NotAllowed, WrongState, Invalid, LocationShort.
    """
    authorise(merchant_id, actor, PERMISSION)
    tracking = Tracking(carrier, tracking_number, tracking_url).checked()
    order, parcel = _locked_parcel(merchant_id, shipment_id)
    _ship(order, parcel, tracking, actor)


@transactional
def ship_order(
    merchant_id: str,
    order_id: str,
    *,
    carrier: str,
    tracking_number: str,
    tracking_url: str = "",
    actor: str,
    lines: Mapping[str, int] | None = None,
    location_id: str | None = None,
) -> str:
    """Ship so many of each line in one parcel, or all that has not left yet, packed or not. Returns the parcel's id.

    With the last piece the days until escrow is released begin to count.
    Raises OrderNotFound, NotAllowed, WrongState, Invalid, LocationShort, NotFound (the place).
    """
    authorise(merchant_id, actor, PERMISSION)
    tracking = Tracking(carrier, tracking_number, tracking_url).checked()
    order = _locked(merchant_id, order_id)
    if location_id is not None:
        _require_place(merchant_id, location_id)
    if lines is None:
        packed = [parcel.id for parcel in _parcels(order, "packed")]
        wanted = {line.id: line.left for line in _lines(order) if line.left}
        _require_pieces(order, wanted, wanted)
        if len(packed) == 1 and _contents(order, packed) == wanted and location_id is None:
            parcel_id = packed[0]
        else:
            _drop_parcels(order, packed)
            parcel_id = _write_parcel(order, wanted, location_id, actor)
    else:
        wanted = {key: count for key, count in lines.items() if count}
        _require_pieces(order, wanted, _unpacked(order))
        parcel_id = _write_parcel(order, wanted, location_id, actor)
    _ship(order, _parcel(merchant_id, parcel_id), tracking, actor)
    return parcel_id


@transactional
def correct_tracking(
    merchant_id: str, shipment_id: str, *, carrier: str, tracking_number: str, tracking_url: str = "", actor: str
) -> None:
    """Correct who carries a parcel that has left, or its number. Raises NotFound, NotAllowed, WrongState, Invalid."""
    authorise(merchant_id, actor, PERMISSION)
    tracking = Tracking(carrier, tracking_number, tracking_url).checked()
    parcel = _parcel(merchant_id, shipment_id)
    order = lock_order(merchant_id, parcel.order_id)
    if parcel.state != "shipped":
        raise WrongState(_("This parcel has not left yet."))
    _say(parcel, tracking)
    told = {"carrier": tracking.carrier, "tracking_number": tracking.tracking_number}
    write_event(order, "tracking_corrected", actor, told)
    emit("shipment.corrected", {"order_id": order.id, "shipment_id": shipment_id}, merchant_id=merchant_id)


@transactional
def cancel_lines(
    merchant_id: str,
    order_id: str,
    lines: Mapping[str, int],
    *,
    actor: str,
    reason: str,
    with_delivery: bool = True,
) -> int:
    """Take pieces that are neither packed nor shipped out of a paid order: their stock is free again, and what was
    paid for them goes back, with their share of delivery and fees or without. Returns how much, in minor units.

    Raises OrderNotFound, NotAllowed, WrongState, Invalid, NotEnoughMoney.
    """
    authorise(merchant_id, actor, PERMISSION)
    if not reason.strip():
        raise Invalid(_("Please say why."), fields={"reason": _("The buyer reads this.")})
    order = _locked(merchant_id, order_id)
    wanted = {key: count for key, count in lines.items() if count}
    _require_pieces(order, wanted, _unpacked(order))
    rows = {line.id: line for line in _lines(order)}
    everything = wanted == {key: line.left for key, line in rows.items() if line.left}
    if everything and not _shipped_anything(rows) and not order.cards_minor:
        raise WrongState(_("This is all of the order: cancel the order instead."))
    amount_minor = min(value_of(order, wanted, with_delivery), refundable_of(order))
    names = [f"{count} × {rows[key].name}" for key, count in wanted.items()]
    for key, count in wanted.items():
        rows[key].cancelled_quantity += count
    db.session.flush()
    inventory.release(merchant_id, order_id, _by_variant(rows, wanted))
    told = {"reason": reason.strip()[:300], "items": names, "amount_minor": amount_minor}
    write_event(order, "lines_cancelled", actor, told)
    if amount_minor:
        give_back(order, amount_minor, reason.strip(), actor)
    if actor not in (BUYER, SYSTEM):
        record(
            "order.lines_cancelled",
            actor_id=actor,
            subject=f"order:{order_id}",
            merchant_id=merchant_id,
            details={"amount_minor": amount_minor, "currency": order.currency, "pieces": sum(wanted.values())},
        )
    emit("order.lines_cancelled", {"order_id": order_id, "code": order.code}, merchant_id=merchant_id)
    _settle_state(order, actor)
    return amount_minor


def value_of(order: Order, wanted: Mapping[str, int], with_delivery: bool) -> int:
    """What was paid for so many more pieces of each line (by its id) of an order, in minor units."""
    rows = _lines(order)
    paid = paid_lines(order, rows)
    beside = order.total_minor - order.cards_minor - sum(line.value_minor for line in paid)
    return worth(paid, wanted, beside_minor=beside, with_beside=with_delivery)


def paid_lines(order: Order, rows: Sequence[OrderLine]) -> list[PaidLine]:
    """Lines with what was paid for them: their tax is on top where the shop's prices were without it."""
    within = order.goods_minor - order.discount_minor + order.delivery_minor + order.fees_minor == order.total_minor
    return [
        PaidLine(
            line.id,
            line.quantity,
            line.total_minor + (0 if within else line.tax_minor),
            line.cancelled_quantity + line.returned_quantity,
        )
        for line in rows
        if line.kind == GOODS
    ]


def drop_packed(order: Order) -> None:
    """Take all parcels apart that have not left; the order is cancelled. In a use case."""
    _drop_parcels(order, [parcel.id for parcel in _parcels(order, "packed")])


def _locked(merchant_id: str, order_id: str) -> Order:
    order = lock_order(merchant_id, order_id)
    if order.state not in OPEN:
        raise _moved_on(order)
    return order


def _moved_on(order: Order) -> WrongState:
    state = LABELS[OrderState(order.state)]
    return WrongState(_("The order is “%(state)s” by now, so this cannot be done any more.", state=state))


def _parcel(merchant_id: str, shipment_id: str) -> Shipment:
    parcel = db.session.get(Shipment, (merchant_id, shipment_id), populate_existing=True)
    if parcel is None:
        raise NotFound(_("There is no such parcel."))
    return parcel


def _locked_parcel(merchant_id: str, shipment_id: str) -> tuple[Order, Shipment]:
    order = _locked(merchant_id, _parcel(merchant_id, shipment_id).order_id)
    parcel = _parcel(merchant_id, shipment_id)
    if parcel.state != "packed":
        raise WrongState(_("This parcel has left already."))
    return order, parcel


def _lines(order: Order) -> Sequence[OrderLine]:
    return db.session.scalars(
        select(OrderLine)
        .where(OrderLine.merchant_id == order.merchant_id, OrderLine.order_id == order.id)
        .order_by(OrderLine.position)
        .execution_options(populate_existing=True)
    ).all()


def _parcels(order: Order, state: str) -> Sequence[Shipment]:
    return db.session.scalars(
        select(Shipment)
        .where(Shipment.merchant_id == order.merchant_id, Shipment.order_id == order.id, Shipment.state == state)
        .order_by(Shipment.created_at, Shipment.id)
    ).all()


def _contents(order: Order, parcel_ids: Sequence[str]) -> dict[str, int]:
    """How many of each line lie in these parcels."""
    rows = db.session.execute(
        select(ShipmentLine.order_line_id, func.sum(ShipmentLine.quantity))
        .where(ShipmentLine.merchant_id == order.merchant_id, ShipmentLine.shipment_id.in_(parcel_ids))
        .group_by(ShipmentLine.order_line_id)
    )
    return {line_id: int(count) for line_id, count in rows}


def _unpacked(order: Order) -> dict[str, int]:
    """What is neither packed nor shipped, by line."""
    packed = _contents(order, [parcel.id for parcel in _parcels(order, "packed")])
    left = {line.id: line.left - packed.get(line.id, 0) for line in _lines(order)}
    return {line_id: count for line_id, count in left.items() if count > 0}


def _require_pieces(order: Order, wanted: Mapping[str, int], left: Mapping[str, int]) -> None:
    if not wanted:
        words = _("Nothing is left to choose.") if not left else _("Choose at least one piece.")
        raise Invalid(words, fields={"lines": words})
    for line_id, count in wanted.items():
        if not 0 < count <= left.get(line_id, 0):
            words = _("At most %(left)s are left.", left=left.get(line_id, 0))
            raise Invalid(words, fields={f"line-{line_id}": words})


def _require_place(merchant_id: str, location_id: str) -> None:
    place = db.session.get(Location, (merchant_id, location_id))
    if place is None or not place.active:
        raise NotFound(_("There is no such location."))


def _write_parcel(order: Order, wanted: Mapping[str, int], location_id: str | None, actor: str) -> str:
    parcel = Shipment(
        merchant_id=order.merchant_id,
        id=new_id("shp"),
        order_id=order.id,
        state="packed",
        location_id=location_id,
        carrier="",
        tracking_number="",
        tracking_url="",
        created_by=None if actor == SYSTEM else actor,
        created_at=clock.now(),
    )
    db.session.add(parcel)
    db.session.flush()
    for line_id, count in wanted.items():
        db.session.add(
            ShipmentLine(merchant_id=order.merchant_id, shipment_id=parcel.id, order_line_id=line_id, quantity=count)
        )
    db.session.flush()
    return parcel.id


def _drop_parcels(order: Order, parcel_ids: Sequence[str]) -> None:
    own = Shipment.merchant_id == order.merchant_id
    db.session.execute(
        delete(ShipmentLine).where(
            ShipmentLine.merchant_id == order.merchant_id, ShipmentLine.shipment_id.in_(parcel_ids)
        )
    )
    db.session.execute(delete(Shipment).where(own, Shipment.id.in_(parcel_ids), Shipment.state == "packed"))


def _say(parcel: Shipment, tracking: Tracking) -> None:
    parcel.carrier = tracking.carrier
    parcel.tracking_number = tracking.tracking_number
    parcel.tracking_url = tracking.tracking_url


def _ship(order: Order, parcel: Shipment, tracking: Tracking, actor: str) -> None:
    moment = clock.now()
    _say(parcel, tracking)
    parcel.state, parcel.shipped_at = "shipped", moment
    rows = {line.id: line for line in _lines(order)}
    contents = _contents(order, [parcel.id])
    for line_id, count in contents.items():
        rows[line_id].shipped_quantity += count
    db.session.flush()
    inventory.consume(
        order.merchant_id,
        order.id,
        _by_variant(rows, contents),
        location_id=parcel.location_id,
        actor_id=None if actor == SYSTEM else actor,
    )
    told = {"carrier": parcel.carrier, "tracking_number": parcel.tracking_number, "shipment_id": parcel.id}
    order.shipped_at = moment
    if all(line.left == 0 for line in rows.values()):
        _shipped(order, moment, actor, told)
    elif order.state == OrderState.PARTLY_SHIPPED:
        write_event(order, "parcel_shipped", actor, told)
    else:
        move(order, OrderState.PARTLY_SHIPPED, actor, told)
    emit("shipment.shipped", {"order_id": order.id, "shipment_id": parcel.id}, merchant_id=order.merchant_id)


def _shipped(order: Order, moment: datetime, actor: str, told: Mapping[str, Any]) -> None:
    """All has left: the days until escrow is released begin, unless the buyer waits for an answer."""
    if not waits_for_answer(order):
        order.release_at = moment + timedelta(days=shop_context(order.merchant_id).auto_release_days)
    move(order, OrderState.SHIPPED, actor, told)


def _settle_state(order: Order, actor: str) -> None:
    """After pieces were taken out: what is left may all be shipped or packed by now."""
    rows = _lines(order)
    if order.state == OrderState.PARTLY_SHIPPED and all(line.left == 0 for line in rows):
        _shipped(order, max(clock.now(), order.shipped_at or clock.now()), actor, {})
    elif order.state == OrderState.PAID and all(line.left == 0 for line in rows):
        complete_if_only_cards(order)
    elif order.state == OrderState.PAID and not _unpacked(order):
        move(order, OrderState.PACKED, actor)


def _shipped_anything(rows: Mapping[str, OrderLine]) -> bool:
    return any(line.shipped_quantity for line in rows.values())


def _by_variant(rows: Mapping[str, OrderLine], counts: Mapping[str, int]) -> dict[str, int]:
    """Numbers by line as numbers by variant."""
    found: dict[str, int] = {}
    for line_id, count in counts.items():
        variant_id = rows[line_id].variant_id
        found[variant_id] = found.get(variant_id, 0) + count
    return found
