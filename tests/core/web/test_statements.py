"""How many SQL statements a request costs: a page that begins to ask more fails here, before it is slow anywhere."""

import pytest

from core.contract.providers import PaymentState
from tests.core.web.buying import ADDRESS_TYPED, fill_cart, shown_total
from tests.fakes import book


def place_and_count(browser, count_sql) -> int:
    page = browser.post("/checkout", {**ADDRESS_TYPED, "action": "update"})
    chosen = {"delivery": "fakeship.flat/standard", "payment": "fakepay.qr", "action": "place"}
    form = {**ADDRESS_TYPED, **chosen, "agreed_total_minor": shown_total(page.data)}
    count_sql.clear()
    answer = browser.post("/checkout", form)
    assert answer.headers["Location"].startswith("/pay/")
    return len(count_sql)


def test_placing_an_order_that_is_paid_at_once_costs_at_most_25_statements(tea, goods, count_sql):
    book.start = PaymentState.CAPTURED
    fill_cart(tea, goods)
    place_and_count(tea, count_sql)
    fill_cart(tea, goods)
    counted = place_and_count(tea, count_sql)
    assert any("ledger_entry" in statement for statement in count_sql)
    assert counted <= 25, "\n".join(count_sql)


def test_placing_an_order_that_waits_for_its_payment_costs_at_most_16_statements(tea, goods, count_sql):
    fill_cart(tea, goods)
    assert place_and_count(tea, count_sql) <= 16, "\n".join(count_sql)


@pytest.mark.parametrize(
    ("path", "limit"), [("/", 10), ("/search?q=tea", 8), ("/cart", 6), ("/checkout", 8), ("/account/sign-in", 4)]
)
def test_a_page_with_a_cart_costs_no_more_statements_than_set(tea, goods, count_sql, path, limit):
    fill_cart(tea, goods)
    tea.get("/cart")
    count_sql.clear()
    assert tea.get(path).status_code == 200
    assert len(count_sql) <= limit, "\n".join(count_sql)


def test_a_product_page_with_a_cart_costs_at_most_6_statements_when_its_product_is_seen_again(tea, goods, count_sql):
    fill_cart(tea, goods)
    tea.get(f"/products/{goods.slug}")
    count_sql.clear()
    assert tea.get(f"/products/{goods.slug}").status_code == 200
    assert len(count_sql) <= 6, "\n".join(count_sql)
