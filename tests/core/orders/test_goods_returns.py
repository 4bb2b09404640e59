from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.catalog.models import Variant
from core.contract.runtime import registry
from core.inventory.models import Stock, StockMovement
from core.orders.carts import add_to_cart
from core.orders.errors import RefundRequestOpen
from core.orders.fulfilment import ship_order
from core.orders.goods_returns import (
    Arrived,
    approve_return,
    close_return,
    decline_return,
    open_return,
    receive_return,
    settle_with_exchange,
    settle_with_money,
    tell_sent,
    withdraw_return,
)
from core.orders.placing import place_order
from core.orders.queries import order_detail
from core.orders.return_queries import list_returns, open_returns, return_detail, returnable, returns_of
from core.orders.return_states import MOVES, OPEN, ReturnState
from core.orders.service import cancel_order, pay_again
from core.orders.settlement import confirm_receipt, release_due
from core.orders.states import WrongState
from core.parties.errors import RoleNotEnough
from core.payments.refunds import send_refunds
from core.shops.queries import shop_context
from tests.fakes import book
from tests.trade import draft_for, make_shop, make_variant, owner_of, pay

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def tea(app):
    return make_shop("tea", tax_ppm=130_000)


@pytest.fixture(autouse=True)
def everything_adds_up(app):
    yield
    assert [sentence for owned in registry().checks for sentence in owned.item.run()] == []


def shipped(merchant_id, wanted):
    """A shipped order of several things (price, quantity); gives its id and the ids of its lines."""
    shop, cart_id = shop_context(merchant_id), None
    for price_minor, quantity in wanted:
        cart_id = add_to_cart(
            merchant_id, cart_id, make_variant(merchant_id, price_minor=price_minor, stock=50), quantity
        )
    placed = place_order(shop, draft_for(shop, cart_id))
    pay(merchant_id, placed)
    ship_order(merchant_id, placed.order_id, carrier="SF", tracking_number="1", actor=owner_of(merchant_id))
    return placed.order_id, [line.id for line in order_detail(merchant_id, placed.order_id).lines]


def arrive(merchant_id, order_id, lines, **how):
    """A return of these pieces whose goods are here."""
    me = owner_of(merchant_id)
    return_id = open_return(merchant_id, order_id, lines=lines, wish="refund", reason="mind", **how)
    approve_return(merchant_id, return_id, instructions="1 West Lake Road", actor=me)
    receive_return(merchant_id, return_id, {key: Arrived(count, count) for key, count in lines.items()}, actor=me)
    return return_id


def on_hand(merchant_id, line_id, order_id):
    variant_id = next(line.variant_id for line in order_detail(merchant_id, order_id).lines if line.id == line_id)
    db.session.remove()
    return db.session.scalar(select(Stock.on_hand).where(Stock.variant_id == variant_id))


def sibling(merchant_id, order_id, line_id, price_minor):
    """Another variant of the product of a line."""
    from core.base.ids import new_id
    from core.base.transactions import transactional
    from core.inventory.service import set_stock_many

    line = next(one for one in order_detail(merchant_id, order_id).lines if one.id == line_id)
    product_id, variant_id = line.product_id, new_id("var")

    @transactional
    def write():
        db.session.add(
            Variant(
                merchant_id=merchant_id,
                id=variant_id,
                product_id=product_id,
                price_minor=price_minor,
                label="Large",
                weight_grams=100,
            )
        )
        db.session.flush()
        set_stock_many(merchant_id, {variant_id: 20}, reason="initial")

    write()
    return variant_id


def test_goods_come_back_are_looked_at_and_paid_back_to_the_cent(tea):
    order_id, (cups, bags) = shipped(tea, [(1000, 3), (500, 2)])
    me, before = owner_of(tea), on_hand(tea, cups, order_id)
    return_id = open_return(
        tea, order_id, lines={cups: 2, bags: 0}, wish="refund", reason="damaged", text="Cracked", pictures=[b"p"]
    )
    detail = order_detail(tea, order_id)
    assert detail.order.release_at is None and "return_requested" in [event.kind for event in detail.events]
    with pytest.raises(RefundRequestOpen):
        confirm_receipt(tea, order_id, actor="buyer")
    assert open_returns(tea) == 1 and list_returns(tea, state="open")[0][0].pieces == 2
    approve_return(tea, return_id, instructions="Send it to 1 West Lake Road", actor=me)
    tell_sent(tea, return_id, carrier="SF", number="BACK1")
    assert receive_return(tea, return_id, {cups: Arrived(2, 1)}, actor=me) > 2000
    assert on_hand(tea, cups, order_id) == before + 1
    assert db.session.scalars(select(StockMovement.delta).where(StockMovement.reason == "return")).all() == [1]
    assert settle_with_money(tea, return_id, actor=me) == 2000
    send_refunds()
    detail = order_detail(tea, order_id)
    assert detail.order.refunded_minor == 2000 and detail.order.release_at is not None
    assert returns_of(tea, order_id)[0].found.state == "settled" and open_returns(tea) == 0
    assert {"return.approved", "return.received", "return.settled"} <= set(
        db.session.scalars(select(AuditEntry.action)).all()
    )


def test_what_is_completed_is_paid_back_from_the_merchants_own_money(tea):
    order_id, (cups,) = shipped(tea, [(1000, 2)])
    confirm_receipt(tea, order_id, actor="buyer")
    return_id = arrive(tea, order_id, {cups: 1})
    assert settle_with_money(tea, return_id, actor=owner_of(tea)) == 1000
    send_refunds()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    prices=st.lists(st.tuples(st.integers(1, 3333), st.integers(1, 4)), min_size=1, max_size=3),
    order=st.randoms(use_true_random=False),
    with_delivery=st.booleans(),
)
def test_whatever_comes_back_in_whatever_steps_never_adds_up_to_more_than_was_paid(tea, prices, order, with_delivery):
    order_id, line_ids = shipped(tea, prices)
    pieces = [line_id for line_id, (_price, count) in zip(line_ids, prices, strict=True) for _ in range(count)]
    order.shuffle(pieces)
    given_back = 0
    while pieces:
        taken, pieces = pieces[: order.randint(1, len(pieces))], pieces[:0] or pieces
        pieces = pieces[len(taken) :]
        return_id = arrive(tea, order_id, {line_id: taken.count(line_id) for line_id in set(taken)})
        given_back += settle_with_money(tea, return_id, with_delivery=with_delivery, actor=owner_of(tea))
    detail = order_detail(tea, order_id)
    paid = detail.order.total_minor if with_delivery else sum(line.total_minor for line in detail.lines)
    assert given_back == detail.order.refunded_minor == paid
    assert returnable(detail.order, detail.lines, by_buyer=False) == {}
    book.refunds.clear()


ACTS = {
    "approve": lambda m, r, line: approve_return(m, r, instructions="Here", actor=owner_of(m)),
    "decline": lambda m, r, line: decline_return(m, r, answer="No", actor=owner_of(m)),
    "withdraw": lambda m, r, line: withdraw_return(m, r),
    "close": lambda m, r, line: close_return(m, r, actor=owner_of(m)),
    "receive": lambda m, r, line: receive_return(m, r, {line: Arrived(1, 0)}, actor=owner_of(m)),
    "settle": lambda m, r, line: settle_with_money(m, r, actor=owner_of(m)),
}
AFTER = {
    "approve": ReturnState.APPROVED,
    "decline": ReturnState.DECLINED,
    "withdraw": ReturnState.WITHDRAWN,
    "close": ReturnState.CLOSED,
    "receive": ReturnState.RECEIVED,
    "settle": ReturnState.SETTLED,
}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.sampled_from(sorted(ACTS)), min_size=1, max_size=6))
def test_a_return_moves_only_as_its_states_allow_and_holds_the_money_while_it_is_open(tea, acts):
    order_id, (cups,) = shipped(tea, [(1000, 1)])
    return_id = open_return(tea, order_id, lines={cups: 1}, wish="refund", reason="mind")
    state = ReturnState.REQUESTED
    for act in acts:
        if AFTER[act] in MOVES[state]:
            ACTS[act](tea, return_id, cups)
            state = AFTER[act]
        else:
            with pytest.raises(WrongState):
                ACTS[act](tea, return_id, cups)
        detail = order_detail(tea, order_id)
        assert return_detail(tea, return_id).found.state == state
        assert (detail.order.release_at is None) == (state in OPEN)


def test_goods_that_arrived_and_were_settled_do_not_arrive_again(tea):
    order_id, (cups,) = shipped(tea, [(1000, 4)])
    return_id = arrive(tea, order_id, {cups: 1})
    settle_with_money(tea, return_id, actor=owner_of(tea))
    with pytest.raises(WrongState):
        receive_return(tea, return_id, {cups: Arrived(1, 1)}, actor=owner_of(tea))
    (line,) = order_detail(tea, order_id).lines
    assert line.returned_quantity == 1


def test_more_pieces_than_were_shipped_do_not_come_back_and_each_comes_back_once(tea):
    order_id, (cups,) = shipped(tea, [(1000, 3)])
    asked = {"wish": "refund", "reason": "mind"}
    with pytest.raises(Invalid):
        open_return(tea, order_id, lines={cups: 4}, **asked)
    with pytest.raises(Invalid):
        open_return(tea, order_id, lines={cups: 0}, **asked)
    first = open_return(tea, order_id, lines={cups: 2}, **asked)
    with pytest.raises(Invalid):
        open_return(tea, order_id, lines={cups: 2}, **asked)
    withdraw_return(tea, first)
    open_return(tea, order_id, lines={cups: 3}, **asked)
    with pytest.raises(WrongState):
        open_return(tea, order_id, lines={cups: 1}, **asked)


@pytest.mark.parametrize(
    "wrong", [{"wish": "gold"}, {"reason": "because"}, {"reason": "other", "text": " "}, {"wish": "exchange"}]
)
def test_a_wish_that_says_too_little_is_refused(tea, wrong):
    order_id, (cups,) = shipped(tea, [(1000, 3)])
    with pytest.raises(Invalid):
        open_return(tea, order_id, **{"lines": {cups: 1}, "wish": "refund", "reason": "mind", **wrong})


def test_buyers_ask_within_thirty_days_and_staff_at_any_time(tea, monkeypatch):
    order_id, (cups,) = shipped(tea, [(1000, 3)])
    later = clock.now() + timedelta(days=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    asked = {"lines": {cups: 1}, "wish": "refund", "reason": "mind"}
    with pytest.raises(WrongState):
        open_return(tea, order_id, **asked)
    return_id = open_return(tea, order_id, **asked, actor=owner_of(tea))
    assert return_detail(tea, return_id).found.state == "approved"


def test_goods_that_arrive_are_no_more_than_were_asked_for(tea):
    order_id, (cups,) = shipped(tea, [(1000, 3)])
    me = owner_of(tea)
    return_id = open_return(tea, order_id, lines={cups: 2}, wish="refund", reason="mind", actor=me)
    for arrived in ({cups: Arrived(3, 0)}, {cups: Arrived(1, 2)}, {cups: Arrived(0, 0)}, {}):
        with pytest.raises(Invalid):
            receive_return(tea, return_id, arrived, actor=me)
    receive_return(tea, return_id, {cups: Arrived(1, 0)}, actor=me)
    detail = order_detail(tea, order_id)
    assert detail.lines[0].returned_quantity == 1
    assert returnable(detail.order, detail.lines, by_buyer=True) == {cups: 2}


def test_an_exchange_for_the_same_price_is_paid_and_waits_to_be_packed(tea):
    order_id, (cups,) = shipped(tea, [(1000, 3)])
    large = sibling(tea, order_id, cups, 1000)
    me = owner_of(tea)
    return_id = open_return(tea, order_id, lines={cups: 2}, wish="exchange", reason="unfit", variants={cups: large})
    approve_return(tea, return_id, instructions="Here", actor=me)
    receive_return(tea, return_id, {cups: Arrived(2, 2)}, actor=me)
    made = settle_with_exchange(tea, return_id, actor=me)
    exchange = order_detail(tea, made.order_id)
    assert (exchange.order.state, exchange.order.total_minor) == ("paid", 0)
    assert [(line.variant_id, line.quantity) for line in exchange.lines] == [(large, 2)]
    assert order_detail(tea, order_id).order.refunded_minor == 0
    ship_order(tea, made.order_id, carrier="SF", tracking_number="2", actor=me)
    confirm_receipt(tea, made.order_id, actor="buyer")


def test_an_exchange_for_something_dearer_is_paid_by_the_buyer(tea):
    order_id, (cups,) = shipped(tea, [(1000, 3)])
    large, me = sibling(tea, order_id, cups, 1750), owner_of(tea)
    return_id = arrive(tea, order_id, {cups: 1})
    made = settle_with_exchange(tea, return_id, variants={cups: large}, actor=me)
    assert made.total_minor == 750 and order_detail(tea, made.order_id).order.state == "pending"
    payment_id = pay_again(shop_context(tea), made.order_id, "fakepay.qr")
    from core.orders.placing import Placed

    pay(tea, Placed(made.order_id, made.code, payment_id))
    assert order_detail(tea, made.order_id).order.state == "paid"


def test_an_exchange_for_something_cheaper_pays_the_rest_back(tea):
    order_id, (cups,) = shipped(tea, [(1000, 3)])
    small, me = sibling(tea, order_id, cups, 600), owner_of(tea)
    return_id = arrive(tea, order_id, {cups: 2})
    made = settle_with_exchange(tea, return_id, variants={cups: small}, actor=me)
    assert made.total_minor == 0 and order_detail(tea, order_id).order.refunded_minor == 800
    send_refunds()


def test_an_exchange_that_is_cancelled_is_to_be_settled_anew(tea):
    order_id, (cups,) = shipped(tea, [(1000, 3)])
    large, me = sibling(tea, order_id, cups, 1750), owner_of(tea)
    return_id = arrive(tea, order_id, {cups: 1})
    made = settle_with_exchange(tea, return_id, variants={cups: large}, actor=me)
    cancel_order(tea, made.order_id, actor="buyer")
    again = return_detail(tea, return_id).found
    assert again.state == "received" and order_detail(tea, order_id).order.release_at is None
    assert settle_with_money(tea, return_id, actor=me) == 1000
    assert release_due() == 0


def test_returns_of_another_merchant_do_not_exist_and_outsiders_may_not_touch_them(tea):
    order_id, (cups,) = shipped(tea, [(1000, 3)])
    other = make_shop("ceramics")
    return_id = open_return(tea, order_id, lines={cups: 1}, wish="refund", reason="mind")
    with pytest.raises(NotFound):
        approve_return(other, return_id, instructions="x", actor=owner_of(other))
    with pytest.raises(RoleNotEnough):
        approve_return(tea, return_id, instructions="x", actor=owner_of(other))
    with pytest.raises(NotFound):
        return_detail(other, return_id)
