"""What waits in the demo's office: limits that stand, proposals that need a second person."""

from __future__ import annotations

from collections.abc import Sequence

from core.control.adjustments import propose_adjustment
from core.control.approvals import approve
from core.control.limits import propose_limit
from core.ledger.queries import balance
from core.ledger.service import AccountRef, Posting
from core.parties.service import register_member
from core.payments.accounts import add_bank_account
from core.payments.payouts import request_payout
from core.seed.people import COLLEAGUES, PASSWORD
from core.shops.fees import propose_fee

PAYOUT_AT_ONCE_MINOR = 300_000
REFUND_A_DAY_MINOR = 200_000


def colleagues() -> dict[str, str]:
    """The platform's other people; gives their ids by role."""
    return {
        role: register_member(email=email, name=name, password=PASSWORD, locale=locale, staff_role=role)
        for email, name, locale, role in COLLEAGUES
    }


def limits(maker_id: str, checker_id: str) -> None:
    """The platform's limits, proposed by one and approved by another."""
    for name, scope, holder, single, day in (
        ("payout", "everyone", "", PAYOUT_AT_ONCE_MINOR, 10 * PAYOUT_AT_ONCE_MINOR),
        ("refund", "role", "manager", None, REFUND_A_DAY_MINOR),
    ):
        proposal = propose_limit(
            name=name,
            scope=scope,
            holder=holder,
            currency="CNY",
            single_minor=single,
            day_minor=day,
            day_count=None,
            maker_id=maker_id,
            reason="Opening of the platform",
        )
        approve(proposal, checker_id=checker_id, note="As agreed.")


def proposals(stalls: Sequence[tuple[str, str]], finance_id: str) -> None:
    """A withdrawal over the limit, another fee and a correction wait. `stalls` are (merchant, owner) pairs."""
    for merchant_id, owner_id in stalls:
        available = balance(AccountRef("merchant_available", merchant_id, "CNY")).available_minor
        if available > PAYOUT_AT_ONCE_MINOR:
            account = add_bank_account(
                merchant_id,
                holder="杭州茶行有限公司",
                bank_name="ICBC",
                bank_code="ICBC",
                number="6222021202041701419",
                actor_id=owner_id,
            )
            request_payout(merchant_id, account, PAYOUT_AT_ONCE_MINOR + 12_300, actor_id=owner_id)
            break
    merchant_id = stalls[-1][0]
    propose_fee(merchant_id, 4500, maker_id=finance_id, reason="More than 100 orders in its first month")
    propose_adjustment(
        [
            Posting(AccountRef("platform_fees", "platform", "CNY"), -1500),
            Posting(AccountRef("merchant_available", merchant_id, "CNY"), 1500),
        ],
        memo="Fee taken twice on one order",
        maker_id=finance_id,
        merchant_id=merchant_id,
    )
