"""Goods that come back, orders that the shop makes for a buyer, notes and tags."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from core.api import return_shapes as shapes
from core.api import trade_shapes
from core.api.operation import Call, operation
from core.api.orders import blueprint as orders
from core.api.orders import shown
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.orders import desk, drafts
from core.orders import goods_returns as service
from core.orders.queries import order_detail
from core.orders.return_models import GoodsReturn
from core.orders.return_queries import list_returns, return_detail
from core.orders.staff_orders import WantedLine

blueprint = Blueprint("api_returns", __name__, url_prefix="/api/v1/returns", description="Goods that come back.")
_COLUMNS = tuple(column.key for column in GoodsReturn.__table__.columns)


def _return(call: Call, return_id: str, **_more: str) -> dict[str, Any]:
    detail = return_detail(call.merchant_id, return_id)
    return {**{name: getattr(detail.found, name) for name in _COLUMNS}, "lines": detail.lines}


@operation(
    blueprint, "GET", "", scope="orders:read", answer=shapes.ReturnPageShape, query=shapes.ReturnQuery, listed=True
)
def list_goods_returns(call: Call) -> Any:
    """Returns, the newest first."""
    rows, after = list_returns(
        call.merchant_id, state=call.query.get("state", ""), before=call.place() or "", limit=call.limit
    )
    return call.page(rows, after)


@operation(
    blueprint,
    "POST",
    "",
    scope="orders:write",
    answer=shapes.ReturnShape,
    body=shapes.NewReturnBody,
    status=201,
    key_needed=True,
)
def open_return(call: Call) -> Any:
    """Take goods back for a buyer: the return is approved at once, and the order's money stays in escrow."""
    return_id = service.open_return(
        call.merchant_id,
        call.body["order_id"],
        lines=_counts(call.body["lines"], "quantity"),
        wish=call.body["wish"],
        reason=call.body["reason"],
        text=call.body["text"],
        variants={line["order_line_id"]: line.get("variant_id") or "" for line in call.body["lines"]},
        actor=call.actor_id,
    )
    call.location = f"/api/v1/returns/{return_id}"
    return _return(call, return_id)


def _counts(lines: list[dict[str, Any]], name: str) -> dict[str, int]:
    """Numbers by line. Raises Invalid for a line that is named twice."""
    found = {line["order_line_id"]: line[name] for line in lines}
    if len(found) != len(lines):
        raise Invalid(_l("A line is named twice."), fields={"lines": _l("Name each line once.")})
    return found


@operation(blueprint, "GET", "/<return_id>", scope="orders:read", answer=shapes.ReturnShape, versioned=True)
def get_return(call: Call, return_id: str) -> Any:
    """One return with its lines."""
    return _return(call, return_id)


@operation(
    blueprint,
    "POST",
    "/<return_id>/answer",
    scope="orders:write",
    answer=shapes.ReturnShape,
    body=shapes.ReturnAnswerBody,
)
def answer_return(call: Call, return_id: str) -> Any:
    """Approve a buyer's wish with words where to send the goods, or decline it with the reason."""
    if call.body["decision"] == "approve":
        service.approve_return(call.merchant_id, return_id, instructions=call.body["answer"], actor=call.actor_id)
    else:
        service.decline_return(call.merchant_id, return_id, answer=call.body["answer"], actor=call.actor_id)
    return _return(call, return_id)


@operation(blueprint, "POST", "/<return_id>/close", scope="orders:write", answer=shapes.ReturnShape)
def close_return(call: Call, return_id: str) -> Any:
    """The goods never arrived: the return ends."""
    service.close_return(call.merchant_id, return_id, actor=call.actor_id)
    return _return(call, return_id)


@operation(
    blueprint, "POST", "/<return_id>/receive", scope="orders:write", answer=shapes.ReturnShape, body=shapes.ReceiveBody
)
def receive_return(call: Call, return_id: str) -> Any:
    """The goods are here: what can be sold again goes into stock, the rest is written off."""
    _counts(call.body["lines"], "received")
    arrived = {
        line["order_line_id"]: service.Arrived(line["received"], line["restocked"]) for line in call.body["lines"]
    }
    service.receive_return(
        call.merchant_id, return_id, arrived, location_id=call.body["location_id"], actor=call.actor_id
    )
    return _return(call, return_id)


@operation(
    blueprint,
    "POST",
    "/<return_id>/refund",
    scope="refunds:write",
    answer=shapes.ReturnShape,
    body=shapes.ReturnRefundBody,
    key_needed=True,
)
def refund_return(call: Call, return_id: str) -> Any:
    """Pay back what arrived, and settle the return."""
    service.settle_with_money(
        call.merchant_id,
        return_id,
        amount_minor=call.body["amount_minor"],
        with_delivery=call.body["with_delivery"],
        actor=call.actor_id,
    )
    return _return(call, return_id)


@operation(
    blueprint,
    "POST",
    "/<return_id>/exchange",
    scope="refunds:write",
    answer=shapes.ExchangeShape,
    body=shapes.ExchangeBody,
    status=201,
    key_needed=True,
)
def exchange_return(call: Call, return_id: str) -> Any:
    """Send other variants instead, in an order of its own that the returned goods pay for."""
    variants = {line["order_line_id"]: line.get("variant_id") or "" for line in call.body["lines"]}
    made = service.settle_with_exchange(call.merchant_id, return_id, variants=variants, actor=call.actor_id)
    call.location = f"/api/v1/orders/{made.order_id}"
    return made


@operation(
    orders,
    "POST",
    "",
    scope="orders:write",
    answer=trade_shapes.OrderShape,
    body=shapes.NewOrderBody,
    status=201,
    expands=trade_shapes.ORDER_EXPANDS,
    key_needed=True,
)
def make_order(call: Call) -> Any:
    """Make an order for a buyer, who is sent a link to pay it, or has paid the shop itself."""
    made = _make(call)
    call.location = f"/api/v1/orders/{made}"
    return shown(order_detail(call.merchant_id, made))


@transactional
def _make(call: Call) -> str:
    body = call.body
    draft = drafts.Draft(
        email=body["email"].lower(),
        address=body["address"],
        lines=tuple(WantedLine(**line) for line in body["lines"]),
        fees=tuple((fee["label"], fee["amount_minor"]) for fee in body["fees"]),
        off_minor=body["discount_minor"],
        delivery_label=body["delivery_label"],
        delivery_minor=body["delivery_minor"],
        note=body["note"],
        locale=body["locale"],
    )
    draft_id = drafts.save_draft(call.merchant_id, draft, actor_id=call.actor_id)
    return drafts.place_draft(
        call.shop, draft_id, outside=body["paid_outside"].strip(), actor_id=call.actor_id
    ).order_id


@operation(
    orders,
    "PUT",
    "/<order_id>/tags",
    scope="orders:write",
    answer=trade_shapes.OrderShape,
    body=shapes.TagsBody,
    expands=trade_shapes.ORDER_EXPANDS,
)
def tag_order(call: Call, order_id: str) -> Any:
    """Sort an order by these words."""
    desk.set_tags(call.merchant_id, order_id, call.body["tags"], actor_id=call.actor_id)
    return shown(order_detail(call.merchant_id, order_id))


@operation(orders, "GET", "/<order_id>/notes", scope="orders:read", answer=shapes.NotesShape)
def list_notes(call: Call, order_id: str) -> Any:
    """What the team wrote on an order."""
    order_detail(call.merchant_id, order_id)
    return {"data": desk.notes_of(call.merchant_id, order_id)}


@operation(
    orders,
    "POST",
    "/<order_id>/notes",
    scope="orders:write",
    answer=shapes.NotesShape,
    body=shapes.NoteBody,
    status=201,
)
def add_note(call: Call, order_id: str) -> Any:
    """Write a note on an order."""
    desk.add_note(call.merchant_id, order_id, call.body["text"], actor_id=call.actor_id)
    return {"data": desk.notes_of(call.merchant_id, order_id)}
