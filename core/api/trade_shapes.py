"""Orders, payments, refunds, carts and customers as they go over the wire."""

from __future__ import annotations

from marshmallow import fields, validate

from core.api.shapes import Amount, Body, Choice, Listed, Moment, Shape, Text, Whole, page_of
from core.orders.states import OrderState
from core.web.storefront.countries import COUNTRY_CODES

ORDER_EXPANDS = ("charges", "events", "lines", "payments", "refund_requests", "refunds", "shipments")


class AddressShape(Shape):
    """Where goods go."""

    name = fields.String()
    phone = fields.String()
    country = fields.String(metadata={"description": "ISO 3166-1, two letters."})
    region = fields.String()
    city = fields.String()
    line1 = fields.String()
    line2 = fields.String()
    postal_code = fields.String()
    company = fields.String()
    tax_id = fields.String()


class GiftShape(Shape):
    """Whom a gift card is for; what is empty is left out."""

    email = fields.String()
    recipient = fields.String()
    sender = fields.String()
    message = fields.String()
    send_on = fields.String(metadata={"description": "The day on which it is sent."})


class OrderLineShape(Shape):
    """One thing bought, as it was named and priced then."""

    id = fields.String()
    product_id = fields.String()
    variant_id = fields.String()
    sku = fields.String()
    name = fields.String()
    variant_label = fields.String()
    quantity = fields.Integer()
    unit_price_minor = fields.Integer()
    discount_minor = fields.Integer()
    tax_minor = fields.Integer()
    tax_ppm = fields.Integer()
    tax_name = fields.String()
    total_minor = fields.Integer()
    shipped_quantity = fields.Integer()
    cancelled_quantity = fields.Integer()
    returned_quantity = fields.Integer()
    kind = fields.String(metadata={"description": "goods or gift_card."})
    gift = fields.Nested(GiftShape, metadata={"description": "Whom a gift card is for."})


class ChargeShape(Shape):
    """A line of the total that is not goods."""

    kind = fields.String()
    code = fields.String()
    label = fields.String()
    amount_minor = fields.Integer()
    tax_minor = fields.Integer()


class OrderEventShape(Shape):
    """A line of an order's timeline."""

    id = fields.Integer()
    kind = fields.String()
    data = fields.Dict(keys=fields.String())
    actor = fields.String()
    created_at = Moment()


class ShipmentShape(Shape):
    """A parcel: packed, or shipped with its carrier."""

    id = fields.String()
    state = fields.String()
    carrier = fields.String()
    tracking_number = fields.String()
    tracking_url = fields.String()
    created_at = Moment()


class PaymentShape(Shape):
    """An amount asked of a buyer through one provider. `instructions` say how it is paid, as the provider words it."""

    id = fields.String()
    provider_id = fields.String()
    amount_minor = fields.Integer()
    currency = fields.String()
    state = fields.String()
    received_minor = fields.Integer()
    refunded_minor = fields.Integer()
    instructions = fields.Dict(keys=fields.String())
    message = fields.String()
    created_at = Moment()
    expires_at = Moment()
    captured_at = Moment(allow_none=True)


class RefundShape(Shape):
    """Money on its way back to a buyer."""

    id = fields.String()
    payment_id = fields.String()
    amount_minor = fields.Integer()
    currency = fields.String()
    reason = fields.String()
    state = fields.String()
    created_at = Moment()
    settled_at = Moment(allow_none=True)


class RefundsShape(Shape):
    """The refunds that one request became: one for each payment that was touched."""

    data = fields.List(fields.Nested(RefundShape), required=True)


class RefundRequestShape(Shape):
    """A buyer asks for money back."""

    id = fields.String()
    amount_minor = fields.Integer()
    reason = fields.String()
    state = fields.String()
    answer = fields.String()
    created_at = Moment()
    answered_at = Moment(allow_none=True)


class OrderShape(Shape):
    """A sale. What belongs to it comes with `expand`."""

    id = fields.String()
    code = fields.String()
    state = fields.String(validate=validate.OneOf([str(state) for state in OrderState]))
    customer_id = fields.String(allow_none=True)
    email = fields.String()
    locale = fields.String()
    currency = fields.String()
    goods_minor = fields.Integer()
    discount_minor = fields.Integer()
    delivery_minor = fields.Integer()
    fees_minor = fields.Integer()
    tax_minor = fields.Integer()
    total_minor = fields.Integer()
    refunded_minor = fields.Integer()
    gift_card_minor = fields.Integer(metadata={"description": "What a gift card pays of the total."})
    cards_minor = fields.Integer(metadata={"description": "What of the total is put on gift cards that it sells."})
    cards_back_minor = fields.Integer(metadata={"description": "What of that went back to the buyer."})
    outside_minor = fields.Integer(metadata={"description": "What the buyer paid the shop itself."})
    tags = fields.List(fields.String())
    address = fields.Nested(AddressShape, allow_none=True)
    delivery = fields.Dict(keys=fields.String())
    coupon_code = fields.String(allow_none=True)
    note = fields.String()
    placed_at = Moment()
    pay_until = Moment(allow_none=True)
    paid_at = Moment(allow_none=True)
    shipped_at = Moment(allow_none=True)
    completed_at = Moment(allow_none=True)
    cancelled_at = Moment(allow_none=True)
    lines = fields.List(fields.Nested(OrderLineShape))
    charges = fields.List(fields.Nested(ChargeShape))
    events = fields.List(fields.Nested(OrderEventShape))
    shipments = fields.List(fields.Nested(ShipmentShape))
    payments = fields.List(fields.Nested(PaymentShape))
    refunds = fields.List(fields.Nested(RefundShape))
    refund_requests = fields.List(fields.Nested(RefundRequestShape))


OrderPageShape = page_of(OrderShape, "Order")


class BriefOrderShape(Shape):
    """An order in few words."""

    id = fields.String()
    code = fields.String()
    state = fields.String()
    currency = fields.String()
    total_minor = fields.Integer()
    refunded_minor = fields.Integer()
    placed_at = Moment()


BriefOrderPageShape = page_of(BriefOrderShape, "BriefOrder")


class OrderQuery(Listed):
    """How the list of orders is narrowed."""

    state = fields.String(validate=validate.OneOf([str(state) for state in OrderState]))
    q = fields.String(validate=validate.Length(max=100), metadata={"description": "Code, e-mail address or name."})


class ShipBody(Body):
    """Who carries the parcel."""

    carrier = Text(80, least=1, required=True)
    tracking_number = Text(80, least=1, required=True)
    tracking_url = Text(300)


class ReasonBody(Body):
    """Why."""

    reason = Text(300)


class RefundBody(Body):
    """How much goes back, and why."""

    amount_minor = Amount(1, required=True)
    reason = Text(300, least=1, required=True)


class AnswerBody(Body):
    """What the buyer is told. `approved_minor` null declines."""

    approved_minor = Amount(1, required=True, allow_none=True)
    answer = Text(500)


class GiftBody(Body):
    """Whom a gift card is for; without an address it goes to whoever buys it."""

    email = Text(254)
    recipient = Text(120)
    sender = Text(120)
    message = Text(500)
    send_on = Text(10, metadata={"description": "A day like 2026-12-24, within a year; empty: as soon as it is paid."})


class NewCartBody(Body):
    """Something to put into a cart. `gift` and `own_amount_minor` are for gift cards alone."""

    variant_id = Text(40, least=1, required=True)
    quantity = Whole(1, 9999, required=True)
    gift = fields.Nested(GiftBody, allow_none=True)
    own_amount_minor = Amount(1, allow_none=True)


class CartLineBody(Body):
    """How many; 0 takes the line out."""

    quantity = Whole(0, 9999, required=True)


class CouponCodeBody(Body):
    """A code that the buyer has, or null for none."""

    code = Text(40, required=True, allow_none=True)


class CardCodeBody(Body):
    """The code of a gift card that is to pay, or null for none."""

    code = Text(40, required=True, allow_none=True)


class AddressBody(Body):
    """Where goods go."""

    name = Text(120, least=1, required=True)
    phone = Text(40, load_default="")
    country = Choice(tuple(COUNTRY_CODES), required=True)
    region = Text(120, load_default="")
    city = Text(120, least=1, required=True)
    line1 = Text(200, least=1, required=True)
    line2 = Text(200, load_default="")
    postal_code = Text(20, load_default="")
    company = Text(120, load_default="")
    tax_id = Text(40, load_default="", metadata={"description": "The company's tax number, checked by its country."})


class PaidOutsideBody(Body):
    """How the buyer paid the shop itself."""

    how = Text(200, least=1, required=True)


class QuoteBody(Body):
    """What is known of the delivery so far."""

    address = fields.Nested(AddressBody, allow_none=True)
    delivery = Text(120, allow_none=True)


class PlaceBody(Body):
    """All that a buyer decides. `agreed_total_minor` is the total that the buyer saw in the quote."""

    email = fields.Email(required=True, validate=validate.Length(max=254))
    address = fields.Nested(AddressBody, allow_none=True)
    delivery = Text(120, allow_none=True)
    payment_provider_id = Text(80, allow_none=True)
    agreed_total_minor = Amount(required=True)
    agreed_card_minor = Amount(metadata={"description": "What the gift card pays of it, as the cart says."})
    locale = Choice(("en", "zh_Hans", "zh_Hant"))
    note = Text(500)
    terms_agreed = fields.Boolean(load_default=False)


class StartBody(Body):
    """Where the provider sends the buyer afterwards: an address of the shop's own host."""

    return_path = Text(200)


class PayAgainBody(Body):
    """Another way to pay."""

    provider_id = Text(80, least=1, required=True)


class CartLineShape(Shape):
    """A line of a cart. `problem`: gone, short or price_changed."""

    line_id = fields.String(attribute="item.line_id")
    variant_id = fields.String(attribute="item.variant_id")
    product_id = fields.String(attribute="item.product_id")
    name = fields.String(attribute="item.name")
    variant_label = fields.String(attribute="item.variant_label")
    quantity = fields.Integer(attribute="item.quantity")
    unit_price_minor = fields.Integer(attribute="item.unit_price_minor")
    available = fields.Integer(attribute="item.available", allow_none=True)
    kind = fields.String(attribute="item.kind")
    gift = fields.Nested(GiftShape, attribute="item.gift")
    total_minor = fields.Integer()
    problem = fields.String(allow_none=True)


class TaxPartShape(Shape):
    """The tax of one rate; `base_minor` is without it."""

    name = fields.String()
    ppm = fields.Integer(data_key="rate_ppm")
    base_minor = fields.Integer()
    tax_minor = fields.Integer()


class QuoteShape(Shape):
    """A whole price."""

    currency = fields.String()
    goods_minor = fields.Integer()
    discount_minor = fields.Integer()
    delivery_minor = fields.Integer()
    fees_minor = fields.Integer()
    tax_minor = fields.Integer()
    tax_included = fields.Boolean()
    total_minor = fields.Integer()
    charges = fields.List(fields.Nested(ChargeShape))
    taxes = fields.List(fields.Nested(TaxPartShape))


class DeliveryShape(Shape):
    """One way to deliver."""

    key = fields.String()
    label = fields.String()
    detail = fields.String()
    price_minor = fields.Integer()
    days_min = fields.Integer(allow_none=True)
    days_max = fields.Integer(allow_none=True)


class PayWayShape(Shape):
    """One way to pay."""

    provider_id = fields.String()
    label = fields.String()
    detail = fields.String()


class CartShape(Shape):
    """A cart priced line by line, with the ways to deliver (once an address is known) and to pay."""

    id = fields.String(required=True)
    lines = fields.List(fields.Nested(CartLineShape))
    quote = fields.Nested(QuoteShape, allow_none=True)
    coupon_code = fields.String(allow_none=True)
    coupon_problem = fields.String(allow_none=True)
    card_last4 = fields.String(allow_none=True, metadata={"description": "The gift card that pays."})
    card_minor = fields.Integer(metadata={"description": "What of the total the gift card pays."})
    card_problem = fields.String(allow_none=True)
    to_pay_minor = fields.Integer()
    can_checkout = fields.Boolean()
    requires_shipping = fields.Boolean()
    deliveries = fields.List(fields.Nested(DeliveryShape))
    payments = fields.List(fields.Nested(PayWayShape))


class PlacedShape(Shape):
    """The order that a cart became; `payment_id` null: nothing to pay."""

    order_id = fields.String(required=True)
    code = fields.String(required=True)
    payment_id = fields.String(required=True, allow_none=True)


class CustomerShape(Shape):
    """A buyer with an account in the shop."""

    id = fields.String()
    email = fields.String()
    name = fields.String()
    phone = fields.String()
    locale = fields.String()
    address = fields.Nested(AddressShape, allow_none=True)
    created_at = Moment()


CustomerPageShape = page_of(CustomerShape, "Customer")


class CustomerQuery(Listed):
    """How the list of customers is narrowed."""

    email = fields.String(validate=validate.Length(max=254))
