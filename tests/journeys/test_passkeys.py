"""Passkeys in a real browser, with an authenticator that Chromium plays: made, then used for both ways to sign in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Someone
from tests.journeys.people import Merchant
from tests.journeys.test_pages import faults
from tests.journeys.town import PASSWORD, Stall, Town

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("journeys")]


@contextmanager
def authenticator(page: Page) -> Iterator[None]:
    """A phone or stick beside this browser, whose holder always agrees."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    try:
        yield
    finally:
        devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": made["authenticatorId"]})


CONSOLE = re.compile(r"^[^?]*/console/")
"""The console itself: the address of the second step names it as well, behind its question mark."""


def test_a_passkey_is_made_and_signs_in_by_itself_and_as_the_second_step(
    town: Town, stall: Stall, someone: Someone, complaints: list[str]
) -> None:
    page = someone(phone=True)
    merchant = Merchant(page, town, stall)
    merchant.sign_in()
    with authenticator(page):
        page.goto(f"{town.console}/member/security")
        found = faults(page)
        page.get_by_role("link", name="Add", exact=True).click()
        found += faults(page)
        page.get_by_label("Name").fill("My phone")
        page.get_by_role("button", name="Make the passkey").click()
        page.wait_for_url("**/member/security/codes")
        found += faults(page)
        page.get_by_role("button", name="Make recovery codes").click()
        expect(page.locator("ol.codes li")).to_have_count(10)
        found += faults(page)
        page.get_by_role("link", name="I have kept them").click()
        expect(page.get_by_text("My phone")).to_be_visible()

        sign_out(page)
        page.goto(f"{town.console}/sign-in")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url(CONSOLE)

        sign_out(page)
        page.goto(f"{town.console}/sign-in")
        page.get_by_label("E-mail").fill(stall.owner_email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url("**/sign-in/factor**")
        found += faults(page)
        page.get_by_role("button", name="Use a passkey").click()
        page.wait_for_url(CONSOLE)

        page.goto(f"{town.console}/member/security")
        page.once("dialog", lambda dialog: dialog.accept())
        page.locator("form[action*='/passkeys/'] button").click()
        expect(page.get_by_text("The passkey is removed.")).to_be_visible()
    assert found == []


def test_without_scripts_an_authenticator_app_is_offered_instead(town: Town, stall: Stall, someone: Someone) -> None:
    page = someone(scripts=False)
    merchant = Merchant(page, town, stall)
    merchant.sign_in()
    page.goto(f"{town.console}/member/security/passkeys/new")
    expect(page.get_by_text(re.compile("cannot make passkeys"))).to_be_visible()
    expect(page.get_by_role("button", name="Make the passkey")).to_be_hidden()


def sign_out(page: Page) -> None:
    page.locator("header summary").first.click()
    page.locator("form[action='/sign-out'] button >> visible=true").first.click()
    page.wait_for_url("**/sign-in**")
