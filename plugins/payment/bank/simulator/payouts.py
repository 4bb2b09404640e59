"""Payouts: money from a partner's account to any account."""

import secrets
import sqlite3
from typing import Any

from plugins.payment.bank.messages import NoticeType, TransferState
from plugins.payment.bank.simulator import notices
from plugins.payment.bank.simulator.accounts import account_of, balance_minor, book_transfer
from plugins.payment.bank.simulator.errors import Refusal, conflict, not_found
from plugins.payment.bank.simulator.models import Book

# Test accounts, as documented: by how the number ends, a payout fails, or waits until it is settled by hand.
ENDING_OF_UNKNOWN_ACCOUNT = "0000"
ENDING_OF_SLOW_ACCOUNT = "9999"


def payout(book: Book, partner: sqlite3.Row, terms: dict[str, Any]) -> dict[str, Any]:
    """Send money from the partner's account to another, once for each reference."""
    if terms["currency"] != partner["currency"]:
        raise Refusal("currency_not_served", "The account is kept in another currency.")
    with book.transaction() as db:
        found = _payout_row(db, partner["partner_id"], terms["reference"])
        if found is not None:
            if any(found[name] != terms[name] for name in ("account", "name", "amount_minor", "currency")):
                raise conflict()
            return _payout(found)
        held_minor = balance_minor(db, partner["account"], partner["currency"])
        payout_id = f"PO{secrets.token_hex(8).upper()}"
        db.execute(
            "INSERT INTO payouts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
            (
                payout_id,
                partner["partner_id"],
                terms["reference"],
                terms["account"],
                terms["name"],
                terms["amount_minor"],
                terms["currency"],
                terms["notify_url"],
                TransferState.PROCESSING,
            ),
        )
        if held_minor < terms["amount_minor"]:
            # It fails for good, so that a copy of the request that comes late cannot succeed.
            _settle(book, db, payout_id, "insufficient_funds")
        elif not terms["account"].endswith(ENDING_OF_SLOW_ACCOUNT):
            fails = terms["account"].endswith(ENDING_OF_UNKNOWN_ACCOUNT)
            _settle(book, db, payout_id, "account_unknown" if fails else None)
        row = _payout_row(db, partner["partner_id"], terms["reference"])
        assert row is not None
        return _payout(row)


def settle_payout(book: Book, reference: str, failure_code: str | None) -> None:
    """Let a payout that waits arrive, or fail with a code."""
    with book.transaction() as db:
        row = db.execute("SELECT * FROM payouts WHERE reference = ?", (reference,)).fetchone()
        if row is None or row["state"] != TransferState.PROCESSING:
            raise not_found("waiting payout")
        _settle(book, db, row["payout_id"], failure_code)


def show_payout(book: Book, partner: sqlite3.Row, reference: str) -> dict[str, Any]:
    """Where a payout stands."""
    with book.transaction() as db:
        row = _payout_row(db, partner["partner_id"], reference)
        if row is None:
            raise not_found("payout")
        return _payout(row)


def _settle(book: Book, db: sqlite3.Connection, payout_id: str, failure_code: str | None) -> None:
    row = db.execute("SELECT * FROM payouts WHERE payout_id = ?", (payout_id,)).fetchone()
    account = account_of(db, row["partner_id"])
    transfer_id = None
    if failure_code is None:
        transfer_id = book_transfer(
            db,
            kind="payout",
            reference=row["reference"],
            source=(account["account"], account["name"]),
            target=(row["account"], row["name"]),
            amount_minor=row["amount_minor"],
            currency=row["currency"],
            booked_at=int(book.now()),
        )
    state = TransferState.DONE if failure_code is None else TransferState.FAILED
    db.execute(
        "UPDATE payouts SET state = ?, transfer_id = ?, failure_code = ? WHERE payout_id = ?",
        (state, transfer_id, failure_code, payout_id),
    )
    settled = db.execute("SELECT * FROM payouts WHERE payout_id = ?", (payout_id,)).fetchone()
    kind = NoticeType.PAYOUT_DONE if failure_code is None else NoticeType.PAYOUT_FAILED
    notices.queue(book, db, row["partner_id"], kind, _payout(settled), row["notify_url"])


def _payout_row(db: sqlite3.Connection, partner_id: str, reference: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM payouts WHERE partner_id = ? AND reference = ?", (partner_id, reference)
    ).fetchone()
    return row


def _payout(row: sqlite3.Row) -> dict[str, Any]:
    names = (
        "payout_id",
        "reference",
        "account",
        "name",
        "amount_minor",
        "currency",
        "state",
        "transfer_id",
        "failure_code",
    )
    return {name: row[name] for name in names}
