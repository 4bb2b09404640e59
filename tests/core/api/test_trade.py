"""A shop whose face is elsewhere: from the cart to the refund, through the API alone."""

from __future__ import annotations

import pytest

from core.orders.queries import order_detail
from tests.trade import owner_of, paid_order

ADDRESS = {
    "name": "Li Lei",
    "phone": "13800000000",
    "country": "CN",
    "region": "Zhejiang",
    "city": "Hangzhou",
    "line1": "1 West Lake Road",
}


def placed(program, variant, quantity=2):
    cart = program.post("/carts", {"variant_id": variant, "quantity": quantity}).json
    delivery = "fakeship.flat/standard"
    quote = program.post(f"/carts/{cart['id']}/quote", {"address": ADDRESS, "delivery": delivery}).json
    assert delivery in {one["key"] for one in quote["deliveries"]}
    assert "fakepay.qr" in {one["provider_id"] for one in quote["payments"]}
    sent = {
        "email": "Buyer@example.com",
        "address": ADDRESS,
        "delivery": delivery,
        "payment_provider_id": "fakepay.qr",
        "agreed_total_minor": quote["quote"]["total_minor"],
    }
    return program.post(f"/carts/{cart['id']}/order", sent)


def test_a_sale_from_the_cart_to_the_parcel_and_money_back(program, tea, variant, book):
    answer = placed(program, variant)
    assert answer.status_code == 201, answer.json
    order, payment = answer.json["order_id"], answer.json["payment_id"]

    started = program.post(f"/payments/{payment}/start", {})
    assert (started.status_code, started.json["state"]) == (200, "requires_action")
    book.paid[payment] = (f"ext-{payment}", started.json["amount_minor"])
    assert program.post(f"/payments/{payment}/check").json["state"] == "captured"

    seen = program.get(f"/orders/{order}?expand=lines,payments").json
    assert (seen["state"], seen["email"], seen["lines"][0]["quantity"]) == ("paid", "buyer@example.com", 2)
    assert "events" not in seen
    assert program.post(f"/orders/{order}/pack").json["state"] == "packed"
    parcel = {"carrier": "SF", "tracking_number": "SF1"}
    shipped = program.post(f"/orders/{order}/ship?expand=shipments", parcel).json
    assert (shipped["state"], shipped["shipments"][0]["tracking_number"]) == ("shipped", "SF1")

    refund = program.post(f"/orders/{order}/refunds", {"amount_minor": 300, "reason": "dented"}, key="r1")
    again = program.post(f"/orders/{order}/refunds", {"amount_minor": 300, "reason": "dented"}, key="r1")
    assert refund.status_code == 201
    assert again.json == refund.json
    assert program.get(f"/orders/{order}").json["refunded_minor"] == 300
    late = program.post(f"/orders/{order}/cancel", {})
    assert (late.status_code, late.json["code"]) == (409, "order_state")


def test_placing_the_same_cart_again_is_the_same_order(program, variant):
    first = placed(program, variant)
    cart = program.post("/carts", {"variant_id": variant, "quantity": 1}).json["id"]
    assert program.get(f"/carts/{cart}").json["lines"][0]["quantity"] == 1
    assert first.json["code"]
    gone = program.get("/carts/crt_none")
    assert gone.status_code == 404


def test_a_total_that_changed_is_not_charged(program, variant):
    cart = program.post("/carts", {"variant_id": variant, "quantity": 1}).json
    sent = {
        "email": "b@example.com",
        "address": ADDRESS,
        "delivery": "fakeship.flat/standard",
        "payment_provider_id": "fakepay.qr",
        "agreed_total_minor": 1,
    }
    refused = program.post(f"/carts/{cart['id']}/order", sent)
    assert refused.status_code == 409
    assert program.get("/orders").json["data"] == []


def test_lists_of_orders_bring_what_was_bought_when_asked(program, tea, variant):
    paid_order(tea, variant)
    bare = program.get("/orders").json["data"][0]
    assert "lines" not in bare
    full = program.get("/orders?expand=lines&fields=code,lines").json["data"][0]
    assert set(full) == {"code", "lines"}
    assert full["lines"][0]["variant_id"] == variant
    assert program.get("/orders?expand=secrets").status_code == 422
    assert program.get("/orders?state=cancelled").json["data"] == []


def test_who_may_pack_may_not_give_money_back(program_with, tea, variant):
    order = paid_order(tea, variant).order_id
    packer = program_with(tea, "orders:write", "orders:read")
    assert packer.post(f"/orders/{order}/pack").status_code == 200
    refused = packer.post(f"/orders/{order}/refunds", {"amount_minor": 1, "reason": "x"})
    assert (refused.status_code, refused.json["code"]) == (403, "scope_missing")
    events = order_detail(tea, order).events
    assert events[-1].actor == owner_of(tea)


@pytest.mark.parametrize("path", ["pack", "cancel"])
def test_orders_of_others_are_not_there(program, path):
    assert program.post(f"/orders/ord_none/{path}", {} if path == "cancel" else None).status_code == 404


def test_discounts_are_made_changed_and_switched(program):
    made = program.post("/discounts", {"code": "spring", "kind": "percent", "rate_ppm": 100_000})
    assert (made.status_code, made.json["code"], made.json["active"]) == (201, "SPRING", True)
    off = program.change(f"/discounts/{made.json['id']}", {"active": False, "minimum_minor": 500})
    assert (off.status_code, off.json["active"], off.json["minimum_minor"]) == (200, False, 500)
    assert program.get("/discounts?fields=code,active").json["data"] == [{"code": "SPRING", "active": False}]
    taken = program.post("/discounts", {"code": "spring", "kind": "shipping"})
    assert (taken.status_code, list(taken.json["fields"])) == (422, ["code"])


def test_codes_for_one_use_each_are_made_and_listed_page_by_page(program):
    discount = program.post("/discounts", {"code": "vip", "kind": "percent", "rate_ppm": 100_000}).json
    made = program.post(f"/discounts/{discount['id']}/codes", {"count": 3, "prefix": "vip"})
    assert made.status_code == 201 and all(code.startswith("VIP-") for code in made.json["codes"])
    first = program.get(f"/discounts/{discount['id']}/codes?limit=3").json
    rest = program.get(f"/discounts/{discount['id']}/codes?limit=3&cursor={first['next_cursor']}").json
    listed = [(one["code"], one["uses_max"]) for one in first["data"] + rest["data"]]
    assert sorted(listed, key=str) == sorted([("VIP", None), *((code, 1) for code in made.json["codes"])], key=str)
    assert program.get(f"/discounts/{discount['id']}").json["codes"] == 4


def test_a_discount_that_has_ended_stays_as_it_was(program):
    discount = program.post("/discounts", {"title": "Spring", "method": "automatic", "kind": "shipping"}).json
    ended = program.post(f"/discounts/{discount['id']}/end", {})
    assert (ended.status_code, ended.json["state"]) == (200, "ended")
    assert program.change(f"/discounts/{discount['id']}", {"title": "Summer"}).status_code == 409
    assert program.get("/discounts/dsc_none").status_code == 404
