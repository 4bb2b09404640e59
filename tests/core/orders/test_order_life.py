from datetime import timedelta

import pytest

from core.base import clock
from core.contract.providers import PaymentOutcome, PaymentState, PayoutState, RefundState
from core.contract.runtime import registry
from core.discounts.service import Terms, create_discount
from core.inventory.errors import StockGone
from core.inventory.service import available
from core.ledger.queries import balance
from core.ledger.service import AccountRef
from core.orders.carts import add_to_cart, set_coupon, set_quantity
from core.orders.checkout import view_cart
from core.orders.errors import AddressNeeded, NoWayToDeliver, NoWayToPay, PriceChanged, RefundRequestOpen
from core.orders.fulfilment import mark_packed, ship_order
from core.orders.placing import place_order
from core.orders.queries import order_by_code, order_detail, orders_page
from core.orders.returns import answer_request, refund_order, request_refund, withdraw_request
from core.orders.service import cancel_order, expire_unpaid, pay_again
from core.orders.settlement import confirm_receipt, release_due
from core.orders.states import WrongState
from core.orders.terms import index_order
from core.parties.errors import RoleNotEnough
from core.payments.accounts import add_bank_account
from core.payments.errors import RefundTooMuch
from core.payments.payouts import payouts, request_payout, send_payouts
from core.payments.refunds import send_refunds
from core.payments.service import ask_unknown, check_payment, record_outcome, start_payment
from core.shops.queries import shop_context
from tests.fakes import book
from tests.trade import ADDRESS, draft_for, make_shop, make_variant, owner_of, paid_order, pay, placed_order

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def tea(app):
    return make_shop("tea", tax_ppm=130_000)


@pytest.fixture(autouse=True)
def everything_adds_up(app):
    yield
    assert [sentence for owned in registry().checks for sentence in owned.item.run()] == []


def money(merchant_id, kind, subject=""):
    return balance(AccountRef(kind, merchant_id, "CNY", subject))


def shipped_order(merchant_id, variant_id, quantity=1):
    placed = paid_order(merchant_id, variant_id, quantity)
    ship_order(merchant_id, placed.order_id, carrier="SF", tracking_number="1", actor=owner_of(merchant_id))
    return placed


def test_a_paid_order_stands_in_escrow_until_receipt_and_then_belongs_to_the_merchant_less_the_fee(tea):
    variant = make_variant(tea, price_minor=10_000, stock=5)
    placed = shipped_order(tea, variant, 2)
    assert money(tea, "order_escrow", placed.order_id).posted_minor == 20_800
    confirm_receipt(tea, placed.order_id, actor="buyer")
    assert money(tea, "order_escrow", placed.order_id).posted_minor == 0
    assert money(tea, "merchant_available").posted_minor == 20_800 - 125
    assert available(tea, {variant}) == {variant: 3}
    detail = order_detail(tea, placed.order_id)
    assert [event.kind for event in detail.events] == ["placed", "paid", "shipped", "completed"]


def test_escrow_is_released_without_the_buyers_word_when_the_days_are_over(tea):
    placed = shipped_order(tea, make_variant(tea))
    assert release_due() == 0
    with clock.moved(timedelta(days=11)):
        assert release_due() == 1
        assert release_due() == 0
    assert order_detail(tea, placed.order_id).order.state == "completed"


def test_an_open_refund_request_stops_the_release_and_an_answer_lets_it_go_on(tea):
    placed = shipped_order(tea, make_variant(tea))
    request = request_refund(tea, placed.order_id, amount_minor=500, reason="broken")
    with pytest.raises(RefundRequestOpen):
        confirm_receipt(tea, placed.order_id, actor="buyer")
    with clock.moved(timedelta(days=30)):
        assert release_due() == 0
    answer_request(tea, request, approved_minor=300, answer="sorry", actor=owner_of(tea))
    send_refunds()
    assert sum(book.refunds.values()) == 300
    with clock.moved(timedelta(days=30)):
        assert release_due() == 1
    assert money(tea, "merchant_available").posted_minor == 1500 - 9


def test_a_withdrawn_request_lets_the_buyer_confirm(tea):
    placed = shipped_order(tea, make_variant(tea))
    withdraw_request(tea, request_refund(tea, placed.order_id, amount_minor=500, reason="broken"))
    confirm_receipt(tea, placed.order_id, actor="buyer")


def test_a_declined_request_needs_a_reason_and_moves_no_money(tea):
    placed = shipped_order(tea, make_variant(tea))
    request = request_refund(tea, placed.order_id, amount_minor=500, reason="broken")
    answer_request(tea, request, approved_minor=None, answer="it was not", actor=owner_of(tea))
    assert order_detail(tea, placed.order_id).order.refunded_minor == 0


def test_cancelling_a_paid_order_gives_all_of_it_back_and_frees_the_stock(tea):
    variant = make_variant(tea, stock=3)
    placed = paid_order(tea, variant, 2)
    cancel_order(tea, placed.order_id, actor="buyer")
    send_refunds()
    assert sum(book.refunds.values()) == 2800
    assert available(tea, {variant}) == {variant: 3}
    assert money(tea, "order_escrow", placed.order_id).posted_minor == 0


def test_a_refund_that_fails_outside_leaves_the_money_where_it_was(tea):
    placed = shipped_order(tea, make_variant(tea))
    book.refund = RefundState.FAILED
    refund_order(tea, placed.order_id, amount_minor=1000, reason="x", actor=owner_of(tea))
    send_refunds()
    detail = order_detail(tea, placed.order_id)
    assert (detail.order.refunded_minor, detail.escrow_minor) == (0, 1800)


def test_a_refund_whose_answer_is_lost_is_asked_about_and_paid_once(tea):
    placed = shipped_order(tea, make_variant(tea))
    book.lose_answers = True
    refund_order(tea, placed.order_id, amount_minor=700, reason="x", actor=owner_of(tea))
    send_refunds()
    assert order_detail(tea, placed.order_id).refunds[0].state == "unknown"
    book.lose_answers = False
    with clock.moved(timedelta(minutes=5)):
        send_refunds()
    assert book.refunds and len(book.refunds) == 1
    assert order_detail(tea, placed.order_id).escrow_minor == 1100


def test_a_refund_after_release_comes_from_the_merchant_and_the_fee_goes_back(tea):
    placed = shipped_order(tea, make_variant(tea, price_minor=10_000))
    shipped_order(tea, make_variant(tea, price_minor=10_000))
    with clock.moved(timedelta(days=11)):
        release_due()
    before = money(tea, "merchant_available").posted_minor
    refund_order(tea, placed.order_id, amount_minor=10_800, reason="x", actor=owner_of(tea))
    send_refunds()
    assert money(tea, "merchant_available").posted_minor == before - 10_800 + 65


def test_more_than_was_paid_is_never_given_back(tea):
    placed = shipped_order(tea, make_variant(tea))
    refund_order(tea, placed.order_id, amount_minor=1000, reason="x", actor=owner_of(tea))
    with pytest.raises(RefundTooMuch):
        refund_order(tea, placed.order_id, amount_minor=801, reason="x", actor=owner_of(tea))


def test_an_order_that_is_not_paid_in_time_is_cancelled_and_late_money_goes_back(tea):
    variant = make_variant(tea, stock=1)
    placed = placed_order(tea, variant)
    start_payment(shop_context(tea), placed.payment_id, return_url="https://x/", notify_url="https://x/")
    with clock.moved(timedelta(minutes=31)):
        assert expire_unpaid() == 1
        assert available(tea, {variant}) == {variant: 1}
        book.paid[placed.payment_id] = ("late", 1800)
        ask_unknown()
        send_refunds()
    assert sum(book.refunds.values()) == 1800
    assert order_detail(tea, placed.order_id).order.state == "cancelled"


def test_a_wrong_amount_is_not_taken_for_the_order_but_given_back(tea):
    placed = placed_order(tea, make_variant(tea))
    pay(tea, placed, amount_minor=1799)
    assert order_detail(tea, placed.order_id).order.state == "pending"
    send_refunds()
    assert sum(book.refunds.values()) == 1799


def test_money_that_comes_twice_is_given_back_once(tea):
    placed = paid_order(tea, make_variant(tea))
    second = PaymentOutcome(PaymentState.CAPTURED, "ext-other", 1800, "CNY")
    for _again in range(3):
        record_outcome(tea, placed.payment_id, second)
    send_refunds()
    assert sum(book.refunds.values()) == 1800
    assert order_detail(tea, placed.order_id).escrow_minor == 1800


def test_the_same_notice_many_times_and_a_late_failure_change_nothing(tea):
    placed = paid_order(tea, make_variant(tea))
    for outcome in (
        PaymentOutcome(PaymentState.CAPTURED, f"ext-{placed.payment_id}", 1800, "CNY"),
        PaymentOutcome(PaymentState.FAILED),
        PaymentOutcome(PaymentState.REQUIRES_ACTION),
        PaymentOutcome(PaymentState.UNKNOWN),
    ):
        record_outcome(tea, placed.payment_id, outcome)
    assert order_detail(tea, placed.order_id).escrow_minor == 1800


def test_a_start_whose_answer_is_lost_is_unknown_and_later_found_to_be_paid(tea):
    placed = placed_order(tea, make_variant(tea))
    book.lose_answers, book.start = True, PaymentState.CAPTURED
    payment = start_payment(shop_context(tea), placed.payment_id, return_url="https://x/", notify_url="https://x/")
    assert payment.state == "unknown"
    book.lose_answers = False
    with clock.moved(timedelta(minutes=5)):
        ask_unknown()
    assert order_detail(tea, placed.order_id).order.state == "paid"


def test_another_currency_moves_nothing(tea):
    placed = placed_order(tea, make_variant(tea))
    record_outcome(tea, placed.payment_id, PaymentOutcome(PaymentState.CAPTURED, "x", 1800, "USD"))
    assert order_detail(tea, placed.order_id).order.state == "pending"


def test_paying_another_way_closes_the_first_and_only_one_is_kept(tea):
    placed = placed_order(tea, make_variant(tea))
    shop = shop_context(tea)
    start_payment(shop, placed.payment_id, return_url="https://x/", notify_url="https://x/")
    second = pay_again(shop, placed.order_id, "fakepay.qr")
    start_payment(shop, second, return_url="https://x/", notify_url="https://x/")
    book.paid[second] = ("second", 1800)
    book.paid[placed.payment_id] = ("first", 1800)
    check_payment(shop, second)
    ask_unknown()
    send_refunds()
    assert sum(book.refunds.values()) == 1800
    assert order_detail(tea, placed.order_id).escrow_minor == 1800


def test_the_same_cart_again_gives_the_same_order(tea):
    shop, variant = shop_context(tea), make_variant(tea)
    cart_id = add_to_cart(tea, None, variant, 1)
    draft = draft_for(shop, cart_id)
    assert place_order(shop, draft) == place_order(shop, draft)


def test_a_price_that_changed_before_placing_is_shown_and_not_charged(tea):
    from core.base.database import db
    from core.base.transactions import transactional
    from core.catalog.models import Variant

    shop, variant = shop_context(tea), make_variant(tea)
    cart_id = add_to_cart(tea, None, variant, 1)
    draft = draft_for(shop, cart_id)

    @transactional
    def raise_price():
        db.session.get(Variant, (tea, variant)).price_minor = 1200

    raise_price()
    with pytest.raises(PriceChanged) as refusal:
        place_order(shop, draft)
    assert refusal.value.quote.total_minor == 2000
    assert [line.problem for line in view_cart(shop, cart_id).lines] == ["price_changed"]
    assert available(tea, {variant}) == {variant: 10}


def test_stock_gone_at_the_last_step_reserves_nothing_of_the_rest(tea):
    shop = shop_context(tea)
    plenty, scarce = make_variant(tea, stock=10), make_variant(tea, stock=1)
    cart_id = add_to_cart(tea, None, plenty, 2)
    add_to_cart(tea, cart_id, scarce, 1)
    draft = draft_for(shop, cart_id)
    placed_order(tea, scarce)
    with pytest.raises(StockGone) as refusal:
        place_order(shop, draft)
    assert refusal.value.short == {scarce: 0}
    assert available(tea, {plenty}) == {plenty: 10}


def test_checkout_says_clearly_what_is_missing(tea):
    shop, variant = shop_context(tea), make_variant(tea)
    cart_id = add_to_cart(tea, None, variant, 1)
    draft = draft_for(shop, cart_id)
    with pytest.raises(AddressNeeded):
        place_order(shop, draft_for(shop, cart_id, address=None))
    with pytest.raises(NoWayToDeliver):
        place_order(shop, draft_for(shop, cart_id, delivery_key="nobody/knows"))
    book.offered = False
    with pytest.raises(NoWayToPay):
        place_order(shop, draft)


def test_goods_that_need_no_shipping_need_no_address(tea):
    shop, variant = shop_context(tea), make_variant(tea, requires_shipping=False)
    cart_id = add_to_cart(tea, None, variant, 1)
    total = view_cart(shop, cart_id).quote.total_minor
    assert place_order(shop, draft_for(shop, cart_id, address=None, delivery_key=None, agreed_total_minor=total))


def test_an_order_that_costs_nothing_is_paid_at_once(tea):
    shop, variant = shop_context(tea), make_variant(tea, price_minor=0, requires_shipping=False)
    cart_id = add_to_cart(tea, None, variant, 1)
    placed = place_order(shop, draft_for(shop, cart_id, address=None, delivery_key=None, agreed_total_minor=0))
    assert placed.payment_id is None
    ship_order(tea, placed.order_id, carrier="SF", tracking_number="1", actor=owner_of(tea))
    confirm_receipt(tea, placed.order_id, actor="buyer")


def test_a_discount_for_one_use_is_used_once_and_comes_back_when_the_order_is_cancelled(tea):
    shop, variant = shop_context(tea), make_variant(tea)
    create_discount(tea, Terms(rate_ppm=100_000, uses_max=1), code="SPRING", actor_id=None)
    carts = [add_to_cart(tea, None, variant, 1) for _ in range(2)]
    for cart_id in carts:
        set_coupon(tea, cart_id, "spring")
    drafts = [draft_for(shop, cart_id) for cart_id in carts]
    placed = place_order(shop, drafts[0])
    assert order_detail(tea, placed.order_id).order.total_minor == 900 + 800
    with pytest.raises(Exception, match="used up"):
        place_order(shop, drafts[1])
    cancel_order(tea, placed.order_id, actor="buyer")
    place_order(shop, drafts[1])


def test_what_the_state_forbids_is_refused_with_words(tea):
    placed = shipped_order(tea, make_variant(tea))
    with pytest.raises(WrongState, match="Shipped"):
        cancel_order(tea, placed.order_id, actor="buyer")
    with pytest.raises(WrongState):
        mark_packed(tea, placed.order_id, actor=owner_of(tea))


def test_somebody_without_a_role_in_the_shop_can_do_nothing_with_its_orders(tea):
    other = make_shop("ceramics")
    placed = paid_order(tea, make_variant(tea))
    for act in (
        lambda actor: mark_packed(tea, placed.order_id, actor=actor),
        lambda actor: cancel_order(tea, placed.order_id, actor=actor),
        lambda actor: refund_order(tea, placed.order_id, amount_minor=1, reason="x", actor=actor),
        lambda actor: ship_order(tea, placed.order_id, carrier="x", tracking_number="1", actor=actor),
    ):
        with pytest.raises(RoleNotEnough):
            act(owner_of(other))


def test_an_order_of_one_shop_is_not_found_in_another(tea):
    other = make_shop("ceramics")
    placed = paid_order(tea, make_variant(tea))
    assert order_by_code(other, placed.code) is None
    with pytest.raises(Exception, match="no such order"):
        confirm_receipt(other, placed.order_id, actor="buyer")


def test_a_merchant_withdraws_what_is_available_and_no_more(tea):
    placed = shipped_order(tea, make_variant(tea, price_minor=10_000))
    confirm_receipt(tea, placed.order_id, actor="buyer")
    account = add_bank_account(
        tea, holder="Tea", bank_name="ICBC", bank_code="", number="6222 0200 1234 5678", actor_id=owner_of(tea)
    )
    with pytest.raises(Exception, match=r"."):
        request_payout(tea, account, 10_800, actor_id=owner_of(tea))
    request_payout(tea, account, 10_000, actor_id=owner_of(tea))
    assert money(tea, "merchant_available").available_minor == 10_735 - 10_000
    book.lose_answers = True
    send_payouts()
    assert payouts(tea)[0].state == "unknown"
    book.lose_answers = False
    with clock.moved(timedelta(minutes=5)):
        send_payouts()
    assert payouts(tea)[0].state == PayoutState.SUCCEEDED
    assert money(tea, "merchant_available").posted_minor == 735
    assert len(book.payouts) == 1


def test_the_list_of_orders_is_paged_and_searched(tea):
    variant = make_variant(tea, stock=50)
    placed = [placed_order(tea, variant) for _ in range(5)]
    codes = [order.code for order in placed]
    for order in placed:
        index_order(tea, order.order_id)
    first = orders_page(tea, limit=3)
    second = orders_page(tea, limit=3, before=first.next_cursor)
    assert [order.code for order in (*first.rows, *second.rows)] == codes[::-1]
    assert [order.code for order in orders_page(tea, text=codes[2].lower()).rows] == [codes[2]]
    assert len(orders_page(tea, text="li lei").rows) == 5
    assert orders_page(tea, state="paid").rows == []


def test_taking_the_last_piece_out_empties_the_cart(tea):
    variant = make_variant(tea)
    shop, cart_id = shop_context(tea), add_to_cart(tea, None, variant, 1)
    line = view_cart(shop, cart_id).lines[0].item.line_id
    set_quantity(tea, cart_id, line, 0)
    with pytest.raises(Exception, match="empty"):
        view_cart(shop, cart_id, address=ADDRESS)
