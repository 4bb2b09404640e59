"""Writing into the audit trail. Reading it is in `core.audit.queries`, proving it in `core.audit.verify`."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from sqlalchemy import bindparam, select, update

from core.audit.chain import FIRST_HASH, entry_hash
from core.audit.models import AuditChain, AuditEntry
from core.base import clock
from core.base.acting import acting_through
from core.base.database import table_of
from core.base.rows import connection, insert_new_rows, insert_rows
from core.base.transactions import at_end_of_transaction

PLATFORM = "platform"
"""The chain of what concerns no merchant."""
ACTION_CHARACTERS_MAX = 80
SUBJECT_CHARACTERS_MAX = 120

CHAIN = table_of(AuditChain)
ENTRY = table_of(AuditEntry)
_LOCK = (
    select(CHAIN.c.chain, CHAIN.c.sequence, CHAIN.c.hash)
    .where(CHAIN.c.chain == bindparam("of_chain"))
    .with_for_update()
)
_ADVANCE = (
    update(CHAIN)
    .where(CHAIN.c.chain == bindparam("of_chain"))
    .values(sequence=bindparam("new_sequence"), hash=bindparam("new_hash"))
)

looking_as: ContextVar[str | None] = ContextVar("looking_as", default=None)
"""The person whose post a member of staff is signed in as, for the request under way."""


def record(
    action: str,
    *,
    actor_id: str | None,
    subject: str,
    merchant_id: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Note in the running use case that somebody did something; it stands if and only if the use case does.

    `action` is dotted ("payout.requested"), `subject` a kind and an id ("payout:pyo_…"), `actor_id` a person or None
    for the system. `details` are plain JSON without floats, secrets or personal data (ids, states, amounts in minor
    units). Raises ValueError for what cannot be kept, RuntimeError outside a use case.
    """
    if not 0 < len(action) <= ACTION_CHARACTERS_MAX or not 0 < len(subject) <= SUBJECT_CHARACTERS_MAX:
        raise ValueError("an audit entry needs an action and a subject, and neither may be too long")
    at_end_of_transaction(
        _write,
        {
            "chain": merchant_id or PLATFORM,
            "at": clock.now(),
            "actor_id": actor_id,
            "on_behalf_of": looking_as.get(),
            "action": action,
            "subject": subject,
            "details": {str(name): _plain(value) for name, value in {**(details or {}), **_through()}.items()},
        },
    )


def _through() -> dict[str, str]:
    """Which key a program used, if one did."""
    key = acting_through.get()
    return {"through": key.id} if key is not None else {}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value).replace("\x00", "")
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        inner = [_plain(one) for one in value]
        return sorted(inner, key=str) if isinstance(value, set | frozenset) else inner
    raise ValueError(f"{type(value).__name__} cannot stand in the audit trail: write it as a text or a whole number")


def _write(rows: list[dict[str, Any]]) -> None:
    """Add the entries to their chains, just before the commit: a chain is locked for no longer than that."""
    for chain in sorted({row["chain"] for row in rows}):
        sequence, last = _lock(chain)
        entries = []
        for row in rows:
            if row["chain"] == chain:
                sequence += 1
                entry = {**row, "sequence": sequence, "previous_hash": last}
                last = entry["hash"] = entry_hash(entry)
                entries.append(entry)
        insert_rows(ENTRY, entries)
        connection().execute(_ADVANCE, {"of_chain": chain, "new_sequence": sequence, "new_hash": last})


def _lock(chain: str) -> tuple[int, str]:
    found = connection().execute(_LOCK, {"of_chain": chain}).first()
    if found is None:
        insert_new_rows(CHAIN, [{"chain": chain, "sequence": 0, "hash": FIRST_HASH}])
        found = connection().execute(_LOCK, {"of_chain": chain}).one()
    return found.sequence, found.hash
