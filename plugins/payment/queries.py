"""What the console shows of the bank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select

from core.sdk import StatementStatus, db
from plugins.payment.models import BankLine, BankNotice, BankRequest, BankStatement

PAGE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that the bank was asked for, and what it has booked for it (empty: nothing yet)."""

    request: BankRequest
    lines: Sequence[BankLine]


def recent_requests(merchant_id: str, limit: int = PAGE) -> list[Asked]:
    """What this merchant's shop asked the bank for, the newest first."""
    requests = db.session.scalars(
        select(BankRequest)
        .where(BankRequest.merchant_id == merchant_id)
        .order_by(BankRequest.created_at.desc(), BankRequest.id)
        .limit(limit)
    ).all()
    lines = db.session.scalars(
        select(BankLine)
        .where(BankLine.merchant_id == merchant_id, BankLine.reference.in_([request.id for request in requests]))
        .order_by(BankLine.line)
    ).all()
    return [Asked(request, [line for line in lines if line.reference == request.id]) for request in requests]


def recent_notices(merchant_id: str, verdict: str | None = None, limit: int = PAGE) -> Sequence[BankNotice]:
    """The bank's notices for this merchant, the newest first; of one verdict when it is given."""
    found = select(BankNotice).where(BankNotice.merchant_id == merchant_id)
    if verdict:
        found = found.where(BankNotice.verdict == verdict)
    return db.session.scalars(found.order_by(BankNotice.received_at.desc(), BankNotice.id).limit(limit)).all()


def notice_counts(merchant_id: str) -> dict[str, int]:
    """How many notices there are of each verdict."""
    rows = db.session.execute(
        select(BankNotice.verdict, func.count())
        .where(BankNotice.merchant_id == merchant_id)
        .group_by(BankNotice.verdict)
    )
    return {row[0]: row[1] for row in rows}


def statement_status() -> list[StatementStatus]:
    """How far each connected bank's statement has been read, and what its lines add up to."""
    rows = db.session.execute(
        select(
            BankLine.connection,
            BankLine.currency,
            BankStatement.read_at,
            func.count(),
            func.sum(BankLine.amount_minor),
            func.sum(case((BankLine.merchant_id.is_(None), 1), else_=0)),
        )
        .join(BankStatement, BankStatement.connection == BankLine.connection)
        .group_by(BankLine.connection, BankLine.currency, BankStatement.read_at)
        .order_by(BankLine.connection)
    )
    return [
        StatementStatus(account, currency, read_at, lines, int(total), int(unmet))
        for account, currency, read_at, lines, total, unmet in rows
    ]
