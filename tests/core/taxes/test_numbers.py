"""Tax numbers of companies are checked by the rules of their country."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base.errors import Invalid
from core.taxes.numbers import checked_tax_number


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [
        ("CN", "91110000600037341l".upper(), "91110000600037341L"),
        ("DE", "DE 136 695 976", "DE136695976"),
        ("DE", "136695976", "DE136695976"),
        ("GR", "094259216", "EL094259216"),
        ("US", "12-3456789", "12-3456789"),
        ("CN", "  ", ""),
    ],
)
def test_a_number_is_kept_as_its_country_writes_it(app, country, typed, kept):
    assert checked_tax_number(typed, country) == kept


@pytest.mark.parametrize(
    ("country", "typed"),
    [
        ("CN", "91110000600037342L"),
        ("CN", "123"),
        ("DE", "DE136695977"),
        ("FR", "DE136695976"),
        ("US", "<b>"),
        ("US", "9" * 41),
        ("JP", "１２３"),
    ],
)
def test_a_wrong_number_is_refused_at_its_field(app, country, typed):
    with pytest.raises(Invalid) as refused:
        checked_tax_number(typed, country)
    assert list(refused.value.fields) == ["tax_id"]


@given(st.text(max_size=60), st.sampled_from(("CN", "DE", "FR", "GR", "ES", "US", "")))
def test_whatever_is_typed_is_kept_or_refused(typed, country):
    try:
        assert len(checked_tax_number(typed, country)) <= 42
    except Invalid as refusal:
        assert "tax_id" in refusal.fields
