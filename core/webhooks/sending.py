"""Sending: events become deliveries, and the worker tries each until it is heard or given up.

A delivery is tried at once, then after 5 seconds, 5 minutes, half an hour, 2, 5, 10, 14, 20 and 24 hours (each a little
sooner or later, so that many do not come at once). An endpoint that has heard nothing for 5 days is switched off, and
the owners are told.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update
from standardwebhooks import Webhook

from core import __version__
from core.audit import record
from core.base import clock
from core.base.crypto import CannotDecrypt, decrypt
from core.base.database import db, table_of
from core.base.ids import new_id
from core.base.outside import OutsideAnswer, OutsideFailed, TargetRefused, post
from core.base.rows import insert_new
from core.base.transactions import end_read, transactional
from core.messages.service import send
from core.parties.models import Membership, Person
from core.webhooks.events import wanted_by
from core.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from core.webhooks.service import private_too

log = logging.getLogger("tongbao.webhooks")

WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
FAILING_MAX = timedelta(days=5)
LEASE = timedelta(minutes=3)
BATCH = 32
AT_ONCE = 8
KEPT = timedelta(days=30)
EXCERPT_CHARACTERS = 1000
_INNER = frozenset({"merchant_id", "event_id", "happened_at"})


def on_event(topic: str, payload: Mapping[str, Any]) -> None:
    """An event happened (subscription): write a delivery for each endpoint that wants it. Safe to call again."""
    if payload.get("merchant_id"):
        _write_deliveries(topic, payload)


@transactional
def _write_deliveries(topic: str, payload: Mapping[str, Any]) -> None:
    merchant_id, moment = str(payload["merchant_id"]), clock.now()
    endpoints = db.session.execute(
        select(WebhookEndpoint.id, WebhookEndpoint.topics).where(
            WebhookEndpoint.merchant_id == merchant_id, WebhookEndpoint.active
        )
    ).all()
    rows = [
        {
            "merchant_id": merchant_id,
            "id": new_id("whd"),
            "endpoint_id": endpoint.id,
            "event_id": f"evt_{payload['event_id']}",
            "topic": topic,
            "payload": {name: value for name, value in payload.items() if name not in _INNER},
            "state": "waiting",
            "attempts": 0,
            "next_attempt_at": moment,
            "happened_at": datetime.fromisoformat(payload["happened_at"]),
            "created_at": moment,
        }
        for endpoint in endpoints
        if wanted_by(endpoint.topics, topic)
    ]
    if rows:
        db.session.execute(insert_new(table_of(WebhookDelivery)), rows)


@dataclass(frozen=True, slots=True)
class _Due:
    """A delivery that this worker has taken, with all that sending needs: nothing is read while it is sent."""

    merchant_id: str
    delivery_id: str
    endpoint_id: str
    attempt: int
    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Outcome:
    status: int | None
    milliseconds: int
    answer: str
    error: str

    @property
    def heard(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@transactional
def _claim(limit: int) -> list[_Due]:
    moment = clock.now()
    rows = db.session.execute(
        select(WebhookDelivery, WebhookEndpoint)
        .join(
            WebhookEndpoint,
            (WebhookEndpoint.merchant_id == WebhookDelivery.merchant_id)
            & (WebhookEndpoint.id == WebhookDelivery.endpoint_id),
        )
        .where(WebhookDelivery.state == "waiting", WebhookDelivery.next_attempt_at <= moment, WebhookEndpoint.active)
        .order_by(WebhookDelivery.next_attempt_at, WebhookDelivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=WebhookDelivery)
    ).all()
    taken = []
    for delivery, endpoint in rows:
        delivery.attempts += 1
        delivery.next_attempt_at = moment + LEASE
        taken.append(_due(delivery, endpoint))
    return taken


def _due(delivery: WebhookDelivery, endpoint: WebhookEndpoint) -> _Due:
    moment = clock.now()
    event = {
        "id": delivery.event_id,
        "type": delivery.topic,
        "timestamp": delivery.happened_at.isoformat(),
        "data": delivery.payload,
    }
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Tongbao/{__version__}",
        "webhook-id": delivery.event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": signatures(endpoint, delivery.event_id, moment, body),
    }
    return _Due(
        delivery.merchant_id,
        delivery.id,
        endpoint.id,
        delivery.attempts,
        endpoint.url,
        body.encode(),
        headers,
    )


def signatures(endpoint: WebhookEndpoint, event_id: str, moment: datetime, body: str) -> str:
    """The signatures of a message by the endpoint's secret and, until its time is over, by the former one."""
    sealed = [endpoint.secret_sealed]
    if endpoint.former_sealed and endpoint.former_until and endpoint.former_until > moment:
        sealed.append(endpoint.former_sealed)
    made = []
    for one in sealed:
        try:
            made.append(Webhook(decrypt(one)).sign(event_id, moment, body))
        except CannotDecrypt:
            log.error("a secret of webhook %s cannot be read with the keys that are set", endpoint.id)
    return " ".join(made)


def send_webhooks(limit: int = BATCH) -> None:
    """Job: send what is due, several at once, each outside any transaction; then write down how it went."""
    allowed = private_too()
    while claimed := _claim(limit):
        end_read()
        with ThreadPoolExecutor(max_workers=min(AT_ONCE, len(claimed))) as pool:
            outcomes = list(pool.map(lambda due: _sent(due, allowed), claimed))
        for due, outcome in zip(claimed, outcomes, strict=True):
            _settle(due, outcome)
        if len(claimed) < limit:
            return


def _sent(due: _Due, private_allowed: bool) -> _Outcome:
    try:
        answer: OutsideAnswer = post(due.url, due.body, due.headers, private_too=private_allowed)
    except (TargetRefused, OutsideFailed) as failure:
        return _Outcome(None, 0, "", str(failure)[:200])
    text = answer.body.decode("utf-8", "replace").replace("\x00", "")[:EXCERPT_CHARACTERS]
    return _Outcome(answer.status, answer.milliseconds, text, "")


@transactional
def _settle(due: _Due, outcome: _Outcome) -> None:
    """Write down how a try went, unless somebody else has taken it over since."""
    moment = clock.now()
    values: dict[str, Any] = {"state": "done", "ended_at": moment}
    if not outcome.heard:
        last = due.attempt > len(WAITS)
        values = {"state": "failed", "ended_at": moment} if last else {"next_attempt_at": moment + _wait(due.attempt)}
    still_ours = db.session.execute(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.merchant_id == due.merchant_id,
            WebhookDelivery.id == due.delivery_id,
            WebhookDelivery.attempts == due.attempt,
            WebhookDelivery.state == "waiting",
        )
        .values(**values)
        .returning(WebhookDelivery.id)
        .execution_options(synchronize_session=False)
    ).first()
    if still_ours is None:
        return
    db.session.execute(
        insert(WebhookAttempt).values(
            merchant_id=due.merchant_id,
            delivery_id=due.delivery_id,
            at=moment,
            status=outcome.status,
            milliseconds=outcome.milliseconds,
            answer=outcome.answer,
            error=outcome.error,
        )
    )
    endpoint = db.session.get(
        WebhookEndpoint, (due.merchant_id, due.endpoint_id), with_for_update=True, populate_existing=True
    )
    if endpoint is None:
        return
    if outcome.heard:
        endpoint.failing_since = None
    elif endpoint.failing_since is None:
        endpoint.failing_since = moment
    if outcome.status == 410:
        _switch_off(endpoint, "gone")
    elif not outcome.heard and endpoint.failing_since is not None and moment - endpoint.failing_since >= FAILING_MAX:
        _switch_off(endpoint, "failing")


def _wait(attempt: int) -> timedelta:
    return WAITS[attempt - 1] * random.uniform(0.8, 1.2)


def _switch_off(endpoint: WebhookEndpoint, because: str) -> None:
    if not endpoint.active:
        return
    endpoint.active, endpoint.switched_off_because = False, because
    endpoint.version += 1
    record(
        "webhook.switched_off",
        actor_id=None,
        subject=f"webhook:{endpoint.id}",
        merchant_id=endpoint.merchant_id,
        details={"because": because},
    )
    owners = db.session.execute(
        select(Person.email, Person.locale)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.merchant_id == endpoint.merchant_id, Membership.role == "owner")
    ).all()
    for owner in owners:
        if owner.email:
            send(
                "webhook.switched_off",
                to=owner.email,
                locale=owner.locale,
                values={"url": endpoint.url, "because": because},
                merchant_id=endpoint.merchant_id,
            )


@transactional
def tidy_webhooks(limit: int = 2000) -> int:
    """Job: forget deliveries and their tries after 30 days. Returns how many deliveries."""
    old = db.session.execute(
        select(WebhookDelivery.merchant_id, WebhookDelivery.id)
        .where(WebhookDelivery.created_at < clock.now() - KEPT)
        .order_by(WebhookDelivery.created_at)
        .limit(limit)
    ).all()
    for merchant_id, delivery_id in old:
        for table, column in (
            (WebhookAttempt, WebhookAttempt.delivery_id),
            (WebhookDelivery, WebhookDelivery.id),
        ):
            db.session.execute(
                delete(table)
                .where(table.merchant_id == merchant_id, column == delivery_id)
                .execution_options(synchronize_session=False)
            )
    return len(old)
