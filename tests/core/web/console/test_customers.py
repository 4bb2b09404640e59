"""Customers in the console: found, with what they bought, never those of another shop."""

import pytest
from sqlalchemy import update

from core.base.database import db
from core.base.transactions import transactional
from core.orders.models import Order
from core.orders.returns import refund_order
from core.parties.service import register_customer
from tests.core.web.console.conftest import words
from tests.trade import make_variant, owner_of, paid_order, placed_order


@transactional
def belongs_to(merchant_id, order_id, customer_id):
    db.session.execute(
        update(Order).where(Order.merchant_id == merchant_id, Order.id == order_id).values(customer_id=customer_id)
    )


@pytest.fixture
def mei(tea):
    """A customer who paid two orders of 10.00 and 20.00, got 5.00 back, and placed a third without paying."""
    found = register_customer(tea, email="mei@example.com", name="Mei Lin", password="a long passphrase")
    variant = make_variant(tea, price_minor=1000)
    first, second = paid_order(tea, variant), paid_order(tea, variant, 2)
    for order in (first, second, placed_order(tea, variant)):
        belongs_to(tea, order.order_id, found)
    refund_order(tea, second.order_id, amount_minor=500, reason="broken", actor=owner_of(tea))
    db.session.remove()
    return found


@pytest.mark.parametrize("typed", ["mei", "LIN", "@example.com"])
def test_a_customer_is_found_by_a_part_of_name_or_address(desk, tea, mei, typed):
    register_customer(tea, email="bo@example.org", name="Bo", password="a long passphrase")
    db.session.remove()
    shown = words(desk.get("/console/customers", query_string={"q": typed}).text)
    assert "Mei Lin" in shown
    assert "bo@example.org" not in shown


@pytest.mark.parametrize("typed", ["%", "_", "nobody", "\\"])
def test_signs_of_the_database_are_plain_letters_in_a_search(desk, mei, typed):
    assert "No customer fits" in words(desk.get("/console/customers", query_string={"q": typed}).text)


def test_paid_orders_count_without_what_was_given_back(desk, tea, mei):
    total = sum(
        order.total_minor - order.refunded_minor
        for order in db.session.query(Order).filter_by(merchant_id=tea, customer_id=mei)
        if order.paid_at
    )
    db.session.remove()
    page = words(desk.page(f"/console/customers/{mei}"))
    assert f"{total / 100:.2f}" in page
    assert f"{total / 100:.2f}" in words(desk.page("/console/customers"))
    assert "Orders 3" in page


def test_a_customer_of_another_shop_is_not_found(sign_in, ceramics, mei):
    other = sign_in(ceramics)
    assert other.get(f"/console/customers/{mei}").status_code == 404
    assert "No customers yet" in words(other.page("/console/customers"))


def test_the_pages_ask_at_most_fifteen_statements(desk, mei, count_statements):
    for path in ("/console/customers?q=mei", f"/console/customers/{mei}"):
        desk.page(path)
        assert count_statements(lambda path=path: desk.page(path)) <= 15


def test_more_than_a_page_of_customers_goes_on(desk, tea):
    @transactional
    def many():
        from core.base import clock
        from core.base.ids import new_id
        from core.parties.models import Customer

        for number in range(51):
            db.session.add(
                Customer(
                    merchant_id=tea,
                    id=new_id("cus"),
                    email=f"c{number}@example.com",
                    name=f"Name {number}.",
                    password_hash="x",
                    created_at=clock.now(),
                )
            )

    many()
    db.session.remove()
    first = desk.page("/console/customers")
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    rest = desk.page(following)
    shown = {number for number in range(51) for page in (first, rest) if f">c{number}@example.com<" in page}
    assert shown == set(range(51))
    assert "Next page" not in rest
