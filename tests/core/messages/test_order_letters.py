"""What buyers are written as their order goes on."""

from core.base.database import db
from core.messages.models import Message
from core.messages.service import deliver_messages, shown_message
from core.orders.fulfilment import mark_packed, ship_order
from core.orders.letters import on_event
from core.orders.returns import refund_order
from core.payments.refunds import send_refunds
from core.worker.runner import Worker
from tests.trade import make_shop, make_variant, owner_of, paid_order, placed_order


def letters():
    db.session.close()
    return {row.kind: row for row in db.session.query(Message).order_by(Message.id)}


def test_an_order_that_is_not_paid_yet_is_not_confirmed(app):
    tea = make_shop("tea")
    placed_order(tea, make_variant(tea))
    Worker(app).once()
    assert letters() == {}


def test_a_buyer_is_told_when_an_order_is_paid_shipped_and_refunded(app):
    tea = make_shop("tea")
    placed = paid_order(tea, make_variant(tea, price_minor=1200), 2)
    Worker(app).once()
    confirmed = shown_message(letters()["orders.confirmed"])
    assert confirmed.recipient == "buyer@example.com"
    assert placed.code in confirmed.subject
    for told in ("2 × Longjing", "CN¥24.00", "CN¥32.00", "West Lake Road", f"/orders/{placed.code}"):
        assert told in confirmed.text, told
        assert told in confirmed.html, told
    owner = owner_of(tea)
    mark_packed(tea, placed.order_id, actor=owner)
    ship_order(tea, placed.order_id, carrier="SF Express", tracking_number="SF123", actor=owner)
    refund_order(tea, placed.order_id, amount_minor=500, reason="broken", actor=owner)
    send_refunds()
    Worker(app).once()
    deliver_messages()
    assert "SF123" in shown_message(letters()["orders.shipped"]).text
    assert "CN¥5.00" in shown_message(letters()["orders.refunded"]).subject
    assert {row.state for row in letters().values()} == {"sent"}


def test_an_event_that_is_told_twice_is_written_once(app):
    tea = make_shop("tea")
    placed = paid_order(tea, make_variant(tea))
    for _again in range(2):
        on_event("order.paid", {"merchant_id": tea, "order_id": placed.order_id})
    assert db.session.query(Message).count() == 1
