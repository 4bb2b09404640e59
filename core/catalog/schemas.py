"""What comes in: forms and programs write texts; these make the services' input of them, or say where it fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from core.base.i18n import lazy_gettext as _l
from core.base.money import MoneyError, parse_minor
from core.catalog.details import OptionDetails, ProductDetails, VariantDetails

_NOT_EMPTY = validate.Length(min=1, error=_l("This is needed."))
_WHOLE = {"invalid": _l("Write a whole number.")}


class Amount(fields.Field[int | None]):
    """An amount as people write it (`12.50`), in minor units of the schema's currency. Empty is None.

    More digits than the currency has are refused, never rounded.
    """

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int | None:
        text = str(value).strip() if value is not None else ""
        if not text:
            if self.required:
                raise ValidationError([_l("This is needed.")])
            return None
        try:
            minor = parse_minor(text.replace(",", "") if "." in text else text, getattr(self.root, "currency", ""))
        except MoneyError as error:
            raise ValidationError([_l("Write an amount like 12.50, with the digits that the currency has.")]) from error
        if minor < 0:
            raise ValidationError([_l("An amount cannot be negative.")])
        return minor


class WholeNumber(fields.Integer):
    """A whole number as people write it; empty is the default."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if isinstance(value, str) and not value.strip():
            return 0
        return super()._deserialize(value, attr, data, **kwargs)


class CatalogSchema(Schema):
    """Trims nothing and invents nothing; fields of the form that are not the schema's are ignored."""

    class Meta:
        unknown = EXCLUDE


class ProductSchema(CatalogSchema):
    """The words of a product; `tags` is one line with commas."""

    name = fields.String(required=True, validate=[_NOT_EMPTY, validate.Length(max=255)])
    slug = fields.String(load_default="", validate=validate.Length(max=120))
    summary = fields.String(load_default="", validate=validate.Length(max=300))
    description_html = fields.String(load_default="", validate=validate.Length(max=100_000))
    vendor = fields.String(load_default="", validate=validate.Length(max=120))
    tags = fields.String(load_default="", validate=validate.Length(max=2_000))
    published = fields.Boolean(load_default=False)
    seo_title = fields.String(load_default="", validate=validate.Length(max=160))
    seo_description = fields.String(load_default="", validate=validate.Length(max=320))
    tax_category_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=40))

    @post_load
    def _details(self, data: dict[str, Any], **kwargs: Any) -> ProductDetails:
        tags = tuple(tag.strip() for tag in data.pop("tags").replace("，", ",").split(",") if tag.strip())
        return ProductDetails(tags=tags, **data)


class OptionSchema(CatalogSchema):
    """An option; `values` is one line with commas."""

    name = fields.String(required=True)
    values = fields.String(required=True)

    @post_load
    def _details(self, data: dict[str, Any], **kwargs: Any) -> OptionDetails:
        values = data["values"].replace("，", ",").split(",")
        return OptionDetails(data["name"].strip(), tuple(value.strip() for value in values if value.strip()))


class VariantSchema(CatalogSchema):
    """A variant as written in a row of a form. Give the shop's currency when making the schema."""

    id = fields.String(load_default=None, allow_none=True)
    option_values = fields.List(fields.String(), load_default=list)
    price = Amount(required=True)
    compare_at = Amount(load_default=None, allow_none=True)
    cost = Amount(load_default=None, allow_none=True)
    sku = fields.String(load_default="", validate=validate.Length(max=80))
    barcode = fields.String(load_default="", validate=validate.Length(max=40))
    weight_grams = WholeNumber(load_default=0, error_messages=_WHOLE, validate=validate.Range(0, 1_000_000))
    on_hand = WholeNumber(load_default=0, error_messages=_WHOLE, validate=validate.Range(0, 1_000_000_000))
    tracked = fields.Boolean(load_default=True)
    taxable = fields.Boolean(load_default=True)
    requires_shipping = fields.Boolean(load_default=True)

    def __init__(self, *, currency: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.currency = currency

    @post_load
    def _details(self, data: dict[str, Any], **kwargs: Any) -> VariantDetails:
        return VariantDetails(
            id=data["id"] or None,
            option_values=tuple(data["option_values"]),
            price_minor=data["price"],
            compare_at_minor=data["compare_at"],
            cost_minor=data["cost"],
            sku=data["sku"].strip(),
            barcode=data["barcode"].strip(),
            weight_grams=data["weight_grams"],
            on_hand=data["on_hand"],
            tracked=data["tracked"],
            taxable=data["taxable"],
            requires_shipping=data["requires_shipping"],
        )
