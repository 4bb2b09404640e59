"""Where goods lie, and goods on their way between two places."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask_smorest import Blueprint

from core.api import place_shapes as shapes
from core.api.operation import Call, operation
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.inventory import locations as service
from core.inventory import place_queries as queries

TRANSFERS_MAX = 1000
locations = Blueprint("api_locations", __name__, url_prefix="/api/v1/locations", description="Where goods lie.")
transfers = Blueprint("api_transfers", __name__, url_prefix="/api/v1/transfers", description="Goods between places.")


def _location(call: Call, location_id: str) -> queries.LocationRow:
    for row in queries.locations_of(call.merchant_id):
        if row.id == location_id:
            return row
    raise NotFound(_l("There is no such location."))


@operation(locations, "GET", "", scope="stock:read", answer=shapes.LocationPageShape, listed=True)
def list_locations(call: Call) -> Any:
    """All places, in the order in which orders are served from them. None: everything lies in one that has no name."""
    found = queries.locations_of(call.merchant_id)
    start = int(call.place() or 0)
    after = start + call.limit
    return call.page(found[start:after], after if after < len(found) else None)


@operation(
    locations, "POST", "", scope="stock:write", answer=shapes.LocationShape, body=shapes.LocationBody, status=201
)
def create_location(call: Call) -> Any:
    """Add a place; the first one takes over all the stock that there is."""
    location_id = service.create_location(call.merchant_id, _details(call, 0), actor_id=call.actor_id)
    if call.body.get("active") is False:
        service.set_location_active(call.merchant_id, location_id, False, actor_id=call.actor_id)
    call.location = f"/api/v1/locations/{location_id}"
    return _location(call, location_id)


@operation(locations, "GET", "/<location_id>", scope="stock:read", answer=shapes.LocationShape, versioned=True)
def get_location(call: Call, location_id: str) -> Any:
    """One place."""
    return _location(call, location_id)


@operation(
    locations,
    "PUT",
    "/<location_id>",
    scope="stock:write",
    answer=shapes.LocationShape,
    body=shapes.LocationBody,
    versioned=True,
    current=_location,
)
def change_location(call: Call, location_id: str) -> Any:
    """Rename a place, say when it is served from, close it or open it again."""
    before = _location(call, location_id)
    details = _details(call, before.priority)
    service.update_location(call.merchant_id, location_id, details, actor_id=call.actor_id)
    if call.body.get("active", before.active) != before.active:
        service.set_location_active(call.merchant_id, location_id, call.body["active"], actor_id=call.actor_id)
    return _location(call, location_id)


def _details(call: Call, priority: int) -> service.LocationDetails:
    return service.LocationDetails(call.body["name"], call.body.get("address", ""), call.body.get("priority", priority))


def _transfer(call: Call, transfer_id: str) -> dict[str, Any]:
    row, lines = queries.transfer_of(call.merchant_id, transfer_id)
    return {**asdict(row), "lines": lines}


@operation(transfers, "GET", "", scope="stock:read", answer=shapes.TransferPageShape, listed=True)
def list_transfers(call: Call) -> Any:
    """The newest transfers, without their lines."""
    start = int(call.place() or 0)
    after = start + call.limit
    found = queries.transfers_of(call.merchant_id, limit=min(after + 1, TRANSFERS_MAX))
    return call.page(found[start:after], after if after < len(found) else None)


@operation(
    transfers,
    "POST",
    "",
    scope="stock:write",
    answer=shapes.TransferShape,
    body=shapes.NewTransferBody,
    status=201,
    key_needed=True,
)
def create_transfer(call: Call) -> Any:
    """Write down goods to be sent from one place to another; nothing moves yet."""
    wanted: dict[str, int] = {}
    for line in call.body["lines"]:
        wanted[line["variant_id"]] = wanted.get(line["variant_id"], 0) + line["quantity"]
    transfer_id = service.create_transfer(
        call.merchant_id,
        call.body["from_location_id"],
        call.body["to_location_id"],
        wanted,
        note=call.body.get("note", ""),
        actor_id=call.actor_id,
    )
    call.location = f"/api/v1/transfers/{transfer_id}"
    return _transfer(call, transfer_id)


@operation(transfers, "GET", "/<transfer_id>", scope="stock:read", answer=shapes.TransferShape)
def get_transfer(call: Call, transfer_id: str) -> Any:
    """One transfer with its lines."""
    return _transfer(call, transfer_id)


@operation(transfers, "POST", "/<transfer_id>/send", scope="stock:write", answer=shapes.TransferShape)
def send_transfer(call: Call, transfer_id: str) -> Any:
    """The goods leave; while they are on their way they cannot be sold."""
    service.send_transfer(call.merchant_id, transfer_id, actor_id=call.actor_id)
    return _transfer(call, transfer_id)


@operation(
    transfers,
    "POST",
    "/<transfer_id>/receive",
    scope="stock:write",
    answer=shapes.TransferShape,
    body=shapes.ReceivedBody,
)
def receive_transfer(call: Call, transfer_id: str) -> Any:
    """The goods have arrived: all, or as many as `lines` say."""
    arrived = {line["variant_id"]: line["quantity"] for line in call.body.get("lines", ())}
    service.receive_transfer(call.merchant_id, transfer_id, arrived, actor_id=call.actor_id)
    return _transfer(call, transfer_id)


@operation(transfers, "POST", "/<transfer_id>/cancel", scope="stock:write", answer=shapes.TransferShape)
def cancel_transfer(call: Call, transfer_id: str) -> Any:
    """Call a transfer off; goods that are on their way go back to where they came from."""
    service.cancel_transfer(call.merchant_id, transfer_id, actor_id=call.actor_id)
    return _transfer(call, transfer_id)
