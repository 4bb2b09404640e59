"""What the two sides tell each other, as typed values.

Amounts are whole minor units of an ISO 4217 currency.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class CollectionState(StrEnum):
    """Where a collection stands. `paid` stays `paid` when it is refunded."""

    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"
    EXPIRED = "expired"


class TransferState(StrEnum):
    """Where a refund or a payout stands. Only `processing` can still change."""

    PROCESSING = "processing"
    DONE = "done"
    FAILED = "failed"


class NoticeType(StrEnum):
    """What a notice tells."""

    COLLECTION_PAID = "collection.paid"
    REFUND_DONE = "refund.done"
    REFUND_FAILED = "refund.failed"
    PAYOUT_DONE = "payout.done"
    PAYOUT_FAILED = "payout.failed"


@dataclass(frozen=True)
class Payment:
    """Money that reached the account through a collection's QR code: one line of the statement."""

    transfer_id: str
    amount_minor: int
    currency: str
    payer_account: str
    payer_name: str
    paid_at: datetime


@dataclass(frozen=True)
class Collection:
    """A request for one payment. `payments` may hold none, one, or (a payer's mistake) several."""

    collection_id: str
    reference: str
    amount_minor: int
    currency: str
    state: CollectionState
    qr_payload: str
    expires_at: datetime
    paid_minor: int
    refunded_minor: int
    payments: list[Payment]


@dataclass(frozen=True)
class Refund:
    """Money given back to the payer of a collection."""

    refund_id: str
    refund_reference: str
    reference: str
    amount_minor: int
    currency: str
    state: TransferState
    transfer_id: str | None
    failure_code: str | None


@dataclass(frozen=True)
class Payout:
    """Money sent to somebody's account."""

    payout_id: str
    reference: str
    account: str
    name: str
    amount_minor: int
    currency: str
    state: TransferState
    transfer_id: str | None
    failure_code: str | None


@dataclass(frozen=True)
class StatementLine:
    """One booked movement on the account: `amount_minor` is positive when money came in."""

    line: int
    transfer_id: str
    kind: str
    reference: str
    amount_minor: int
    currency: str
    counter_account: str
    counter_name: str
    booked_at: datetime


@dataclass(frozen=True)
class StatementPage:
    """Some lines of a day; ask again after `next_line` while it is given."""

    lines: list[StatementLine]
    next_line: int | None


@dataclass(frozen=True)
class Balance:
    """What the account holds now."""

    account: str
    amount_minor: int
    currency: str


@dataclass(frozen=True)
class BankKey:
    """A public key with which the bank signs, as the bank publishes it."""

    key_id: str
    public_key: str


@dataclass(frozen=True)
class BankKeys:
    """All keys that the bank signs with now or soon."""

    keys: list[BankKey]


@dataclass(frozen=True)
class Notice:
    """What the bank tells of its own accord. `data` is a message of the kind that `type` names."""

    notice_id: str
    type: str
    sequence: int
    partner_id: str
    occurred_at: datetime
    data: dict[str, Any]


@dataclass(frozen=True)
class PaidNotice:
    """The data of a `collection.paid` notice: one payment of one collection."""

    collection_id: str
    reference: str
    amount_minor: int
    currency: str
    payment: Payment
