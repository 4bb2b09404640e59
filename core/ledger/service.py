"""What can be done with money. Every function is one transaction, or joins its caller's.

Money moves only here: `post_transfer` and its kin move it at once; `place_hold`, then `post_hold` or `release_hold`, in
two steps. Nothing is ever changed afterwards: `reverse_transfer` corrects by the opposite movement.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from core.base.rows import connection
from core.base.transactions import transactional
from core.ledger import posting
from core.ledger.accounts import ACCOUNT
from core.ledger.errors import NoSuchRecord
from core.ledger.holds import expire_holds, place_hold, post_hold, release_hold
from core.ledger.kinds import REVERSAL
from core.ledger.posting import ENTRY, TRANSFER
from core.ledger.rollups import roll_up
from core.ledger.values import AccountRef, Balance, Hold, Posting, StatementRow, Transfer, TransferDraft

__all__ = [
    "AccountRef",
    "Balance",
    "Hold",
    "Posting",
    "StatementRow",
    "Transfer",
    "TransferDraft",
    "expire_holds",
    "place_hold",
    "post_hold",
    "post_transfer",
    "post_transfers",
    "release_hold",
    "reverse_transfer",
    "roll_up",
]


@transactional
def post_transfer(
    kind: str,
    postings: Sequence[Posting],
    *,
    reference: str,
    idempotency_key: str,
    merchant_id: str | None = None,
    memo: str = "",
    occurred_at: datetime | None = None,
) -> Transfer:
    """Move money between accounts, all of it or none.

    Amounts are in minor units: positive, the account's owner has more. They add up to zero in each currency; accounts
    come into being as needed. The same key with the same content gives the same transfer again and moves nothing
    (memo and occurred_at are not compared). Raises NotEnoughMoney, IdempotencyConflict, Unbalanced, UnknownKind,
    WrongPosting.
    """
    draft = TransferDraft(kind, postings, reference, idempotency_key, merchant_id, memo, occurred_at)
    return posting.write([posting.prepare(draft)])[0]


@transactional
def post_transfers(batch: Sequence[TransferDraft]) -> list[Transfer]:
    """Move money many times over, in a handful of statements: as if one after another, but all or none.

    At most `posting.BATCH_MAX` at a time. Raises what `post_transfer` raises.
    """
    return posting.write([posting.prepare(draft) for draft in batch]) if batch else []


@transactional
def reverse_transfer(transfer_id: str, *, idempotency_key: str, memo: str) -> Transfer:
    """Correct a transfer by its mirror image: the same accounts, the opposite amounts, the same reference.

    Raises NotEnoughMoney when the money has moved on, AlreadyReversed, IdempotencyConflict, NoSuchRecord.
    """
    original = (
        connection()
        .execute(select(TRANSFER.c.merchant_id, TRANSFER.c.reference).where(TRANSFER.c.id == transfer_id))
        .one_or_none()
    )
    if original is None:
        raise NoSuchRecord(transfer_id)
    legs = connection().execute(
        select(ACCOUNT.c.kind, ACCOUNT.c.owner, ACCOUNT.c.currency, ACCOUNT.c.subject, ENTRY.c.amount_minor)
        .join_from(ENTRY, ACCOUNT, ACCOUNT.c.id == ENTRY.c.account_id)
        .where(ENTRY.c.transfer_id == transfer_id)
        .order_by(ENTRY.c.id)
    )
    postings = [Posting(AccountRef(*account), -amount_minor) for *account, amount_minor in legs]
    merchant_id, reference = original
    draft = TransferDraft(REVERSAL, postings, reference, idempotency_key, merchant_id, memo)
    return posting.write([posting.prepare(draft, reverses=transfer_id)])[0]
