"""A cart with its goods, read in two statements and priced in one place; shared by the cart's page and by checkout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import bindparam, select

from core.base.database import db
from core.base.i18n import gettext
from core.catalog.gifts import GiftTerms
from core.catalog.models import GIFT_CARD, GOODS, Product, Variant
from core.contract.providers import DeliveryMethod, DeliveryOption
from core.contract.runtime import dispatch, health, registry
from core.contract.views import AddressView, BasketView, FeeLine, LineView
from core.discounts.rules import Goods, Offer
from core.inventory.models import Stock
from core.orders.arranged import ARRANGED
from core.orders.models import Cart, CartLine
from core.orders.pricing import PricedItem, Quote, Taxing, price
from core.shops.context import ShopContext
from core.taxes.queries import tax_rules


@dataclass(frozen=True, slots=True)
class CartItem:
    """A line of a cart as the catalogue and the stock have it now."""

    line_id: str
    variant_id: str
    product_id: str
    product_slug: str
    name: str
    variant_label: str
    sku: str
    image_url: str
    quantity: int
    seen_price_minor: int
    unit_price_minor: int
    compare_at_minor: int | None
    weight_grams: int
    taxable: bool
    tax_category_id: str | None
    requires_shipping: bool
    for_sale: bool
    available: int | None
    """What is left; None when the stock is not counted."""
    kind: str = GOODS
    gift: Mapping[str, Any] = field(default_factory=dict)
    """Whom a gift card is for."""
    own_price_minor: int | None = None
    """What its buyer wants to put on it."""

    @property
    def is_card(self) -> bool:
        """Whether it is a gift card: never sent, taxed, discounted or counted."""
        return self.kind == GIFT_CARD

    @property
    def enough(self) -> bool:
        return self.available is None or self.available >= self.quantity


@dataclass(frozen=True, slots=True)
class LoadedCart:
    """A cart and its items."""

    cart_id: str
    coupon_code: str | None
    gift_card_id: str | None
    extras: Mapping[str, Mapping[str, Any]]
    order_id: str | None
    items: tuple[CartItem, ...]


@dataclass(frozen=True, slots=True)
class DeliveryChoice:
    """One way to deliver this basket. `key` is `<provider id>/<code>`."""

    key: str
    label: str
    detail: str
    price_minor: int
    days_min: int | None
    days_max: int | None


_CART = (
    select(
        Cart.coupon_code,
        Cart.gift_card_id,
        Cart.extras,
        Cart.order_id,
        CartLine.id.label("line_id"),
        CartLine.quantity,
        CartLine.seen_price_minor,
        CartLine.own_price_minor,
        CartLine.gift,
        Variant.id.label("variant_id"),
        Variant.product_id,
        Variant.label,
        Variant.sku,
        Variant.price_minor,
        Variant.compare_at_minor,
        Variant.weight_grams,
        Variant.taxable,
        Variant.requires_shipping,
        Variant.active,
        Product.slug,
        Product.name,
        Product.image_url,
        Product.published,
        Product.tax_category_id,
        Product.kind,
        Product.gift.label("gift_terms"),
        Stock.on_hand,
        Stock.reserved,
        Stock.tracked,
    )
    .outerjoin(CartLine, (CartLine.merchant_id == Cart.merchant_id) & (CartLine.cart_id == Cart.id))
    .outerjoin(Variant, (Variant.merchant_id == CartLine.merchant_id) & (Variant.id == CartLine.variant_id))
    .outerjoin(Product, (Product.merchant_id == Variant.merchant_id) & (Product.id == Variant.product_id))
    .outerjoin(Stock, (Stock.merchant_id == Variant.merchant_id) & (Stock.variant_id == Variant.id))
    .where(Cart.merchant_id == bindparam("merchant"), Cart.id == bindparam("cart"))
    .order_by(CartLine.created_at, CartLine.id)
)
_CART_LOCKED = _CART.with_for_update(of=Cart)


def load_cart(merchant_id: str, cart_id: str | None, *, lock: bool = False) -> LoadedCart | None:
    """Read a cart with its goods, in one statement; `lock` locks the cart for this transaction."""
    if cart_id is None:
        return None
    given = {"merchant": merchant_id, "cart": cart_id}
    rows = db.session.execute(_CART_LOCKED if lock else _CART, given).all()
    if not rows:
        return None
    cart = rows[0]
    items = tuple(
        _card_item(row) if row.kind == GIFT_CARD else _goods_item(row) for row in rows if row.line_id is not None
    )
    return LoadedCart(cart_id, cart.coupon_code, cart.gift_card_id, cart.extras or {}, cart.order_id, items)


def _goods_item(row: Any) -> CartItem:
    return CartItem(
        line_id=row.line_id,
        variant_id=row.variant_id,
        product_id=row.product_id,
        product_slug=row.slug,
        name=row.name,
        variant_label=row.label,
        sku=row.sku or "",
        image_url=row.image_url,
        quantity=row.quantity,
        seen_price_minor=row.seen_price_minor,
        unit_price_minor=row.price_minor,
        compare_at_minor=row.compare_at_minor,
        weight_grams=row.weight_grams,
        taxable=row.taxable,
        tax_category_id=row.tax_category_id,
        requires_shipping=row.requires_shipping,
        for_sale=row.published and row.active,
        available=_available(row.on_hand, row.reserved, row.tracked),
    )


def _card_item(row: Any) -> CartItem:
    own = row.own_price_minor
    return replace(
        _goods_item(row),
        variant_label="" if own is not None else row.label,
        unit_price_minor=row.price_minor if own is None else own,
        compare_at_minor=None,
        weight_grams=0,
        taxable=False,
        requires_shipping=False,
        for_sale=row.published and row.active and (own is None or GiftTerms.of(row.gift_terms).takes(own)),
        available=None,
        kind=GIFT_CARD,
        gift=row.gift,
        own_price_minor=own,
    )


def _available(on_hand: int | None, reserved: int, tracked: bool) -> int | None:
    """What is left; a variant without a stock row has nothing, one that is not counted has no limit (None)."""
    if on_hand is None:
        return 0
    return max(0, on_hand - reserved) if tracked else None


def basket_view(shop: ShopContext, cart: LoadedCart, address: AddressView | None) -> BasketView:
    """The basket as plugins see it: the goods that are for sale, before any discount."""
    lines = tuple(line_view(item) for item in cart.items if item.for_sale)
    return BasketView(
        cart_id=cart.cart_id,
        currency=shop.currency,
        lines=lines,
        goods_minor=sum(line.total_minor for line in lines),
        address=address,
        extras=cart.extras,
    )


def line_view(item: CartItem) -> LineView:
    """One item as plugins see it."""
    return LineView(
        line_id=item.line_id,
        product_id=item.product_id,
        variant_id=item.variant_id,
        sku=item.sku,
        name=item.name,
        quantity=item.quantity,
        unit_price_minor=item.unit_price_minor,
        total_minor=item.quantity * item.unit_price_minor,
        weight_grams=item.weight_grams,
        requires_shipping=item.requires_shipping,
    )


def delivery_options(shop: ShopContext, basket: BasketView, address: AddressView) -> list[DeliveryChoice]:
    """What the merchant's delivery plugins offer for this basket and address, the cheapest first.

    A merchant that has none on still sells: delivery is then arranged between shop and buyer.
    """
    methods = registry().providers(DeliveryMethod, shop.plugins) or (ARRANGED,)
    willing = health().willing(shop.merchant_id, methods)
    choices = _ask_for_options(shop, willing, basket, address)
    if not choices:
        # Those that keep failing are slow to ask; still better than no way to deliver.
        choices = _ask_for_options(shop, [one for one in methods if one not in willing], basket, address)
    return sorted(choices, key=lambda choice: (choice.price_minor, choice.key))


def _ask_for_options(
    shop: ShopContext, methods: Sequence[DeliveryMethod], basket: BasketView, address: AddressView
) -> list[DeliveryChoice]:
    choices: list[DeliveryChoice] = []
    for method in methods:
        try:
            options = _options(shop, method, basket, address)
        except Exception as error:
            dispatch().note_fault(shop.merchant_id, method.plugin_id, "delivery", error)
            continue
        choices.extend(
            DeliveryChoice(
                key=f"{method.id}/{option.code}",
                label=option.label,
                detail=option.detail,
                price_minor=option.price_minor,
                days_min=option.days_min,
                days_max=option.days_max,
            )
            for option in options
            if option.price_minor >= 0
        )
    return choices


def _options(
    shop: ShopContext, method: DeliveryMethod, basket: BasketView, address: AddressView
) -> Sequence[DeliveryOption]:
    view = shop.view(method.plugin_id)
    return health().ask(
        shop.merchant_id, method.plugin_id, "options", lambda: method.options(view, basket, address), weight="begins"
    )


def plugin_fees(shop: ShopContext, basket: BasketView) -> list[FeeLine]:
    """The fee lines that the merchant's plugins add. Raises PluginFailed: a total without a fee would be wrong."""
    return [
        fee for _plugin, fee in dispatch().collect("contribute_fees", shop.plugins, shop=shop.views(), basket=basket)
    ]


def quote_items(
    shop: ShopContext,
    items: Sequence[CartItem],
    *,
    offers: Sequence[Offer] = (),
    delivery: DeliveryChoice | None = None,
    fees: Sequence[FeeLine] = (),
    address: AddressView | None = None,
    exempt: bool = False,
) -> Quote:
    """Price items by the shop's tax rules for the place where they go to."""
    rules = tax_rules(shop)
    return price(
        shop.currency,
        [
            PricedItem(
                item.line_id,
                item.quantity,
                item.unit_price_minor,
                item.taxable,
                rules.rate_for(item.tax_category_id, address),
                item.product_id,
                item.is_card,
            )
            for item in items
        ],
        offers=offers,
        delivery=(delivery.key, delivery.label, delivery.price_minor) if delivery else None,
        fees=fees,
        taxing=Taxing(
            standard=rules.rate_for(None, address),
            included=rules.included,
            rounding=rules.rounding,
            delivery=rules.delivery,
            exempt=gettext("Exempt from tax") if exempt else "",
        ),
    )


def discountable(items: Sequence[CartItem]) -> list[Goods]:
    """The goods as discounts see them."""
    return [Goods(item.product_id, item.quantity, item.unit_price_minor) for item in items if not item.is_card]


def stocked(items: Sequence[CartItem]) -> dict[str, int]:
    """How many of each variant an order takes from the stock."""
    pieces: dict[str, int] = {}
    for item in items:
        if not item.is_card:
            pieces[item.variant_id] = pieces.get(item.variant_id, 0) + item.quantity
    return pieces
