"""Which rate applies where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.contract.views import AddressView
from core.taxes.rules import AppliedTax, PlaceRate, TaxRules, heaviest, plain, postal, regions_of


def place(country="CN", region="", city="", postal_code=""):
    return AddressView("n", "1", country, region, city, "x", "", postal_code)


def rate(ppm, category=None, country="", region="", prefix=""):
    return PlaceRate(category, country, regions_of(region), postal(prefix), AppliedTax(f"T{ppm}", ppm))


RULES = TaxRules(
    standard=AppliedTax("Standard", 1),
    rates=(
        rate(2, country="CN"),
        rate(3, country="CN", region="浙江, Zhejiang"),
        rate(4, country="CN", prefix="3100"),
        rate(5, "food"),
        rate(6, "food", country="DE"),
        rate(7, country="DE"),
    ),
)


@pytest.mark.parametrize(
    ("category", "where", "ppm"),
    [
        (None, None, 1),
        (None, place("US"), 1),
        (None, place("CN", "Guangdong"), 2),
        (None, place("CN", "浙江省"), 3),
        (None, place("CN", " zhejiang "), 3),
        (None, place("CN", "浙江", postal_code="3100 27"), 4),
        ("food", place("CN", "浙江"), 5),
        ("food", place("DE"), 6),
        ("food", None, 5),
        ("books", place("DE"), 7),
    ],
)
def test_the_goods_own_rate_goes_first_then_the_more_exact_place(category, where, ppm):
    assert RULES.rate_for(category, where).ppm == ppm


@given(st.permutations(RULES.rates), st.sampled_from([None, "food"]), st.sampled_from(["CN", "DE", "US"]))
def test_the_order_in_which_rates_were_made_does_not_matter(rates, category, country):
    other = TaxRules(RULES.standard, tuple(rates))
    where = place(country, "浙江", postal_code="310027")
    assert other.rate_for(category, where) == RULES.rate_for(category, where)


def test_names_of_places_are_compared_without_their_kind():
    assert plain("北京市") == plain("北京") and plain("香港特别行政区") == "香港" and plain("Sao  Paulo") == "sao paulo"


def test_most_of_the_goods_decide():
    low, high = AppliedTax("l", 5), AppliedTax("h", 9)
    assert heaviest([(low, 100), (high, 60), (low, -50)]) == high
    assert heaviest([(low, 50), (high, 50)]) == high
    assert heaviest([(low, 0)]) is None
