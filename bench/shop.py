"""A shop on PostgreSQL to measure with: goods, carts with sessions, and its addresses."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from core.base.database import Base, db
from core.base.ids import new_id
from core.base.transactions import transactional
from core.catalog.details import ProductDetails, VariantDetails
from core.catalog.images import add_image
from core.catalog.queries import product_by_slug
from core.catalog.service import create_product
from core.orders.carts import add_to_cart
from core.parties.service import register_member
from core.parties.sessions import open_visitor_session
from core.seed.goods import TEA
from core.seed.pictures import picture
from core.shops.service import open_shop

HOST = "tea.localhost"
STOCK = 1_000_000


@dataclass(frozen=True, slots=True)
class BenchShop:
    """Where things are."""

    merchant_id: str
    slugs: tuple[str, ...]
    variant_ids: tuple[str, ...]


def make(app: Flask) -> BenchShop:
    """Tables and a shop with the tea merchant's goods."""
    with app.app_context():
        Base.metadata.create_all(db.engine)
        owner = register_member(email="owner@bench.example", name="Owner", password="bench-password", locale="en")
        merchant_id = open_shop("tea", TEA.name, currency="CNY", owner_person_id=owner, tax_ppm=130_000)
        slugs, variants = [], []
        for index, product in enumerate(TEA.products):
            product_id = create_product(
                merchant_id,
                ProductDetails(name=product.name, slug=f"tea-{index}", description_html=f"<p>{product.story}</p>"),
                variants=[VariantDetails(price_minor=product.price, weight_grams=100, on_hand=STOCK)],
            )
            if index < 4:
                add_image(merchant_id, product_id, picture(product.name, product.shape, product.hue), alt=product.name)
            found = product_by_slug(merchant_id, f"tea-{index}")
            assert found is not None
            slugs.append(f"tea-{index}")
            variants.append(found.variants[0].id)
        return BenchShop(merchant_id, tuple(slugs), tuple(variants))


def carts(app: Flask, shop: BenchShop, count: int, lines: int = 2) -> list[str]:
    """Cookies of so many sessions, each with a cart of its own."""
    tokens = []

    @transactional
    def batch(begin: int, size: int) -> None:
        for number in range(begin, begin + size):
            cart_id = None
            for line in range(lines):
                variant = shop.variant_ids[(number * 3 + line) % len(shop.variant_ids)]
                cart_id = add_to_cart(shop.merchant_id, cart_id, variant, 1)
            tokens.append(open_visitor_session(shop.merchant_id, cart_id=cart_id))

    with app.app_context():
        for begin in range(0, count, 100):
            batch(begin, min(100, count - begin))
    return tokens


def unique() -> str:
    """An id for a database of this run."""
    return "tongbao_bench_" + new_id("b")[-6:]
