"""Zones: the closest one holds, bands are gone through in order, and the page keeps what was typed."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError

from core.contract.views import AddressView, BasketView, LineView, ShopView
from core.sdk.testing.contracts import DeliveryMethodContract
from core.shops.queries import shop_context
from core.shops.service import set_plugin
from plugins.logistics.delivery import ZoneDelivery
from plugins.logistics.settings import LogisticsSettings
from plugins.logistics.zones import NotAPlace, places_of, rate_price, zone_for
from tests.core.web.console.conftest import *  # noqa: F403 - the desk of a merchant

RATE = {
    "code": "r1",
    "name": "Post",
    "by": "weight",
    "bands": [{"up_to": 1000, "price_minor": 900}, {"up_to": 5000, "price_minor": 1500}],
    "free_from_minor": 20_000,
    "handling_days": 1,
    "days_min": 2,
    "days_max": 4,
}


def zone(zone_id, places, *rates):
    return {"id": zone_id, "name": zone_id.title(), "places": places, "rates": list(rates)}


ZONES = [
    zone("world", "*", {**RATE, "bands": [{"up_to": None, "price_minor": 9900}]}),
    zone("china", "CN", RATE),
    zone("east", "CN: 浙江, 江苏\nCN: Shanghai", {**RATE, "name": "Next day"}),
    zone("lake", "CN: 3100*", {**RATE, "name": "Bicycle"}),
    zone("islands", "US: Alaska, 967*"),
]


def address(country="CN", region="", postal_code=""):
    return AddressView("Li", "1", country, region, "X", "1 Road", "", postal_code)


def shop(zones=ZONES, **settings):
    return ShopView("mer_1", "tea", "Tea", "CNY", "en", LogisticsSettings().load({"zones": zones, **settings}))


def basket(grams=500, goods=5000, quantity=1):
    line = LineView("l", "p", "v", "", "Tea", quantity, goods, goods, grams, True)
    return BasketView("c", "CNY", (line,), goods, address())


class TestZoneDelivery(DeliveryMethodContract):
    @pytest.fixture
    def method(self):
        return ZoneDelivery()

    @pytest.fixture
    def shop(self):
        return shop()


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (address(), "china"),
        (address(region="浙江省"), "east"),
        (address(region="shanghai"), "east"),
        (address(region="浙江省", postal_code="310013"), "lake"),
        (address(region="北京市", postal_code="100007"), "china"),
        (address("US", "Alaska"), "islands"),
        (address("us", "Hawaii", "96701-0001"), "islands"),
        (address("US", "Maine", "04101"), "world"),
        (address("DE"), "world"),
    ],
)
def test_the_zone_that_names_an_address_most_closely_holds(where, expected):
    assert zone_for(ZONES, where)["id"] == expected


def test_outside_all_zones_nothing_is_offered_and_a_zone_without_rates_delivers_nothing():
    assert ZoneDelivery().options(shop(ZONES[1:2]), basket(), address("DE")) == []
    assert ZoneDelivery().options(shop(), basket(), address("US", "Alaska")) == []


@pytest.mark.parametrize(("grams", "price"), [(0, 900), (1000, 900), (1001, 1500), (5000, 1500), (5001, None)])
def test_the_first_band_that_a_basket_fits_in_is_its_price(grams, price):
    assert rate_price(RATE, basket(grams)) == price


def test_bands_go_by_value_or_number_and_from_a_value_on_it_is_free():
    by_number = {**RATE, "by": "quantity", "bands": [{"up_to": 2, "price_minor": 1}, {"up_to": None, "price_minor": 2}]}
    assert [rate_price(by_number, basket(quantity=n)) for n in (1, 2, 3)] == [1, 1, 2]
    by_value = {**by_number, "by": "amount", "bands": [{"up_to": 9999, "price_minor": 7}]}
    assert [rate_price(by_value, basket(goods=n)) for n in (9999, 10_000)] == [7, None]
    assert rate_price(RATE, basket(goods=20_000)) == 0
    assert rate_price(RATE, basket(6000, goods=20_000)) is None


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=6, unique=True), st.integers(0, 10**6))
def test_a_basket_pays_the_price_of_the_smallest_bound_that_holds_it(bounds, grams):
    bands = [{"up_to": bound, "price_minor": bound} for bound in sorted(bounds)]
    fitting = [bound for bound in sorted(bounds) if grams <= bound]
    assert rate_price({**RATE, "bands": bands, "free_from_minor": 0}, basket(grams)) == (
        fitting[0] if fitting else None
    )


@pytest.mark.parametrize("text", ["China", "C", "CN: a*b", "US 995", "12", "*x"])
def test_what_names_no_place_is_refused(text):
    with pytest.raises(NotAPlace):
        places_of(text)


@given(st.text(max_size=200))
def test_whatever_is_written_is_read_or_refused(text):
    with suppress(NotAPlace):
        assert all(place.closeness(address("ZZ")) >= 0 for place in places_of(text))


@pytest.mark.parametrize(
    "rate",
    [
        {**RATE, "bands": [{"up_to": 5, "price_minor": 1}, {"up_to": 5, "price_minor": 1}]},
        {**RATE, "bands": [{"up_to": None, "price_minor": 1}, {"up_to": 5, "price_minor": 1}]},
        {**RATE, "bands": []},
        {**RATE, "days_min": 5, "days_max": 2},
        {**RATE, "by": "colour"},
    ],
)
def test_rates_that_make_no_sense_are_refused(rate):
    with pytest.raises(ValidationError):
        LogisticsSettings().load({"zones": [zone("a", "CN", rate)]})


FORM = {
    "name": "East",
    "places": "CN: Zhejiang",
    "rate-0-name": "Post",
    "rate-0-by": "weight",
    "rate-0-up-0": "1000",
    "rate-0-price-0": "9.00",
    "rate-0-up-1": "",
    "rate-0-price-1": "15",
    "rate-0-free": "200",
    "rate-0-handling": "1",
    "rate-0-days_min": "1",
    "rate-0-days_max": "2",
}


def zones_of(merchant_id):
    return shop_context(merchant_id).plugin_settings["logistics"]["zones"]


def test_a_merchant_draws_a_zone_tries_an_address_and_takes_it_away(desk, tea):
    assert "No zones yet" in desk.page("/console/x/logistics/zones")
    page = desk.done("/console/x/logistics/zones", FORM)
    assert "East" in page and "Post" in page
    (kept,) = zones_of(tea)
    assert kept["rates"][0]["bands"] == [{"up_to": 1000, "price_minor": 900}, {"up_to": None, "price_minor": 1500}]
    asked = "?country=cn&region=Zhejiang&weight=1200&value=50&pieces=2"
    page = desk.page(f"/console/x/logistics/zones{asked}")
    assert "¥15.00" in page and "Zone: East" in page and "2 to 3 days" in page
    assert "figures" in desk.page("/console/x/logistics/zones?country=CN&weight=heavy")
    form = desk.page(f"/console/x/logistics/zones/{kept['id']}")
    assert 'value="9.00"' in form and "CN: Zhejiang" in form
    again = {**FORM, "rate-0-code": "r1", "rate-0-price-0": "8.00"}
    desk.done(f"/console/x/logistics/zones/{kept['id']}", again)
    assert zones_of(tea)[0]["rates"][0]["bands"][0]["price_minor"] == 800
    desk.done("/console/x/logistics/zones", {**FORM, "name": "West", "places": "CN: Gansu"})
    second = zones_of(tea)[1]["id"]
    desk.done(f"/console/x/logistics/zones/{second}", {"action": "up"})
    assert [one["name"] for one in zones_of(tea)] == ["West", "East"]
    desk.done(f"/console/x/logistics/zones/{second}", {"action": "remove"})
    assert [one["name"] for one in zones_of(tea)] == ["East"]
    assert desk.get(f"/console/x/logistics/zones/{second}").status_code == 404


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"places": "Zhejiang"}, "names no place"),
        ({"places": ""}, "at least one place"),
        ({"name": ""}, "a name"),
        ({"rate-0-price-0": "dear"}, "price like"),
        ({"rate-0-days_max": "soon"}, "whole number"),
        ({"rate-0-days_min": "9"}, "less than at least"),
        ({"rate-0-up-1": "900"}, "further than"),
        ({"rate-0-name": ""}, "What do buyers read"),
    ],
)
def test_a_zone_that_cannot_be_is_shown_again_with_what_is_wrong(desk, tea, changes, words):
    answer = desk.post("/console/x/logistics/zones", {**FORM, **changes})
    assert answer.status_code == 422 and words in answer.text
    assert zones_of(tea) == []
    assert "Post" in answer.text or "rate-0-name" in changes


def test_zones_are_for_those_who_may_set_plugins_up(sign_in, tea):
    assert sign_in(tea, "clerk").get("/console/x/logistics/zones").status_code == 403


def test_the_ordinary_settings_form_leaves_the_zones_as_they_are(desk, tea):
    desk.done("/console/x/logistics/zones", FORM)
    set_plugin(tea, "logistics", enabled=True, settings={"flat_minor": 500}, actor_id=None)
    settings = shop_context(tea).plugin_settings["logistics"]
    assert settings["flat_minor"] == 500 and len(settings["zones"]) == 1
    assert 'name="zones"' not in desk.page("/console/plugins/logistics")
