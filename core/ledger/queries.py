"""What stands where: balances, statements, the transfers of a business record. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Select, bindparam, func, select

from core.base.database import db
from core.ledger.accounts import ACCOUNT, BALANCE
from core.ledger.holds import HOLD
from core.ledger.posting import ENTRY, TRANSFER
from core.ledger.rollups import ROLLUP
from core.ledger.values import AccountRef, Balance, Hold, StatementRow, Transfer

STATEMENT_ROWS_MAX = 500

_ids = ACCOUNT.c.id.in_(bindparam("ids", expanding=True))


def _snapshot_up_to() -> Select[int]:
    return select(func.coalesce(func.max(ROLLUP.c.up_to_entry_id), 0)).where(ROLLUP.c.account_id == ACCOUNT.c.id)


def _snapshot_minor() -> Select[int]:
    return (
        select(ROLLUP.c.balance_minor)
        .where(ROLLUP.c.account_id == ACCOUNT.c.id)
        .order_by(ROLLUP.c.up_to_entry_id.desc())
        .limit(1)
    )


def _later_minor() -> Select[int]:
    later = ENTRY.c.id > _snapshot_up_to().scalar_subquery()
    return select(func.sum(ENTRY.c.amount_minor)).where(ENTRY.c.account_id == ACCOUNT.c.id, later)


_CLIENT = select(
    ACCOUNT.c.id, ACCOUNT.c.kind, ACCOUNT.c.currency, BALANCE.c.balance_minor, BALANCE.c.held_minor
).join_from(ACCOUNT, BALANCE, BALANCE.c.account_id == ACCOUNT.c.id)
_PLATFORM = select(
    ACCOUNT.c.id,
    ACCOUNT.c.kind,
    ACCOUNT.c.currency,
    func.coalesce(_snapshot_minor().correlate(ACCOUNT).scalar_subquery(), 0)
    + func.coalesce(_later_minor().correlate(ACCOUNT).scalar_subquery(), 0),
).where(~ACCOUNT.c.client)


def balance(account: AccountRef) -> Balance:
    """What stands in an account now, in minor units of its currency. An account never used holds nothing."""
    return balances([account])[account]


def balances(accounts: Iterable[AccountRef]) -> dict[AccountRef, Balance]:
    """What stands in each of these accounts now; two statements for all of them."""
    wanted = list(accounts)
    ids = {"ids": [account.id for account in wanted]}
    found: dict[str, Balance] = {}
    for account, _kind, _currency, posted_minor, held_minor in db.session.execute(_CLIENT.where(_ids), ids):
        found[account] = Balance(posted_minor, held_minor)
    if len(found) < len(set(ids["ids"])):
        for account, _kind, _currency, posted_minor in db.session.execute(_PLATFORM.where(_ids), ids):
            found[account] = Balance(int(posted_minor), 0)
    return {account: found.get(account.id, Balance(0, 0)) for account in wanted}


def balances_by_kind(owner: str) -> dict[tuple[str, str], Balance]:
    """What an owner has in all accounts together, by (kind of account, currency); kinds never used are left out."""
    sums = _CLIENT.with_only_columns(
        ACCOUNT.c.kind, ACCOUNT.c.currency, func.sum(BALANCE.c.balance_minor), func.sum(BALANCE.c.held_minor)
    ).group_by(ACCOUNT.c.kind, ACCOUNT.c.currency)
    found: dict[tuple[str, str], Balance] = {}
    for kind, currency, posted_minor, held_minor in db.session.execute(sums.where(ACCOUNT.c.owner == owner)):
        found[kind, currency] = Balance(int(posted_minor), int(held_minor))
    for _account, kind, currency, posted_minor in db.session.execute(_PLATFORM.where(ACCOUNT.c.owner == owner)):
        before = found.get((kind, currency), Balance(0, 0))
        found[kind, currency] = Balance(before.posted_minor + int(posted_minor), 0)
    return found


@dataclass(frozen=True, slots=True)
class StatementFilter:
    """Which lines of a statement are shown: of some kinds, from a moment up to another, only money in or out."""

    kinds: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    direction: Literal["", "in", "out"] = ""


def _conditions(only: StatementFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if only.kinds:
        found.append(TRANSFER.c.kind.in_(only.kinds))
    if only.since is not None:
        found.append(TRANSFER.c.occurred_at >= only.since)
    if only.until is not None:
        found.append(TRANSFER.c.occurred_at < only.until)
    if only.direction:
        found.append(ENTRY.c.amount_minor > 0 if only.direction == "in" else ENTRY.c.amount_minor < 0)
    return found


def statement(
    account: AccountRef, *, before_entry: int | None = None, limit: int = 50, only: StatementFilter | None = None
) -> list[StatementRow]:
    """The lines of an account, newest first, each with the balance after it.

    For the next page pass the last line's `entry_id` as `before_entry`. At most STATEMENT_ROWS_MAX lines at a time.
    `only` leaves lines out; it is for clients' accounts, whose entries carry their balance.
    """
    lines = (
        select(
            ENTRY.c.id,
            ENTRY.c.transfer_id,
            TRANSFER.c.kind,
            TRANSFER.c.reference,
            TRANSFER.c.memo,
            ENTRY.c.amount_minor,
            ENTRY.c.balance_after,
            TRANSFER.c.occurred_at,
        )
        .join_from(ENTRY, TRANSFER, TRANSFER.c.id == ENTRY.c.transfer_id)
        .where(ENTRY.c.account_id == account.id)
        .order_by(ENTRY.c.id.desc())
        .limit(min(limit, STATEMENT_ROWS_MAX))
    )
    if before_entry is not None:
        lines = lines.where(ENTRY.c.id < before_entry)
    if only is not None:
        lines = lines.where(*_conditions(only))
    rows = db.session.execute(lines).all()
    after = _balance_before(account, rows[-1].id) if rows and rows[-1].balance_after is None else 0
    found: list[StatementRow] = []
    for entry_id, transfer_id, kind, reference, memo, amount_minor, balance_after, occurred_at in reversed(rows):
        after = balance_after if balance_after is not None else after + amount_minor
        found.append(StatementRow(entry_id, transfer_id, kind, reference, memo, amount_minor, after, occurred_at))
    return found[::-1]


def transfers_for(reference: str) -> list[Transfer]:
    """All transfers that carry a business reference, oldest first."""
    columns = [TRANSFER.c[name] for name in Transfer.__dataclass_fields__ if name != "replayed"]
    rows = db.session.execute(
        select(*columns).where(TRANSFER.c.reference == reference).order_by(TRANSFER.c.created_at, TRANSFER.c.id)
    )
    return [Transfer(*row) for row in rows]


def holds_for(reference: str) -> list[Hold]:
    """All holds that carry a business reference, oldest first."""
    columns = [HOLD.c[name] for name in Hold.__dataclass_fields__ if name != "replayed"]
    rows = db.session.execute(
        select(*columns).where(HOLD.c.reference == reference).order_by(HOLD.c.created_at, HOLD.c.id)
    )
    return [Hold(*row) for row in rows]


def _balance_before(account: AccountRef, entry_id: int) -> int:
    """What a platform account came to just before an entry, from the nearest snapshot on."""
    snapshot = db.session.execute(
        select(ROLLUP.c.up_to_entry_id, ROLLUP.c.balance_minor)
        .where(ROLLUP.c.account_id == account.id, ROLLUP.c.up_to_entry_id < entry_id)
        .order_by(ROLLUP.c.up_to_entry_id.desc())
        .limit(1)
    ).one_or_none()
    up_to, before_minor = (snapshot.up_to_entry_id, snapshot.balance_minor) if snapshot else (0, 0)
    since = select(func.coalesce(func.sum(ENTRY.c.amount_minor), 0)).where(
        ENTRY.c.account_id == account.id, ENTRY.c.id > up_to, ENTRY.c.id < entry_id
    )
    return int(before_minor) + int(db.session.execute(since).scalar_one())
