"""What the demo's shops say about tax and papers: rates by kind of goods and place, a dealer, numbers and words."""

from __future__ import annotations

from core.documents.settings import change_paper_settings
from core.seed.goods import BLACK, GREEN, OOLONG
from core.taxes.service import change_tax_settings, create_tax_category, exempt_customer, save_tax_rate

FOOD_SHELVES = frozenset({GREEN, OOLONG, BLACK})
NUMBERS = {"tea": "91330106MA2TEA018X", "ceramics": "91360203MA3KILN72Q", "cycles": "91440101MA5BIKE53F"}
PREFIXES = {"tea": "TEA", "ceramics": "KILN", "cycles": "BIKE"}


def set_up_papers(merchant_id: str, slug: str, owner_id: str) -> str | None:
    """Name the taxes, give invoices their numbers and words; gives the category of food, where the shop sells any."""
    change_tax_settings(
        merchant_id,
        tax_ppm=130_000,
        name="VAT 增值税",
        prices_include_tax=True,
        rounding="total",
        delivery="goods" if slug == "tea" else "standard",
        actor_id=owner_id,
    )
    change_paper_settings(
        merchant_id,
        actor_id=owner_id,
        legal_id=NUMBERS[slug],
        tax_id=NUMBERS[slug],
        invoice_prefix=PREFIXES[slug],
        credit_note_prefix=f"{PREFIXES[slug]}-CN",
        invoice_payment_note="七天无理由退货 · Send it back within seven days, unused.",
        invoice_footer="感谢惠顾 Thank you for buying from a small shop.",
    )
    rates: list[tuple[str | None, str, str, int, str]] = [
        (None, "HK", "", 0, "No VAT 免税"),
        (None, "DE", "", 190_000, "MwSt."),
    ]
    food = None
    if slug == "tea":
        food = create_tax_category(merchant_id, "Food 食品", actor_id=owner_id)
        rates += [(food, "CN", "", 90_000, "VAT 增值税"), (food, "DE", "", 70_000, "MwSt.")]
    for category_id, country, region, rate_ppm, name in rates:
        save_tax_rate(
            merchant_id,
            category_id=category_id,
            country=country,
            region=region,
            postal_prefix="",
            rate_ppm=rate_ppm,
            name=name,
            actor_id=owner_id,
        )
    return food


def exempt_a_dealer(merchant_id: str, customer_id: str, owner_id: str) -> None:
    """One of the buyers is a dealer abroad, who owes the tax at home."""
    exempt_customer(merchant_id, customer_id, reason="Reverse charge", tax_id="DE136695976", actor_id=owner_id)
