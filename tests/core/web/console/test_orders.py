import pytest
from sqlalchemy import select

from core.base.database import db
from core.orders.models import Order
from core.orders.queries import order_detail
from core.orders.returns import request_refund
from tests.core.web.console.conftest import words
from tests.trade import make_variant, paid_order, placed_order


@pytest.fixture
def order(tea):
    return paid_order(tea, make_variant(tea, price_minor=5000))


def state(merchant_id: str, order_id: str) -> str:
    db.session.remove()
    return db.session.scalar(select(Order.state).where(Order.merchant_id == merchant_id, Order.id == order_id))


def test_an_order_is_packed_and_shipped(desk, tea, order):
    at = f"/console/orders/{order.order_id}"
    assert "Marked as packed" in desk.done(f"{at}/pack")
    assert state(tea, order.order_id) == "packed"
    page = desk.done(f"{at}/ship", {"carrier": "SF Express", "tracking_number": "SF123"})
    assert "SF123" in page and "Shipped" in words(page)
    assert state(tea, order.order_id) == "shipped"


def test_a_parcel_without_a_number_is_refused_at_its_field_and_what_was_typed_stays(desk, tea, order):
    answer = desk.post(f"/console/orders/{order.order_id}/ship", {"carrier": "SF <b>", "tracking_number": " "})
    assert answer.status_code == 422
    assert 'value="SF &lt;b&gt;"' in answer.text and 'id="tracking_number-error"' in answer.text
    assert state(tea, order.order_id) == "paid"


def test_packing_twice_says_that_the_order_has_moved_on(desk, order):
    at = f"/console/orders/{order.order_id}/pack"
    desk.done(at)
    again = desk.post(at)
    assert again.status_code == 409 and "cannot be done any more" in again.text


def test_part_of_the_money_goes_back(desk, tea, order):
    page = desk.done(f"/console/orders/{order.order_id}/refund", {"amount": "12.50", "reason": "Broken lid"})
    assert "Broken lid" in page
    assert order_detail(tea, order.order_id).order.refunded_minor == 1250


@pytest.mark.parametrize("amount", ["", "x", "-1", "0", "1.234", "999999", "1e9999"])
def test_an_amount_that_cannot_be_given_back_is_refused_with_words(desk, tea, order, amount):
    answer = desk.post(f"/console/orders/{order.order_id}/refund", {"amount": amount, "reason": "Why not"})
    assert answer.status_code in (409, 422)
    assert 'role="alert"' in answer.text and "Why not" in answer.text
    assert order_detail(tea, order.order_id).order.refunded_minor == 0


@pytest.mark.parametrize(("decision", "refunded"), [("approve", 2000), ("decline", 0)])
def test_a_buyers_request_is_answered(desk, tea, order, decision, refunded):
    request_id = request_refund(tea, order.order_id, amount_minor=5000, reason="It is cracked")
    assert "It is cracked" in desk.page(f"/console/orders/{order.order_id}")
    assert order.code in desk.page("/console/")
    data = {"decision": decision, "amount": "20.00", "answer": "Sorry"}
    desk.done(f"/console/orders/{order.order_id}/requests/{request_id}", data)
    detail = order_detail(tea, order.order_id)
    assert detail.open_request is None and detail.order.refunded_minor == refunded


def test_a_request_is_not_declined_without_a_word(desk, tea, order):
    request_id = request_refund(tea, order.order_id, amount_minor=5000, reason="It is cracked")
    answer = desk.post(f"/console/orders/{order.order_id}/requests/{request_id}", {"decision": "decline"})
    assert answer.status_code == 422
    assert order_detail(tea, order.order_id).open_request is not None


def test_a_request_of_another_order_is_not_answered_here(desk, tea, order):
    other = paid_order(tea, make_variant(tea, price_minor=900))
    request_id = request_refund(tea, other.order_id, amount_minor=100, reason="x")
    at = f"/console/orders/{order.order_id}/requests/{request_id}"
    assert desk.post(at, {"decision": "approve", "amount": "1"}).status_code == 404


def test_cancelling_gives_everything_back(desk, tea, order):
    desk.done(f"/console/orders/{order.order_id}/cancel", {"reason": "Out of season"})
    detail = order_detail(tea, order.order_id)
    assert detail.order.state == "cancelled" and detail.order.refunded_minor == detail.order.total_minor


def test_orders_are_found_by_code_and_mail_and_shown_page_by_page(desk, tea):
    variant_id = make_variant(tea, stock=200)
    orders = [placed_order(tea, variant_id) for _ in range(52)]
    page = desk.page("/console/orders?state=pending")
    assert page.count('href="/console/orders/ord_') == 50 and 'rel="next"' in page
    assert orders[7].code in desk.page(f"/console/orders?q={orders[7].code.lower()}")
    assert "No order fits" in desk.page("/console/orders?q=nobody@else.example")


def test_another_merchants_orders_do_not_exist(desk, ceramics):
    foreign = paid_order(ceramics, make_variant(ceramics))
    at = f"/console/orders/{foreign.order_id}"
    assert desk.get(at).status_code == 404
    for action, data in (
        ("pack", {}),
        ("ship", {"carrier": "SF", "tracking_number": "1"}),
        ("refund", {"amount": "1", "reason": "x"}),
        ("cancel", {"reason": "x"}),
        ("requests/rrq_x", {"decision": "approve", "amount": "1"}),
    ):
        assert desk.post(f"{at}/{action}", data).status_code == 404, action
    assert state(ceramics, foreign.order_id) == "paid"


def test_a_clerk_packs_but_gives_no_money_back(sign_in, tea, order):
    clerk = sign_in(tea, "clerk")
    page = clerk.page(f"/console/orders/{order.order_id}")
    assert "/pack" in page and "/refund" not in page
    data = {"amount": "1", "reason": "x"}
    assert clerk.post(f"/console/orders/{order.order_id}/refund", data).status_code == 403
    clerk.done(f"/console/orders/{order.order_id}/pack")


def test_the_page_of_an_order_shows_where_its_money_is(desk, order):
    page = words(desk.page(f"/console/orders/{order.order_id}"))
    assert "Where the money is" in page and "is held in escrow" in page and "Payment received" in page
