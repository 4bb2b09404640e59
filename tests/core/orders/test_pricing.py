import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contract.views import FeeLine
from core.orders.pricing import Discount, PricedItem, price

ITEMS = st.lists(
    st.builds(
        PricedItem,
        key=st.text("abc", min_size=1, max_size=3),
        quantity=st.integers(1, 99),
        unit_price_minor=st.integers(0, 10**7),
        taxable=st.booleans(),
    ),
    min_size=1,
    max_size=12,
)
DISCOUNTS = st.none() | st.builds(
    Discount,
    code=st.just("X"),
    label=st.just("X"),
    rate_ppm=st.integers(0, 1_000_000),
    amount_minor=st.integers(0, 10**8),
    free_delivery=st.booleans(),
)
FEES = st.lists(
    st.builds(
        FeeLine, code=st.just("w.f"), label=st.just("f"), amount_minor=st.integers(0, 10**5), taxable=st.booleans()
    ),
    max_size=3,
)
DELIVERY = st.none() | st.tuples(st.just("d"), st.just("d"), st.integers(0, 10**5))


@given(ITEMS, DISCOUNTS, DELIVERY, FEES, st.integers(0, 400_000), st.booleans())
def test_the_lines_shown_always_add_up_to_the_total(items, discount, delivery, fees, tax_ppm, included):
    quote = price("CNY", items, discount=discount, delivery=delivery, fees=fees, tax_ppm=tax_ppm, tax_included=included)
    assert (
        sum(line.gross_minor for line in quote.lines) + sum(c.amount_minor for c in quote.charges) == quote.total_minor
    )
    assert quote.total_minor >= 0
    assert all(line.total_minor >= 0 for line in quote.lines)
    borne = sum(line.tax_minor for line in quote.lines) + sum(charge.tax_minor for charge in quote.charges)
    assert borne == quote.tax_minor
    off_goods = sum(line.discount_minor for line in quote.lines)
    off_all = -sum(charge.amount_minor for charge in quote.charges if charge.kind == "discount")
    assert off_all == quote.discount_minor >= off_goods


def test_tax_inside_the_price_adds_nothing_and_tax_outside_is_a_line():
    items = [PricedItem("a", 3, 1000)]
    inside = price("CNY", items, tax_ppm=130_000, tax_included=True)
    outside = price("CNY", items, tax_ppm=130_000, tax_included=False)
    assert (inside.total_minor, inside.tax_minor) == (3000, 345)
    assert (outside.total_minor, outside.tax_minor) == (3390, 390)


def test_a_percentage_is_split_over_the_lines_without_losing_a_cent():
    items = [PricedItem("a", 1, 333), PricedItem("b", 1, 333), PricedItem("c", 1, 334)]
    quote = price("CNY", items, discount=Discount("TEN", "10%", rate_ppm=100_000))
    assert quote.discount_minor == 100
    assert sum(line.discount_minor for line in quote.lines) == 100


def test_an_amount_off_never_makes_the_goods_negative():
    quote = price("CNY", [PricedItem("a", 1, 500)], discount=Discount("BIG", "big", amount_minor=9900))
    assert quote.total_minor == 0


def test_a_negative_fee_is_refused():
    with pytest.raises(ValueError, match="negative"):
        price("CNY", [PricedItem("a", 1, 500)], fees=[FeeLine("x.y", "y", -1)])
