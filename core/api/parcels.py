"""Parcels of an order, and pieces that are taken out of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.api import orders, trade_shapes
from core.api import place_shapes as shapes
from core.api.operation import Call, operation
from core.api.orders import shown
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.orders import fulfilment
from core.orders.queries import order_detail

blueprint = orders.blueprint


def _on_parcels(path: str, **more: Any) -> Any:
    return operation(
        blueprint,
        "POST",
        f"/<order_id>/{path}",
        scope="orders:write",
        answer=trade_shapes.OrderShape,
        expands=trade_shapes.ORDER_EXPANDS,
        **more,
    )


def _wanted(lines: Sequence[Any] | None) -> dict[str, int] | None:
    if lines is None:
        return None
    found: dict[str, int] = {}
    for line in lines:
        found[line["line_id"]] = found.get(line["line_id"], 0) + line["quantity"]
    return found


def _require_parcel(call: Call, order_id: str, parcel_id: str) -> None:
    if parcel_id not in {parcel.id for parcel in order_detail(call.merchant_id, order_id).shipments}:
        raise NotFound(_l("There is no such parcel."))


def _order(call: Call, order_id: str) -> dict[str, Any]:
    return shown(order_detail(call.merchant_id, order_id))


@_on_parcels("parcels", body=shapes.PackBody, key_needed=True)
def pack_parcel(call: Call, order_id: str) -> Any:
    """Pack so many of each line, or all that is left, into a parcel of its own. `expand=shipments` shows it."""
    lines, place = _wanted(call.body.get("lines")), call.body.get("location_id")
    fulfilment.pack_parcel(call.merchant_id, order_id, actor=call.actor_id, lines=lines, location_id=place)
    return _order(call, order_id)


@_on_parcels("parcels/<parcel_id>/ship", body=trade_shapes.ShipBody)
def ship_parcel(call: Call, order_id: str, parcel_id: str) -> Any:
    """Hand a packed parcel to a carrier; with the last piece the order is shipped."""
    _require_parcel(call, order_id, parcel_id)
    fulfilment.ship_parcel(call.merchant_id, parcel_id, actor=call.actor_id, **_tracking(call))
    return _order(call, order_id)


@_on_parcels("parcels/<parcel_id>/unpack")
def unpack_parcel(call: Call, order_id: str, parcel_id: str) -> Any:
    """Take a parcel that has not left apart again."""
    _require_parcel(call, order_id, parcel_id)
    fulfilment.unpack_parcel(call.merchant_id, parcel_id, actor=call.actor_id)
    return _order(call, order_id)


@_on_parcels("parcels/<parcel_id>/correct", body=trade_shapes.ShipBody)
def correct_parcel(call: Call, order_id: str, parcel_id: str) -> Any:
    """Correct the carrier or the number of a parcel that has left; the buyer is told."""
    _require_parcel(call, order_id, parcel_id)
    fulfilment.correct_tracking(call.merchant_id, parcel_id, actor=call.actor_id, **_tracking(call))
    return _order(call, order_id)


def _tracking(call: Call) -> dict[str, str]:
    names = ("carrier", "tracking_number", "tracking_url")
    return {name: call.body[name] for name in names if name in call.body}


@_on_parcels("take-out", body=shapes.TakeOutBody, key_needed=True)
def take_out(call: Call, order_id: str) -> Any:
    """Take pieces that are neither packed nor shipped out of a paid order: what was paid for them goes back."""
    fulfilment.cancel_lines(
        call.merchant_id,
        order_id,
        _wanted(call.body["lines"]) or {},
        actor=call.actor_id,
        reason=call.body["reason"],
        with_delivery=call.body.get("with_delivery", True),
    )
    return _order(call, order_id)
