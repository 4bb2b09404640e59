"""Names of the SDK, pinned: a plugin somewhere uses each of them.

Adding one here is a decision to keep it. Taking one away needs a notice in the changelog, one release ahead.
"""

from __future__ import annotations

import inspect

import pytest

import core.sdk
import core.sdk.testing

SDK = [
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
    "ID",
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
    "NOT_AN_AMOUNT",
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
    "StatementStatus",
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
    "SLOT_PLACES",
    "ShopView",
    "SignInNeeded",
    "Simulator",
    "Slot",
    "StatementRow",
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

KIT = [
    "ADDRESS",
    "Browser",
    "DeliveryMethodContract",
    "FAKES",
    "FakeDelivery",
    "FakeIdentityCheck",
    "FakeMessageChannel",
    "FakeOutside",
    "FakePaymentMethod",
    "FakePayoutRail",
    "IdentityCheckContract",
    "MessageChannelContract",
    "PaymentMethodContract",
    "PayoutRailContract",
    "assert_loaded",
    "cancel_test_order",
    "make_app",
    "make_goods",
    "make_shop",
    "outside",
    "place_test_order",
    "plugin_on",
]


@pytest.mark.parametrize(("module", "names"), [(core.sdk, SDK), (core.sdk.testing, KIT)], ids=["sdk", "testing"])
def test_the_surface_is_what_was_promised(module, names: list[str]) -> None:
    assert sorted(module.__all__) == sorted(names)


@pytest.mark.parametrize(("module", "names"), [(core.sdk, SDK), (core.sdk.testing, KIT)], ids=["sdk", "testing"])
def test_every_name_is_there_and_everything_else_is_not_promised(module, names: list[str]) -> None:
    public = {name for name, value in vars(module).items() if not name.startswith("_") and not inspect.ismodule(value)}
    assert public - {"annotations"} - set(names) == set()
    assert set(names) - set(vars(module)) == set()


def test_everything_that_plugins_call_says_what_it_does() -> None:
    named = {name: getattr(core.sdk, name) for name in SDK}
    silent = [
        name
        for name, value in named.items()
        if (inspect.isfunction(value) or inspect.isclass(value))
        and value.__module__.startswith("core.")
        and not (value.__doc__ or "").strip()
    ]
    assert silent == []
