"""Tells partners what happened: queued with the event, then sent, signed, until acknowledged."""

import json
import secrets
import sqlite3
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from plugins.payment.bank import protocol
from plugins.payment.bank.protocol import SigningKey
from plugins.payment.bank.simulator import accounts, faults
from plugins.payment.bank.simulator.models import Book, instant

ATTEMPTS_MAX = 12
BACKOFF_FACTOR = 3
BACKOFF_SECONDS_MAX = 6 * 3600
ANSWER_TIMEOUT_SECONDS = 10
# Faults that spoil only the first delivery; the next one is right again.
FIRST_DELIVERY_FAULTS = ("wrong_signature", "stale", "lost", "replay", "twice")


def queue(
    book: Book, db: sqlite3.Connection, partner_id: str, kind: str, data: dict[str, Any], url: str | None
) -> None:
    """Note down, in the transaction of the event, that the partner is to be told."""
    partner = db.execute("SELECT notify_url FROM partners WHERE partner_id = ?", (partner_id,)).fetchone()
    target = url or partner["notify_url"]
    if not target:
        return
    due = {fault.kind: fault.value for fault in faults.take(db, kind, "notices")}
    now = book.now()
    state = "held" if "hold" in due else "behind" if "out_of_order" in due else "pending"
    due_at = now + float(due["late"] or 60) if "late" in due else now
    db.execute(
        "INSERT INTO notices (notice_id, partner_id, type, data, occurred_at, url, state, due_at, faults)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            f"NO{secrets.token_hex(8).upper()}",
            partner_id,
            kind,
            json.dumps(data),
            int(now),
            target,
            state,
            due_at,
            json.dumps(due),
        ),
    )


@dataclass(frozen=True)
class Delivery:
    """One notice as it is about to be sent."""

    row: sqlite3.Row
    faults: dict[str, str | None]


class Courier(threading.Thread):
    """Sends notices, one at a time, when they are due; sleeps until woken or until the next one is due."""

    def __init__(self, book: Book, *, retry_seconds: float) -> None:
        super().__init__(name="notices", daemon=True)
        self._book = book
        self._retry_seconds = retry_seconds
        self._changed = threading.Condition()
        self._wakes = 0
        self._stopping = False

    def wake(self) -> None:
        """Look again: something was queued, released or moved."""
        with self._changed:
            self._wakes += 1
            self._changed.notify_all()

    def stop(self) -> None:
        """End after the delivery at hand."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def wait_until_delivered(self, timeout_seconds: float, partner_id: str | None = None) -> bool:
        """Wait until no notice is due to be sent, held ones aside; False when time ran out first."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._has_pending(partner_id), timeout_seconds)

    def run(self) -> None:
        """Deliver until stopped."""
        while not self._stopping:
            seen = self._wakes
            delivery, wait_seconds = self._next()
            if delivery is not None:
                self._deliver(delivery)
                self.wake()
                continue
            self._sleep(seen, wait_seconds)

    def release(self, state: str) -> int:
        """Let notices go that were held back. Returns how many."""
        with self._book.transaction() as db:
            count = db.execute(
                "UPDATE notices SET state = 'pending', due_at = ? WHERE state = ?", (self._book.now(), state)
            ).rowcount
        self.wake()
        return count

    def redeliver(self, notice_id: str) -> bool:
        """Send a notice again, even one that was acknowledged; False when there is none."""
        with self._book.transaction() as db:
            done = db.execute(
                "UPDATE notices SET state = 'pending', attempts = 0, faults = '{}', due_at = ? WHERE notice_id = ?",
                (self._book.now(), notice_id),
            )
        self.wake()
        return done.rowcount == 1

    def _sleep(self, wakes_seen: int, wait_seconds: float | None) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopping or self._wakes != wakes_seen, wait_seconds)

    def _has_pending(self, partner_id: str | None) -> bool:
        with self._book.transaction() as db:
            found = db.execute(
                "SELECT 1 FROM notices WHERE state = 'pending' AND partner_id = COALESCE(?, partner_id)", (partner_id,)
            )
            return found.fetchone() is not None

    def _next(self) -> tuple[Delivery | None, float | None]:
        with self._book.transaction() as db:
            row = db.execute(
                "SELECT * FROM notices WHERE state = 'pending' ORDER BY due_at, sequence LIMIT 1"
            ).fetchone()
        if row is None:
            return None, None
        wait_seconds = row["due_at"] - self._book.now()
        if wait_seconds > 0:
            return None, wait_seconds
        return Delivery(row, json.loads(row["faults"])), None

    def _deliver(self, delivery: Delivery) -> None:
        row = delivery.row
        first = row["attempts"] == 0
        active = {kind: value for kind, value in delivery.faults.items() if first or kind not in FIRST_DELIVERY_FAULTS}
        body = self._body(row, active)
        if "lost" in active:
            answer, acknowledged = "lost on the way", False
        else:
            headers = self._headers(row["url"], body, active)
            answer, acknowledged = self._post(row, body, headers)
            if "replay" in active:
                self._post(row, body, headers)
            if "twice" in active:
                self._post(row, body, self._headers(row["url"], body, active))
        self._note(row, answer, acknowledged)

    def _body(self, row: sqlite3.Row, active: dict[str, str | None]) -> bytes:
        data = json.loads(row["data"])
        told = data.get("payment", data)
        if "lying_amount" in active:
            told["amount_minor"] = int(active["lying_amount"] or told["amount_minor"] + 1)
        if "lying_reference" in active:
            data["reference"] = active["lying_reference"] or "NO-SUCH-REFERENCE"
        if "lying_currency" in active:
            told["currency"] = data["currency"] = active["lying_currency"] or "USD"
        message = {
            "notice_id": row["notice_id"],
            "type": row["type"],
            "sequence": row["sequence"],
            "partner_id": row["partner_id"],
            "occurred_at": instant(row["occurred_at"]),
            "data": data,
        }
        return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()

    def _headers(self, url: str, body: bytes, active: dict[str, str | None]) -> dict[str, str]:
        key = accounts.bank_key(self._book)
        if "wrong_signature" in active:
            key = SigningKey.generate(key.key_id)
        stale_seconds = protocol.REPLAY_WINDOW_SECONDS + 60 if "stale" in active else 0
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        signed = protocol.sign_request(
            key, method="POST", target=target, body=body, timestamp=int(self._book.now()) - stale_seconds
        )
        return signed | {"Content-Type": "application/json"}

    def _post(self, row: sqlite3.Row, body: bytes, headers: dict[str, str]) -> tuple[str, bool]:
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.post(
                    row["url"],
                    data=body,
                    headers=headers,
                    timeout=ANSWER_TIMEOUT_SECONDS,
                    allow_redirects=False,
                )
                acknowledged = answer.ok and answer.json().get("received") == row["notice_id"]
                return f"HTTP {answer.status_code} {answer.text[:200]}", acknowledged
        except (requests.RequestException, ValueError, AttributeError) as error:
            return type(error).__name__, False

    def _note(self, row: sqlite3.Row, answer: str, acknowledged: bool) -> None:
        attempts = row["attempts"] + 1
        state = "acknowledged" if acknowledged else "given_up" if attempts >= ATTEMPTS_MAX else "pending"
        backoff_seconds = min(self._retry_seconds * BACKOFF_FACTOR ** (attempts - 1), BACKOFF_SECONDS_MAX)
        with self._book.transaction() as db:
            db.execute(
                "UPDATE notices SET state = ?, attempts = ?, due_at = ?, last_answer = ? WHERE notice_id = ?",
                (state, attempts, self._book.now() + backoff_seconds, answer, row["notice_id"]),
            )
        if acknowledged:
            self.release("behind")


def all_notices(book: Book) -> list[dict[str, Any]]:
    """Every notice with how its delivery went, oldest first."""
    names = ("notice_id", "type", "sequence", "partner_id", "url", "state", "attempts", "last_answer")
    with book.transaction() as db:
        rows = db.execute("SELECT * FROM notices ORDER BY sequence").fetchall()
    return [{name: row[name] for name in names} | {"data": json.loads(row["data"])} for row in rows]
