"""The words for what the plugin shows: kinds of requests and verdicts on notices."""

from __future__ import annotations

from core.sdk import lazy_gettext as _
from plugins.payment.bank.messages import NoticeType
from plugins.payment.models import Kind, Verdict

KINDS = {
    Kind.COLLECTION: _("Payment"),
    Kind.REFUND: _("Refund"),
    Kind.PAYOUT: _("Withdrawal"),
}

NOTICES = {
    NoticeType.COLLECTION_PAID: _("Payment received"),
    NoticeType.REFUND_DONE: _("Refund paid"),
    NoticeType.REFUND_FAILED: _("Refund failed"),
    NoticeType.PAYOUT_DONE: _("Withdrawal paid"),
    NoticeType.PAYOUT_FAILED: _("Withdrawal failed"),
}

VERDICTS = {
    Verdict.WAITING: (_("Waiting"), _("Stored, and about to be acted on.")),
    Verdict.ASKING: (
        _("Asking the bank"),
        _("It said something unexpected; the bank is asked what is true."),
    ),
    Verdict.ACTED: (_("Done"), _("It was right and has been recorded.")),
    Verdict.CORRECTED: (
        _("Corrected"),
        _("It was not what we expected; what the bank answered when asked was recorded instead."),
    ),
    Verdict.UNKNOWN_REFERENCE: (
        _("Unknown"),
        _("It is about something this shop never asked for. No money moved."),
    ),
    Verdict.NOT_UNDERSTOOD: (
        _("Not understood"),
        _("The bank signed it, but its content makes no sense. No money moved."),
    ),
    Verdict.REFUSED: (_("Refused"), _("It did not prove to be from the bank. No money moved.")),
}
