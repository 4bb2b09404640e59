"""What callers hand to the ledger and get back: plain, frozen, free of the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Literal

HoldState = Literal["open", "posted", "released", "expired"]

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_ID_DIGITS = 26


def account_id(kind: str, owner: str, subject: str, currency: str) -> str:
    """The identifier of an account, computed from what it is, so that nobody has to look it up."""
    blob = b"".join(
        len(part).to_bytes(4, "big") + part for part in (text.encode() for text in (kind, owner, subject, currency))
    )
    value = int.from_bytes(blake2b(blob, digest_size=16).digest(), "big")
    return "acc_" + "".join(_ALPHABET[value >> 5 * place & 31] for place in reversed(range(_ID_DIGITS)))


@dataclass(frozen=True, slots=True)
class AccountRef:
    """An account by what it is: its kind, whose it is, its currency and, where one owner has many, what it is about."""

    kind: str
    owner: str
    currency: str
    subject: str = ""

    @property
    def id(self) -> str:
        """The account's identifier, the same on every machine."""
        return account_id(self.kind, self.owner, self.subject, self.currency)


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount for an account, in minor units of its currency: positive, the owner has more; negative, less."""

    account: AccountRef
    amount_minor: int


@dataclass(frozen=True, slots=True)
class TransferDraft:
    """A transfer that is wanted; `post_transfers` takes many at a time."""

    kind: str
    postings: Sequence[Posting]
    reference: str
    idempotency_key: str
    merchant_id: str | None = None
    memo: str = ""
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer that stands. `replayed` tells that it stood already and this call moved nothing."""

    id: str
    kind: str
    merchant_id: str | None
    reference: str
    idempotency_key: str
    memo: str
    reverses: str | None
    occurred_at: datetime
    created_at: datetime
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """Money set aside in an account until it is posted (in whole or part), released, or expires."""

    id: str
    account_id: str
    amount_minor: int
    posted_minor: int
    state: HoldState
    reference: str
    expires_at: datetime | None
    created_at: datetime
    closed_at: datetime | None
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Balance:
    """What stands in an account, in minor units: all of it, the part that is set aside, and what may be spent."""

    posted_minor: int
    held_minor: int

    @property
    def available_minor(self) -> int:
        """What may be spent now."""
        return self.posted_minor - self.held_minor


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One line of an account's statement, with the balance after it."""

    entry_id: int
    transfer_id: str
    kind: str
    reference: str
    memo: str
    amount_minor: int
    balance_minor: int
    occurred_at: datetime
