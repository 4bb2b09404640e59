"""Accounts, partners and their keys, and the one way in which money moves in the bank's book."""

import secrets
import sqlite3

from plugins.payment.bank.protocol import KeyRing, SigningKey, VerifyingKey
from plugins.payment.bank.simulator.errors import Refusal
from plugins.payment.bank.simulator.models import Book

CASH = "CASH"
PAYERS = (
    ("6222020200112345", "Lin Mei 林梅", 50_000_000),
    ("6217001210024456", "Chen Wei 陈伟", 800_000),
    ("6228480402564890", "Zhou Yan 周燕", 2_000),
)


def set_up(book: Book) -> None:
    """Give a new bank its first key and a few payers with money; an old one is left as it is."""
    with book.transaction() as db:
        now = int(book.now())
        if db.execute("SELECT 1 FROM bank_keys").fetchone() is None:
            key = SigningKey.generate(f"bank-{secrets.token_hex(3)}")
            db.execute("INSERT INTO bank_keys VALUES (?, ?, ?, ?, NULL)", (key.key_id, key.private_text, now, now))
        for account, name, amount_minor in PAYERS:
            if open_account(db, account=account, name=name, currency="CNY", is_payer=True):
                book_transfer(
                    db,
                    kind="deposit",
                    reference=f"opening-{account}",
                    source=(CASH, "Cash"),
                    target=(account, name),
                    amount_minor=amount_minor,
                    currency="CNY",
                    booked_at=now,
                )


def open_account(db: sqlite3.Connection, *, account: str, name: str, currency: str, is_payer: bool = False) -> bool:
    """Open an account; False when it was open already."""
    done = db.execute("INSERT OR IGNORE INTO accounts VALUES (?, ?, ?, ?)", (account, name, currency, int(is_payer)))
    return done.rowcount == 1


def save_partner(
    book: Book, *, partner_id: str, account: str, name: str, currency: str, notify_url: str | None
) -> None:
    """Take a partner on, or change where its notices go."""
    with book.transaction() as db:
        open_account(db, account=account, name=name, currency=currency)
        db.execute(
            "INSERT INTO partners VALUES (?, ?, ?) ON CONFLICT (partner_id) DO UPDATE SET"
            " notify_url = excluded.notify_url",
            (partner_id, account, notify_url),
        )


def save_partner_key(
    book: Book,
    *,
    partner_id: str,
    key_id: str,
    public_key: str,
    not_before: int | None,
    not_after: int | None,
) -> None:
    """Trust a partner's public key, or change for how long; raises ValueError when it is not a key."""
    VerifyingKey.from_text(key_id, public_key)
    with book.transaction() as db:
        db.execute(
            "INSERT OR REPLACE INTO partner_keys VALUES (?, ?, ?, ?, ?)",
            (key_id, partner_id, public_key, not_before, not_after),
        )


def rotate_bank_key(book: Book) -> str:
    """Publish a new key and sign with it from now on; the old one stays published. Returns the new id."""
    with book.transaction() as db:
        now = int(book.now())
        key = SigningKey.generate(f"bank-{secrets.token_hex(3)}")
        db.execute("UPDATE bank_keys SET retired_at = ? WHERE retired_at IS NULL", (now,))
        db.execute("INSERT INTO bank_keys VALUES (?, ?, ?, ?, NULL)", (key.key_id, key.private_text, now, now))
        return key.key_id


def bank_key(book: Book) -> SigningKey:
    """The key that the bank signs with now."""
    with book.transaction() as db:
        row = db.execute("SELECT * FROM bank_keys WHERE retired_at IS NULL ORDER BY rowid DESC").fetchone()
        return SigningKey.from_text(row["key_id"], row["private_key"])


def published_keys(book: Book) -> list[dict[str, str]]:
    """All public keys under which a message of the bank may arrive."""
    with book.transaction() as db:
        rows = db.execute("SELECT key_id, private_key FROM bank_keys ORDER BY rowid").fetchall()
    keys = [SigningKey.from_text(row["key_id"], row["private_key"]) for row in rows]
    return [{"key_id": key.key_id, "public_key": key.public_text} for key in keys]


def partner_key_ring(book: Book) -> KeyRing:
    """The keys of all partners."""
    with book.transaction() as db:
        rows = db.execute("SELECT * FROM partner_keys").fetchall()
    return KeyRing(
        VerifyingKey.from_text(
            row["key_id"], row["public_key"], not_before=row["not_before"], not_after=row["not_after"]
        )
        for row in rows
    )


def partner_of_key(book: Book, key_id: str) -> sqlite3.Row:
    """The partner, with its account, that signs with this key."""
    with book.transaction() as db:
        row: sqlite3.Row = db.execute(
            "SELECT p.partner_id, p.notify_url, a.account, a.name, a.currency FROM partner_keys k"
            " JOIN partners p USING (partner_id) JOIN accounts a USING (account) WHERE k.key_id = ?",
            (key_id,),
        ).fetchone()
        return row


def balance_minor(db: sqlite3.Connection, account: str, currency: str) -> int:
    """What an account holds."""
    row = db.execute(
        "SELECT (SELECT COALESCE(SUM(amount_minor), 0) FROM transfers"
        " WHERE to_account = :a AND currency = :c)"
        " - (SELECT COALESCE(SUM(amount_minor), 0) FROM transfers"
        " WHERE from_account = :a AND currency = :c) AS b",
        {"a": account, "c": currency},
    ).fetchone()
    return int(row["b"])


def book_transfer(
    db: sqlite3.Connection,
    *,
    kind: str,
    reference: str,
    source: tuple[str, str],
    target: tuple[str, str],
    amount_minor: int,
    currency: str,
    booked_at: int,
    collection_id: str | None = None,
) -> str:
    """Move money between two (account, name) pairs and return the transfer's id.

    Raises Refusal `insufficient_funds`.
    """
    if source[0] != CASH and balance_minor(db, source[0], currency) < amount_minor:
        raise Refusal("insufficient_funds", "The account does not hold enough money.")
    transfer_id = f"TR{secrets.token_hex(8).upper()}"
    db.execute(
        "INSERT INTO transfers (transfer_id, kind, reference, collection_id, from_account,"
        " from_name, to_account, to_name, amount_minor, currency, booked_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (transfer_id, kind, reference, collection_id, *source, *target, amount_minor, currency, booked_at),
    )
    return transfer_id


def masked(account: str) -> str:
    """An account number as others may see it."""
    return f"****{account[-4:]}"


def account_of(db: sqlite3.Connection, partner_id: str) -> sqlite3.Row:
    """The account of a partner."""
    row: sqlite3.Row = db.execute(
        "SELECT a.* FROM partners p JOIN accounts a USING (account) WHERE p.partner_id = ?", (partner_id,)
    ).fetchone()
    return row


class BookNonces:
    """Remembers nonces in the book, so that a restart does not open a door to replays."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def remember(self, key_id: str, nonce: str, until: int) -> bool:
        """Keep the nonce; False when it was already there."""
        with self._book.transaction() as db:
            db.execute("DELETE FROM nonces WHERE until < ?", (int(self._book.now()),))
            done = db.execute("INSERT OR IGNORE INTO nonces VALUES (?, ?, ?)", (key_id, nonce, until))
            return done.rowcount == 1
