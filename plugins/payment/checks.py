"""What `tongbao verify` asks of the plugin: our books against the bank's, both ways."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from sqlalchemy import select, tuple_

from core.sdk import OutsideMovement, db, known_outside, outside_movements
from plugins.payment.bank_qr import CUSTODY
from plugins.payment.models import BankLine, BankRequest, BankStatement, Kind
from plugins.payment.outcomes import external_id, parse_external_id

BATCH = 500


def verify_bank() -> Iterator[str]:
    """Each booked line of the bank meets exactly one movement of ours, and the other way round."""
    yield from _lines_without_movement()
    yield from _movements_without_line()


def _lines_without_movement() -> Iterator[str]:
    after = ("", "")
    while True:
        lines = db.session.scalars(
            select(BankLine)
            .where(tuple_(BankLine.connection, BankLine.transfer_id) > after)
            .order_by(BankLine.connection, BankLine.transfer_id)
            .limit(BATCH)
        ).all()
        known = known_outside(CUSTODY, {_external_id(line) for line in lines})
        for line in lines:
            money = f"{line.amount_minor} {line.currency}"
            if line.merchant_id is None:
                yield f"bank transfer {line.transfer_id} ({line.kind}, {money}): nobody here asked for {line.reference}"
            elif _external_id(line) not in known:
                yield f"bank transfer {line.transfer_id} ({line.kind}, {money}) is not in our books"
        if len(lines) < BATCH:
            return
        after = (lines[-1].connection, lines[-1].transfer_id)


def _movements_without_line() -> Iterator[str]:
    read_at = {row.connection: row.read_at for row in db.session.scalars(select(BankStatement))}
    movements = outside_movements(CUSTODY)
    while batch := list(islice(movements, BATCH)):
        lines = _lines({_transfer_id(one) for one in batch})
        connections = _connections({_reference(one) for one in batch})
        for one in batch:
            yield from _compare(one, lines.get(_transfer_id(one)), read_at.get(connections.get(_reference(one), "")))


def _compare(one: OutsideMovement, line: BankLine | None, read_at: datetime | None) -> Iterator[str]:
    money = f"{one.amount_minor} {one.currency}"
    if line is not None and (line.amount_minor, line.currency) != (one.amount_minor, one.currency):
        yield f"{one.kind} {one.id} says {money}, the bank says {line.amount_minor} {line.currency}"
    elif line is None and read_at is not None and one.at < read_at:
        yield f"{one.kind} {one.id} ({money}) is not in the bank's statement"


def _lines(transfer_ids: set[str]) -> dict[str, BankLine]:
    rows = db.session.scalars(select(BankLine).where(BankLine.transfer_id.in_(transfer_ids)))
    return {row.transfer_id: row for row in rows}


def _connections(references: set[str]) -> dict[str, str]:
    rows = db.session.execute(select(BankRequest.id, BankRequest.connection).where(BankRequest.id.in_(references)))
    return {row.id: row.connection for row in rows}


def _external_id(line: BankLine) -> str:
    """How our books name what a line of the statement tells."""
    return external_id(line.reference, line.transfer_id) if line.kind == Kind.COLLECTION else line.transfer_id


def _transfer_id(one: OutsideMovement) -> str:
    paid = parse_external_id(one.external_id)
    return paid[1] if paid else one.external_id or ""


def _reference(one: OutsideMovement) -> str:
    paid = parse_external_id(one.external_id)
    return paid[0] if paid else one.id
