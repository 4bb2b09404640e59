"""Refunds: money back to whoever paid a collection, never more than was paid."""

import secrets
import sqlite3
from typing import Any

from plugins.payment.bank.messages import NoticeType, TransferState
from plugins.payment.bank.simulator import notices
from plugins.payment.bank.simulator.accounts import book_transfer
from plugins.payment.bank.simulator.collections import own_collection, payments_of, refunded_minor
from plugins.payment.bank.simulator.errors import Refusal, conflict, not_found
from plugins.payment.bank.simulator.models import Book


def refund(book: Book, partner: sqlite3.Row, reference: str, terms: dict[str, Any]) -> dict[str, Any]:
    """Give money back to whoever paid a collection, once for each refund reference."""
    with book.transaction() as db:
        row = own_collection(db, partner, reference)
        found = _refund_row(db, partner["partner_id"], terms["refund_reference"])
        if found is not None:
            if (found["collection_id"], found["amount_minor"]) != (
                row["collection_id"],
                terms["amount_minor"],
            ):
                raise conflict()
            return _refund(db, found)
        payments = payments_of(db, row["collection_id"])
        if not payments:
            raise Refusal("not_paid", "The collection has not been paid.")
        paid_minor = sum(payment["amount_minor"] for payment in payments)
        if refunded_minor(db, row["collection_id"]) + terms["amount_minor"] > paid_minor:
            raise Refusal("refund_exceeds_paid", "More would be given back than was paid.")
        first = db.execute(
            "SELECT from_account, from_name FROM transfers WHERE transfer_id = ?",
            (payments[0]["transfer_id"],),
        ).fetchone()
        transfer_id = book_transfer(
            db,
            kind="refund",
            reference=terms["refund_reference"],
            source=(partner["account"], partner["name"]),
            target=(first["from_account"], first["from_name"]),
            amount_minor=terms["amount_minor"],
            currency=row["currency"],
            booked_at=int(book.now()),
        )
        db.execute(
            "INSERT INTO refunds VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
            (
                f"RE{secrets.token_hex(8).upper()}",
                partner["partner_id"],
                terms["refund_reference"],
                row["collection_id"],
                terms["amount_minor"],
                TransferState.DONE,
                transfer_id,
            ),
        )
        made = _refund_row(db, partner["partner_id"], terms["refund_reference"])
        assert made is not None
        shown = _refund(db, made)
        notices.queue(book, db, partner["partner_id"], NoticeType.REFUND_DONE, shown, row["notify_url"])
        return shown


def show_refund(book: Book, partner: sqlite3.Row, refund_reference: str) -> dict[str, Any]:
    """Where a refund stands."""
    with book.transaction() as db:
        row = _refund_row(db, partner["partner_id"], refund_reference)
        if row is None:
            raise not_found("refund")
        return _refund(db, row)


def _refund_row(db: sqlite3.Connection, partner_id: str, refund_reference: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM refunds WHERE partner_id = ? AND refund_reference = ?", (partner_id, refund_reference)
    ).fetchone()
    return row


def _refund(db: sqlite3.Connection, row: sqlite3.Row) -> dict[str, Any]:
    collection = db.execute(
        "SELECT reference, currency FROM collections WHERE collection_id = ?", (row["collection_id"],)
    ).fetchone()
    names = ("refund_id", "refund_reference", "amount_minor", "state", "transfer_id", "failure_code")
    return {name: row[name] for name in names} | {
        "reference": collection["reference"],
        "currency": collection["currency"],
    }
