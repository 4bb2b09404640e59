"""Withdrawals to bank accounts: held, sent outside, posted when known."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from core.audit import record
from core.base import clock
from core.base.crypto import decrypt
from core.base.database import db
from core.base.errors import Invalid, NotFound, Refused
from core.base.i18n import gettext
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.outbox import emit
from core.base.transactions import end_read, transactional
from core.contract.decisions import ApprovalKind, Change, Facts
from core.contract.providers import PayoutOutcome, PayoutRail, PayoutRequest, PayoutState
from core.contract.runtime import health, registry
from core.control.approvals import propose
from core.control.errors import LimitReached
from core.control.limits import Doing, count_against_limits
from core.identity.levels import require_level
from core.ledger.service import AccountRef, Posting, place_hold, post_hold, release_hold
from core.parties.factors import require_recent_factor
from core.parties.roles import require_permission
from core.payments.asking import claim_due, judged, next_ask
from core.payments.errors import NoPayoutRail
from core.payments.models import BankAccount, Payout
from core.shops.queries import shop_context
from core.shops.standing import require_active
from core.shops.zones import local_day

log = logging.getLogger(__name__)


@transactional
def request_payout(merchant_id: str, bank_account_id: str, amount_minor: int, *, actor_id: str) -> str:
    """Hold an amount of the merchant's available money for a withdrawal; the worker sends it. Owners only.

    Over a limit it is not sent until one of the platform's staff approves it; the money stays held meanwhile.
    Raises NotAllowed, FactorNeeded, FactorMissing, NotFound, Invalid, VerificationNeeded, NotEnoughMoney, NoPayoutRail.
    Returns the payout's id.
    """
    require_permission(actor_id, merchant_id, "money.withdraw")
    require_recent_factor(actor_id)
    return withdraw(merchant_id, bank_account_id, amount_minor, actor_id=actor_id)


@transactional
def withdraw(merchant_id: str, bank_account_id: str, amount_minor: int, *, actor_id: str) -> str:
    """The same in the name of a person who has been asked for their second factor before (a schedule of theirs)."""
    role = require_permission(actor_id, merchant_id, "money.withdraw")
    require_active(merchant_id)
    account = db.session.get(BankAccount, (merchant_id, bank_account_id))
    if account is None or not account.active:
        raise NotFound(_("There is no such bank account."))
    if amount_minor <= 0:
        raise Invalid(_("The amount must be more than zero."), fields={"amount": _("More than zero, please.")})
    level = current_app.config["TONGBAO"].payout_level
    require_level("organisation", merchant_id, level, _("Money is withdrawn by verified merchants only."))
    shop = shop_context(merchant_id)
    rails = registry().providers(PayoutRail, shop.plugins)
    if not rails:
        raise NoPayoutRail
    payout_id = new_id("pyt")
    available = AccountRef("merchant_available", merchant_id, shop.currency)
    hold = place_hold(available, amount_minor, reference=payout_id, idempotency_key=f"payout:{payout_id}")
    moment = clock.now()
    doing = Doing("payout", merchant_id, actor_id, role, amount_minor, shop.currency, local_day(shop, moment))
    over = _over_limit(doing)
    db.session.add(
        Payout(
            merchant_id=merchant_id,
            id=payout_id,
            bank_account_id=bank_account_id,
            provider_id=rails[0].id,
            amount_minor=amount_minor,
            currency=shop.currency,
            state=PayoutState.CREATED if over is None else PayoutState.AWAITING_APPROVAL,
            hold_id=hold.id,
            ask_again_at=moment if over is None else None,
            created_by=actor_id,
            created_at=moment,
        )
    )
    record(
        "payout.requested",
        actor_id=actor_id,
        subject=f"payout:{payout_id}",
        merchant_id=merchant_id,
        details={"amount_minor": amount_minor, "currency": shop.currency, "bank_account_id": bank_account_id},
    )
    if over is not None:
        propose(
            LARGE_PAYOUT.name,
            {"merchant_id": merchant_id, "payout_id": payout_id, "account": account.masked, "holder": account.holder},
            maker_id=actor_id,
            merchant_id=merchant_id,
            amount_minor=amount_minor,
            currency=shop.currency,
            reason=over,
        )
    emit("payout.created", {"payout_id": payout_id}, merchant_id=merchant_id)
    return payout_id


def _over_limit(doing: Doing) -> str | None:
    """Why a withdrawal needs a second person; None when it does not, and then it is counted."""
    try:
        with db.session.begin_nested():
            count_against_limits(doing)
    except LimitReached as reached:
        return str(reached)
    return None


def _awaiting(change: Change) -> Payout:
    key = (change.payload["merchant_id"], change.payload["payout_id"])
    payout = db.session.get(Payout, key, with_for_update=True)
    if payout is None or payout.state != PayoutState.AWAITING_APPROVAL:
        raise Refused(_("This withdrawal does not wait for approval any more."))
    return payout


def _send_approved(change: Change) -> None:
    payout = _awaiting(change)
    payout.state, payout.ask_again_at = PayoutState.CREATED, clock.now()


def _refuse_unapproved(change: Change) -> None:
    payout = _awaiting(change)
    assert payout.hold_id is not None
    payout.state, payout.settled_at = PayoutState.FAILED, clock.now()
    payout.message = gettext("Not approved by the platform.")
    release_hold(payout.hold_id)
    emit("payout.ended", {"payout_id": payout.id, "state": str(payout.state)}, merchant_id=payout.merchant_id)


def _describe(payload: Mapping[str, Any]) -> Facts:
    return ((_("To"), f"{payload['holder']} {payload['account']}"), (_("Withdrawal"), payload["payout_id"]))


LARGE_PAYOUT = ApprovalKind(
    "payout.large", _("Withdrawal over a limit"), "money.approve", _describe, _send_approved, _refuse_unapproved
)


def payouts(merchant_id: str, limit: int = 50) -> Sequence[Payout]:
    """The merchant's withdrawals, the newest first."""
    return db.session.scalars(
        select(Payout).where(Payout.merchant_id == merchant_id).order_by(Payout.created_at.desc()).limit(limit)
    ).all()


def paid_out_minor(merchant_id: str, since: datetime, until: datetime) -> int:
    """What reached the merchant's bank accounts from one moment up to another."""
    found = select(func.coalesce(func.sum(Payout.amount_minor), 0)).where(
        Payout.merchant_id == merchant_id,
        Payout.state == PayoutState.SUCCEEDED,
        Payout.settled_at >= since,
        Payout.settled_at < until,
    )
    return int(db.session.scalar(found) or 0)


def send_payout(merchant_id: str, payout_id: str) -> Payout:
    """Send a withdrawal (or ask how it stands) and record the answer. Safe to call again."""
    payout = db.session.get(Payout, (merchant_id, payout_id))
    if payout is None:
        raise NotFound(_("There is no such withdrawal."))
    if payout.state not in (PayoutState.CREATED, PayoutState.UNKNOWN):
        return payout
    rail = registry().find_provider(PayoutRail, payout.provider_id)
    account = db.session.get(BankAccount, (merchant_id, payout.bank_account_id))
    assert account is not None
    if rail is None:
        outcome = PayoutOutcome(PayoutState.UNKNOWN, message="provider not installed")
        return record_payout_outcome(merchant_id, payout_id, outcome)
    shop = shop_context(merchant_id)
    request = PayoutRequest(
        payout_id=payout_id,
        amount_minor=payout.amount_minor,
        currency=payout.currency,
        account_name=account.holder,
        account_number=decrypt(account.number_encrypted),
        bank_code=account.bank_code,
        reason=shop.name,
    )
    end_read()
    try:
        outcome = health().ask(
            merchant_id,
            rail.plugin_id,
            "pay_out",
            lambda: rail.pay_out(shop.view(rail.plugin_id), request),
            judged=judged,
            weight="begins",
        )
    except Exception:
        log.exception("payout rail %s raised", rail.id)
        outcome = PayoutOutcome(PayoutState.UNKNOWN)
    return record_payout_outcome(merchant_id, payout_id, outcome)


@transactional
def record_payout_outcome(merchant_id: str, payout_id: str, outcome: PayoutOutcome) -> Payout:
    """Act once on a withdrawal's outcome: the held money leaves, or the hold is released."""
    payout = db.session.get(Payout, (merchant_id, payout_id), with_for_update=True)
    if payout is None:
        raise NotFound(_("There is no such withdrawal."))
    if payout.state in (PayoutState.SUCCEEDED, PayoutState.FAILED):
        return payout
    assert payout.hold_id is not None
    payout.external_id = outcome.external_id or payout.external_id
    payout.message = outcome.message
    if outcome.state not in (PayoutState.SUCCEEDED, PayoutState.FAILED):
        payout.state = PayoutState.UNKNOWN
        payout.ask_again_at = next_ask(payout.attempts)
        return payout
    payout.state = outcome.state
    payout.ask_again_at = None
    payout.settled_at = clock.now()
    if outcome.state == PayoutState.SUCCEEDED:
        custody_id = registry().provider(PayoutRail, payout.provider_id).custody_id
        post_hold(
            payout.hold_id,
            "payout_paid",
            [Posting(AccountRef("custody", custody_id, payout.currency), payout.amount_minor)],
            idempotency_key=f"payout:{payout.id}",
            merchant_id=merchant_id,
        )
    else:
        release_hold(payout.hold_id)
    emit("payout.ended", {"payout_id": payout.id, "state": str(payout.state)}, merchant_id=merchant_id)
    return payout


def send_payouts() -> None:
    """Job: send withdrawals that are waiting, and ask about those whose answer was lost."""
    for merchant_id, payout_id in claim_due(Payout):
        send_payout(merchant_id, payout_id)
