"""What comes in and goes out about goods that come back, and about orders that staff make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from core.api.shapes import Amount, Body, Choice, Listed, Moment, Shape, Text, Texts, Whole, page_of
from core.api.trade_shapes import AddressBody
from core.orders.desk import NOTE_CHARACTERS_MAX, TAG_CHARACTERS_MAX, TAGS_MAX
from core.orders.return_states import REASONS, WISHES, ReturnState

STATES = tuple(str(state) for state in ReturnState)


class Rows(fields.List[Any]):
    """A list of objects: nothing else is taken for one."""

    def __init__(self, inner: type[Body], *, least: int = 0, most: int = 100, **kwargs: Any) -> None:
        super().__init__(fields.Nested(inner), validate=validate.Length(min=least, max=most), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class ReturnLineShape(Shape):
    """How many pieces of an order's line come back, and what became of them."""

    order_line_id = fields.String()
    quantity = fields.Integer()
    received_quantity = fields.Integer()
    restocked_quantity = fields.Integer()
    location_id = fields.String(allow_none=True)
    exchange_variant_id = fields.String(allow_none=True)


class ReturnShape(Shape):
    """Goods that come back. `value_minor` is what was paid for what arrived, `beside_minor` its share of the rest."""

    id = fields.String()
    order_id = fields.String()
    number = fields.Integer()
    state = fields.String(validate=validate.OneOf(STATES))
    wish = fields.String(validate=validate.OneOf(tuple(WISHES)))
    reason = fields.String(validate=validate.OneOf(tuple(REASONS)))
    text = fields.String()
    answer = fields.String()
    sent = fields.Dict(keys=fields.String())
    value_minor = fields.Integer()
    beside_minor = fields.Integer()
    refunded_minor = fields.Integer()
    exchange_order_id = fields.String(allow_none=True)
    created_at = Moment()
    ended_at = Moment(allow_none=True)
    lines = fields.List(fields.Nested(ReturnLineShape))


class BriefReturnShape(Shape):
    """A return in a list."""

    id = fields.String()
    order_id = fields.String()
    code = fields.String(metadata={"description": "The order's code."})
    number = fields.Integer()
    state = fields.String(validate=validate.OneOf(STATES))
    wish = fields.String()
    reason = fields.String()
    pieces = fields.Integer()
    created_at = Moment()


ReturnPageShape = page_of(BriefReturnShape, "Return")


class ReturnQuery(Listed):
    """How the list of returns is narrowed."""

    state = fields.String(validate=validate.OneOf(("open", *STATES)))


class ReturnLineBody(Body):
    """So many pieces of a line; and, for an exchange, which variant is wanted instead."""

    order_line_id = Text(40, least=1, required=True)
    quantity = Whole(1, 9999, required=True)
    variant_id = Text(40, allow_none=True)


class NewReturnBody(Body):
    """What comes back. One that the shop's staff open is approved at once."""

    order_id = Text(40, least=1, required=True)
    lines = Rows(ReturnLineBody, least=1, required=True)
    wish = Choice(tuple(WISHES), load_default="refund")
    reason = Choice(tuple(REASONS), required=True)
    text = Text(1000, load_default="")


class ReturnAnswerBody(Body):
    """Where to send the goods, or why not."""

    decision = Choice(("approve", "decline"), required=True)
    answer = Text(1000, least=1, required=True)


class ArrivedBody(Body):
    """How many pieces arrived, and how many of them can be sold again."""

    order_line_id = Text(40, least=1, required=True)
    received = Whole(0, 9999, required=True)
    restocked = Whole(0, 9999, load_default=0)


class ReceiveBody(Body):
    """What arrived. `location_id` says where it is put back."""

    lines = Rows(ArrivedBody, least=1, required=True)
    location_id = Text(40, allow_none=True, load_default=None)


class ReturnRefundBody(Body):
    """How much goes back; without an amount, exactly what was paid for what arrived."""

    amount_minor = Amount(0, allow_none=True, load_default=None)
    with_delivery = fields.Boolean(load_default=False)


class ExchangeBody(Body):
    """What is sent instead; without lines, what the buyer wished."""

    lines = Rows(ReturnLineBody, load_default=[])


class ExchangeShape(Shape):
    """The order that was made in exchange; `total_minor` is what the buyer still has to pay for it."""

    order_id = fields.String()
    code = fields.String()
    total_minor = fields.Integer()


class NewOrderLineBody(Body):
    """So many of a variant, at the catalogue's price or at another."""

    variant_id = Text(40, least=1, required=True)
    quantity = Whole(1, 9999, required=True)
    unit_price_minor = Amount(allow_none=True, load_default=None)


class NewOrderFeeBody(Body):
    """Something else that is charged."""

    label = Text(200, least=1, required=True)
    amount_minor = Amount(required=True)


class NewOrderBody(Body):
    """An order that the shop makes for a buyer. With `paid_outside` (how) the buyer has paid the shop itself."""

    email = fields.Email(required=True, validate=validate.Length(max=254))
    address = fields.Nested(AddressBody, allow_none=True, load_default=None)
    lines = Rows(NewOrderLineBody, least=1, required=True)
    fees = Rows(NewOrderFeeBody, most=10, load_default=[])
    discount_minor = Amount(load_default=0)
    delivery_label = Text(200, load_default="")
    delivery_minor = Amount(load_default=0)
    note = Text(2000, load_default="")
    locale = Choice(("en", "zh_Hans", "zh_Hant"), load_default="en")
    paid_outside = Text(200, load_default="")


class TagsBody(Body):
    """The words that an order is sorted by, instead of those it had."""

    tags = Texts(TAG_CHARACTERS_MAX, count=TAGS_MAX, required=True)


class NoteBody(Body):
    """What the team should know; the buyer never sees it."""

    text = Text(NOTE_CHARACTERS_MAX, least=1, required=True)


class NoteShape(Shape):
    """A note of the team."""

    id = fields.String()
    author_id = fields.String()
    author = fields.String()
    text = fields.String()
    created_at = Moment()
    edited_at = Moment(allow_none=True)


class NotesShape(Shape):
    """The notes on an order, the oldest first."""

    data = fields.List(fields.Nested(NoteShape), required=True)
