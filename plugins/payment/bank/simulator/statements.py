"""What the bank tells a partner about its account: the balance, and the booked lines of a day."""

import sqlite3
from datetime import UTC, date, datetime, timedelta
from typing import Any

from plugins.payment.bank.simulator.accounts import balance_minor, masked
from plugins.payment.bank.simulator.models import Book, instant

LINES_PER_PAGE = 200


def statement(book: Book, partner: sqlite3.Row, day: date, after: int) -> dict[str, Any]:
    """The lines booked on the partner's account on a day (UTC), after a line, a page at a time."""
    start = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    end = start + int(timedelta(days=1).total_seconds())
    with book.transaction() as db:
        rows = db.execute(
            "SELECT * FROM transfers WHERE (from_account = :a OR to_account = :a) AND booked_at >= :start"
            " AND booked_at < :end AND line > :after ORDER BY line LIMIT :limit",
            {
                "a": partner["account"],
                "start": start,
                "end": end,
                "after": after,
                "limit": LINES_PER_PAGE + 1,
            },
        ).fetchall()
    page = rows[:LINES_PER_PAGE]
    more = len(rows) > LINES_PER_PAGE
    return {
        "lines": [_statement_line(row, partner["account"]) for row in page],
        "next_line": page[-1]["line"] if more else None,
    }


def balance(book: Book, partner: sqlite3.Row) -> dict[str, Any]:
    """What the partner's account holds."""
    with book.transaction() as db:
        amount_minor = balance_minor(db, partner["account"], partner["currency"])
    return {"account": partner["account"], "amount_minor": amount_minor, "currency": partner["currency"]}


def _statement_line(row: sqlite3.Row, account: str) -> dict[str, Any]:
    came_in = row["to_account"] == account
    other = "from" if came_in else "to"
    return {
        "line": row["line"],
        "transfer_id": row["transfer_id"],
        "kind": row["kind"],
        "reference": row["reference"],
        "amount_minor": row["amount_minor"] if came_in else -row["amount_minor"],
        "currency": row["currency"],
        "counter_account": masked(row[f"{other}_account"]),
        "counter_name": row[f"{other}_name"],
        "booked_at": instant(row["booked_at"]),
    }
