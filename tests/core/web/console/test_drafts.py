import io
import re

import pytest

from core.orders.drafts import find_draft
from core.orders.letters import pay_path
from core.orders.queries import order_by_code, order_detail
from tests.core.web.console.conftest import words
from tests.trade import make_variant, paid_order, placed_order

BUYER = {
    "email": "Li@Example.com",
    "address-name": "Li Lei",
    "address-phone": "138",
    "address-country": "CN",
    "address-city": "Hangzhou",
    "address-line1": "1 West Lake Road",
}


@pytest.fixture
def variant_id(tea):
    return make_variant(tea, price_minor=5000, stock=50)


@pytest.fixture
def at(desk):
    return desk.post("/console/drafts").location


def test_an_order_is_made_at_a_price_of_its_own_and_its_link_leads_the_buyer_to_it(app, desk, tea, variant_id, at):
    page = desk.done(at, {"do": "search", "q": "longjing"})
    assert f"add-{variant_id}" in page
    page = desk.done(at, {**BUYER, "do": f"add-{variant_id}"})
    sent = {**BUYER, f"count-{variant_id}": "2", f"price-{variant_id}": "40.00", "percent": "10", "fee-label-0": "Card"}
    refused = desk.post(at, {**sent, "fee-amount-0": "x", "do": "save"})
    assert refused.status_code == 422 and 'id="fee-amount-0-error"' in refused.text and 'value="x"' in refused.text
    page = desk.done(at, {**sent, "fee-amount-0": "5", "do": "save"})
    assert "77.00" in words(page)
    page = desk.done(at, {**sent, "fee-amount-0": "5", "do": "send"})
    assert "sent a link" in words(page)
    link = re.search(r'href="(http://[^"]+/orders/\w+/open/\w+)"', page).group(1)
    host, path = link.split("/orders/", 1)
    browser = app.test_client()
    assert browser.get(f"/orders/{path}", base_url=host).status_code == 303
    shown = browser.get(f"/orders/{path.split('/')[0]}", base_url=host)
    assert shown.status_code == 200 and "77.00" in shown.text
    assert app.test_client().get(f"/orders/{path}x", base_url=host).status_code in (302, 303, 404)


def test_an_order_paid_at_the_counter_says_how(desk, tea, variant_id, at):
    desk.done(at, {**BUYER, "do": f"add-{variant_id}"})
    line = {f"count-{variant_id}": "1"}
    refused = desk.post(at, {**BUYER, **line, "do": "outside", "how": ""})
    assert refused.status_code == 422 and 'id="how-error"' in refused.text
    page = desk.done(at, {**BUYER, **line, "do": "outside", "how": "Cash"})
    assert "paid outside" in words(page) and "Paid outside" in words(page) and "Nothing is held" in words(page)
    assert desk.get(at).status_code == 303


def test_what_is_missing_is_said_at_its_field_and_the_draft_is_kept(desk, tea, variant_id, at):
    desk.done(at, {"do": f"add-{variant_id}"})
    refused = desk.post(at, {f"count-{variant_id}": "3", "do": "send"})
    assert refused.status_code == 422 and 'id="email-error"' in refused.text
    assert find_draft(tea, at.rsplit("/", 1)[1])[1].lines[0].quantity == 3
    assert "The draft is gone" in words(desk.done(at, {"do": "remove"}))
    assert "No drafts" in words(desk.page("/console/drafts"))


def test_an_unpaid_order_is_edited_and_a_paid_one_is_made_again(desk, tea, variant_id):
    unpaid, paid = placed_order(tea, variant_id), paid_order(tea, variant_id)
    at = desk.post("/console/drafts", {"order_id": unpaid.order_id, "edits": "1"}).location
    page = desk.page(at)
    assert "Edit the order" in words(page) and 'value="50.00"' in page
    sent = {**BUYER, f"count-{variant_id}": "4", f"price-{variant_id}": "45"}
    desk.done(at, {**sent, "do": "send"})
    detail = order_detail(tea, unpaid.order_id)
    assert (detail.order.code, detail.order.total_minor) == (unpaid.code, 18000)
    assert "can be edited" in words(desk.done("/console/drafts", {"order_id": paid.order_id, "edits": "1"}))
    assert "New order" in words(desk.done("/console/drafts", {"order_id": paid.order_id}))


def test_an_unpaid_order_is_marked_as_paid_and_its_link_is_sent_again(desk, tea, variant_id):
    order = placed_order(tea, variant_id)
    at = f"/console/orders/{order.order_id}"
    assert pay_path(order_by_code(tea, order.code).order) in desk.page(at)
    assert "once more" in words(desk.done(f"{at}/ask-again"))
    assert "Marked as paid" in words(desk.done(f"{at}/paid-outside", {"how": "Bank transfer"}))


def test_a_clerk_sends_links_but_does_not_say_that_something_is_paid(sign_in, tea, variant_id):
    clerk, order = sign_in(tea, "clerk"), placed_order(tea, variant_id)
    assert "paid-outside" not in clerk.page(f"/console/orders/{order.order_id}")
    assert clerk.post(f"/console/orders/{order.order_id}/paid-outside", {"how": "Cash"}).status_code == 403
    clerk.done(f"/console/orders/{order.order_id}/ask-again")


def test_drafts_of_another_merchant_do_not_exist(sign_in, ceramics, at):
    stranger = sign_in(ceramics)
    assert stranger.get(at).status_code == 404
    assert stranger.post(at, {"do": "send"}).status_code == 404


def test_the_pages_of_drafts_ask_the_database_at_most_fifteen_times(desk, variant_id, at, count_statements):
    desk.done(at, {**BUYER, "do": f"add-{variant_id}"})
    for path in (at, f"{at}?q=longjing", "/console/drafts"):
        desk.page(path)
        seen = count_statements(lambda path=path: desk.page(path))
        assert seen <= 15, (path, seen)


def upload(text: str, **more):
    return {"file": (io.BytesIO(text.encode("utf-8")), "numbers.csv"), **more}


def test_a_file_of_tracking_numbers_ships_its_orders_and_names_the_lines_it_leaves_out(desk, tea, variant_id):
    first, second = paid_order(tea, variant_id), paid_order(tea, variant_id)
    text = f"Order;Tracking number\n{first.code.lower()};SF1\nNOTHERE1;SF2\n{second.code};\n"
    answer = desk.post("/console/orders/tracking", upload(text, carrier="SF"))
    assert answer.status_code == 422 and "NOTHERE1" in answer.text and second.code in answer.text
    states = [order_detail(tea, one.order_id).order.state for one in (first, second)]
    assert states == ["shipped", "paid"]
    text = f"order,carrier,tracking_number\n{second.code},ZTO,Z1\n"
    assert "1 order is shipped" in words(desk.done("/console/orders/tracking", upload(text)))


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "order,tracking_number\n", "\x00\x01\x02"])
def test_a_file_without_what_is_needed_is_refused_with_words(desk, text):
    answer = desk.post("/console/orders/tracking", upload(text))
    assert answer.status_code == 422 and 'role="alert"' in answer.text
