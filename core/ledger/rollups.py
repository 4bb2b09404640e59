"""Snapshots of platform accounts, so that a balance need not add up all of history.

Platform accounts have no balance row, so their entries are written side by side and may become visible out of the
order of their ids. A snapshot therefore stops at an entry before which no transaction is still at work.
"""

from __future__ import annotations

import time
from typing import cast

from sqlalchemy import BigInteger, Table, func, literal, select, text
from sqlalchemy import cast as sql_cast

from core.base import clock
from core.base.database import db
from core.base.rows import connection, insert_new
from core.base.transactions import end_read, in_transaction, transactional
from core.ledger.accounts import ACCOUNT
from core.ledger.models import LedgerRollup
from core.ledger.posting import ENTRY

ROLLUP = cast(Table, LedgerRollup.__table__)

ENTRIES_MIN = 1_000
_LOOKS_MAX = 40
_LOOK_EVERY_SECONDS = 0.05


def roll_up(entries_min: int = ENTRIES_MIN) -> int:
    """Write a snapshot of each platform account that has gained `entries_min` entries since its last; tells how many.

    For a job; opens its own transactions, so it must not be called inside a use case. Gives 0 and leaves it to the
    next run when a transaction that may still write older entries does not end within two seconds.
    """
    assert not in_transaction(), "a snapshot waits for other transactions and cannot wait for its own"
    horizon, mark = _newest_entry()
    if horizon == 0 or not _settled(mark):
        return 0
    return _write(horizon, entries_min)


@transactional
def _newest_entry() -> tuple[int, int]:
    """The newest entry, and a transaction number later than that of whoever wrote or is writing an earlier one."""
    newest = connection().scalar(select(func.max(ENTRY.c.id))) or 0
    if connection().dialect.name != "postgresql":
        return newest, 0
    return newest, connection().scalar(text("SELECT pg_current_xact_id()::text::bigint")) or 0


def _settled(mark: int) -> bool:
    """Whether every transaction up to that number has ended. SQLite has one writer at a time, so there it has."""
    if db.engine.dialect.name != "postgresql":
        return True
    for look in range(_LOOKS_MAX):
        if look:
            time.sleep(_LOOK_EVERY_SECONDS)
        oldest = db.session.scalar(text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"))
        end_read()
        if oldest is not None and oldest > mark:
            return True
    return False


@transactional
def _write(horizon: int, entries_min: int) -> int:
    newest = (
        select(ROLLUP.c.account_id, func.max(ROLLUP.c.up_to_entry_id).label("up_to"))
        .group_by(ROLLUP.c.account_id)
        .subquery("newest")
    )
    before = func.coalesce(func.max(ROLLUP.c.balance_minor), 0)
    grown = (
        select(
            ENTRY.c.account_id,
            literal(horizon, BigInteger),
            sql_cast(before + func.sum(ENTRY.c.amount_minor), BigInteger),
            literal(clock.now(), ROLLUP.c.created_at.type),
        )
        .join_from(ENTRY, ACCOUNT, ACCOUNT.c.id == ENTRY.c.account_id)
        .outerjoin(newest, newest.c.account_id == ENTRY.c.account_id)
        .outerjoin(
            ROLLUP,
            (ROLLUP.c.account_id == newest.c.account_id) & (ROLLUP.c.up_to_entry_id == newest.c.up_to),
        )
        .where(
            ~ACCOUNT.c.client,
            ENTRY.c.id > func.coalesce(newest.c.up_to, 0),
            ENTRY.c.id <= horizon,
        )
        .group_by(ENTRY.c.account_id)
        .having(func.count() >= entries_min)
    )
    columns = ["account_id", "up_to_entry_id", "balance_minor", "created_at"]
    written = connection().execute(insert_new(ROLLUP).from_select(columns, grown).returning(ROLLUP.c.account_id))
    return len(written.all())
