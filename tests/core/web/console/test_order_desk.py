import pytest

from core.orders.desk import add_note, notes_of
from core.orders.queries import order_detail
from core.orders.terms import index_order
from tests.core.web.console.conftest import words
from tests.trade import make_variant, paid_order


@pytest.fixture
def order(tea):
    return paid_order(tea, make_variant(tea, price_minor=5000, stock=50), 3)


@pytest.fixture
def at(order):
    return f"/console/orders/{order.order_id}"


def line_of(tea, order):
    return order_detail(tea, order.order_id).lines[0].id


def test_a_part_is_packed_shipped_corrected_and_the_rest_follows(desk, tea, order, at):
    field = f"line-{line_of(tea, order)}"
    desk.done(f"{at}/pack", {field: "2", "do": "pack"})
    [parcel] = order_detail(tea, order.order_id).packed_parcels
    tracking = {"carrier": "SF", "tracking_number": "SF-9"}
    page = desk.done(f"{at}/parcels/{parcel.id}", {**tracking, "do": "ship"})
    assert "Partly shipped" in words(page) and "SF-9" in page
    page = desk.done(f"{at}/parcels/{parcel.id}", {**tracking, "tracking_number": "SF-10", "do": "correct"})
    assert "SF-10" in page
    page = desk.done(f"{at}/pack", {field: "1", "do": "ship", **tracking})
    assert order_detail(tea, order.order_id).order.state == "shipped"


def test_more_pieces_than_are_left_are_refused_at_their_line(desk, tea, order, at):
    name = f"line-{line_of(tea, order)}"
    answer = desk.post(f"{at}/pack", {name: "4", "do": "pack"})
    assert answer.status_code == 422 and f'id="{name}-error"' in answer.text and 'value="4"' in answer.text


def test_pieces_that_cannot_be_sent_are_taken_out_and_paid_back(desk, tea, order, at):
    name = f"line-{line_of(tea, order)}"
    page = desk.done(f"{at}/take-out", {name: "1", "reason": "Broken in the store", "with_delivery": "1"})
    detail = order_detail(tea, order.order_id)
    assert detail.lines[0].cancelled_quantity == 1 and detail.order.refunded_minor > 5000 - 1
    assert "1 taken out" in words(page) and "Broken in the store" in page


def test_a_parcel_of_another_order_does_not_exist_here(desk, tea, order, at):
    other = paid_order(tea, make_variant(tea))
    desk.done(f"/console/orders/{other.order_id}/pack")
    [parcel] = order_detail(tea, other.order_id).packed_parcels
    assert desk.post(f"{at}/parcels/{parcel.id}", {"do": "unpack"}).status_code == 404
    assert order_detail(tea, other.order_id).order.state == "packed"


def test_many_orders_are_packed_and_shipped_together_and_the_refused_stay_on_the_page(desk, tea):
    variant_id = make_variant(tea, stock=50)
    ids = [paid_order(tea, variant_id).order_id for _ in range(3)]
    page = desk.done("/console/orders/bulk", {"id": ids, "do": "pack"})
    assert "3 orders are packed" in words(page)
    page = desk.done("/console/orders/bulk", {"id": ids, "do": "pack"})
    assert "3 orders were left as they are" in words(page)
    page = desk.done("/console/orders/bulk", {"id": ids, "do": "ship"})
    assert all(f"number-{order_id}" in page for order_id in ids)
    answer = desk.post("/console/orders/ship", {"id": ids, "carrier": ""})
    assert answer.status_code == 422
    numbers = {f"number-{order_id}": f"N{place}" for place, order_id in enumerate(ids[:2])}
    page = desk.done("/console/orders/ship", {"id": ids, "carrier": "SF", **numbers})
    assert "2 orders are shipped" in words(page)
    assert [order_detail(tea, order_id).order.state for order_id in ids] == ["shipped", "shipped", "packed"]
    answer = desk.post("/console/orders/ship", {"id": ids, "carrier": "SF", **numbers})
    assert (answer.status_code == 409 and "N0" in answer.text) or "Nothing to ship" in answer.text


def test_slips_and_pick_lists_name_what_is_to_be_taken(desk, tea, order):
    second = paid_order(tea, make_variant(tea))
    ids = [order.order_id, second.order_id]
    page = desk.done("/console/orders/bulk", {"id": ids, "do": "slips"})
    assert order.code in page and second.code in page and "Packing slip" in words(page)
    page = desk.done("/console/orders/bulk", {"id": ids, "do": "pick"})
    assert order.code in page and "Longjing" in words(page)
    assert desk.get("/console/orders/print/slips?id=ord_x").status_code == 404


def test_notes_are_written_changed_and_taken_away_on_the_page(desk, tea, order, at):
    page = desk.done(f"{at}/notes", {"text": "Call before delivery <b>"})
    assert "Call before delivery &lt;b&gt;" in page
    [note] = notes_of(tea, order.order_id)
    assert "do not call" in desk.done(f"{at}/notes/{note.id}", {"text": "do not call", "do": "save"})
    assert "do not call" not in desk.done(f"{at}/notes/{note.id}", {"do": "delete"})
    refused = desk.post(f"{at}/notes", {"text": " "})
    assert refused.status_code == 422 and 'id="note-text-error"' in refused.text


def test_a_colleagues_note_cannot_be_changed(desk, sign_in, tea, order, at):
    clerk = sign_in(tea, "clerk")
    note = add_note(tea, order.order_id, "Mine", actor_id=clerk.person_id)
    assert f"/notes/{note}" not in desk.page(at)
    assert desk.post(f"{at}/notes/{note}", {"text": "x"}).status_code == 404


def test_tags_lead_to_the_list_of_orders_that_have_them(desk, tea, order, at):
    page = desk.done(f"{at}/tags", {"tags": "gift，fragile, Gift"})
    assert 'href="/console/orders?tag=gift"' in page and "fragile" in page
    desk.done("/console/orders/bulk", {"id": [order.order_id], "do": "tag", "tags": "vip"})
    index_order(tea, order.order_id)
    assert order.code in desk.page("/console/orders?tag=vip")
    assert order.code not in desk.page("/console/orders?tag=other")


def test_the_address_is_changed_and_what_is_missing_is_said_at_its_field(desk, tea, order, at):
    good = {"name": "Han", "phone": "139", "line1": "2 East Road", "city": "Suzhou"}
    assert "2 East Road" in desk.done(f"{at}/address", good)
    refused = desk.post(f"{at}/address", {**good, "city": ""})
    assert refused.status_code == 422 and 'id="address-city-error"' in refused.text


def test_the_confirmation_is_sent_again_and_the_list_is_walked_through(desk, tea, order, at):
    second = paid_order(tea, make_variant(tea))
    assert "once more" in words(desk.done(f"{at}/confirmation"))
    moved = desk.get(f"{at}/newer?state=paid")
    assert moved.status_code == 303 and moved.location == f"/console/orders/{second.order_id}?state=paid"
    assert "end of the list" in desk.page(desk.get(f"{at}/older").location)


def test_the_page_of_an_order_asks_the_database_at_most_fifteen_times(desk, tea, order, at, count_statements):
    desk.done(f"{at}/notes", {"text": "Look"})
    desk.done(f"{at}/pack", {f"line-{line_of(tea, order)}": "2", "do": "pack"})
    desk.page(at)
    for path in (at, "/console/orders", f"/console/orders/print/slips?id={order.order_id}"):
        asked = count_statements(lambda path=path: desk.page(path))
        assert asked <= 15, (path, asked)
