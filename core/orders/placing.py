"""The one transaction that places an order: it checks all again, reserves, fixes prices and asks for payment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, update

from core.base import clock
from core.base.database import db, table_of
from core.base.errors import Invalid, NotFound
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_code, new_id
from core.base.outbox import emit
from core.base.rows import connection, insert_rows
from core.base.transactions import transactional
from core.contract.runtime import dispatch
from core.contract.views import AddressView, OrderView
from core.giftcards.spending import hold_for_order, spendable_card
from core.inventory import service as inventory
from core.orders.basket import (
    CartItem,
    DeliveryChoice,
    LoadedCart,
    basket_view,
    delivery_options,
    line_view,
    load_cart,
    plugin_fees,
    quote_items,
    stocked,
)
from core.orders.checkout import payment_choices
from core.orders.discounting import CartOffers, keep_discounts, offers_for
from core.orders.errors import (
    AddressNeeded,
    CartEmpty,
    DetailsNeeded,
    NotForSale,
    NoWayToDeliver,
    NoWayToPay,
    PriceChanged,
)
from core.orders.models import Cart, Order, OrderCharge, OrderEvent, OrderLine
from core.orders.moves import BUYER
from core.orders.payment_subject import pay_by_card
from core.orders.pricing import Quote
from core.orders.states import OrderState
from core.payments.models import Payment
from core.payments.service import AskedPayment, create_payment
from core.shops.context import ShopContext
from core.shops.trading import CheckoutRules, checkout_rules, order_prefix
from core.taxes.numbers import checked_tax_number
from core.taxes.queries import exemption_of


@dataclass(frozen=True, slots=True)
class CheckoutDraft:
    """All that a buyer decides at checkout. `agreed_total_minor` is the total that the buyer saw and agreed to."""

    cart_id: str
    email: str
    address: AddressView | None
    delivery_key: str | None
    payment_provider_id: str | None
    agreed_total_minor: int
    locale: str
    customer_id: str | None = None
    note: str = ""
    terms_agreed: bool = False
    agreed_card_minor: int = 0
    """What of the total the buyer saw a gift card pay."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The order that a checkout became; `payment_id` is empty when there is nothing to pay."""

    order_id: str
    code: str
    payment_id: str | None
    asked: AskedPayment | None = field(default=None, compare=False)
    """The payment where this very call has asked for it: it has not been begun yet."""


@transactional
def place_order(shop: ShopContext, draft: CheckoutDraft) -> Placed:
    """Place the order: check everything again, reserve the stock, fix the prices, ask for the payment.

    The same cart again gives the same order. A gift card pays as far as it goes: that part is set aside until the rest
    has been paid. Raises CartEmpty, NotForSale, DetailsNeeded, StockGone, PriceChanged, AddressNeeded, NoWayToDeliver,
    NoWayToPay, CouponRefused, GiftCardRefused; whatever is raised, nothing is reserved, nothing charged.
    """
    cart = load_cart(shop.merchant_id, draft.cart_id, lock=True)
    if cart is None or not cart.items:
        raise CartEmpty
    if cart.order_id is not None:
        return _placed_before(shop.merchant_id, cart.order_id)
    if not all(item.for_sale for item in cart.items):
        raise NotForSale
    _require_details(shop, draft)
    delivery = _chosen_delivery(shop, cart, draft)
    basket = basket_view(shop, cart, draft.address)
    offers = _offers(shop, cart, draft)
    exempt = exemption_of(shop.merchant_id, draft.customer_id)
    quote = quote_items(
        shop,
        cart.items,
        offers=offers.all,
        delivery=delivery,
        fees=plugin_fees(shop, basket),
        address=draft.address,
        exempt=exempt is not None,
    )
    if quote.total_minor != draft.agreed_total_minor:
        raise PriceChanged(quote)
    card = spendable_card(shop.merchant_id, cart.gift_card_id) if cart.gift_card_id else None
    card_minor = min(card.left_minor, quote.total_minor - quote.vouchers_minor) if card is not None else 0
    if card_minor != draft.agreed_card_minor:
        raise PriceChanged(quote)
    provider_id = _chosen_payment(shop, draft, quote.total_minor - card_minor)

    order_id, moment = new_id("ord"), clock.now()
    pieces = stocked(cart.items)
    if pieces:
        inventory.reserve(shop.merchant_id, order_id, pieces)
    pay_until = moment + timedelta(minutes=shop.payment_minutes)
    code = order_prefix(shop.options) + new_code()
    note = " · ".join(filter(None, (exempt.reason, exempt.tax_id))) if exempt is not None else ""
    by_card = card is not None and card_minor == quote.total_minor
    until = pay_until if provider_id or by_card else None
    write_order(shop, cart, draft, quote, delivery, order_id, code, moment, until, note, card_minor=card_minor)
    keep_discounts(shop.merchant_id, order_id, offers, quote, draft.email)
    if card is not None and card_minor:
        hold_for_order(shop.merchant_id, card, order_id, card_minor)
    dispatch().call(
        "order_placing",
        shop.plugins,
        shop=shop.views(),
        order=OrderView(
            order_id=order_id,
            code=code,
            state=OrderState.PENDING,
            currency=shop.currency,
            total_minor=quote.total_minor,
            lines=tuple(line_view(item) for item in cart.items),
            extras=cart.extras,
        ),
    )
    asked = None
    if provider_id is not None:
        asked = create_payment(
            shop.merchant_id,
            purpose="order",
            subject_id=order_id,
            provider_id=provider_id,
            amount_minor=quote.total_minor - card_minor,
            currency=shop.currency,
            expires_at=pay_until,
        )
    emit("order.placed", {"order_id": order_id, "code": code}, merchant_id=shop.merchant_id)
    if by_card:
        pay_by_card(shop.merchant_id, order_id)
    return Placed(order_id, code, asked.id if asked else None, asked)


def _placed_before(merchant_id: str, order_id: str) -> Placed:
    row = db.session.execute(
        select(Order.code, Payment.id)
        .outerjoin(
            Payment,
            (Payment.merchant_id == Order.merchant_id)
            & (Payment.purpose == "order")
            & (Payment.subject_id == Order.id),
        )
        .where(Order.merchant_id == merchant_id, Order.id == order_id)
        .order_by(Payment.created_at.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        raise NotFound(_("There is no such order."))
    return Placed(order_id, row[0], row[1])


def missing_details(rules: CheckoutRules, address: AddressView | None, *, terms_agreed: bool) -> dict[str, object]:
    """What this shop asks of its buyers and this one has not given, by field."""
    missing: dict[str, object] = {}
    if address is not None and rules.phone_needed and not address.phone:
        missing["phone"] = _("The carrier needs a phone number.")
    if address is not None and rules.company == "required" and not address.company:
        missing["company"] = _("This shop sells to companies: which one, please?")
    if address is not None and address.tax_id:
        try:
            checked_tax_number(address.tax_id, address.country)
        except Invalid as refusal:
            missing |= refusal.fields
    if rules.terms_needed and not terms_agreed:
        missing["terms"] = _("Please read the terms and tick the box.")
    return missing


def _require_details(shop: ShopContext, draft: CheckoutDraft) -> None:
    missing = missing_details(checkout_rules(shop.options), draft.address, terms_agreed=draft.terms_agreed)
    if missing:
        raise DetailsNeeded(missing)


def _chosen_delivery(shop: ShopContext, cart: LoadedCart, draft: CheckoutDraft) -> DeliveryChoice | None:
    if not any(item.requires_shipping for item in cart.items):
        return None
    if draft.address is None:
        raise AddressNeeded
    options = delivery_options(shop, basket_view(shop, cart, draft.address), draft.address)
    chosen = next((option for option in options if option.key == draft.delivery_key), None)
    if chosen is None:
        raise NoWayToDeliver
    return chosen


def _chosen_payment(shop: ShopContext, draft: CheckoutDraft, total_minor: int) -> str | None:
    if total_minor == 0:
        return None
    offered = {choice.provider_id for choice in payment_choices(shop, total_minor)}
    if draft.payment_provider_id not in offered:
        raise NoWayToPay
    return draft.payment_provider_id


def _offers(shop: ShopContext, cart: LoadedCart, draft: CheckoutDraft) -> CartOffers:
    offers = offers_for(shop, cart.items, cart.coupon_code, email=draft.email, customer_id=draft.customer_id)
    if offers.refusal is not None:
        raise offers.refusal
    return offers


_CARTS = table_of(Cart)
_CART_ORDERED = (
    update(_CARTS)
    .where(_CARTS.c.merchant_id == bindparam("merchant"), _CARTS.c.id == bindparam("cart"))
    .values(order_id=bindparam("order"))
)


def write_order(
    shop: ShopContext,
    cart: LoadedCart,
    draft: CheckoutDraft,
    quote: Quote,
    delivery: DeliveryChoice | None,
    order_id: str,
    code: str,
    moment: datetime,
    pay_until: datetime | None,
    tax_note: str,
    *,
    card_minor: int = 0,
    actor: str = BUYER,
) -> None:
    """Write an order with its lines, charges and first event; it awaits payment where there is a time for it."""
    merchant_id = shop.merchant_id
    unpaid = pay_until is not None
    insert_rows(
        table_of(Order),
        [
            {
                "merchant_id": merchant_id,
                "id": order_id,
                "code": code,
                "customer_id": draft.customer_id,
                "email": draft.email,
                "locale": draft.locale,
                "state": OrderState.PENDING if unpaid else OrderState.PAID,
                "currency": quote.currency,
                "goods_minor": quote.goods_minor,
                "discount_minor": quote.discount_minor,
                "delivery_minor": quote.delivery_minor,
                "fees_minor": quote.fees_minor,
                "tax_minor": quote.tax_minor,
                "tax_note": tax_note,
                "total_minor": quote.total_minor,
                "refunded_minor": 0,
                "gift_card_minor": card_minor,
                "cards_minor": quote.vouchers_minor,
                "fee_ppm": shop.fee_ppm,
                "address": asdict(draft.address) if draft.address else None,
                "delivery": asdict(delivery) if delivery else {},
                "coupon_code": next((one.offer.code for one in quote.grants if one.offer.code), None),
                "note": draft.note[:2000] if checkout_rules(shop.options).note_asked else "",
                "extras": dict(cart.extras),
                "cart_id": cart.cart_id,
                "placed_at": moment,
                "pay_until": pay_until,
                "paid_at": None if unpaid else moment,
            }
        ],
    )
    write_lines(merchant_id, order_id, cart.items, quote)
    insert_rows(
        table_of(OrderEvent),
        [
            {
                "merchant_id": merchant_id,
                "order_id": order_id,
                "kind": "placed",
                "data": {"total_minor": quote.total_minor, **({"terms": True} if draft.terms_agreed else {})},
                "actor": actor,
                "created_at": moment,
            }
        ],
    )
    connection().execute(_CART_ORDERED, {"merchant": merchant_id, "cart": cart.cart_id, "order": order_id})


def write_lines(merchant_id: str, order_id: str, items: Sequence[CartItem], quote: Quote) -> None:
    """Write what was bought and what was charged beside it."""
    priced = {line.key: line for line in quote.lines}
    insert_rows(
        table_of(OrderLine),
        [
            {
                "merchant_id": merchant_id,
                "id": new_id("oln"),
                "order_id": order_id,
                "product_id": item.product_id,
                "variant_id": item.variant_id,
                "sku": item.sku,
                "name": item.name,
                "variant_label": item.variant_label,
                "image_url": item.image_url,
                "quantity": item.quantity,
                "unit_price_minor": item.unit_price_minor,
                "discount_minor": priced[item.line_id].discount_minor,
                "tax_minor": priced[item.line_id].tax_minor,
                "tax_ppm": priced[item.line_id].tax.ppm,
                "tax_name": priced[item.line_id].tax.name,
                "total_minor": priced[item.line_id].total_minor,
                "weight_grams": item.weight_grams,
                "requires_shipping": item.requires_shipping,
                "kind": item.kind,
                "gift": dict(item.gift),
                "position": position,
            }
            for position, item in enumerate(items)
        ],
    )
    if quote.charges:
        insert_rows(
            table_of(OrderCharge),
            [
                {
                    "merchant_id": merchant_id,
                    "id": new_id("och"),
                    "order_id": order_id,
                    "kind": charge.kind,
                    "code": charge.code,
                    "label": charge.label,
                    "amount_minor": charge.amount_minor,
                    "tax_minor": charge.tax_minor,
                    "tax_ppm": charge.tax.ppm,
                    "tax_name": charge.tax.name,
                    "position": position,
                }
                for position, charge in enumerate(quote.charges)
            ],
        )
