"""Short ways to a shop with goods, a placed order, a paid order: for tests that begin where these end."""

from __future__ import annotations

from core.base import clock
from core.base.database import db
from core.base.ids import new_id
from core.base.transactions import transactional
from core.catalog.models import Product, Variant
from core.contract.views import AddressView
from core.inventory.service import set_stock_many
from core.orders.carts import add_to_cart
from core.orders.checkout import view_cart
from core.orders.placing import CheckoutDraft, Placed, place_order
from core.parties.models import Membership, Person
from core.payments.service import start_payment
from core.shops.context import ShopContext
from core.shops.models import Merchant, Shop
from core.shops.queries import shop_context
from tests.fakes import book

ADDRESS = AddressView("Li Lei", "13800000000", "CN", "Zhejiang", "Hangzhou", "1 West Lake Road")


@transactional
def make_shop(slug: str = "tea", **settings) -> str:
    """A shop with its owner; returns the merchant's id."""
    merchant_id, moment = new_id("mer"), clock.now()
    merchant = {key: settings.pop(key) for key in ("fee_ppm",) if key in settings}
    db.session.add(
        Merchant(id=merchant_id, slug=slug, name=slug.title(), currency="CNY", created_at=moment, **merchant)
    )
    db.session.flush()
    db.session.add(Shop(merchant_id=merchant_id, name=slug.title(), theme={}, **settings))
    db.session.add(make_person(merchant_id, "owner"))
    db.session.flush()
    db.session.add(
        Membership(person_id=f"{merchant_id}-owner"[:40], merchant_id=merchant_id, role="owner", created_at=moment)
    )
    return merchant_id


def make_person(merchant_id: str, role: str) -> Person:
    return Person(
        id=f"{merchant_id}-{role}"[:40],
        email=f"{role}@{merchant_id}.example",
        name=role,
        password_hash="-",
        created_at=clock.now(),
    )


def owner_of(merchant_id: str) -> str:
    return f"{merchant_id}-owner"[:40]


@transactional
def make_variant(merchant_id: str, *, price_minor: int = 1000, stock: int = 10, **columns) -> str:
    """A published product of one variant with stock; returns the variant's id."""
    product_id, variant_id, moment = new_id("prd"), new_id("var"), clock.now()
    db.session.add(
        Product(
            merchant_id=merchant_id,
            id=product_id,
            slug=product_id.lower(),
            name="Longjing",
            price_from_minor=price_minor,
            created_at=moment,
            updated_at=moment,
        )
    )
    db.session.flush()
    columns.setdefault("weight_grams", 100)
    db.session.add(
        Variant(merchant_id=merchant_id, id=variant_id, product_id=product_id, price_minor=price_minor, **columns)
    )
    db.session.flush()
    set_stock_many(merchant_id, {variant_id: stock}, reason="initial")
    return variant_id


def draft_for(shop: ShopContext, cart_id: str, **changes) -> CheckoutDraft:
    """A checkout that agrees to what the cart shows."""
    view = view_cart(shop, cart_id, address=ADDRESS, delivery="fakeship.flat/standard")
    values = {
        "cart_id": cart_id,
        "email": "buyer@example.com",
        "address": ADDRESS,
        "delivery_key": "fakeship.flat/standard",
        "payment_provider_id": "fakepay.qr",
        "agreed_total_minor": view.quote.total_minor,
        "locale": "en",
    }
    return CheckoutDraft(**{**values, **changes})


def placed_order(merchant_id: str, variant_id: str, quantity: int = 1) -> Placed:
    shop = shop_context(merchant_id)
    cart_id = add_to_cart(merchant_id, None, variant_id, quantity)
    return place_order(shop, draft_for(shop, cart_id))


def pay(merchant_id: str, placed: Placed, amount_minor: int | None = None) -> None:
    """The buyer pays at the other side, and the shop hears of it."""
    from core.payments.service import check_payment, get_payment

    shop = shop_context(merchant_id)
    payment = get_payment(merchant_id, placed.payment_id)
    start_payment(shop, placed.payment_id, return_url="https://x/", notify_url="https://x/")
    book.paid[placed.payment_id] = (f"ext-{placed.payment_id}", amount_minor or payment.amount_minor)
    check_payment(shop, placed.payment_id)


def paid_order(merchant_id: str, variant_id: str, quantity: int = 1) -> Placed:
    placed = placed_order(merchant_id, variant_id, quantity)
    pay(merchant_id, placed)
    return placed
