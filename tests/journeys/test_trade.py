"""From the search for tea to the money in the merchant's bank account, and back again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import Someone
from tests.journeys.people import Buyer, Merchant
from tests.journeys.town import Stall, Town

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_guest_buys_tea_on_a_phone_and_the_merchant_withdraws_what_it_earned(
    town: Town, stall: Stall, someone: Someone, scripts: bool
) -> None:
    buyer = Buyer(someone(phone=True, scripts=scripts), stall, scripts=scripts)
    buyer.visit()
    buyer.search("龙井")
    buyer.page.get_by_role("link", name="西湖龙井").click()
    buyer.put_into_cart("100 g")
    buyer.change_quantity(2)
    buyer.use_coupon("WELCOME10")
    buyer.check_out()
    # Twice 128.00, a tenth less, and 8.00 for the parcel.
    expect(buyer.page.locator(".pay-card .amount")).to_have_text("¥238.40")
    buyer.pay_at_the_bank()

    merchant = Merchant(someone(scripts=scripts), town, stall)
    merchant.sign_in()
    merchant.open_order(buyer.code)
    merchant.pack()
    merchant.ship()

    buyer.confirm_receipt()
    # Less the platform's six thousandths, 1.43.
    assert merchant.available() == "¥236.97"
    merchant.withdraw()
    assert merchant.available() == "¥0.00"
    assert "All is well." in town.command("verify")


def test_a_customer_gets_part_of_the_money_back_for_what_came_broken(
    town: Town, stall: Stall, someone: Someone
) -> None:
    buyer = Buyer(someone(), stall)
    buyer.visit("/account/register")
    buyer.page.locator("main [name=name]").fill("Han Meimei 韩梅梅")
    buyer.page.get_by_label("E-mail").fill("han@example.com")
    buyer.page.get_by_label("Password").fill("nine red lanterns")
    buyer.page.get_by_role("button", name="Open the account").click()
    buyer.page.wait_for_url("**/account")
    buyer.visit("/search?q=铁观音")
    buyer.page.get_by_role("link", name="铁观音").click()
    buyer.put_into_cart()
    buyer.check_out(email="han@example.com")
    buyer.pay_at_the_bank()
    merchant = Merchant(someone(), town, stall)
    merchant.sign_in()
    merchant.open_order(buyer.code)
    merchant.pack()
    merchant.ship()

    buyer.visit("/account")
    buyer.page.get_by_role("link", name=buyer.page.locator("tbody a").first.inner_text()).click()
    buyer.page.get_by_text("Ask for money back").click()
    buyer.page.get_by_label("How much").fill("46.00")
    buyer.page.get_by_label("What is wrong?").fill("One of the tins is dented.")
    buyer.page.get_by_role("button", name="Ask the shop").click()
    expect(buyer.page.locator(".alert")).to_contain_text(["¥46.00"])

    merchant.page.reload()
    asked = merchant.page.locator("#request")
    expect(asked).to_contain_text("One of the tins is dented.")
    asked.get_by_label("Amount to give back").fill("20.00")
    asked.get_by_label("Your answer").fill("Half of it, and our apologies.")
    asked.get_by_role("button", name="Approve").click()
    merchant.until_seen("#money li:has-text('Arrived'):has-text('20.00')")

    collected = next(one for one in town.bank.look("collections") if one["amount_minor"] == 5400)
    assert collected["refunded_minor"] == 2000
    assert "All is well." in town.command("verify")


def test_the_cart_of_one_shop_is_not_in_another(town: Town, stall: Stall, someone: Someone) -> None:
    other = town.open_stall("Stone Bridge 石桥")
    page = someone(phone=True)
    here, there = Buyer(page, stall), Buyer(page, other)
    here.visit("/search?q=龙井")
    page.get_by_role("link", name="西湖龙井").click()
    here.put_into_cart("50 g")
    there.visit("/cart")
    expect(page.locator("main")).to_contain_text("There is nothing in your cart yet.")
    expect(page.locator(".cart-count")).to_have_count(0)
    here.visit("/cart")
    expect(page.locator("ul.lines")).to_contain_text("西湖龙井")
