"""Papers and taxes as they go over the wire."""

from __future__ import annotations

from marshmallow import fields, validate

from core.api.shapes import Body, Choice, Flag, Listed, Moment, Shape, Text, Whole, page_of
from core.documents.queries import SERIES
from core.taxes.rules import DELIVERY_TAXES, ROUNDINGS

_PPM = {"description": "Parts per million: 130000 is 13 per cent."}
_COUNTRY = {"description": "ISO 3166-1, two letters; empty: everywhere."}


class PaperShape(Shape):
    """An issued paper in a list. A credit note's amounts are positive: what was given back."""

    id = fields.String()
    series = fields.String()
    code = fields.String(metadata={"description": "The number that stands on it."})
    order_id = fields.String(allow_none=True)
    order_code = fields.String()
    corrects_id = fields.String(allow_none=True)
    period = fields.String()
    buyer_name = fields.String()
    currency = fields.String()
    total_minor = fields.Integer()
    tax_minor = fields.Integer()
    issued_at = Moment()


PaperPageShape = page_of(PaperShape, "Paper")


class PartyShape(Shape):
    """Who sells or who buys, as it stands on the paper."""

    name = fields.String()
    lines = fields.List(fields.String())
    tax_id = fields.String()


class PaperLineShape(Shape):
    """Something that was sold."""

    name = fields.String()
    detail = fields.String()
    quantity = fields.Integer()
    unit_price_minor = fields.Integer()
    total_minor = fields.Integer()


class PaperTaxShape(Shape):
    """The tax of one rate; `base_minor` is without it."""

    name = fields.String()
    rate_ppm = fields.Integer(metadata=_PPM)
    base_minor = fields.Integer()
    tax_minor = fields.Integer()


class WholePaperShape(PaperShape):
    """An issued paper with all that stands on it; it never changes."""

    issued_on = fields.String()
    seller = fields.Nested(PartyShape)
    buyer = fields.Nested(PartyShape)
    lines = fields.List(fields.Nested(PaperLineShape))
    taxes = fields.List(fields.Nested(PaperTaxShape))
    tax_included = fields.Boolean()
    tax_note = fields.String()


class PaperQuery(Listed):
    """How the list of papers is narrowed. Days are those of the shop's time zone."""

    series = fields.String(validate=validate.OneOf(SERIES))
    q = fields.String(validate=validate.Length(max=100), metadata={"description": "Number, order or buyer."})
    since = fields.Date(data_key="from")
    until = fields.Date(data_key="to")


class TaxSettingsShape(Shape):
    """How tax is computed where no rate of its own fits."""

    tax_ppm = fields.Integer(metadata=_PPM)
    name = fields.String()
    prices_include_tax = fields.Boolean()
    rounding = fields.String()
    delivery = fields.String()


class TaxSettingsBody(Body):
    """All of it: what is left out is not kept."""

    tax_ppm = Whole(0, 1_000_000, required=True, metadata=_PPM)
    name = Text(40, required=True)
    prices_include_tax = Flag(required=True)
    rounding = Choice(ROUNDINGS, required=True)
    delivery = Choice(DELIVERY_TAXES, required=True)


class TaxRateShape(Shape):
    """The rate of a kind of goods (null: of all others) in a place."""

    id = fields.String()
    category_id = fields.String(allow_none=True)
    country = fields.String(metadata=_COUNTRY)
    region = fields.String()
    postal_prefix = fields.String()
    rate_ppm = fields.Integer(metadata=_PPM)
    name = fields.String()


TaxRatePageShape = page_of(TaxRateShape, "TaxRate")


class TaxRateBody(Body):
    """A rate; what is left out is empty."""

    category_id = Text(40, allow_none=True)
    country = Text(2, metadata=_COUNTRY)
    region = Text(200)
    postal_prefix = Text(12)
    rate_ppm = Whole(0, 1_000_000, required=True, metadata=_PPM)
    name = Text(40, least=1, required=True)


class TaxCategoryShape(Shape):
    """Goods that are taxed alike."""

    id = fields.String()
    name = fields.String()


TaxCategoryPageShape = page_of(TaxCategoryShape, "TaxCategory")


class TaxCategoryBody(Body):
    """What it is called."""

    name = Text(80, least=1, required=True)


class ExemptionShape(Shape):
    """A customer who owes no tax."""

    id = fields.String()
    customer_id = fields.String()
    email = fields.String()
    reason = fields.String()
    tax_id = fields.String()
    created_at = Moment()


ExemptionPageShape = page_of(ExemptionShape, "TaxExemption")


class ExemptionBody(Body):
    """Who, and why: the reason stands on invoices."""

    customer_id = Text(40, least=1, required=True)
    reason = Text(200, least=1, required=True)
    tax_id = Text(60)


class ReportQuery(Listed):
    """The days of the report, both included, in the shop's time zone."""

    since = fields.Date(data_key="from", required=True)
    until = fields.Date(data_key="to", required=True)


class TaxSumShape(Shape):
    """What one rate came to in one country, credit notes taken off."""

    country = fields.String(metadata=_COUNTRY)
    name = fields.String()
    rate_ppm = fields.Integer(metadata=_PPM)
    currency = fields.String()
    base_minor = fields.Integer()
    tax_minor = fields.Integer()
    papers = fields.Integer()


TaxReportShape = page_of(TaxSumShape, "TaxSum")
