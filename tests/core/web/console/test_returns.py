import pytest

from core.orders.fulfilment import ship_order
from core.orders.goods_returns import open_return
from core.orders.queries import order_detail
from core.orders.return_queries import return_detail
from tests.core.web.console.conftest import words
from tests.trade import make_variant, owner_of, paid_order


@pytest.fixture
def order(tea):
    placed = paid_order(tea, make_variant(tea, price_minor=5000, stock=50), 3)
    ship_order(tea, placed.order_id, carrier="SF", tracking_number="1", actor=owner_of(tea))
    return placed


@pytest.fixture
def line(tea, order):
    return order_detail(tea, order.order_id).lines[0]


@pytest.fixture
def asked(tea, order, line):
    return open_return(
        tea, order.order_id, lines={line.id: 2}, wish="refund", reason="damaged", text="A crack", pictures=[b"webp"]
    )


def test_a_return_is_approved_received_and_paid_back(desk, tea, order, line, asked):
    assert f"{order.code}-R1" in desk.page("/console/returns")
    assert f"/console/returns/{asked}" in desk.page(f"/console/orders/{order.order_id}")
    at = f"/console/returns/{asked}"
    page = desk.page(at)
    assert "A crack" in page and "It is broken or damaged" in words(page)
    assert "told where to send" in words(desk.done(f"{at}/answer", {"do": "approve", "answer": "Send it here"}))
    page = desk.done(f"{at}/receive", {f"received-{line.id}": "2", f"restocked-{line.id}": "1"})
    assert 'value="100.00"' in page
    assert "goes back to the buyer" in words(desk.done(f"{at}/refund", {"amount": "99.50"}))
    assert order_detail(tea, order.order_id).order.refunded_minor == 9950
    assert return_detail(tea, asked).found.state == "settled"
    assert "No returns here" in words(desk.page("/console/returns"))
    assert order.code in desk.page("/console/returns?state=settled")


def test_an_exchange_leads_to_a_new_order(desk, tea, line, asked):
    at = f"/console/returns/{asked}"
    desk.done(f"{at}/answer", {"do": "approve", "answer": "Here"})
    desk.done(f"{at}/receive", {f"received-{line.id}": "2", f"restocked-{line.id}": "2"})
    refused = desk.post(f"{at}/exchange", {f"variant-{line.id}": ""})
    assert refused.status_code == 422 and f'id="variant-{line.id}-error"' in refused.text
    page = desk.done(f"{at}/exchange", {f"variant-{line.id}": line.variant_id})
    made = return_detail(tea, asked).found.exchange_order_id
    assert f"/console/orders/{made}" in page
    assert "Made in exchange" in words(desk.page(f"/console/orders/{made}"))


@pytest.mark.parametrize(
    ("deed", "data", "field"),
    [("answer", {"do": "approve"}, "answer"), ("answer", {"do": "decline"}, "answer")],
)
def test_an_answer_without_words_is_refused_at_its_field(desk, asked, deed, data, field):
    answer = desk.post(f"/console/returns/{asked}/{deed}", data)
    assert answer.status_code == 422 and f'id="{field}-error"' in answer.text


def test_more_than_was_asked_for_does_not_arrive(desk, line, asked):
    at = f"/console/returns/{asked}"
    desk.done(f"{at}/answer", {"do": "approve", "answer": "Here"})
    answer = desk.post(f"{at}/receive", {f"received-{line.id}": "3", f"restocked-{line.id}": "0"})
    assert answer.status_code == 422 and f'id="received-{line.id}-error"' in answer.text
    assert desk.post(f"{at}/receive", {}).status_code == 422
    assert "order goes on" in words(desk.done(f"{at}/answer", {"do": "close"}))


def test_staff_take_goods_back_at_the_counter(desk, tea, order, line):
    at = f"/console/orders/{order.order_id}/return"
    assert f"line-{line.id}" in desk.page(at)
    refused = desk.post(at, {f"line-{line.id}": "9", "reason": "mind", "wish": "refund"})
    assert refused.status_code == 422 and 'value="9"' in refused.text
    page = desk.done(at, {f"line-{line.id}": "1", "reason": "mind", "wish": "refund", "text": "At the counter"})
    assert "On its way back" in words(page) and "At the counter" in page


def test_another_merchants_returns_do_not_exist(sign_in, ceramics, asked, order):
    stranger = sign_in(ceramics)
    at = f"/console/returns/{asked}"
    assert stranger.get(at).status_code == 404
    for deed in ("answer", "receive", "refund", "exchange"):
        data = {"do": "approve", "answer": "x", "amount": "1"}
        assert stranger.post(f"{at}/{deed}", data).status_code == 404, deed
    assert stranger.get(f"/console/orders/{order.order_id}/return").status_code == 404


def test_pages_of_returns_ask_the_database_at_most_fifteen_times(desk, asked, order, count_statements):
    desk.done(f"/console/returns/{asked}/answer", {"do": "approve", "answer": "Here"})
    for path in (f"/console/returns/{asked}", "/console/returns", f"/console/orders/{order.order_id}"):
        desk.page(path)
        seen = count_statements(lambda path=path: desk.page(path))
        assert seen <= 15, (path, seen)
