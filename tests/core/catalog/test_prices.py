import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.money import MAX_MINOR
from core.catalog.prices import ROUNDINGS, PriceRule, new_price

rules = st.one_of(
    st.builds(
        PriceRule,
        st.just("percent"),
        rate_ppm=st.integers(-1_000_000, 10_000_000),
        rounding=st.sampled_from(ROUNDINGS),
    ),
    st.builds(
        PriceRule, st.just("amount"), amount_minor=st.integers(-(10**9), 10**9), rounding=st.sampled_from(ROUNDINGS)
    ),
)


@pytest.mark.parametrize(
    ("price", "rule", "wanted"),
    [
        (6800, PriceRule("percent", rate_ppm=-100_000), 6120),
        (333, PriceRule("percent", rate_ppm=-500_000), 167),
        (1, PriceRule("percent", rate_ppm=10_000_000), 11),
        (6800, PriceRule("amount", amount_minor=-7000), 0),
        (6800, PriceRule("set", amount_minor=990), 990),
        (6120, PriceRule("percent", rounding="ninety"), 6090),
        (6150, PriceRule("percent", rounding="ninety"), 6190),
        (6140, PriceRule("percent", rounding="ninety"), 6190),
        (6120, PriceRule("percent", rounding="ninety-nine"), 6099),
        (6150, PriceRule("percent", rounding="whole"), 6200),
        (6499, PriceRule("percent", rounding="tens"), 6000),
        (30, PriceRule("percent", rounding="whole"), 30),
        (0, PriceRule("percent", rate_ppm=100_000, rounding="ninety"), 0),
    ],
)
def test_a_price_follows_its_rule_to_the_last_fen(price, rule, wanted):
    assert new_price(price, rule, "CNY") == wanted


def test_a_currency_without_small_change_is_rounded_only_to_tens():
    assert new_price(1234, PriceRule("percent", rounding="ninety"), "JPY") == 1234
    assert new_price(1234, PriceRule("percent", rounding="tens"), "JPY") == 1230


@given(st.integers(0, MAX_MINOR), rules, st.sampled_from(["CNY", "JPY", "KWD"]))
def test_no_rule_makes_a_price_negative_or_absurd(price, rule, currency):
    assert 0 <= new_price(price, rule, currency) <= MAX_MINOR + 10_000


@given(st.integers(1, 10**9), rules)
def test_rounding_moves_a_price_by_less_than_its_step(price, rule):
    plain = new_price(price, PriceRule(rule.mode, rule.rate_ppm, rule.amount_minor), "CNY")
    step = {"none": 1, "tens": 1000}.get(rule.rounding, 100)
    assert abs(new_price(price, rule, "CNY") - plain) <= step
