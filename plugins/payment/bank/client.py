"""Talks to the bank: signs every request, and believes only answers that the bank itself has signed.

A call returns one of three things and never raises for what the network or the bank does:

- `Done`: the bank says so, in a signed answer.
- `Refused`: the bank says no, in a signed answer; nothing happened.
- `Unknown`: no answer that can be trusted. It may or may not have happened: ask with the query of the same
  reference, or make the same call again (all of them are idempotent by reference), until one of the other two
  comes.

Never call it inside a database transaction.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode, urlsplit

import requests
from marshmallow import ValidationError

from plugins.payment.bank import messages, protocol, schemas
from plugins.payment.bank.protocol import KeyRing, SignatureRefused, SigningKey

T = TypeVar("T")

ANSWER_BYTES_MAX = 1024 * 1024
STATEMENT_PAGES_MAX = 1000


@dataclass(frozen=True)
class Done(Generic[T]):
    """The bank has done it, or answered the question."""

    value: T


@dataclass(frozen=True)
class Refused:
    """The bank will not do it, and has not: `code` is from the protocol's list."""

    code: str
    message: str


@dataclass(frozen=True)
class Unknown:
    """Nobody on this side knows whether it happened; `reason` is for the log."""

    reason: str


Result = Done[T] | Refused | Unknown


class BankClient:
    """One partner's line to the bank. Safe to share between threads; it keeps no connection and no state."""

    def __init__(
        self,
        base_url: str,
        *,
        signing_key: SigningKey,
        bank_keys: KeyRing,
        connect_timeout_seconds: float = 3.0,
        answer_timeout_seconds: float = 10.0,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._base_path = urlsplit(self._base_url).path
        self._signing_key = signing_key
        self._bank_keys = bank_keys
        self._timeouts_seconds = (connect_timeout_seconds, answer_timeout_seconds)
        self._now = now

    def create_collection(
        self,
        *,
        reference: str,
        amount_minor: int,
        currency: str,
        expires_at: datetime,
        description: str,
        notify_url: str | None = None,
    ) -> Result[messages.Collection]:
        """Ask the bank to collect one payment; the answer has the QR code's content.

        The same reference with the same terms gives the same collection, however often it is asked.
        Refusals: `reference_conflict` (other terms), `bad_request`, `currency_not_served`.
        """
        body = {
            "reference": reference,
            "amount_minor": amount_minor,
            "currency": currency,
            "expires_at": expires_at.isoformat(timespec="seconds"),
            "description": description,
            "notify_url": notify_url,
        }
        result = self._call("POST", "/v1/collections", schemas.CollectionSchema(), body)
        return _expect(result, reference=reference, amount_minor=amount_minor, currency=currency)

    def query(self, reference: str) -> Result[messages.Collection]:
        """What has become of a collection, with all payments that it received. Refusal: `not_found`."""
        path = f"/v1/collections/{quote(reference, safe='')}"
        return _expect(self._call("GET", path, schemas.CollectionSchema()), reference=reference)

    def close(self, reference: str) -> Result[messages.Collection]:
        """Stop a collection, so that nobody can pay it any more. Refusals: `not_found`, `already_paid`."""
        path = f"/v1/collections/{quote(reference, safe='')}/close"
        return _expect(self._call("POST", path, schemas.CollectionSchema(), {}), reference=reference)

    def refund(
        self, reference: str, refund_reference: str, amount_minor: int, *, transfer_id: str | None = None
    ) -> Result[messages.Refund]:
        """Give back part or all of a payment (the first, if none is named), once per refund reference.

        The state says whether it is done or failed. Refusals: `not_found`, `not_paid`, `refund_exceeds_paid`,
        `reference_conflict`.
        """
        path = f"/v1/collections/{quote(reference, safe='')}/refunds"
        body = {
            "refund_reference": refund_reference,
            "amount_minor": amount_minor,
            "transfer_id": transfer_id,
        }
        result = self._call("POST", path, schemas.RefundSchema(), body)
        return _expect(result, reference=reference, refund_reference=refund_reference, amount_minor=amount_minor)

    def query_refund(self, refund_reference: str) -> Result[messages.Refund]:
        """What has become of a refund. Refusal: `not_found`."""
        path = f"/v1/refunds/{quote(refund_reference, safe='')}"
        return _expect(self._call("GET", path, schemas.RefundSchema()), refund_reference=refund_reference)

    def payout(
        self,
        *,
        reference: str,
        account: str,
        name: str,
        amount_minor: int,
        currency: str,
        notify_url: str | None = None,
    ) -> Result[messages.Payout]:
        """Send money to an account, once for each reference. The state says whether it has arrived or failed.

        Refusals: `reference_conflict`, `currency_not_served`, `bad_request`.
        """
        body = {
            "reference": reference,
            "account": account,
            "name": name,
            "amount_minor": amount_minor,
            "currency": currency,
            "notify_url": notify_url,
        }
        result = self._call("POST", "/v1/payouts", schemas.PayoutSchema(), body)
        return _expect(result, reference=reference, amount_minor=amount_minor, currency=currency)

    def query_payout(self, reference: str) -> Result[messages.Payout]:
        """What has become of a payout. Refusal: `not_found`."""
        path = f"/v1/payouts/{quote(reference, safe='')}"
        return _expect(self._call("GET", path, schemas.PayoutSchema()), reference=reference)

    def statement(self, day: date, *, after: int = 0) -> Result[list[messages.StatementLine]]:
        """The lines that the bank booked on that day (UTC) after a line, in the bank's order."""
        lines: list[messages.StatementLine] = []
        for _ in range(STATEMENT_PAGES_MAX):
            query = urlencode({"day": day.isoformat(), "after": after})
            page = self._call("GET", f"/v1/statement?{query}", schemas.StatementPageSchema())
            if not isinstance(page, Done):
                return page
            lines.extend(page.value.lines)
            if page.value.next_line is None:
                return Done(lines)
            if page.value.next_line <= after:
                return Unknown("statement_does_not_advance")
            after = page.value.next_line
        return Unknown("statement_too_long")

    def balance(self) -> Result[messages.Balance]:
        """What our account at the bank holds now."""
        return self._call("GET", "/v1/balance", schemas.BalanceSchema())

    def bank_keys(self) -> Result[messages.BankKeys]:
        """The keys that the bank signs with now or soon, told under a key that is already trusted."""
        return self._call("GET", "/v1/keys", schemas.BankKeysSchema())

    def _call(
        self, method: str, path: str, schema: schemas.MessageSchema, body: dict[str, Any] | None = None
    ) -> Result[Any]:
        data = b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        target = self._base_path + path
        headers = protocol.sign_request(
            self._signing_key, method=method, target=target, body=data, timestamp=int(self._now())
        )
        request_nonce = headers[protocol.NONCE_HEADER]
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            status, answer_headers, content = self._send(method, path, headers, data)
        except requests.RequestException as error:
            return Unknown(f"no_answer: {type(error).__name__}")
        if content is None:
            return Unknown("answer_too_long")
        try:
            protocol.verify_answer(
                answer_headers,
                status=status,
                target=target,
                request_nonce=request_nonce,
                body=content,
                keys=self._bank_keys,
                now=int(self._now()),
            )
        except SignatureRefused as error:
            return Unknown(f"answer_not_trusted: {error.code} (HTTP {status})")
        return _read(status, content, schema)

    def _send(self, method: str, path: str, headers: dict[str, str], data: bytes) -> tuple[int, Any, bytes | None]:
        with requests.Session() as session:
            session.trust_env = False
            with session.request(
                method,
                self._base_url + path,
                data=data,
                headers=headers,
                timeout=self._timeouts_seconds,
                allow_redirects=False,
                stream=True,
            ) as answer:
                content = b""
                for chunk in answer.iter_content(64 * 1024):
                    content += chunk
                    if len(content) > ANSWER_BYTES_MAX:
                        return answer.status_code, answer.headers, None
                return answer.status_code, answer.headers, content


def _read(status: int, content: bytes, schema: schemas.MessageSchema) -> Result[Any]:
    try:
        data = json.loads(content)
        if 200 <= status < 300:
            return Done(schema.load(data))
        if 400 <= status < 500:
            return Refused(str(data["error"]["code"]), str(data["error"]["message"]))
    except (ValueError, ValidationError, KeyError, TypeError) as error:
        return Unknown(f"answer_not_understood: {type(error).__name__}")
    return Unknown(f"bank_error: HTTP {status}")


def _expect(result: Result[T], **expected: object) -> Result[T]:
    """An answer about another thing than what was asked tells nothing about what was asked."""
    if isinstance(result, Done):
        for name, value in expected.items():
            if getattr(result.value, name) != value:
                return Unknown(f"answer_about_another_{name}")
    return result
