"""Gift cards as they go over the wire."""

from __future__ import annotations

from marshmallow import fields, validate

from core.api.shapes import Amount, Body, Listed, Moment, Shape, Text, page_of

STATES = ("active", "used", "disabled", "expired", "returned")


class GiftCardShape(Shape):
    """A card with what stands on it now. Its code is nowhere but with its holder."""

    id = fields.String(required=True)
    last4 = fields.String(metadata={"description": "The end of its code; empty until it is sent."})
    currency = fields.String()
    state = fields.String(validate=validate.OneOf(STATES))
    initial_minor = fields.Integer()
    left_minor = fields.Integer()
    held_minor = fields.Integer(metadata={"description": "Set aside for orders that are not paid yet."})
    returned_minor = fields.Integer(metadata={"description": "What was left and went back to its buyer."})
    email = fields.String()
    recipient = fields.String()
    sender = fields.String()
    message = fields.String()
    note = fields.String()
    order_id = fields.String(allow_none=True, metadata={"description": "The order that sold it."})
    send_at = Moment(allow_none=True)
    delivered_at = Moment(allow_none=True)
    expires_at = Moment(allow_none=True)
    created_at = Moment()


GiftCardPageShape = page_of(GiftCardShape, "GiftCard")


class GiftCardEntryShape(Shape):
    """Something that came onto a card or went from it; the balance is that after it."""

    transfer_id = fields.String()
    kind = fields.String()
    reference = fields.String()
    amount_minor = fields.Integer()
    balance_minor = fields.Integer()
    occurred_at = Moment()


class GiftCardEntriesShape(Shape):
    """What came and went, the newest first, at most a hundred."""

    data = fields.List(fields.Nested(GiftCardEntryShape), required=True)


class GiftCardCodeShape(Shape):
    """A card and its code, which is shown this once."""

    id = fields.String(required=True)
    code = fields.String(required=True)


class TakenBackShape(Shape):
    """What went back to the buyer."""

    amount_minor = fields.Integer(required=True)


class GiftCardQuery(Listed):
    """How the list of cards is narrowed."""

    q = fields.String(
        validate=validate.Length(max=254),
        metadata={"description": "A whole code, its last four characters, or the address it was sent to."},
    )
    order_id = fields.String(validate=validate.Length(max=40), metadata={"description": "The order that sold it."})


class NewGiftCardBody(Body):
    """A card to be given out. With `email` its code is sent there, too."""

    amount_minor = Amount(1, required=True)
    email = fields.Email(validate=validate.Length(max=254))
    note = Text(500)
    expires_at = Moment(allow_none=True)


class RenewBody(Body):
    """Where the new code goes; left out: where the card was sent."""

    email = fields.Email(validate=validate.Length(max=254))


class TakeBackBody(Body):
    """Why."""

    reason = Text(300, least=1, required=True)
