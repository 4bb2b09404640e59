"""The bank's book: one SQLite file, which survives a restart, behind one lock, as one process owns it."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS bank_keys (
    key_id TEXT PRIMARY KEY, private_key TEXT NOT NULL, published_at INTEGER NOT NULL,
    signs_from INTEGER NOT NULL, retired_at INTEGER);
CREATE TABLE IF NOT EXISTS accounts (
    account TEXT PRIMARY KEY, name TEXT NOT NULL, currency TEXT NOT NULL,
    is_payer INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS partners (
    partner_id TEXT PRIMARY KEY, account TEXT NOT NULL UNIQUE REFERENCES accounts, notify_url TEXT);
CREATE TABLE IF NOT EXISTS partner_keys (
    key_id TEXT PRIMARY KEY, partner_id TEXT NOT NULL REFERENCES partners, public_key TEXT NOT NULL,
    not_before INTEGER, not_after INTEGER);
CREATE TABLE IF NOT EXISTS nonces (
    key_id TEXT NOT NULL, nonce TEXT NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (key_id, nonce));
CREATE TABLE IF NOT EXISTS collections (
    collection_id TEXT PRIMARY KEY, token TEXT NOT NULL UNIQUE, partner_id TEXT NOT NULL REFERENCES partners,
    reference TEXT NOT NULL, amount_minor INTEGER NOT NULL CHECK (amount_minor > 0), currency TEXT NOT NULL,
    description TEXT NOT NULL, expires_at INTEGER NOT NULL,
    closed INTEGER NOT NULL DEFAULT 0, notify_url TEXT, created_at INTEGER NOT NULL,
    UNIQUE (partner_id, reference));
CREATE TABLE IF NOT EXISTS refunds (
    refund_id TEXT PRIMARY KEY, partner_id TEXT NOT NULL, refund_reference TEXT NOT NULL,
    collection_id TEXT NOT NULL REFERENCES collections, of_transfer_id TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0), state TEXT NOT NULL, transfer_id TEXT,
    failure_code TEXT, UNIQUE (partner_id, refund_reference));
CREATE TABLE IF NOT EXISTS payouts (
    payout_id TEXT PRIMARY KEY, partner_id TEXT NOT NULL, reference TEXT NOT NULL, account TEXT NOT NULL,
    name TEXT NOT NULL, amount_minor INTEGER NOT NULL CHECK (amount_minor > 0), currency TEXT NOT NULL,
    notify_url TEXT, state TEXT NOT NULL, transfer_id TEXT, failure_code TEXT,
    UNIQUE (partner_id, reference));
CREATE TABLE IF NOT EXISTS transfers (
    line INTEGER PRIMARY KEY AUTOINCREMENT, transfer_id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
    reference TEXT NOT NULL, collection_id TEXT, from_account TEXT NOT NULL, from_name TEXT NOT NULL,
    to_account TEXT NOT NULL, to_name TEXT NOT NULL, amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    currency TEXT NOT NULL, booked_at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS transfers_from ON transfers (from_account, currency);
CREATE INDEX IF NOT EXISTS transfers_to ON transfers (to_account, currency);
CREATE INDEX IF NOT EXISTS transfers_collection ON transfers (collection_id);
CREATE TABLE IF NOT EXISTS notices (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, notice_id TEXT NOT NULL UNIQUE, partner_id TEXT NOT NULL,
    type TEXT NOT NULL, data TEXT NOT NULL, occurred_at INTEGER NOT NULL, url TEXT NOT NULL,
    state TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due_at REAL NOT NULL,
    faults TEXT NOT NULL DEFAULT '{}', last_answer TEXT);
CREATE INDEX IF NOT EXISTS notices_due ON notices (state, due_at);
CREATE TABLE IF NOT EXISTS faults (
    fault_id INTEGER PRIMARY KEY AUTOINCREMENT, target TEXT NOT NULL, kind TEXT NOT NULL, value TEXT,
    remaining INTEGER NOT NULL);
"""


class Book:
    """The open state file and the bank's clock, which can be moved for tests and simulations."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA foreign_keys=ON")
        self._connection.executescript(TABLES)
        row = self._connection.execute("SELECT value FROM meta WHERE name = 'clock_offset'").fetchone()
        self._clock_offset_seconds = float(row["value"]) if row else 0.0

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, one at a time."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def now(self) -> float:
        """The bank's time, in Unix seconds."""
        return time.time() + self._clock_offset_seconds

    def move_clock(self, offset_seconds: float) -> None:
        """Set how far the bank's clock is ahead of the machine's; a restart keeps it."""
        with self.transaction() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES ('clock_offset', ?)", (str(offset_seconds),))
            self._clock_offset_seconds = offset_seconds

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def instant(seconds: float) -> str:
    """A Unix second as the protocol writes it."""
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()
