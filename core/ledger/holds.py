"""Money set aside: a hold reserves it, then posts in whole or part, or is released, or expires.

A hold's row is always locked before the balance it counts in.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Table, bindparam, select, update

from core.base import clock
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.rows import connection, insert_new_rows
from core.base.transactions import transactional
from core.ledger import accounts, posting
from core.ledger.accounts import ACCOUNT, Change, Standing
from core.ledger.errors import HoldClosed, IdempotencyConflict, NoSuchRecord, NotEnoughMoney, WrongPosting
from core.ledger.kinds import account_kind
from core.ledger.models import LedgerHold
from core.ledger.values import AccountRef, Hold, Posting, Transfer, TransferDraft

HOLD = cast(Table, LedgerHold.__table__)

_FIELDS = [name for name in Hold.__dataclass_fields__ if name != "replayed"]
_COLUMNS = [HOLD.c[name] for name in _FIELDS]
_BY_KEY = select(*_COLUMNS).where(HOLD.c.idempotency_key == bindparam("key"))
_LOCK = (
    select(ACCOUNT.c.kind, ACCOUNT.c.owner, ACCOUNT.c.currency, ACCOUNT.c.subject, *_COLUMNS)
    .join_from(HOLD, ACCOUNT, ACCOUNT.c.id == HOLD.c.account_id)
    .where(HOLD.c.id == bindparam("id"))
    .with_for_update(of=HOLD)
)
_CLOSE = (
    update(HOLD)
    .where(HOLD.c.id == bindparam("hold"))
    .values(state=bindparam("to_state"), posted_minor=bindparam("part"), closed_at=bindparam("moment"))
    .returning(*_COLUMNS)
)


@transactional
def place_hold(
    account: AccountRef,
    amount_minor: int,
    *,
    reference: str,
    idempotency_key: str,
    expires_at: datetime | None = None,
) -> Hold:
    """Set money aside in a client's account, so that nothing else can spend it.

    The amount is in minor units of the account's currency, above zero. Asking again with the same key gives the same
    hold, whatever has become of it. Raises NotEnoughMoney, IdempotencyConflict, UnknownKind, WrongPosting.
    """
    posting.check_account(account)
    posting.check_amount(amount_minor)
    posting.check_texts(reference, idempotency_key)
    if amount_minor < 0 or not account_kind(account.kind).client:
        raise WrongPosting(_("Only an amount above zero in a client's account can be set aside."))
    moment = clock.now()
    standing = accounts.lock([account.id]).get(account.id) or Standing(0, 0)
    available_minor = standing.balance_minor - standing.held_minor
    if available_minor < amount_minor:
        stood = _stood(account, amount_minor, reference, idempotency_key)
        if stood is None:
            raise NotEnoughMoney(account.id, available_minor, amount_minor, account.currency)
        return stood
    hold = Hold(new_id("hld"), account.id, amount_minor, 0, "open", reference, expires_at, moment, None)
    row = {name: getattr(hold, name) for name in _FIELDS}
    if not insert_new_rows(HOLD, [row | {"idempotency_key": idempotency_key}]):
        stood = _stood(account, amount_minor, reference, idempotency_key)
        assert stood is not None, "a key that is taken belongs to a hold"
        return stood
    accounts.change({account.id: Change(0, amount_minor)}, {account.id: account})
    return hold


@transactional
def post_hold(
    hold_id: str,
    kind: str,
    to: Sequence[Posting],
    *,
    idempotency_key: str,
    merchant_id: str | None = None,
    memo: str = "",
) -> Transfer:
    """Spend money that was set aside: `to` says who gets how much, above zero each; the rest is set free.

    Amounts are in minor units of the hold's currency and add up to at most what is held. The transfer carries the
    hold's reference. Asking again with the same key gives the same transfer. Raises HoldClosed (posted under another
    key, released, or past its time), IdempotencyConflict, NoSuchRecord, UnknownKind, WrongPosting, Unbalanced.
    """
    account, hold = _lock(hold_id)
    taken_minor = 0
    for credit in to:
        posting.check_amount(credit.amount_minor)
        if credit.amount_minor < 0 or credit.account == account:
            raise WrongPosting(_("What is taken from a hold goes to other accounts, in amounts above zero."))
        taken_minor += credit.amount_minor
    if not 0 < taken_minor <= hold.amount_minor:
        raise WrongPosting(_("No more can be taken from a hold than it holds."))
    postings = [Posting(account, -taken_minor), *to]
    draft = TransferDraft(kind, postings, hold.reference, idempotency_key, merchant_id, memo)
    prepared = posting.prepare(draft, hold_id=hold_id)
    moment = clock.now()
    if hold.state != "open":
        stood = posting.find([prepared])
        if idempotency_key not in stood:
            raise HoldClosed(hold_id, hold.state)
        return stood[idempotency_key]
    if hold.expires_at is not None and hold.expires_at <= moment:
        raise HoldClosed(hold_id, "expired")
    (transfer,) = posting.write([prepared], freed={account.id: hold.amount_minor})
    _close(hold_id, "posted", taken_minor, moment)
    return transfer


@transactional
def release_hold(hold_id: str) -> Hold:
    """Set the money free again. Releasing what is released or expired already changes nothing.

    Raises HoldClosed when the money was spent, NoSuchRecord.
    """
    account, hold = _lock(hold_id)
    if hold.state == "posted":
        raise HoldClosed(hold_id, hold.state)
    if hold.state != "open":
        return hold
    accounts.lock([account.id])
    accounts.change({account.id: Change(0, -hold.amount_minor)}, {account.id: account})
    return _close(hold_id, "released", 0, clock.now())


@transactional
def expire_holds(limit: int = 500) -> int:
    """Set free the money of holds whose time is over, at most `limit` of them; tells how many. For a job."""
    moment = clock.now()
    due = (
        select(HOLD.c.id)
        .where(HOLD.c.state == "open", HOLD.c.expires_at <= moment)
        .order_by(HOLD.c.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    closing = (
        update(HOLD)
        .where(HOLD.c.id.in_(due.scalar_subquery()))
        .values(state="expired", closed_at=moment)
        .returning(HOLD.c.account_id, HOLD.c.amount_minor)
    )
    closed = connection().execute(closing).all()
    freed: dict[str, int] = {}
    for account, amount_minor in closed:
        freed[account] = freed.get(account, 0) + amount_minor
    if freed:
        accounts.lock(freed.keys())
        accounts.change({account: Change(0, -amount_minor) for account, amount_minor in freed.items()}, {})
    return len(closed)


def as_hold(row: Row[Any], *, replayed: bool = False) -> Hold:
    """A row of the table as the value that callers get."""
    return Hold(**{name: getattr(row, name) for name in _FIELDS}, replayed=replayed)


def _lock(hold_id: str) -> tuple[AccountRef, Hold]:
    row = connection().execute(_LOCK, {"id": hold_id}).one_or_none()
    if row is None:
        raise NoSuchRecord(hold_id)
    return AccountRef(row.kind, row.owner, row.currency, row.subject), as_hold(row)


def _close(hold_id: str, state: str, posted_minor: int, moment: datetime) -> Hold:
    values = {"hold": hold_id, "to_state": state, "part": posted_minor, "moment": moment}
    return as_hold(connection().execute(_CLOSE, values).one())


def _stood(account: AccountRef, amount_minor: int, reference: str, key: str) -> Hold | None:
    row = connection().execute(_BY_KEY, {"key": key}).one_or_none()
    if row is None:
        return None
    hold = as_hold(row, replayed=True)
    if (hold.account_id, hold.amount_minor, hold.reference) != (account.id, amount_minor, reference):
        raise IdempotencyConflict(key)
    return hold
