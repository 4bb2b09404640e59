"""What buyers are written about their orders: paid, shipped, money given back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from core.base.crypto import signature
from core.base.database import db
from core.base.i18n import gettext as _
from core.base.i18n import lazy_gettext as _l
from core.base.transactions import transactional
from core.contract.contributions import Letter, Letterhead, MessageKind
from core.messages.amounts import amount
from core.messages.service import send
from core.orders.models import Order, OrderCharge, OrderLine, Shipment, ShipmentLine
from core.orders.moves import BUYER, SYSTEM, write_event
from core.orders.return_models import GoodsReturn, GoodsReturnLine
from core.orders.states import OrderState
from core.payments.models import Payment, Refund

ADDRESS_PARTS = ("name", "company", "line1", "line2", "postal_code", "city", "region")
TOPICS = (
    *("order.paid", "shipment.shipped", "refund.ended", "order.payment_asked"),
    *("return.approved", "return.declined", "return.received"),
)


def on_event(topic: str, payload: Mapping[str, Any]) -> None:
    """Write to the buyer about what happened (subscription); safe to call again."""
    merchant_id = str(payload["merchant_id"])
    if topic == "order.paid":
        write_confirmation(merchant_id, payload["order_id"])
    elif topic == "shipment.shipped":
        write_shipped(merchant_id, payload["shipment_id"])
    elif topic == "refund.ended" and payload.get("succeeded"):
        write_refunded(merchant_id, payload["refund_id"])
    elif topic in ("return.approved", "return.declined"):
        write_return_answered(merchant_id, payload["return_id"], approved=topic == "return.approved")
    elif topic == "return.received":
        write_return_received(merchant_id, payload["return_id"])
    elif topic == "order.payment_asked":
        write_payment_asked(merchant_id, payload["order_id"], key=str(payload.get("asked", "")))


def _order(merchant_id: str, order_id: str) -> Order | None:
    return db.session.get(Order, (merchant_id, order_id))


@transactional
def write_confirmation(merchant_id: str, order_id: str, *, again: str = "") -> None:
    """The order is paid: what was bought, what it came to, where it goes; once, and once more for each `again`."""
    order = _order(merchant_id, order_id)
    if order is None:
        return
    own = (OrderLine.merchant_id == merchant_id) & (OrderLine.order_id == order_id)
    lines = db.session.scalars(select(OrderLine).where(own).order_by(OrderLine.position)).all()
    charges = db.session.scalars(
        select(OrderCharge)
        .where(OrderCharge.merchant_id == merchant_id, OrderCharge.order_id == order_id)
        .order_by(OrderCharge.position)
    ).all()
    address = order.address or {}
    values = {
        "code": order.code,
        "name": address.get("name", ""),
        "currency": order.currency,
        "lines": [
            [line.name, line.variant_label, line.quantity, line.quantity * line.unit_price_minor] for line in lines
        ],
        "charges": [[charge.label, charge.amount_minor] for charge in charges],
        "total_minor": order.total_minor,
        "address": [
            address.get(part, "") for part in ("name", "company", "line1", "line2", "postal_code", "city", "region")
        ],
        "delivery": order.delivery.get("label", ""),
    }
    _to_buyer("orders.confirmed", order, values, key=f"orders.confirmed:{order_id}{again}")


@transactional
def write_shipped(merchant_id: str, shipment_id: str) -> None:
    """A parcel is on its way: what lies in it, who carries it, how to follow it."""
    parcel = db.session.get(Shipment, (merchant_id, shipment_id))
    order = _order(merchant_id, parcel.order_id) if parcel is not None else None
    if order is None or parcel is None:
        return
    contents = db.session.execute(
        select(OrderLine.name, OrderLine.variant_label, ShipmentLine.quantity)
        .join(
            ShipmentLine,
            (ShipmentLine.merchant_id == OrderLine.merchant_id) & (ShipmentLine.order_line_id == OrderLine.id),
        )
        .where(ShipmentLine.merchant_id == merchant_id, ShipmentLine.shipment_id == shipment_id)
        .order_by(OrderLine.position)
    )
    values = {
        "code": order.code,
        "name": (order.address or {}).get("name", ""),
        "carrier": parcel.carrier,
        "number": parcel.tracking_number,
        "url": parcel.tracking_url,
        "partly": order.state == OrderState.PARTLY_SHIPPED,
        "lines": [list(row) for row in contents],
    }
    _to_buyer("orders.shipped", order, values, key=f"orders.shipped:{shipment_id}")


@transactional
def write_refunded(merchant_id: str, refund_id: str) -> None:
    """Money has been given back."""
    refund = db.session.get(Refund, (merchant_id, refund_id))
    payment = db.session.get(Payment, (merchant_id, refund.payment_id)) if refund is not None else None
    if refund is None or payment is None or payment.purpose != "order":
        return
    order = _order(merchant_id, payment.subject_id)
    if order is None:
        return
    values = {
        "code": order.code,
        "name": (order.address or {}).get("name", ""),
        "amount_minor": refund.amount_minor,
        "currency": refund.currency,
    }
    _to_buyer("orders.refunded", order, values, key=f"orders.refunded:{refund_id}")


@transactional
def write_return_answered(merchant_id: str, return_id: str, *, approved: bool) -> None:
    """The shop has answered a buyer who wants to send goods back."""
    found = db.session.get(GoodsReturn, (merchant_id, return_id))
    order = _order(merchant_id, found.order_id) if found is not None else None
    if found is None or order is None or found.opened_by != BUYER:
        return
    values = {
        "code": order.code,
        "name": (order.address or {}).get("name", ""),
        "answer": found.answer,
        "approved": approved,
    }
    _to_buyer("orders.return_answered", order, values, key=f"orders.return_answered:{return_id}")


@transactional
def write_return_received(merchant_id: str, return_id: str) -> None:
    """The goods that a buyer sent back are at the shop, and what happens now."""
    found = db.session.get(GoodsReturn, (merchant_id, return_id))
    order = _order(merchant_id, found.order_id) if found is not None else None
    if found is None or order is None:
        return
    rows = db.session.execute(
        select(OrderLine.name, OrderLine.variant_label, GoodsReturnLine.received_quantity)
        .join(
            GoodsReturnLine,
            (GoodsReturnLine.merchant_id == OrderLine.merchant_id) & (GoodsReturnLine.order_line_id == OrderLine.id),
        )
        .where(GoodsReturnLine.merchant_id == merchant_id, GoodsReturnLine.return_id == return_id)
        .order_by(OrderLine.position)
    )
    values = {
        "code": order.code,
        "name": (order.address or {}).get("name", ""),
        "wish": found.wish,
        "lines": [list(row) for row in rows if row[2]],
    }
    _to_buyer("orders.return_received", order, values, key=f"orders.return_received:{return_id}")


@transactional
def write_payment_asked(merchant_id: str, order_id: str, *, key: str) -> None:
    """Somebody of the shop made an order that the buyer has to pay: here is where."""
    order = _order(merchant_id, order_id)
    if order is None or order.state != OrderState.PENDING or not order.email:
        return
    lines = db.session.execute(
        select(OrderLine.name, OrderLine.variant_label, OrderLine.quantity)
        .where(OrderLine.merchant_id == merchant_id, OrderLine.order_id == order_id)
        .order_by(OrderLine.position)
    )
    values = {
        "code": order.code,
        "name": (order.address or {}).get("name", ""),
        "currency": order.currency,
        "total_minor": order.total_minor,
        "lines": [list(line) for line in lines],
        "path": pay_path(order),
    }
    _to_buyer("orders.payment_asked", order, values, key=f"orders.payment_asked:{order_id}:{key}")


def pay_path(order: Order) -> str:
    """Where the buyer sees and pays an order without signing in; whoever has the link may."""
    return f"/orders/{order.code}/open/{open_key(order)}"


def open_key(order: Order) -> str:
    """The secret part of an order's link."""
    return signature("order.open", f"{order.merchant_id}:{order.id}")[:40]


def _to_buyer(kind: str, order: Order, values: Mapping[str, Any], *, key: str) -> None:
    if send(kind, to=order.email, locale=order.locale, values=values, merchant_id=order.merchant_id, key=key):
        write_event(order, "written_to_buyer", SYSTEM, {"message": kind})


@transactional
def write_mentioned(note: Mapping[str, Any], *, to: str, locale: str, key: str) -> None:
    """Tell a member of the team that a note names them; `note` says by whom, where and what."""
    send("orders.mentioned", to=to, locale=locale, values=dict(note), key=key)


def _greeting(values: Mapping[str, Any]) -> str:
    return _("Hello %(name)s,", name=values["name"]) if values.get("name") else _("Hello,")


def _see_order(values: Mapping[str, Any], head: Letterhead) -> tuple[str, str]:
    return _("See the order"), f"{head.url}/orders/{values['code']}"


def _confirmed(values: Mapping[str, Any], head: Letterhead) -> Letter:
    currency = values["currency"]
    items = [
        (f"{quantity} × {name}" + (f" · {label}" if label else ""), amount(total_minor, currency))
        for name, label, quantity, total_minor in values["lines"]
    ]
    items += [(label, amount(charge_minor, currency)) for label, charge_minor in values["charges"]]
    items.append((_("Total"), amount(values["total_minor"], currency)))
    address = ", ".join(part for part in values["address"] if part)
    facts = [(_("Order"), values["code"])]
    facts += [(_("Delivery"), values["delivery"])] if values["delivery"] else []
    facts += [(_("Address"), address)] if address else []
    facts += [(_("Invoice"), f"{head.url}/orders/{values['code']}/invoice")]
    return Letter(
        subject=_("Your order %(code)s is confirmed", code=values["code"]),
        lines=(_greeting(values), _("Thank you. Your payment has arrived and we are getting your order ready.")),
        items=tuple(items),
        facts=tuple(facts),
        action=_see_order(values, head),
        closing=(_("Your money is kept safe until you have received the goods."),),
    )


def _shipped(values: Mapping[str, Any], head: Letterhead) -> Letter:
    action = (_("Follow the parcel"), values["url"]) if values["url"] else _see_order(values, head)
    lines = [_greeting(values), _("We have handed your parcel to the carrier.")]
    if values.get("partly"):
        lines.append(_("It holds a part of your order; the rest follows."))
    items = [
        (f"{name} · {label}" if label else name, f"× {quantity}") for name, label, quantity in values.get("lines", ())
    ]
    return Letter(
        subject=_("Your order %(code)s is on its way", code=values["code"]),
        lines=tuple(lines),
        items=tuple(items),
        facts=((_("Order"), values["code"]), (_("Carrier"), values["carrier"]), (_("Number"), values["number"])),
        action=action,
        closing=(_("When it has arrived, please confirm that you have received it."),),
    )


def _refunded(values: Mapping[str, Any], head: Letterhead) -> Letter:
    given = amount(values["amount_minor"], values["currency"])
    return Letter(
        subject=_("%(amount)s of your order %(code)s has been given back", amount=given, code=values["code"]),
        lines=(
            _greeting(values),
            _("We have sent %(amount)s back by the way in which you paid.", amount=given),
            _("Depending on your bank it can take some days until you see it."),
        ),
        facts=((_("Order"), values["code"]), (_("Amount"), given)),
        action=_see_order(values, head),
    )


def _mentioned(values: Mapping[str, Any], head: Letterhead) -> Letter:
    return Letter(
        subject=_("%(who)s mentioned you on order %(code)s", who=values["who"], code=values["code"]),
        lines=(_("%(who)s wrote on order %(code)s:", who=values["who"], code=values["code"]), values["text"]),
        action=(_("Open the order"), f"{head.url}/console/orders/{values['order_id']}"),
    )


def _return_answered(values: Mapping[str, Any], head: Letterhead) -> Letter:
    approved = bool(values["approved"])
    if approved:
        subject = _("Please send the goods of order %(code)s back", code=values["code"])
        said = _("We take the goods back. Please send them as follows:")
    else:
        subject = _("About your return of order %(code)s", code=values["code"])
        said = _("We are sorry: we cannot take the goods back. Here is why:")
    return Letter(subject=subject, lines=(_greeting(values), said, values["answer"]), action=_see_order(values, head))


def _return_received(values: Mapping[str, Any], head: Letterhead) -> Letter:
    exchange = values["wish"] == "exchange"
    return Letter(
        subject=_("The goods of order %(code)s are back with us", code=values["code"]),
        lines=(
            _greeting(values),
            _("What you sent back has arrived, thank you. We have looked at it."),
            _("Next we make the exchange ready.") if exchange else _("Next we give your money back."),
        ),
        items=tuple((f"{name} · {label}" if label else name, f"× {count}") for name, label, count in values["lines"]),
        facts=((_("Order"), values["code"]),),
        action=_see_order(values, head),
    )


def _payment_asked(values: Mapping[str, Any], head: Letterhead) -> Letter:
    total = amount(values["total_minor"], values["currency"])
    items = [(f"{name} · {label}" if label else name, f"× {quantity}") for name, label, quantity in values["lines"]]
    return Letter(
        subject=_("Your order %(code)s: %(amount)s to pay", code=values["code"], amount=total),
        lines=(_greeting(values), _("We have prepared an order for you. Please look at it and pay it there.")),
        items=(*items, (_("Total"), total)),
        facts=((_("Order"), values["code"]),),
        action=(_("See and pay the order"), f"{head.url}{values['path']}"),
        closing=(_("Your money is kept safe until you have received the goods."),),
    )


KINDS = (
    MessageKind("orders.return_answered", _l("Answer to a return"), _return_answered),
    MessageKind("orders.return_received", _l("Returned goods arrived"), _return_received),
    MessageKind("orders.payment_asked", _l("Order to be paid"), _payment_asked),
    MessageKind("orders.confirmed", _l("Order confirmation"), _confirmed),
    MessageKind("orders.shipped", _l("Order shipped"), _shipped),
    MessageKind("orders.mentioned", _l("Mentioned in a note"), _mentioned),
    MessageKind("orders.refunded", _l("Money given back"), _refunded),
)
