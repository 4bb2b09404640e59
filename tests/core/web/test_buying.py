import re

import pytest
from sqlalchemy import func, select, update

from core.base.database import db
from core.base.transactions import transactional
from core.catalog.models import Variant
from core.inventory.models import Stock
from core.inventory.service import set_stock
from core.orders.fulfilment import ship_order
from core.orders.models import Order
from core.parties.models import VisitorSession
from core.payments.models import Payment
from tests.core.web.buying import ADDRESS_TYPED, check_out, fill_cart, last_order_code, shown_total
from tests.fakes import book


@transactional
def set_price(variant_id: str, price_minor: int) -> None:
    db.session.execute(update(Variant).where(Variant.id == variant_id).values(price_minor=price_minor))


def orders_placed() -> int:
    return db.session.scalar(select(func.count()).select_from(Order))


def reserved(variant_id: str) -> int:
    return db.session.scalar(select(Stock.reserved).where(Stock.variant_id == variant_id))


def payment_of(code: str) -> Payment:
    return db.session.scalar(select(Payment).join(Order, Order.id == Payment.subject_id).where(Order.code == code))


def pay_at_the_bank(payment: Payment) -> None:
    book.paid[payment.id] = (f"ext-{payment.id}", payment.amount_minor)


@pytest.fixture
def paid(tea, goods):
    """The code of an order that this browser placed and paid."""
    fill_cart(tea, goods, 2)
    answer = check_out(tea)
    code = last_order_code()
    pay_at_the_bank(payment_of(code))
    tea.post(f"{answer.headers['Location']}/check")
    return code


def test_a_guest_buys_and_pays(tea, goods):
    fill_cart(tea, goods, 2)
    assert b"Longjing" in tea.get("/cart").data
    answer = check_out(tea)
    assert answer.status_code == 303
    pay_page = tea.get(answer.headers["Location"])
    payment_id = answer.headers["Location"].rsplit("/", 1)[1]
    assert payment_id.encode() in pay_page.data
    still_waiting = tea.post(f"/pay/{payment_id}/check", follow_redirects=True)
    assert b"has not arrived yet" in still_waiting.data
    assert tea.get(f"/pay/{payment_id}/state").json == {"state": "requires_action", "order": "pending"}
    code = last_order_code()
    pay_at_the_bank(payment_of(code))
    arrived = tea.post(f"/pay/{payment_id}/check", follow_redirects=True)
    assert arrived.request.path == f"/orders/{code}"
    assert b"Your payment has arrived" in arrived.data
    assert b"Your payment has arrived" not in tea.get(f"/orders/{code}").data
    assert tea.get(f"/pay/{payment_id}").headers["Location"] == f"/orders/{code}"
    assert b"empty" in tea.get("/cart").data


def test_pressing_the_button_twice_places_one_order(tea, goods):
    fill_cart(tea, goods)
    page = tea.post("/checkout", {**ADDRESS_TYPED, "action": "update"})
    sent = {**ADDRESS_TYPED, "agreed_total_minor": shown_total(page.data), "action": "place"}
    tea.post("/checkout", sent)
    again = tea.post("/checkout", sent)
    assert again.headers["Location"] == f"/orders/{last_order_code()}"
    assert orders_placed() == 1


def test_a_price_that_changed_is_shown_and_must_be_agreed_to(tea, goods):
    fill_cart(tea, goods)
    page = tea.post("/checkout", {**ADDRESS_TYPED, "action": "update"})
    seen = shown_total(page.data)
    set_price(goods.variant_id, 1500)
    refused = tea.post("/checkout", {**ADDRESS_TYPED, "agreed_total_minor": seen, "action": "place"})
    assert refused.status_code == 409
    assert b"price has changed" in refused.data
    assert b"1 West Lake Road" in refused.data
    assert (orders_placed(), reserved(goods.variant_id)) == (0, 0)
    assert shown_total(refused.data) != seen
    agreed = {**ADDRESS_TYPED, "agreed_total_minor": shown_total(refused.data), "action": "place"}
    assert tea.post("/checkout", agreed).status_code == 303
    assert orders_placed() == 1


def test_stock_gone_at_the_last_step_charges_nothing_and_shows_what_is_left(tea, goods):
    fill_cart(tea, goods, 3)
    page = tea.post("/checkout", {**ADDRESS_TYPED, "action": "update"})
    set_stock(goods.merchant_id, goods.variant_id, 1)
    sent = {**ADDRESS_TYPED, "agreed_total_minor": shown_total(page.data), "action": "place"}
    after = tea.post("/checkout", sent, follow_redirects=True)
    assert orders_placed() == 0
    assert b"Only 1 left" in after.data or b"Only 1 left" in tea.get("/cart").data


def test_what_was_typed_is_kept_when_the_form_is_refused(tea, goods):
    fill_cart(tea, goods)
    refused = tea.post("/checkout", {**ADDRESS_TYPED, "email": "no address", "city": "", "action": "place"})
    assert refused.status_code == 422
    assert b"1 West Lake Road" in refused.data
    assert b"no address" in refused.data
    assert b"Which city?" in refused.data
    assert b"1 West Lake Road" in tea.get("/checkout").data
    assert orders_placed() == 0


def test_a_shop_without_a_way_to_pay_says_so(tea, goods):
    book.offered = False
    fill_cart(tea, goods)
    refused = check_out(tea)
    assert b"no way to pay" in refused.data
    assert orders_placed() == 0


def test_an_address_that_is_not_delivered_to_is_told(tea, goods):
    fill_cart(tea, goods)
    page = tea.post("/checkout", {**ADDRESS_TYPED, "country": "AQ", "action": "update"})
    assert b"does not deliver to this address" in page.data


def test_an_expired_session_at_payment_leads_to_the_order_by_code_and_email(tea, goods):
    fill_cart(tea, goods)
    pay_page = check_out(tea).headers["Location"]
    code = last_order_code()

    @transactional
    def expire_sessions():
        db.session.execute(VisitorSession.__table__.delete())

    expire_sessions()
    away = tea.get(pay_page)
    assert away.headers["Location"] == f"/orders/find?next={pay_page}"
    lookup = tea.get(away.headers["Location"])
    assert b"nothing is lost" in lookup.data
    wrong = tea.post("/orders/find", {"code": code, "email": "other@example.com", "next": pay_page})
    assert wrong.status_code == 422
    found = tea.post("/orders/find", {"code": f" {code.lower()} ", "email": "Buyer@Example.com", "next": pay_page})
    assert found.headers["Location"] == pay_page
    assert tea.get(pay_page).status_code == 200


def test_a_checkout_after_the_session_has_ended_says_that_nothing_was_ordered(tea, goods):
    answer = tea.post(
        "/checkout", {**ADDRESS_TYPED, "agreed_total_minor": "1", "action": "place"}, follow_redirects=True
    )
    assert b"Nothing was ordered or charged" in answer.data


def test_guessing_order_codes_is_slowed_down(tea, goods):
    answers = {tea.post("/orders/find", {"code": "AAAA2222", "email": "a@example.com"}).status_code for _ in range(10)}
    assert answers == {422, 429}


def test_a_payment_whose_start_is_lost_is_not_paid_twice(tea, goods):
    book.lose_answers = True
    fill_cart(tea, goods)
    pay_page = check_out(tea).headers["Location"]
    assert tea.get(pay_page).status_code == 200
    book.lose_answers = False
    asked = tea.post(f"{pay_page}/check")
    assert asked.status_code == 303
    assert payment_of(last_order_code()).state == "requires_action"


def test_another_way_to_pay_opens_another_payment(tea, goods):
    fill_cart(tea, goods)
    first = check_out(tea).headers["Location"]
    code = last_order_code()
    second = tea.post(f"/orders/{code}/pay", {"payment": "fakepay.qr"}).headers["Location"]
    assert second.startswith("/pay/")
    assert second != first


def test_a_buyer_cancels_a_paid_order_and_the_goods_are_free_again(tea, goods, paid):
    answer = tea.post(f"/orders/{paid}/cancel", follow_redirects=True)
    assert b"cancelled" in answer.data
    assert reserved(goods.variant_id) == 0
    again = tea.post(f"/orders/{paid}/cancel", follow_redirects=True)
    assert again.status_code == 200


def test_a_buyer_asks_for_a_refund_and_takes_it_back(tea, goods, paid):
    for amount, reason in (("", "broken"), ("nothing", "broken"), ("-3", "broken"), ("12.345", "broken"), ("5", "")):
        assert tea.post(f"/orders/{paid}/refund", {"amount": amount, "reason": reason}).status_code == 422
    too_much = tea.post(f"/orders/{paid}/refund", {"amount": "9999", "reason": "broken"})
    assert too_much.status_code in {409, 422}
    asked = tea.post(f"/orders/{paid}/refund", {"amount": "5.00", "reason": "a cup is broken"}, follow_redirects=True)
    assert b"has been asked" in asked.data
    taken_back = tea.post(f"/orders/{paid}/refund/withdraw", follow_redirects=True)
    assert b"withdrawn" in taken_back.data


def test_a_buyer_confirms_receipt(tea, goods, paid, shops):
    order_id = db.session.scalar(select(Order.id).where(Order.code == paid))
    db.session.close()
    ship_order(shops.tea, order_id, carrier="SF", tracking_number="SF1", actor=shops.tea_owner)
    answer = tea.post(f"/orders/{paid}/confirm", follow_redirects=True)
    assert b"Thank you for telling" in answer.data


def test_cart_lines_are_changed_and_removed(tea, goods):
    fill_cart(tea, goods, 2)
    line_id = re.search(rb'name="quantity-(cln_\w+)"', tea.get("/cart").data).group(1).decode()
    assert b'value="5"' in tea.post("/cart/update", {f"quantity-{line_id}": "5"}, follow_redirects=True).data
    assert b"empty" in tea.post("/cart/update", {"remove": line_id}, follow_redirects=True).data
    assert tea.post("/cart/update", {"remove": line_id}, follow_redirects=True).status_code == 200


def test_more_than_there_is_cannot_be_put_into_the_cart(tea, goods):
    answer = tea.post("/cart/add", {"variant_id": goods.variant_id, "quantity": "11"}, follow_redirects=True)
    assert b"sold" in answer.data


def test_a_code_that_does_not_exist_is_refused_with_words(tea, goods):
    fill_cart(tea, goods)
    answer = tea.post("/cart/coupon", {"code": "NOSUCH"}, follow_redirects=True)
    assert b"This code is not known here" in answer.data


def test_a_customer_finds_the_address_used_last(tea, goods):
    tea.post("/account/register", {"email": "buyer@example.com", "name": "Li Lei", "password": "a long walk home"})
    fill_cart(tea, goods)
    check_out(tea)
    assert last_order_code().encode() in tea.get("/account").data
    fill_cart(tea, goods)
    assert b"1 West Lake Road" in tea.get("/checkout").data
