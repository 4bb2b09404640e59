"""Ways for money to come in and go out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from core.contract.providers.base import Provider
from core.contract.views import ShopView


class Capability(StrEnum):
    """What a payment method can do; the host offers no more than this."""

    REFUND = "refund"
    PARTIAL_REFUND = "partial_refund"
    QUERY = "query"
    CANCEL = "cancel"


class PaymentState(StrEnum):
    """The one state machine of every payment. Unknown is asked about until known; it is never guessed."""

    CREATED = "created"
    REQUIRES_ACTION = "requires_action"
    UNKNOWN = "unknown"
    CAPTURED = "captured"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RefundState(StrEnum):
    """Where a refund stands: created (money held), unknown (asked about), succeeded, failed (hold released)."""

    CREATED = "created"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class PayoutState(StrEnum):
    """Where a payout stands; the same meanings as RefundState. No rail sees one that awaits approval."""

    AWAITING_APPROVAL = "awaiting_approval"
    CREATED = "created"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """Ask for an amount. `payment_id` is the idempotency key: the same id never charges twice.

    `notify_url` is the address of the plugin's own hooks face (`…/hooks/<plugin>`), below which its paths are.
    """

    payment_id: str
    amount_minor: int
    currency: str
    description: str
    expires_at: datetime
    return_url: str
    notify_url: str


@dataclass(frozen=True, slots=True)
class PaymentOutcome:
    """What is known of a payment, refund or payout at the other side.

    `external_id` is theirs and unique per provider; `amount_minor` is what really moved there (CAPTURED only);
    `instructions` is plain JSON for the method's own `present` (a QR payload, a redirect).
    """

    state: PaymentState
    external_id: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    instructions: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Give back part or all of a captured payment. `refund_id` is the idempotency key."""

    refund_id: str
    payment_id: str
    payment_external_id: str | None
    amount_minor: int
    currency: str
    reason: str


@dataclass(frozen=True, slots=True)
class RefundOutcome:
    state: RefundState
    external_id: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class PayoutRequest:
    """Send money to a bank account. `payout_id` is the idempotency key."""

    payout_id: str
    amount_minor: int
    currency: str
    account_name: str
    account_number: str
    bank_code: str
    reason: str


@dataclass(frozen=True, slots=True)
class PayoutOutcome:
    state: PayoutState
    external_id: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class PayOffer:
    """A method's place among the choices at checkout; `detail` is one line under the label."""

    label: str
    detail: str = ""
    icon: str = "coin"
    order: int = 100


@dataclass(frozen=True, slots=True)
class StatementStatus:
    """How far the statement of an account outside has been read, and what its lines add up to.

    `total_minor` is positive when more came in than went out; `unmet` counts lines that meet nothing in our books.
    """

    account: str
    currency: str
    read_at: datetime
    lines: int
    total_minor: int
    unmet: int = 0


class MoneyProvider(Provider):
    """A provider at which the platform's money stands."""

    custody: ClassVar[str | None] = None
    """Name of the account outside, `<plugin>.<account>`; providers that move money at one bank share it."""

    @property
    def custody_id(self) -> str:
        """Owner of the `custody` ledger account for this provider's money."""
        return self.custody or self.id

    def statements(self) -> Sequence[StatementStatus]:
        """What the other side's own statements say, where they are read: one for each account and currency.

        Read from the plugin's own tables, for the pages of reconciliation. Of several providers that share a
        custody one answers.
        """
        return ()


class PaymentMethod(MoneyProvider):
    """Collects money from a buyer. Money moves in the ledger only through the host, which acts on the outcomes."""

    capabilities: frozenset[Capability] = frozenset()

    @abstractmethod
    def offer(self, shop: ShopView, amount_minor: int, currency: str) -> PayOffer | None:
        """Whether this method is for this shop and amount, and how it is shown. No write, no call to the outside."""

    @abstractmethod
    def start(self, shop: ShopView, request: PaymentRequest) -> PaymentOutcome:
        """Open the payment at the other side. Called outside any transaction, possibly again with the same request.

        Return UNKNOWN when the answer was lost. May not move money in the ledger. An exception counts as UNKNOWN.
        """

    @abstractmethod
    def query(self, shop: ShopView, payment_id: str, external_id: str | None) -> PaymentOutcome:
        """Ask the other side how a payment stands. Outside any transaction; an exception counts as UNKNOWN."""

    def cancel(self, shop: ShopView, payment_id: str, external_id: str | None) -> PaymentOutcome:
        """Close a payment so that it cannot be paid any more; CAPTURED when it was paid after all."""
        return self.query(shop, payment_id, external_id)

    def refund(self, shop: ShopView, request: RefundRequest) -> RefundOutcome:
        """Give money back. Outside any transaction, idempotent by `refund_id`; an exception counts as UNKNOWN."""
        return RefundOutcome(RefundState.FAILED, message="this method cannot refund")

    def query_refund(self, shop: ShopView, refund_id: str, external_id: str | None) -> RefundOutcome:
        """Ask how a refund stands."""
        return RefundOutcome(RefundState.UNKNOWN)

    @abstractmethod
    def present(self, shop: ShopView, instructions: Mapping[str, Any]) -> str:
        """Trusted markup for the pay page (a QR, an account number), from the outcome's instructions. No I/O."""


class PayoutRail(MoneyProvider):
    """Sends money out to bank accounts."""

    @abstractmethod
    def pay_out(self, shop: ShopView, request: PayoutRequest) -> PayoutOutcome:
        """Send it. Outside any transaction, idempotent by `payout_id`; an exception counts as UNKNOWN."""

    @abstractmethod
    def query_payout(self, shop: ShopView, payout_id: str, external_id: str | None) -> PayoutOutcome:
        """Ask how a payout stands."""


@dataclass(frozen=True, slots=True)
class CapturedPayment:
    """Money that came in exactly as it was asked for, in minor units; no subject has it yet."""

    merchant_id: str
    payment_id: str
    subject_id: str
    provider_id: str
    amount_minor: int
    currency: str


class PaymentSubject(Protocol):
    """What a payment is for (an order, later a loan instalment). Registered by purpose; called in the transaction."""

    purpose: str

    def on_captured(self, payment: CapturedPayment) -> bool:
        """Take the money for the subject (`capture_into` posts the transfer) and move it on, in this transaction.

        Return False when the subject no longer wants it (cancelled meanwhile): the host then gives it back.
        """

    def on_ended(self, merchant_id: str, subject_id: str, payment_id: str, state: PaymentState) -> None:
        """The payment failed or was cancelled; the subject may be paid another way."""

    def on_refund_ended(
        self, merchant_id: str, subject_id: str, refund_id: str, amount_minor: int, succeeded: bool
    ) -> None:
        """A refund of the subject's money was paid, or finally failed (its hold is released by then)."""
