import threading
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.base import clock
from core.base.database import db
from core.base.errors import Invalid
from core.base.transactions import end_read, transactional
from core.control.approvals import approve, reject
from core.control.errors import LimitReached
from core.control.limits import Doing, count_against_limits, limit_rules, propose_limit
from core.control.models import LimitRule, LimitUse
from core.control.queries import approvals_page
from core.ledger.queries import balance
from core.ledger.service import AccountRef
from core.orders.fulfilment import ship_order
from core.orders.returns import refund_order
from core.orders.settlement import confirm_receipt
from core.parties.service import register_member, set_role
from core.payments.accounts import add_bank_account
from core.payments.models import Payout
from core.payments.payouts import request_payout, send_payouts
from tests.trade import make_shop, make_variant, owner_of, paid_order

TODAY = clock.now().date()


@pytest.fixture
def limit(staff):
    """Puts a limit into force, as two people do."""

    def put(name="payout", scope="everyone", holder="", currency="CNY", single=None, day=None, count=None):
        proposal = propose_limit(
            name=name,
            scope=scope,
            holder=holder,
            currency=currency,
            single_minor=single,
            day_minor=day,
            day_count=count,
            maker_id=staff("risk"),
            reason="because",
        )
        approve(proposal, checker_id=staff("risk"))

    return put


def doing(amount, *, name="payout", merchant="mer_1", person="per_1", role="owner", currency="CNY", day=TODAY):
    return Doing(name, merchant, person, role, amount, currency, day)


def test_without_a_rule_nothing_is_limited(app):
    count_against_limits(doing(10**12))


def test_a_limit_at_once_and_one_for_the_day(app, limit):
    limit(single=100, day=250)
    with pytest.raises(LimitReached, match="at once"):
        count_against_limits(doing(101))
    for amount in (100, 100, 50):
        count_against_limits(doing(amount))
    with pytest.raises(LimitReached, match="a day"):
        count_against_limits(doing(1))
    count_against_limits(doing(100, merchant="mer_2", person="per_2"))
    count_against_limits(doing(100, day=TODAY.replace(year=TODAY.year + 1)))
    count_against_limits(doing(1000, currency="USD"))
    count_against_limits(doing(1000, name="refund"))


def test_a_merchants_own_rule_goes_before_that_for_each_and_a_persons_before_the_roles(app, staff, limit):
    tea, li = make_shop("tea"), staff(None)
    limit(single=100)
    limit(scope="merchant", holder=tea, single=1000)
    limit(scope="role", holder="manager", single=10)
    limit(scope="person", holder=li, single=50)
    count_against_limits(doing(1000, merchant=tea))
    with pytest.raises(LimitReached):
        count_against_limits(doing(1000, merchant="mer_2"))
    with pytest.raises(LimitReached):
        count_against_limits(doing(11, role="manager"))
    count_against_limits(doing(50, role="manager", person=li))


def test_a_limit_with_nothing_in_it_is_gone(app, limit):
    limit(single=100)
    limit(single=None)
    assert limit_rules() == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 60), max_size=15), st.integers(1, 10_000))
def test_whatever_is_asked_for_the_day_never_goes_over(app, limit, amounts, number):
    limit(day=100, count=4)
    before, passed = _used(f"mer_{number}"), []
    for amount in amounts:
        with suppress(LimitReached):
            count_against_limits(doing(amount, merchant=f"mer_{number}"))
            passed.append(amount)
    used = _used(f"mer_{number}")
    assert used == (before[0] + sum(passed), before[1] + len(passed))
    assert used[0] <= 100 and used[1] <= 4


@pytest.mark.parametrize("scope", ["merchant", "person", "role", "elsewhere"])
def test_a_limit_for_nobody_is_refused_at_its_field(app, staff, scope):
    asked = {"name": "payout", "currency": "CNY", "single_minor": 1, "day_minor": None, "day_count": None}
    holder = "" if scope == "role" else "mer_none"
    with pytest.raises(Invalid) as refused:
        propose_limit(**asked, scope=scope, holder=holder, maker_id=staff("risk"), reason="x")
    assert refused.value.fields.keys() == {"scope" if scope == "elsewhere" else "holder"}


def _used(merchant):
    end_read()
    row = db.session.get(LimitUse, ("payout", "merchant", merchant, "CNY", TODAY))
    return (row.amount_minor, row.count) if row else (0, 0)


def test_two_requests_at_the_same_moment_do_not_both_slip_under(bare_app):
    @transactional
    def rule():
        db.session.add(
            LimitRule(
                id="lim_1",
                name="payout",
                scope="everyone",
                holder="",
                currency="CNY",
                day_minor=500,
                changed_at=clock.now(),
            )
        )

    passed = []

    def work():
        with bare_app.app_context():
            for _ in range(5):
                try:
                    count_against_limits(doing(60))
                    passed.append(60)
                except LimitReached:
                    pass

    with bare_app.app_context():
        rule()
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(passed) == 480
    with bare_app.app_context():
        assert _used("mer_1") == (480, 8)


def rich_shop():
    """A shop whose owner has 1,800 to withdraw, and a bank account to send it to."""
    tea = make_shop("tea", fee_ppm=0)
    placed = paid_order(tea, make_variant(tea))
    ship_order(tea, placed.order_id, carrier="SF", tracking_number="1", actor="system")
    confirm_receipt(tea, placed.order_id, actor="system")
    account = add_bank_account(
        tea, holder="Li", bank_name="ICBC", bank_code="ICBC", number="6222020202", actor_id=owner_of(tea)
    )
    return tea, account, placed.order_id


def the_payout(tea):
    send_payouts()
    end_read()
    return db.session.scalars(select(Payout)).one().state


def available(tea):
    end_read()
    return balance(AccountRef("merchant_available", tea, "CNY"))


def test_a_withdrawal_over_the_limit_is_held_until_the_platform_approves_it(app, staff, limit):
    limit(single=100)
    tea, account, _order = rich_shop()
    before = available(tea).available_minor
    request_payout(tea, account, 500, actor_id=owner_of(tea))
    assert the_payout(tea) == "awaiting_approval"
    assert available(tea).available_minor == before - 500
    [row] = approvals_page(kind="payout.large")[0]
    approve(row[0].id, checker_id=staff("finance"))
    assert the_payout(tea) == "succeeded"
    assert available(tea).posted_minor == before - 500


def test_a_withdrawal_that_is_not_approved_is_free_again(app, staff, limit):
    limit(single=100)
    tea, account, _order = rich_shop()
    before = available(tea).available_minor
    request_payout(tea, account, 500, actor_id=owner_of(tea))
    [row] = approvals_page(kind="payout.large")[0]
    reject(row[0].id, checker_id=staff("risk"), note="who is this?")
    assert the_payout(tea) == "failed"
    assert available(tea).available_minor == before


def test_a_withdrawal_under_the_limit_goes_at_once(app, limit):
    limit(single=100)
    tea, account, _order = rich_shop()
    request_payout(tea, account, 100, actor_id=owner_of(tea))
    assert the_payout(tea) == "succeeded"


def test_a_managers_refund_stops_at_the_roles_limit_and_the_owners_does_not(app, limit):
    limit(name="refund", scope="role", holder="manager", day=100)
    tea = make_shop("tea")
    order = paid_order(tea, make_variant(tea)).order_id
    manager = register_member(email="m@example.com", name="M", password="a long enough one")
    set_role(tea, manager, "manager")
    refund_order(tea, order, amount_minor=60, reason="late", actor=manager)
    with pytest.raises(LimitReached):
        refund_order(tea, order, amount_minor=60, reason="late", actor=manager)
    refund_order(tea, order, amount_minor=60, reason="late", actor=owner_of(tea))
