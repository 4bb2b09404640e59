"""Takes the pictures of the guides: makes the demo in a temporary folder, serves it, and looks at it as its people do.

make guide-pictures     (needs Chromium and playwright)

Every picture is taken in English and in Simplified Chinese at a fixed size, without moving parts.
"""

from __future__ import annotations

import io
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from core.seed.people import MEMBERS, PASSWORD, STAFF
from scripts.screenshots import FLAGS, PHONE, demo

IMAGES = Path(__file__).parent.parent / "docs" / "guides" / "images"
LANGUAGES = {"en": "en", "zh": "zh_Hans"}
WIDE = {"width": 1280, "height": 800}
COLOURS = 64
SECONDS_MAX = 20
OWNER, ADMIN = MEMBERS["tea"][0][0], STAFF[0]
Act = Callable[[Page], None]


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: whose page it is, where, how wide, and what is done before it is taken."""

    name: str
    path: str
    who: str = OWNER
    size: str = "wide"
    act: Act | None = None
    of: str = ""
    """Only this part of the page; the whole window where empty."""


def first(selector: str) -> Act:
    """Follow the first link of a kind."""

    def follow(page: Page) -> None:
        page.goto(str(page.locator(selector).first.evaluate("link => link.href")))

    return follow


def down_to(selector: str) -> Act:
    """Scroll until a part stands near the top."""

    def scroll(page: Page) -> None:
        page.locator(selector).first.evaluate("part => window.scrollTo(0, part.getBoundingClientRect().top - 24)")

    return scroll


def then(*acts: Act) -> Act:
    """Several things one after the other."""

    def all_of(page: Page) -> None:
        for act in acts:
            act(page)

    return all_of


ORDER = "main a[href^='/console/orders/ord']"
PRODUCT = "main a[href^='/console/products/prd'], main a[href^='/console/products/prod']"
SHOTS = (
    Shot("home", "/console/"),
    Shot("reports", "/console/reports"),
    Shot("settings", "/console/settings"),
    Shot("product-new", "/console/products/new"),
    Shot("products", "/console/products"),
    Shot("import", "/console/import"),
    Shot("exports", "/console/exports"),
    Shot("orders", "/console/orders"),
    Shot("order", "/console/orders?state=paid", act=first(ORDER)),
    Shot("order-shipped", "/console/orders?state=shipped", act=first(ORDER)),
    Shot("returns", "/console/returns"),
    Shot("stock", "/console/stock"),
    Shot("money", "/console/money"),
    Shot("verification", "/member/verification"),
    Shot("team", "/console/team"),
    Shot("security", "/member/security"),
    Shot("domains", "/console/domains"),
    Shot("theme", "/console/theme"),
    Shot("pages", "/console/pages"),
    Shot("plugins", "/console/plugins"),
    Shot("invoices", "/console/invoices"),
    Shot("taxes", "/console/taxes"),
    Shot("shop-phone", "tea:/", size="phone"),
    Shot("home-phone", "/console/", size="phone"),
    Shot("office", "/office/", who=ADMIN),
    Shot("office-reviews", "/office/reviews", who=ADMIN),
    Shot("office-review", "/office/reviews", who=ADMIN, act=first("main a[href^='/office/reviews/']")),
    Shot("office-approvals", "/office/approvals", who=ADMIN),
    Shot("office-approval", "/office/approvals", who=ADMIN, act=first("main a[href^='/office/approvals/']")),
    Shot("office-limits", "/office/limits", who=ADMIN),
    Shot("office-merchants", "/office/merchants", who=ADMIN),
    Shot("office-ledger", "/office/ledger", who=ADMIN),
    Shot("office-correct", "/office/ledger/correct", who=ADMIN),
    Shot("office-audit", "/office/audit", who=ADMIN),
    Shot("office-work", "/office/work", who=ADMIN),
    Shot("office-reconciliation", "/office/reconciliation", who=ADMIN),
    Shot("office-plugin", "/office/plugins/payment", who=ADMIN),
    Shot("discounts", "/console/discounts"),
    Shot("discount-new", "/console/discounts/new?kind=bxgy&method=automatic"),
    Shot("api-keys", "/console/api"),
    Shot("webhooks", "/console/webhooks"),
    Shot("api-docs", "/api/docs"),
)


def keep(language: str, name: str, taken: bytes) -> int:
    """Keep a picture small: few colours, no dithering (paper is plain). Gives its size in bytes."""
    path = IMAGES / language / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.open(io.BytesIO(taken)).convert("RGB")
    dither = Image.Dither.NONE if not name.startswith("shop-") else Image.Dither.FLOYDSTEINBERG
    picture.quantize(COLOURS, dither=dither).save(path, optimize=True)
    return path.stat().st_size


def sign_in(context: BrowserContext, base: str, email: str) -> None:
    """Come in as a person of the demo, whose second code is filled in."""
    page = context.new_page()
    page.goto(f"{base}/sign-in")
    page.fill("[name=email]", email)
    page.fill("[name=password]", PASSWORD)
    page.locator("form:has([name=password]) button").first.click()
    page.locator("form[action='/sign-in/factor'] button.primary").click()
    page.wait_for_url(re.compile(r"^[^?]*/(console|office|member|choose)"))
    page.close()


def take(browser: Browser, port: int, language: str, wanted: set[str]) -> int:
    """All pictures of one language; gives their bytes together."""
    base = f"http://localhost:{port}"
    cookie = {"name": "tb_lang", "value": LANGUAGES[language], "domain": "localhost", "path": "/"}
    contexts: dict[str, BrowserContext] = {}
    total = 0
    for shot in SHOTS:
        if wanted and shot.name not in wanted:
            continue
        if shot.who not in contexts:
            contexts[shot.who] = browser.new_context(
                locale="zh-CN" if language == "zh" else "en", reduced_motion="reduce", timezone_id="Asia/Shanghai"
            )
            contexts[shot.who].set_default_timeout(SECONDS_MAX * 1000)
            contexts[shot.who].add_cookies([cookie])  # type: ignore[list-item]
            sign_in(contexts[shot.who], base, shot.who)
        page = contexts[shot.who].new_page()
        page.set_viewport_size(WIDE if shot.size == "wide" else PHONE)  # type: ignore[arg-type]
        shop, _colon, path = shot.path.rpartition(":")
        page.goto((f"http://{shop}.localhost:{port}" if shop else base) + path)
        if shot.act is not None:
            shot.act(page)
        page.wait_for_load_state("networkidle")
        taken = (page.locator(shot.of).first if shot.of else page).screenshot(animations="disabled", caret="hide")
        size = keep(language, shot.name, taken)
        total += size
        print(f"{language}/{shot.name}.png  {size // 1024} kB", flush=True)
        page.close()
    for context in contexts.values():
        context.close()
    return total


def main(wanted: set[str]) -> None:
    """Take the pictures that are named, or all."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        sys.exit("Chromium is needed: apt-get install chromium")
    with demo() as port, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=FLAGS)
        total = sum(take(browser, port, language, wanted) for language in LANGUAGES)
        browser.close()
    print(f"{total // 1024} kB together")


if __name__ == "__main__":
    main(set(sys.argv[1:]))
