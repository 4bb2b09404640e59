"""The first page and the reports: true numbers, few statements, words where there is nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from core.base import clock
from core.base.database import db
from core.base.transactions import transactional
from core.figures.service import add_visits, close_days
from core.figures.visits import Counted
from core.orders.fulfilment import ship_order
from core.orders.models import Order
from core.orders.returns import request_refund
from core.payments.models import BankAccount, Payout
from tests.trade import make_variant, paid_order, placed_order

STATEMENTS_MAX = 15


@transactional
def age(merchant_id, order_id, days):
    moment = clock.now() - timedelta(days=days)
    key = (Order.merchant_id == merchant_id, Order.id == order_id)
    db.session.execute(update(Order).where(*key).values(paid_at=moment, placed_at=moment))


@transactional
def failed_payout(merchant_id):
    moment = clock.now()
    account = {"holder": "Li", "bank_name": "ICBC", "number_encrypted": "x", "masked": "•••• 1", "created_at": moment}
    db.session.add(BankAccount(merchant_id=merchant_id, id="bnk_1", **account))
    db.session.flush()
    db.session.add(
        Payout(
            merchant_id=merchant_id,
            id="pyt_1",
            bank_account_id="bnk_1",
            provider_id="fakepay.payout",
            amount_minor=100,
            currency="CNY",
            state="failed",
            message="Account closed",
            created_at=moment,
            settled_at=moment,
        )
    )


@pytest.fixture
def trade(tea):
    """Orders of today and of last month, some refunds asked for, some visits."""
    variant_id = make_variant(tea, stock=80, price_minor=2500)
    for days in (0, 0, 3, 20, 40):
        placed = paid_order(tea, variant_id)
        age(tea, placed.order_id, days)
    placed_order(tea, variant_id)
    request_refund(tea, placed.order_id, amount_minor=100, reason="broken")
    moment = clock.now()
    add_visits([Counted(tea, "visit", moment, "", 40), Counted(tea, "referrer", moment, "example.org", 30)])
    add_visits([Counted(tea, "cart", moment, "", 9), Counted(tea, "checkout", moment, "", 5)])
    failed_payout(tea)
    return tea


def test_home_says_what_waits_and_where_to_do_it(trade, desk):
    page = desk.get("/console/").text
    assert "Orders to pack" in page and "/console/orders?state=paid" in page
    assert "Buyers who ask for money back" in page
    assert "Withdrawals that failed" in page
    assert "Orders to ship" not in page


def test_home_compares_the_days_with_those_before(trade, desk):
    page = desk.get("/console/?period=30").text
    assert "example.org" in page and "Longjing" in page and "China" in page
    assert "300" in page
    today = desk.get("/console/?period=today").text
    assert ">2<" in today.replace("\n", "")


def test_wrong_days_are_told_at_their_field(trade, desk):
    page = desk.get("/console/?period=custom&from=2026-13-01&to=2026-01-01").text
    assert "Write a day like" in page and 'id="from-error"' in page


@pytest.mark.parametrize("path", ["/console/", "/console/?period=90", "/console/reports?step=week&period=90"])
def test_figures_cost_few_statements_counted_or_not(trade, desk, count_statements, path):
    for _ in range(2):
        desk.get(path)
        assert count_statements(lambda: desk.page(path)) <= STATEMENTS_MAX
        with clock.moved(timedelta(days=1)):
            close_days()


@pytest.mark.parametrize("step", ["day", "week", "month"])
def test_reports_add_up_in_every_step(trade, desk, step):
    page = desk.get(f"/console/reports?period=90&step={step}").text
    assert "Together" in page and 'name="list" value="figures.days"' in page


def test_a_report_by_an_unknown_step_does_not_exist(trade, desk):
    assert desk.get("/console/reports?step=hour").status_code == 404


def test_a_clerk_sees_what_to_do_and_no_figures(trade, sign_in):
    page = sign_in(trade, "clerk").get("/console/").text
    assert "Orders to pack" in page
    assert "How it goes" not in page and "In escrow" not in page


def test_home_is_calm_when_nothing_waits_and_asks_the_unverified_to_prove_themselves(tea, desk, app):
    variant_id = make_variant(tea, stock=80)
    placed = paid_order(tea, variant_id)
    ship_order(tea, placed.order_id, carrier="SF", tracking_number="1", actor="system")
    assert "Nothing waits for you" in desk.page("/console/")
    config = app.config["TONGBAO"]
    app.config["TONGBAO"] = replace(config, payout_level=2)
    try:
        assert "not verified yet" in desk.page("/console/")
    finally:
        app.config["TONGBAO"] = config


def test_home_of_a_new_shop_says_what_comes_first(desk):
    page = desk.page("/console/")
    assert "First steps" in page and "Add a product" in page and "No sales yet" in page
