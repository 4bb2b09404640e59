"""What a visitor can do with a cart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, func, select, update

from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.transactions import transactional
from core.catalog.gifts import GiftTerms
from core.catalog.models import GIFT_CARD, Product, Variant
from core.discounts.offers import typed_offer
from core.giftcards.spending import card_by_code
from core.inventory.errors import StockGone
from core.inventory.models import Stock
from core.orders.basket import load_cart
from core.orders.discounting import allowed_code
from core.orders.errors import NotForSale
from core.orders.gifts import CARDS_PER_LINE_MAX, Gift
from core.orders.models import Cart, CartLine
from core.shops.queries import shop_context
from core.shops.zones import local_day

QUANTITY_MAX = 9999
LINES_MAX = 100


def _open_cart(merchant_id: str, cart_id: str | None) -> Cart:
    """The visitor's cart, locked, or a new one where there is none or it has become an order."""
    if cart_id is not None:
        cart = db.session.get(Cart, (merchant_id, cart_id), with_for_update=True)
        if cart is not None and cart.order_id is None:
            cart.updated_at = clock.now()
            return cart
    moment = clock.now()
    cart = Cart(merchant_id=merchant_id, id=new_id("crt"), extras={}, created_at=moment, updated_at=moment)
    db.session.add(cart)
    db.session.flush()
    return cart


def _existing_cart(merchant_id: str, cart_id: str | None) -> Cart:
    cart = db.session.get(Cart, (merchant_id, cart_id), with_for_update=True) if cart_id else None
    if cart is None or cart.order_id is not None:
        raise NotFound(_("This cart is gone. Start a new one."))
    cart.updated_at = clock.now()
    return cart


@transactional
def add_to_cart(
    merchant_id: str,
    cart_id: str | None,
    variant_id: str,
    quantity: int,
    *,
    gift: Gift | None = None,
    own_minor: int | None = None,
) -> str:
    """Put goods into a cart (a new one if there is none). Returns the cart's id.

    A gift card has a line of its own each time: `gift` says whom it is for, `own_minor` what to put on it where the
    shop lets buyers choose. Raises Invalid, NotForSale, StockGone when less is left than would then be in the cart.
    """
    if not 1 <= quantity <= QUANTITY_MAX:
        raise Invalid(_("A quantity lies between 1 and %(most)s.", most=QUANTITY_MAX))
    found = db.session.execute(
        select(Variant.price_minor, Stock.on_hand - Stock.reserved, Stock.tracked, Product.kind, Product.gift)
        .join(Product, (Product.merchant_id == Variant.merchant_id) & (Product.id == Variant.product_id))
        .outerjoin(Stock, (Stock.merchant_id == Variant.merchant_id) & (Stock.variant_id == Variant.id))
        .where(Variant.merchant_id == merchant_id, Variant.id == variant_id, Variant.active, Product.published)
    ).one_or_none()
    if found is None:
        raise NotForSale
    price_minor, left, tracked, kind, terms = found
    if kind == GIFT_CARD:
        return _add_card(merchant_id, cart_id, variant_id, quantity, gift or Gift(), own_minor, price_minor, terms)
    if own_minor is not None or gift is not None:
        raise Invalid(_("Only a gift card has an amount of its own and somebody whom it is for."))
    cart = _open_cart(merchant_id, cart_id)
    line = db.session.execute(
        select(CartLine).where(
            CartLine.merchant_id == merchant_id,
            CartLine.cart_id == cart.id,
            CartLine.variant_id == variant_id,
            CartLine.gift_key == "",
        )
    ).scalar_one_or_none()
    wanted = quantity + (line.quantity if line else 0)
    if tracked is not False and wanted > max(0, left or 0):
        raise StockGone({variant_id: max(0, left or 0)})
    if wanted > QUANTITY_MAX:
        raise Invalid(_("A quantity lies between 1 and %(most)s.", most=QUANTITY_MAX))
    if line is not None:
        line.quantity = wanted
        line.seen_price_minor = price_minor
    else:
        if cart_count(merchant_id, cart.id, lines=True) >= LINES_MAX:
            raise Invalid(_("A cart holds at most %(most)s different things.", most=LINES_MAX))
        db.session.add(
            CartLine(
                merchant_id=merchant_id,
                id=new_id("cln"),
                cart_id=cart.id,
                variant_id=variant_id,
                quantity=quantity,
                seen_price_minor=price_minor,
                created_at=clock.now(),
            )
        )
    return cart.id


def _add_card(
    merchant_id: str,
    cart_id: str | None,
    variant_id: str,
    quantity: int,
    gift: Gift,
    own_minor: int | None,
    price_minor: int,
    terms: Mapping[str, Any],
) -> str:
    if quantity > CARDS_PER_LINE_MAX:
        words = _("At most %(most)s cards for one person.", most=CARDS_PER_LINE_MAX)
        raise Invalid(words, fields={"quantity": words})
    if own_minor is not None and not GiftTerms.of(terms).takes(own_minor):
        words = _("This shop does not make gift cards of this amount.")
        raise Invalid(words, fields={"own_amount": words})
    gift = gift.checked(local_day(shop_context(merchant_id), clock.now()))
    cart = _open_cart(merchant_id, cart_id)
    if cart_count(merchant_id, cart.id, lines=True) >= LINES_MAX:
        raise Invalid(_("A cart holds at most %(most)s different things.", most=LINES_MAX))
    line_id = new_id("cln")
    db.session.add(
        CartLine(
            merchant_id=merchant_id,
            id=line_id,
            cart_id=cart.id,
            variant_id=variant_id,
            quantity=quantity,
            own_price_minor=own_minor,
            gift=gift.as_json(),
            gift_key=line_id,
            seen_price_minor=price_minor if own_minor is None else own_minor,
            created_at=clock.now(),
        )
    )
    return cart.id


@transactional
def set_quantity(merchant_id: str, cart_id: str | None, line_id: str, quantity: int) -> None:
    """Change how many of a line are wanted; 0 takes it out. Raises NotFound, Invalid."""
    cart = _existing_cart(merchant_id, cart_id)
    if not 0 <= quantity <= QUANTITY_MAX:
        raise Invalid(_("A quantity lies between 0 and %(most)s.", most=QUANTITY_MAX))
    where = (CartLine.merchant_id == merchant_id, CartLine.cart_id == cart.id, CartLine.id == line_id)
    if quantity == 0:
        db.session.execute(delete(CartLine).where(*where))
        return
    key = db.session.scalar(select(CartLine.gift_key).where(*where))
    if key and quantity > CARDS_PER_LINE_MAX:
        raise Invalid(_("At most %(most)s cards for one person.", most=CARDS_PER_LINE_MAX))
    changed = db.session.execute(
        update(CartLine).where(*where).values(quantity=quantity).returning(CartLine.id)
    ).scalar_one_or_none()
    if changed is None:
        raise NotFound(_("This line is not in the cart any more."))


@transactional
def set_coupon(merchant_id: str, cart_id: str | None, code: str | None) -> None:
    """Use a code on the cart, or none. Raises CouponRefused with the reason, NotFound."""
    cart = _existing_cart(merchant_id, cart_id)
    if not code or not code.strip():
        cart.coupon_code = None
        return
    loaded = load_cart(merchant_id, cart.id)
    cart.coupon_code = allowed_code(merchant_id, loaded.items if loaded else (), code).offer.code


@transactional
def remember_code(merchant_id: str, cart_id: str | None, code: str) -> None:
    """Keep a code with the cart, whether or not what is in it has reached what the code asks for.

    Raises CouponRefused when the code gives nothing to anybody now, NotFound.
    """
    cart = _existing_cart(merchant_id, cart_id)
    cart.coupon_code = typed_offer(merchant_id, code, ()).offer.code


@transactional
def set_gift_card(merchant_id: str, cart_id: str | None, code: str | None) -> None:
    """Have a gift card pay for the cart as far as it goes, or none. Raises GiftCardRefused (why), NotFound."""
    cart = _existing_cart(merchant_id, cart_id)
    cart.gift_card_id = card_by_code(merchant_id, code).id if code and code.strip() else None


@transactional
def set_extras(merchant_id: str, cart_id: str | None, plugin_id: str, data: Mapping[str, Any] | None) -> None:
    """Keep a plugin's own data with the cart (small plain JSON); it goes on to the order. Raises NotFound."""
    cart = _existing_cart(merchant_id, cart_id)
    extras = {key: value for key, value in cart.extras.items() if key != plugin_id}
    if data is not None:
        extras[plugin_id] = dict(data)
    cart.extras = extras


@transactional
def agree_prices(merchant_id: str, cart_id: str | None) -> None:
    """The buyer has seen the present prices of everything in the cart. Raises NotFound."""
    cart = _existing_cart(merchant_id, cart_id)
    listed = (
        select(Variant.price_minor)
        .where(Variant.merchant_id == CartLine.merchant_id, Variant.id == CartLine.variant_id)
        .scalar_subquery()
    )
    price_now = func.coalesce(CartLine.own_price_minor, listed)
    db.session.execute(
        update(CartLine)
        .where(CartLine.merchant_id == merchant_id, CartLine.cart_id == cart.id)
        .values(seen_price_minor=price_now)
        .execution_options(synchronize_session=False)
    )


def cart_count(merchant_id: str, cart_id: str | None, *, lines: bool = False) -> int:
    """How many pieces are in a cart (or how many lines)."""
    if cart_id is None:
        return 0
    counted = func.count() if lines else func.coalesce(func.sum(CartLine.quantity), 0)
    return int(
        db.session.execute(
            select(counted).where(CartLine.merchant_id == merchant_id, CartLine.cart_id == cart_id)
        ).scalar_one()
    )
