"""The bank's statement: read line by line, kept, and used to find payments that no notice told of."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from core.sdk import clock, db, end_read, record_outcome, shop_view, transactional
from plugins.payment.bank.client import Done
from plugins.payment.bank.messages import Payment, StatementLine
from plugins.payment.connection import PLATFORM, Connection, connection_of, platform_connection
from plugins.payment.models import BankLine, BankRequest, BankStatement, Kind
from plugins.payment.outcomes import payment_received

log = logging.getLogger(__name__)

PLUGIN = "payment"
DAYS_PER_RUN_MAX = 31
LINES_PER_TRANSACTION = 100
STILL_BEING_BOOKED = timedelta(minutes=10)
"""How long after a moment the bank may still book lines of it."""


def read_statements() -> int:
    """Read what every connected bank has booked since the last time. Returns how many new lines there were."""
    count = 0
    for connection in _connections():
        count += read_statement(connection)
    return count


def read_statement(connection: Connection) -> int:
    """Read one connection's statement up to now; stops at a day that the bank does not answer for."""
    started_at = clock.now()
    day, line = _progress(connection.id, started_at)
    client = connection.client()
    count = 0
    for _ in range(DAYS_PER_RUN_MAX):
        end_read()
        result = client.statement(day, after=line)
        if not isinstance(result, Done):
            log.warning("the statement of %s for %s could not be read: %s", connection.id, day, result)
            return count
        for start in range(0, len(result.value), LINES_PER_TRANSACTION):
            count += store_lines(connection.id, result.value[start : start + LINES_PER_TRANSACTION])
        line = max([line, *(one.line for one in result.value)])
        last = day >= started_at.astimezone(UTC).date()
        _save_progress(connection.id, day, line, _end_of(day, started_at))
        if last:
            return count
        day += timedelta(days=1)
    return count


@transactional
def store_lines(connection_id: str, lines: Sequence[StatementLine]) -> int:
    """Keep new lines, and record the payments among them: most are known by then, and are acted on only once.

    Returns how many lines were new.
    """
    known = set(
        db.session.scalars(
            select(BankLine.transfer_id).where(
                BankLine.connection == connection_id,
                BankLine.transfer_id.in_([line.transfer_id for line in lines]),
            )
        )
    )
    requests = {
        request.id: request
        for request in db.session.scalars(
            select(BankRequest).where(
                BankRequest.connection == connection_id,
                BankRequest.id.in_([line.reference for line in lines]),
            )
        )
    }
    new = [line for line in lines if line.transfer_id not in known]
    for line in new:
        request = requests.get(line.reference)
        merchant_id = request.merchant_id if request is not None and request.kind == line.kind else None
        _keep(connection_id, merchant_id, line)
        if merchant_id is not None and line.kind == Kind.COLLECTION and line.amount_minor > 0:
            record_outcome(merchant_id, line.reference, payment_received(line.reference, _payment(line)))
    return len(new)


def _connections() -> list[Connection]:
    platform = platform_connection()
    own = db.session.scalars(select(BankRequest.connection).where(BankRequest.connection != PLATFORM).distinct()).all()
    found = [connection_of(shop_view(merchant_id, PLUGIN)) for merchant_id in own]
    return [
        connection
        for connection in (platform, *found)
        if connection is not None and (connection is platform or connection.id != PLATFORM)
    ]


def _progress(connection_id: str, moment: datetime) -> tuple[date, int]:
    progress = db.session.get(BankStatement, connection_id)
    if progress is not None:
        return progress.day, progress.line
    first = db.session.scalar(
        select(BankRequest.created_at)
        .where(BankRequest.connection == connection_id)
        .order_by(BankRequest.created_at)
        .limit(1)
    )
    return (first or moment).astimezone(UTC).date(), 0


@transactional
def _save_progress(connection_id: str, day: date, line: int, read_at: datetime) -> None:
    progress = db.session.get(BankStatement, connection_id)
    if progress is None:
        db.session.add(BankStatement(connection=connection_id, day=day, line=line, read_at=read_at))
        return
    progress.day = day
    progress.line = line
    progress.read_at = read_at


def _end_of(day: date, started_at: datetime) -> datetime:
    end = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    return min(end, started_at) - STILL_BEING_BOOKED


def _keep(connection_id: str, merchant_id: str | None, line: StatementLine) -> None:
    db.session.add(
        BankLine(
            connection=connection_id,
            transfer_id=line.transfer_id,
            merchant_id=merchant_id,
            line=line.line,
            kind=line.kind,
            reference=line.reference,
            amount_minor=line.amount_minor,
            currency=line.currency,
            counter_account=line.counter_account,
            counter_name=line.counter_name,
            booked_at=line.booked_at,
        )
    )


def _payment(line: StatementLine) -> Payment:
    return Payment(
        transfer_id=line.transfer_id,
        amount_minor=line.amount_minor,
        currency=line.currency,
        payer_account=line.counter_account,
        payer_name=line.counter_name,
        paid_at=line.booked_at,
    )
