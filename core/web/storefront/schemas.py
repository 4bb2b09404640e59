"""What buyers send, checked: every field has a bound, and every refusal names its field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, pre_load, validate

from core.base.errors import Invalid
from core.base.i18n import lazy_gettext as _l
from core.web.storefront.countries import COUNTRY_CODES

_ID = validate.Regexp(re.compile(r"[a-z]{2,6}_[0-9a-z]{1,36}\Z"), error=_l("This is not known here."))
_QUANTITY_WORDS = _l("Write a whole number from 0 to 9999.")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def _text(most: int, *, needed: Any = None) -> fields.String:
    too_long: Any = _l("At most %(count)d characters.", count=most)
    rules: list[Any] = [validate.Length(max=most, error=too_long)]
    if needed is None:
        return fields.String(load_default="", validate=rules)
    rules.append(validate.Length(min=1, error=needed))
    return fields.String(required=True, validate=rules, error_messages={"required": needed, "null": needed})


def _quantity(least: int, default: int) -> fields.Integer:
    return fields.Integer(
        load_default=default,
        validate=validate.Range(least, 9999, error=_QUANTITY_WORDS),
        error_messages={"invalid": _QUANTITY_WORDS, "too_large": _QUANTITY_WORDS},
    )


class Form(Schema):
    """A form of a page: unknown fields are left out, texts lose outer blanks and control characters."""

    class Meta:
        unknown = EXCLUDE

    @pre_load
    def _clean(self, data: Mapping[str, Any], **_kwargs: Any) -> dict[str, Any]:
        return {
            key: _CONTROL.sub("", value.replace("\r\n", "\n")).strip() if isinstance(value, str) else value
            for key, value in data.items()
        }


class AddToCart(Form):
    variant_id = fields.String(required=True, validate=_ID, error_messages={"required": _l("Choose one first.")})
    quantity = _quantity(1, 1)


class GiftCardWish(AddToCart):
    """A gift card to be put into the cart: which amount, and whom it is for."""

    own_amount = _text(20)
    gift_email = _text(254)
    gift_recipient = _text(120)
    gift_sender = _text(120)
    gift_message = _text(500)
    gift_send_on = _text(10)


class LineQuantity(Form):
    quantity = _quantity(0, 1)


class CouponCode(Form):
    code = _text(40)


class GiftCardCode(Form):
    gift_card = _text(40)


class Search(Form):
    q = _text(100)
    cursor = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=600))
    category = _text(160)
    tag = _text(80)
    least = _text(20)
    most = _text(20)
    available = _text(2)
    sort = _text(12)


class Address(Form):
    """Where the goods go. Region and postal code are written differently around the world: they are not forced; whether
    a phone number and a company are needed, the shop decides (`missing_details`)."""

    name = _text(120, needed=_l("Who receives the goods?"))
    phone = _text(40)
    country = fields.String(
        required=True,
        validate=validate.OneOf(COUNTRY_CODES, error=_l("Choose a country.")),
        error_messages={"required": _l("Choose a country.")},
    )
    region = _text(120)
    city = _text(120, needed=_l("Which city?"))
    line1 = _text(200, needed=_l("Street and number, please."))
    line2 = _text(200)
    postal_code = _text(20)
    company = _text(120)
    tax_id = _text(40)


class Checkout(Form):
    """Everything of the checkout page but the address."""

    email = _text(254, needed=_l("Where do we send the confirmation?"))
    note = _text(500)
    delivery = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=120))
    payment = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=80))
    agreed_total_minor = fields.Integer(
        load_default=-1,
        validate=validate.Range(-1, 10**15, error=_l("This total cannot be.")),
        error_messages={"invalid": _l("This total cannot be."), "too_large": _l("This total cannot be.")},
    )
    agreed_card_minor = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 10**15, error=_l("This total cannot be.")),
        error_messages={"invalid": _l("This total cannot be."), "too_large": _l("This total cannot be.")},
    )


class RefundWish(Form):
    amount = _text(30, needed=_l("How much?"))
    reason = _text(500, needed=_l("Tell the shop what is wrong."))


class Register(Form):
    email = _text(254, needed=_l("Write your e-mail address."))
    name = _text(120, needed=_l("Write your name."))


class FindOrder(Form):
    code = _text(16, needed=_l("Write the order's code."))
    email = _text(254, needed=_l("Write the e-mail address of the order."))


class ChosenPayment(Form):
    payment = _text(80, needed=_l("Choose a way to pay."))


@cache
def _made(schema: type[Form]) -> Form:
    """One instance serves all requests: making one copies every field, loading changes none."""
    return schema()


def load_form(schema: type[Form], sent: Mapping[str, Any]) -> dict[str, Any]:
    """What was sent, checked. Raises Invalid with `fields`."""
    try:
        loaded: dict[str, Any] = _made(schema).load(dict(sent))
    except ValidationError as error:
        raise Invalid(_l("Please correct the marked fields."), fields=first_words(error)) from None
    return loaded


def first_words(error: ValidationError) -> dict[str, object]:
    """The first complaint of each field."""
    messages = error.messages if isinstance(error.messages, dict) else {"form": error.messages}
    return {str(name): words[0] if isinstance(words, list) and words else words for name, words in messages.items()}
