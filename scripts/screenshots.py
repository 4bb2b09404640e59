"""Takes the pictures of the README: makes the demo in a temporary folder, serves it, walks through it in Chromium.

make screenshots        (needs Chromium and playwright)
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from core.seed.people import MEMBERS, PASSWORD

IMAGES = Path(__file__).parent.parent / "docs" / "images"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
COLOURS = 256
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
READY_SECONDS_MAX = 60


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1]) % 40000 + 20000


@contextmanager
def demo() -> Iterator[int]:
    """The demo, made anew and served, as `make run` does it; gives its port."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        environ = {**os.environ, "TONGBAO_DATA_DIR": folder, "PORT": str(port)}
        environ.pop("TONGBAO_DATABASE_URL", None)
        tongbao = [sys.executable, "-m", "core.cli"]
        for command in (["translations", "compile", "--quiet"], ["db", "upgrade"], ["seed", "demo"]):
            subprocess.run([*tongbao, *command], env=environ, check=True)
        server = subprocess.Popen([*tongbao, "run", "--demo"], env=environ)
        try:
            deadline = time.monotonic() + READY_SECONDS_MAX
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), 1).close()
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.2)
            yield port
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)


def keep(name: str, picture: Image.Image) -> None:
    """Keep a picture small: few colours are enough for a page."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    reduced = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.FLOYDSTEINBERG)
    reduced.save(IMAGES / f"{name}.png", optimize=True)
    print(f"{name}.png  {(IMAGES / f'{name}.png').stat().st_size // 1024} kB")


def shot(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def beside(left: Image.Image, right: Image.Image, gap: int = 24) -> Image.Image:
    """A wide page and a phone, side by side on the colour of paper."""
    height = max(left.height, right.height) + 2 * gap
    whole = Image.new("RGB", (left.width + right.width + 3 * gap, height), "#e9e4da")
    whole.paste(left, (gap, gap))
    whole.paste(right, (left.width + 2 * gap, gap))
    return whole


def open_page(browser: Browser, url: str, size: dict[str, int], locale: str = "en") -> Page:
    context = browser.new_context(viewport=size, locale=locale)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(url)
    return page


def buy(browser: Browser, port: int) -> None:
    """A phone goes from the shelf to the bank's code; the pictures on the way are kept."""
    page = open_page(browser, f"http://tea.localhost:{port}/", PHONE)
    page.locator("main a[href^='/products/']").nth(1).click()
    page.wait_for_load_state()
    product = shot(page)
    page.get_by_role("button", name="Add to cart").first.click()
    page.wait_for_load_state()
    page.goto(f"http://tea.localhost:{port}/checkout")
    typed = {
        "email": "anna@example.com",
        "name": "Anna Berg",
        "phone": "13700137000",
        "region": "Shanghai",
        "city": "Shanghai",
        "line1": "Anfu Road 201",
    }
    for name, value in typed.items():
        page.fill(f"[name={name}]", value)
    update = page.locator("button[name=action][value=update]")
    if update.count():
        update.last.click()
        page.wait_for_load_state()
    checkout = shot(page)
    page.locator("button[name=action][value=place]").last.click()
    page.wait_for_url("**/pay/**")
    keep("pay", beside(beside(product, checkout, 12), shot(page), 12))


def main() -> None:
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser_path is None:
        sys.exit("Chromium is needed: apt-get install chromium")
    with demo() as port, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path, args=FLAGS)
        wide = shot(open_page(browser, f"http://tea.localhost:{port}/", WIDE))
        phone = shot(open_page(browser, f"http://ceramics.localhost:{port}/", PHONE, "zh-CN"))
        keep("storefront", beside(wide, phone))
        keep("storefront-zh-hant", shot(open_page(browser, f"http://cycles.localhost:{port}/", WIDE, "zh-TW")))
        buy(browser, port)
        page = open_page(browser, f"http://localhost:{port}/sign-in", WIDE)
        page.fill("[name=email]", MEMBERS["tea"][0][0])
        page.fill("[name=password]", PASSWORD)
        page.locator("form:has([name=password]) button").first.click()
        # The demo fills the second code in.
        page.locator("form[action='/sign-in/factor'] button.primary").click()
        page.wait_for_url("**/console/**")
        for name, path in (
            ("console-home", "/console/"),
            ("console-money", "/console/money"),
        ):
            page.goto(f"http://localhost:{port}{path}")
            keep(name, shot(page))
        page.goto(f"http://localhost:{port}/console/orders?state=shipped")
        page.locator("main table a, main a[href*='/console/orders/']").first.click()
        page.wait_for_load_state()
        keep("console-order", shot(page))
        browser.close()


if __name__ == "__main__":
    main()
