"""Refunds: money back to whoever paid a collection, never more than was paid."""

import secrets
import sqlite3
from typing import Any

from plugins.payment.bank.messages import NoticeType, TransferState
from plugins.payment.bank.simulator import notices
from plugins.payment.bank.simulator.accounts import book_transfer
from plugins.payment.bank.simulator.collections import own_collection
from plugins.payment.bank.simulator.errors import Refusal, conflict, not_found
from plugins.payment.bank.simulator.models import Book


def refund(book: Book, partner: sqlite3.Row, reference: str, terms: dict[str, Any]) -> dict[str, Any]:
    """Give a payment back to whoever made it, in full or part, once for each refund reference.

    A refund that only lacks the money fails for good: a copy of the request that comes late cannot succeed.
    """
    with book.transaction() as db:
        row = own_collection(db, partner, reference)
        found = _refund_row(db, partner["partner_id"], terms["refund_reference"])
        if found is not None:
            same = (found["collection_id"], found["amount_minor"])
            if same != (row["collection_id"], terms["amount_minor"]):
                raise conflict()
            return _refund(db, found)
        payment = _payment_to_give_back(db, row["collection_id"], terms)
        refund_id = f"RE{secrets.token_hex(8).upper()}"
        transfer_id, failure_code = None, None
        try:
            transfer_id = book_transfer(
                db,
                kind="refund",
                reference=terms["refund_reference"],
                source=(partner["account"], partner["name"]),
                target=(payment["from_account"], payment["from_name"]),
                amount_minor=terms["amount_minor"],
                currency=row["currency"],
                booked_at=int(book.now()),
            )
        except Refusal as refusal:
            failure_code = refusal.code
        db.execute(
            "INSERT INTO refunds VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                refund_id,
                partner["partner_id"],
                terms["refund_reference"],
                row["collection_id"],
                payment["transfer_id"],
                terms["amount_minor"],
                TransferState.DONE if transfer_id else TransferState.FAILED,
                transfer_id,
                failure_code,
            ),
        )
        made = _refund_row(db, partner["partner_id"], terms["refund_reference"])
        assert made is not None
        shown = _refund(db, made)
        kind = NoticeType.REFUND_DONE if transfer_id else NoticeType.REFUND_FAILED
        notices.queue(book, db, partner["partner_id"], kind, shown, row["notify_url"])
        return shown


def show_refund(book: Book, partner: sqlite3.Row, refund_reference: str) -> dict[str, Any]:
    """Where a refund stands."""
    with book.transaction() as db:
        row = _refund_row(db, partner["partner_id"], refund_reference)
        if row is None:
            raise not_found("refund")
        return _refund(db, row)


def _payment_to_give_back(db: sqlite3.Connection, collection_id: str, terms: dict[str, Any]) -> sqlite3.Row:
    payments = db.execute(
        "SELECT * FROM transfers "
        " WHERE collection_id = :collection AND (:id IS NULL OR transfer_id = :id) ORDER BY line",
        {"collection": collection_id, "id": terms["transfer_id"]},
    ).fetchall()
    if not payments:
        raise Refusal("not_paid", "There is no such payment.")
    payment: sqlite3.Row = payments[0]
    given = db.execute(
        "SELECT COALESCE(SUM(amount_minor), 0) AS total FROM refunds WHERE of_transfer_id = ? AND state != ?",
        (payment["transfer_id"], TransferState.FAILED),
    ).fetchone()
    if given["total"] + terms["amount_minor"] > payment["amount_minor"]:
        raise Refusal("refund_exceeds_paid", "More would be given back than was paid.")
    return payment


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
