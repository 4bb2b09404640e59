import pytest
from marshmallow import ValidationError

from core.catalog.schemas import OptionSchema, ProductSchema, VariantSchema


def variant(currency: str = "CNY", **written):
    return VariantSchema(currency=currency).load({"price": "1", **written})


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("12.50", "CNY", 1250), ("12", "CNY", 1200), ("1,250.00", "CNY", 125000), ("500", "JPY", 500), (" 0 ", "CNY", 0)],
)
def test_prices_are_read_as_people_write_them(text, currency, minor):
    assert variant(currency, price=text).price_minor == minor


@pytest.mark.parametrize("text", ["", "x", "-1", "9.999", "1,250", "nan", "Infinity", "1e99", "12.50.1"])
def test_prices_that_could_mean_something_else_are_refused(text):
    with pytest.raises(ValidationError) as refused:
        variant(price=text)
    assert list(refused.value.messages) == ["price"]


def test_empty_numbers_are_nothing_and_wrong_ones_are_refused():
    made = variant(compare_at="", weight_grams="", on_hand=" 7 ", sku=" A ")
    assert (made.compare_at_minor, made.weight_grams, made.on_hand, made.sku) == (None, 0, 7, "A")
    for field, text in (("weight_grams", "heavy"), ("on_hand", "-1"), ("on_hand", "1.5"), ("compare_at", "-2")):
        with pytest.raises(ValidationError):
            variant(**{field: text})


def test_values_and_tags_may_be_written_with_chinese_commas():
    assert OptionSchema().load({"name": "规格", "values": "100克，250克, 500克"}).values == ("100克", "250克", "500克")
    assert ProductSchema().load({"name": "茶", "tags": "绿茶，春茶"}).tags == ("绿茶", "春茶")
