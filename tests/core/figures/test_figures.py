"""What a day came to: counted by the worker or read from the orders, it is the same."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from core.base import clock
from core.base.database import db
from core.base.days import starts_of_day
from core.base.errors import Invalid
from core.base.transactions import transactional
from core.figures.models import DailyFigure, DailyVisit, FigureMark
from core.figures.periods import period_of
from core.figures.queries import Day, Figures, compared, grouped, total
from core.figures.service import REFERRERS_MAX, add_visits, close_days
from core.figures.verify import verify_figures
from core.figures.visits import Counted, Visits
from core.orders.fulfilment import ship_order
from core.orders.models import Order
from core.orders.returns import refund_order
from core.orders.settlement import confirm_receipt
from core.payments.refunds import send_refunds
from core.shops.models import Merchant
from core.shops.options import change_options
from core.shops.queries import shop_context
from tests.fakes import fresh_book
from tests.trade import make_shop, make_variant, paid_order, placed_order

SHANGHAI = ZoneInfo("Asia/Shanghai")


@transactional
def paid_at(merchant_id: str, order_id: str, moment: datetime) -> None:
    key = (Order.merchant_id == merchant_id, Order.id == order_id)
    db.session.execute(update(Order).where(*key).values(paid_at=moment, placed_at=moment))


@transactional
def opened_at(merchant_id: str, moment: datetime) -> None:
    db.session.execute(update(Merchant).where(Merchant.id == merchant_id).values(created_at=moment))


def sold(merchant_id: str, variant_id: str, *moments: datetime) -> None:
    for moment in moments:
        paid_at(merchant_id, paid_order(merchant_id, variant_id).order_id, moment)


def figures(merchant_id: str) -> Figures:
    return Figures(shop_context(merchant_id))


def orders_by_day(merchant_id: str, first: date, last: date) -> dict[date, int]:
    return {day.day: day.orders for day in figures(merchant_id).by_day(first, last) if day.orders}


def test_a_day_is_one_of_the_shops_time_zone(app):
    tea = make_shop()
    variant_id = make_variant(tea)
    today = clock.now().astimezone(SHANGHAI).date()
    midnight = starts_of_day(today - timedelta(days=3), SHANGHAI)
    sold(tea, variant_id, midnight - timedelta(seconds=1), midnight, midnight + timedelta(hours=23, minutes=59))
    found = orders_by_day(tea, today - timedelta(days=10), today)
    assert found == {today - timedelta(days=4): 1, today - timedelta(days=3): 2}
    change_options(tea, actor_id=None, time_zone="UTC")
    found = orders_by_day(tea, today - timedelta(days=10), today)
    assert found == {today - timedelta(days=4): 2, today - timedelta(days=3): 1}


def test_counted_days_say_the_same_as_the_orders(app):
    tea, cup = make_shop(), make_shop("cup")
    moment = clock.now()
    for merchant_id in (tea, cup):
        opened_at(merchant_id, moment - timedelta(days=40))
        variant_id = make_variant(merchant_id, stock=40)
        sold(merchant_id, variant_id, *(moment - timedelta(days=3 * number, hours=number) for number in range(9)))
        placed_order(merchant_id, variant_id)
    today = figures(tea).today
    before = [figures(one).by_day(today - timedelta(days=45), today) for one in (tea, cup)]
    tops = figures(tea).top_products(today - timedelta(days=45), today)
    assert close_days() > 0
    assert list(verify_figures()) == []
    assert db.session.scalar(select(DailyFigure.count).limit(1))
    assert [figures(one).by_day(today - timedelta(days=45), today) for one in (tea, cup)] == before
    assert figures(tea).top_products(today - timedelta(days=45), today) == tops
    assert [(top.count, top.amount_minor) for top in tops] == [(9, 9000)]
    assert [(top.name, top.count) for top in figures(tea).top_countries(today - timedelta(days=45), today)] == [
        ("CN", 9)
    ]
    assert close_days() == 0


def test_today_is_read_from_the_orders_and_counted_when_it_is_over(app):
    tea = make_shop()
    variant_id = make_variant(tea)
    close_days()
    paid_order(tea, variant_id)
    today = figures(tea).today
    assert orders_by_day(tea, today, today) == {today: 1}
    with clock.moved(timedelta(days=2)):
        assert close_days() == 2
        assert orders_by_day(tea, today, today) == {today: 1}
        kept = db.session.scalars(select(DailyFigure.kind).where(DailyFigure.day == today)).all()
        assert sorted(kept) == ["country", "paid", "placed", "product"]


def test_another_time_zone_counts_all_days_anew(app):
    tea = make_shop()
    opened_at(tea, clock.now() - timedelta(days=70))
    variant_id = make_variant(tea)
    sold(tea, variant_id, clock.now() - timedelta(days=65), clock.now() - timedelta(days=5))
    close_days()
    change_options(tea, actor_id=None, time_zone="America/Los_Angeles")
    day = figures(tea).today
    live = orders_by_day(tea, day - timedelta(days=80), day)
    assert close_days() > 60
    assert list(verify_figures()) == []
    assert db.session.scalar(select(FigureMark.time_zone)) == "America/Los_Angeles"
    assert orders_by_day(tea, day - timedelta(days=80), day) == live


def test_what_goes_back_is_counted_on_the_day_it_went(app):
    fresh_book()
    tea = make_shop()
    placed = paid_order(tea, make_variant(tea))
    refund_order(tea, placed.order_id, amount_minor=300, reason="", actor="system")
    send_refunds()
    today = figures(tea).today
    (day,) = figures(tea).by_day(today, today)
    assert (day.sales_minor - 0 > 0, day.refunds, day.refunded_minor) == (True, 1, 300)


def test_verify_finds_a_kept_figure_that_is_wrong(app):
    tea = make_shop()
    opened_at(tea, clock.now() - timedelta(days=9))
    sold(tea, make_variant(tea), clock.now() - timedelta(days=5))
    close_days()
    transactional(lambda: db.session.execute(update(DailyFigure).where(DailyFigure.kind == "paid").values(count=7)))()
    told = list(verify_figures())
    assert len(told) == 2
    assert any("paid" in words and "7 with" in words for words in told)


def test_visits_are_added_up_on_the_shops_days(app):
    tea = make_shop()
    night = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
    add_visits([Counted(tea, "visit", night, "", 3), Counted(tea, "referrer", night, "example.org", 2)])
    add_visits([Counted(tea, "visit", night, "", 1), Counted("mer_gone", "visit", night, "", 9)])
    rows = db.session.execute(select(DailyVisit.kind, DailyVisit.day, DailyVisit.name, DailyVisit.count)).all()
    assert set(rows) == {
        ("visit", date(2026, 11, 21), "", 4),
        ("referrer", date(2026, 11, 21), "example.org", 2),
    }


def test_nobody_can_fill_the_table_with_made_up_referrers(app):
    tea, moment = make_shop(), clock.now()
    for start in (0, 200, 400):
        add_visits([Counted(tea, "referrer", moment, f"h{start + n}.example", 1) for n in range(200)])
    names = db.session.scalars(select(DailyVisit.name)).all()
    assert len(names) == REFERRERS_MAX + 1
    assert db.session.scalar(select(DailyVisit.count).where(DailyVisit.name == "")) == 600 - REFERRERS_MAX


def test_visits_that_cannot_be_written_are_kept_for_the_next_time():
    taken, broken = [], [True]

    def write(counted):
        if broken:
            raise OSError
        taken.extend(counted)

    visits = Visits(write, on_its_own=lambda: False)
    visits.visited("mer_1", "a.example")
    visits.count("mer_1", "cart", once="crt_1")
    visits.count("mer_1", "cart", once="crt_1")
    visits.flush()
    broken.clear()
    visits.visited("mer_1", "")
    visits.flush()
    visits.flush()
    assert {(one.kind, one.name): one.count for one in taken} == {
        ("visit", ""): 2,
        ("referrer", "a.example"): 1,
        ("referrer", ""): 1,
        ("cart", ""): 1,
    }


def test_periods_are_as_long_as_they_say_and_follow_the_one_before():
    today = date(2026, 11, 24)
    for name, length in (("today", 1), ("7", 7), ("30", 30), ("90", 90), ("month", 24), ("nonsense", 30)):
        period = period_of({"period": name}, today)
        assert (period.length, period.last) == (length, today)
        assert period.before_last + timedelta(days=1) == period.first
    with pytest.raises(Invalid):
        period_of({"period": "custom", "from": "2026-11-02", "to": "2026-11-01"}, today)
    with pytest.raises(Invalid):
        period_of({"period": "custom", "from": "1999-11-02"}, today)
    with pytest.raises(Invalid):
        period_of({"period": "custom", "from": "yesterday"}, today)


def test_a_period_is_compared_with_the_one_before(app):
    tea = make_shop()
    variant_id = make_variant(tea)
    sold(tea, variant_id, clock.now(), clock.now() - timedelta(days=8))
    shown = figures(tea)
    found = compared(shown, period_of({"period": "7"}, shown.today))
    assert (found.now.orders, found.before.orders, len(found.days)) == (1, 1, 7)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 500), min_size=1, max_size=120), st.sampled_from(["day", "week", "month"]))
def test_weeks_and_months_add_up_to_their_days(numbers, step):
    days = [Day(date(2026, 1, 1) + timedelta(days=n), orders=number) for n, number in enumerate(numbers)]
    together = grouped(days, step)
    assert total(together, days[0].day).orders == sum(numbers)
    assert len({day.day for day in together}) == len(together)


def test_receipt_changes_nothing_in_what_was_sold(app):
    tea = make_shop()
    placed = paid_order(tea, make_variant(tea))
    today = figures(tea).today
    before = figures(tea).by_day(today, today)
    ship_order(tea, placed.order_id, carrier="SF", tracking_number="1", actor="system")
    confirm_receipt(tea, placed.order_id, actor="buyer")
    assert figures(tea).by_day(today, today) == before
