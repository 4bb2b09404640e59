import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.base.database import db
from core.base.errors import Invalid, NotFound, Refused
from core.catalog import service as catalog
from core.catalog.details import ProductDetails, VariantDetails
from core.inventory.counting import apply_count, cancel_count, count_progress, start_count, write_counts
from core.inventory.errors import LocationInUse, LocationShort, StockPromised, WrongState
from core.inventory.locations import (
    LocationDetails,
    cancel_transfer,
    create_location,
    create_transfer,
    move_priority,
    receive_transfer,
    send_transfer,
    set_location_active,
)
from core.inventory.models import Stock, StockAllocation, StockLevel
from core.inventory.service import adjust_stock, allocate, consume, release, reserve, set_stock
from core.inventory.verify import verify_stock
from core.parties.errors import RoleNotEnough
from tests.trade import make_shop, make_variant, owner_of


@pytest.fixture
def tea(app):
    return make_shop("tea")


def place(merchant_id, name, priority=0):
    return create_location(merchant_id, LocationDetails(name, priority=priority), actor_id=owner_of(merchant_id))


def lying(merchant_id, variant_id) -> dict[str, tuple[int, int]]:
    db.session.remove()
    rows = db.session.query(StockLevel).filter_by(merchant_id=merchant_id, variant_id=variant_id)
    found = {row.location_id: (row.on_hand, row.allocated) for row in rows}
    db.session.remove()
    assert list(verify_stock()) == []
    return found


def on_hand(merchant_id, variant_id) -> int:
    db.session.remove()
    return db.session.get(Stock, (merchant_id, variant_id)).on_hand


@pytest.fixture
def places(tea):
    """Two places: the first holds the five that were there, the second got three more."""
    variant = make_variant(tea, stock=5)
    first, second = place(tea, "Hangzhou", 1), place(tea, "Suzhou", 2)
    adjust_stock(tea, variant, 3, location_id=second)
    return variant, first, second


def test_the_first_location_holds_everything_there_is(tea):
    variant, empty = make_variant(tea, stock=5), make_variant(tea, stock=0)
    first = place(tea, "Hangzhou")
    assert lying(tea, variant) == {first: (5, 0)} and lying(tea, empty) == {}
    place(tea, "Suzhou")
    assert lying(tea, variant) == {first: (5, 0)}


def test_new_goods_lie_in_the_first_location(tea):
    first, _second = place(tea, "Hangzhou", 1), place(tea, "Suzhou", 2)
    product = catalog.create_product(tea, ProductDetails("Cup"), variants=[VariantDetails(100, on_hand=4)])
    variant = db.session.query(Stock).filter_by(merchant_id=tea, product_id=product).one().variant_id
    assert lying(tea, variant) == {first: (4, 0)}


def test_what_goes_is_taken_where_it_is_said_or_from_the_places_in_their_order(tea, places):
    variant, first, second = places
    adjust_stock(tea, variant, -1, location_id=second)
    assert lying(tea, variant) == {first: (5, 0), second: (2, 0)}
    with pytest.raises(LocationShort):
        adjust_stock(tea, variant, -3, location_id=second)
    set_stock(tea, variant, 1)
    assert lying(tea, variant) == {first: (0, 0), second: (1, 0)}


def test_an_order_is_served_from_the_first_place_that_has_all_of_it(tea, places):
    variant, first, second = places
    other = make_variant(tea, stock=0)
    adjust_stock(tea, other, 2, location_id=second)
    reserve(tea, "ord_1", {variant: 2, other: 1})
    allocate(tea, "ord_1")
    allocate(tea, "ord_1")
    assert lying(tea, variant) == {first: (5, 0), second: (3, 2)}
    consume(tea, "ord_1")
    assert lying(tea, variant) == {first: (5, 0), second: (1, 0)}
    assert lying(tea, other) == {second: (1, 0)}


def test_an_order_larger_than_any_place_is_served_from_several(tea, places):
    variant, first, second = places
    reserve(tea, "ord_1", {variant: 7})
    allocate(tea, "ord_1")
    assert lying(tea, variant) == {first: (5, 5), second: (3, 2)}
    release(tea, "ord_1")
    assert lying(tea, variant) == {first: (5, 0), second: (3, 0)}


def test_goods_that_are_allocated_stay_where_they_are(tea, places):
    variant, first, second = places
    reserve(tea, "ord_1", {variant: 5})
    allocate(tea, "ord_1")
    transfer = create_transfer(tea, first, second, {variant: 1}, actor_id=owner_of(tea))
    with pytest.raises(LocationShort):
        send_transfer(tea, transfer, actor_id=owner_of(tea))
    assert lying(tea, variant) == {first: (5, 5), second: (3, 0)}


def test_an_order_that_nobody_allocated_is_shipped_all_the_same(tea, places):
    variant, first, second = places
    reserve(tea, "ord_1", {variant: 6})
    consume(tea, "ord_1")
    consume(tea, "ord_1")
    assert lying(tea, variant) == {first: (0, 0), second: (2, 0)}


def test_goods_on_their_way_cannot_be_sold_until_they_arrive(tea, places):
    variant, first, second = places
    owner = owner_of(tea)
    transfer = create_transfer(tea, first, second, {variant: 4}, actor_id=owner)
    assert on_hand(tea, variant) == 8
    send_transfer(tea, transfer, actor_id=owner)
    assert on_hand(tea, variant) == 4 and lying(tea, variant) == {first: (1, 0), second: (3, 0)}
    receive_transfer(tea, transfer, {variant: 3}, actor_id=owner)
    assert lying(tea, variant) == {first: (1, 0), second: (6, 0)}
    for again in (send_transfer, receive_transfer, cancel_transfer):
        with pytest.raises(WrongState):
            again(tea, transfer, actor_id=owner)


def test_a_transfer_that_is_called_off_brings_the_goods_back(tea, places):
    variant, first, second = places
    owner = owner_of(tea)
    transfer = create_transfer(tea, second, first, {variant: 3}, actor_id=owner)
    send_transfer(tea, transfer, actor_id=owner)
    cancel_transfer(tea, transfer, actor_id=owner)
    assert lying(tea, variant) == {first: (5, 0), second: (3, 0)}


def test_goods_promised_to_orders_are_not_sent_away(tea, places):
    variant, first, second = places
    reserve(tea, "ord_1", {variant: 6})
    transfer = create_transfer(tea, first, second, {variant: 3}, actor_id=owner_of(tea))
    with pytest.raises(StockPromised):
        send_transfer(tea, transfer, actor_id=owner_of(tea))


@pytest.mark.parametrize("count", [0, -1, 20_000_000])
def test_a_transfer_needs_sensible_numbers_and_two_places(tea, places, count):
    variant, first, second = places
    with pytest.raises(Invalid):
        create_transfer(tea, first, second, {variant: count}, actor_id=owner_of(tea))
    with pytest.raises(Invalid):
        create_transfer(tea, first, first, {variant: 1}, actor_id=owner_of(tea))


def test_only_an_empty_location_that_is_not_the_last_can_be_closed(tea, places):
    variant, first, second = places
    owner = owner_of(tea)
    with pytest.raises(LocationInUse):
        set_location_active(tea, second, False, actor_id=owner)
    adjust_stock(tea, variant, -3, location_id=second)
    set_location_active(tea, second, False, actor_id=owner)
    adjust_stock(tea, variant, -5)
    with pytest.raises(LocationInUse):
        set_location_active(tea, first, False, actor_id=owner)


def test_the_order_of_locations_can_be_changed(tea, places):
    variant, first, second = places
    move_priority(tea, second, True, actor_id=owner_of(tea))
    reserve(tea, "ord_1", {variant: 2})
    allocate(tea, "ord_1")
    assert lying(tea, variant) == {first: (5, 0), second: (3, 2)}


def test_locations_of_another_shop_are_out_of_reach(tea, places):
    variant, first, _second = places
    other = make_shop("ceramics")
    theirs = place(other, "Hangzhou")
    with pytest.raises(NotFound):
        create_transfer(tea, first, theirs, {variant: 1}, actor_id=owner_of(tea))
    with pytest.raises(RoleNotEnough):
        place_as = LocationDetails("x")
        create_location(other, place_as, actor_id=owner_of(tea))
    with pytest.raises(Invalid):
        place(tea, "Suzhou")


def test_a_count_respects_what_is_sold_while_people_count(tea, places):
    variant, first, second = places
    owner = owner_of(tea)
    count = start_count(tea, "November", location_id=second, actor_id=owner)
    assert write_counts(tea, count, {variant: 2}, actor_id=owner) == 1
    adjust_stock(tea, variant, -1, location_id=second)
    assert count_progress(tea, count) == (1, 1, 1)
    assert apply_count(tea, count, actor_id=owner) == 1
    assert lying(tea, variant) == {first: (5, 0), second: (1, 0)}
    with pytest.raises(WrongState):
        apply_count(tea, count, actor_id=owner)


def test_what_was_not_counted_stays_and_a_count_can_be_given_up(tea, places):
    variant, _first, _second = places
    owner = owner_of(tea)
    for end in (apply_count, cancel_count):
        count = start_count(tea, "November", actor_id=owner)
        write_counts(tea, count, {variant: 1}, actor_id=owner)
        write_counts(tea, count, {variant: None}, actor_id=owner)
        end(tea, count, actor_id=owner)
        assert on_hand(tea, variant) == 8
    with pytest.raises(Invalid):
        start_count(tea, " ", actor_id=owner)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "allocate", "ship", "release", "more", "less", "send", "receive", "count"]),
        st.integers(0, 3),
        st.integers(1, 6),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_happens_in_whatever_order_the_places_add_up_to_the_stock(tea, steps):
    variant, owner = make_variant(tea, stock=5), owner_of(tea)
    spot = [row[0] for row in db.session.execute(db.text("SELECT id FROM location ORDER BY id"))]
    db.session.remove()
    spot = spot or [place(tea, "A", 1), place(tea, "B", 2)]
    sent: list[str] = []
    for what, which, count in steps:
        order = f"{variant}-{which}"[-40:]
        try:
            if what == "reserve":
                reserve(tea, order, {variant: count})
            elif what == "allocate":
                allocate(tea, order)
            elif what == "ship":
                consume(tea, order)
            elif what == "release":
                release(tea, order)
            elif what == "more":
                adjust_stock(tea, variant, count, location_id=spot[which % 2])
            elif what == "less":
                adjust_stock(tea, variant, -count, location_id=spot[which % 2])
            elif what == "count":
                set_stock(tea, variant, count)
            elif what == "send":
                transfer = create_transfer(tea, spot[which % 2], spot[1 - which % 2], {variant: count}, actor_id=owner)
                send_transfer(tea, transfer, actor_id=owner)
                sent.append(transfer)
            elif sent:
                receive_transfer(tea, sent.pop(), actor_id=owner)
        except (Refused, Invalid):
            db.session.remove()
    db.session.remove()
    assert list(verify_stock()) == []


@pytest.mark.engine("postgres")
def test_many_hands_at_once_never_lose_a_thing(bare_app):
    with bare_app.app_context():
        tea = make_shop("tea")
        variants = [make_variant(tea, stock=20) for _ in range(2)]
        first, second = place(tea, "Hangzhou", 1), place(tea, "Suzhou", 2)
        for variant in variants:
            adjust_stock(tea, variant, 20, location_id=second)
        db.session.remove()
    owner = owner_of(tea)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        with bare_app.app_context():
            for turn in range(5):
                order = f"ord_{number}_{turn}"
                try:
                    reserve(tea, order, dict.fromkeys(variants, 1))
                    allocate(tea, order)
                    if turn % 2:
                        consume(tea, order)
                    else:
                        release(tea, order)
                    transfer = create_transfer(tea, first, second, {variants[turn % 2]: 1}, actor_id=owner)
                    send_transfer(tea, transfer, actor_id=owner)
                    receive_transfer(tea, transfer, actor_id=owner)
                except Refused:
                    pass
                except BaseException as failure:
                    failures.append(failure)
            db.session.remove()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with bare_app.app_context():
        assert list(verify_stock()) == []
        assert db.session.query(StockAllocation).filter_by(state="open").count() == 0
        assert [db.session.get(Stock, (tea, variant)).on_hand for variant in variants] == [28, 28]
        db.session.remove()


@pytest.mark.parametrize("close", [release, consume])
def test_a_variant_that_was_promised_to_an_order_twice_is_given_back_or_shipped_whole(tea, close):
    variant = make_variant(tea, stock=5)
    for _again in range(2):
        reserve(tea, "ord_twice", {variant: 2})
    close(tea, "ord_twice")
    assert list(verify_stock()) == []
