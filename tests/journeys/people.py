"""What people do in a shop and behind its counter, step by step, as sentences."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.journeys.town import PASSWORD, Stall, Town

ADDRESS = {
    "email": "li.lei@example.com",
    "name": "李雷",
    "phone": "13800138000",
    "city": "杭州市",
    "line1": "西湖区龙井路 1 号",
}
STATE = ".order-head .badge"


class Buyer:
    """Somebody before a page of a shop; `scripts` says whether their browser runs any."""

    def __init__(self, page: Page, stall: Stall, *, scripts: bool = True) -> None:
        self.page, self.stall, self.scripts = page, stall, scripts

    def visit(self, path: str = "/") -> None:
        self.page.goto(self.stall.url + path)

    def search(self, words: str) -> None:
        """On a phone the box is in the menu."""
        self.page.locator("header summary").first.click()
        box = self.page.locator("header details[open] input[type=search]")
        box.fill(words)
        box.press("Enter")

    def put_into_cart(self, variant: str | None = None) -> None:
        if variant:
            self.page.locator(".chip", has_text=variant).click()
        self.page.get_by_role("button", name="Add to cart").click()
        self.page.wait_for_url("**/cart")

    def change_quantity(self, quantity: int) -> None:
        box = self.page.locator("ul.lines input[type=number]").first
        box.fill(str(quantity))
        if self.scripts:
            with self.page.expect_navigation():
                box.press("Tab")
        else:
            self.page.get_by_role("button", name="Update the cart").click()
        expect(self.page.locator("ul.lines input[type=number]").first).to_have_value(str(quantity))

    def use_coupon(self, code: str) -> None:
        self.page.get_by_label("Discount code").fill(code)
        form = self.page.locator("form").filter(has=self.page.get_by_label("Discount code"))
        form.get_by_role("button", name="Use", exact=True).click()
        expect(self.page.locator("form[action='/cart/coupon']")).to_contain_text(code)

    def check_out(self, **typed: str) -> None:
        """Fill in the form of the checkout and order; ends at the page to pay."""
        self.page.get_by_role("link", name="Go to checkout").click()
        for field, text in (ADDRESS | typed).items():
            self.page.locator(f"#checkout [name={field}]").fill(text)
        self.page.locator("#checkout [name=country]").select_option("CN")
        self.page.get_by_role("button", name="Show ways to deliver").click()
        self.page.locator("input[name=delivery]").first.check()
        self.page.locator("input[name=payment]").first.check()
        self.page.get_by_role("button", name="Place the order and pay").click()
        self.page.wait_for_url("**/pay/**")

    def pay_at_the_bank(self) -> None:
        """Open the address that the code holds, press pay there, and come back to find the order paid."""
        expect(self.page.locator(".qr svg")).to_be_visible()
        with self.page.context.expect_page() as opened:
            self.page.locator(".pay-card a[target=_blank]").click()
        bank = opened.value
        bank.locator("button.main").click()
        expect(bank.locator("button.main")).to_have_count(0)
        bank.close()
        if not self.scripts:
            self.page.get_by_role("button", name="I have paid").click()
        self.page.wait_for_url("**/orders/**")
        self.sees_state("Paid")

    def sees_state(self, words: str) -> None:
        expect(self.page.locator(STATE)).to_have_text(words)

    def confirm_receipt(self) -> None:
        self.page.reload()
        self.sees_state("Shipped")
        self.page.once("dialog", lambda dialog: dialog.accept())
        self.page.locator("form[action$='/confirm'] button").click()
        self.sees_state("Completed")

    @property
    def code(self) -> str:
        """The code of the order that is shown."""
        return self.page.locator(".order-head .number").inner_text()


class Merchant:
    """The owner of a shop, at the console."""

    def __init__(self, page: Page, town: Town, stall: Stall) -> None:
        self.page, self.town, self.stall = page, town, stall

    def visit(self, path: str = "") -> None:
        self.page.goto(f"{self.town.console}/console{path}")

    def sign_in(self) -> None:
        self.page.goto(f"{self.town.console}/sign-in")
        self.page.get_by_label("E-mail").fill(self.stall.owner_email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        # The town is a demo: the code of the authenticator app is filled in.
        self.page.get_by_role("button", name="Go on").click()
        if "/choose" in self.page.url:
            self.page.locator("form[action='/choose'] button").click()
        self.page.wait_for_url("**/console**")

    def open_order(self, code: str) -> None:
        self.visit("/orders")
        self.page.get_by_role("link", name=code).click()
        expect(self.page.get_by_role("heading", name=code)).to_be_visible()

    def pack(self) -> None:
        self.page.get_by_role("button", name="Mark as packed").click()
        expect(self.page.locator(".page-head .badge")).to_have_text("Packed")

    def ship(self, carrier: str = "SF Express 顺丰", number: str = "SF1234567890") -> None:
        parcel = self.page.locator("article.parcel")
        parcel.get_by_label("Carrier").fill(carrier)
        parcel.get_by_label("Tracking number").fill(number)
        parcel.get_by_role("button", name="Ship this parcel").click()
        expect(self.page.locator(".page-head .badge")).to_have_text("Shipped")

    def available(self) -> str:
        """What the page of money says can be withdrawn."""
        self.visit("/money")
        return self.page.locator(".stat.good .value").inner_text()

    def withdraw(self) -> None:
        """Withdraw all that is available; ends when the bank has sent it."""
        self.visit("/money")
        self.page.get_by_role("button", name="Go on").click()
        self.page.get_by_role("button", name=re.compile("^Withdraw ")).click()
        expect(self.page.locator("#withdrawals tbody tr")).to_have_count(1)
        self.until_seen("#withdrawals .badge.good")

    def until_seen(self, selector: str, times: int = 40) -> None:
        """Look again until it is there: the worker does such things within seconds."""
        for _time in range(times):
            if self.page.locator(selector).count():
                return
            self.page.wait_for_timeout(500)
            self.page.reload()
        expect(self.page.locator(selector)).to_be_visible()
