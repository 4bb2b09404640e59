"""Places where goods lie, goods on their way between them, and counting what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, insert, literal, select, update

from core.audit.service import record
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.transactions import transactional
from core.inventory.errors import LocationInUse, WrongState
from core.inventory.models import Location, Stock, StockLevel, StockTransfer, StockTransferLine
from core.inventory.service import QUANTITY_MAX, set_stock_many
from core.parties.roles import require_permission

LOCATIONS_MAX = 50
LINES_MAX = 200
PERMISSION = "stock.edit"


@dataclass(frozen=True, slots=True)
class LocationDetails:
    """What a person says of a place; a lower priority number is served from first."""

    name: str
    address: str = ""
    priority: int = 0


def _checked(merchant_id: str, details: LocationDetails, location_id: str | None) -> dict[str, object]:
    name = " ".join(details.name.split())
    fields: dict[str, object] = {}
    if not name or len(name) > 80:
        fields["name"] = _("Give the location a name of at most 80 characters.")
    if len(details.address) > 300:
        fields["address"] = _("At most %(limit)d characters.", limit=300)
    if not 0 <= details.priority <= 1000:
        fields["priority"] = _("A number from 0 to 1000.")
    taken = select(Location.id).where(
        Location.merchant_id == merchant_id, Location.name == name, Location.id != (location_id or "")
    )
    if not fields and db.session.scalar(taken) is not None:
        fields["name"] = _("Another location has this name.")
    if fields:
        raise Invalid(_("Please correct the marked fields."), fields=fields)
    return {"name": name, "address": details.address.strip(), "priority": details.priority}


@transactional
def create_location(merchant_id: str, details: LocationDetails, *, actor_id: str) -> str:
    """Add a place; the first one holds all the stock that there is. Raises Invalid, RoleNotEnough."""
    require_permission(actor_id, merchant_id, PERMISSION)
    values = _checked(merchant_id, details, None)
    there = db.session.scalar(select(func.count()).select_from(Location).where(Location.merchant_id == merchant_id))
    if there and there >= LOCATIONS_MAX:
        raise Invalid(_("At most %(limit)d locations.", limit=LOCATIONS_MAX))
    location_id = new_id("loc")
    db.session.execute(
        insert(Location).values(merchant_id=merchant_id, id=location_id, active=True, created_at=clock.now(), **values)
    )
    if not there:
        # Nobody may move stock while it is given its place.
        db.session.execute(
            select(Stock.variant_id)
            .where(Stock.merchant_id == merchant_id)
            .order_by(Stock.variant_id)
            .with_for_update()
        ).all()
        db.session.execute(
            insert(StockLevel).from_select(
                ["merchant_id", "variant_id", "location_id", "on_hand", "allocated"],
                select(Stock.merchant_id, Stock.variant_id, literal(location_id), Stock.on_hand, literal(0)).where(
                    Stock.merchant_id == merchant_id, Stock.on_hand > 0
                ),
            )
        )
    record("location.created", actor_id=actor_id, subject=f"location:{location_id}", merchant_id=merchant_id)
    return location_id


@transactional
def update_location(merchant_id: str, location_id: str, details: LocationDetails, *, actor_id: str) -> None:
    """Rename a place or change when it is served from. Raises NotFound, Invalid, RoleNotEnough."""
    require_permission(actor_id, merchant_id, PERMISSION)
    location = _require(merchant_id, location_id)
    values = _checked(merchant_id, details, location_id)
    for name, value in values.items():
        setattr(location, name, value)
    record("location.changed", actor_id=actor_id, subject=f"location:{location_id}", merchant_id=merchant_id)


@transactional
def set_location_active(merchant_id: str, location_id: str, active: bool, *, actor_id: str) -> None:
    """Close a place that is empty and not the last, or open it again. Raises NotFound, LocationInUse."""
    require_permission(actor_id, merchant_id, PERMISSION)
    location = _require(merchant_id, location_id)
    if not active:
        holds = db.session.scalar(
            select(func.sum(StockLevel.on_hand)).where(
                StockLevel.merchant_id == merchant_id, StockLevel.location_id == location_id
            )
        )
        others = db.session.scalar(
            select(func.count())
            .select_from(Location)
            .where(Location.merchant_id == merchant_id, Location.active, Location.id != location_id)
        )
        on_way = db.session.scalar(
            select(func.count())
            .select_from(StockTransfer)
            .where(
                StockTransfer.merchant_id == merchant_id,
                StockTransfer.state.in_(["draft", "sent"]),
                (StockTransfer.to_id == location_id) | (StockTransfer.from_id == location_id),
            )
        )
        if holds or on_way or not others:
            raise LocationInUse(
                _("Only a location without goods and without transfers can be closed, and not the last one.")
            )
    location.active = active
    record(
        "location.opened" if active else "location.closed",
        actor_id=actor_id,
        subject=f"location:{location_id}",
        merchant_id=merchant_id,
    )


def _require(merchant_id: str, location_id: str, *, active: bool = False) -> Location:
    found = db.session.get(Location, (merchant_id, location_id))
    if found is None or (active and not found.active):
        raise NotFound(_("There is no such location."))
    return found


@transactional
def create_transfer(
    merchant_id: str, from_id: str, to_id: str, lines: Mapping[str, int], *, note: str = "", actor_id: str
) -> str:
    """Write down goods to be sent from one place to another; nothing moves yet. Raises Invalid, NotFound."""
    require_permission(actor_id, merchant_id, PERMISSION)
    _require(merchant_id, from_id, active=True)
    _require(merchant_id, to_id, active=True)
    if from_id == to_id:
        words = _("Choose two different locations.")
        raise Invalid(words, fields={"to_id": words})
    if not lines or len(lines) > LINES_MAX or any(not 0 < count <= QUANTITY_MAX for count in lines.values()):
        words = _("Write how many of each are sent: at least one of at least one, and at most 200 lines.")
        raise Invalid(words, fields={"lines": words})
    known = db.session.scalar(
        select(func.count())
        .select_from(Stock)
        .where(Stock.merchant_id == merchant_id, Stock.tracked, Stock.variant_id.in_(list(lines)))
    )
    if known != len(lines):
        raise NotFound(_("One of these variants is not in the catalogue, or its stock is not counted."))
    transfer_id = new_id("trf")
    db.session.execute(
        insert(StockTransfer).values(
            merchant_id=merchant_id,
            id=transfer_id,
            from_id=from_id,
            to_id=to_id,
            state="draft",
            note=note.strip()[:200],
            created_by=actor_id,
            created_at=clock.now(),
        )
    )
    db.session.execute(
        insert(StockTransferLine),
        [
            {"merchant_id": merchant_id, "transfer_id": transfer_id, "variant_id": key, "quantity": count}
            for key, count in lines.items()
        ],
    )
    return transfer_id


def _move(
    merchant_id: str, counts: Mapping[str, int], location_id: str, *, reason: str, reference: str, actor_id: str | None
) -> None:
    """Add these numbers to what lies in a place, under the stocks' locks."""
    rows = db.session.execute(
        select(Stock.variant_id, Stock.on_hand)
        .where(Stock.merchant_id == merchant_id, Stock.variant_id.in_(list(counts)))
        .order_by(Stock.variant_id)
        .with_for_update()
    ).all()
    new = {row.variant_id: row.on_hand + counts[row.variant_id] for row in rows}
    set_stock_many(merchant_id, new, reason=reason, reference=reference, actor_id=actor_id, location_id=location_id)


def _transfer(merchant_id: str, transfer_id: str, *states: str) -> tuple[StockTransfer, Sequence[StockTransferLine]]:
    transfer = db.session.get(StockTransfer, (merchant_id, transfer_id), with_for_update=True)
    if transfer is None:
        raise NotFound(_("There is no such transfer."))
    if transfer.state not in states:
        raise WrongState(_("This transfer is in another state by now. Open it again."))
    lines = db.session.scalars(
        select(StockTransferLine)
        .where(StockTransferLine.merchant_id == merchant_id, StockTransferLine.transfer_id == transfer_id)
        .order_by(StockTransferLine.variant_id)
    ).all()
    return transfer, lines


@transactional
def send_transfer(merchant_id: str, transfer_id: str, *, actor_id: str) -> None:
    """The goods leave the first place; while on their way they cannot be sold.

    Raises NotFound, WrongState, LocationShort, StockPromised, RoleNotEnough.
    """
    require_permission(actor_id, merchant_id, PERMISSION)
    transfer, lines = _transfer(merchant_id, transfer_id, "draft")
    transfer.state, transfer.sent_at = "sent", clock.now()
    counts = {line.variant_id: -line.quantity for line in lines}
    _move(merchant_id, counts, transfer.from_id, reason="transfer_out", reference=transfer_id, actor_id=actor_id)


@transactional
def receive_transfer(
    merchant_id: str, transfer_id: str, received: Mapping[str, int] | None = None, *, actor_id: str
) -> None:
    """The goods have arrived: all, or so many of each as `received` says; what is missing is lost on the way.

    Raises NotFound, WrongState, Invalid, RoleNotEnough.
    """
    require_permission(actor_id, merchant_id, PERMISSION)
    transfer, lines = _transfer(merchant_id, transfer_id, "sent")
    counts = {}
    for line in lines:
        count = (received or {}).get(line.variant_id, line.quantity)
        if not 0 <= count <= line.quantity:
            words = _("From 0 to %(sent)s can have arrived.", sent=line.quantity)
            raise Invalid(words, fields={f"received-{line.variant_id}": words})
        line.received = counts[line.variant_id] = count
    transfer.state, transfer.ended_at = "received", clock.now()
    arrived = {key: count for key, count in counts.items() if count}
    if arrived:
        _move(merchant_id, arrived, transfer.to_id, reason="transfer_in", reference=transfer_id, actor_id=actor_id)
    record(
        "transfer.received",
        actor_id=actor_id,
        subject=f"transfer:{transfer_id}",
        merchant_id=merchant_id,
        details={"sent": sum(line.quantity for line in lines), "received": sum(counts.values())},
    )


@transactional
def cancel_transfer(merchant_id: str, transfer_id: str, *, actor_id: str) -> None:
    """Call a transfer off; goods that are on their way go back to where they came from. Raises as receiving does."""
    require_permission(actor_id, merchant_id, PERMISSION)
    transfer, lines = _transfer(merchant_id, transfer_id, "draft", "sent")
    was_sent = transfer.state == "sent"
    transfer.state, transfer.ended_at = "cancelled", clock.now()
    if was_sent:
        counts = {line.variant_id: line.quantity for line in lines}
        _move(merchant_id, counts, transfer.from_id, reason="transfer_in", reference=transfer_id, actor_id=actor_id)


@transactional
def move_priority(merchant_id: str, location_id: str, earlier: bool, *, actor_id: str) -> None:
    """Serve orders from a place before (or after) its neighbour. Raises NotFound, RoleNotEnough."""
    require_permission(actor_id, merchant_id, PERMISSION)
    rows = list(
        db.session.scalars(
            select(Location.id)
            .where(Location.merchant_id == merchant_id)
            .order_by(Location.priority, Location.created_at, Location.id)
        )
    )
    if location_id not in rows:
        raise NotFound(_("There is no such location."))
    place = rows.index(location_id)
    other = max(place - 1, 0) if earlier else min(place + 1, len(rows) - 1)
    rows[place], rows[other] = rows[other], rows[place]
    for number, key in enumerate(rows):
        db.session.execute(
            update(Location).where(Location.merchant_id == merchant_id, Location.id == key).values(priority=number)
        )
