"""Discounts of a demo shop: codes, and an offer that applies by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from core.base import clock
from core.base.money import PPM
from core.discounts.service import Terms, create_discount, make_codes

_PERCENT = 10_000
ONCE_CODES = 24


def make_offers(merchant_id: str, shelves: Mapping[str, str]) -> None:
    """Three codes that everybody knows, codes for one use, and "the third of the first shelf is free"."""
    moment = clock.now()

    def code(code: str, terms: Terms) -> str:
        return create_discount(merchant_id, terms, code=code, actor_id=None)

    code("WELCOME10", Terms(kind="percent", rate_ppm=10 * _PERCENT, with_delivery=True))
    code("THANKS20", Terms(kind="amount", amount_minor=20_00, minimum_minor=150_00))
    code("FREESHIP", Terms(kind="shipping", uses_max=50, with_goods=True))
    regulars = code("REGULARS", Terms(title="For regular buyers", kind="percent", rate_ppm=15 * _PERCENT))
    make_codes(merchant_id, regulars, ONCE_CODES, prefix="TEA", actor_id=None)
    name, shelf_id = next(iter(shelves.items()))
    create_discount(
        merchant_id,
        Terms(
            title=f"{name}: 3 for 2 · 买二送一",
            kind="bxgy",
            rate_ppm=PPM,
            buy_quantity=2,
            scope="categories",
            scope_ids=(shelf_id,),
            get_scope="categories",
            get_ids=(shelf_id,),
            with_goods=True,
            with_delivery=True,
            ends_at=moment + timedelta(days=120),
        ),
        method="automatic",
        actor_id=None,
    )
