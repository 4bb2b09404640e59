"""Gift cards that are sold: what is paid is the holder's at once, sent on its day, back only while it is there."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.base import clock
from core.base.crypto import decrypt
from core.base.database import db
from core.base.errors import Invalid
from core.base.money import share_ppm
from core.base.transactions import end_read, transactional
from core.catalog.details import OptionDetails, ProductDetails, VariantDetails
from core.catalog.gifts import GiftTerms
from core.catalog.queries import product_by_id
from core.catalog.service import create_product, update_product
from core.contract.providers import RefundState
from core.contract.runtime import registry
from core.discounts.rules import Offer
from core.discounts.service import Terms, create_discount
from core.documents.models import Invoice, InvoiceTax
from core.giftcards.errors import GiftCardNotFound, GiftCardRefused, GiftCardSpent
from core.giftcards.models import GiftCard
from core.giftcards.queries import card_detail, cards_of_order, shown_card
from core.giftcards.selling import deliver_card, deliver_cards
from core.giftcards.service import renew_code, set_card_active
from core.giftcards.spending import card_by_code
from core.ledger.errors import NotEnoughMoney
from core.ledger.queries import balance
from core.ledger.service import AccountRef
from core.messages.models import Message
from core.orders.card_lines import refund_card
from core.orders.carts import add_to_cart, agree_prices, set_coupon, set_gift_card, set_quantity
from core.orders.checkout import view_cart
from core.orders.drafts import mark_paid_outside
from core.orders.errors import NotForSale
from core.orders.fulfilment import cancel_lines, ship_order
from core.orders.gifts import Gift, last_moment
from core.orders.models import Order
from core.orders.placing import place_order
from core.orders.pricing import PricedItem, Taxing, price
from core.orders.queries import order_detail
from core.orders.returns import refund_order, refundable_of
from core.orders.service import cancel_order
from core.orders.settlement import confirm_receipt
from core.orders.staff_orders import WantedLine, WantedOrder, make_order
from core.orders.states import OrderState
from core.parties.errors import RoleNotEnough
from core.payments.errors import RefundTooMuch
from core.payments.models import Payment, Refund
from core.payments.refunds import send_refunds
from core.payments.service import check_payment
from core.shops.queries import shop_context
from core.taxes.rules import AppliedTax
from core.worker.runner import Worker
from tests.fakes import book
from tests.trade import draft_for, make_shop, make_variant, owner_of, pay

FRIEND = Gift(email="friend@example.com", recipient="Han Mei", sender="Li Lei", message="Drink it slowly.")


def findings():
    end_read()
    return [sentence for owned in registry().checks for sentence in owned.item.run()]


@pytest.fixture
def tea(app):
    return make_shop("tea", tax_ppm=130_000)


def make_card_product(merchant_id, amounts=(5000, 10_000), **terms):
    """A product that is a gift card; its variants' ids by amount."""
    product_id = create_product(
        merchant_id,
        ProductDetails(name="Gift card", kind="gift_card", gift=GiftTerms(**terms).as_json()),
        options=[OptionDetails("Amount", tuple(str(amount) for amount in amounts))],
        variants=[VariantDetails(price_minor=amount, option_values=(str(amount),)) for amount in amounts],
    )
    end_read()
    product = product_by_id(merchant_id, product_id)
    return product_id, {variant.price_minor: variant.id for variant in product.variants}


def buy(merchant_id, *cards, goods=None, **changes):
    """Place an order of cards (variant, quantity, gift, own amount) and perhaps one piece of goods."""
    shop, cart_id = shop_context(merchant_id), None
    for variant_id, quantity, gift, own in cards:
        cart_id = add_to_cart(merchant_id, cart_id, variant_id, quantity, gift=gift, own_minor=own)
    if goods:
        cart_id = add_to_cart(merchant_id, cart_id, goods, 1)
    end_read()
    return place_order(shop, draft_for(shop, cart_id, **changes))


def order_of(merchant_id, placed):
    end_read()
    return db.session.get(Order, (merchant_id, placed.order_id), populate_existing=True)


def held(merchant_id, order_id):
    end_read()
    return balance(AccountRef("order_escrow", merchant_id, "CNY", order_id)).posted_minor


def available(merchant_id):
    end_read()
    return balance(AccountRef("merchant_available", merchant_id, "CNY")).available_minor


def letters():
    end_read()
    rows = db.session.scalars(select(Message).where(Message.kind == "gift_card.code").order_by(Message.id)).all()
    return [(row.recipient, json.loads(decrypt(row.sealed))) for row in rows]


def cards(merchant_id, placed):
    end_read()
    return cards_of_order(merchant_id, placed.order_id)


def spend(merchant_id, code, price_minor):
    """Somebody buys goods with the card."""
    variant = make_variant(merchant_id, price_minor=price_minor)
    shop = shop_context(merchant_id)
    cart_id = add_to_cart(merchant_id, None, variant, 1)
    set_gift_card(merchant_id, cart_id, code)
    end_read()
    view = view_cart(shop, cart_id, address=draft_for(shop, cart_id).address, delivery="fakeship.flat/standard")
    placed = place_order(shop, draft_for(shop, cart_id, agreed_card_minor=view.card_minor))
    if placed.payment_id:
        pay(merchant_id, placed)
    return placed


def test_a_card_that_is_bought_is_its_holders_money_and_the_order_is_done_at_once(tea):
    _product, variants = make_card_product(tea)
    placed = buy(tea, (variants[5000], 2, FRIEND, None))
    assert order_of(tea, placed).tax_minor == 0 and order_of(tea, placed).delivery == {}
    assert cards(tea, placed) == [] and letters() == [], "nothing is made before it is paid"
    pay(tea, placed)
    order = order_of(tea, placed)
    assert order.state == OrderState.COMPLETED and order.cards_minor == 10_000
    assert [card.left_minor for card in cards(tea, placed)] == [5000, 5000]
    assert held(tea, placed.order_id) == 0 and available(tea) == 0, "a sold card is owed, not earned"
    (to, values), (_to, other) = letters()
    assert to == "friend@example.com" and values["message"] == "Drink it slowly." and values["sender"] == "Li Lei"
    assert values["code"] != other["code"]
    assert card_by_code(tea, values["code"]).left_minor == 5000
    assert refundable_of(order) == 0 and findings() == []


def test_a_payment_told_twice_makes_each_card_once(app, tea):
    _product, variants = make_card_product(tea)
    placed = buy(tea, (variants[5000], 1, FRIEND, None))
    pay(tea, placed)
    check_payment(shop_context(tea), placed.payment_id)
    Worker(app).once()
    Worker(app).once()
    assert len(cards(tea, placed)) == 1 and len(letters()) == 1 and findings() == []


def test_the_card_earns_the_shop_its_money_when_it_is_spent(tea):
    _product, variants = make_card_product(tea)
    placed = buy(tea, (variants[10_000], 1, Gift(), None))
    pay(tea, placed)
    ((to, values),) = letters()
    assert to == "buyer@example.com", "without somebody else it comes to the buyer"
    spent = spend(tea, values["code"], 4000)
    order = order_of(tea, spent)
    assert order.tax_minor > 0 and order.gift_card_minor == order.total_minor
    ship_order(tea, spent.order_id, carrier="SF", tracking_number="1", actor=owner_of(tea))
    confirm_receipt(tea, spent.order_id, actor="buyer")
    fee = share_ppm(order.total_minor, order.fee_ppm)
    assert available(tea) == order.total_minor - fee and findings() == []


def test_an_order_of_goods_and_cards_ships_the_goods_and_keeps_their_money_alone(tea):
    _product, variants = make_card_product(tea)
    goods = make_variant(tea, price_minor=3000)
    placed = buy(tea, (variants[5000], 1, FRIEND, None), goods=goods)
    pay(tea, placed)
    order = order_of(tea, placed)
    assert order.state == OrderState.PAID and held(tea, placed.order_id) == order.total_minor - 5000
    assert list(order_detail(tea, placed.order_id).unpacked.values()) == [1]
    ship_order(tea, placed.order_id, carrier="SF", tracking_number="1", actor=owner_of(tea))
    confirm_receipt(tea, placed.order_id, actor="buyer")
    rest = order.total_minor - 5000
    assert available(tea) == rest - share_ppm(rest, order.fee_ppm) and findings() == []


def test_money_for_goods_goes_back_without_touching_the_cards(tea):
    _product, variants = make_card_product(tea)
    goods = make_variant(tea, price_minor=3000)
    placed = buy(tea, (variants[5000], 1, FRIEND, None), goods=goods)
    pay(tea, placed)
    rest = order_of(tea, placed).total_minor - 5000
    with pytest.raises(RefundTooMuch):
        refund_order(tea, placed.order_id, amount_minor=rest + 1, reason="x", actor=owner_of(tea))
    refund_order(tea, placed.order_id, amount_minor=rest, reason="x", actor=owner_of(tea))
    send_refunds()
    assert cards(tea, placed)[0].left_minor == 5000 and findings() == []


def test_what_is_left_on_a_card_goes_back_to_its_buyer_and_ends_it(app, tea):
    _product, variants = make_card_product(tea)
    placed = buy(tea, (variants[10_000], 1, FRIEND, None))
    pay(tea, placed)
    ((_to, values),) = letters()
    used = spend(tea, values["code"], 1000)
    left = cards(tea, placed)[0].left_minor
    assert left == 10_000 - order_of(tea, used).total_minor > 0
    card_id = cards(tea, placed)[0].id
    with pytest.raises(RoleNotEnough):
        refund_card(tea, placed.order_id, card_id, reason="x", actor_id=owner_of(make_shop("cups")))
    assert refund_card(tea, placed.order_id, card_id, reason="second thoughts", actor_id=owner_of(tea)) == left
    send_refunds()
    order = order_of(tea, placed)
    assert order.refunded_minor == left and cards(tea, placed)[0].state == "returned"
    assert db.session.scalar(select(Payment.refunded_minor).where(Payment.id == placed.payment_id)) == left
    with pytest.raises(GiftCardRefused, match="given back"):
        card_by_code(tea, values["code"])
    with pytest.raises(GiftCardSpent):
        refund_card(tea, placed.order_id, card_id, reason="again", actor_id=owner_of(tea))
    fees = balance(AccountRef("platform_fees", "platform", "CNY")).posted_minor
    assert fees == 0, "no fee was taken when it was sold, so none goes back"
    Worker(app).once()
    assert findings() == []


def test_a_card_that_was_spent_does_not_go_back_and_holds_its_order(tea):
    _product, variants = make_card_product(tea)
    goods = make_variant(tea, price_minor=3000)
    placed = buy(tea, (variants[5000], 1, FRIEND, None), goods=goods)
    pay(tea, placed)
    ((_to, values),) = letters()
    spend(tea, values["code"], 20_000)
    with pytest.raises(GiftCardSpent):
        refund_card(tea, placed.order_id, cards(tea, placed)[0].id, reason="x", actor_id=owner_of(tea))
    with pytest.raises(GiftCardSpent):
        cancel_order(tea, placed.order_id, actor="buyer")
    assert order_of(tea, placed).state == OrderState.PAID and findings() == []


def test_a_cancelled_order_takes_its_untouched_cards_back(tea):
    _product, variants = make_card_product(tea)
    goods = make_variant(tea, price_minor=3000)
    placed = buy(tea, (variants[5000], 2, FRIEND, None), goods=goods)
    pay(tea, placed)
    cancel_order(tea, placed.order_id, actor="buyer")
    send_refunds()
    order = order_of(tea, placed)
    assert order.state == OrderState.CANCELLED and order.refunded_minor == order.total_minor
    assert held(tea, placed.order_id) == 0 and {card.state for card in cards(tea, placed)} == {"returned"}
    assert findings() == []


def test_goods_taken_out_of_an_order_leave_its_cards_and_finish_it(tea):
    _product, variants = make_card_product(tea)
    goods = make_variant(tea, price_minor=3000)
    placed = buy(tea, (variants[5000], 1, FRIEND, None), goods=goods)
    pay(tea, placed)
    line = next(line for line in order_detail(tea, placed.order_id).lines if line.kind == "goods")
    back = cancel_lines(tea, placed.order_id, {line.id: 1}, actor=owner_of(tea), reason="sold out")
    order = order_of(tea, placed)
    assert back == order.total_minor - 5000 and order.state == OrderState.COMPLETED
    send_refunds()
    assert findings() == []


def test_a_refund_of_a_card_that_fails_can_be_tried_again(tea):
    _product, variants = make_card_product(tea)
    placed = buy(tea, (variants[5000], 1, FRIEND, None))
    pay(tea, placed)
    refund_card(tea, placed.order_id, cards(tea, placed)[0].id, reason="x", actor_id=owner_of(tea))
    book.refund = RefundState.FAILED
    try:
        send_refunds()
    finally:
        book.refund = RefundState.SUCCEEDED
    order = order_of(tea, placed)
    assert order.refunded_minor == 0 and refundable_of(order) == 5000 and findings() == []


def test_a_card_for_a_day_is_sent_on_its_morning_and_nobody_can_spend_it_before(app, tea):
    _product, variants = make_card_product(tea, months=12)
    today = clock.now().astimezone(UTC).date()
    gift = Gift(email="friend@example.com", send_on=(today + timedelta(days=10)).isoformat())
    placed = buy(tea, (variants[5000], 1, gift, None))
    pay(tea, placed)
    (card,) = cards(tea, placed)
    assert card.waits and letters() == [] and deliver_cards() == 0 and card.left_minor == 5000
    with clock.moved(timedelta(days=11)):
        Worker(app).once()
        assert len(letters()) == 1 and deliver_cards() == 0
        (card,) = cards(tea, placed)
        assert not card.waits and card_by_code(tea, letters()[0][1]["code"]).left_minor == 5000
        assert card.expires_at.date() > (clock.now() + timedelta(days=350)).date()
        assert findings() == []


def test_a_waiting_card_is_sent_early_by_the_shop_to_a_corrected_address(tea):
    _product, variants = make_card_product(tea)
    day = (clock.now() + timedelta(days=10)).date().isoformat()
    placed = buy(tea, (variants[5000], 1, Gift(email="wrong@example.com", send_on=day), None))
    pay(tea, placed)
    (card,) = cards(tea, placed)
    code = renew_code(tea, card.id, actor_id=owner_of(tea), email="Right@Example.com ")
    assert [to for to, _values in letters()] == ["right@example.com"]
    with clock.moved(timedelta(days=11)):
        assert deliver_cards() == 0
        assert card_by_code(tea, code).id == card.id
    with pytest.raises(Invalid):
        renew_code(tea, card.id, actor_id=owner_of(tea), email="nobody")


def test_a_card_that_is_off_waits_until_it_is_on_again(tea):
    _product, variants = make_card_product(tea)
    day = (clock.now() + timedelta(days=2)).date().isoformat()
    placed = buy(tea, (variants[5000], 1, Gift(email="friend@example.com", send_on=day), None))
    pay(tea, placed)
    (card,) = cards(tea, placed)
    set_card_active(tea, card.id, False, actor_id=owner_of(tea))
    with clock.moved(timedelta(days=3)):
        assert deliver_cards() == 0
        set_card_active(tea, card.id, True, actor_id=owner_of(tea))
        assert deliver_cards() == 1


def test_the_cards_own_page_shows_its_code_until_it_has_another(tea):
    _product, variants = make_card_product(tea)
    placed = buy(tea, (variants[5000], 1, FRIEND, None))
    pay(tea, placed)
    ((_to, values),) = letters()
    token = values["path"].rsplit("/", 1)[1]
    card, code = shown_card(tea, token)
    assert code == values["code"] and card.left_minor == 5000
    for merchant_id, wrong in ((make_shop("cups"), token), (tea, token[:-2]), (tea, "x"), (tea, "é")):
        with pytest.raises(GiftCardNotFound):
            shown_card(merchant_id, wrong)
    renew_code(tea, card.id, actor_id=owner_of(tea))
    end_read()
    with pytest.raises(GiftCardNotFound):
        shown_card(tea, token)


def test_buyers_choose_their_own_amount_within_bounds(tea):
    product_id, variants = make_card_product(tea, own_min_minor=1000, own_max_minor=50_000)
    for wrong in (999, 50_001, 0, -5):
        with pytest.raises(Invalid):
            add_to_cart(tea, None, variants[5000], 1, own_minor=wrong)
    cart_id = add_to_cart(tea, None, variants[5000], 1, own_minor=1234, gift=FRIEND)
    shop = shop_context(tea)
    end_read()
    draft = draft_for(shop, cart_id)
    assert draft.agreed_total_minor == 1234
    agree_prices(tea, cart_id)
    end_read()
    product = product_by_id(tea, product_id)
    changed = ProductDetails(name="Gift card", gift=GiftTerms(own_min_minor=2000, own_max_minor=50_000).as_json())
    update_product(tea, product_id, changed, expected_version=product.version)
    end_read()
    assert [line.problem for line in view_cart(shop, cart_id).lines] == ["gone"]
    with pytest.raises(NotForSale):
        place_order(shop_context(tea), draft)
    goods = make_variant(tea)
    with pytest.raises(Invalid):
        add_to_cart(tea, None, goods, 1, own_minor=1234)


def test_cards_for_two_friends_stay_two_lines(tea):
    _product, variants = make_card_product(tea)
    cart_id = add_to_cart(tea, None, variants[5000], 1, gift=FRIEND)
    add_to_cart(tea, cart_id, variants[5000], 1, gift=Gift(email="other@example.com"))
    end_read()
    lines = view_cart(shop_context(tea), cart_id).lines
    assert [line.item.gift["email"] for line in lines] == ["friend@example.com", "other@example.com"]
    with pytest.raises(Invalid):
        set_quantity(tea, cart_id, lines[0].item.line_id, 51)
    set_quantity(tea, cart_id, lines[0].item.line_id, 3)
    placed = place_order(shop_context(tea), draft_for(shop_context(tea), cart_id))
    pay(tea, placed)
    assert sorted(to for to, _values in letters()) == ["friend@example.com"] * 3 + ["other@example.com"]
    assert findings() == []


@pytest.mark.parametrize(
    ("gift", "field"),
    [
        (Gift(email="nobody"), "email"),
        (Gift(recipient="x" * 121), "recipient"),
        (Gift(message="x" * 501), "message"),
        (Gift(sender="\x00"), "sender"),
        (Gift(email="a@example.com", send_on="soon"), "send_on"),
        (Gift(email="a@example.com", send_on="2020-01-01"), "send_on"),
        (Gift(email="a@example.com", send_on="9999-12-31"), "send_on"),
    ],
)
def test_what_is_wrong_with_a_present_is_said_at_its_field(tea, gift, field):
    _product, variants = make_card_product(tea)
    with pytest.raises(Invalid) as refused:
        add_to_cart(tea, None, variants[5000], 1, gift=gift)
    assert list(refused.value.fields) == [field]


def test_a_discount_and_another_gift_card_do_not_pay_for_gift_cards(tea):
    _product, variants = make_card_product(tea)
    first = buy(tea, (variants[10_000], 1, Gift(), None))
    pay(tea, first)
    ((_to, values),) = letters()
    create_discount(tea, Terms(rate_ppm=500_000), code="HALF", actor_id=None)
    goods = make_variant(tea, price_minor=2000)
    cart_id = add_to_cart(tea, None, variants[5000], 1, gift=FRIEND)
    add_to_cart(tea, cart_id, goods, 1)
    set_coupon(tea, cart_id, "HALF")
    set_gift_card(tea, cart_id, values["code"])
    end_read()
    view = view_cart(shop_context(tea), cart_id)
    assert view.quote.discount_minor == 1000
    assert view.card_minor == view.quote.total_minor - 5000 == view.quote.total_minor - view.quote.vouchers_minor


def test_a_card_paid_at_the_counter_is_backed_by_the_shops_own_balance(tea):
    _product, variants = make_card_product(tea)
    wanted = WantedOrder("buyer@example.com", "en", (WantedLine(variants[5000], 1, 3000),))
    made = _made(tea, wanted)
    with pytest.raises(NotEnoughMoney):
        mark_paid_outside(tea, made.order_id, how="cash", actor_id=owner_of(tea))
    earned = spend_goods(tea, 20_000)
    before = available(tea)
    assert earned and before > 3000
    mark_paid_outside(tea, made.order_id, how="cash", actor_id=owner_of(tea))
    (card,) = cards_of_order(tea, made.order_id)
    assert card.left_minor == 3000 and available(tea) == before - 3000 and findings() == []
    refund_card(tea, made.order_id, card.id, reason="x", actor_id=owner_of(tea))
    assert available(tea) == before and db.session.scalar(select(Refund)) is None and findings() == []


@transactional
def _made(merchant_id, wanted):
    return make_order(shop_context(merchant_id), wanted, actor_id=owner_of(merchant_id))


def spend_goods(merchant_id, price_minor):
    """The shop has earned something before."""
    variant = make_variant(merchant_id, price_minor=price_minor)
    shop = shop_context(merchant_id)
    placed = place_order(shop, draft_for(shop, add_to_cart(merchant_id, None, variant, 1)))
    pay(merchant_id, placed)
    ship_order(merchant_id, placed.order_id, carrier="SF", tracking_number="1", actor=owner_of(merchant_id))
    confirm_receipt(merchant_id, placed.order_id, actor="buyer")
    return placed


def test_the_invoice_names_a_voucher_and_its_credit_note_takes_no_tax_back(app, tea):
    _product, variants = make_card_product(tea)
    goods = make_variant(tea, price_minor=3000)
    placed = buy(tea, (variants[5000], 1, FRIEND, None), goods=goods)
    pay(tea, placed)
    refund_card(tea, placed.order_id, cards(tea, placed)[0].id, reason="x", actor_id=owner_of(tea))
    send_refunds()
    Worker(app).once()
    end_read()
    invoice = db.session.scalar(select(Invoice).where(Invoice.series == "invoice"))
    assert any("Voucher" in line["detail"] for line in invoice.content["lines"])
    note = db.session.scalar(select(Invoice).where(Invoice.series == "credit_note"))
    taxes = db.session.scalars(select(InvoiceTax).where(InvoiceTax.invoice_id == note.id)).all()
    assert [(tax.rate_ppm, tax.base_minor) for tax in taxes] == [(0, 5000)] and note.tax_minor == 0
    assert findings() == []


def test_gift_card_products_are_not_weighed_counted_taxed_or_free(tea):
    product_id, _variants = make_card_product(tea)
    product = product_by_id(tea, product_id)
    assert product.is_gift_card and product.in_stock
    for variant in product.variants:
        assert (variant.taxable, variant.requires_shipping, variant.available, variant.weight_grams) == (
            False,
            False,
            None,
            0,
        )
    with pytest.raises(Invalid):
        make_card_product(tea, amounts=(0,))
    for wrong in ({"own_min_minor": 5}, {"own_min_minor": 9, "own_max_minor": 5}, {"months": 0}, {"own_max_minor": 0}):
        with pytest.raises(Invalid):
            make_card_product(tea, **wrong)


def test_months_end_with_the_last_day_of_a_shorter_month(tea):
    shop = shop_context(tea)
    ends = last_moment(shop, datetime(2024, 1, 31, 12, tzinfo=UTC), 1)
    assert ends.astimezone(UTC).isoformat().startswith("2024-02-29T15:59")
    assert last_moment(shop, datetime(2024, 1, 31, tzinfo=UTC), None) is None


@given(
    st.lists(st.tuples(st.integers(1, 20), st.integers(1, 10**6), st.booleans()), min_size=1, max_size=6),
    st.integers(0, 1_000_000),
    st.integers(0, 300_000),
    st.booleans(),
)
def test_no_discount_and_no_tax_touches_a_voucher(items, off_ppm, tax_ppm, included):
    quote = price(
        "CNY",
        [
            PricedItem(str(place), quantity, unit, voucher=voucher)
            for place, (quantity, unit, voucher) in enumerate(items)
        ],
        offers=[Offer("X", "X", "percent", rate_ppm=off_ppm)],
        taxing=Taxing(AppliedTax("VAT", tax_ppm), included, delivery="goods"),
    )
    vouchers = 0
    for line, (_quantity, _unit, voucher) in zip(quote.lines, items, strict=True):
        if voucher:
            assert line.discount_minor == 0 and line.tax_minor == 0 and line.total_minor == line.gross_minor
            vouchers += line.total_minor
    assert quote.vouchers_minor == vouchers <= quote.total_minor
    assert sum(line.gross_minor for line in quote.lines) + sum(c.amount_minor for c in quote.charges) == (
        quote.total_minor
    )


def test_taking_back_and_spending_at_once_give_the_money_to_one_of_them(bare_app):
    with bare_app.app_context():
        tea = make_shop("tea")
        _product, variants = make_card_product(tea)
        placed = buy(tea, (variants[5000], 1, FRIEND, None))
        pay(tea, placed)
        ((_to, values),) = letters()
        card_id = cards(tea, placed)[0].id
        goods = make_variant(tea, price_minor=9000, stock=9)
        shop = shop_context(tea)
        drafts = []
        for _turn in range(3):
            cart_id = add_to_cart(tea, None, goods, 1)
            set_gift_card(tea, cart_id, values["code"])
            drafts.append(draft_for(shop, cart_id, agreed_card_minor=5000))
        end_read()
        db.session.remove()
    outcomes = []

    def attempt(action):
        with bare_app.app_context():
            try:
                action()
                outcomes.append("done")
            except Exception as refusal:
                outcomes.append(getattr(refusal, "code", repr(refusal)))
            finally:
                db.session.remove()

    def back():
        refund_card(tea, placed.order_id, card_id, reason="x", actor_id=owner_of(tea))

    actions = [lambda draft=draft: place_order(shop_context(tea), draft) for draft in drafts] + [back, back]
    threads = [threading.Thread(target=attempt, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with bare_app.app_context():
        assert outcomes.count("done") == 1, outcomes
        assert findings() == []
        db.session.remove()


def test_two_workers_send_a_waiting_card_once(bare_app):
    with bare_app.app_context():
        tea = make_shop("tea")
        _product, variants = make_card_product(tea)
        day = (clock.now() + timedelta(days=2)).date().isoformat()
        placed = buy(tea, (variants[5000], 1, Gift(email="friend@example.com", send_on=day), None))
        pay(tea, placed)
        card_id = cards(tea, placed)[0].id
        end_read()
        db.session.remove()
    sent = []

    def deliver():
        with bare_app.app_context():
            sent.append(deliver_card(tea, card_id))
            db.session.remove()

    with clock.moved(timedelta(days=3)):
        threads = [threading.Thread(target=deliver) for _turn in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with bare_app.app_context():
        assert sorted(sent) == [False, False, False, True] and len(letters()) == 1
        db.session.remove()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(("buy", "mixed", "spend", "back", "cancel", "refund")), st.integers(1, 9000)),
        max_size=7,
    )
)
def test_whatever_happens_to_sold_cards_the_books_agree(tea, steps):
    _product, variants = make_card_product(tea, own_min_minor=1, own_max_minor=9000)
    goods = make_variant(tea, price_minor=2500, stock=50)
    bought = []
    for step, number in steps:
        end_read()
        try:
            if step in ("buy", "mixed"):
                placed = buy(tea, (variants[5000], 1, Gift(), number), goods=goods if step == "mixed" else None)
                bought.append(placed)
                pay(tea, placed)
            elif bought and step == "spend":
                spend(tea, letters()[-1][1]["code"], number)
            elif bought and step == "back":
                refund_card(tea, bought[-1].order_id, cards(tea, bought[-1])[0].id, reason="x", actor_id=owner_of(tea))
                send_refunds()
            elif bought and step == "refund":
                refund_order(tea, bought[-1].order_id, amount_minor=number, reason="x", actor=owner_of(tea))
                send_refunds()
            elif bought and step == "cancel":
                cancel_order(tea, bought[-1].order_id, actor="buyer")
                send_refunds()
        except Exception as refusal:
            assert getattr(refusal, "status", 500) < 500, refusal
            db.session.rollback()
    assert findings() == []
    end_read()
    for card in db.session.scalars(select(GiftCard).where(GiftCard.merchant_id == tea)).all():
        row, statement, uses = card_detail(tea, card.id)
        assert sum(line.amount_minor for line in statement) == row.left_minor
        taken = sum(use.amount_minor - use.returned_minor for use in uses if use.state == "spent")
        assert row.left_minor + taken + row.returned_minor == row.initial_minor
