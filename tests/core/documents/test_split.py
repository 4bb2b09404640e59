"""What goes back of an invoice, part by part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.documents.content import PaperTax
from core.documents.split import TooMuch, left_of, share_of

TAXES = st.lists(
    st.builds(PaperTax, st.sampled_from("abc"), st.integers(0, 300_000), st.integers(0, 10**6), st.integers(0, 10**5)),
    min_size=1,
    max_size=4,
    unique_by=lambda tax: (tax.name, tax.rate_ppm),
)


@given(TAXES, st.lists(st.integers(1, 10**5), max_size=8))
def test_parts_never_take_more_than_there_is_and_all_of_them_take_everything(taxes, amounts):
    gone = []
    for amount in amounts:
        left = left_of(taxes, gone)
        whole = sum(one.gross_minor for one in left)
        if amount > whole:
            with pytest.raises(TooMuch):
                share_of(left, amount)
            continue
        part = share_of(left, amount)
        assert sum(one.gross_minor for one in part) == amount
        gone += part
        assert all(one.base_minor >= 0 and one.tax_minor >= 0 for one in left_of(taxes, gone))
    left = left_of(taxes, gone)
    rest = sum(one.gross_minor for one in left)
    if rest:
        gone += share_of(left, rest)
    assert all(one.base_minor == 0 and one.tax_minor == 0 for one in left_of(taxes, gone))


def test_nothing_and_less_than_nothing_cannot_go_back():
    for amount in (0, -1):
        with pytest.raises(TooMuch):
            share_of([PaperTax("VAT", 130_000, 100, 13)], amount)
