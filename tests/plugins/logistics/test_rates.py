import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from core.contract.views import AddressView, BasketView, LineView, ShopView
from core.sdk.testing.contracts import DeliveryMethodContract
from plugins.logistics.delivery import FlatDelivery, WeightDelivery
from plugins.logistics.rates import flat_price, weight_price
from plugins.logistics.settings import LogisticsSettings, countries_of

GRAMS = st.integers(0, 200_000)
RATE = {"first_grams": 1000, "first_minor": 1200, "step_grams": 500, "step_minor": 300}
HANGZHOU = AddressView("Li Lei", "1", "CN", "Zhejiang", "Hangzhou", "1 West Lake Road")


def shop(**settings):
    return ShopView("mer_1", "tea", "Tea", "CNY", "en", LogisticsSettings().load(settings))


def basket(grams=1500, goods=5000):
    line = LineView("l", "p", "v", "", "Tea", 1, goods, goods, grams, True)
    return BasketView("c", "CNY", (line,), goods, HANGZHOU)


class TestFlatDelivery(DeliveryMethodContract):
    @pytest.fixture
    def method(self):
        return FlatDelivery()


class TestWeightDelivery(DeliveryMethodContract):
    @pytest.fixture
    def method(self):
        return WeightDelivery()

    @pytest.fixture
    def shop(self):
        return shop(weight_on=True)


@given(GRAMS, GRAMS)
def test_more_weight_never_costs_less(one, other):
    light, heavy = sorted((one, other))
    assert weight_price(light, **RATE) <= weight_price(heavy, **RATE)


@pytest.mark.parametrize(("grams", "price"), [(0, 1200), (1000, 1200), (1001, 1500), (1500, 1500), (1501, 1800)])
def test_a_begun_further_weight_counts_in_full(grams, price):
    assert weight_price(grams, **RATE) == price


def test_from_a_value_on_the_flat_rate_is_free_and_zero_means_never():
    assert [flat_price(800, 9900, goods) for goods in (9899, 9900)] == [800, 0]
    assert flat_price(800, 0, 10**9) == 800


def test_a_basket_that_is_too_heavy_or_too_far_is_not_offered_the_rate():
    far = AddressView("A", "1", "US", "", "Boston", "1 Main St")
    assert WeightDelivery().options(shop(weight_on=True, max_grams=1000), basket(1001), HANGZHOU) == ()
    assert WeightDelivery().options(shop(weight_on=True), basket(), far) == ()
    assert FlatDelivery().options(shop(), basket(), far) == ()
    assert FlatDelivery().options(shop(countries="*"), basket(), far)


def test_country_codes_may_be_written_as_people_write_them():
    assert countries_of("cn， hk、TW") == {"CN", "HK", "TW"}
    assert countries_of(" * ") is None


@pytest.mark.parametrize(
    "settings",
    [{"countries": "China"}, {"flat_minor": -1}, {"flat_days_min": 5, "flat_days_max": 2}, {"step_grams": 0}],
)
def test_settings_that_make_no_sense_are_refused(settings):
    with pytest.raises(ValidationError):
        LogisticsSettings().load(settings)
