"""Discounts as they go over the wire."""

from __future__ import annotations

from marshmallow import fields, validate

from core.api.shapes import Amount, Body, Choice, Flag, Listed, Moment, Shape, Text, Texts, Whole, page_of
from core.discounts.rules import KINDS
from core.discounts.service import AUDIENCES, CODES_AT_ONCE_MAX, EMAILS_MAX, METHODS, SCOPE_IDS_MAX, SCOPES


class DiscountFiguresShape(Shape):
    """What became of a discount; orders that were never paid are not counted."""

    orders = fields.Integer()
    given_minor = fields.Integer(metadata={"description": "What the orders were given in all."})
    sales_minor = fields.Integer(metadata={"description": "What these orders came to."})


class DiscountShape(Shape):
    """What lowers a price: for whoever types a code, or by itself."""

    id = fields.String()
    method = fields.String(metadata={"description": "`code` or `automatic`."})
    title = fields.String()
    code = fields.String(metadata={"description": "The first code; empty where it applies by itself."})
    codes = fields.Integer(metadata={"description": "How many codes it has."})
    state = fields.String(metadata={"description": "off, scheduled, active, used_up or ended."})
    kind = fields.String(metadata={"description": "percent, amount, shipping, or bxgy (buy some, get some)."})
    rate_ppm = fields.Integer(metadata={"description": "Parts per million: 100000 is 10%."})
    amount_minor = fields.Integer()
    scope = fields.String(metadata={"description": "What it is bound to; for bxgy what is to be bought."})
    scope_ids = fields.List(fields.String())
    get_scope = fields.String(metadata={"description": "For bxgy: what is lowered by rate_ppm."})
    get_ids = fields.List(fields.String())
    buy_quantity = fields.Integer()
    get_quantity = fields.Integer()
    rounds_max = fields.Integer(allow_none=True)
    minimum_minor = fields.Integer()
    minimum_quantity = fields.Integer()
    audience = fields.String(metadata={"description": "everyone, first_order or emails."})
    emails = fields.List(fields.String())
    with_goods = fields.Boolean(metadata={"description": "May stand together with discounts on goods."})
    with_delivery = fields.Boolean(metadata={"description": "May stand together with free delivery."})
    uses_max = fields.Integer(allow_none=True)
    per_buyer_max = fields.Integer(allow_none=True)
    used = fields.Integer(metadata={"description": "Uses of its codes."})
    starts_at = Moment(allow_none=True)
    ends_at = Moment(allow_none=True)
    active = fields.Boolean()
    created_at = Moment()
    updated_at = Moment()


class DiscountWithFiguresShape(DiscountShape):
    """A discount and what became of it."""

    figures = fields.Nested(DiscountFiguresShape)


DiscountPageShape = page_of(DiscountShape, "Discount")


class DiscountQuery(Listed):
    """How the list of discounts is narrowed."""

    method = fields.String(validate=validate.OneOf(METHODS))


class DiscountTermsBody(Body):
    """What a discount gives; what is left out stays as it is (of a new one: its default)."""

    title = Text(80)
    kind = Choice(KINDS)
    rate_ppm = Whole(0, 1_000_000)
    amount_minor = Amount()
    scope = Choice(SCOPES)
    scope_ids = Texts(40, count=SCOPE_IDS_MAX)
    get_scope = Choice(SCOPES)
    get_ids = Texts(40, count=SCOPE_IDS_MAX)
    buy_quantity = Whole(1, 999)
    get_quantity = Whole(1, 999)
    rounds_max = Whole(1, allow_none=True)
    minimum_minor = Amount()
    minimum_quantity = Whole(0, 9999)
    audience = Choice(AUDIENCES)
    emails = Texts(254, count=EMAILS_MAX)
    with_goods = Flag()
    with_delivery = Flag()
    uses_max = Whole(1, allow_none=True)
    per_buyer_max = Whole(1, allow_none=True)
    starts_at = Moment(allow_none=True)
    ends_at = Moment(allow_none=True)


class NewDiscountBody(DiscountTermsBody):
    """A new discount. One that a code asks for needs `code`, one that applies by itself a `title`."""

    method = Choice(METHODS, load_default="code")
    code = Text(40)
    kind = Choice(KINDS, required=True)


class ChangeDiscountBody(DiscountTermsBody):
    """Other terms from now on, or the switch; orders keep what they were given."""

    active = Flag()


class DiscountCodeShape(Shape):
    """A code of a discount."""

    code = fields.String()
    uses_max = fields.Integer(allow_none=True)
    used = fields.Integer()


DiscountCodePageShape = page_of(DiscountCodeShape, "DiscountCode")


class MakeCodesBody(Body):
    """How many codes for one use each, and what they begin with."""

    count = Whole(1, CODES_AT_ONCE_MAX, required=True)
    prefix = Text(20)


class MadeCodesShape(Shape):
    """The codes that were made."""

    codes = fields.List(fields.String())
