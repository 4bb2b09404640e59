"""Provider types: what the host needs done, implemented by plugins, chosen by id among those a merchant switched on."""

from core.contract.providers.base import Provider
from core.contract.providers.delivery import DeliveryMethod, DeliveryOption
from core.contract.providers.identity import (
    IdentityCheck,
    IdentityDocument,
    IdentityOutcome,
    IdentityRequest,
    IdentityState,
)
from core.contract.providers.messages import MessageChannel, MessageOutcome, MessageState, OutgoingMessage
from core.contract.providers.payment import (
    Capability,
    CapturedPayment,
    PaymentMethod,
    PaymentOutcome,
    PaymentRequest,
    PaymentState,
    PaymentSubject,
    PayOffer,
    PayoutOutcome,
    PayoutRail,
    PayoutRequest,
    PayoutState,
    RefundOutcome,
    RefundRequest,
    RefundState,
    StatementStatus,
)

__all__ = [
    "Capability",
    "CapturedPayment",
    "DeliveryMethod",
    "DeliveryOption",
    "IdentityCheck",
    "IdentityDocument",
    "IdentityOutcome",
    "IdentityRequest",
    "IdentityState",
    "MessageChannel",
    "MessageOutcome",
    "MessageState",
    "OutgoingMessage",
    "PayOffer",
    "PaymentMethod",
    "PaymentOutcome",
    "PaymentRequest",
    "PaymentState",
    "PaymentSubject",
    "PayoutOutcome",
    "PayoutRail",
    "PayoutRequest",
    "PayoutState",
    "Provider",
    "RefundOutcome",
    "RefundRequest",
    "RefundState",
    "StatementStatus",
]
