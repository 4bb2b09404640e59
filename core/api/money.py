"""Balance, statement, bank accounts and withdrawals."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask_smorest import Blueprint
from sqlalchemy import select

from core.api import desk_shapes as shapes
from core.api.operation import Call, operation
from core.base.database import db
from core.base.errors import NotFound
from core.base.i18n import lazy_gettext as _l
from core.figures.periods import DAYS_MAX
from core.figures.queries import Figures
from core.ledger import kinds
from core.ledger.queries import StatementFilter, statement
from core.ledger.service import AccountRef
from core.orders.figures import escrow_page, money_now
from core.payments.accounts import add_bank_account, bank_accounts, disable_bank_account, make_primary
from core.payments.models import BankAccount, Payout, PayoutSchedule
from core.payments.payouts import request_payout
from core.payments.schedules import schedule_of, set_schedule, stop_schedule

blueprint = Blueprint("api_money", __name__, url_prefix="/api/v1/money", description="What is there, what goes out.")


@operation(blueprint, "GET", "/balance", scope="money:read", answer=shapes.BalanceShape)
def get_balance(call: Call) -> Any:
    """What is in escrow, what may be withdrawn, what is on its way out."""
    currency = call.shop.currency
    now = money_now(call.merchant_id, currency)
    return {name: getattr(now, name) for name in ("escrow_minor", "available_minor", "on_its_way_minor")} | {
        "currency": currency
    }


@operation(
    blueprint,
    "GET",
    "/statement",
    scope="money:read",
    answer=shapes.StatementPageShape,
    query=shapes.StatementQuery,
    listed=True,
)
def list_statement(call: Call) -> Any:
    """What came into the available money and went out of it, the newest first."""
    account = AccountRef(kinds.MERCHANT_AVAILABLE, call.merchant_id, call.shop.currency)
    place = call.place()
    kind = call.query.get("kind")
    only = StatementFilter(kinds=(kind,) if kind else (), direction=call.query.get("direction", ""))
    rows = statement(account, before_entry=int(place) if place else None, limit=call.limit + 1, only=only)
    more = len(rows) > call.limit
    return call.page(rows[: call.limit], rows[call.limit - 1].entry_id if more else None)


@operation(blueprint, "GET", "/bank-accounts", scope="money:read", answer=shapes.BankAccountPageShape, listed=True)
def list_bank_accounts(call: Call) -> Any:
    """Where withdrawals can go."""
    found = bank_accounts(call.merchant_id)
    start = int(call.place() or 0)
    after = start + call.limit
    return call.page(found[start:after], after if after < len(found) else None)


@operation(
    blueprint,
    "POST",
    "/bank-accounts",
    scope="money:write",
    answer=shapes.BankAccountShape,
    body=shapes.BankAccountBody,
    status=201,
)
def create_bank_account(call: Call) -> Any:
    """Keep a bank account for withdrawals; its number is encrypted and never shown again."""
    account_id = add_bank_account(
        call.merchant_id,
        holder=call.body["holder"],
        bank_name=call.body["bank_name"],
        bank_code=call.body.get("bank_code", ""),
        number=call.body["number"],
        actor_id=call.actor_id,
    )
    return db.session.get(BankAccount, (call.merchant_id, account_id))


@operation(blueprint, "GET", "/payouts", scope="money:read", answer=shapes.PayoutPageShape, listed=True)
def list_payouts(call: Call) -> Any:
    """Withdrawals, the newest first."""
    query = select(Payout).where(Payout.merchant_id == call.merchant_id)
    place = call.place()
    if place is not None:
        query = query.where(Payout.id < place)
    rows = db.session.scalars(query.order_by(Payout.id.desc()).limit(call.limit + 1)).all()
    return call.page(rows[: call.limit], rows[call.limit - 1].id if len(rows) > call.limit else None)


@operation(
    blueprint,
    "POST",
    "/payouts",
    scope="money:write",
    answer=shapes.PayoutShape,
    body=shapes.PayoutBody,
    status=201,
    key_needed=True,
)
def withdraw(call: Call) -> Any:
    """Withdraw money; over a limit it waits for the platform's approval."""
    payout_id = request_payout(
        call.merchant_id, call.body["bank_account_id"], call.body["amount_minor"], actor_id=call.actor_id
    )
    call.location = f"/api/v1/money/payouts/{payout_id}"
    return _payout(call, payout_id)


def _payout(call: Call, payout_id: str) -> Payout:
    found = db.session.get(Payout, (call.merchant_id, payout_id))
    if found is None:
        raise NotFound(_l("There is no such withdrawal."))
    return found


@operation(blueprint, "GET", "/payouts/<payout_id>", scope="money:read", answer=shapes.PayoutShape)
def get_payout(call: Call, payout_id: str) -> Any:
    """How a withdrawal stands."""
    return _payout(call, payout_id)


def _account(call: Call, account_id: str) -> BankAccount:
    found = db.session.get(BankAccount, (call.merchant_id, account_id))
    if found is None or not found.active:
        raise NotFound(_l("There is no such bank account."))
    return found


@operation(
    blueprint, "POST", "/bank-accounts/<account_id>/primary", scope="money:write", answer=shapes.BankAccountShape
)
def make_bank_account_primary(call: Call, account_id: str) -> Any:
    """Offer a bank account first."""
    _account(call, account_id)
    make_primary(call.merchant_id, account_id, actor_id=call.actor_id)
    db.session.flush()
    return _account(call, account_id)


@operation(blueprint, "DELETE", "/bank-accounts/<account_id>", scope="money:write", status=204)
def remove_bank_account(call: Call, account_id: str) -> None:
    """Withdraw to a bank account no more."""
    _account(call, account_id)
    disable_bank_account(call.merchant_id, account_id, actor_id=call.actor_id)


@operation(blueprint, "GET", "/escrow", scope="money:read", answer=shapes.EscrowPageShape, listed=True)
def list_escrow(call: Call) -> Any:
    """What is held for which order, the newest order first."""
    found = escrow_page(call.merchant_id, call.shop.currency, before=call.place() or "", limit=call.limit + 1)
    more = len(found) > call.limit
    return call.page(found[: call.limit], found[call.limit - 1].order_id if more else None)


def _schedule(call: Call) -> PayoutSchedule:
    found = schedule_of(call.merchant_id)
    if found is None:
        raise NotFound(_l("Nothing is withdrawn by itself."))
    return found


@operation(blueprint, "GET", "/payout-schedule", scope="money:read", answer=shapes.ScheduleShape)
def get_schedule(call: Call) -> Any:
    """When money is withdrawn by itself."""
    return _schedule(call)


@operation(
    blueprint,
    "PUT",
    "/payout-schedule",
    scope="money:write",
    answer=shapes.ScheduleShape,
    body=shapes.ScheduleBody,
)
def put_schedule(call: Call) -> Any:
    """Withdraw by itself from now on, in the name of whoever the key acts for."""
    set_schedule(
        call.merchant_id,
        call.body["bank_account_id"],
        every=call.body["every"],
        least_minor=call.body["least_minor"],
        keep_minor=call.body["keep_minor"],
        actor_id=call.actor_id,
    )
    return _schedule(call)


@operation(blueprint, "DELETE", "/payout-schedule", scope="money:write", status=204)
def remove_schedule(call: Call) -> None:
    """Withdraw by itself no more."""
    stop_schedule(call.merchant_id, actor_id=call.actor_id)


@operation(
    blueprint, "GET", "/days", scope="money:read", answer=shapes.DayPageShape, query=shapes.DaysQuery, listed=True
)
def list_days(call: Call) -> Any:
    """What each day came to, the newest first."""
    figures = Figures(call.shop)
    earliest, place = figures.today - timedelta(days=DAYS_MAX), call.place()
    last = max(min(call.query.get("until") or figures.today, figures.today), earliest)
    first = max(call.query.get("since") or last - timedelta(days=29), earliest)
    if place is not None:
        last = min(last, date.fromisoformat(place))
    if first > last:
        return call.page([], None)
    begin = max(first, last - timedelta(days=call.limit - 1))
    more = (begin - timedelta(days=1)).isoformat() if begin > first else None
    return call.page(figures.by_day(begin, last)[::-1], more)
