"""How the messages are read and written as JSON.

Instants are RFC 3339 with an offset. A reader ignores fields that it does not know: the bank may add some.
"""

import re
from datetime import UTC
from typing import Any, ClassVar

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate

from plugins.payment.bank.messages import (
    Balance,
    BankKey,
    BankKeys,
    Collection,
    CollectionState,
    Notice,
    PaidNotice,
    Payment,
    Payout,
    Refund,
    StatementLine,
    StatementPage,
    TransferState,
)

AMOUNT_MINOR_MAX = 10**13
NOTICE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}\Z")
REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")


class AmountField(fields.Integer):
    """A whole number of minor units; refuses fractions, text and truth values."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if type(value) is not int or abs(value) > AMOUNT_MINOR_MAX:
            raise ValidationError("must be a whole number of minor units")
        return value


def _text(length_max: int = 200, **kwargs: Any) -> fields.String:
    # Databases do not take NUL in a text.
    rules = [validate.Length(max=length_max), validate.ContainsNoneOf("\x00")]
    return fields.String(required=True, validate=rules, **kwargs)


def _transfer_id(**kwargs: Any) -> fields.String:
    return _text(64, **kwargs)


def _reference() -> fields.String:
    return fields.String(required=True, validate=validate.Regexp(REFERENCE))


def _positive() -> AmountField:
    return AmountField(required=True, validate=validate.Range(min=1))


def _currency() -> fields.String:
    return fields.String(required=True, validate=validate.Regexp(re.compile(r"[A-Z]{3}\Z")))


def _instant() -> fields.AwareDateTime:
    return fields.AwareDateTime(required=True, format="iso", default_timezone=UTC)


class MessageSchema(Schema):
    """A message that loads into its dataclass (or, with none, into a dict)."""

    makes: ClassVar[type | None] = None

    class Meta:
        unknown = EXCLUDE

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> Any:
        return data if self.makes is None else self.makes(**data)


class PaymentSchema(MessageSchema):
    makes = Payment
    transfer_id = _transfer_id()
    amount_minor = _positive()
    currency = _currency()
    payer_account = _text()
    payer_name = _text()
    paid_at = _instant()


class CollectionSchema(MessageSchema):
    makes = Collection
    collection_id = _text()
    reference = _reference()
    amount_minor = _positive()
    currency = _currency()
    state = fields.Enum(CollectionState, by_value=True, required=True)
    qr_payload = fields.String(required=True, validate=validate.Length(max=1000))
    expires_at = _instant()
    paid_minor = AmountField(required=True)
    refunded_minor = AmountField(required=True)
    payments = fields.List(fields.Nested(PaymentSchema), required=True)


class RefundSchema(MessageSchema):
    makes = Refund
    refund_id = _text()
    refund_reference = _reference()
    reference = _reference()
    amount_minor = _positive()
    currency = _currency()
    state = fields.Enum(TransferState, by_value=True, required=True)
    transfer_id = _transfer_id(allow_none=True)
    failure_code = _text(allow_none=True)


class PayoutSchema(MessageSchema):
    makes = Payout
    payout_id = _text()
    reference = _reference()
    account = _text()
    name = _text()
    amount_minor = _positive()
    currency = _currency()
    state = fields.Enum(TransferState, by_value=True, required=True)
    transfer_id = _transfer_id(allow_none=True)
    failure_code = _text(allow_none=True)


class StatementLineSchema(MessageSchema):
    makes = StatementLine
    line = fields.Integer(required=True, strict=True)
    transfer_id = _transfer_id()
    kind = _text(40)
    reference = _text()
    amount_minor = AmountField(required=True)
    currency = _currency()
    counter_account = _text()
    counter_name = _text()
    booked_at = _instant()


class StatementPageSchema(MessageSchema):
    makes = StatementPage
    lines = fields.List(fields.Nested(StatementLineSchema), required=True)
    next_line = fields.Integer(required=True, strict=True, allow_none=True)


class BalanceSchema(MessageSchema):
    makes = Balance
    account = _text()
    amount_minor = AmountField(required=True)
    currency = _currency()


class BankKeySchema(MessageSchema):
    makes = BankKey
    key_id = _text()
    public_key = _text()


class BankKeysSchema(MessageSchema):
    makes = BankKeys
    keys = fields.List(fields.Nested(BankKeySchema), required=True)


class NoticeSchema(MessageSchema):
    makes = Notice
    notice_id = fields.String(required=True, validate=validate.Regexp(NOTICE_ID))
    type = _text()
    sequence = fields.Integer(required=True, strict=True)
    partner_id = _text()
    occurred_at = _instant()
    data = fields.Dict(keys=fields.String(), required=True)


class PaidNoticeSchema(MessageSchema):
    makes = PaidNotice
    collection_id = _text()
    reference = _reference()
    amount_minor = _positive()
    currency = _currency()
    payment = fields.Nested(PaymentSchema, required=True)


class CreateCollectionSchema(MessageSchema):
    reference = _reference()
    amount_minor = _positive()
    currency = _currency()
    expires_at = _instant()
    description = fields.String(required=True, validate=validate.Length(min=1, max=120))
    notify_url = fields.Url(load_default=None, allow_none=True, schemes={"http", "https"}, require_tld=False)


class CreateRefundSchema(MessageSchema):
    refund_reference = _reference()
    amount_minor = _positive()
    transfer_id = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=200))


class CreatePayoutSchema(MessageSchema):
    reference = _reference()
    account = fields.String(required=True, validate=validate.Regexp(re.compile(r"[0-9A-Z]{8,34}\Z")))
    name = fields.String(required=True, validate=validate.Length(min=1, max=120))
    amount_minor = _positive()
    currency = _currency()
    notify_url = fields.Url(load_default=None, allow_none=True, schemes={"http", "https"}, require_tld=False)
