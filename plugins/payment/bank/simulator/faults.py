"""The ways in which the bank can be told to misbehave, and how often."""

import sqlite3
from dataclasses import dataclass

from plugins.payment.bank.messages import NoticeType
from plugins.payment.bank.simulator.errors import Refusal
from plugins.payment.bank.simulator.models import Book

OPERATIONS = frozenset(
    {
        "create_collection",
        "query",
        "close",
        "refund",
        "query_refund",
        "payout",
        "query_payout",
        "statement",
        "balance",
        "keys",
    }
)
OPERATION_FAULTS = frozenset({"slow", "drop_request", "drop_answer", "error", "wrong_signature"})
NOTICE_FAULTS = frozenset(
    {
        "late",
        "hold",
        "out_of_order",
        "twice",
        "wrong_signature",
        "stale",
        "replay",
        "lying_amount",
        "lying_reference",
        "lying_currency",
        "lost",
    }
)
NOTICE_TARGETS = frozenset(NoticeType)


@dataclass(frozen=True)
class Fault:
    """One misbehaviour, with its value where it has one (seconds, an amount, a reference)."""

    kind: str
    value: str | None


def add(book: Book, *, target: str, kind: str, value: str | None = None, times: int = 1) -> None:
    """Misbehave the next `times` times; `target` is an operation, a notice's type, `*` or `notices`."""
    of_operation = (target in OPERATIONS or target == "*") and kind in OPERATION_FAULTS
    of_notice = (target in NOTICE_TARGETS or target == "notices") and kind in NOTICE_FAULTS
    if not (of_operation or of_notice) or times < 1:
        raise Refusal("bad_request", "There is no such fault.", 400)
    with book.transaction() as db:
        db.execute(
            "INSERT INTO faults (target, kind, value, remaining) VALUES (?, ?, ?, ?)",
            (target, kind, value, times),
        )


def take(db: sqlite3.Connection, target: str, all_targets: str) -> list[Fault]:
    """The faults that are due for a target, or for all of its sort, each counted as used once."""
    rows = db.execute(
        "SELECT * FROM faults WHERE target IN (?, ?) AND remaining > 0 ORDER BY fault_id", (target, all_targets)
    ).fetchall()
    for row in rows:
        db.execute("UPDATE faults SET remaining = remaining - 1 WHERE fault_id = ?", (row["fault_id"],))
    return [Fault(row["kind"], row["value"]) for row in rows]


def clear(book: Book) -> None:
    """Behave again."""
    with book.transaction() as db:
        db.execute("DELETE FROM faults")
