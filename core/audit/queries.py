"""Reading the audit trail, the newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, tuple_

from core.audit.models import AuditChain, AuditEntry
from core.base.database import db

PAGE = 50


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What to look for; empty fields do not matter. The action "payout" also finds "payout.sent"."""

    chain: str = ""
    actor_id: str = ""
    subject: str = ""
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    rows: Sequence[AuditEntry]
    next_cursor: str | None


def matching(wanted: AuditFilter) -> Select[AuditEntry]:
    """The entries that a filter finds, in no order yet."""
    query = select(AuditEntry)
    if wanted.chain:
        query = query.where(AuditEntry.chain == wanted.chain)
    if wanted.actor_id:
        query = query.where(AuditEntry.actor_id == wanted.actor_id)
    if wanted.subject:
        query = query.where(AuditEntry.subject == wanted.subject)
    if wanted.action:
        below = f"{wanted.action.rstrip('.')}."
        query = query.where(
            (AuditEntry.action == wanted.action)
            | ((AuditEntry.action >= below) & (AuditEntry.action < below[:-1] + chr(ord(".") + 1)))
        )
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    return query


def audit_page(wanted: AuditFilter, cursor: str = "", limit: int = PAGE) -> AuditPage:
    """A page of entries, the newest first. `cursor` is the `next_cursor` of the page before; nonsense begins anew."""
    query = matching(wanted)
    after = _read_cursor(cursor)
    if wanted.chain:
        # Within one chain the sequence is the order, and its key finds the page at once.
        if after is not None:
            query = query.where(AuditEntry.sequence < after[2])
        query = query.order_by(AuditEntry.sequence.desc())
    else:
        order: tuple[Any, ...] = (AuditEntry.at, AuditEntry.chain, AuditEntry.sequence)
        if after is not None:
            query = query.where(tuple_(*order) < after)
        query = query.order_by(*(column.desc() for column in order))
    rows = list(db.session.scalars(query.limit(limit + 1)))
    last = rows[limit - 1] if len(rows) > limit else None
    return AuditPage(rows[:limit], f"{last.at.isoformat()}|{last.chain}|{last.sequence}" if last else None)


def _read_cursor(cursor: str) -> tuple[datetime, str, int] | None:
    at, _bar, rest = cursor[:120].partition("|")
    chain, _bar, sequence = rest.partition("|")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    usable = moment.tzinfo is not None and sequence.isascii() and sequence.isdigit() and len(sequence) < 19
    return (moment, chain.replace("\x00", ""), int(sequence)) if usable else None


def chain_end(chain: str) -> AuditChain | None:
    """Where a chain ends now: its last sequence and hash, to be written down outside the system."""
    return db.session.get(AuditChain, chain)
