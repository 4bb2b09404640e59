"""Withdrawals by themselves: daily or weekly, from an amount on."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy import select

from core.audit import record
from core.base import clock
from core.base.database import db
from core.base.errors import Invalid, NotFound, TongbaoError
from core.base.i18n import gettext
from core.base.i18n import lazy_gettext as _
from core.base.transactions import transactional
from core.ledger.queries import balance
from core.ledger.service import AccountRef
from core.parties.factors import require_recent_factor
from core.parties.roles import require_permission
from core.payments.models import BankAccount, PayoutSchedule
from core.payments.payouts import withdraw
from core.shops.context import ShopContext
from core.shops.queries import shop_context
from core.shops.zones import day_began, local_day

log = logging.getLogger(__name__)

EVERY = ("day", "week")
HOUR = timedelta(hours=8)
"""When in the shop's day it withdraws."""
DUE_MAX = 200
LATER = timedelta(hours=1)


def schedule_of(merchant_id: str) -> PayoutSchedule | None:
    """A merchant's schedule, whether it is at work or stopped."""
    return db.session.get(PayoutSchedule, merchant_id)


@transactional
def set_schedule(
    merchant_id: str, bank_account_id: str, *, every: str, least_minor: int, keep_minor: int, actor_id: str
) -> None:
    """Withdraw by itself from now on, in the name of whoever sets it: daily or on Mondays, in the morning.

    Raises NotAllowed, FactorNeeded, FactorMissing, NotFound, Invalid.
    """
    require_permission(actor_id, merchant_id, "money.withdraw")
    require_recent_factor(actor_id)
    account = db.session.get(BankAccount, (merchant_id, bank_account_id))
    if account is None or not account.active:
        raise NotFound(_("There is no such bank account."))
    problems: dict[str, object] = {}
    if every not in EVERY:
        problems["every"] = _("Choose daily or weekly.")
    if least_minor <= 0:
        problems["least"] = _("More than zero, please.")
    if keep_minor < 0:
        problems["keep"] = _("Not less than zero, please.")
    if problems:
        raise Invalid(_("Please correct the marked fields."), fields=problems)
    moment = clock.now()
    next_at = next_time(shop_context(merchant_id), every, moment)
    schedule = db.session.get(PayoutSchedule, merchant_id, with_for_update=True)
    if schedule is None:
        schedule = PayoutSchedule(merchant_id=merchant_id)
        db.session.add(schedule)
    schedule.bank_account_id, schedule.every = bank_account_id, every
    schedule.least_minor, schedule.keep_minor = least_minor, keep_minor
    schedule.active, schedule.stopped_because = True, ""
    schedule.set_by, schedule.changed_at = actor_id, moment
    schedule.next_at = next_at
    details = {"every": every, "least_minor": least_minor, "keep_minor": keep_minor, "account": account.masked}
    _note("payout_schedule.set", merchant_id, actor_id, details)


@transactional
def stop_schedule(merchant_id: str, *, actor_id: str) -> None:
    """Withdraw by itself no more. Raises NotAllowed."""
    require_permission(actor_id, merchant_id, "money.withdraw")
    schedule = db.session.get(PayoutSchedule, merchant_id, with_for_update=True)
    if schedule is not None and schedule.active:
        schedule.active, schedule.stopped_because = False, ""
        _note("payout_schedule.stopped", merchant_id, actor_id, {})


def next_time(shop: ShopContext, every: str, moment: datetime) -> datetime:
    """The first morning (Monday morning for `week`) after a moment, in the shop's time zone."""
    day = local_day(shop, moment)
    while True:
        at = day_began(shop, day) + HOUR
        if at > moment and (every == "day" or day.weekday() == 0):
            return at
        day += timedelta(days=1)


def run_schedules() -> int:
    """Job: make the withdrawals that are due; tells how many were made.

    What cannot be withdrawn because somebody may not any more, or the account is gone, stops the schedule and says why.
    """
    due = db.session.scalars(
        select(PayoutSchedule.merchant_id)
        .where(PayoutSchedule.active, PayoutSchedule.next_at <= clock.now())
        .order_by(PayoutSchedule.next_at)
        .limit(DUE_MAX)
    ).all()
    made = 0
    for merchant_id in due:
        try:
            made += _run(merchant_id)
        except TongbaoError as refusal:
            _stop(merchant_id, str(refusal.message))
        except Exception:
            log.exception("the schedule of %s could not withdraw", merchant_id)
            _postpone(merchant_id)
    return made


@transactional
def _run(merchant_id: str) -> int:
    schedule = db.session.get(PayoutSchedule, merchant_id, with_for_update=True)
    if schedule is None or not schedule.active or schedule.next_at > clock.now():
        return 0
    shop = shop_context(merchant_id)
    schedule.next_at = next_time(shop, schedule.every, clock.now())
    available = balance(AccountRef("merchant_available", merchant_id, shop.currency)).available_minor
    amount_minor = available - schedule.keep_minor
    if amount_minor < schedule.least_minor:
        return 0
    withdraw(merchant_id, schedule.bank_account_id, amount_minor, actor_id=schedule.set_by)
    return 1


@transactional
def _stop(merchant_id: str, reason: str) -> None:
    schedule = db.session.get(PayoutSchedule, merchant_id, with_for_update=True)
    if schedule is not None:
        schedule.active, schedule.stopped_because = False, (reason or gettext("It could not withdraw."))[:300]
        _note("payout_schedule.stopped", merchant_id, None, {"reason": schedule.stopped_because})


@transactional
def _postpone(merchant_id: str) -> None:
    schedule = db.session.get(PayoutSchedule, merchant_id, with_for_update=True)
    if schedule is not None:
        schedule.next_at = clock.now() + LATER


def _note(action: str, merchant_id: str, actor_id: str | None, details: dict[str, object]) -> None:
    record(
        action, actor_id=actor_id, subject=f"payout_schedule:{merchant_id}", merchant_id=merchant_id, details=details
    )
