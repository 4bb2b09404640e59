"""What the storefront's templates are given: amounts and moments already written for the reader, addresses made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date as Day
from typing import Any
from urllib.parse import quote, urlencode

from babel import Locale

from core.base.i18n import gettext as _
from core.base.i18n import lazy_gettext as _l
from core.base.i18n import ngettext
from core.catalog.models import GIFT_CARD
from core.catalog.shapes import CategoryView, ImageView, ProductCard, ProductView, VariantView
from core.orders.basket import DeliveryChoice
from core.orders.checkout import CartLineView, CartView, PaymentChoice
from core.orders.models import Order, OrderCharge, OrderEvent, OrderLine
from core.orders.pricing import Quote, rate_label
from core.orders.queries import OrderDetail
from core.orders.states import LABELS, OrderState
from core.taxes.rules import AppliedTax
from core.web.formats import amount_text, date, datetime_text, long_day, money
from core.web.i18n import current_locale
from core.web.storefront.offers import offer_titles

Shown = dict[str, Any]

STATE_TONES = {
    OrderState.PENDING: "warn",
    OrderState.PAID: "good",
    OrderState.PACKED: "good",
    OrderState.PARTLY_SHIPPED: "good",
    OrderState.SHIPPED: "good",
    OrderState.COMPLETED: "good",
    OrderState.CANCELLED: "bad",
}
EVENTS: dict[str, Any] = {
    **{str(state): label for state, label in LABELS.items()},
    "placed": _l("Order placed"),
    "pending": _l("Order placed"),
    "payment_not_needed": _l("A payment came in that was not needed any more; it is on its way back"),
    "payment_ended": _l("A payment came to nothing"),
    "parcel_shipped": _l("Another parcel is on its way"),
    "lines_cancelled": _l("The shop could not send everything; the money for it comes back"),
    "return_requested": _l("You asked to send goods back"),
    "return_approved": _l("The shop waits for the goods"),
    "return_declined": _l("The shop declined the return"),
    "return_withdrawn": _l("You withdrew the return"),
    "return_closed": _l("The return ended, the goods never arrived"),
    "return_sent": _l("You sent goods back"),
    "return_received": _l("The goods are back at the shop"),
    "return_settled": _l("The return is settled"),
    "edited": _l("The shop changed the order"),
    "exchange_of": _l("Made in exchange for returned goods"),
    "address_changed": _l("The address was changed"),
    "tracking_corrected": _l("The tracking number was corrected"),
    "refund_requested": _l("You asked for money back"),
    "refund_request_withdrawn": _l("You withdrew the request"),
    "refund_declined": _l("The shop declined the request"),
    "refund_started": _l("Money is on its way back"),
    "refunded": _l("Money has come back"),
    "returned_to_card": _l("Money has come back onto the gift card"),
    "gift_cards_made": _l("The gift cards are made"),
    "gift_card_taken_back": _l("The money of a gift card is on its way back"),
    "refund_failed": _l("Giving money back did not work; the shop sees to it"),
}
HIDDEN_EVENTS = frozenset({"parcel_packed", "parcel_unpacked", "written_to_buyer"})
STEPS = (OrderState.PENDING, OrderState.PAID, OrderState.SHIPPED, OrderState.COMPLETED)


def product_url(slug: str) -> str:
    """The address of a product's page."""
    return "/products/" + quote(slug, safe="")


def category_url(slug: str) -> str:
    """The address of a category's page."""
    return "/categories/" + quote(slug, safe="")


def shelf_links(shelves: Iterable[CategoryView]) -> list[Shown]:
    """Categories as links, those with something on them."""
    return [{"name": shelf.name, "url": category_url(shelf.slug)} for shelf in shelves if shelf.total_count]


def card(product: ProductCard, *, stock_known: bool = False) -> Shown:
    """A product in a list. Lists that are kept do not show stock: it changes without a new version of the shop."""
    compare = product.compare_at_minor
    reduced = compare is not None and product.variant_count == 1 and compare > product.price_from_minor
    return {
        "name": product.name,
        "slug": product.slug,
        "url": product_url(product.slug),
        "summary": product.summary,
        "images": [{"url": product.image_url, "alt": "", "width": 480, "height": 480}] if product.image_url else [],
        "price_text": money(product.price_from_minor),
        "compare_text": money(compare) if compare is not None and reduced else None,
        "from_price": product.price_to_minor > product.price_from_minor,
        "sold_out": stock_known and not product.in_stock,
        "offers": offer_titles(product.id, bound_only=True),
    }


def cards(products: Iterable[ProductCard], *, stock_known: bool = False) -> list[Shown]:
    """Products of a list."""
    return [card(product, stock_known=stock_known) for product in products]


def next_url(path: str, next_cursor: str | None, **query: str) -> str | None:
    """The address of the next page of a list."""
    if next_cursor is None:
        return None
    return f"{path}?{urlencode({**{k: v for k, v in query.items() if v}, 'cursor': next_cursor})}"


def full_product(product: ProductView, selected: VariantView) -> Shown:
    """A product's page with one variant chosen; the chosen variant's pictures come first."""
    own = [image for image in product.images if image.variant_id == selected.id]
    others = [image for image in product.images if image.variant_id != selected.id]
    compare = selected.compare_at_minor
    return {
        "id": product.id,
        "name": product.name,
        "slug": product.slug,
        "url": product_url(product.slug),
        "summary": product.summary,
        "description_html": product.description_html,
        "title": product.seo_title or product.name,
        "description": product.seo_description or product.summary,
        "images": [_image(image) for image in (*own, *others)],
        "price_text": money(selected.price_minor),
        "compare_text": money(compare) if compare is not None and compare > selected.price_minor else None,
        "from_price": False,
        "sold_out": not product.in_stock,
        "offers": [] if product.is_gift_card else offer_titles(product.id, bound_only=False),
        "stock_text": "" if product.is_gift_card else _stock_text(selected),
        "options": [{"name": name, "values": values} for name, values in product.options],
        "variants": [
            {
                "id": variant.id,
                "label": variant.label or product.name,
                "price_text": money(variant.price_minor),
                "available": variant.available,
                "stock_text": _stock_text(variant),
                "selected": variant.id == selected.id,
            }
            for variant in product.variants
        ],
    }


def gift_form(product: ProductView, currency: str) -> Shown:
    """What the form of a gift card asks for: which amounts a buyer may write, how long the card lasts."""
    terms = product.gift
    least, most = terms.own_min_minor or 0, terms.own_max_minor or 0
    return {
        "action": f"{product_url(product.slug)}/gift-card",
        "own_amount": terms.own_amount,
        "own_hint": _("From %(least)s to %(most)s", least=money(least, currency), most=money(most, currency)),
        "lasts_text": ngettext("Valid for %(num)d month.", "Valid for %(num)d months.", terms.months)
        if terms.months
        else _("It never expires."),
    }


def gift_text(gift: Mapping[str, Any]) -> str:
    """Whom a gift card is for and when it is sent, in a line."""
    to = str(gift.get("recipient") or gift.get("email") or "")
    day = str(gift.get("send_on") or "")
    parts = [_("For %(name)s", name=to)] if to else [_("Sent to your own e-mail address")]
    if day:
        parts.append(_("on %(day)s", day=long_day(Day.fromisoformat(day))))
    return " ".join(parts)


def _image(image: ImageView) -> Shown:
    return {
        "url": image.url,
        "small_url": image.small_url,
        "alt": image.alt,
        "width": image.width,
        "height": image.height,
        "focus": f"fx-{round(image.focus_x, -1)} fy-{round(image.focus_y, -1)}",
    }


LOW_STOCK = 10


def _stock_text(variant: VariantView) -> str:
    if variant.available is None or variant.available > LOW_STOCK:
        return _("In stock")
    if variant.available <= 0:
        return _("Sold out")
    return ngettext("Only %(num)d left", "Only %(num)d left", variant.available)


# --- cart and checkout -------------------------------------------------------------------------------------------


def cart_shown(cart: CartView) -> Shown:
    """A cart, priced line by line."""
    return {
        "cart_id": cart.cart_id,
        "count": cart.count,
        "lines": [_cart_line(line) for line in cart.lines],
        "totals": quote_rows(cart.quote),
        "total_text": money(cart.quote.total_minor),
        "total_minor": cart.quote.total_minor,
        "card_minor": cart.card_minor,
        "card_text": money(-cart.card_minor) if cart.card_minor else "",
        "card_label": _("Gift card …%(last4)s", last4=cart.card.last4) if cart.card else "",
        "card_left_text": money(cart.card.left_minor - cart.card_minor) if cart.card else "",
        "card_problem": cart.card_problem,
        "to_pay_text": money(cart.to_pay_minor),
        "can_checkout": cart.can_checkout,
        "coupon_code": cart.coupon_code if cart.coupon_problem is None else None,
        "coupon_problem": cart.coupon_problem,
        "empty": not cart.lines,
    }


def _cart_line(line: CartLineView) -> Shown:
    item = line.item
    return {
        "id": item.line_id,
        "name": item.name,
        "variant_label": item.variant_label,
        "gift_text": gift_text(item.gift) if item.is_card else "",
        "image_url": item.image_url,
        "url": f"{product_url(item.product_slug)}?variant={item.variant_id}",
        "quantity": item.quantity,
        "unit_price_text": money(item.unit_price_minor),
        "total_text": money(line.total_minor),
        "problem": _line_problem(line),
    }


def _line_problem(line: CartLineView) -> str | None:
    item = line.item
    if line.problem == "gone":
        return _("This is not for sale any more. Take it out to go on.")
    if line.problem == "short":
        left = item.available or 0
        return ngettext("Only %(num)d left.", "Only %(num)d left.", left) if left else _("This is sold out now.")
    if line.problem == "price_changed":
        return _("The price was %(before)s when you put it in.", before=money(item.seen_price_minor))
    return None


def quote_rows(quote: Quote) -> list[Shown]:
    """What a total is made of: the goods, then discounts, delivery, fees and tax. They add up to it."""
    rows = [{"label": _("Goods"), "amount_text": money(quote.goods_minor), "kind": ""}]
    rows += [_charge(charge.kind, charge.label, charge.amount_minor, quote.currency) for charge in quote.charges]
    if quote.tax_included:
        rows += [_within(rate_label(part), part.tax_minor, quote.currency) for part in quote.taxes if part.tax_minor]
    return rows


def _charge(kind: str, label: str, amount_minor: int, currency: str) -> Shown:
    return {"label": label, "amount_text": money(amount_minor, currency), "kind": kind}


def _within(rate: str, tax_minor: int, currency: str) -> Shown:
    label = _("%(tax)s within the prices", tax=rate)
    return {"label": label, "amount_text": money(tax_minor, currency), "kind": "within"}


def delivery_cards(choices: Iterable[DeliveryChoice]) -> list[Shown]:
    """Ways to deliver, with price and time."""
    return [
        {
            "key": choice.key,
            "label": choice.label,
            "detail": " · ".join(text for text in (choice.detail, _days(choice)) if text),
            "price_text": money(choice.price_minor) if choice.price_minor else _("free"),
        }
        for choice in choices
    ]


def _days(choice: DeliveryChoice) -> str:
    if choice.days_max is None:
        return ""
    if choice.days_min is None or choice.days_min == choice.days_max:
        return ngettext("%(num)d day", "%(num)d days", choice.days_max)
    return _("%(least)d to %(most)d days", least=choice.days_min, most=choice.days_max)


def payment_cards(choices: Iterable[PaymentChoice]) -> list[Shown]:
    """Ways to pay."""
    return [
        {"key": choice.provider_id, "label": choice.label, "detail": choice.detail, "icon": choice.icon}
        for choice in choices
    ]


# --- orders ------------------------------------------------------------------------------------------------------


def order_row(order: Order) -> Shown:
    """An order in a list."""
    return {
        "code": order.code,
        "url": f"/orders/{order.code}",
        "placed_text": date(order.placed_at),
        "state": order.state,
        "state_label": LABELS[OrderState(order.state)],
        "state_tone": STATE_TONES[OrderState(order.state)],
        "total_text": money(order.total_minor, order.currency),
    }


def order_shown(detail: OrderDetail) -> Shown:
    """An order as its buyer sees it."""
    order = detail.order
    return {
        **order_row(order),
        "id": order.id,
        "placed_text": datetime_text(order.placed_at),
        "email": order.email,
        "lines": [
            {
                "name": line.name,
                "variant_label": line.variant_label,
                "gift_text": gift_text(line.gift) if line.kind == GIFT_CARD else "",
                "image_url": line.image_url,
                "url": None,
                "quantity": line.quantity,
                "unit_price_text": money(line.unit_price_minor, order.currency),
                "total_text": money(line.quantity * line.unit_price_minor, order.currency),
            }
            for line in detail.lines
        ],
        "totals": _order_rows(detail),
        "card_text": money(-order.gift_card_minor, order.currency) if order.gift_card_minor else "",
        "to_pay_text": money(order.total_minor - order.gift_card_minor, order.currency),
        "timeline": _timeline(detail),
        "parcels": _parcels(detail),
        "address_lines": address_lines(order.address or {}),
        "note": order.note,
        "money_text": _money_text(detail),
        "refundable_text": amount_text(detail.refundable_minor, order.currency),
        "refund_limit_text": money(detail.refundable_minor, order.currency),
    }


def _parcels(detail: OrderDetail) -> list[Shown]:
    names = {line.id: line.name for line in detail.lines}
    sent = [parcel for parcel in detail.shipments if parcel.state == "shipped"]
    whole = len(sent) == 1 and detail.order.state != OrderState.PARTLY_SHIPPED
    return [
        {
            "carrier": parcel.carrier,
            "number": parcel.tracking_number,
            "url": parcel.tracking_url,
            "contents": []
            if whole
            else [f"{count} × {names[line_id]}" for line_id, count in detail.contents.get(parcel.id, {}).items()],
        }
        for parcel in sent
    ]


def _order_rows(detail: OrderDetail) -> list[Shown]:
    order = detail.order
    rows = [{"label": _("Goods"), "amount_text": money(order.goods_minor, order.currency), "kind": ""}]
    rows += [_charge(charge.kind, charge.label, charge.amount_minor, order.currency) for charge in detail.charges]
    if any(charge.kind == "tax" for charge in detail.charges):
        return rows
    within: dict[AppliedTax, int] = {}
    bearers: list[OrderLine | OrderCharge] = [*detail.lines, *detail.charges]
    for bearer in bearers:
        tax = AppliedTax(bearer.tax_name or _("Tax"), bearer.tax_ppm)
        within[tax] = within.get(tax, 0) + bearer.tax_minor
    ordered = sorted(within.items(), key=lambda entry: (-entry[0].ppm, entry[0].name))
    return [*rows, *(_within(rate_label(tax), amount, order.currency) for tax, amount in ordered if amount)]


def _timeline(detail: OrderDetail) -> list[Shown]:
    happened = [_event(event, detail.order.currency) for event in detail.events if event.kind not in HIDDEN_EVENTS]
    state = OrderState(detail.order.state)
    if state == OrderState.CANCELLED:
        return happened
    before_shipped = (OrderState.PACKED, OrderState.PARTLY_SHIPPED)
    reached = STEPS.index(OrderState.PAID if state in before_shipped else state)
    return happened + [{"label": LABELS[step], "done": False} for step in STEPS[reached + 1 :]]


def _event(event: OrderEvent, currency: str) -> Shown:
    amount = event.data.get("amount_minor")
    details = [money(amount, currency)] if isinstance(amount, int) else []
    details += [str(item) for item in event.data.get("items", ())]
    details += [str(event.data[key]) for key in ("reason", "answer") if event.data.get(key)]
    return {
        "label": EVENTS.get(event.kind, event.kind),
        "when": datetime_text(event.created_at),
        "detail": " · ".join(details),
        "done": True,
    }


def _money_text(detail: OrderDetail) -> str:
    """Where the buyer's money is now, in a sentence."""
    order = detail.order
    if order.state == OrderState.PENDING:
        return ""
    if order.state == OrderState.COMPLETED:
        return _("You have the goods, and the shop has its money.")
    if detail.escrow_minor > 0:
        kept = money(detail.escrow_minor, order.currency)
        if order.release_at is not None:
            return _(
                "%(amount)s is kept safe until you say that the goods are here, at the latest until %(day)s.",
                amount=kept,
                day=date(order.release_at),
            )
        return _("%(amount)s is kept safe until you have the goods.", amount=kept)
    return ""


def address_lines(address: Mapping[str, Any]) -> list[str]:
    """An address as it stands on a parcel."""
    if not address:
        return []
    names = Locale.parse(current_locale()).territories
    place = " ".join(str(address.get(key) or "") for key in ("postal_code", "city", "region")).strip()
    country = str(address.get("country") or "")
    lines: Sequence[str] = (
        str(address.get("name") or ""),
        str(address.get("company") or ""),
        str(address.get("tax_id") or ""),
        str(address.get("line1") or ""),
        str(address.get("line2") or ""),
        place,
        str(names.get(country, country)),
        str(address.get("phone") or ""),
    )
    return [line for line in lines if line]


def count_text(count: int) -> str:
    """How many products a list holds."""
    return ngettext("%(num)d product", "%(num)d products", count)
