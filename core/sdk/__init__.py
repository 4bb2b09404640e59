"""The one surface that plugins import; what is not here is not theirs.

By area: who you are (Manifest, Permission, hookimpl), what you bring (contributions, provider types), what you are told
(views), your own data (db, Base, …), what the host does for you (money, orders, the request under way), words.
Names are added freely and removed only after a notice in the changelog; tests/core/sdk/test_surface.py pins them.
"""

from __future__ import annotations

from core.base import clock
from core.base.crypto import CannotDecrypt, blind_index, blind_indexes, decrypt, encrypt
from core.base.database import ID, Base, Json, TenantRow, UtcDateTime, db, tenant_fk
from core.base.encrypted import encrypted_columns
from core.base.errors import (
    Invalid,
    NotAllowed,
    NotFound,
    OutsideUnknown,
    Refused,
    SignInNeeded,
    TongbaoError,
    TooMany,
)
from core.base.i18n import gettext, lazy_gettext, lazy_pgettext, ngettext, pgettext
from core.base.ids import new_code, new_id, new_token
from core.base.money import Money, MoneyError, allocate, minor_digits, parse_minor, round_minor, share_ppm
from core.base.outbox import emit
from core.base.transactions import end_read, transactional
from core.contract.contributions import (
    SLOT_PLACES,
    AccountKind,
    Check,
    DataSubject,
    EncryptedRows,
    FacePages,
    Job,
    Kept,
    Letter,
    Letterhead,
    MessageKind,
    NavItem,
    PersonalData,
    Simulator,
    Slot,
    Subscription,
    TransferKind,
)
from core.contract.decisions import ApprovalKind, Change, Decision, ReviewKind
from core.contract.exports import ExportList
from core.contract.hookspecs import hookimpl
from core.contract.manifest import Manifest, Permission
from core.contract.providers import (
    Capability,
    CapturedPayment,
    DeliveryMethod,
    DeliveryOption,
    IdentityCheck,
    IdentityDocument,
    IdentityOutcome,
    IdentityRequest,
    IdentityState,
    MessageChannel,
    MessageOutcome,
    MessageState,
    OutgoingMessage,
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
    Provider,
    RefundOutcome,
    RefundRequest,
    RefundState,
    StatementStatus,
)
from core.contract.search import SearchHit, SearchSource
from core.contract.settings_form import NOT_AN_AMOUNT
from core.contract.views import AddressView, BasketView, FeeLine, LineView, OrderView, ShopView
from core.control.approvals import propose
from core.control.reviews import open_review
from core.ledger.queries import balance, statement
from core.ledger.service import place_hold, post_hold, post_transfer, post_transfers, release_hold, reverse_transfer
from core.ledger.values import AccountRef, Balance, Hold, Posting, StatementRow, Transfer, TransferDraft
from core.messages.service import send as send_message
from core.parties.roles import require_permission
from core.parties.staff import require_staff
from core.payments.payouts import record_payout_outcome
from core.payments.queries import OutsideMovement, known_outside, outside_movements
from core.payments.refunds import create_refund, record_refund_outcome
from core.payments.service import capture_into, create_payment, record_outcome, start_payment
from core.sdk.pages import current_shop, flash, keep_with_cart, kept_with_cart, render_page, require
from core.sdk.surroundings import data_dir, find_order, shop_view
from core.shops.service import change_plugin_settings, touch_shop
from core.shops.trading import read_weight, weight_text

__all__ = [
    "ID",
    "NOT_AN_AMOUNT",
    "SLOT_PLACES",
    "AccountKind",
    "AccountRef",
    "AddressView",
    "ApprovalKind",
    "Balance",
    "Base",
    "BasketView",
    "CannotDecrypt",
    "Capability",
    "CapturedPayment",
    "Change",
    "Check",
    "DataSubject",
    "Decision",
    "DeliveryMethod",
    "DeliveryOption",
    "EncryptedRows",
    "ExportList",
    "FacePages",
    "FeeLine",
    "Hold",
    "IdentityCheck",
    "IdentityDocument",
    "IdentityOutcome",
    "IdentityRequest",
    "IdentityState",
    "Invalid",
    "Job",
    "Json",
    "Kept",
    "Letter",
    "Letterhead",
    "LineView",
    "Manifest",
    "MessageChannel",
    "MessageKind",
    "MessageOutcome",
    "MessageState",
    "Money",
    "MoneyError",
    "NavItem",
    "NotAllowed",
    "NotFound",
    "OrderView",
    "OutgoingMessage",
    "OutsideMovement",
    "OutsideUnknown",
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
    "Permission",
    "PersonalData",
    "Posting",
    "Provider",
    "RefundOutcome",
    "RefundRequest",
    "RefundState",
    "Refused",
    "ReviewKind",
    "SearchHit",
    "SearchSource",
    "ShopView",
    "SignInNeeded",
    "Simulator",
    "Slot",
    "StatementRow",
    "StatementStatus",
    "Subscription",
    "TenantRow",
    "TongbaoError",
    "TooMany",
    "Transfer",
    "TransferDraft",
    "TransferKind",
    "UtcDateTime",
    "allocate",
    "balance",
    "blind_index",
    "blind_indexes",
    "capture_into",
    "change_plugin_settings",
    "clock",
    "create_payment",
    "create_refund",
    "current_shop",
    "data_dir",
    "db",
    "decrypt",
    "emit",
    "encrypt",
    "encrypted_columns",
    "end_read",
    "find_order",
    "flash",
    "gettext",
    "hookimpl",
    "keep_with_cart",
    "kept_with_cart",
    "known_outside",
    "lazy_gettext",
    "lazy_pgettext",
    "minor_digits",
    "new_code",
    "new_id",
    "new_token",
    "ngettext",
    "open_review",
    "outside_movements",
    "parse_minor",
    "pgettext",
    "place_hold",
    "post_hold",
    "post_transfer",
    "post_transfers",
    "propose",
    "read_weight",
    "record_outcome",
    "record_payout_outcome",
    "record_refund_outcome",
    "release_hold",
    "render_page",
    "require",
    "require_permission",
    "require_staff",
    "reverse_transfer",
    "round_minor",
    "send_message",
    "share_ppm",
    "shop_view",
    "start_payment",
    "statement",
    "tenant_fk",
    "touch_shop",
    "transactional",
    "weight_text",
]
