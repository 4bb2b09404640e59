import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.ids import new_id
from core.contract.runtime import registry
from core.inventory.errors import LocationShort
from core.inventory.locations import LocationDetails, create_location, create_transfer, receive_transfer, send_transfer
from core.inventory.models import StockLevel
from core.inventory.service import allocate, available
from core.orders.carts import add_to_cart
from core.orders.fulfilment import (
    cancel_lines,
    correct_tracking,
    mark_packed,
    pack_parcel,
    ship_order,
    ship_parcel,
    unpack_parcel,
)
from core.orders.placing import place_order
from core.orders.queries import order_detail
from core.orders.returns import request_refund
from core.orders.service import cancel_order
from core.orders.settlement import confirm_receipt
from core.orders.states import WrongState
from core.parties.errors import RoleNotEnough
from core.payments.refunds import send_refunds
from core.shops.queries import shop_context
from tests.fakes import book
from tests.trade import draft_for, make_shop, make_variant, owner_of, paid_order, pay

pytestmark = pytest.mark.usefixtures("app")
SF = {"carrier": "SF", "tracking_number": "SF1"}


@pytest.fixture
def tea(app):
    return make_shop("tea", tax_ppm=130_000)


@pytest.fixture(autouse=True)
def everything_adds_up(app):
    yield
    assert [sentence for owned in registry().checks for sentence in owned.item.run()] == []


def order_of(merchant_id, wanted):
    """A paid order of several things: (price, quantity) each; gives the order and the ids of its lines."""
    shop, cart_id = shop_context(merchant_id), None
    for price_minor, quantity in wanted:
        variant_id = make_variant(merchant_id, price_minor=price_minor, stock=50)
        cart_id = add_to_cart(merchant_id, cart_id, variant_id, quantity)
    placed = place_order(shop, draft_for(shop, cart_id))
    if placed.payment_id:
        pay(merchant_id, placed)
    return placed.order_id, [line.id for line in order_detail(merchant_id, placed.order_id).lines]


def state(merchant_id, order_id):
    return order_detail(merchant_id, order_id).order.state


def test_an_order_leaves_in_two_parcels_and_is_shipped_with_the_second(tea):
    order_id, (cups, tea_bag) = order_of(tea, [(1000, 3), (500, 2)])
    me = owner_of(tea)
    ship_order(tea, order_id, **SF, actor=me, lines={cups: 2})
    detail = order_detail(tea, order_id)
    assert detail.order.state == "partly_shipped" and detail.order.release_at is None
    assert detail.unpacked == {cups: 1, tea_bag: 2}
    with pytest.raises(WrongState):
        confirm_receipt(tea, order_id, actor="buyer")
    ship_order(tea, order_id, carrier="ZTO", tracking_number="Z2", actor=me)
    detail = order_detail(tea, order_id)
    assert detail.order.state == "shipped" and detail.order.release_at is not None
    assert [(parcel.tracking_number, detail.contents[parcel.id]) for parcel in detail.shipments] == [
        ("SF1", {cups: 2}),
        ("Z2", {cups: 1, tea_bag: 2}),
    ]
    assert [event.kind for event in detail.events] == ["placed", "paid", "partly_shipped", "shipped"]
    confirm_receipt(tea, order_id, actor="buyer")


def test_an_order_is_packed_when_its_last_piece_is_and_unpacking_takes_it_back(tea):
    order_id, (cups, bags) = order_of(tea, [(1000, 3), (500, 2)])
    me = owner_of(tea)
    first = pack_parcel(tea, order_id, actor=me, lines={cups: 3})
    assert state(tea, order_id) == "paid"
    pack_parcel(tea, order_id, actor=me, lines={bags: 2})
    assert state(tea, order_id) == "packed"
    unpack_parcel(tea, first, actor=me)
    detail = order_detail(tea, order_id)
    assert detail.order.state == "paid" and detail.unpacked == {cups: 3}


def test_shipping_the_whole_order_takes_what_was_packed_with_it(tea):
    order_id, (cups, bags) = order_of(tea, [(1000, 3), (500, 2)])
    me = owner_of(tea)
    pack_parcel(tea, order_id, actor=me, lines={cups: 1})
    ship_order(tea, order_id, **SF, actor=me)
    detail = order_detail(tea, order_id)
    assert [detail.contents[parcel.id] for parcel in detail.shipments] == [{cups: 3, bags: 2}]


def test_a_packed_parcel_is_shipped_as_it_is(tea):
    order_id, (cups, bags) = order_of(tea, [(1000, 3), (500, 2)])
    me = owner_of(tea)
    parcel = pack_parcel(tea, order_id, actor=me, lines={bags: 2})
    ship_parcel(tea, parcel, **SF, actor=me)
    assert order_detail(tea, order_id).unpacked == {cups: 3}
    for again in (lambda: ship_parcel(tea, parcel, **SF, actor=me), lambda: unpack_parcel(tea, parcel, actor=me)):
        with pytest.raises(WrongState, match="left"):
            again()
    correct_tracking(tea, parcel, carrier="ZTO", tracking_number="Z9", actor=me)
    assert order_detail(tea, order_id).shipments[0].tracking_number == "Z9"


@pytest.mark.parametrize("count", [4, -1])
def test_more_pieces_than_are_left_are_refused_at_their_line(tea, count):
    order_id, (cups,) = order_of(tea, [(1000, 3)])
    with pytest.raises(Invalid) as refusal:
        pack_parcel(tea, order_id, actor=owner_of(tea), lines={cups: count})
    assert f"line-{cups}" in refusal.value.fields


def test_what_is_packed_cannot_be_taken_out_and_nothing_is_not_a_parcel(tea):
    order_id, (cups, bags) = order_of(tea, [(1000, 3), (500, 2)])
    me = owner_of(tea)
    pack_parcel(tea, order_id, actor=me, lines={cups: 3})
    for wanted in ({cups: 1}, {bags: 0}, {"oln_of_another": 1}):
        with pytest.raises(Invalid):
            cancel_lines(tea, order_id, wanted, actor=me, reason="gone")


def test_pieces_taken_out_give_back_their_share_and_free_their_stock(tea):
    order_id, (cups, bags) = order_of(tea, [(1000, 3), (500, 2)])
    variant_id = order_detail(tea, order_id).lines[0].variant_id
    # 4000 of goods and 800 of delivery: a cup is 1000 of the goods, and a third of 600 of the delivery.
    assert cancel_lines(tea, order_id, {cups: 1}, actor=owner_of(tea), reason="one is broken") == 1200
    send_refunds()
    assert sum(book.refunds.values()) == 1200
    assert available(tea, {variant_id}) == {variant_id: 48}
    assert order_detail(tea, order_id).unpacked == {cups: 2, bags: 2}


def test_delivery_stays_with_the_shop_where_the_merchant_says_so(tea):
    order_id, (cups, _bags) = order_of(tea, [(1000, 3), (500, 2)])
    assert cancel_lines(tea, order_id, {cups: 2}, actor=owner_of(tea), reason="x", with_delivery=False) == 2000


def test_taking_out_the_rest_of_a_partly_shipped_order_makes_it_shipped(tea):
    order_id, (cups, bags) = order_of(tea, [(1000, 3), (500, 2)])
    me = owner_of(tea)
    ship_order(tea, order_id, **SF, actor=me, lines={cups: 3})
    cancel_lines(tea, order_id, {bags: 2}, actor=me, reason="sold out")
    send_refunds()
    detail = order_detail(tea, order_id)
    assert detail.order.state == "shipped" and detail.order.release_at is not None
    assert detail.escrow_minor == detail.order.total_minor - 1200


def test_taking_out_what_is_not_packed_makes_the_order_packed(tea):
    order_id, (cups, bags) = order_of(tea, [(1000, 3), (500, 2)])
    pack_parcel(tea, order_id, actor=owner_of(tea), lines={cups: 3})
    cancel_lines(tea, order_id, {bags: 2}, actor=owner_of(tea), reason="sold out")
    assert state(tea, order_id) == "packed"


def test_all_of_an_order_is_cancelled_as_an_order(tea):
    order_id, (cups, bags) = order_of(tea, [(1000, 3), (500, 2)])
    with pytest.raises(WrongState, match="cancel the order"):
        cancel_lines(tea, order_id, {cups: 3, bags: 2}, actor=owner_of(tea), reason="sold out")
    mark_packed(tea, order_id, actor=owner_of(tea))
    cancel_order(tea, order_id, actor=owner_of(tea), reason="sold out")
    assert order_detail(tea, order_id).shipments == []


def test_an_order_whose_buyer_waits_for_an_answer_is_not_released_by_shipping_it(tea):
    order_id, _lines = order_of(tea, [(1000, 3)])
    request_refund(tea, order_id, amount_minor=100, reason="late")
    ship_order(tea, order_id, **SF, actor=owner_of(tea))
    assert order_detail(tea, order_id).order.release_at is None


@pytest.mark.parametrize("tax_included", [True, False])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_taken_out_never_gives_back_more_than_was_paid(app, tax_included, data):
    shop = make_shop(new_id("s")[-20:].lower(), tax_ppm=130_000, prices_include_tax=tax_included)
    order_id, lines = order_of(
        shop, data.draw(st.lists(st.tuples(st.integers(0, 999), st.integers(1, 3)), min_size=2, max_size=3))
    )
    me = owner_of(shop)
    ship_order(shop, order_id, **SF, actor=me, lines={lines[0]: 1})
    total = order_detail(shop, order_id).order.total_minor
    given_back = 0
    while left := order_detail(shop, order_id).unpacked:
        line_id = data.draw(st.sampled_from([line for line in lines if line in left]))
        count = data.draw(st.integers(1, left[line_id]))
        given_back += cancel_lines(shop, order_id, {line_id: count}, actor=me, reason="sold out")
    send_refunds()
    detail = order_detail(shop, order_id)
    assert detail.order.state == "shipped"
    sent = sum(book.refunds[refund.id] for refund in detail.refunds)
    assert given_back == detail.order.refunded_minor == sent <= total
    assert detail.escrow_minor == total - given_back


def test_a_parcel_takes_its_goods_from_the_place_that_is_named(tea):
    variant_id = make_variant(tea, stock=10)
    me = owner_of(tea)
    main = create_location(tea, LocationDetails("Main"), actor_id=me)
    shop = create_location(tea, LocationDetails("Shop", priority=5), actor_id=me)
    transfer = create_transfer(tea, main, shop, {variant_id: 2}, actor_id=me)
    send_transfer(tea, transfer, actor_id=me)
    receive_transfer(tea, transfer, actor_id=me)
    placed = paid_order(tea, variant_id, 4)
    allocate(tea, placed.order_id)
    line_id = order_detail(tea, placed.order_id).lines[0].id
    with pytest.raises(LocationShort):
        ship_order(tea, placed.order_id, **SF, actor=me, lines={line_id: 3}, location_id=shop)
    with pytest.raises(NotFound):
        ship_order(tea, placed.order_id, **SF, actor=me, lines={line_id: 1}, location_id="loc_of_another")
    ship_order(tea, placed.order_id, **SF, actor=me, lines={line_id: 2}, location_id=shop)
    ship_order(tea, placed.order_id, **SF, actor=me)
    levels = dict(
        db.session.execute(
            select(StockLevel.location_id, StockLevel.on_hand).where(StockLevel.merchant_id == tea)
        ).all()
    )
    assert levels == {main: 6, shop: 0}


def test_people_without_a_role_and_other_shops_reach_no_parcel(tea):
    other = make_shop("ceramics")
    order_id, (cups,) = order_of(tea, [(1000, 3)])
    parcel = pack_parcel(tea, order_id, actor=owner_of(tea), lines={cups: 1})
    for act in (
        lambda: pack_parcel(tea, order_id, actor=owner_of(other)),
        lambda: ship_parcel(tea, parcel, **SF, actor=owner_of(other)),
        lambda: unpack_parcel(tea, parcel, actor=owner_of(other)),
        lambda: cancel_lines(tea, order_id, {cups: 1}, actor=owner_of(other), reason="x"),
    ):
        with pytest.raises(RoleNotEnough):
            act()
    with pytest.raises(NotFound):
        unpack_parcel(other, parcel, actor=owner_of(other))
