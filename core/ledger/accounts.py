"""Opening, locking and changing accounts: the statements that every movement shares.

Locks are taken in the order of account ids, always, so that two movements in opposite directions queue instead of
blocking each other. An account comes into being the first time money is posted to it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.exc import IntegrityError

from core.base import clock
from core.base.rows import connection, insert_new_rows
from core.ledger.errors import NotEnoughMoney
from core.ledger.kinds import account_kind
from core.ledger.models import LedgerAccount, LedgerBalance
from core.ledger.values import AccountRef

ACCOUNT = cast(Table, LedgerAccount.__table__)
BALANCE = cast(Table, LedgerBalance.__table__)

_wanted = ACCOUNT.c.id.in_(bindparam("ids", expanding=True))
_known = select(func.count()).where(_wanted).scalar_subquery()
# Nothing is locked while an account is missing: opening it may mean to wait for somebody, with empty hands.
_locked = (
    select(BALANCE.c.account_id, BALANCE.c.balance_minor, BALANCE.c.held_minor)
    .where(BALANCE.c.account_id.in_(bindparam("ids", expanding=True)), _known == bindparam("count"))
    .order_by(BALANCE.c.account_id)
    .with_for_update()
    .cte("locked")
)
# One round trip tells which accounts exist and locks the balances of those that are clients'.
_LOCK = (
    select(ACCOUNT.c.id, _locked.c.balance_minor, _locked.c.held_minor)
    .select_from(ACCOUNT.outerjoin(_locked, _locked.c.account_id == ACCOUNT.c.id))
    .where(_wanted)
)
_CHANGE = (
    update(BALANCE)
    .where(BALANCE.c.account_id == bindparam("account"))
    .values(
        balance_minor=BALANCE.c.balance_minor + bindparam("amount"),
        held_minor=BALANCE.c.held_minor + bindparam("held"),
        version=BALANCE.c.version + 1,
    )
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a locked client account holds, in minor units."""

    balance_minor: int
    held_minor: int


@dataclass(frozen=True, slots=True)
class Change:
    """What is added to a client account's balance and to what is set aside in it, in minor units."""

    balance_minor: int
    held_minor: int = 0


def lock(ids: Collection[str]) -> dict[str, Standing | None]:
    """Lock the balances of accounts, in order: a standing for clients, None for platform accounts.

    Accounts that do not exist are missing from the answer, and then nothing is locked and every standing is None.
    """
    rows = connection().execute(_LOCK, {"ids": sorted(ids), "count": len(ids)})
    return {account: None if balance is None else Standing(balance, held) for account, balance, held in rows}


def lock_or_open(refs: Mapping[str, AccountRef]) -> dict[str, Standing]:
    """Lock the balances of accounts (by id), opening those that do not exist yet. Gives the client accounts."""
    found = lock(refs.keys())
    if len(found) < len(refs):
        opened = _open({account: refs[account] for account in sorted(refs.keys() - found.keys())})
        clients = {account for account, ref in refs.items() if account_kind(ref.kind).client}
        found = lock(clients) if clients - opened else dict.fromkeys(opened, Standing(0, 0))
    for account, ref in refs.items():
        assert (found.get(account) is not None) == account_kind(ref.kind).client, f"{account} stands on the wrong side"
    return {account: standing for account, standing in found.items() if standing is not None}


def _open(refs: Mapping[str, AccountRef]) -> set[str]:
    """Open accounts and say which client accounts are new; somebody else may be opening the same ones."""
    moment = clock.now()
    rows = [
        {
            "id": account,
            "kind": ref.kind,
            "owner": ref.owner,
            "subject": ref.subject,
            "currency": ref.currency,
            "client": account_kind(ref.kind).client,
            "created_at": moment,
        }
        for account, ref in refs.items()
    ]
    insert_new_rows(ACCOUNT, rows)
    balances = [
        {"account_id": row["id"], "balance_minor": 0, "held_minor": 0, "version": 0} for row in rows if row["client"]
    ]
    return set(insert_new_rows(BALANCE, balances))


def change(changes: Mapping[str, Change], refs: Mapping[str, AccountRef]) -> None:
    """Change the balances of locked client accounts. The database's own check is the last word.

    Raises NotEnoughMoney when it refuses.
    """
    if not changes:
        return
    rows = [
        {"account": account, "amount": changes[account].balance_minor, "held": changes[account].held_minor}
        for account in sorted(changes)
    ]
    try:
        connection().execute(_CHANGE, rows if len(rows) > 1 else rows[0])
    except IntegrityError as error:
        account, asked = next(
            ((account, asked) for account, asked in sorted(changes.items()) if asked.balance_minor < 0),
            next(iter(changes.items())),
        )
        raise NotEnoughMoney(account, 0, abs(asked.balance_minor), refs[account].currency) from error
