"""The proof: every question asks the database once, so that each answer holds for one moment of a live system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Select, and_, case, func, literal, or_, select, union_all

from core.base.database import db
from core.base.money import Money, MoneyError
from core.ledger.accounts import ACCOUNT, BALANCE
from core.ledger.holds import HOLD
from core.ledger.kinds import CUSTODY
from core.ledger.posting import ENTRY, TRANSFER
from core.ledger.rollups import ROLLUP
from core.ledger.values import account_id

_ROWS_AT_A_TIME = 5_000


def verify_ledger() -> Iterator[str]:
    """Yield one sentence for each thing that is wrong with the ledger; nothing when all is well. Reads only."""
    for check in (
        _transfers_add_up,
        _transfers_have_two_sides,
        _entries_fit_their_accounts,
        _balances_stand_where_they_should,
        _balances_equal_entries,
        _held_equals_open_holds,
        _clients_are_not_overdrawn,
        _custody_equals_what_is_owed,
        _running_balances_add_up,
        _roll_ups_equal_entries,
        _reversals_mirror,
        _account_ids_are_right,
    ):
        yield from check()


def _rows(question: Select[Any]) -> Iterable[Any]:
    return db.session.execute(question.execution_options(yield_per=_ROWS_AT_A_TIME))


def _amount(minor: int, currency: str) -> str:
    try:
        return f"{Money(int(minor), currency).decimal:f} {currency}"
    except MoneyError:
        return f"{minor} minor units of {currency}"


def _transfers_add_up() -> Iterator[str]:
    left = func.sum(ENTRY.c.amount_minor)
    question = (
        select(ENTRY.c.transfer_id, ENTRY.c.currency, left)
        .group_by(ENTRY.c.transfer_id, ENTRY.c.currency)
        .having(left != 0)
    )
    for transfer, currency, sum_minor in _rows(question):
        yield f"Transfer {transfer} does not add up to zero: {_amount(sum_minor, currency)} is left over."


def _transfers_have_two_sides() -> Iterator[str]:
    count = func.count(ENTRY.c.id)
    question = (
        select(TRANSFER.c.id, count)
        .join_from(TRANSFER, ENTRY, ENTRY.c.transfer_id == TRANSFER.c.id, isouter=True)
        .group_by(TRANSFER.c.id)
        .having(count < 2)
    )
    for transfer, entries in _rows(question):
        yield f"Transfer {transfer} has {entries} entries and needs at least two."


def _entries_fit_their_accounts() -> Iterator[str]:
    question = (
        select(ENTRY, ACCOUNT.c.currency.label("right_currency"), TRANSFER.c.id.label("transfer"))
        .join_from(ENTRY, ACCOUNT, ACCOUNT.c.id == ENTRY.c.account_id, isouter=True)
        .outerjoin(TRANSFER, TRANSFER.c.id == ENTRY.c.transfer_id)
        .where(
            or_(
                ACCOUNT.c.id.is_(None),
                TRANSFER.c.id.is_(None),
                ACCOUNT.c.currency != ENTRY.c.currency,
                ENTRY.c.amount_minor == 0,
            )
        )
    )
    for row in _rows(question):
        if row.right_currency is None:
            yield f"Entry {row.id} belongs to account {row.account_id}, which does not exist."
        elif row.currency != row.right_currency:
            yield f"Entry {row.id} is in {row.currency}, but its account {row.account_id} is in {row.right_currency}."
        if row.transfer is None:
            yield f"Entry {row.id} belongs to transfer {row.transfer_id}, which does not exist."
        if row.amount_minor == 0:
            yield f"Entry {row.id} moves nothing."


def _balances_stand_where_they_should() -> Iterator[str]:
    question = (
        select(ACCOUNT.c.id, ACCOUNT.c.client)
        .join_from(ACCOUNT, BALANCE, BALANCE.c.account_id == ACCOUNT.c.id, isouter=True)
        .where(ACCOUNT.c.client == BALANCE.c.account_id.is_(None))
    )
    for account, client in _rows(question):
        yield (
            f"Client account {account} has no balance row."
            if client
            else f"Platform account {account} has a balance row and must not have one."
        )


def _balances_equal_entries() -> Iterator[str]:
    entries = (
        select(ENTRY.c.account_id, func.sum(ENTRY.c.amount_minor).label("minor"))
        .group_by(ENTRY.c.account_id)
        .subquery("entries")
    )
    sum_minor = func.coalesce(entries.c.minor, 0)
    question = (
        select(ACCOUNT.c.id, ACCOUNT.c.currency, BALANCE.c.balance_minor, sum_minor)
        .join_from(BALANCE, ACCOUNT, ACCOUNT.c.id == BALANCE.c.account_id)
        .outerjoin(entries, entries.c.account_id == BALANCE.c.account_id)
        .where(ACCOUNT.c.client, BALANCE.c.balance_minor != sum_minor)
    )
    for account, currency, balance_minor, entries_minor in _rows(question):
        yield (
            f"Account {account} has a balance of {_amount(balance_minor, currency)}, "
            f"but its entries add up to {_amount(entries_minor, currency)}."
        )


def _held_equals_open_holds() -> Iterator[str]:
    holds = (
        select(HOLD.c.account_id, func.sum(HOLD.c.amount_minor).label("minor"))
        .where(HOLD.c.state == "open")
        .group_by(HOLD.c.account_id)
        .subquery("holds")
    )
    sum_minor = func.coalesce(holds.c.minor, 0)
    held_minor = func.coalesce(BALANCE.c.held_minor, 0)
    question = (
        select(ACCOUNT.c.id, ACCOUNT.c.currency, held_minor, sum_minor)
        .join_from(ACCOUNT, BALANCE, BALANCE.c.account_id == ACCOUNT.c.id, isouter=True)
        .outerjoin(holds, holds.c.account_id == ACCOUNT.c.id)
        .where(held_minor != sum_minor)
    )
    for account, currency, aside_minor, open_minor in _rows(question):
        yield (
            f"Account {account} has {_amount(aside_minor, currency)} set aside, "
            f"but its open holds add up to {_amount(open_minor, currency)}."
        )


def _clients_are_not_overdrawn() -> Iterator[str]:
    question = (
        select(ACCOUNT.c.id, ACCOUNT.c.currency, BALANCE.c.balance_minor, BALANCE.c.held_minor)
        .join_from(BALANCE, ACCOUNT, ACCOUNT.c.id == BALANCE.c.account_id)
        .where(or_(BALANCE.c.held_minor < 0, BALANCE.c.balance_minor < BALANCE.c.held_minor))
    )
    for account, currency, balance_minor, held_minor in _rows(question):
        yield (
            f"Client account {account} is overdrawn: it has {_amount(balance_minor, currency)}, "
            f"of which {_amount(held_minor, currency)} is set aside."
        )


def _custody_equals_what_is_owed() -> Iterator[str]:
    nothing = literal(0)
    platform = (
        select(
            ENTRY.c.currency,
            case((ACCOUNT.c.kind == CUSTODY, ENTRY.c.amount_minor), else_=0).label("custody"),
            case((ACCOUNT.c.kind == CUSTODY, 0), else_=ENTRY.c.amount_minor).label("own"),
            nothing.label("clients"),
        )
        .join_from(ENTRY, ACCOUNT, ACCOUNT.c.id == ENTRY.c.account_id)
        .where(~ACCOUNT.c.client)
    )
    clients = (
        select(ACCOUNT.c.currency, nothing, nothing, BALANCE.c.balance_minor)
        .join_from(BALANCE, ACCOUNT, ACCOUNT.c.id == BALANCE.c.account_id)
        .where(ACCOUNT.c.client)
    )
    parts = union_all(platform, clients).subquery("parts")
    custody, own, owed = (func.sum(parts.c[name]) for name in ("custody", "own", "clients"))
    question = select(parts.c.currency, custody, own, owed).group_by(parts.c.currency).having(custody + own + owed != 0)
    for currency, custody_minor, own_minor, clients_minor in _rows(question):
        yield (
            f"Custody holds {_amount(-custody_minor, currency)}, but {_amount(clients_minor, currency)} is owed to "
            f"clients and {_amount(own_minor, currency)} is the platform's own."
        )


def _running_balances_add_up() -> Iterator[str]:
    running = func.sum(ENTRY.c.amount_minor).over(partition_by=ENTRY.c.account_id, order_by=ENTRY.c.id)
    lines = (
        select(ENTRY.c.id, ENTRY.c.account_id, ENTRY.c.currency, ENTRY.c.balance_after, running.label("right"))
        .join_from(ENTRY, ACCOUNT, ACCOUNT.c.id == ENTRY.c.account_id)
        .where(ACCOUNT.c.client)
        .subquery("lines")
    )
    question = select(lines).where(or_(lines.c.balance_after.is_(None), lines.c.balance_after != lines.c.right))
    for entry, account, currency, balance_after, right in _rows(question):
        shown = "no balance" if balance_after is None else _amount(balance_after, currency)
        yield f"Entry {entry} of account {account} shows {shown} after it; it should be {_amount(right, currency)}."
    misplaced = (
        select(ENTRY.c.id, ENTRY.c.account_id)
        .join_from(ENTRY, ACCOUNT, ACCOUNT.c.id == ENTRY.c.account_id)
        .where(~ACCOUNT.c.client, ENTRY.c.balance_after.is_not(None))
    )
    for entry, account in _rows(misplaced):
        yield f"Entry {entry} of platform account {account} shows a balance and must not."


def _roll_ups_equal_entries() -> Iterator[str]:
    before = func.lag(ROLLUP.c.up_to_entry_id).over(partition_by=ROLLUP.c.account_id, order_by=ROLLUP.c.up_to_entry_id)
    since = func.coalesce(before, 0)
    spans = select(ROLLUP, since.label("since")).subquery("spans")
    within = and_(
        ENTRY.c.account_id == spans.c.account_id, ENTRY.c.id > spans.c.since, ENTRY.c.id <= spans.c.up_to_entry_id
    )
    gained = (
        select(
            spans.c.account_id,
            spans.c.up_to_entry_id,
            spans.c.balance_minor,
            func.coalesce(func.sum(ENTRY.c.amount_minor), 0).label("minor"),
        )
        .join_from(spans, ENTRY, within, isouter=True)
        .group_by(spans.c.account_id, spans.c.up_to_entry_id, spans.c.balance_minor)
        .subquery("gained")
    )
    right = func.sum(gained.c.minor).over(partition_by=gained.c.account_id, order_by=gained.c.up_to_entry_id)
    lines = select(gained, right.label("right")).subquery("lines")
    question = (
        select(lines.c.account_id, lines.c.up_to_entry_id, lines.c.balance_minor, lines.c.right, ACCOUNT.c.currency)
        .join_from(lines, ACCOUNT, ACCOUNT.c.id == lines.c.account_id)
        .where(lines.c.balance_minor != lines.c.right)
    )
    for account, entry, balance_minor, entries_minor, currency in _rows(question):
        yield (
            f"The roll-up of account {account} at entry {entry} says {_amount(balance_minor, currency)}, "
            f"but the entries up to there add up to {_amount(entries_minor, currency)}."
        )


def _reversals_mirror() -> Iterator[str]:
    left = func.sum(ENTRY.c.amount_minor)
    question = (
        select(TRANSFER.c.id, TRANSFER.c.reverses, ENTRY.c.account_id, ENTRY.c.currency, left)
        .join_from(TRANSFER, ENTRY, ENTRY.c.transfer_id.in_([TRANSFER.c.id, TRANSFER.c.reverses]))
        .where(TRANSFER.c.reverses.is_not(None))
        .group_by(TRANSFER.c.id, TRANSFER.c.reverses, ENTRY.c.account_id, ENTRY.c.currency)
        .having(left != 0)
    )
    for transfer, original, account, currency, sum_minor in _rows(question):
        yield (
            f"Transfer {transfer} does not mirror {original}, which it reverses: "
            f"{_amount(sum_minor, currency)} is left over in account {account}."
        )


def _account_ids_are_right() -> Iterator[str]:
    question = select(ACCOUNT.c.id, ACCOUNT.c.kind, ACCOUNT.c.owner, ACCOUNT.c.subject, ACCOUNT.c.currency)
    for account, kind, owner, subject, currency in _rows(question):
        if account != account_id(kind, owner, subject, currency):
            yield f"Account {account} does not bear the id of {kind} of {owner} ({subject or 'all'}, {currency})."
