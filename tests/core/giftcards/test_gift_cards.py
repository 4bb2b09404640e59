"""Gift cards: money of their holders, that pays for orders once, comes back to them first, and is never lost."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.audit.queries import AuditFilter, audit_page
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid
from core.base.transactions import end_read, transactional
from core.contract.runtime import registry
from core.documents.models import Invoice
from core.giftcards.errors import GiftCardClosed, GiftCardNotFound, GiftCardRefused
from core.giftcards.models import GiftCard
from core.giftcards.queries import card_detail, cards_page, cards_together
from core.giftcards.service import expire_cards, issue_card, renew_code, set_card_active
from core.giftcards.spending import card_by_code
from core.ledger.errors import NotEnoughMoney
from core.ledger.queries import balance
from core.ledger.service import AccountRef, Posting, post_transfer
from core.messages.models import Message
from core.orders.carts import add_to_cart, set_gift_card
from core.orders.checkout import view_cart
from core.orders.errors import PriceChanged
from core.orders.fulfilment import ship_order
from core.orders.models import Order
from core.orders.placing import place_order
from core.orders.returns import refund_order
from core.orders.service import cancel_order, expire_unpaid, pay_again
from core.orders.settlement import confirm_receipt
from core.orders.states import OrderState
from core.parties.errors import FactorMissing, FactorNeeded, RoleNotEnough
from core.payments.models import Payment
from core.payments.refunds import send_refunds
from core.shops.queries import shop_context
from core.worker.runner import Worker
from tests.trade import ADDRESS, draft_for, make_shop, make_variant, owner_of, pay


def findings():
    end_read()
    return [sentence for owned in registry().checks for sentence in owned.item.run()]


@pytest.fixture
def tea(app):
    merchant_id = make_shop("tea")
    give_balance(merchant_id, 100_000)
    return merchant_id


def give_balance(merchant_id, amount_minor):
    """The shop has earned something before."""
    variant = make_variant(merchant_id, price_minor=amount_minor, stock=1)
    shop = shop_context(merchant_id)
    placed = place_order(shop, draft_for(shop, add_to_cart(merchant_id, None, variant, 1)))
    pay(merchant_id, placed)
    ship_order(merchant_id, placed.order_id, carrier="SF", tracking_number="1", actor=owner_of(merchant_id))
    confirm_receipt(merchant_id, placed.order_id, actor="buyer")


def issue(merchant_id, amount_minor, **given):
    return issue_card(merchant_id, amount_minor=amount_minor, actor_id=owner_of(merchant_id), **given)


def left_on(merchant_id, card_id):
    end_read()
    return card_detail(merchant_id, card_id)[0].left_minor


def available(merchant_id):
    end_read()
    return balance(AccountRef("merchant_available", merchant_id, "CNY")).available_minor


def order_with_card(merchant_id, variant, code, quantity=1):
    shop = shop_context(merchant_id)
    cart_id = add_to_cart(merchant_id, None, variant, quantity)
    set_gift_card(merchant_id, cart_id, code)
    end_read()
    view = view_cart(shop, cart_id, address=ADDRESS, delivery="fakeship.flat/standard")
    return place_order(shop, draft_for(shop, cart_id, agreed_card_minor=view.card_minor))


def order(merchant_id, placed):
    end_read()
    return db.session.get(Order, (merchant_id, placed.order_id), populate_existing=True)


def test_what_is_put_on_a_card_leaves_the_shops_balance_and_is_owed_to_its_holder(tea):
    before = available(tea)
    card_id, code = issue(tea, 5000, email="friend@example.com", note="for the broken cup")
    assert available(tea) == before - 5000 and left_on(tea, card_id) == 5000
    assert cards_together(tea, "CNY").owed_minor == 5000
    assert len(code.replace("-", "")) == 16
    stored = db.session.query(GiftCard).one()
    assert code.replace("-", "") not in str(vars(stored).values()), "the code itself is kept nowhere"
    assert db.session.query(Message).filter_by(kind="gift_card.code", recipient="friend@example.com").count() == 1
    assert any(entry.action == "gift_card.issued" for entry in audit_page(AuditFilter()).rows)
    assert findings() == []


def test_a_shop_cannot_give_what_it_does_not_have_and_bad_input_gives_nothing(tea):
    before = available(tea)
    with pytest.raises(NotEnoughMoney):
        issue(tea, before + 1)
    for wrong, field in (
        ({"amount_minor": 0}, "amount"),
        ({"amount_minor": 10, "email": "not an address"}, "email"),
        ({"amount_minor": 10, "expires_at": clock.now()}, "expires_at"),
        ({"amount_minor": 10, "note": "x" * 501}, "note"),
    ):
        with pytest.raises(Invalid) as refused:
            issue_card(tea, actor_id=owner_of(tea), **wrong)
        assert field in refused.value.fields
    with pytest.raises(RoleNotEnough):
        issue_card(tea, amount_minor=10, actor_id=owner_of(make_shop("cups")))
    assert available(tea) == before and cards_page(tea)[0] == []


@pytest.mark.guarded
def test_a_card_is_given_only_by_who_has_proven_a_second_factor(app):
    merchant_id = make_shop("tea")
    with pytest.raises((FactorNeeded, FactorMissing)):
        issue(merchant_id, 100)


def test_a_card_pays_its_part_when_the_rest_is_paid_and_not_before(tea):
    variant = make_variant(tea, price_minor=8000)
    card_id, code = issue(tea, 5000)
    placed = order_with_card(tea, variant, code.lower().replace("-", " "))
    asked = db.session.get(Payment, (tea, placed.payment_id))
    total = order(tea, placed).total_minor
    assert asked.amount_minor == total - 5000
    assert left_on(tea, card_id) == 5000 and card_detail(tea, card_id)[0].held_minor == 5000
    with pytest.raises(GiftCardRefused):
        card_by_code(tea, code)
    pay(tea, placed)
    assert order(tea, placed).state == OrderState.PAID and left_on(tea, card_id) == 0
    assert balance(AccountRef("order_escrow", tea, "CNY", placed.order_id)).posted_minor == total
    assert findings() == []


def test_an_order_that_a_card_pays_wholly_is_paid_at_once(tea):
    variant = make_variant(tea, price_minor=2000)
    card_id, code = issue(tea, 20_000)
    placed = order_with_card(tea, variant, code)
    assert placed.payment_id is None and order(tea, placed).state == OrderState.PAID
    assert order(tea, placed).paid_at is not None
    assert left_on(tea, card_id) == 20_000 - order(tea, placed).total_minor
    assert findings() == []


def test_an_order_that_is_not_paid_sets_the_card_free(tea):
    variant = make_variant(tea, price_minor=8000)
    card_id, code = issue(tea, 5000)
    first = order_with_card(tea, variant, code)
    cancel_order(tea, first.order_id, actor="buyer")
    second = order_with_card(tea, variant, code)
    with clock.moved(timedelta(days=1)):
        assert expire_unpaid() == 1
    assert card_by_code(tea, code).left_minor == 5000 == left_on(tea, card_id)
    assert order(tea, second).state == OrderState.CANCELLED and findings() == []


def test_paying_another_way_asks_for_the_rest_only(tea):
    variant = make_variant(tea, price_minor=8000)
    _card_id, code = issue(tea, 5000)
    placed = order_with_card(tea, variant, code)
    again = pay_again(shop_context(tea), placed.order_id, "fakepay.qr")
    assert db.session.get(Payment, (tea, again)).amount_minor == order(tea, placed).total_minor - 5000


def test_money_back_goes_onto_the_card_first_and_the_books_show_it(app, tea):
    variant = make_variant(tea, price_minor=8000)
    card_id, code = issue(tea, 5000)
    placed = order_with_card(tea, variant, code)
    pay(tea, placed)
    refund_order(tea, placed.order_id, amount_minor=2000, reason="late", actor=owner_of(tea))
    assert left_on(tea, card_id) == 2000 and order(tea, placed).refunded_minor == 2000
    refund_order(tea, placed.order_id, amount_minor=4000, reason="broken", actor=owner_of(tea))
    assert left_on(tea, card_id) == 5000
    payment = db.session.get(Payment, (tea, placed.payment_id), populate_existing=True)
    assert payment.refunded_minor == 1000
    send_refunds()
    assert findings() == []
    Worker(app).once()
    end_read()
    notes = db.session.query(Invoice).filter_by(series="credit_note").all()
    assert sorted(note.total_minor for note in notes) == [1000, 2000, 3000]


def test_money_back_after_release_comes_from_the_shop_and_its_fee_returns(tea):
    variant = make_variant(tea, price_minor=8000)
    card_id, code = issue(tea, 5000)
    placed = order_with_card(tea, variant, code)
    pay(tea, placed)
    ship_order(tea, placed.order_id, carrier="SF", tracking_number="1", actor=owner_of(tea))
    confirm_receipt(tea, placed.order_id, actor="buyer")
    before = available(tea)
    refund_order(tea, placed.order_id, amount_minor=3000, reason="gift", actor=owner_of(tea))
    fee = 3000 * order(tea, placed).fee_ppm // 1_000_000
    assert left_on(tea, card_id) == 3000 and available(tea) == before - 3000 + fee and findings() == []


def test_a_cancelled_order_gives_the_card_everything_back(tea):
    variant = make_variant(tea, price_minor=2000)
    card_id, code = issue(tea, 20_000)
    placed = order_with_card(tea, variant, code)
    cancel_order(tea, placed.order_id, actor="buyer")
    assert left_on(tea, card_id) == 20_000 and findings() == []


def test_the_buyer_agrees_to_what_the_card_pays(tea):
    variant = make_variant(tea, price_minor=8000)
    card_id, code = issue(tea, 5000)
    shop = shop_context(tea)
    cart_id = add_to_cart(tea, None, variant, 1)
    set_gift_card(tea, cart_id, code)
    with pytest.raises(PriceChanged):
        place_order(shop, draft_for(shop, cart_id, agreed_card_minor=4000))
    set_card_active(tea, card_id, False, actor_id=owner_of(tea))
    with pytest.raises(GiftCardRefused):
        place_order(shop, draft_for(shop, cart_id, agreed_card_minor=5000))
    assert left_on(tea, card_id) == 5000 and findings() == []


def test_codes_that_do_not_pay_say_why_and_those_of_other_shops_are_unknown(tea):
    cups = make_shop("cups")
    card_id, code = issue(tea, 500, expires_at=clock.now() + timedelta(days=3))
    for merchant_id, typed in ((cups, code), (tea, "AAAA-AAAA-AAAA-AAAA"), (tea, "")):
        with pytest.raises(GiftCardRefused, match="No gift card"):
            card_by_code(merchant_id, typed)
    set_card_active(tea, card_id, False, actor_id=owner_of(tea))
    with pytest.raises(GiftCardRefused, match="switched off"):
        card_by_code(tea, code)
    set_card_active(tea, card_id, True, actor_id=owner_of(tea))
    with clock.moved(timedelta(days=4)), pytest.raises(GiftCardRefused, match="expired"):
        card_by_code(tea, code)
    with pytest.raises(GiftCardNotFound):
        set_card_active(cups, card_id, False, actor_id=owner_of(cups))


def test_a_renewed_code_makes_the_old_one_worthless(tea):
    card_id, code = issue(tea, 500, email="friend@example.com")
    new = renew_code(tea, card_id, actor_id=owner_of(tea))
    assert card_by_code(tea, new).id == card_id
    with pytest.raises(GiftCardRefused):
        card_by_code(tea, code)
    assert db.session.query(Message).filter_by(kind="gift_card.code").count() == 2


def test_what_is_left_after_the_last_day_becomes_the_shops_and_money_back_wakes_the_card(tea):
    variant = make_variant(tea, price_minor=2000)
    card_id, code = issue(tea, 20_000, expires_at=clock.now() + timedelta(days=3))
    placed = order_with_card(tea, variant, code)
    left, before = left_on(tea, card_id), available(tea)
    with clock.moved(timedelta(days=4)):
        assert expire_cards() == 1 and expire_cards() == 0
        assert available(tea) == before + left and left_on(tea, card_id) == 0
        with pytest.raises(GiftCardClosed):
            set_card_active(tea, card_id, True, actor_id=owner_of(tea))
        refund_order(tea, placed.order_id, amount_minor=100, reason="x", actor=owner_of(tea))
        end_read()
        assert card_by_code(tea, code).left_minor == 100
        assert findings() == []


def test_a_card_that_waits_for_a_payment_does_not_expire_under_it(tea):
    variant = make_variant(tea, price_minor=8000)
    card_id, code = issue(tea, 5000, expires_at=clock.now() + timedelta(minutes=1))
    placed = order_with_card(tea, variant, code)
    with clock.moved(timedelta(minutes=2)):
        assert expire_cards() == 0
        pay(tea, placed)
        assert expire_cards() == 1
    assert left_on(tea, card_id) == 0 and findings() == []


def test_two_orders_cannot_both_spend_what_is_on_a_card(bare_app):
    with bare_app.app_context():
        tea = make_shop("tea")
        give_balance(tea, 50_000)
        variant = make_variant(tea, price_minor=4000, stock=50)
        card_id, code = issue(tea, 5000)
        carts = []
        for _ in range(6):
            cart_id = add_to_cart(tea, None, variant, 1)
            set_gift_card(tea, cart_id, code)
            carts.append(cart_id)
        shop = shop_context(tea)
        drafts = [draft_for(shop, cart_id, agreed_card_minor=4800) for cart_id in carts]
        total = drafts[0].agreed_total_minor
        drafts = [draft_for(shop, cart_id, agreed_card_minor=min(5000, total)) for cart_id in carts]
        db.session.remove()
    outcomes = []

    def buy(draft):
        with bare_app.app_context():
            try:
                outcomes.append(place_order(shop_context(tea), draft).order_id)
            except (GiftCardRefused, PriceChanged) as refusal:
                outcomes.append(refusal.code)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=buy, args=(draft,)) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with bare_app.app_context():
        assert sum(outcome.startswith("ord_") for outcome in outcomes) == 1, outcomes
        assert card_detail(tea, card_id)[0].left_minor == 5000 - min(5000, total)
        assert findings() == []
        db.session.remove()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    worth=st.integers(1, 30_000),
    steps=st.lists(st.tuples(st.sampled_from(("buy", "pay", "refund", "cancel")), st.integers(1, 9000)), max_size=7),
)
def test_whatever_happens_what_was_put_on_a_card_is_on_it_or_in_orders(tea, worth, steps):
    top_up(tea, worth)
    card_id, code = issue(tea, worth)
    variant = make_variant(tea, price_minor=3100, stock=20)
    placed = []
    for step, number in steps:
        end_read()
        try:
            if step == "buy":
                placed.append(order_with_card(tea, variant, code, 1 + number % 2))
            elif placed and step == "pay" and placed[-1].payment_id:
                pay(tea, placed[-1])
            elif placed and step == "refund":
                refund_order(tea, placed[-1].order_id, amount_minor=number, reason="x", actor=owner_of(tea))
                send_refunds()
            elif placed and step == "cancel":
                cancel_order(tea, placed[-1].order_id, actor="buyer")
                send_refunds()
        except Exception as refusal:
            assert getattr(refusal, "status", 500) < 500, refusal
            db.session.rollback()
    assert findings() == []
    row, statement, uses = card_detail(tea, card_id)
    assert sum(line.amount_minor for line in statement) == row.left_minor
    taken = sum(use.amount_minor - use.returned_minor for use in uses if use.state == "spent")
    assert row.left_minor + taken == worth and 0 <= row.held_minor <= row.left_minor


@transactional
def top_up(merchant_id, amount_minor):
    """Money from nowhere, for the property alone: the platform's own account gives it."""
    post_transfer(
        "adjustment",
        [
            Posting(AccountRef("platform_fees", "platform", "CNY"), -amount_minor),
            Posting(AccountRef("merchant_available", merchant_id, "CNY"), amount_minor),
        ],
        reference="test",
        idempotency_key=f"test:{clock.now().timestamp()}:{amount_minor}",
    )
