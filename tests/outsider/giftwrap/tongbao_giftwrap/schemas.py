"""What a merchant sets, and what a buyer posts."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields, validate

from core.sdk import NOT_AN_AMOUNT
from core.sdk import lazy_gettext as _

PRICE_MINOR = 1000
LETTERS_MAX = 120


class Settings(Schema):
    """The form in the console is made from this."""

    price_minor = fields.Integer(
        load_default=PRICE_MINOR,
        validate=validate.Range(min=0, max=10_000_000),
        error_messages={"invalid": NOT_AN_AMOUNT},
        metadata={"label": _("Price of the wrapping"), "money": True},
    )
    letters_max = fields.Integer(
        load_default=LETTERS_MAX,
        validate=validate.Range(min=1, max=500),
        metadata={"label": _("Letters on the card"), "help": _("How long the words on the card may be.")},
    )
    tell = fields.Email(
        load_default="",
        metadata={
            "label": _("Tell when wrapped"),
            "help": _("Who is told by e-mail when an order is wrapped."),
        },
    )


class WishForm(Schema):
    """The form in the cart."""

    class Meta:
        unknown = EXCLUDE

    wrap = fields.Boolean(load_default=False)
    words = fields.String(load_default="", validate=validate.Length(max=500))
