import pytest

from core.discounts.service import Terms, create_discount
from core.orders.queries import order_by_code
from tests.core.web.buying import check_out, fill_cart, last_order_code


@pytest.fixture
def code(goods):
    create_discount(goods.merchant_id, Terms(rate_ppm=250_000), code="SPRING", actor_id=None)
    return "SPRING"


def test_the_link_of_a_code_waits_for_the_cart_and_is_used_in_the_order(tea, goods, code):
    assert tea.get(f"/discount/{code.lower()}?next=/products/{goods.slug}").headers["Location"].startswith("/products/")
    fill_cart(tea, goods)
    cart = tea.get("/cart").text
    assert "SPRING" in cart and "3.00" in cart
    check_out(tea)
    order = order_by_code(goods.merchant_id, last_order_code()).order
    assert (order.coupon_code, order.discount_minor) == ("SPRING", 300)


def test_the_link_of_a_code_leads_nowhere_else_and_an_unknown_code_is_told(tea, code):
    assert tea.get(f"/discount/{code}?next=https://evil.example/").headers["Location"] == "/"
    assert tea.get("/discount/nothing").status_code == 303
    assert "not known here" in tea.get("/").text


def test_a_code_that_no_longer_holds_is_told_in_the_cart_and_costs_nothing_else(tea, goods):
    create_discount(goods.merchant_id, Terms(rate_ppm=250_000, minimum_quantity=2), code="PAIR", actor_id=None)
    fill_cart(tea, goods, 2)
    tea.post("/cart/coupon", {"coupon_code": "pair", "code": "pair"})
    assert "6.00" in tea.get("/cart").text
    tea.post("/cart/coupon", {"remove": "1"})
    assert "PAIR" not in tea.get("/cart").text


def test_a_cart_tells_when_what_applies_by_itself_is_worth_more_than_the_code(tea, goods, code):
    create_discount(goods.merchant_id, Terms(title="Half price", rate_ppm=500_000), method="automatic", actor_id=None)
    fill_cart(tea, goods)
    tea.get(f"/discount/{code}")
    cart = tea.get("/cart").text
    assert "Half price" in cart and "6.00" in cart and "SPRING" in cart
