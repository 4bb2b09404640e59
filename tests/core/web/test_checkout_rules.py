"""What a merchant sets about its trade truly holds at checkout, in orders' numbers and in letters."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from core.base.crypto import decrypt
from core.base.database import db
from core.base.errors import Invalid
from core.messages.models import Message
from core.orders.errors import DetailsNeeded
from core.orders.finding import OrderFilter, find_orders
from core.orders.models import Order, OrderEvent
from core.orders.notices import on_event
from core.orders.placing import place_order
from core.orders.returns import request_refund
from core.shops.options import change_options
from core.shops.queries import shop_context
from core.shops.trading import GRAMS, read_weight, weight_text
from tests.core.web.buying import ADDRESS_TYPED, fill_cart, shown_total
from tests.trade import ADDRESS, add_to_cart, draft_for, make_shop, make_variant, paid_order

CHOSEN = {"delivery": "fakeship.flat/standard", "payment": "fakepay.qr", "action": "place"}


def place(browser, **typed):
    page = browser.post("/checkout", {**ADDRESS_TYPED, "action": "update"})
    return browser.post("/checkout", {**ADDRESS_TYPED, **CHOSEN, **typed, "agreed_total_minor": shown_total(page.data)})


def order_of(merchant_id):
    db.session.close()
    return db.session.scalars(select(Order).where(Order.merchant_id == merchant_id)).one()


def test_a_phone_number_is_needed_unless_the_shop_does_not_want_it(tea, goods):
    fill_cart(tea, goods)
    refused = place(tea, phone="")
    assert refused.status_code == 422 and "phone number" in refused.text
    change_options(goods.merchant_id, actor_id=None, phone_optional=True)
    assert place(tea, phone="").location.startswith("/pay/")
    assert order_of(goods.merchant_id).address["phone"] == ""


def test_a_company_is_asked_for_when_the_shop_says_so(tea, goods):
    fill_cart(tea, goods)
    assert 'name="company"' not in tea.get("/checkout").text
    change_options(goods.merchant_id, actor_id=None, company_asked="required")
    assert 'name="company"' in tea.get("/checkout").text
    refused = place(tea)
    assert refused.status_code == 422 and "which one" in refused.text
    assert place(tea, company="Lin & Sons").location.startswith("/pay/")
    assert order_of(goods.merchant_id).address["company"] == "Lin & Sons"


def test_terms_must_be_agreed_to_and_the_timeline_keeps_that(tea, goods):
    fill_cart(tea, goods)
    change_options(goods.merchant_id, actor_id=None, terms_required=True, terms_link="/pages/terms")
    page = tea.get("/checkout").text
    assert 'name="terms"' in page and 'href="/pages/terms"' in page
    refused = place(tea)
    assert refused.status_code == 422 and "tick the box" in refused.text
    assert place(tea, terms="1").location.startswith("/pay/")
    db.session.close()
    data = db.session.scalars(select(OrderEvent.data).where(OrderEvent.kind == "placed")).one()
    assert data["terms"] is True


def test_a_shop_without_notes_asks_for_none_and_keeps_none(tea, goods):
    fill_cart(tea, goods)
    change_options(goods.merchant_id, actor_id=None, note_hidden=True)
    assert 'name="note"' not in tea.get("/checkout").text
    assert place(tea, note="Ring twice").location.startswith("/pay/")
    assert order_of(goods.merchant_id).note == ""


def test_no_door_leads_around_the_terms(app):
    tea = make_shop(options={"terms_required": True})
    shop = shop_context(tea)
    cart_id = add_to_cart(tea, None, make_variant(tea), 1)
    with pytest.raises(DetailsNeeded) as refused:
        place_order(shop, draft_for(shop, cart_id))
    assert set(refused.value.fields) == {"terms"}
    assert place_order(shop, draft_for(shop, cart_id, terms_agreed=True, address=ADDRESS)).code


def test_orders_are_numbered_with_the_shops_prefix_and_found_by_it(app):
    tea = make_shop()
    change_options(tea, actor_id=None, order_prefix="tea")
    placed = paid_order(tea, make_variant(tea))
    assert placed.code.startswith("TEA-") and len(placed.code) == 12
    assert [row.id for row in find_orders(tea, OrderFilter(text=placed.code.lower())).rows] == [placed.order_id]


@pytest.mark.parametrize(
    "changes",
    [
        {"order_prefix": "TOO-LONG"},
        {"company_asked": "perhaps"},
        {"weight_unit": "stone"},
        {"terms_link": "javascript:alert(1)"},
        {"terms_link": "//evil.example"},
        {"notices": {"order_paid": "nobody"}},
        {"notices": {"order_paid": " ".join(f"a{n}@x.example" for n in range(11))}},
        {"time_zone": "Moon/Sea"},
    ],
)
def test_settings_that_cannot_be_are_refused_at_their_field(app, changes):
    tea = make_shop()
    with pytest.raises(Invalid) as refused:
        change_options(tea, actor_id=None, **changes)
    assert set(refused.value.fields) == set(changes)


def test_the_merchant_is_written_to_at_the_addresses_it_chose(app):
    tea = make_shop()
    chosen = {"order_paid": "a@tea.example, b@tea.example", "refund_requested": "c@tea.example"}
    change_options(tea, actor_id=None, notices=chosen)
    placed = paid_order(tea, make_variant(tea))
    request_id = request_refund(tea, placed.order_id, amount_minor=100, reason="broken")
    for _ in range(2):
        on_event("order.paid", {"merchant_id": tea, "order_id": placed.order_id})
        on_event("refund_request.opened", {"merchant_id": tea, "request_id": request_id})
        on_event("payout.ended", {"merchant_id": tea, "payout_id": "pyt_none", "state": "failed"})
    found = db.session.execute(select(Message.recipient, Message.kind, Message.sealed)).all()
    told = {(row.recipient, row.kind): json.loads(decrypt(row.sealed)) for row in found if "notices" in row.kind}
    assert set(told) == {
        ("a@tea.example", "notices.order_paid"),
        ("b@tea.example", "notices.order_paid"),
        ("c@tea.example", "notices.refund_requested"),
    }
    assert all(values["code"] == placed.code for values in told.values())


@given(st.integers(0, 5_000_000), st.sampled_from(sorted(GRAMS)))
def test_a_weight_written_in_any_unit_is_read_again_to_the_gram(grams, unit):
    slack = 1 if unit == "lb" or unit == "oz" else 0
    assert abs(read_weight(weight_text(grams, unit), unit) - grams) <= slack


@pytest.mark.parametrize("text", ["", "heavy", "-1", "1e99", "NaN"])
def test_what_is_no_weight_is_not_read(text):
    assert read_weight(text, "kg") is None
