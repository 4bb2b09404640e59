"""A browser, a town to walk in, and people with pages of their own. Whatever a page complains of fails its test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.journeys.town import Stall, Town
from tests.plugins.payment.bank_process import BankProcess

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
PATIENCE_MS = 20_000

Someone = Callable[..., "Page"]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A real Chromium; where there is none, the journeys are skipped."""
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed: pip install -e '.[browser]'"
    )
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on the PATH: journeys need a browser")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def town(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The application on SQLite with its worker and a bank, each a process of its own."""
    bank = BankProcess(tmp_path_factory.mktemp("bank"))
    bank.start()
    try:
        with Town(tmp_path_factory.mktemp("town"), bank).served() as found:
            yield found
    finally:
        bank.stop()


@pytest.fixture
def stall(town: Town) -> Stall:
    """A shop of the test's own."""
    return town.open_stall()


@pytest.fixture
def complaints() -> list[str]:
    """What the pages' own consoles complained of: errors of scripts, and whatever the content policy refused."""
    return []


@pytest.fixture
def someone(chromium: Browser, complaints: list[str]) -> Iterator[Someone]:
    """A person with a browser of their own: `someone(phone=True)` gives the page before them."""
    contexts: list[BrowserContext] = []

    note = complaints.append

    def listen(page: Page) -> None:
        page.on(
            "console", lambda said: note(f"{said.text} at {said.location['url']}") if said.type == "error" else None
        )
        page.on("pageerror", lambda error: note(str(error)))

    def arrive(*, phone: bool = False, scripts: bool = True, locale: str = "en-GB") -> Page:
        context = chromium.new_context(
            viewport=PHONE if phone else DESK, has_touch=phone, java_script_enabled=scripts, locale=locale
        )
        context.set_default_timeout(PATIENCE_MS)
        context.on("page", listen)
        contexts.append(context)
        return context.new_page()

    yield arrive
    for context in contexts:
        context.close()
    assert complaints == []
