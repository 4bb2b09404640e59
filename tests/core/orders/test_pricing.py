from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.money import PPM
from core.contract.views import FeeLine
from core.discounts.rules import KINDS, Offer
from core.orders.pricing import PricedItem, Taxing, price
from core.taxes.rules import DELIVERY_TAXES, ROUNDINGS, AppliedTax

PRODUCTS = st.sampled_from(["tea", "cup", "pot"])
ITEMS = st.lists(
    st.builds(
        PricedItem,
        key=st.text("abc", min_size=1, max_size=3),
        quantity=st.integers(1, 99),
        unit_price_minor=st.integers(0, 10**7),
        taxable=st.booleans(),
        product_id=PRODUCTS,
        voucher=st.booleans(),
        tax=st.none() | st.builds(AppliedTax, st.sampled_from(["VAT", "Low"]), st.sampled_from([0, 60_000, 90_000])),
    ),
    min_size=1,
    max_size=12,
)
SCOPES = st.none() | st.frozensets(PRODUCTS, max_size=2)
OFFERS = st.lists(
    st.builds(
        Offer,
        id=st.text("xyz", min_size=1, max_size=3),
        label=st.just("X"),
        kind=st.sampled_from(KINDS),
        code=st.sampled_from(["", "X"]),
        rate_ppm=st.integers(0, 1_000_000),
        amount_minor=st.integers(0, 10**8),
        products=SCOPES,
        gets=SCOPES,
        buy_quantity=st.integers(1, 4),
        get_quantity=st.integers(1, 4),
        rounds_max=st.none() | st.integers(1, 3),
        minimum_minor=st.integers(0, 10**6),
        minimum_quantity=st.integers(0, 9),
        with_goods=st.booleans(),
        with_delivery=st.booleans(),
    ),
    max_size=5,
)
FEES = st.lists(
    st.builds(
        FeeLine, code=st.just("w.f"), label=st.just("f"), amount_minor=st.integers(0, 10**5), taxable=st.booleans()
    ),
    max_size=3,
)
TAXING = st.builds(
    Taxing,
    standard=st.builds(AppliedTax, st.just("VAT"), st.integers(0, 400_000)),
    included=st.booleans(),
    rounding=st.sampled_from(ROUNDINGS),
    delivery=st.sampled_from(DELIVERY_TAXES),
    exempt=st.sampled_from(["", "Exempt"]),
)
DELIVERY = st.none() | st.tuples(st.just("d"), st.just("d"), st.integers(0, 10**5))


@given(ITEMS, OFFERS, DELIVERY, FEES, TAXING)
def test_the_lines_shown_always_add_up_to_the_total(items, offers, delivery, fees, taxing):
    quote = price("CNY", items, offers=offers, delivery=delivery, fees=fees, taxing=taxing)
    assert (
        sum(line.gross_minor for line in quote.lines) + sum(c.amount_minor for c in quote.charges) == quote.total_minor
    )
    assert quote.total_minor >= 0
    assert all(line.total_minor >= 0 for line in quote.lines)
    borne = sum(line.tax_minor for line in quote.lines) + sum(charge.tax_minor for charge in quote.charges)
    assert borne == quote.tax_minor == sum(part.tax_minor for part in quote.taxes)
    off_goods = sum(line.discount_minor for line in quote.lines)
    off_all = -sum(charge.amount_minor for charge in quote.charges if charge.kind == "discount")
    assert off_all == quote.discount_minor >= off_goods


VAT = AppliedTax("VAT", 130_000)
FOOD = AppliedTax("Food VAT", 90_000)


@given(ITEMS, OFFERS, DELIVERY, FEES, TAXING)
def test_what_an_exempt_buyer_pays_is_what_others_pay_without_their_tax(items, offers, delivery, fees, taxing):
    told = {"offers": offers, "delivery": delivery, "fees": fees}
    others = price("CNY", items, **told, taxing=replace(taxing, exempt=""))
    exempt = price("CNY", items, **told, taxing=replace(taxing, exempt="Exempt"))
    assert exempt.total_minor == others.total_minor - others.tax_minor
    assert exempt.tax_minor == 0 and exempt.taxes == ()


@given(ITEMS, OFFERS, DELIVERY, FEES, TAXING)
def test_the_tax_of_a_rate_is_within_a_cent_for_each_thing_it_is_rounded_on(items, offers, delivery, fees, taxing):
    quote = price("CNY", items, offers=offers, delivery=delivery, fees=fees, taxing=replace(taxing, exempt=""))
    bearers = len(items) + 1 + len(fees)
    for part in quote.taxes:
        exact = Decimal(part.base_minor) * part.ppm / PPM
        assert abs(exact - part.tax_minor) <= bearers


def test_each_kind_of_goods_bears_its_own_rate_and_delivery_that_of_most_of_them():
    items = [PricedItem("tea", 1, 10_900, tax=FOOD), PricedItem("cup", 1, 1130)]
    quote = price("CNY", items, delivery=("d", "Post", 1090), taxing=Taxing(VAT, delivery="goods"))
    assert [(part.name, part.base_minor, part.tax_minor) for part in quote.taxes] == [
        ("VAT", 1000, 130),
        ("Food VAT", 11_000, 990),
    ]
    assert quote.charges[0].tax == FOOD
    without = price("CNY", items, delivery=("d", "Post", 1090), taxing=Taxing(VAT, delivery="none"))
    assert without.charges[0].tax_minor == 0


def test_a_shop_that_rounds_line_by_line_rounds_each_line():
    items = [PricedItem(key, 1, 4) for key in "abc"]
    whole = price("CNY", items, taxing=Taxing(VAT, included=False))
    by_line = price("CNY", items, taxing=Taxing(VAT, included=False, rounding="line"))
    assert (whole.tax_minor, by_line.tax_minor) == (2, 3)


def test_prices_without_tax_get_a_line_for_each_rate():
    items = [PricedItem("tea", 1, 10_000, tax=FOOD), PricedItem("cup", 1, 1000)]
    quote = price("CNY", items, taxing=Taxing(VAT, included=False))
    assert [(charge.label, charge.amount_minor) for charge in quote.charges] == [("VAT 13%", 130), ("Food VAT 9%", 900)]


def test_tax_inside_the_price_adds_nothing_and_tax_outside_is_a_line():
    items = [PricedItem("a", 3, 1000)]
    inside = price("CNY", items, taxing=Taxing(VAT, included=True))
    outside = price("CNY", items, taxing=Taxing(VAT, included=False))
    assert (inside.total_minor, inside.tax_minor) == (3000, 345)
    assert (outside.total_minor, outside.tax_minor) == (3390, 390)


def test_a_percentage_is_split_over_the_lines_without_losing_a_cent():
    items = [PricedItem("a", 1, 333), PricedItem("b", 1, 333), PricedItem("c", 1, 334)]
    quote = price("CNY", items, offers=[Offer("TEN", "10%", "percent", rate_ppm=100_000)])
    assert quote.discount_minor == 100
    assert sum(line.discount_minor for line in quote.lines) == 100


def test_an_amount_off_never_makes_the_goods_negative():
    quote = price("CNY", [PricedItem("a", 1, 500)], offers=[Offer("BIG", "big", "amount", amount_minor=9900)])
    assert quote.total_minor == 0


def test_a_negative_fee_is_refused():
    with pytest.raises(ValueError, match="negative"):
        price("CNY", [PricedItem("a", 1, 500)], fees=[FeeLine("x.y", "y", -1)])
