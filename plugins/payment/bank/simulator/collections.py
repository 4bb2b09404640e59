"""Collections: asked for by a partner, paid by people who scan their code."""

import secrets
import sqlite3
from typing import Any

from plugins.payment.bank.messages import CollectionState, NoticeType, TransferState
from plugins.payment.bank.simulator import notices
from plugins.payment.bank.simulator.accounts import account_of, balance_minor, book_transfer, masked
from plugins.payment.bank.simulator.errors import Refusal, conflict, not_found
from plugins.payment.bank.simulator.models import Book, instant

COLLECTION_DAYS_MAX = 31


def create_collection(book: Book, partner: sqlite3.Row, terms: dict[str, Any], *, public_url: str) -> dict[str, Any]:
    """Open a collection, or find the one that this reference already has."""
    if terms["currency"] != partner["currency"]:
        raise Refusal("currency_not_served", "The account is kept in another currency.")
    expires_at = int(terms["expires_at"].timestamp())
    with book.transaction() as db:
        found = _collection_row(db, partner["partner_id"], terms["reference"])
        if found is not None:
            same = (found["amount_minor"], found["currency"], found["description"], found["expires_at"])
            if same != (terms["amount_minor"], terms["currency"], terms["description"], expires_at):
                raise conflict()
            return _collection(book, db, found, public_url)
        now = int(book.now())
        if not now < expires_at <= now + COLLECTION_DAYS_MAX * 86400:
            raise Refusal("bad_request", "expires_at must lie ahead, within 31 days.", 400)
        db.execute(
            "INSERT INTO collections (collection_id, token, partner_id, reference, amount_minor, currency,"
            " description, expires_at, notify_url, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                f"CO{secrets.token_hex(8).upper()}",
                secrets.token_urlsafe(12),
                partner["partner_id"],
                terms["reference"],
                terms["amount_minor"],
                terms["currency"],
                terms["description"],
                expires_at,
                terms["notify_url"],
                now,
            ),
        )
        row = _collection_row(db, partner["partner_id"], terms["reference"])
        assert row is not None
        return _collection(book, db, row, public_url)


def show_collection(book: Book, partner: sqlite3.Row, reference: str, *, public_url: str) -> dict[str, Any]:
    """Where a collection stands."""
    with book.transaction() as db:
        return _collection(book, db, own_collection(db, partner, reference), public_url)


def close_collection(book: Book, partner: sqlite3.Row, reference: str, *, public_url: str) -> dict[str, Any]:
    """Let nobody pay a collection any more; one that is paid is refused, one that is closed stays closed."""
    with book.transaction() as db:
        row = own_collection(db, partner, reference)
        if payments_of(db, row["collection_id"]):
            raise Refusal("already_paid", "The collection has been paid.", 409)
        db.execute("UPDATE collections SET closed = 1 WHERE collection_id = ?", (row["collection_id"],))
        return _collection(book, db, own_collection(db, partner, reference), public_url)


def all_collections(book: Book, *, public_url: str) -> list[dict[str, Any]]:
    """Every collection of every partner, for tests to compare with."""
    with book.transaction() as db:
        rows = db.execute("SELECT * FROM collections ORDER BY rowid").fetchall()
        return [_collection(book, db, row, public_url) | {"partner_id": row["partner_id"]} for row in rows]


def find_by_token(book: Book, token: str, *, public_url: str) -> dict[str, Any] | None:
    """What a payer who scanned a code sees: the collection, who is paid, and from where one could pay."""
    with book.transaction() as db:
        row = db.execute("SELECT * FROM collections WHERE token = ?", (token,)).fetchone()
        if row is None:
            return None
        payee = account_of(db, row["partner_id"])
        payers = db.execute(
            "SELECT account, name FROM accounts WHERE is_payer = 1 AND currency = ? ORDER BY rowid",
            (row["currency"],),
        ).fetchall()
        shown = _collection(book, db, row, public_url)
        return shown | {
            "description": row["description"],
            "payee_name": payee["name"],
            "payers": [
                {
                    "account": payer["account"],
                    "name": payer["name"],
                    "shown": masked(payer["account"]),
                    "balance_minor": balance_minor(db, payer["account"], row["currency"]),
                }
                for payer in payers
            ],
        }


def pay(book: Book, token: str, *, account: str, amount_minor: int | None = None, insist: bool = False) -> str:
    """Pay a collection from a payer's account and tell the partner. Returns the transfer's id.

    `amount_minor` other than the collection's is what a payer who types the amount could do. `insist` pays
    though the collection is paid, closed or expired, as a bank does that was asked in the same second.
    Refusals: `not_found`, `not_open`, `insufficient_funds`.
    """
    with book.transaction() as db:
        row = db.execute("SELECT * FROM collections WHERE token = ?", (token,)).fetchone()
        payer = db.execute("SELECT * FROM accounts WHERE account = ? AND is_payer = 1", (account,)).fetchone()
        if row is None or payer is None:
            raise not_found("code or account")
        if not insist and _state(book, db, row) is not CollectionState.OPEN:
            raise Refusal("not_open", "This code cannot be paid any more.", 409)
        payee = account_of(db, row["partner_id"])
        paid_minor = row["amount_minor"] if amount_minor is None else amount_minor
        transfer_id = book_transfer(
            db,
            kind="collection",
            reference=row["reference"],
            source=(payer["account"], payer["name"]),
            target=(payee["account"], payee["name"]),
            amount_minor=paid_minor,
            currency=row["currency"],
            booked_at=int(book.now()),
            collection_id=row["collection_id"],
        )
        payment = next(p for p in payments_of(db, row["collection_id"]) if p["transfer_id"] == transfer_id)
        data = {
            "collection_id": row["collection_id"],
            "reference": row["reference"],
            "amount_minor": row["amount_minor"],
            "currency": row["currency"],
            "payment": payment,
        }
        notices.queue(book, db, row["partner_id"], NoticeType.COLLECTION_PAID, data, row["notify_url"])
        return transfer_id


def _collection_row(db: sqlite3.Connection, partner_id: str, reference: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM collections WHERE partner_id = ? AND reference = ?", (partner_id, reference)
    ).fetchone()
    return row


def own_collection(db: sqlite3.Connection, partner: sqlite3.Row, reference: str) -> sqlite3.Row:
    """A partner's collection; raises Refusal `not_found`."""
    row = _collection_row(db, partner["partner_id"], reference)
    if row is None:
        raise not_found("collection")
    return row


def payments_of(db: sqlite3.Connection, collection_id: str) -> list[dict[str, Any]]:
    """All payments that a collection received, oldest first."""
    rows = db.execute("SELECT * FROM transfers WHERE collection_id = ? ORDER BY line", (collection_id,))
    return [
        {
            "transfer_id": row["transfer_id"],
            "amount_minor": row["amount_minor"],
            "currency": row["currency"],
            "payer_account": masked(row["from_account"]),
            "payer_name": row["from_name"],
            "paid_at": instant(row["booked_at"]),
        }
        for row in rows
    ]


def refunded_minor(db: sqlite3.Connection, collection_id: str) -> int:
    """How much of a collection has been given back."""
    row = db.execute(
        "SELECT COALESCE(SUM(amount_minor), 0) AS total FROM refunds WHERE collection_id = ? AND state != ?",
        (collection_id, TransferState.FAILED),
    ).fetchone()
    return int(row["total"])


def _state(book: Book, db: sqlite3.Connection, row: sqlite3.Row) -> CollectionState:
    if payments_of(db, row["collection_id"]):
        return CollectionState.PAID
    if row["closed"]:
        return CollectionState.CLOSED
    return CollectionState.OPEN if book.now() < row["expires_at"] else CollectionState.EXPIRED


def _collection(book: Book, db: sqlite3.Connection, row: sqlite3.Row, public_url: str) -> dict[str, Any]:
    payments = payments_of(db, row["collection_id"])
    return {
        "collection_id": row["collection_id"],
        "reference": row["reference"],
        "amount_minor": row["amount_minor"],
        "currency": row["currency"],
        "state": _state(book, db, row),
        "qr_payload": f"{public_url}/pay/{row['token']}",
        "expires_at": instant(row["expires_at"]),
        "paid_minor": sum(payment["amount_minor"] for payment in payments),
        "refunded_minor": refunded_minor(db, row["collection_id"]),
        "payments": payments,
    }
