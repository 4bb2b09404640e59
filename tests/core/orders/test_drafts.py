import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from core.audit.models import AuditEntry
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.contract.runtime import registry
from core.inventory.errors import StockGone
from core.inventory.models import Stock
from core.ledger.models import LedgerTransfer
from core.messages.models import Message
from core.orders.drafts import (
    Draft,
    ask_again,
    draft_from_order,
    find_draft,
    mark_paid_outside,
    open_drafts,
    place_draft,
    price_draft,
    remove_draft,
    save_draft,
    variants_named,
)
from core.orders.errors import AddressNeeded, CartEmpty, NotForSale
from core.orders.fulfilment import ship_order
from core.orders.letters import on_event
from core.orders.placing import Placed
from core.orders.queries import order_detail
from core.orders.returns import refund_order
from core.orders.service import cancel_order, pay_again
from core.orders.settlement import confirm_receipt
from core.orders.staff_orders import WantedLine
from core.orders.states import WrongState
from core.parties.errors import RoleNotEnough
from core.payments.errors import RefundTooMuch
from core.shops.queries import shop_context
from tests.trade import ADDRESS, make_shop, make_variant, owner_of, paid_order, pay, placed_order

pytestmark = pytest.mark.usefixtures("app")
WHERE = {part: getattr(ADDRESS, part) for part in ("name", "phone", "country", "region", "city", "line1")}


@pytest.fixture
def tea(app):
    return make_shop("tea", tax_ppm=130_000)


@pytest.fixture(autouse=True)
def everything_adds_up(app):
    yield
    assert [sentence for owned in registry().checks for sentence in owned.item.run()] == []


def a_draft(variant_id, **more):
    return Draft(**{"email": "buyer@example.com", "address": WHERE, "lines": (WantedLine(variant_id, 2),), **more})


def made(merchant_id, draft, **how):
    draft_id = save_draft(merchant_id, draft, actor_id=owner_of(merchant_id))
    return place_draft(shop_context(merchant_id), draft_id, actor_id=owner_of(merchant_id), **how)


def reserved(variant_id):
    db.session.remove()
    return db.session.scalar(select(Stock.reserved).where(Stock.variant_id == variant_id))


def test_a_draft_with_its_own_prices_becomes_an_order_that_the_buyer_is_asked_to_pay(tea):
    variant_id = make_variant(tea, price_minor=1000)
    draft = a_draft(
        variant_id,
        lines=(WantedLine(variant_id, 2, 800),),
        fees=(("Engraving", 300),),
        rate_ppm=100_000,
        delivery_label="Courier",
        delivery_minor=500,
    )
    order = made(tea, draft)
    detail = order_detail(tea, order.order_id)
    assert (detail.order.state, detail.order.total_minor) == ("pending", 1600 - 160 + 300 + 500)
    assert reserved(variant_id) == 2
    for _again in range(2):
        on_event("order.payment_asked", {"merchant_id": tea, "order_id": order.order_id, "asked": "first"})
    assert len(db.session.scalars(select(Message).where(Message.kind == "orders.payment_asked")).all()) == 1
    payment_id = pay_again(shop_context(tea), order.order_id, "fakepay.qr")
    pay(tea, Placed(order.order_id, order.code, payment_id))
    assert order_detail(tea, order.order_id).order.state == "paid"


def test_what_was_paid_outside_never_comes_into_the_ledger(tea):
    variant_id, me = make_variant(tea, price_minor=1000), owner_of(tea)
    order = made(tea, a_draft(variant_id), outside="Cash")
    detail = order_detail(tea, order.order_id)
    assert (detail.order.state, detail.order.outside_minor) == ("paid", detail.order.total_minor)
    assert detail.escrow_minor == 0 and detail.refundable_minor == 0
    with pytest.raises(RefundTooMuch):
        refund_order(tea, order.order_id, amount_minor=1, reason="x", actor=me)
    ship_order(tea, order.order_id, carrier="SF", tracking_number="1", actor=me)
    confirm_receipt(tea, order.order_id, actor="buyer")
    assert db.session.scalar(select(func.count()).select_from(LedgerTransfer)) == 0
    assert "order.paid_outside" in db.session.scalars(select(AuditEntry.action)).all()


def test_an_order_paid_outside_can_be_cancelled_and_its_stock_is_free(tea):
    variant_id = make_variant(tea)
    order = made(tea, a_draft(variant_id), outside="Cash")
    cancel_order(tea, order.order_id, actor=owner_of(tea), reason="Changed")
    assert reserved(variant_id) == 0


def test_an_unpaid_order_is_marked_as_paid_outside_once(tea):
    placed, me = placed_order(tea, make_variant(tea)), owner_of(tea)
    with pytest.raises(Invalid):
        mark_paid_outside(tea, placed.order_id, how=" ", actor_id=me)
    mark_paid_outside(tea, placed.order_id, how="Bank transfer", actor_id=me)
    with pytest.raises(WrongState):
        mark_paid_outside(tea, placed.order_id, how="Bank transfer", actor_id=me)
    with pytest.raises(WrongState):
        ask_again(tea, placed.order_id, actor_id=me)


def test_money_that_comes_after_an_order_was_marked_as_paid_is_given_back(tea):
    placed = placed_order(tea, make_variant(tea))
    mark_paid_outside(tea, placed.order_id, how="Cash", actor_id=owner_of(tea))
    pay(tea, placed)
    assert order_detail(tea, placed.order_id).escrow_minor == 0


def test_an_unpaid_order_is_edited_and_keeps_its_code_and_its_place(tea):
    one, two, me = make_variant(tea, price_minor=1000), make_variant(tea, price_minor=700), owner_of(tea)
    placed = placed_order(tea, one, 3)
    draft_id = draft_from_order(tea, placed.order_id, edits=True, actor_id=me)
    _row, draft = find_draft(tea, draft_id)
    assert draft.lines == (WantedLine(one, 3, 1000),)
    save_draft(
        tea,
        Draft(**{**draft.stored(), "lines": (WantedLine(one, 1, 1000), WantedLine(two, 2)), "edits": ""}),
        draft_id=draft_id,
        actor_id=me,
    )
    again = place_draft(shop_context(tea), draft_id, actor_id=me)
    assert (again.order_id, again.code) == (placed.order_id, placed.code)
    assert (reserved(one), reserved(two)) == (1, 2)
    detail = order_detail(tea, placed.order_id)
    assert detail.order.goods_minor == 2400 and "edited" in [event.kind for event in detail.events]
    pay(tea, placed)
    assert order_detail(tea, placed.order_id).order.state == "pending"
    payment_id = pay_again(shop_context(tea), placed.order_id, "fakepay.qr")
    pay(tea, Placed(placed.order_id, placed.code, payment_id))
    assert order_detail(tea, placed.order_id).order.state == "paid"


def test_a_paid_order_is_not_edited_but_another_like_it_is_made(tea):
    paid, me = paid_order(tea, make_variant(tea), 2), owner_of(tea)
    with pytest.raises(WrongState):
        draft_from_order(tea, paid.order_id, edits=True, actor_id=me)
    draft_id = draft_from_order(tea, paid.order_id, actor_id=me)
    order = place_draft(shop_context(tea), draft_id, actor_id=me)
    assert order.order_id != paid.order_id and order.total_minor == order_detail(tea, paid.order_id).order.total_minor
    with pytest.raises(WrongState):
        place_draft(shop_context(tea), draft_id, actor_id=me)


def test_an_edit_that_wants_more_than_there_is_changes_nothing(tea):
    variant_id, me = make_variant(tea, stock=3), owner_of(tea)
    placed = placed_order(tea, variant_id, 2)
    draft_id = draft_from_order(tea, placed.order_id, edits=True, actor_id=me)
    _row, draft = find_draft(tea, draft_id)
    save_draft(tea, Draft(**{**draft.stored(), "lines": (WantedLine(variant_id, 4),)}), draft_id=draft_id, actor_id=me)
    with pytest.raises(StockGone):
        place_draft(shop_context(tea), draft_id, actor_id=me)
    assert reserved(variant_id) == 2 and order_detail(tea, placed.order_id).lines[0].quantity == 2


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"email": ""}, Invalid),
        ({"address": None}, AddressNeeded),
        ({"lines": ()}, CartEmpty),
        ({"lines": (WantedLine("var_none", 1),)}, NotForSale),
        ({"address": {**WHERE, "city": ""}}, Invalid),
    ],
)
def test_a_draft_that_is_not_complete_is_kept_but_makes_no_order(tea, wrong, refusal):
    draft_id = save_draft(tea, a_draft(make_variant(tea), **wrong), actor_id=owner_of(tea))
    with pytest.raises(refusal):
        place_draft(shop_context(tea), draft_id, actor_id=owner_of(tea))
    assert [row.id for row in open_drafts(tea)] == [draft_id]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    count=st.integers(1, 9),
    own=st.none() | st.integers(0, 5000),
    rate=st.integers(0, 1_000_000),
    off=st.integers(0, 9000),
    fee=st.integers(0, 900),
    delivery=st.integers(0, 900),
)
def test_what_a_draft_comes_to_is_its_goods_and_charges_and_never_less_than_nothing(
    tea, count, own, rate, off, fee, delivery
):
    variant_id = make_variant(tea, price_minor=999)
    draft = a_draft(
        variant_id,
        lines=(WantedLine(variant_id, count, own),),
        fees=(("Engraving", fee),),
        rate_ppm=rate,
        off_minor=off,
        delivery_label="Courier",
        delivery_minor=delivery,
    )
    quote = price_draft(shop_context(tea), draft).quote
    goods = count * (999 if own is None else own)
    assert quote.goods_minor == goods
    assert quote.total_minor == goods + sum(charge.amount_minor for charge in quote.charges) >= fee + delivery


def test_drafts_of_another_merchant_do_not_exist(tea):
    other = make_shop("ceramics")
    draft_id = save_draft(tea, a_draft(make_variant(tea)), actor_id=owner_of(tea))
    with pytest.raises(NotFound):
        find_draft(other, draft_id)
    with pytest.raises(RoleNotEnough):
        remove_draft(tea, draft_id, actor_id=owner_of(other))
    foreign = make_variant(other)
    stranger = save_draft(tea, a_draft(foreign), actor_id=owner_of(tea))
    with pytest.raises(NotForSale):
        place_draft(shop_context(tea), stranger, actor_id=owner_of(tea))
    assert [one.variant_id for one in variants_named(other, "LONG")] == [foreign]
    remove_draft(tea, draft_id, actor_id=owner_of(tea))
