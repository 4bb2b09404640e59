"""Buyers and their papers."""

import pytest

from core.worker.runner import Worker
from tests.core.web.buying import check_out, fill_cart, last_order_code
from tests.core.web.test_buying import pay_at_the_bank, payment_of


@pytest.fixture
def paid(app, tea, goods):
    """The code of an order that this browser placed and paid, with its invoice."""
    fill_cart(tea, goods, 2)
    answer = check_out(tea)
    code = last_order_code()
    pay_at_the_bank(payment_of(code))
    tea.post(f"{answer.headers['Location']}/check")
    Worker(app).once()
    return code


def test_a_buyer_opens_the_invoice_from_the_order_page(tea, paid):
    assert f'href="/orders/{paid}/invoice"' in tea.get(f"/orders/{paid}").text
    answer = tea.get(f"/orders/{paid}/invoice")
    assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")
    assert "no-store" in answer.headers["Cache-Control"]


def test_the_link_in_the_letter_asks_strangers_for_the_address_first(app, tea, paid):
    stranger = type(tea)(app.test_client(), tea.base_url)
    asked = stranger.get(f"/orders/{paid}/invoice")
    assert asked.status_code == 303 and asked.headers["Location"].startswith(f"/orders/find?code={paid}")
    sent = {"code": paid, "email": "buyer@example.com", "next": f"/orders/{paid}/invoice"}
    found = stranger.post("/orders/find", sent)
    assert found.headers["Location"] == f"/orders/{paid}/invoice"
    assert stranger.get(found.headers["Location"]).data[:5] == b"%PDF-"


def test_an_invoice_that_is_not_issued_yet_leads_to_the_order(tea, goods):
    fill_cart(tea, goods)
    check_out(tea)
    code = last_order_code()
    answer = tea.get(f"/orders/{code}/invoice", follow_redirects=True)
    assert "issued when the order is paid" in answer.text


def test_papers_of_other_orders_cannot_be_asked_for(tea, paid, goods):
    assert tea.get(f"/orders/{paid}/invoice?number=INV-2020-000001").status_code == 303
    assert tea.get("/orders/NOSUCH00/invoice").headers["Location"].startswith("/orders/find")
