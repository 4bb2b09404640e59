"""Every page fits a phone and can be used by everybody: no sideways scrolling, nothing serious that axe finds."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import Someone
from tests.journeys.people import Buyer, Merchant
from tests.journeys.town import Stall, Town

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]

CONSOLE = (
    "/", "/orders", "/products", "/products/new", "/stock", "/categories", "/discounts", "/discounts/new",
    "/discounts/new?kind=bxgy&method=automatic", "/money", "/domains", "/plugins", "/settings", "/team", "/import",
)  # fmt: skip


def serious(page: Page) -> list[str]:
    """What axe finds serious or critical on this page, in one line each."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    found = axe.run(page).response["violations"]
    return [
        f"{page.url}: {one['id']} ({one['impact']}): {one['nodes'][0]['html'][:160]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def sideways(page: Page) -> list[str]:
    width = page.evaluate("document.documentElement.scrollWidth")
    return [f"{page.url}: {width} pixels wide"] if width > page.viewport_size["width"] else []


def faults(page: Page) -> list[str]:
    """In light and in dark."""
    found = sideways(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += serious(page)
    return found


def test_a_shops_pages_fit_a_phone_and_can_be_used_by_everybody(stall: Stall, someone: Someone) -> None:
    buyer = Buyer(someone(phone=True), stall)
    page, found = buyer.page, []
    for path in ("/", "/search?q=茶", "/account/sign-in", "/account/register", "/orders/find", "/cart"):
        buyer.visit(path)
        found += faults(page)
    buyer.visit("/search?q=龙井")
    page.get_by_role("link", name="西湖龙井").click()
    found += faults(page)
    buyer.put_into_cart()
    found += faults(page)
    buyer.check_out()
    found += faults(page)
    buyer.pay_at_the_bank()
    found += faults(page)
    assert found == []


def test_the_consoles_pages_fit_a_phone_and_can_be_used_by_everybody(
    town: Town, stall: Stall, someone: Someone
) -> None:
    merchant = Merchant(someone(phone=True), town, stall)
    merchant.page.goto(f"{town.console}/sign-in")
    found = faults(merchant.page)
    merchant.sign_in()
    for path in CONSOLE:
        merchant.visit(path)
        found += faults(merchant.page)
    assert found == []
