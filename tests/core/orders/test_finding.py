from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound, Refused
from core.base.transactions import end_read, transactional
from core.orders import finding, views
from core.orders.finding import OrderFilter, counts_by_state, find_orders
from core.orders.models import Order, OrderTerm
from core.orders.terms import index_order, on_event
from core.orders.views import remove_view, save_view, saved_views
from core.parties.errors import RoleNotEnough
from core.parties.service import register_member
from tests.trade import make_shop, make_variant, owner_of, paid_order, placed_order

BUYERS = (
    ("anna.berg@example.com", "Anna Berg", "13700137000", "上海市", ""),
    ("li.lei@example.com", "李雷", "13800138000", "浙江省", "gift please"),
    ("han@example.com", "韩梅梅", "13900139000", "浙江省", ""),
)


@transactional
def rewrite(merchant_id, order_id, email, name, phone, region, note):
    order = db.session.get(Order, (merchant_id, order_id))
    order.email, order.note = email, note
    order.address = {"name": name, "phone": phone, "region": region}


@pytest.fixture
def sold(app):
    """A shop with an order of each buyer, the first one paid; gives (merchant, {name: order id})."""
    tea = make_shop("tea")
    variant = make_variant(tea, stock=50, sku="LJ-50")
    found = {}
    for number, (email, name, *rest) in enumerate(BUYERS):
        placed = (placed_order if number else paid_order)(tea, variant)
        rewrite(tea, placed.order_id, email, name, *rest)
        index_order(tea, placed.order_id)
        found[name] = placed.order_id
    return tea, found


def names(merchant_id, **wanted):
    end_read()
    return [row.name for row in find_orders(merchant_id, OrderFilter(**wanted)).rows]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("anna.berg@example.com", ["Anna Berg"]),
        ("ANNA", ["Anna Berg"]),
        ("ber", ["Anna Berg"]),
        ("anna berg", ["Anna Berg"]),
        ("anna li", []),
        ("李雷", ["李雷"]),
        ("雷", ["李雷"]),
        ("韩", ["韩梅梅"]),
        ("梅梅", ["韩梅梅"]),
        ("13800138000", ["李雷"]),
        ("8000", ["李雷"]),
        ("lj-50", ["韩梅梅", "李雷", "Anna Berg"]),
        ("nobody@example.com", []),
        ("'; DROP TABLE orders; --", []),
        ("%", []),
    ],
)
def test_orders_are_found_by_the_words_that_people_type(sold, text, expected):
    assert names(sold[0], text=text) == expected


def test_an_order_is_found_by_its_code_at_once_without_any_words(app):
    tea = make_shop("tea")
    placed = placed_order(tea, make_variant(tea))
    assert [row.id for row in find_orders(tea, OrderFilter(text=placed.code.lower())).rows] == [placed.order_id]


def test_filters_narrow_one_another(sold):
    tea, _orders = sold
    assert names(tea, state="paid") == ["Anna Berg"]
    assert names(tea, region="浙江省") == ["韩梅梅", "李雷"]
    assert names(tea, region="浙江省", state="paid") == []
    assert names(tea, region="浙江省", note=True) == ["李雷"]
    assert names(tea, text="example", provider="fakepay.qr") == []
    assert names(tea, text="lj-50", provider="fakepay.qr", state="pending") == ["韩梅梅", "李雷"]
    assert names(tea, since=clock.now() - timedelta(minutes=1)) == ["韩梅梅", "李雷", "Anna Berg"]
    assert names(tea, until=clock.now() - timedelta(minutes=1)) == []


def test_another_merchants_orders_are_never_found(sold):
    other = make_shop("ceramics")
    assert names(other) == names(other, text="anna") == names(other, region="浙江省") == []


def test_a_new_state_is_found_at_once_and_new_words_when_the_worker_has_read_the_event(sold):
    tea, orders = sold
    rewrite(tea, orders["Anna Berg"], "new@example.com", "Anna Neumann", "1", "", "")
    assert names(tea, text="neumann") == []
    on_event("order.shipped", {"merchant_id": tea, "order_id": orders["Anna Berg"]})
    assert names(tea, text="neumann") == ["Anna Neumann"]
    assert names(tea, text="berg") == []


def test_the_words_of_an_order_that_is_gone_are_no_concern(sold):
    on_event("order.placed", {"merchant_id": sold[0], "order_id": "ord_none"})


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["", "paid", "pending", "nonsense"]),
    st.sampled_from(["", "lj-50", "anna", "anna lj-50", "李雷"]),
    st.sampled_from(["", "浙江省"]),
    st.booleans(),
    st.integers(1, 3),
)
def test_pages_follow_one_another_without_gap_or_overlap(sold, state, text, region, note, size):
    wanted = OrderFilter(state=state, text=text, region=region, note=note)
    whole = [row.id for row in find_orders(sold[0], wanted).rows]
    seen, before = [], ""
    while True:
        found = find_orders(sold[0], wanted, before=before, limit=size)
        seen += [row.id for row in found.rows]
        if found.next_cursor is None:
            break
        before = found.next_cursor
    assert seen == whole == sorted(whole, reverse=True)


def test_a_search_among_very_many_stops_early_and_goes_on_from_there(sold, monkeypatch):
    tea, orders = sold
    for cached in (finding._listing, finding._window_end, finding._probe):
        cached.cache_clear()
    monkeypatch.setattr(finding, "SEARCHED_MAX", 1)
    wanted = OrderFilter(text="lj-50", state="pending", region="浙江省")
    found, rows, steps = find_orders(tea, wanted), [], 0
    while True:
        rows += [row.name for row in found.rows]
        steps += 1
        if found.next_cursor is None:
            break
        found = find_orders(tea, wanted, before=found.next_cursor)
    for cached in (finding._listing, finding._window_end, finding._probe):
        cached.cache_clear()
    assert rows == ["韩梅梅", "李雷"] and steps > 1 and orders


def test_counts_stop_where_they_do_not_matter_any_more(sold, monkeypatch):
    tea, _orders = sold
    assert counts_by_state(tea, ["pending", "paid", "packed"]) == {"pending": 2, "paid": 1, "packed": 0}


def test_no_word_of_a_buyer_outlives_the_order_it_came_from(sold):
    tea, orders = sold
    rewrite(tea, orders["李雷"], "erased@invalid", "—", "", "", "")
    index_order(tea, orders["李雷"])
    left = {term.term for term in db.session.query(OrderTerm).filter_by(order_id=orders["李雷"])}
    assert not {term for term in left if "李" in term or "138" in term or "li.lei" in term}


def test_a_view_is_kept_for_oneself_or_for_the_team(sold):
    tea, _orders = sold
    colleague = register_member(email="c@example.com", name="C", password="a long enough one")
    mine = save_view(tea, "orders", name="  To  pack ", query="state=paid", shared=False, actor_id=owner_of(tea))
    save_view(tea, "orders", name="Zhejiang", query="at=x", shared=True, actor_id=owner_of(tea))
    assert [view.name for view in saved_views(tea, "orders", owner_of(tea))] == ["To pack", "Zhejiang"]
    assert [view.name for view in saved_views(tea, "orders", colleague)] == ["Zhejiang"]
    with pytest.raises(RoleNotEnough):
        remove_view(tea, mine, actor_id=colleague)
    remove_view(tea, mine, actor_id=owner_of(tea))
    with pytest.raises(NotFound):
        remove_view(tea, mine, actor_id=owner_of(tea))


@pytest.mark.parametrize(("name", "query"), [("", "state=paid"), ("x" * 61, "state=paid"), ("x", ""), ("x", "q" * 501)])
def test_a_view_without_a_name_or_a_filter_is_refused(sold, name, query):
    with pytest.raises(Invalid):
        save_view(sold[0], "orders", name=name, query=query, shared=False, actor_id=owner_of(sold[0]))


def test_there_is_an_end_to_saved_views(sold, monkeypatch):
    monkeypatch.setattr(views, "VIEWS_MAX", 1)
    save_view(sold[0], "orders", name="a", query="a=1", shared=False, actor_id=owner_of(sold[0]))
    with pytest.raises(Refused):
        save_view(sold[0], "orders", name="b", query="a=1", shared=False, actor_id=owner_of(sold[0]))
