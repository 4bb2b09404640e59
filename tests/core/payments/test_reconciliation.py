from datetime import timedelta

import pytest

from core.base import clock
from core.contract.providers import RefundState
from core.orders.returns import refund_order
from core.payments.reconciliation import custodies, failed_payouts, oldest_things, under_way
from core.payments.refunds import send_refunds
from core.shops.queries import shop_context
from tests.fakes import fresh_book
from tests.trade import make_shop, make_variant, owner_of, paid_order, pay, placed_order, start_payment


@pytest.fixture
def book():
    return fresh_book()


@pytest.fixture
def tea(app, book):
    return make_shop("tea")


def lost_payment(merchant_id):
    placed = placed_order(merchant_id, make_variant(merchant_id))
    start_payment(shop_context(merchant_id), placed.payment_id, return_url="https://x/", notify_url="https://x/")
    return placed


def test_what_is_under_way_is_counted_by_kind_currency_and_age(tea, book):
    book.lose_answers = True
    with clock.moved(-timedelta(hours=2)):
        old = lost_payment(tea)
    lost_payment(tea)
    other = make_shop("other")
    lost_payment(other)
    (row,) = under_way()
    assert (row.kind, row.currency, row.count, row.amount_minor) == ("payment", "CNY", 3, 5400)
    assert row.by_age == (2, 0, 1, 0, 0, 0)
    assert under_way(other)[0].count == 1
    assert oldest_things(tea)[0].id == old.payment_id


def test_a_refund_whose_answer_was_lost_is_under_way_until_it_is_known(tea, book):
    placed = paid_order(tea, make_variant(tea))
    book.refund = RefundState.UNKNOWN
    refund_order(tea, placed.order_id, amount_minor=500, actor=owner_of(tea), reason="")
    send_refunds()
    (row,) = under_way(tea)
    assert (row.kind, row.count, row.amount_minor) == ("refund", 1, 500)
    assert oldest_things(tea)[0].payment_id == placed.payment_id
    book.refund = RefundState.SUCCEEDED
    with clock.moved(timedelta(hours=1)):
        send_refunds()
    assert under_way(tea) == []


def test_the_books_say_what_stands_outside(tea, book):
    paid_order(tea, make_variant(tea))
    (custody,) = custodies(["CNY"])
    assert (custody.id, custody.books_minor, custody.statements) == ("fakepay.bank", 1800, [])
    assert custody.difference_minor == 1800


def test_money_that_nobody_wanted_is_on_its_way_back(tea, book):
    placed = placed_order(tea, make_variant(tea))
    pay(tea, placed, amount_minor=500)
    assert sum(row.amount_minor for row in under_way(tea)) == 500
    assert {row.kind for row in under_way(tea)} <= {"unaccepted", "refund"}
    assert failed_payouts(tea) == []
