"""Goods that come back and orders that a shop makes, through the API alone."""

import pytest

from core.orders.fulfilment import ship_order
from core.orders.queries import order_detail
from tests.trade import ADDRESS, make_shop, owner_of, paid_order

WHERE = {part: getattr(ADDRESS, part) for part in ("name", "phone", "country", "region", "city", "line1")}


@pytest.fixture
def order(tea, variant):
    placed = paid_order(tea, variant, 2)
    ship_order(tea, placed.order_id, carrier="SF", tracking_number="1", actor=owner_of(tea))
    return placed.order_id


@pytest.fixture
def line(tea, order):
    return order_detail(tea, order).lines[0]


@pytest.fixture
def opened(program, order, line):
    body = {"order_id": order, "lines": [{"order_line_id": line.id, "quantity": 2}], "reason": "damaged"}
    answer = program.post("/returns", body, key="open")
    assert (answer.status_code, answer.json["state"]) == (201, "approved"), answer.json
    return answer.json["id"]


def test_goods_are_taken_back_received_and_paid_back(program, order, line, opened):
    assert [one["id"] for one in program.get("/returns?state=open").json["data"]] == [opened]
    arrived = {"lines": [{"order_line_id": line.id, "received": 2, "restocked": 1}]}
    received = program.post(f"/returns/{opened}/receive", arrived)
    assert (received.status_code, received.json["value_minor"]) == (200, line.total_minor)
    assert received.json["lines"][0]["restocked_quantity"] == 1
    settled = program.post(f"/returns/{opened}/refund", {}, key="r")
    assert (settled.json["state"], settled.json["refunded_minor"]) == ("settled", line.total_minor)
    seen = program.get(f"/orders/{order}?expand=lines").json
    assert (seen["refunded_minor"], seen["lines"][0]["returned_quantity"]) == (line.total_minor, 2)
    late = program.post(f"/returns/{opened}/close")
    assert (late.status_code, late.json["code"]) == (409, "order_state")


def test_goods_are_exchanged(program, line, opened):
    program.post(f"/returns/{opened}/receive", {"lines": [{"order_line_id": line.id, "received": 1}]})
    body = {"lines": [{"order_line_id": line.id, "quantity": 1, "variant_id": line.variant_id}]}
    made = program.post(f"/returns/{opened}/exchange", body, key="x")
    assert (made.status_code, made.json["total_minor"]) == (201, 0), made.json
    assert program.get(f"/returns/{opened}").json["exchange_order_id"] == made.json["order_id"]


def test_a_line_that_is_named_twice_or_has_too_many_pieces_is_refused(program, order, line):
    one = {"order_line_id": line.id, "quantity": 1}
    for lines in ([one, one], [{**one, "quantity": 3}], [], {}):
        answer = program.post("/returns", {"order_id": order, "lines": lines, "reason": "mind"}, key=str(lines))
        assert answer.status_code == 422, answer.json


def test_returns_need_their_scopes_and_stay_within_their_merchant(program_with, tea, opened):
    reader = program_with(tea, "orders:read")
    assert reader.get(f"/returns/{opened}").status_code == 200
    assert reader.post(f"/returns/{opened}/close").status_code == 403
    packer = program_with(tea, "orders:read", "orders:write")
    assert packer.post(f"/returns/{opened}/refund", {}, key="k").status_code == 403
    stranger = program_with(make_shop("ceramics"))
    assert stranger.get(f"/returns/{opened}").status_code == 404
    assert stranger.post(f"/returns/{opened}/close").status_code == 404


def test_a_shop_makes_an_order_to_be_paid_or_paid_outside(program, variant):
    body = {
        "email": "Li@Example.com",
        "address": WHERE,
        "lines": [{"variant_id": variant, "quantity": 1, "unit_price_minor": 700}],
        "fees": [{"label": "Engraving", "amount_minor": 50}],
    }
    made = program.post("/orders", body, key="one")
    assert (made.status_code, made.json["state"], made.json["total_minor"]) == (201, "pending", 750), made.json
    outside = program.post("/orders", {**body, "paid_outside": "Cash"}, key="two").json
    assert (outside["state"], outside["outside_minor"]) == ("paid", 750)
    assert program.post("/orders", {**body, "address": None}, key="three").status_code == 422


def test_notes_and_tags(program, order):
    tagged = program.send("PUT", f"/api/v1/orders/{order}/tags", {"tags": ["gift", "Gift", "vip"]}, key="t")
    assert tagged.status_code == 200 and tagged.json["tags"] == ["gift", "vip"]
    assert program.post(f"/orders/{order}/notes", {"text": "Call first"}).status_code == 201
    assert [one["text"] for one in program.get(f"/orders/{order}/notes").json["data"]] == ["Call first"]
    assert program.get("/orders/ord_none/notes").status_code == 404
