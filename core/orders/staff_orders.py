"""Orders that staff make for somebody: priced as checkout prices, with prices, discounts and delivery of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import select

from core.base import clock
from core.base.database import db
from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_code, new_id
from core.base.outbox import emit
from core.catalog.gifts import AMOUNT_MINOR_MAX
from core.catalog.models import GIFT_CARD, Product, Variant
from core.contract.runtime import dispatch
from core.contract.views import AddressView, FeeLine, OrderView
from core.discounts.rules import Offer
from core.inventory import service as inventory
from core.orders.basket import CartItem, DeliveryChoice, LoadedCart, line_view, quote_items, stocked
from core.orders.errors import AddressNeeded, CartEmpty, NotForSale
from core.orders.gifts import CARDS_PER_LINE_MAX
from core.orders.placing import CheckoutDraft, write_order
from core.orders.pricing import Charge, Quote
from core.orders.states import OrderState
from core.shops.context import ShopContext
from core.shops.trading import order_prefix, pay_link_days
from core.taxes.queries import exemption_of

LINES_MAX = 100
CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class WantedLine:
    """So many of a variant, at its own price or (`unit_price_minor`) at another."""

    variant_id: str
    quantity: int
    unit_price_minor: int | None = None


@dataclass(frozen=True, slots=True)
class WantedOrder:
    """All that an order made by staff consists of. `delivery` is its label and price, `fees` are lines of any kind."""

    email: str
    locale: str
    lines: tuple[WantedLine, ...]
    address: AddressView | None = None
    customer_id: str | None = None
    delivery: tuple[str, int] | None = None
    offers: tuple[Offer, ...] = ()
    fees: tuple[FeeLine, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A wanted order with its goods and its price."""

    items: tuple[CartItem, ...]
    delivery: DeliveryChoice | None
    quote: Quote
    tax_note: str


@dataclass(frozen=True, slots=True)
class Made:
    """The order that was made."""

    order_id: str
    code: str
    total_minor: int
    credit_minor: int = 0
    """How much of the credit it took."""


def prepare_order(shop: ShopContext, wanted: WantedOrder, *, credit: tuple[str, int] | None = None) -> Prepared:
    """Price what is wanted; `credit` (label, amount) is taken off the whole, as far as it goes.

    Raises CartEmpty, NotForSale, Invalid, AddressNeeded.
    """
    items = items_of(shop.merchant_id, wanted.lines)
    if not items and not wanted.fees:
        raise CartEmpty
    if credit is not None and any(item.is_card for item in items):
        raise Invalid(_("A gift card cannot be given in exchange. Give money back, and let it be bought."))
    if wanted.address is None and any(item.requires_shipping for item in items):
        raise AddressNeeded
    delivery = None
    if wanted.delivery is not None:
        delivery = DeliveryChoice("core.staff/own", wanted.delivery[0], "", wanted.delivery[1], None, None)
    exempt = exemption_of(shop.merchant_id, wanted.customer_id)
    quote = quote_items(
        shop,
        items,
        offers=wanted.offers,
        delivery=delivery,
        fees=wanted.fees,
        address=wanted.address,
        exempt=exempt is not None,
    )
    if credit is not None:
        quote = _less(quote, *credit)
    note = " · ".join(filter(None, (exempt.reason, exempt.tax_id))) if exempt is not None else ""
    return Prepared(items, delivery, quote, note)


def _less(quote: Quote, label: str, credit_minor: int) -> Quote:
    off = min(credit_minor, quote.total_minor)
    return replace(
        quote,
        charges=(*quote.charges, Charge("discount", CREDIT, label, -off)) if off else quote.charges,
        discount_minor=quote.discount_minor + off,
        total_minor=quote.total_minor - off,
    )


def items_of(merchant_id: str, lines: Sequence[WantedLine]) -> tuple[CartItem, ...]:
    """The goods of these lines as the catalogue has them now, each variant in a line of its own.

    Raises Invalid (a number out of range, a variant twice), NotForSale (a variant that is not there).
    """
    if len(lines) > LINES_MAX or len({line.variant_id for line in lines}) != len(lines):
        raise Invalid(_("Each product stands in one line, and there are at most %(count)d lines.", count=LINES_MAX))
    for line in lines:
        if not 0 < line.quantity <= 9999 or (line.unit_price_minor is not None and line.unit_price_minor < 0):
            raise Invalid(_("Choose how many of each product, from 1 to 9999."))
    rows = {
        row.Variant.id: row
        for row in db.session.execute(
            select(Variant, Product)
            .join(Product, (Product.merchant_id == Variant.merchant_id) & (Product.id == Variant.product_id))
            .where(Variant.merchant_id == merchant_id, Variant.id.in_([line.variant_id for line in lines]))
        )
    }
    if len(rows) != len(lines):
        raise NotForSale
    return tuple(_item(rows[line.variant_id].Variant, rows[line.variant_id].Product, line) for line in lines)


def _item(variant: Variant, product: Product, line: WantedLine) -> CartItem:
    price_minor = variant.price_minor if line.unit_price_minor is None else line.unit_price_minor
    card = product.kind == GIFT_CARD
    if card and not (0 < price_minor <= AMOUNT_MINOR_MAX and line.quantity <= CARDS_PER_LINE_MAX):
        words = _("At most %(most)s gift cards at a time, each worth something.", most=CARDS_PER_LINE_MAX)
        raise Invalid(words)
    return CartItem(
        line_id=variant.id,
        variant_id=variant.id,
        product_id=product.id,
        product_slug=product.slug,
        name=product.name,
        variant_label=variant.label,
        sku=variant.sku or "",
        image_url=product.image_url,
        quantity=line.quantity,
        seen_price_minor=price_minor,
        unit_price_minor=price_minor,
        compare_at_minor=None,
        weight_grams=0 if card else variant.weight_grams,
        taxable=variant.taxable and not card,
        tax_category_id=product.tax_category_id,
        requires_shipping=variant.requires_shipping and not card,
        for_sale=True,
        available=None,
        kind=product.kind,
    )


def make_order(
    shop: ShopContext,
    wanted: WantedOrder,
    *,
    actor_id: str,
    credit: tuple[str, int] | None = None,
    ask: bool = True,
) -> Made:
    """Make the order: its stock is reserved and its prices are fixed.

    What is to be paid may be paid for as long as the shop says, and with `ask` the buyer is sent a link.
    In a use case. Raises as `prepare_order` does, StockGone.
    """
    prepared = prepare_order(shop, wanted, credit=credit)
    order_id, code, moment = new_id("ord"), order_prefix(shop.options) + new_code(), clock.now()
    pieces = stocked(prepared.items)
    if pieces:
        inventory.reserve(shop.merchant_id, order_id, pieces)
    cart = LoadedCart(new_id("crt"), None, None, {}, None, prepared.items)
    unpaid = prepared.quote.total_minor > 0
    write_order(
        shop,
        cart,
        CheckoutDraft(
            cart_id=cart.cart_id,
            email=wanted.email,
            address=wanted.address,
            delivery_key=None,
            payment_provider_id=None,
            agreed_total_minor=prepared.quote.total_minor,
            locale=wanted.locale,
            customer_id=wanted.customer_id,
            note=wanted.note,
        ),
        prepared.quote,
        prepared.delivery,
        order_id,
        code,
        moment,
        moment + timedelta(days=pay_link_days(shop.options)) if unpaid else None,
        prepared.tax_note,
        actor=actor_id,
    )
    db.session.flush()
    dispatch().call(
        "order_placing",
        shop.plugins,
        shop=shop.views(),
        order=OrderView(
            order_id=order_id,
            code=code,
            state=OrderState.PENDING,
            currency=shop.currency,
            total_minor=prepared.quote.total_minor,
            lines=tuple(line_view(item) for item in prepared.items),
            extras={},
        ),
    )
    emit("order.placed", {"order_id": order_id, "code": code}, merchant_id=shop.merchant_id)
    if unpaid and ask:
        emit("order.payment_asked", {"order_id": order_id, "asked": "first"}, merchant_id=shop.merchant_id)
    if not unpaid:
        emit("order.paid", {"order_id": order_id, "code": code}, merchant_id=shop.merchant_id)
    used = -sum(charge.amount_minor for charge in prepared.quote.charges if charge.code == CREDIT)
    return Made(order_id, code, prepared.quote.total_minor, used)
