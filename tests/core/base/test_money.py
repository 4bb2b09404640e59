from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.money import Money, MoneyError, allocate, minor_digits, parse_minor, round_minor

AMOUNTS = st.integers(-(10**14), 10**14)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=40).filter(any)


@given(AMOUNTS, WEIGHTS)
def test_the_parts_of_a_split_always_add_up_to_the_whole(total, weights):
    assert sum(allocate(total, weights)) == total


@given(AMOUNTS, WEIGHTS)
def test_no_part_is_further_than_one_minor_unit_from_its_exact_share(total, weights):
    for part, weight in zip(allocate(total, weights), weights, strict=True):
        exact = Decimal(total) * weight / sum(weights)
        assert abs(part - exact) < 1


def test_currencies_have_their_own_number_of_digits():
    assert [minor_digits(code) for code in ("CNY", "JPY", "KWD")] == [2, 0, 3]


@pytest.mark.parametrize("text", ["1.005", "", "abc", "NaN", "Infinity", "1e30", "1,5"])
def test_what_is_not_an_exact_amount_is_refused(text):
    with pytest.raises(MoneyError):
        parse_minor(text, "CNY")


def test_halves_are_rounded_away_from_zero():
    assert [round_minor(Decimal(value)) for value in ("0.5", "1.5", "-0.5", "2.49")] == [1, 2, -1, 2]


def test_two_currencies_are_never_added():
    with pytest.raises(MoneyError):
        Money(1, "CNY") + Money(1, "USD")
