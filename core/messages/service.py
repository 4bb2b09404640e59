"""Sending messages: written with the use case, brought out by the worker, tried again with back-off."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, select, update

from core.base import clock
from core.base.crypto import decrypt, encrypt
from core.base.database import db, table_of
from core.base.errors import NotFound, Refused
from core.base.i18n import LOCALES
from core.base.i18n import lazy_gettext as _l
from core.base.ids import new_id
from core.base.rows import insert_new_rows
from core.base.transactions import end_read, transactional
from core.contract.contributions import MessageKind
from core.contract.providers import MessageChannel, MessageOutcome, MessageState, OutgoingMessage
from core.contract.runtime import registry
from core.messages.letterheads import letterhead
from core.messages.models import Message
from core.messages.rendering import rendered

log = logging.getLogger("tongbao.messages")

BATCH = 50
ATTEMPTS_MAX = 9
LEASE = timedelta(minutes=3)
BODY_KEPT = timedelta(days=7)
LOG_KEPT = timedelta(days=180)
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST = timedelta(hours=6)


@transactional
def send(
    kind: str,
    *,
    to: str,
    locale: str,
    values: Mapping[str, Any],
    merchant_id: str | None = None,
    key: str | None = None,
) -> bool:
    """Have a message sent once the running use case is committed; `values` are plain JSON for the kind's letter.

    With a `merchant_id` it goes in the name of that shop. With a `key` it is sent once, however often this is called:
    gives whether it is a new one.
    Raises LookupError for a kind that nobody registered.
    """
    known = registry().message_kinds.get(kind)
    if known is None:
        raise LookupError(f"no kind of message is called {kind!r}")
    moment = clock.now()
    written = insert_new_rows(
        table_of(Message),
        [
            {
                "id": new_id("msg"),
                "merchant_id": merchant_id,
                "kind": kind,
                "medium": known.medium,
                "recipient": to[:254],
                "locale": locale if locale in LOCALES else "en",
                "key": key,
                "sealed": encrypt(json.dumps(dict(values), ensure_ascii=False)),
                "state": "waiting",
                "attempts": 0,
                "next_attempt_at": moment,
                "created_at": moment,
            }
        ],
    )
    return bool(written)


@dataclass(frozen=True, slots=True)
class _Due:
    """A message that this worker has taken."""

    id: str
    merchant_id: str | None
    kind: str
    medium: str
    recipient: str
    locale: str
    sealed: str | None
    attempts: int


@transactional
def _claim(limit: int) -> Sequence[_Due]:
    moment = clock.now()
    ids = db.session.scalars(
        select(Message.id)
        .where(Message.state == "waiting", Message.next_attempt_at <= moment)
        .order_by(Message.next_attempt_at, Message.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not ids:
        return ()
    taken = db.session.execute(
        update(Message)
        .where(Message.id.in_(ids))
        .values(next_attempt_at=moment + LEASE, attempts=Message.attempts + 1)
        .returning(
            Message.id,
            Message.merchant_id,
            Message.kind,
            Message.medium,
            Message.recipient,
            Message.locale,
            Message.sealed,
            Message.attempts,
        )
        .execution_options(synchronize_session=False)
    ).all()
    return sorted((_Due(**row._mapping) for row in taken), key=lambda due: due.id)


def deliver_messages(limit: int = BATCH) -> int:
    """Job: bring out the messages that are due, each outside any transaction. Returns how many were tried."""
    claimed = _claim(limit)
    for due in claimed:
        kind = registry().message_kinds.get(due.kind)
        channel = channel_for(due.medium)
        try:
            outcome = _tried(due, kind, channel)
        except Exception as failure:
            log.exception("message %s (%s) could not be sent, try %s", due.id, due.kind, due.attempts)
            outcome = MessageOutcome(MessageState.LATER, detail=f"{type(failure).__name__}: {failure}")
        end_read()
        _settle(due, outcome, channel.id if channel else None, forget=kind is not None and kind.secret)
    return len(claimed)


def channel_for(medium: str) -> MessageChannel | None:
    """The channel that this installation uses for a medium: the one that is named, or the first that fits."""
    config = current_app.config["TONGBAO"]
    wanted = config.mail_channel if medium == "email" else config.sms_channel
    if wanted:
        return registry().find_provider(MessageChannel, wanted)
    built_in = {"email": "core.smtp" if config.mail else "core.mailfile", "sms": "core.smsfile"}[medium]
    if config.production and built_in != "core.smtp":
        return None
    return registry().find_provider(MessageChannel, built_in)


def _tried(due: _Due, kind: MessageKind | None, channel: MessageChannel | None) -> MessageOutcome:
    if kind is None:
        return MessageOutcome(MessageState.LATER, detail="the plugin of this kind of message is not loaded")
    if channel is None:
        return MessageOutcome(MessageState.LATER, detail=f"no channel for {due.medium} is set up")
    if due.sealed is None:
        return MessageOutcome(MessageState.REFUSED, detail="what it said has been forgotten")
    return channel.deliver(_opened(due, kind))


def _opened(message: _Due | Message, kind: MessageKind) -> OutgoingMessage:
    head = letterhead(message.merchant_id)
    end_read()
    return rendered(
        kind,
        json.loads(decrypt(message.sealed or "")),
        head,
        message_id=message.id,
        recipient=message.recipient,
        locale=message.locale,
    )


@transactional
def _settle(due: _Due, outcome: MessageOutcome, channel_id: str | None, *, forget: bool) -> None:
    ended = outcome.state != MessageState.LATER or due.attempts >= ATTEMPTS_MAX
    values: dict[str, Any] = {"channel_id": channel_id, "last_error": outcome.detail[:500] or None}
    if ended:
        values |= {
            "state": "sent" if outcome.state == MessageState.SENT else "dead",
            "external_id": outcome.external_id[:200] or None,
            "ended_at": clock.now(),
        }
        if outcome.state == MessageState.SENT and forget:
            values["sealed"] = None
    else:
        wait = min(_FIRST_WAIT * 2 ** (due.attempts - 1), _LONGEST) * random.uniform(0.8, 1.2)
        values["next_attempt_at"] = clock.now() + wait
    db.session.execute(
        update(Message)
        .where(Message.id == due.id, Message.state == "waiting", Message.attempts == due.attempts)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


@transactional
def send_again(message_id: str, *, merchant_id: str | None = None) -> None:
    """Try a message that was given up once more. With a `merchant_id`, only one of that shop.

    Raises NotFound; Refused when what it said is no longer kept.
    """
    found = db.session.get(Message, message_id, with_for_update=True)
    if found is None or (merchant_id is not None and found.merchant_id != merchant_id) or found.state != "dead":
        raise NotFound(_l("There is no such message."))
    if found.sealed is None:
        raise Refused(_l("What this message said is not kept any more."), code="message_forgotten")
    found.state, found.attempts, found.next_attempt_at, found.ended_at = "waiting", 0, clock.now(), None


@transactional
def forget_messages(limit: int = 2000) -> int:
    """Job: forget what messages said after some days, and the log of them after half a year. Returns how many."""
    moment, touched = clock.now(), 0
    said = db.session.scalars(
        select(Message.id)
        .where(Message.sealed.is_not(None), Message.created_at < moment - BODY_KEPT, Message.state != "waiting")
        .limit(limit)
    ).all()
    if said:
        db.session.execute(update(Message).where(Message.id.in_(said)).values(sealed=None))
        touched += len(said)
    logged = db.session.scalars(select(Message.id).where(Message.created_at < moment - LOG_KEPT).limit(limit)).all()
    if logged:
        db.session.execute(delete(Message).where(Message.id.in_(logged)))
        touched += len(logged)
    return touched


def shown_message(message: Message) -> OutgoingMessage | None:
    """What a message says, as long as that is kept; a secret one is never shown."""
    kind = registry().message_kinds.get(message.kind)
    if message.sealed is None or kind is None or kind.secret:
        return None
    return _opened(message, kind)
