from dataclasses import replace
from datetime import timedelta

import pytest

from core.base import clock
from core.base.errors import Refused
from core.contract.health import FAULTS_TO_OPEN, PAUSE_SECONDS
from core.contract.runtime import health
from core.orders.checkout import payment_choices
from core.payments.service import check_payment, get_payment
from core.shops.queries import shop_context
from plugins.logistics.delivery import check_rates
from tests.core.web.console.conftest import words
from tests.trade import make_shop, make_variant, placed_order, start_payment


def fail_to_pay(merchant_id, times):
    shop = shop_context(merchant_id)
    placed = [placed_order(merchant_id, make_variant(merchant_id)) for _time in range(times)]
    for one in placed:
        start_payment(shop, one.payment_id, return_url="https://x/", notify_url="https://x/")
    return placed


def ways(merchant_id):
    return [choice.provider_id for choice in payment_choices(shop_context(merchant_id), 1000)]


def test_a_way_to_pay_that_keeps_failing_is_not_offered_while_another_works(tea, book):
    book.cards, book.lose_answers = True, True
    assert ways(tea) == ["fakecards.card", "fakepay.qr"]
    fail_to_pay(tea, FAULTS_TO_OPEN)
    assert ways(tea) == ["fakecards.card"]
    book.cards = False
    assert ways(tea) == ["fakepay.qr"]
    book.cards = True
    with clock.moved(timedelta(seconds=PAUSE_SECONDS + 1)):
        assert ways(tea) == ["fakecards.card", "fakepay.qr"]


def test_another_merchants_failures_close_nothing_here(tea, book):
    book.cards, book.lose_answers = True, True
    fail_to_pay(make_shop("other"), FAULTS_TO_OPEN)
    assert ways(tea) == ["fakecards.card", "fakepay.qr"]


def test_money_under_way_is_asked_for_while_its_plugin_is_left_alone(tea, book):
    book.lose_answers = True
    placed = fail_to_pay(tea, FAULTS_TO_OPEN)
    assert health().state(tea, "fakepay") == "open"
    book.paid[placed[0].payment_id] = ("ext-1", get_payment(tea, placed[0].payment_id).amount_minor)
    assert check_payment(shop_context(tea), placed[0].payment_id).state == "captured"
    assert health().state(tea, "fakepay") == "closed"


def test_the_page_of_a_plugin_shows_how_it_fares(desk, tea):
    for _time in range(3):
        health().note(tea, "logistics", "options", "ok", 0.02)
    health().note(tea, "logistics", "options", "fault", 2.0, "KeyError: 'zone'")
    health().flush()
    page = words(desk.get("/console/plugins/logistics").text)
    assert "Some calls fail" in page and "Offer ways to deliver" in page and "KeyError" in page


def test_a_plugin_that_nothing_was_asked_of_says_so(desk):
    assert "Nothing was asked of it" in desk.page("/console/plugins/logistics")


def test_a_test_of_what_is_set_up_says_what_was_found(desk):
    done = words(desk.done("/console/plugins/logistics/check", {}))
    assert "It works: Buyers are offered: a flat rate" in done


def test_a_test_that_finds_a_mistake_says_how_to_put_it_right(desk):
    assert "No bank is connected" in words(desk.done("/console/plugins/payment/check", {}))


def test_a_plugin_that_is_off_is_not_tested(desk):
    desk.done("/console/plugins/logistics/switch", {"on": "0"})
    assert desk.post("/console/plugins/logistics/check", {}).status_code == 404


def test_a_shop_without_any_way_to_deliver_is_told(tea):
    view = shop_context(tea).view("logistics")
    with pytest.raises(Refused, match="No way to deliver"):
        check_rates(replace(view, settings={"flat_on": False, "weight_on": False, "zones": []}))
