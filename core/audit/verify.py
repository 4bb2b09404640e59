"""Proof that nothing in the audit trail was changed, taken out or put in; each finding names the first bad entry."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from core.audit.chain import FIRST_HASH, entry_hash
from core.audit.models import AuditChain
from core.audit.service import ENTRY
from core.base.database import db

_ROWS_AT_ONCE = 2000


def verify_audit(only: str | None = None) -> Iterator[str]:
    """Walk every chain (or `only` one) from its first entry to the end that is kept for it."""
    ends = {row.chain: row for row in db.session.scalars(select(AuditChain))}
    chain, sequence, last, broken = "", 0, FIRST_HASH, False
    query = select(ENTRY).order_by(ENTRY.c.chain, ENTRY.c.sequence)
    if only is not None:
        ends = {name: end for name, end in ends.items() if name == only}
        query = query.where(ENTRY.c.chain == only)
    reached: dict[str, tuple[int, str]] = {}
    for row in db.session.connection().execution_options(yield_per=_ROWS_AT_ONCE).execute(query).mappings():
        if row["chain"] != chain:
            chain, sequence, last, broken = row["chain"], 0, FIRST_HASH, False
        if broken:
            continue
        sequence += 1
        if row["sequence"] != sequence:
            yield f"audit trail {chain}: entry {sequence} is missing"
            broken = True
        elif row["previous_hash"] != last or entry_hash(row) != row["hash"]:
            yield f"audit trail {chain}: entry {sequence} ({row['action']} of {row['subject']}) was changed"
            broken = True
        last = row["hash"]
        reached[chain] = (-1, "") if broken else (sequence, last)
    for name, end in sorted(ends.items()):
        got = reached.get(name, (0, FIRST_HASH))
        if got[0] >= 0 and got != (end.sequence, end.hash):
            yield f"audit trail {name}: it ends at entry {got[0]}, but {end.sequence} were written"
    for name in sorted(reached.keys() - ends.keys()):
        yield f"audit trail {name}: entries without a known end"
