from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.catalog.transfer import cells
from core.catalog.transfer.cells import CellRefused
from core.catalog.transfer.descriptions import safe_description


@pytest.mark.parametrize(
    ("text", "decimals", "minor"),
    [
        ("1250", 2, 125000),
        ("1250.5", 2, 125050),
        ("0.00", 2, 0),
        ("12,50", 2, 1250),
        ("1,250.00", 2, 125000),
        ("1.250,00", 2, 125000),
        ("1,250,000", 2, 125000000),
        ("19.9000", 2, 1990),
        ("1000.00", 0, 1000),
        ("1000", 0, 1000),
        ("1.250", 3, 1250),
        (" 7.10 ", 2, 710),
        ("1\u00a0250.00", 2, 125000),
    ],
)
def test_a_price_is_read_exactly(text, decimals, minor):
    assert cells.price_minor(text, decimals) == minor


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1,250", "price_ambiguous"),
        ("1.250", "price_ambiguous"),
        ("9.999", "price_ambiguous"),
        ("9.9999", "price_digits"),
        ("1250.005", "price_digits"),
        ("-1", "price_negative"),
        ("−1.00", "price_negative"),
        ("¥12", "price_unreadable"),
        ("1e3", "price_unreadable"),
        ("NaN", "price_unreadable"),
        ("１２", "price_unreadable"),
        ("12.50.00", "price_unreadable"),
        ("", "price_unreadable"),
        ("9" * 30, "price_too_large"),
        ("99999999999", "price_too_large"),
    ],
)
def test_a_price_that_could_be_misread_is_refused(text, code):
    with pytest.raises(CellRefused) as refused:
        cells.price_minor(text, 2)
    assert refused.value.code == code


@given(st.integers(0, cells.PRICE_MINOR_MAX), st.sampled_from([0, 2, 3]))
def test_a_price_that_was_written_is_read_back(amount, decimals):
    assert cells.price_minor(cells.price_text(amount, decimals), decimals) == amount


@given(st.text(max_size=30), st.sampled_from([0, 2, 3]))
def test_no_text_can_break_the_reading_of_a_price(text, decimals):
    try:
        assert 0 <= cells.price_minor(text, decimals) <= cells.PRICE_MINOR_MAX
    except CellRefused as refused:
        assert refused.code.startswith("price_")


def test_weights_become_whole_grams_whatever_their_unit():
    assert cells.weight_grams("230.5") == 231
    assert cells.weight_grams("0.24", cells.weight_unit("kg")) == 240
    assert cells.weight_grams("0,24", cells.weight_unit("kg")) == 240
    assert cells.weight_grams("2", cells.weight_unit("lbs")) == 907
    assert cells.weight_grams("1", cells.weight_unit("oz")) == 28
    with pytest.raises(CellRefused):
        cells.weight_unit("stone")
    for wrong in ("-1", "1 kg", "9" * 12):
        with pytest.raises(CellRefused):
            cells.weight_grams(wrong)


@given(st.integers(0, cells.WEIGHT_GRAMS_MAX))
def test_a_weight_written_in_kilograms_is_read_back(grams):
    assert cells.weight_grams(cells.kilograms_text(grams), Decimal(1000)) == grams


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n＝＋－＠ab1"), max_size=8))
def test_the_guard_against_formulas_can_always_be_taken_off_again(text):
    guarded = cells.guarded(text)
    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert cells.unguarded(guarded) == text


@pytest.mark.parametrize(
    "text", ["http://", "ftp://a/b", "//a/b", "javascript:alert(1)", "https://a b", "https://[", "x" * 2000]
)
def test_only_whole_web_addresses_are_taken(text):
    with pytest.raises(CellRefused):
        cells.web_address(text)


def test_descriptions_lose_what_could_run_or_load():
    dirty = '<p onclick="x()">Hi <a href="javascript:x()">a</a><img src="https://x/y.png"></p><script>x()</script>'
    assert safe_description(dirty) == '<p>Hi <a rel="noopener noreferrer nofollow">a</a></p>'


def test_plain_text_keeps_its_paragraphs():
    assert safe_description("One\ntwo\n\nthree") == "<p>One<br>\ntwo</p>\n<p>three</p>"
    assert safe_description("One <b>line</b>") == "One <b>line</b>"


@given(st.text(alphabet=st.sampled_from("<>/pb&;ai \n\"'=x!-"), max_size=60))
def test_cleaning_a_description_twice_changes_nothing_more(text):
    once = safe_description(text)
    assert safe_description(once) == once
