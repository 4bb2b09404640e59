"""The bank's notices: stored once before anything is done about them, then acted on in one transaction.

A notice never moves money by itself. One that says exactly what was asked for is recorded through the host,
which acts once on each payment; one that says anything else makes us ask the bank, whose answer is recorded
instead.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from core.sdk import (
    clock,
    db,
    end_read,
    new_id,
    record_outcome,
    record_payout_outcome,
    record_refund_outcome,
    shop_view,
    transactional,
)
from plugins.payment import journal
from plugins.payment.bank import protocol
from plugins.payment.bank.client import Done, Refused, Result
from plugins.payment.bank.messages import Collection, Notice, NoticeType, PaidNotice, Payout, Refund
from plugins.payment.bank.protocol import SignatureRefused
from plugins.payment.bank.schemas import NoticeSchema, PaidNoticeSchema, PayoutSchema, RefundSchema
from plugins.payment.connection import Connection
from plugins.payment.models import BankNonce, BankNotice, BankRequest, Kind, Verdict
from plugins.payment.outcomes import payment_received, payout_outcome, refund_outcome

log = logging.getLogger(__name__)

PLUGIN = "payment"
OPEN = (Verdict.WAITING, Verdict.ASKING)
REFUSED_PER_HOUR_MAX = 100
"""A stranger may fill no more of a merchant's table than this."""
BATCH = 50
LEASE = timedelta(minutes=2)
TRY_AGAIN_MAX = timedelta(hours=6)
BODY_SHOWN_MAX = 2000
Told = PaidNotice | Refund | Payout


@dataclass(frozen=True)
class Stored:
    """A notice has been stored (or was before): the bank may be told so."""

    notice_id: str


@dataclass(frozen=True)
class Turned:
    """A message is not the bank's, or not fresh, or not a notice: `code` says why."""

    code: str


@transactional
def receive_notice(
    merchant_id: str, connection: Connection, *, headers: protocol.Headers, target: str, body: bytes
) -> Stored | Turned:
    """Check who sent a message and store it once, by the bank's own id for it; nothing is acted on yet.

    What does not prove to be the bank's is kept too, for people to see, under an id of ours.
    """
    try:
        key_id = protocol.verify_request(
            headers,
            method="POST",
            target=target,
            body=body,
            keys=connection.bank_keys,
            nonces=StoredNonces(),
            now=int(clock.now().timestamp()),
        )
    except SignatureRefused as refusal:
        _store_refused(merchant_id, body, refusal.code)
        return Turned(refusal.code)
    try:
        data = _parsed(body)
        notice: Notice = NoticeSchema().load(data)
    except (ValueError, ValidationError):
        _store(merchant_id, new_id("ntc"), "", None, _shown(body), key_id, Verdict.NOT_UNDERSTOOD)
        return Turned("not_understood")
    if not _store(merchant_id, notice.notice_id, notice.type, _reference(notice.data), data, key_id, Verdict.WAITING):
        db.session.execute(
            update(BankNotice)
            .where(BankNotice.merchant_id == merchant_id, BankNotice.id == notice.notice_id)
            .values(deliveries=BankNotice.deliveries + 1)
        )
    return Stored(notice.notice_id)


def handle_notice(merchant_id: str, notice_id: str) -> Verdict:
    """Act on a stored notice; where it says something unexpected, ask the bank. Safe to call again."""
    verdict = act_on_notice(merchant_id, notice_id)
    if verdict is not Verdict.ASKING:
        return verdict
    notice = db.session.get(BankNotice, (merchant_id, notice_id))
    assert notice is not None and notice.reference is not None
    reference = notice.reference
    request = db.session.get(BankRequest, (merchant_id, reference))
    assert request is not None
    kind = request.kind
    connection = journal.connection_for(shop_view(merchant_id, PLUGIN), reference)
    end_read()
    client = connection.client()
    match kind:
        case Kind.COLLECTION:
            return record_answer(merchant_id, notice_id, client.query(reference))
        case Kind.REFUND:
            return record_answer(merchant_id, notice_id, client.query_refund(reference))
    return record_answer(merchant_id, notice_id, client.query_payout(reference))


@transactional
def act_on_notice(merchant_id: str, notice_id: str) -> Verdict:
    """Record what a notice tells if that is what was asked for, once; otherwise say what is to be done about it."""
    notice = _locked(merchant_id, notice_id)
    if notice.verdict != Verdict.WAITING:
        return Verdict(notice.verdict)
    told = _read(notice)
    if told is None:
        return _settle(notice, Verdict.NOT_UNDERSTOOD)
    request = db.session.get(BankRequest, (merchant_id, _reference_of(told)))
    if request is None:
        return _settle(notice, Verdict.UNKNOWN_REFERENCE)
    wrong = _difference(told, request)
    if wrong:
        notice.verdict = Verdict.ASKING
        notice.message = wrong
        return Verdict.ASKING
    _record(merchant_id, told)
    return _settle(notice, Verdict.ACTED)


@transactional
def record_answer(merchant_id: str, notice_id: str, result: Result[Any]) -> Verdict:
    """Record what the bank answered about an unexpected notice; without an answer it is asked again later."""
    notice = _locked(merchant_id, notice_id)
    if notice.verdict != Verdict.ASKING:
        return Verdict(notice.verdict)
    match result:
        case Done(told):
            if isinstance(told, Collection):
                record_collection(merchant_id, told)
            else:
                _record(merchant_id, told)
            return _settle(notice, Verdict.CORRECTED)
        case Refused("not_found", _):
            return _settle(notice, Verdict.UNKNOWN_REFERENCE)
    return Verdict.ASKING


@transactional
def record_collection(merchant_id: str, collection: Collection) -> None:
    """Record every payment that a collection has received; each is acted on once, the first as the payment."""
    for payment in collection.payments:
        record_outcome(merchant_id, collection.reference, payment_received(collection.reference, payment))


@transactional
def claim_open_notices() -> list[tuple[str, str]]:
    """Take stored notices that nobody has finished with; others cannot take them for two minutes."""
    moment = clock.now()
    due = db.session.execute(
        select(BankNotice)
        .where(BankNotice.try_again_at <= moment)
        .order_by(BankNotice.try_again_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).scalars()
    taken = []
    for notice in due:
        notice.attempts += 1
        backoff = timedelta(seconds=5 * 2 ** min(notice.attempts, 20))
        notice.try_again_at = moment + max(LEASE, min(backoff, TRY_AGAIN_MAX))
        taken.append((notice.merchant_id, notice.id))
    return taken


@transactional
def forget_old_nonces() -> int:
    """Delete nonces that can no longer be used again. Returns how many."""
    gone = db.session.execute(delete(BankNonce).where(BankNonce.until < clock.now()))
    return int(getattr(gone, "rowcount", 0))


class StoredNonces:
    """Remembers nonces in the database, in the transaction of whoever asks."""

    def remember(self, key_id: str, nonce: str, until: int) -> bool:
        """Keep the nonce; False when it was already there."""
        try:
            with db.session.begin_nested():
                db.session.add(BankNonce(key_id=key_id, nonce=nonce, until=datetime.fromtimestamp(until, UTC)))
        except IntegrityError:
            return False
        return True


def _record(merchant_id: str, told: Told) -> None:
    match told:
        case PaidNotice():
            record_outcome(merchant_id, told.reference, payment_received(told.reference, told.payment))
        case Refund():
            record_refund_outcome(merchant_id, told.refund_reference, refund_outcome(Done(told)))
        case Payout():
            record_payout_outcome(merchant_id, told.reference, payout_outcome(Done(told)))


def _read(notice: BankNotice) -> Told | None:
    try:
        data = notice.body["data"]
        match notice.type:
            case NoticeType.COLLECTION_PAID:
                paid: PaidNotice = PaidNoticeSchema().load(data)
                return paid
            case NoticeType.REFUND_DONE | NoticeType.REFUND_FAILED:
                refund: Refund = RefundSchema().load(data)
                return refund
            case NoticeType.PAYOUT_DONE | NoticeType.PAYOUT_FAILED:
                payout: Payout = PayoutSchema().load(data)
                return payout
    except (ValidationError, KeyError, TypeError) as error:
        notice.message = str(error)[:BODY_SHOWN_MAX]
    return None


def _reference_of(told: Told) -> str:
    return told.refund_reference if isinstance(told, Refund) else told.reference


def _difference(told: Told, request: BankRequest) -> str:
    """In which way a notice does not say what was asked for; empty when it does."""
    kind = {PaidNotice: Kind.COLLECTION, Refund: Kind.REFUND, Payout: Kind.PAYOUT}[type(told)]
    if request.kind != kind:
        return f"a {request.kind} was asked for, and a {kind} is told"
    if isinstance(told, Refund) and told.reference != request.of_reference:
        return "it gives back another payment"
    amounts = {(told.amount_minor, told.currency)}
    if isinstance(told, PaidNotice):
        amounts.add((told.payment.amount_minor, told.payment.currency))
    amounts.discard((request.amount_minor, request.currency))
    return ", ".join(
        f"{amount_minor} {currency} is told, {request.amount_minor} {request.currency} was asked for"
        for amount_minor, currency in sorted(amounts)
    )


def _locked(merchant_id: str, notice_id: str) -> BankNotice:
    notice = db.session.get(BankNotice, (merchant_id, notice_id), with_for_update=True)
    if notice is None:
        raise LookupError(f"there is no notice {notice_id} of {merchant_id}")
    return notice


def _settle(notice: BankNotice, verdict: Verdict) -> Verdict:
    notice.verdict = verdict
    notice.try_again_at = None
    notice.settled_at = clock.now()
    return verdict


def _reference(data: Mapping[str, Any]) -> str | None:
    found = data.get("refund_reference") or data.get("reference")
    return found if isinstance(found, str) and len(found) <= 64 else None


def _parsed(body: bytes) -> dict[str, Any]:
    """A body that every database can keep as JSON. Raises ValueError."""
    if b"\\u0000" in body:
        raise ValueError("NUL in a text")
    data = json.loads(body, parse_constant=_refuse_constant)
    json.dumps(data, ensure_ascii=False).encode()
    if not isinstance(data, dict):
        raise ValueError("not an object")
    return data


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _shown(body: bytes) -> dict[str, Any]:
    return {"text": body[:BODY_SHOWN_MAX].decode("utf-8", "replace").replace("\x00", "\ufffd")}


def _store_refused(merchant_id: str, body: bytes, code: str) -> None:
    recently = clock.now() - timedelta(hours=1)
    count = db.session.scalar(
        select(func.count())
        .select_from(BankNotice)
        .where(
            BankNotice.merchant_id == merchant_id,
            BankNotice.received_at > recently,
            BankNotice.verdict == Verdict.REFUSED,
        )
    )
    if (count or 0) >= REFUSED_PER_HOUR_MAX:
        log.warning("a message to %s that claims to be the bank's is refused: %s", merchant_id, code)
        return
    _store(merchant_id, new_id("ntc"), "", None, _shown(body), "", Verdict.REFUSED, code)


def _store(
    merchant_id: str,
    notice_id: str,
    kind: str,
    reference: str | None,
    body: dict[str, Any],
    key_id: str,
    verdict: Verdict,
    message: str = "",
) -> bool:
    moment = clock.now()
    try:
        with db.session.begin_nested():
            db.session.add(
                BankNotice(
                    merchant_id=merchant_id,
                    id=notice_id,
                    type=kind[:40],
                    reference=reference,
                    body=body,
                    key_id=key_id[:80],
                    verdict=verdict,
                    message=message,
                    try_again_at=moment if verdict in OPEN else None,
                    received_at=moment,
                    settled_at=None if verdict in OPEN else moment,
                )
            )
    except IntegrityError:
        return False
    return True
