"""Money, page by page: what is held, what moved, what goes out by itself, and what it costs."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from core.base import clock
from core.base.database import db
from core.base.errors import Refused
from core.base.transactions import transactional
from core.ledger import kinds
from core.ledger.queries import StatementFilter, statement
from core.ledger.service import AccountRef
from core.orders.figures import escrow_page
from core.orders.fulfilment import ship_order
from core.orders.returns import refund_order, request_refund
from core.orders.settlement import confirm_receipt
from core.parties.models import Membership
from core.payments.accounts import add_bank_account, bank_accounts, disable_bank_account, make_primary
from core.payments.models import Payout
from core.payments.payouts import send_payouts
from core.payments.refunds import send_refunds
from core.payments.schedules import next_time, run_schedules, schedule_of, set_schedule
from core.shops.options import change_options
from core.shops.queries import shop_context
from tests.trade import make_variant, owner_of, paid_order

PAGES = (
    "/console/money",
    "/console/money/statement",
    "/console/money/statement?kind=payout_paid&direction=out&from=2026-01-01",
    "/console/money/escrow",
    "/console/money/payouts",
    "/console/money/payouts?state=failed",
    "/console/money/refunds",
    "/console/money/accounts",
    "/console/money/fees",
)


def account(merchant_id, number="6222020202020202"):
    return add_bank_account(
        merchant_id, holder="Lin", bank_name="ICBC", bank_code="", number=number, actor_id=owner_of(merchant_id)
    )


@pytest.fixture
def earned(tea):
    """A shop with money in its balance and in escrow, some of it given back."""
    variant_id = make_variant(tea, stock=50, price_minor=10_000)
    for _ in range(2):
        placed = paid_order(tea, variant_id)
        ship_order(tea, placed.order_id, carrier="SF", tracking_number="1", actor="system")
        confirm_receipt(tea, placed.order_id, actor="buyer")
    held = paid_order(tea, variant_id)
    refund_order(tea, held.order_id, amount_minor=500, reason="A dent", actor="system")
    send_refunds()
    account(tea)
    return tea


@pytest.mark.parametrize("path", PAGES)
def test_every_page_about_money_opens_empty_and_full_within_fifteen_statements(
    desk, earned, sign_in, ceramics, count_statements, path
):
    desk.page(path)
    assert count_statements(lambda: desk.page(path)) <= 15
    assert sign_in(ceramics).get(path).status_code == 200


def test_escrow_tells_for_each_order_what_is_held_and_when_it_is_released(tea, desk):
    variant_id = make_variant(tea, stock=9)
    waiting, sent, asked = (paid_order(tea, variant_id) for _ in range(3))
    for placed in (sent, asked):
        ship_order(tea, placed.order_id, carrier="SF", tracking_number="1", actor="system")
    request_refund(tea, asked.order_id, amount_minor=100, reason="broken")
    found = {line.order_id: line for line in escrow_page(tea, "CNY")}
    assert found[waiting.order_id].release_at is None and not found[waiting.order_id].asked_back
    assert found[sent.order_id].release_at > clock.now() + timedelta(days=9)
    assert found[asked.order_id].asked_back
    assert all(line.held_minor > 0 for line in found.values())
    page = desk.page("/console/money/escrow")
    assert "answer first" in page and "10 days after shipping" in page
    (first, *_rest) = escrow_page(tea, "CNY", limit=1)
    assert [line.order_id for line in escrow_page(tea, "CNY", before=first.order_id)] == [
        line for line in sorted(found, reverse=True) if line != first.order_id
    ]


def test_the_statement_is_filtered_and_keeps_the_balance_after_each_line(earned, desk):
    ref = AccountRef(kinds.MERCHANT_AVAILABLE, earned, "CNY")
    whole = statement(ref)
    assert statement(ref, only=StatementFilter(direction="out")) == [one for one in whole if one.amount_minor < 0]
    assert statement(ref, only=StatementFilter(kinds=("payout_paid",))) == []
    assert statement(ref, only=StatementFilter(since=clock.now() + timedelta(hours=1))) == []
    assert statement(ref, only=StatementFilter(until=clock.now() + timedelta(hours=1))) == whole
    page = desk.page("/console/money/statement?kind=escrow_released")
    assert "Released to the merchant" in page and "/console/orders/ord_" in page
    assert "No lines with this filter" in desk.page("/console/money/statement?kind=payout_paid")
    assert "Write a day like" in desk.page("/console/money/statement?from=soon")


def test_refunds_are_listed_with_their_order_and_reason(earned, desk):
    page = desk.page("/console/money/refunds")
    assert "A dent" in page and "/console/orders/ord_" in page and "Arrived" in page


def test_one_account_is_offered_first_and_a_removed_one_takes_no_money(earned, desk):
    second = account(earned, "6222020202029999")
    first = bank_accounts(earned)[0]
    assert first.is_primary and first.id != second
    desk.done(f"/console/money/accounts/{second}/primary")
    db.session.expire_all()
    assert [one.id for one in bank_accounts(earned)] == [second, first.id]
    desk.done(f"/console/money/accounts/{second}/disable")
    assert [one.id for one in bank_accounts(earned)] == [first.id]
    answer = desk.post("/console/money/withdraw", {"bank_account_id": second, "amount": "1.00", "sure": "1"})
    assert answer.status_code == 404
    assert desk.post("/console/money/accounts/bnk_none/disable").status_code == 404


def test_a_clerk_changes_no_account_and_no_schedule(earned, sign_in):
    clerk = sign_in(earned, "clerk")
    (one,) = bank_accounts(earned)
    assert clerk.post(f"/console/money/accounts/{one.id}/disable").status_code == 403
    assert clerk.post("/console/money/schedule", {"stop": "1"}).status_code == 403


def schedule(merchant_id, **changes):
    (one,) = bank_accounts(merchant_id)
    values = {"every": "day", "least_minor": 1_000, "keep_minor": 2_500, **changes}
    set_schedule(merchant_id, one.id, actor_id=owner_of(merchant_id), **values)


def test_money_is_withdrawn_by_itself_in_the_morning_once_there_is_enough(earned):
    schedule(earned)
    assert run_schedules() == 0
    with clock.moved(timedelta(days=1)):
        assert run_schedules() == 1
        assert run_schedules() == 0
        payout = db.session.scalars(select(Payout)).one()
        assert (
            payout.amount_minor
            == statement(AccountRef(kinds.MERCHANT_AVAILABLE, earned, "CNY"))[0].balance_minor - 2_500
        )
        send_payouts()
    with clock.moved(timedelta(days=2)):
        assert run_schedules() == 0, "what is left is less than it withdraws at least"


def test_a_schedule_stops_when_its_person_may_not_withdraw_any_more(earned, sign_in):
    schedule(earned)

    @transactional
    def demote():
        db.session.get(Membership, (owner_of(earned), earned)).role = "viewer"

    demote()
    with clock.moved(timedelta(days=1)):
        assert run_schedules() == 0
    stopped = schedule_of(earned)
    assert not stopped.active and stopped.stopped_because
    manager = sign_in(earned, "manager")
    assert "It has stopped" in manager.page("/console/money/payouts")


def test_mornings_are_those_of_the_shop(tea):
    shop = shop_context(tea)
    at = next_time(shop, "week", clock.now())
    assert at > clock.now() and at.utctimetuple().tm_hour == 0
    assert (at + timedelta(hours=8)).weekday() == 0
    change_options(tea, actor_id=None, time_zone="UTC")
    assert next_time(shop_context(tea), "day", clock.now()).hour == 8


def test_an_account_that_a_schedule_uses_is_not_removed(earned):
    schedule(earned)
    (one,) = bank_accounts(earned)
    with pytest.raises(Refused):
        disable_bank_account(earned, one.id, actor_id=owner_of(earned))
    make_primary(earned, one.id, actor_id=owner_of(earned))


def test_a_schedule_is_set_changed_and_stopped_on_its_page(earned, desk):
    (one,) = bank_accounts(earned)
    form = {"every": "week", "bank_account_id": one.id, "least": "100", "keep": ""}
    page = desk.done("/console/money/schedule", form)
    assert "Next automatic withdrawal" in page and "withdrawn by itself" in page
    wrong = desk.post("/console/money/schedule", {**form, "least": "0", "every": "never"})
    assert wrong.status_code == 422 and "More than zero" in wrong.text and "Choose daily or weekly" in wrong.text
    desk.done("/console/money/schedule", {"stop": "1"})
    db.session.expire_all()
    assert not schedule_of(earned).active


def test_fees_are_worked_out_by_the_rule_that_orders_use(desk):
    page = desk.page("/console/money/fees?amount=100.00&back=50.00")
    assert "¥49.70" in page
    assert "Write an amount like" in desk.page("/console/money/fees?amount=lots")
