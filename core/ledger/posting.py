"""The one place where transfers and entries are written.

Order of work: lock the accounts, see that the money is there, write the transfer (or find that it stands already),
change the balances, write the entries. Nothing is written before the refusals, so a caller that catches one and goes
on leaves no half transfer behind.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, select

from core.base import clock
from core.base.database import db
from core.base.i18n import lazy_gettext as _
from core.base.ids import new_id
from core.base.money import MAX_MINOR, MoneyError, minor_digits
from core.base.rows import connection, insert_new_rows, insert_rows
from core.ledger import accounts
from core.ledger.accounts import Change, Standing
from core.ledger.errors import AlreadyReversed, IdempotencyConflict, NotEnoughMoney, Unbalanced, WrongPosting
from core.ledger.kinds import account_kind, transfer_kind
from core.ledger.models import LedgerEntry, LedgerTransfer
from core.ledger.values import AccountRef, Transfer, TransferDraft

TRANSFER = cast(Table, LedgerTransfer.__table__)
ENTRY = cast(Table, LedgerEntry.__table__)

BATCH_MAX = 2_000
POSTINGS_MAX = 100
KEY_LENGTH_MAX = 200
REFERENCE_LENGTH_MAX = 80
MEMO_LENGTH_MAX = 200
NAME_LENGTH_MAX = 80

_FIELDS = [name for name in Transfer.__dataclass_fields__ if name != "replayed"]
_BY_KEYS = select(TRANSFER).where(TRANSFER.c.idempotency_key.in_(bindparam("keys", expanding=True)))


@dataclass(frozen=True, slots=True)
class Prepared:
    """A transfer that has passed every check that needs no database; one leg for each account."""

    draft: TransferDraft
    legs: Mapping[str, int]
    refs: Mapping[str, AccountRef]
    fingerprint: str
    reverses: str | None = None


@dataclass(slots=True)
class _Plan:
    entries: list[dict[str, Any]]
    changes: dict[str, Change]


def prepare(draft: TransferDraft, *, reverses: str | None = None, hold_id: str | None = None) -> Prepared:
    """Check a draft and merge postings to the same account. Raises UnknownKind, WrongPosting, Unbalanced.

    The fingerprint covers what moves and why; memo and moment only describe it and may differ when a call is repeated.
    """
    transfer_kind(draft.kind)
    check_texts(draft.reference, draft.idempotency_key, draft.memo)
    legs: dict[str, int] = {}
    refs: dict[str, AccountRef] = {}
    for posting in draft.postings:
        check_account(posting.account)
        check_amount(posting.amount_minor)
        account = posting.account.id
        refs[account] = posting.account
        legs[account] = legs.get(account, 0) + posting.amount_minor
    if not 2 <= len(legs) <= POSTINGS_MAX or not all(legs.values()):
        raise WrongPosting(_("A transfer needs at least two accounts, and each must gain or lose something."))
    sums: dict[str, int] = {}
    for account, amount_minor in legs.items():
        currency = refs[account].currency
        sums[currency] = sums.get(currency, 0) + amount_minor
    for currency, sum_minor in sums.items():
        if sum_minor:
            raise Unbalanced(currency, sum_minor)
    content = [draft.kind, draft.reference, draft.merchant_id, reverses, hold_id, sorted(legs.items())]
    fingerprint = hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()
    return Prepared(draft, legs, refs, fingerprint, reverses)


def check_account(account: AccountRef) -> None:
    """Refuse an account that cannot be. Raises UnknownKind, WrongPosting."""
    account_kind(account.kind)
    if not 1 <= len(account.owner) <= NAME_LENGTH_MAX or len(account.subject) > NAME_LENGTH_MAX:
        raise WrongPosting(_("An account needs an owner, with a name of at most 80 characters."))
    try:
        minor_digits(account.currency)
    except MoneyError:
        raise WrongPosting(_("“%(code)s” is not a currency.", code=account.currency)) from None


def check_amount(amount_minor: int) -> None:
    """Refuse what is not a whole, sensible number of minor units other than zero. Raises WrongPosting."""
    whole = isinstance(amount_minor, int) and not isinstance(amount_minor, bool)
    if not whole or amount_minor == 0 or abs(amount_minor) > MAX_MINOR:
        raise WrongPosting(_("An amount must be a whole number of minor units, not zero and not beyond all measure."))


def check_texts(reference: str, idempotency_key: str, memo: str = "") -> None:
    """Refuse references and keys that are empty or longer than their columns. Raises WrongPosting."""
    if (
        not 1 <= len(reference) <= REFERENCE_LENGTH_MAX
        or not 1 <= len(idempotency_key) <= KEY_LENGTH_MAX
        or len(memo) > MEMO_LENGTH_MAX
    ):
        raise WrongPosting(_("A transfer needs a reference and a key, and its texts must not be too long."))


def write(wanted: Sequence[Prepared], freed: Mapping[str, int] | None = None) -> list[Transfer]:
    """Write transfers in their order, or find those that stand already; all or none.

    `freed` is what posting a hold sets free, in minor units by account id. Must run inside a use case. Raises
    NotEnoughMoney, IdempotencyConflict, AlreadyReversed.
    """
    if len(wanted) > BATCH_MAX:
        raise ValueError(f"at most {BATCH_MAX} transfers at a time")
    unique = _unique(wanted)
    refs = {account: ref for prepared in unique.values() for account, ref in prepared.refs.items()}
    before = accounts.lock_or_open(refs)
    many = len(unique) > 1
    stood = find(unique.values()) if many else {}
    fresh = [prepared for key, prepared in unique.items() if key not in stood]
    moment = clock.now()
    ids = {prepared.draft.idempotency_key: new_id("trf") for prepared in fresh}
    try:
        plan = _plan(fresh, ids, before, freed or {}, moment)
    except NotEnoughMoney:
        # The money may be gone because this very transfer took it when it was first asked for.
        stood = stood or find(fresh)
        if many or not stood:
            raise
        fresh = []
    written: dict[str, Transfer] = {}
    if fresh:
        with db.session.begin_nested() if many else nullcontext():
            written = _insert(fresh, ids, moment)
            lost = [prepared for prepared in fresh if prepared.draft.idempotency_key not in written]
            if lost:
                stood |= find(lost)
                fresh = [prepared for prepared in fresh if prepared.draft.idempotency_key in written]
                plan = _plan(fresh, ids, before, freed or {}, moment)
            if fresh:
                accounts.change(plan.changes, refs)
                # The order of ids within an account is the order of its running balance.
                insert_rows(ENTRY, plan.entries)
    return [written.get(one.draft.idempotency_key) or stood[one.draft.idempotency_key] for one in wanted]


def _unique(wanted: Sequence[Prepared]) -> dict[str, Prepared]:
    unique: dict[str, Prepared] = {}
    for prepared in wanted:
        key = prepared.draft.idempotency_key
        if unique.setdefault(key, prepared).fingerprint != prepared.fingerprint:
            raise IdempotencyConflict(key)
    return unique


def find(wanted: Iterable[Prepared]) -> dict[str, Transfer]:
    """Those that stand already. Raises IdempotencyConflict, AlreadyReversed."""
    by_key = {prepared.draft.idempotency_key: prepared for prepared in wanted}
    found: dict[str, Transfer] = {}
    for row in connection().execute(_BY_KEYS, {"keys": list(by_key)}).mappings():
        transfer = as_transfer(row, replayed=True)
        if by_key[transfer.idempotency_key].fingerprint != row["fingerprint"]:
            raise IdempotencyConflict(transfer.idempotency_key)
        found[transfer.idempotency_key] = transfer
    return found


def _plan(
    fresh: Sequence[Prepared],
    ids: Mapping[str, str],
    before: Mapping[str, Standing],
    freed: Mapping[str, int],
    moment: datetime,
) -> _Plan:
    """Entries with running balances, and what changes in each client account. Raises NotEnoughMoney."""
    running = {account: standing.balance_minor for account, standing in before.items()}
    held = {account: standing.held_minor - freed.get(account, 0) for account, standing in before.items()}
    entries: list[dict[str, Any]] = []
    for prepared in fresh:
        for account, amount_minor in prepared.legs.items():
            after: int | None = None
            if account in running:
                available_minor = running[account] - held[account]
                if amount_minor < 0 and available_minor + amount_minor < 0:
                    currency = prepared.refs[account].currency
                    raise NotEnoughMoney(account, available_minor, -amount_minor, currency)
                running[account] = after = running[account] + amount_minor
            entries.append(
                {
                    "transfer_id": ids[prepared.draft.idempotency_key],
                    "account_id": account,
                    "amount_minor": amount_minor,
                    "currency": prepared.refs[account].currency,
                    "balance_after": after,
                    "created_at": moment,
                }
            )
    changes = {
        account: Change(running[account] - standing.balance_minor, -freed.get(account, 0))
        for account, standing in before.items()
    }
    return _Plan(entries, {account: change for account, change in changes.items() if change != Change(0)})


def _insert(fresh: Sequence[Prepared], ids: Mapping[str, str], moment: datetime) -> dict[str, Transfer]:
    """Write the transfers whose keys are free, and say which those were. Raises AlreadyReversed."""
    rows: list[dict[str, Any]] = [
        {
            "id": ids[prepared.draft.idempotency_key],
            "kind": prepared.draft.kind,
            "merchant_id": prepared.draft.merchant_id,
            "reference": prepared.draft.reference,
            "idempotency_key": prepared.draft.idempotency_key,
            "fingerprint": prepared.fingerprint,
            "memo": prepared.draft.memo,
            "reverses": prepared.reverses,
            "occurred_at": prepared.draft.occurred_at or moment,
            "created_at": moment,
        }
        # In the order of keys: two batches with the same keys queue instead of blocking each other.
        for prepared in sorted(fresh, key=lambda prepared: prepared.draft.idempotency_key)
    ]
    won = set(insert_new_rows(TRANSFER, rows))
    written = {row["idempotency_key"]: as_transfer(row) for row in rows if row["id"] in won}
    for prepared in fresh:
        if prepared.reverses is not None and prepared.draft.idempotency_key not in written and not find([prepared]):
            raise AlreadyReversed(prepared.reverses)
    return written


def as_transfer(row: Mapping[Any, Any], *, replayed: bool = False) -> Transfer:
    """A row of the table as the value that callers get."""
    return Transfer(**{name: row[name] for name in _FIELDS}, replayed=replayed)
