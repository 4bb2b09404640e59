"""Programs keep places and transfers, send orders in parcels, and write the shop's pages."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.base.database import db
from core.base.transactions import transactional
from core.messages.service import send
from core.orders.models import OrderLine
from tests.trade import paid_order


@pytest.fixture
def places(program):
    first = program.post("/locations", {"name": "Warehouse"}).json["id"]
    return first, program.post("/locations", {"name": "Shop window", "priority": 1}).json["id"]


def test_the_first_place_takes_over_what_is_there_and_goods_travel_to_the_second(program, places, variant):
    warehouse, window = places
    assert {row["name"]: row["on_hand"] for row in program.get("/locations").json["data"]} == {
        "Warehouse": 10,
        "Shop window": 0,
    }
    sent = {"from_location_id": warehouse, "to_location_id": window, "lines": [{"variant_id": variant, "quantity": 4}]}
    made = program.post("/transfers", sent)
    assert (made.status_code, made.json["state"], made.json["units"]) == (201, "draft", 4)
    path = f"/transfers/{made.json['id']}"
    assert program.post(f"{path}/send").json["state"] == "sent"
    assert program.get(f"/stock/{variant}").json["on_hand"] == 6

    arrived = program.post(f"{path}/receive", {"lines": [{"variant_id": variant, "quantity": 3}]})
    assert (arrived.json["state"], arrived.json["lines"][0]["received"]) == ("received", 3)
    assert {row["name"]: row["on_hand"] for row in program.get("/locations").json["data"]} == {
        "Warehouse": 6,
        "Shop window": 3,
    }
    assert program.post(f"{path}/send").status_code == 409


def test_a_place_is_renamed_as_it_was_read_and_closed_only_when_empty(program, places, variant):
    warehouse, window = places
    assert program.change(f"/locations/{window}", {"name": "Counter", "active": False}, "PUT").json["active"] is False
    assert program.change(f"/locations/{warehouse}", {"name": "Warehouse", "active": False}, "PUT").status_code == 409
    assert program.get("/locations/loc_other").status_code == 404


def test_an_order_leaves_in_two_parcels_and_the_rest_is_given_back(program, tea, variant):
    order = paid_order(tea, variant, quantity=3)
    line = db.session.scalar(select(OrderLine.id).where(OrderLine.order_id == order.order_id))
    db.session.rollback()
    path = f"/orders/{order.order_id}"
    packed = program.post(f"{path}/parcels?expand=shipments", {"lines": [{"line_id": line, "quantity": 1}]})
    (parcel,) = packed.json["shipments"]
    assert parcel["state"] == "packed"
    tracking = {"carrier": "SF", "tracking_number": "SF1"}
    left = program.post(f"{path}/parcels/{parcel['id']}/ship", tracking)
    assert left.json["state"] == "partly_shipped"
    assert program.post(f"{path}/parcels/{parcel['id']}/correct", {**tracking, "tracking_number": "SF2"}).json["id"]
    taken = program.post(f"{path}/take-out", {"lines": [{"line_id": line, "quantity": 1}], "reason": "broken"})
    assert taken.status_code == 200, taken.json
    assert taken.json["refunded_minor"] >= 1200
    refused = program.post(f"{path}/parcels", {"lines": [{"line_id": line, "quantity": 2}]})
    assert refused.status_code == 422
    assert program.post(f"{path}/parcels/shp_other/unpack").status_code == 404


def test_a_page_is_written_published_and_hidden(program):
    texts = {"en": {"title": "Our gardens", "blocks": []}}
    made = program.post("/pages", {"texts": texts})
    assert (made.status_code, made.json["slug"], made.json["shown"]) == (201, "our-gardens", False)
    path = f"/pages/{made.json['id']}"
    assert program.change(path, {"texts": {"en": {"title": "The gardens"}}}, "PUT").json["draft"] is True
    live = program.post(f"{path}/publish").json
    assert (live["shown"], live["draft"], live["titles"]) == (True, False, {"en": "The gardens"})
    assert program.post(f"{path}/hide").json["shown"] is False
    assert program.send("DELETE", f"/api/v1{path}").status_code == 204
    assert program.get(path).status_code == 404


@transactional
def write_to(merchant_id: str, *recipients: str) -> None:
    for recipient in recipients:
        send("platform.test", to=recipient, locale="en", values={}, merchant_id=merchant_id)


def test_messages_are_listed_without_what_they_say_and_only_by_those_who_may(program, program_with, tea):
    write_to(tea, "li.lei@example.com", "anna@example.com")
    page = program.get("/messages?limit=1").json
    assert [row["recipient"] for row in page["data"]] == ["anna@example.com"]
    assert not {"sealed", "text", "subject"} & set(page["data"][0])
    rest = program.get(f"/messages?limit=1&cursor={page['next_cursor']}").json
    assert ([row["recipient"] for row in rest["data"]], rest["next_cursor"]) == (["li.lei@example.com"], None)
    assert program.get("/messages?q=anna&state=sent").json["data"] == []
    assert program_with(tea, "shop:read").get("/messages").status_code == 403


def test_how_far_the_organisation_is_verified_is_told(program):
    told = program.get("/verification").json
    assert told["level"] == 0
    assert [step["level"] for step in told["steps"]] == [1, 2, 3]
